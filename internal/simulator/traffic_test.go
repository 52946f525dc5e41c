package simulator_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"vpnstatus/internal/simulator"
	"vpnstatus/internal/vpn"
)

// counts is what the counters of service A show at a time.
type counts struct {
	at      time.Duration
	in, out uint64
}

func (b *bench) wantCounts(want ...counts) {
	b.t.Helper()
	x := b.open("A")
	for _, c := range want {
		b.until(c.at)
		if got, err := x.Statistics(context.Background()); err != nil || got.BytesIn != c.in || got.BytesOut != c.out {
			b.t.Errorf("at %v: %+v, %v; want %d in, %d out", c.at, got, err, c.in, c.out)
		}
	}
}

func TestNothingComesInThroughADeadTunnelOrFromADeadServer(t *testing.T) {
	s := one(up(plain("A", vpn.IKEv2)),
		lasting(step(10*time.Second, simulator.DoDead, "A"), 10*time.Second), lasting(step(30*time.Second, simulator.DoOutage, "A"), 10*time.Second),
		lasting(step(50*time.Second, simulator.DoSleep), 10*time.Second))
	run(t, s, func(b *bench) {
		b.wantCounts(counts{5 * time.Second, 5000, 500}, counts{15 * time.Second, 10_000, 1500}, counts{25 * time.Second, 15_000, 2500},
			counts{35 * time.Second, 20_000, 3500}, counts{45 * time.Second, 25_000, 4500}, counts{55 * time.Second, 30_000, 5000})
	})
}

func TestTrafficOfHealthyTunnels(t *testing.T) {
	for _, c := range []struct {
		name    string
		traffic simulator.Traffic
		want    []counts
	}{
		{"one way", simulator.Traffic{Out: 50}, []counts{{time.Minute, 0, 3000}, {time.Hour, 0, 180_000}}},
		{"none", simulator.Traffic{}, []counts{{time.Minute, 0, 0}, {time.Hour, 0, 0}}},
		{
			"with pauses", simulator.Traffic{In: 1000, Out: 100, Busy: simulator.Exactly(10 * time.Second), Quiet: simulator.Exactly(20 * time.Second), QuietOut: 5},
			[]counts{{5 * time.Second, 5000, 500}, {20 * time.Second, 10_000, 1050}, {35 * time.Second, 15_000, 1600}, {10 * time.Minute, 200_000, 22_000}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := up(plain("A", vpn.IKEv2))
			v.Traffic = &c.traffic
			run(t, one(v), func(b *bench) { b.wantCounts(c.want...) })
		})
	}
	t.Run("pauses go on while it is down", func(t *testing.T) {
		v := up(plain("A", vpn.IKEv2))
		v.Traffic = &simulator.Traffic{In: 1000, Busy: simulator.Exactly(10 * time.Second), Quiet: simulator.Exactly(20 * time.Second)}
		run(t, one(v, step(5*time.Second, simulator.DoDrop, "A"), step(44*time.Second, simulator.DoStart, "A")), func(b *bench) {
			b.wantCounts(counts{55 * time.Second, 0, 0}, counts{65 * time.Second, 5000, 0})
		})
	})
}

