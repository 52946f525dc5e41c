package simulator_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"vpnstatus/internal/facts"
	"vpnstatus/internal/simulator"
	"vpnstatus/internal/vpn"
)

func lasting(t simulator.Step, d time.Duration) simulator.Step {
	t.For = simulator.Exactly(d)
	return t
}

func to(t simulator.Step, to string) simulator.Step { t.To = to; return t }

func network(at time.Duration, name string) simulator.Step {
	return simulator.Step{At: at, Do: simulator.DoNetwork, Network: name}
}

// TestSessions checks what a service goes through, and why it ends, when one
// thing happens to it.
func TestSessions(t *testing.T) {
	edit := func(f func(*simulator.Service)) func(vpn.Protocol) simulator.Service {
		return func(p vpn.Protocol) simulator.Service { v := plain("A", p); f(&v); return v }
	}
	usual := edit(func(*simulator.Service) {})
	wasUp := edit(func(v *simulator.Service) { v.Status = vpn.Connected })
	sec := time.Second
	for _, c := range []struct {
		name    string
		service func(vpn.Protocol) simulator.Service
		steps   []simulator.Step
		start   time.Duration // when it is started; 0: never
		until   time.Duration
		want    []vpn.Status
		cause   int
	}{
		{"start without network ends with 4", usual, []simulator.Step{step(0, simulator.DoOffline)}, sec, 10 * sec, []vpn.Status{conning, dising, dis}, 4},
		{"network lost while connecting ends with 4", usual, []simulator.Step{step(1500*time.Millisecond, simulator.DoOffline)}, sec, 10 * sec, []vpn.Status{conning, dising, dis}, 4},
		{"server that does not answer ends with 20", usual, []simulator.Step{step(0, simulator.DoOutage, "A")}, sec, 20 * sec, []vpn.Status{conning, dising, dis}, 20},
		{"server that comes back in time answers", usual, []simulator.Step{lasting(step(0, simulator.DoOutage, "A"), 5*sec)}, sec, 20 * sec, []vpn.Status{conning, conn}, 0},
		{"server lost while connecting ends with 20", usual, []simulator.Step{step(1500*time.Millisecond, simulator.DoOutage, "A")}, sec, 20 * sec, []vpn.Status{conning, dising, dis}, 20},
		{"rejected credentials end with 23", edit(func(v *simulator.Service) { v.Credentials = simulator.CredentialsRejected }), nil, sec, 10 * sec, []vpn.Status{conning, dising, dis}, 23},
		{"credentials put right are taken", edit(func(v *simulator.Service) { v.Credentials = simulator.CredentialsRejected }),
			[]simulator.Step{to(step(0, simulator.DoCredentials, "A"), "ok")}, sec, 10 * sec, []vpn.Status{conning, conn}, 0},
		{"missing provider ends with 6", edit(func(v *simulator.Service) { v.ProviderMissing = true }), nil, sec, 10 * sec, []vpn.Status{conning, dising, dis}, 6},
		{"provider removed while up ends with 6", wasUp, []simulator.Step{to(step(sec, simulator.DoProvider, "A"), "missing")}, 0, 10 * sec, []vpn.Status{dising, dis}, 6},
		{"provider installed again works", edit(func(v *simulator.Service) { v.ProviderMissing = true }),
			[]simulator.Step{to(step(0, simulator.DoProvider, "A"), "installed")}, sec, 10 * sec, []vpn.Status{conning, conn}, 0},
		{"disabled service ends with 31", edit(func(v *simulator.Service) { v.Disabled = true }), nil, sec, 10 * sec, []vpn.Status{conning, dising, dis}, 31},
		{"disabling ends it with 31", wasUp, []simulator.Step{step(sec, simulator.DoDisable, "A")}, 0, 10 * sec, []vpn.Status{dising, dis}, 31},
		{"enabled again works", edit(func(v *simulator.Service) { v.Disabled = true }), []simulator.Step{step(0, simulator.DoEnable, "A")}, sec, 10 * sec, []vpn.Status{conning, conn}, 0},
		{"odds of one always happen", edit(func(v *simulator.Service) { v.Fails = map[simulator.Cause]float64{simulator.CauseNegotiation: 1} }), nil, sec, 10 * sec,
			[]vpn.Status{conning, dising, dis}, 18},
		{"odds of no answer take until it gives up", edit(func(v *simulator.Service) { v.Fails = map[simulator.Cause]float64{simulator.CauseNotResponding: 1} }), nil, sec, 10 * sec,
			[]vpn.Status{conning}, 0},
		{"drop while up", wasUp, []simulator.Step{step(sec, simulator.DoDrop, "A")}, 0, 5 * sec, []vpn.Status{dising, dis}, 21},
		{"drop while connecting", usual, []simulator.Step{step(1500*time.Millisecond, simulator.DoDrop, "A")}, sec, 5 * sec, []vpn.Status{conning, dising, dis}, 21},
		{"drop while down changes nothing", usual, []simulator.Step{step(sec, simulator.DoDrop, "A")}, 0, 5 * sec, nil, 0},
		{"regular drop", edit(func(v *simulator.Service) {
			v.DropEvery, v.DropCause = simulator.Exactly(5*sec), simulator.CauseProvider
		}), nil, sec, 20 * sec,
			[]vpn.Status{conning, conn, dising, dis}, 3},
		{"server gone is noticed and ends with 22", wasUp, []simulator.Step{step(sec, simulator.DoOutage, "A")}, 0, 30 * sec, []vpn.Status{dising, dis}, 22},
		{"server gone for a moment is not noticed", wasUp, []simulator.Step{lasting(step(sec, simulator.DoOutage, "A"), 19*sec)}, 0, time.Minute, nil, 0},
		{"two short outages are not one long", wasUp, []simulator.Step{lasting(step(sec, simulator.DoOutage, "A"), 15*sec), lasting(step(18*sec, simulator.DoOutage, "A"), 15*sec)}, 0, time.Minute, nil, 0},
		{"network change reasserts", wasUp, []simulator.Step{network(sec, "Café")}, 0, 5 * sec, []vpn.Status{rea, conn}, 0},
		{"cable reasserts at once", wasUp, []simulator.Step{network(sec, "Desk")}, 0, 1600 * time.Millisecond, []vpn.Status{rea, conn}, 0},
		{"offline for a moment reasserts", wasUp, []simulator.Step{lasting(step(sec, simulator.DoOffline), 10*sec)}, 0, 20 * sec, []vpn.Status{rea, conn}, 0},
		{"offline for long ends with 13", wasUp, []simulator.Step{step(sec, simulator.DoOffline)}, 0, 2 * time.Minute, []vpn.Status{rea, dising, dis}, 13},
		{"network change may drop", edit(func(v *simulator.Service) { v.Status, v.OnNetworkChange = vpn.Connected, simulator.Drop }), []simulator.Step{network(sec, "Café")}, 0, 5 * sec, []vpn.Status{dising, dis}, 5},
		{"reasserting by itself", wasUp, []simulator.Step{lasting(step(sec, simulator.DoReassert, "A"), 5*sec)}, 0, 10 * sec, []vpn.Status{rea, conn}, 0},
		{"reasserting for too long ends with 13", wasUp, []simulator.Step{step(sec, simulator.DoReassert, "A")}, 0, 2 * time.Minute, []vpn.Status{rea, dising, dis}, 13},
		{"sleep and wake reasserts", wasUp, []simulator.Step{lasting(step(sec, simulator.DoSleep), time.Minute)}, 0, 70 * sec, []vpn.Status{rea, conn}, 0},
		{"long sleep ends with 2", wasUp, []simulator.Step{lasting(step(sec, simulator.DoSleep), time.Hour)}, 0, 61 * time.Minute, []vpn.Status{dising, dis}, 2},
		{"disconnect on sleep ends with 9", edit(func(v *simulator.Service) { v.Status, v.OnSleep = vpn.Connected, simulator.Disconnect }), []simulator.Step{step(sec, simulator.DoSleep)}, 0, 2 * sec,
			[]vpn.Status{dising, dis}, 9},
		{"sleep while connecting fails after the wake", usual, []simulator.Step{lasting(step(1500*time.Millisecond, simulator.DoSleep), time.Minute)}, sec, 2 * time.Minute, []vpn.Status{conning, dising, dis}, 4},
		{"start while asleep ends with 4", usual, []simulator.Step{step(0, simulator.DoSleep)}, sec, 10 * sec, []vpn.Status{conning, dising, dis}, 4},
		{"another user leaves it up", wasUp, []simulator.Step{step(sec, simulator.DoSwitchUser)}, 0, 5 * sec, nil, 0},
		{"stop by another program ends with 1", wasUp, []simulator.Step{step(sec, simulator.DoStop, "A")}, 0, 5 * sec, []vpn.Status{dising, dis}, 1},
		{"start by another program", usual, []simulator.Step{step(sec, simulator.DoStart, "A")}, 0, 5 * sec, []vpn.Status{conning, conn}, 0},
		{"removed while up", wasUp, []simulator.Step{step(sec, simulator.DoRemove, "A")}, 0, 5 * sec, []vpn.Status{dising, vpn.Invalid}, 0},
		{"removed while down", usual, []simulator.Step{step(sec, simulator.DoRemove, "A")}, 0, 5 * sec, []vpn.Status{vpn.Invalid}, 0},
		{"renamed while up stays up", wasUp, []simulator.Step{{At: sec, Do: simulator.DoRename, Services: []string{"A"}, Name: "B"}}, 0, 5 * sec, nil, 0},
		{"edited while up ends with 37", wasUp, []simulator.Step{{At: sec, Do: simulator.DoEdit, Services: []string{"A"}, Server: "192.0.2.8"}}, 0, 5 * sec, []vpn.Status{dising, dis}, 37},
		{"dead tunnel still says connected", wasUp, []simulator.Step{step(sec, simulator.DoDead, "A")}, 0, time.Hour, nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			run(t, one(c.service(vpn.IKEv2), c.steps...), func(b *bench) {
				x := b.opened("A")
				if c.start > 0 {
					b.until(c.start)
					b.do(x.Start(ctx, vpn.Options{}))
				}
				b.until(c.until)
				b.wantEvents("A", c.want...)
				b.vpnCause("A", c.cause)
			})
		})
	}
}

