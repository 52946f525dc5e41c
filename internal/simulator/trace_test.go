package simulator_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vpnstatus/internal/facts"
	"vpnstatus/internal/simulator"
	"vpnstatus/internal/vpn"
	"vpnstatus/test/faults"
)

// journal plays a scenario with commands and returns everything that was seen
// and received, as text.
func journal(t *testing.T, s simulator.Scenario, commands []command, length time.Duration, only int) []string {
	var (
		mu  sync.Mutex // the timer and the commands both write
		out []string
	)
	add := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		out = append(out, fmt.Sprintf(format, args...))
	}
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		sim, err := simulator.New(s, simulator.Options{Observe: func(o simulator.Observation) {
			o.At = o.At.Add(-time.Duration(start.UnixNano()))
			if only < 0 || o.ID == s.Services[only].ID {
				add("%+v", o)
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		defer sim.Close()
		var sessions []vpn.Session
		for _, c := range sim.Scenario().Services {
			x, err := sim.Open(c.ID)
			if err != nil {
				t.Fatal(err)
			}
			sessions = append(sessions, x)
		}
		for _, c := range commands {
			time.Sleep(c.after)
			x := sessions[c.service%len(sessions)]
			switch c.verb {
			case 0:
				err = x.Start(ctx, vpn.Options{})
			case 1:
				err = x.Stop(ctx)
			default:
				var i vpn.Info
				i, err = x.Info(context.Background())
				if only < 0 {
					add("%+v", i)
				}
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(length)
		for i, x := range sessions {
			if only >= 0 && i != only {
				continue
			}
			x.Close()
			for e := range x.Events() {
				add("%d %+v", i, e)
			}
		}
	})
	return out
}

type command struct {
	after   time.Duration
	service int
	verb    int
}

func someCommands(t *rapid.T) []command {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) command {
		return command{
			after:   time.Duration(rapid.Int64Range(0, int64(20*time.Second)).Draw(t, "after")),
			service: rapid.IntRange(0, 6).Draw(t, "service"), verb: rapid.IntRange(0, 2).Draw(t, "verb"),
		}
	}), 0, 20).Draw(t, "commands")
}

func TestSameSeedAndCommandsGiveTheSameRun(t *testing.T) {
	storm, err := simulator.Load("storm")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(r *rapid.T) {
		s := storm
		s.Seed = rapid.Uint64().Draw(r, "seed")
		commands := someCommands(r)
		a, b := journal(t, s, commands, 30*time.Second, -1), journal(t, s, commands, 30*time.Second, -1)
		if len(a) < 20 {
			r.Fatalf("only %d entries", len(a))
		}
		if !slices.Equal(a, b) {
			r.Fatal(cmp.Diff(a, b))
		}
	})
}

func TestCommandsToOneServiceDoNotShiftAnother(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := faults.Trace{Seed: rapid.Uint64().Draw(r, "seed"), Span: time.Hour, Services: 4, Kinds: faults.All()}.Scenario()
		for i := range s.Services {
			s.Services[i].ID = vpn.ID{byte(i + 1)}
			s.Services[i].DropEvery = simulator.Between(time.Second, time.Minute)
			s.Services[i].Fails = map[simulator.Cause]float64{simulator.CauseNegotiation: 0.3, simulator.CauseIdle: 0.2}
		}
		mine := someCommands(r)
		var all []command // the same at the same moments, with commands to the others between
		for i := range mine {
			mine[i].service = 0
			all = append(all, mine[i], command{service: i%3 + 1, verb: i % 2})
		}
		a := journal(t, s, mine, time.Minute, 0)
		b := journal(t, s, all, time.Minute, 0)
		if !slices.Equal(a, b) {
			r.Fatalf("alone %v\nwith others %v", a, b)
		}
	})
}

func TestAnotherSeedGivesAnotherRun(t *testing.T) {
	s := simulator.Default()
	a := journal(t, s, nil, 5*time.Minute, -1)
	s.Seed++
	if b := journal(t, s, nil, 5*time.Minute, -1); slices.Equal(a, b) {
		t.Error("both runs are the same")
	}
}