func TestCountersThatAreNoUse(t *testing.T) {
	v := up(plain("A", vpn.IKEv2))
	v.Counters = simulator.CountersZero
	run(t, one(v), func(b *bench) { b.wantCounts(counts{time.Second, 0, 0}, counts{time.Hour, 0, 0}) })
	v.Counters = simulator.CountersReset
	run(t, one(v), func(b *bench) {
		b.wantCounts(counts{1048 * time.Second, 1_048_000, 104_800}, counts{1049 * time.Second, 1_049_000 - 1<<20, 104_900})
	})
	v.Counters = simulator.CountersMissing
	run(t, one(v), func(b *bench) {
		b.pass(time.Second)
		if got, err := b.open("A").Statistics(context.Background()); !errors.Is(err, vpn.ErrNoStatistics) {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

// questions are those that were observed.
func (b *bench) questions() []simulator.Observation {
	return slices.DeleteFunc(b.observed(), func(o simulator.Observation) bool { return o.Kind != simulator.ObserveAsk })
}

func TestServersAnswerTheQuestionWhetherTheyAreThere(t *testing.T) {
	outage := func(at time.Duration, echo simulator.Echo) simulator.Step {
		s := lasting(step(at, simulator.DoOutage, "A"), 10*time.Second)
		s.Echo = echo
		return s
	}
	v := plain("A", vpn.IKEv2)
	v.Server = "a.example"
	s := one(v,
		outage(10*time.Second, ""), outage(30*time.Second, simulator.EchoAnswers), lasting(step(50*time.Second, simulator.DoCrash), 10*time.Second),
		lasting(step(70*time.Second, simulator.DoOffline), 10*time.Second), lasting(step(90*time.Second, simulator.DoSleep), 10*time.Second))
	mute, other := plain("Mute", vpn.L2TP), plain("Other", "Fjord VPN")
	mute.Server, mute.Echo, other.Server = "mute.example", simulator.EchoSilent, "other.example"
	s.Services = append(s.Services, mute, other)
	run(t, s, func(b *bench) {
		asked := 0
		for _, c := range []struct {
			at      time.Duration
			server  string
			answers bool
			takes   time.Duration
		}{
			{0, "a.example", true, ms(30)},
			{0, "mute.example", false, time.Second},
			{0, "other.example", true, ms(30)},
			{0, "nobody.example", false, time.Second},
			{15 * time.Second, "a.example", false, time.Second},
			{25 * time.Second, "a.example", true, ms(30)},
			{35 * time.Second, "a.example", true, ms(30)},
			{55 * time.Second, "a.example", true, ms(30)},
			{75 * time.Second, "a.example", false, 0},
			{95 * time.Second, "a.example", false, 0},
			{105 * time.Second, "a.example", true, ms(30)},
		} {
			b.until(c.at)
			begin := time.Now()
			err := b.sim.Ask(ctx, c.server)
			took := time.Since(begin)
			asked++
			switch {
			case (err == nil) != c.answers, took != c.takes, took == time.Second && !errors.Is(err, simulator.ErrNoAnswer):
				t.Errorf("at %v %s: %v after %v", c.at, c.server, err, took)
			case err != nil && !strings.Contains(err.Error(), c.server):
				t.Errorf("the error does not name the server: %v", err)
			}
			questions := b.questions()
			if len(questions) != asked {
				t.Fatalf("%d questions were observed, not %d", len(questions), asked)
			}
			o := questions[asked-1]
			if o.Accepted != (err == nil) || (o.ID == vpn.ID{}) != (c.server == "nobody.example") {
				t.Errorf("at %v %s: observed %+v", c.at, c.server, o)
			}
		}
		short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		defer cancel()
		if err := b.sim.Ask(short, "mute.example"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("with a short context: %v", err)
		}
		if err := b.sim.Close(); err != nil {
			t.Fatal(err)
		}
		if err := b.sim.Ask(ctx, "a.example"); !errors.Is(err, simulator.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	})
}

func TestAServerAnswersWhileStartsFail(t *testing.T) {
	v := plain("A", vpn.IKEv2)
	v.Fails = map[simulator.Cause]float64{simulator.CauseNotResponding: 1}
	run(t, one(v, step(0, simulator.DoStart, "A")), func(b *bench) {
		b.open("A")
		b.until(15 * time.Second)
		b.cause("A", vpn.FamilyVPN, 20, 0)
		if err := b.sim.Ask(ctx, v.Server); err != nil {
			t.Error(err)
		}
	})
}

func TestOneOfTwoServicesOfAServerIsEnoughForAnAnswer(t *testing.T) {
	v, w := plain("A", vpn.IKEv2), plain("B", vpn.IKEv2)
	s := one(v, step(time.Second, simulator.DoOutage, "A"), step(2*time.Second, simulator.DoRemove, "B"))
	s.Services = append(s.Services, w)
	run(t, s, func(b *bench) {
		b.until(1500 * time.Millisecond)
		if err := b.sim.Ask(ctx, v.Server); err != nil {
			t.Error(err)
		}
		b.until(3 * time.Second)
		if err := b.sim.Ask(ctx, v.Server); !errors.Is(err, simulator.ErrNoAnswer) {
			t.Errorf("the server of a service that was removed: %v", err)
		}
	})
}