func TestRemovalHasItsCauseWhileTheSessionEnds(t *testing.T) {
	run(t, one(up(plain("A", vpn.IKEv2)), step(time.Second, simulator.DoRemove, "A")), func(b *bench) {
		x := b.opened("A")
		b.until(time.Second)
		b.status("A", dising)
		b.vpnCause("A", vpn.StopConfigurationRemoved)
		b.pass(time.Second)
		b.do(x.Start(ctx, vpn.Options{})) // silently ignored
		b.pass(time.Second)
		b.status("A", vpn.Invalid)
		if got := b.names(); len(got) != 0 {
			t.Errorf("the list has %q", got)
		}
	})
}

func TestConfigurationsComeAndGo(t *testing.T) {
	extra := plain("B", vpn.L2TP)
	s := one(plain("A", vpn.IKEv2),
		simulator.Step{At: 10 * time.Second, Do: simulator.DoAdd, Service: &extra},
		simulator.Step{At: 20 * time.Second, Do: simulator.DoRename, Services: []string{"A"}, Name: "Z"},
		simulator.Step{At: 30 * time.Second, Do: simulator.DoRemove, Services: []string{"A", "B"}},
		simulator.Step{At: 40 * time.Second, Do: simulator.DoAdd, Service: &extra},
		simulator.Step{At: 50 * time.Second, Do: simulator.DoAdd, Service: &extra},
	)
	run(t, s, func(b *bench) {
		changes := func() (n int) {
			for {
				select {
				case <-b.sim.Changed():
					n++
				default:
					return
				}
			}
		}
		b.opened("A")
		b.open("B")
		for _, c := range []struct {
			at      time.Duration
			names   []string
			changes int
		}{
			{5 * time.Second, []string{"A"}, 0},
			{15 * time.Second, []string{"A", "B"}, 1},
			{25 * time.Second, []string{"Z", "B"}, 1},
			{35 * time.Second, []string{}, 1},
			{45 * time.Second, []string{"B"}, 1},
			{55 * time.Second, []string{"B"}, 0},
		} {
			b.until(c.at)
			if got := b.names(); !slices.Equal(got, c.names) {
				t.Errorf("at %v the list has %q, want %q", c.at, got, c.names)
			}
			if n := changes(); n != c.changes {
				t.Errorf("at %v %d changes were announced, want %d", c.at, n, c.changes)
			}
		}
		b.wantEvents("B", dis, vpn.Invalid, dis)
		b.status("A", vpn.Invalid)
	})
}