// A month with a blind client that starts what is down every two minutes: the
// statuses a session receives must always be possible ones.
func TestMonthOfFaults(t *testing.T) {
	s := faults.Trace{Seed: 11, Span: 30 * 24 * time.Hour, Services: 4, Kinds: faults.All()}.Scenario()
	run(t, s, func(b *bench) {
		next := map[vpn.Status][]vpn.Status{
			dis: {conning, conn}, conning: {conn, dising, dis}, conn: {rea, dising, dis, conning}, rea: {conn, dising, dis, conning}, dising: {dis, conn, rea, conning},
		}
		var sessions []vpn.Session
		for _, v := range s.Services {
			sessions = append(sessions, b.open(v.Name))
		}
		for range 30 * 24 * 30 {
			b.pass(2 * time.Minute)
			for _, x := range sessions {
				if st, err := x.Status(context.Background()); err == nil && st == dis {
					b.do(x.Start(ctx, vpn.Options{}))
				}
			}
		}
		for _, v := range s.Services {
			name, events := v.Name, b.events(v.Name)
			for i := 1; i < len(events); i++ {
				if from, to := events[i-1].Status, events[i].Status; from != to && !slices.Contains(next[from], to) {
					t.Errorf("%s went from %v to %v", name, from, to)
				}
			}
			if len(events) < 100 {
				t.Errorf("%s got only %d events", name, len(events))
			}
		}
		daemon := map[vpn.ID]vpn.Status{}
		for _, o := range b.observed() {
			switch {
			case o.Kind == simulator.ObserveStart && o.Accepted && o.Status != dis:
				t.Errorf("at %v a start was accepted while %v", o.At, o.Status)
			case o.Kind == simulator.ObserveStatus && o.Status == conn && (!o.Online || o.Asleep || o.Rejected && daemon[o.ID] == conning):
				t.Errorf("at %v it connected though it could not: %+v", o.At, o)
			}
			if o.Kind == simulator.ObserveStatus {
				daemon[o.ID] = o.Status
			}
		}
		if n := simulator.Due(b.sim); n > 100 {
			t.Errorf("%d things are due after it all", n)
		}
	})
}

func TestDefaultScenarioShowsWhatItPromises(t *testing.T) {
	s := simulator.Default()
	run(t, s, func(b *bench) {
		count := map[string]int{}
		for _, v := range s.Services {
			kind := string(v.Protocol)
			if !slices.Contains([]vpn.Protocol{vpn.IKEv2, vpn.IPSec, vpn.L2TP}, v.Protocol) {
				kind = "third party"
			}
			count[kind]++
			if v.Credentials == simulator.CredentialsRejected {
				count["rejected"]++
			}
			if !v.DropEvery.IsZero() {
				count["drops"]++
			}
		}
		if want := map[string]int{"IKEv2": 2, "L2TP": 1, "IPSec": 1, "third party": 2, "rejected": 1, "drops": 1}; !reflect.DeepEqual(count, want) {
			t.Errorf("services %v, want %v", count, want)
		}
		src := b.sim.Facts()
		networks, offline := map[string]bool{}, false
		for _, v := range s.Services {
			b.do(b.opened(v.Name).Start(ctx, vpn.Options{}))
		}
		for range 120 {
			b.pass(time.Second)
			f := src.Current()
			networks[f.SSID.Value] = true
			offline = offline || f.Path.Value == facts.Unsatisfied
		}
		went := map[string]map[vpn.Status]bool{}
		for _, v := range s.Services {
			name := v.Name
			went[name] = map[vpn.Status]bool{}
			for _, e := range b.events(name) {
				went[name][e.Status] = true
			}
		}
		if !networks["Home-WiFi"] || !networks["Cafe Central"] || !offline {
			t.Errorf("networks in two minutes: %v, offline %t", networks, offline)
		}
		if !went["Office"][dis] || !went["Office"][conn] {
			t.Errorf("Office does not drop: %v", went["Office"])
		}
		if !went["Fjord"][conn] || !went["Fjord"][dis] {
			t.Errorf("Fjord does not drop: %v", went["Fjord"])
		}
		if !went["Meridian"][rea] {
			t.Errorf("Meridian does not reassert: %v", went["Meridian"])
		}
		if went["Old Account"][conn] || b.info("Old Account").Cause.Code != vpn.StopAuthFailed {
			t.Errorf("Old Account: %v, %v", went["Old Account"], b.info("Old Account").Cause)
		}
		if n := len(b.observed()); n > 200 {
			t.Errorf("%d things in two minutes are hectic", n)
		}
	})
}

func TestBuiltInScenariosRunForHours(t *testing.T) {
	for _, name := range simulator.Names() {
		s, err := simulator.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		run(t, s, func(b *bench) { b.pass(6 * time.Hour) })
	}
}