func TestCrash(t *testing.T) {
	s := one(up(plain("A", vpn.IKEv2)), lasting(step(10*time.Second, simulator.DoCrash), 20*time.Second))
	s.Services = append(s.Services, up(plain("B", vpn.L2TP)), plain("C", vpn.IKEv2))
	run(t, s, func(b *bench) {
		x := b.opened("A")
		b.opened("B")
		c := b.opened("C")
		b.until(10 * time.Second)
		b.wantEvents("A", dis)
		b.wantEvents("B", dis)
		b.wantEvents("C")
		if i := b.info("A"); i.Details != nil {
			t.Errorf("without the daemon there is %+v", i)
		}

		// A start while it is away is lost, after it showed for a moment.
		b.do(x.Start(ctx, vpn.Options{}))
		b.pass(time.Second)
		b.wantEvents("A", conning, dis)
		b.do(c.Stop(ctx))
		b.pass(time.Second)
		b.wantEvents("C")
		b.openAs("late", "A")
		b.pass(time.Second)
		b.status("late", dis)

		b.until(31 * time.Second)
		b.wantEvents("A") // it came back and nothing is up
		b.do(x.Start(ctx, vpn.Options{}))
		b.pass(2 * time.Second)
		b.wantEvents("A", conning, conn)
		if got := b.starts(); !slices.Equal(got, []string{"start the daemon is away", "start"}) {
			t.Errorf("starts %q", got)
		}
	})
}

func TestCrashWhileAServiceIsRemovedShowsOnReturn(t *testing.T) {
	s := one(up(plain("A", vpn.IKEv2)), lasting(step(time.Second, simulator.DoCrash), 10*time.Second), step(2*time.Second, simulator.DoRemove, "A"))
	run(t, s, func(b *bench) {
		b.opened("A")
		b.until(5 * time.Second)
		b.wantEvents("A", dis)
		b.until(20 * time.Second)
		b.wantEvents("A", vpn.Invalid)
	})
}

func TestOnDemand(t *testing.T) {
	v := plain("A", vpn.IKEv2)
	v.OnDemand = true
	run(t, one(v, step(100*time.Second, simulator.DoDrop, "A")), func(b *bench) {
		x := b.opened("A")
		action := func() any { d, _ := b.info("A").Details["VPN"].(map[string]any); return d["OnDemandAction"] }
		b.until(2 * time.Second)
		b.wantEvents("A", conning, conn)
		if a := action(); a != int64(1) {
			t.Errorf("action %v, not to connect", a)
		}
		b.do(x.Stop(ctx))
		b.pass(time.Second)
		b.wantEvents("A", dising, dis)
		if a := action(); a != nil {
			t.Errorf("action %v while paused", a)
		}
		b.pass(58 * time.Second)
		b.wantEvents("A") // paused by the stop
		b.pass(3 * time.Second)
		b.wantEvents("A", dis, conning, conn) // the first says that on demand is back
		b.until(110 * time.Second)
		b.wantEvents("A", dising, dis, conning, conn) // after a drop it returns by itself
		if n := len(b.starts()); n != 3 {
			t.Errorf("%d starts", n)
		}
	})
}

func TestStartEndsThePauseOfOnDemand(t *testing.T) {
	v := plain("A", vpn.IKEv2)
	v.OnDemand = true
	run(t, one(v, step(20*time.Second, simulator.DoDrop, "A")), func(b *bench) {
		x := b.opened("A")
		b.until(5 * time.Second)
		b.do(x.Stop(ctx))
		b.pass(5 * time.Second)
		b.do(x.Start(ctx, vpn.Options{}))
		b.until(25 * time.Second)
		b.wantEvents("A", conning, conn, dising, dis, conning, conn, dising, dis, conning, conn)
	})
}

func TestOnDemandWaitsLongerAfterEachFailure(t *testing.T) {
	v := plain("A", vpn.IKEv2)
	v.OnDemand, v.Credentials = true, simulator.CredentialsRejected
	run(t, one(v), func(b *bench) {
		b.pass(10 * time.Minute)
		if n := len(b.starts()); n < 6 || n > 9 {
			t.Errorf("%d starts in ten minutes", n)
		}
	})
}

func TestAStopWhileDownPausesOnDemand(t *testing.T) {
	v := plain("A", vpn.IKEv2)
	v.OnDemand = true
	s := one(v, network(time.Minute, "Home"))
	s.Network = simulator.Offline
	run(t, s, func(b *bench) {
		x := b.opened("A")
		b.until(30 * time.Second)
		b.do(x.Stop(ctx))
		b.until(89 * time.Second)
		b.status("A", dis)
		b.until(95 * time.Second)
		b.status("A", conn)
	})
}

func TestOnDemandWaitsForTheNetwork(t *testing.T) {
	v := plain("A", vpn.IKEv2)
	v.OnDemand = true
	s := one(v, network(time.Minute, "Home"))
	s.Network = simulator.Offline
	run(t, s, func(b *bench) {
		b.opened("A")
		b.until(time.Minute)
		b.wantEvents("A")
		b.until(2 * time.Minute)
		b.wantEvents("A", dis, conning, conn)
	})
}

func TestPrompt(t *testing.T) {
	for _, c := range []struct {
		name   string
		prompt simulator.Prompt
		opts   vpn.Options
		steps  []simulator.Step
		after  time.Duration
		want   []vpn.Status
		cause  int
	}{
		{"answered takes the time of the user and then the server's", simulator.Prompt{}, vpn.Options{}, nil, 6 * time.Second, []vpn.Status{conning, conn}, 0},
		{"open dialog means connecting", simulator.Prompt{}, vpn.Options{}, nil, 5 * time.Second, []vpn.Status{conning}, 0},
		{"cancelled ends with 8", simulator.Prompt{Cancelled: 1}, vpn.Options{}, nil, 6 * time.Second, []vpn.Status{conning, dising, dis}, 8},
		{"unanswered ends with 11", simulator.Prompt{Unanswered: 1}, vpn.Options{}, nil, 121 * time.Second, []vpn.Status{conning, dising, dis}, 11},
		{"a password given needs no prompt", simulator.Prompt{Cancelled: 1}, vpn.Options{Password: "x"}, nil, time.Second, []vpn.Status{conning, conn}, 0},
		{"a cable plugged in leaves the dialog", simulator.Prompt{}, vpn.Options{}, []simulator.Step{network(3*time.Second, "Desk")}, 7 * time.Second, []vpn.Status{conning, conn}, 0},
		{"an outage leaves the dialog and then counts", simulator.Prompt{}, vpn.Options{}, []simulator.Step{step(3*time.Second, simulator.DoOutage, "A")}, 16 * time.Second, []vpn.Status{conning, dising, dis}, 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := plain("A", vpn.IPSec)
			v.Protocol = vpn.IKEv2
			c.prompt.Takes = simulator.Exactly(5 * time.Second)
			v.Prompt = &c.prompt
			run(t, one(v, c.steps...), func(b *bench) {
				x := b.opened("A")
				b.do(x.Start(ctx, c.opts))
				b.pass(c.after)
				b.wantEvents("A", c.want...)
				b.vpnCause("A", c.cause)
			})
		})
	}
}

func TestGroupSupersedes(t *testing.T) {
	a, z := up(plain("A", vpn.IKEv2)), plain("Z", vpn.IKEv2)
	a.Group, z.Group = "g", "g"
	s := one(a)
	s.Services = append(s.Services, z, up(plain("other", vpn.IKEv2)))
	run(t, s, func(b *bench) {
		b.opened("A")
		b.opened("other")
		b.do(b.opened("Z").Start(ctx, vpn.Options{}))
		b.pass(5 * time.Second)
		b.wantEvents("A", dising, dis)
		b.wantEvents("Z", conning, conn)
		b.wantEvents("other")
		b.vpnCause("A", vpn.StopSuperseded)
	})
}

func TestAServiceThatIsAddedAgainHasLeftItsGroup(t *testing.T) {
	a, z := plain("A", vpn.IKEv2), plain("Z", vpn.IKEv2)
	again := a
	a.Group, z.Group = "g", "g"
	s := one(a, step(time.Second, simulator.DoRemove, "A"), simulator.Step{At: 2 * time.Second, Do: simulator.DoAdd, Service: &again},
		step(3*time.Second, simulator.DoStart, "A"), step(6*time.Second, simulator.DoStart, "Z"))
	s.Services = append(s.Services, z)
	run(t, s, func(b *bench) {
		b.open("A")
		b.until(10 * time.Second)
		b.status("A", conn)
	})
}

func TestProbe(t *testing.T) {
	v := up(plain("A", vpn.IKEv2))
	v.Probe, v.Server = "10.0.0.1:443", "vpn.example"
	s := one(v,
		lasting(step(10*time.Second, simulator.DoDead, "A"), 10*time.Second),
		step(30*time.Second, simulator.DoDead, "A"),
		step(50*time.Second, simulator.DoOffline),
		lasting(network(60*time.Second, "Home"), 0),
	)
	run(t, s, func(b *bench) {
		probe := func(target string) error {
			ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
			defer cancel()
			return b.sim.Probe(ctx, target)
		}
		x := b.opened("A")
		for _, c := range []struct {
			at     time.Duration
			target string
			want   error
		}{
			{time.Second, "10.0.0.1:443", nil},
			{time.Second, "public.example:443", nil},
			{12 * time.Second, "10.0.0.1:443", context.DeadlineExceeded},
			{16 * time.Second, "public.example:443", nil},
			{21 * time.Second, "10.0.0.1:443", nil},
			{31 * time.Second, "10.0.0.1:443", context.DeadlineExceeded},
			{51 * time.Second, "public.example:443", context.DeadlineExceeded},
			{52 * time.Second, "10.0.0.1:443", context.DeadlineExceeded},
		} {
			b.until(c.at)
			if err := probe(c.target); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
				t.Errorf("at %v %s: %v, want %v", c.at, c.target, err, c.want)
			}
			if c.at == 31*time.Second { // a restart heals it
				b.do(x.Stop(ctx))
				b.pass(time.Second)
				b.do(x.Start(ctx, vpn.Options{}))
				b.pass(2 * time.Second)
				if err := probe(c.target); err != nil {
					t.Errorf("after the restart: %v", err)
				}
			}
		}
	})
}

func TestFacts(t *testing.T) {
	s := one(plain("A", vpn.IKEv2),
		step(10*time.Second, simulator.DoOffline),
		network(20*time.Second, "Café"),
		network(30*time.Second, "Desk"),
		to(step(40*time.Second, simulator.DoLocation), "denied"),
		to(step(50*time.Second, simulator.DoPower), "battery"),
		lasting(step(60*time.Second, simulator.DoSwitchUser), 5*time.Second),
		network(70*time.Second, "Home"),
		to(step(80*time.Second, simulator.DoLocation), "granted"),
		lasting(step(90*time.Second, simulator.DoSleep), 10*time.Second),
	)
	run(t, s, func(b *bench) {
		src := b.sim.Facts()
		defer src.Close()
		last, changes := "", 0
		for _, c := range []struct {
			at   time.Duration
			what string
			ok   func(f facts.Facts) bool
		}{
			{5 * time.Second, "Home at first", func(f facts.Facts) bool {
				return f.Path.Value == facts.Satisfied && f.SSID == facts.Known("Home", b.start) && f.Interface.Value == facts.WiFi && f.Gateway.Value.IsValid() &&
					f.Power.Value == facts.AC && f.SessionActive.Value && f.LocationRight == facts.RightGranted
			}},
			{15 * time.Second, "offline", func(f facts.Facts) bool {
				return f.Path.Known && f.Path.Value == facts.Unsatisfied && f.SSID.Known && f.SSID.Value == "" && f.Network().IsZero()
			}},
			{20500 * time.Millisecond, "joining", func(f facts.Facts) bool { return f.Path.Value == facts.Unsatisfied }},
			{25 * time.Second, "the café", func(f facts.Facts) bool { return f.Path.Value == facts.Satisfied && f.SSID.Value == "Café" }},
			{35 * time.Second, "the cable", func(f facts.Facts) bool {
				return f.Interface.Value == facts.Ethernet && f.SSID.Known && f.SSID.Value == ""
			}},
			{45 * time.Second, "no right to the name", func(f facts.Facts) bool {
				return !f.SSID.Known && !f.BSSID.Known && f.LocationRight == facts.RightDenied
			}},
			{55 * time.Second, "on battery", func(f facts.Facts) bool { return f.Power.Value == facts.Battery }},
			{62 * time.Second, "another user", func(f facts.Facts) bool { return f.SessionActive.Known && !f.SessionActive.Value }},
			{66 * time.Second, "back", func(f facts.Facts) bool { return f.SessionActive.Value }},
			{75 * time.Second, "Wi-Fi without a name", func(f facts.Facts) bool {
				return f.Path.Value == facts.Satisfied && f.Interface.Value == facts.WiFi && !f.SSID.Known && f.GatewayMAC.Known
			}},
			{85 * time.Second, "the name again", func(f facts.Facts) bool { return f.SSID.Value == "Home" }},
			{95 * time.Second, "asleep", func(f facts.Facts) bool { return f.Asleep }},
			{101 * time.Second, "awake, not yet online", func(f facts.Facts) bool {
				return !f.Asleep && f.WokeAt.Equal(b.start.Add(100*time.Second)) && f.Path.Value == facts.Unsatisfied
			}},
			{103 * time.Second, "online again", func(f facts.Facts) bool { return f.Path.Value == facts.Satisfied && f.SSID.Value == "Home" }},
		} {
			b.until(c.at)
			select {
			case <-src.Changed():
				changes++
			default:
				if last != "" {
					t.Errorf("%s: no change was announced since %s", c.what, last)
				}
			}
			if f := src.Current(); !c.ok(f) {
				t.Errorf("%s: %+v", c.what, f)
			}
			last = c.what
		}
		b.pass(time.Hour)
		select {
		case <-src.Changed():
			t.Error("a change was announced though nothing changed")
		default:
		}
	})
}

func TestSleepDoesNotCountAsUptime(t *testing.T) {
	s := one(plain("A", vpn.L2TP), lasting(step(10*time.Second, simulator.DoSleep), time.Hour))
	run(t, s, func(b *bench) {
		b.pass(2 * time.Hour)
		x := b.opened("A")
		b.do(x.Start(ctx, vpn.Options{}))
		b.pass(61 * time.Second)
		if d := time.Since(b.info("A").Since) - time.Minute; d < -time.Second || d > time.Second {
			t.Errorf("connected since %v too long", d)
		}
	})
}

func TestSteps(t *testing.T) {
	s := one(plain("A", vpn.IKEv2),
		simulator.Step{At: time.Second, Do: simulator.DoStart, Services: []string{"*"}, Every: simulator.Exactly(10 * time.Second), Times: 3},
		simulator.Step{At: 6 * time.Second, Do: simulator.DoStop, Services: []string{"A"}, Every: simulator.Exactly(10 * time.Second)},
		lasting(step(5*time.Minute, simulator.DoSwitchUser), time.Minute), lasting(step(7*time.Minute, simulator.DoSleep), time.Minute),
		lasting(step(9*time.Minute, simulator.DoOutage, "A"), time.Minute),
	)
	run(t, s, func(b *bench) {
		b.pass(4 * time.Minute)
		if n := len(b.starts()); n != 3 {
			t.Errorf("%d starts", n)
		}
		last := false
		b.pass(8 * time.Minute)
		for _, o := range b.observed() {
			if o.Kind == simulator.ObservePossible {
				last = o.Possible
			}
		}
		if !last {
			t.Error("a start is not possible at the end")
		}
	})
}

func TestSpeed(t *testing.T) {
	v := plain("A", vpn.IKEv2)
	runWith(t, one(v, step(100*time.Second, simulator.DoDrop, "A")), simulator.Options{Speed: 10}, func(b *bench) {
		x := b.open("A")
		b.pass(ms(10))
		b.do(x.Start(ctx, vpn.Options{}))
		b.pass(ms(99))
		b.wantEvents("A", conning)
		b.pass(ms(1))
		b.wantEvents("A", conn)
		b.pass(time.Second)
		if s, err := x.Statistics(context.Background()); err != nil || s.BytesIn != 10_000 {
			t.Errorf("statistics %+v, %v", s, err)
		}
		b.until(11 * time.Second)
		b.wantEvents("A", dising, dis)
	})
	for _, speed := range []float64{-1, 1e9} {
		if _, err := simulator.New(one(v), simulator.Options{Speed: speed}); err == nil {
			t.Errorf("speed %v was accepted", speed)
		}
	}
}

func TestRealTime(t *testing.T) {
	sim, err := simulator.New(one(up(plain("A", vpn.IKEv2))), simulator.Options{Speed: 1000})
	if err != nil {
		t.Fatal(err)
	}
	defer sim.Close()
	x, err := sim.Open(sim.Scenario().Services[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	if a, b := <-x.Events(), <-x.Events(); a.Status != dising || b.Status != dis {
		t.Errorf("got %v, %v", a, b)
	}
}

func TestNothingIsDueInAQuietScenario(t *testing.T) {
	s, err := simulator.Load("quiet")
	if err != nil {
		t.Fatal(err)
	}
	run(t, s, func(b *bench) {
		b.names()
		for _, v := range s.Services {
			x := b.open(v.Name)
			b.pass(time.Second)
			b.do(x.Start(ctx, vpn.Options{}))
			b.pass(time.Minute)
			if _, err := x.Statistics(context.Background()); err != nil {
				t.Error(err)
			}
		}
		if n := simulator.Due(b.sim); n != 0 {
			t.Errorf("%d things are due", n)
		}
	})
}
