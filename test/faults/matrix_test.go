package faults_test

import (
	"context"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/simulator"
	"vpnstatus/internal/vpn"
	"vpnstatus/test/faults"
)

// moment is a state in which a fault finds the VPN that is kept connected.
type moment struct {
	name    string
	steps   []simulator.Step // at times after faultAt
	command *engine.Command  // at faultAt
	hit     time.Duration    // when the fault comes, after faultAt
	status  vpn.Status       // just before
	state   autoconnect.State
	free    func(*bed) // what the user does at the end, so that it is kept connected again
}

func moments() []moment {
	only := []string{"Kept"}
	resume := func(b *bed) {
		if s := b.seen(kept); s.Status != vpn.Disconnected {
			b.t.Errorf("what the user stopped is %v", s.Status)
		}
		b.do(engine.Command{Verb: engine.VerbConnect, ID: b.id(kept)})
		b.pass(time.Minute)
	}
	return []moment{
		{name: "while connected", hit: time.Second, status: vpn.Connected, state: autoconnect.Satisfied},
		{
			name: "while connecting", steps: []simulator.Step{{Do: simulator.DoDrop, Services: only}},
			hit: 1500 * time.Millisecond, status: vpn.Connecting, state: autoconnect.Connecting,
		},
		{
			name: "while reasserting", steps: []simulator.Step{{Do: simulator.DoReassert, Services: only, For: simulator.Exactly(10 * time.Second)}},
			hit: 5 * time.Second, status: vpn.Reasserting, state: autoconnect.Satisfied,
		},
		{
			name: "while disconnecting", command: &engine.Command{Verb: engine.VerbDisconnect},
			hit: 500 * time.Millisecond, status: vpn.Disconnecting, state: autoconnect.Held, free: resume,
		},
		{
			name:  "while waiting for the next attempt",
			steps: []simulator.Step{{Do: simulator.DoOutage, Services: only, For: simulator.Exactly(3 * time.Minute)}},
			hit:   time.Minute, status: vpn.Disconnected, state: autoconnect.Backoff,
		},
		{
			name: "while held by the user", command: &engine.Command{Verb: engine.VerbDisconnect},
			hit: time.Minute, status: vpn.Disconnected, state: autoconnect.Held, free: resume,
		},
		{
			name: "while paused", command: &engine.Command{Verb: engine.VerbPause, Until: autoconnect.Forever},
			hit: time.Minute, status: vpn.Connected, state: autoconnect.Paused,
			free: func(b *bed) {
				b.do(engine.Command{Verb: engine.VerbResume})
				b.pass(time.Minute)
			},
		},
	}
}

// at plays a fault at a moment and for a time after it.
func (m moment) at(t *testing.T, after time.Duration, fault ...simulator.Step) {
	steps := slices.Clone(m.steps)
	for _, step := range fault {
		step.At += m.hit
		steps = append(steps, step)
	}
	play(t, setup{steps: steps}, func(b *bed) {
		if m.command != nil {
			c := *m.command
			if c.Verb == engine.VerbDisconnect {
				c.ID = b.id(kept)
			}
			b.do(c)
		}
		b.pass(m.hit - time.Millisecond)
		b.is(kept, m.status, m.state)
		b.pass(after)
		if m.free != nil {
			m.free(b)
		}
	})
}

// TestFaults is the fault matrix: each row is a fault in an otherwise calm world.
// After each the engine knows the truth, what is to be kept up is up, what the
// user stopped is left alone, and nothing harmful reached the system; see
// bed.well. What a row asserts beyond that is in its function.
func TestFaults(t *testing.T) {
	document, err := os.ReadFile("../../docs/reliability.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range matrix() {
		if !strings.Contains(string(document), "`faults.TestFaults/"+f.name+"`") {
			t.Errorf("docs/reliability.md has no row for: %s", f.name)
		}
		t.Run(f.name, f.play)
	}
}

type row struct {
	name string
	play func(*testing.T)
}

func matrix() []row {
	return []row{
		{"the daemon crashes", inEachMoment(5*time.Minute, simulator.Step{Do: simulator.DoCrash, For: simulator.Exactly(5 * time.Second)})},
		{"the daemon is away for an hour", inEachMoment(70*time.Minute, simulator.Step{Do: simulator.DoCrash, For: simulator.Exactly(time.Hour)})},
		{"a sleep of a minute", inEachMoment(5*time.Minute, simulator.Step{Do: simulator.DoSleep, For: simulator.Exactly(time.Minute)})},
		{"a sleep of a night", inEachMoment(8*time.Hour+3*time.Minute, simulator.Step{Do: simulator.DoSleep, For: simulator.Exactly(8 * time.Hour)})},
		{"a sleep in which the daemon crashes", inEachMoment(time.Hour+3*time.Minute, simulator.Step{Do: simulator.DoSleep, For: simulator.Exactly(time.Hour)},
			simulator.Step{At: time.Minute, Do: simulator.DoCrash, For: simulator.Exactly(5 * time.Second)})},
		{"events are lost", amongFaults(func(in <-chan vpn.Event, _ func(vpn.Event)) {
			for range in {
			}
		})},
		{"every other event is lost", amongFaults(func(in <-chan vpn.Event, out func(vpn.Event)) {
			for odd := false; ; odd = !odd {
				switch e, ok := <-in; {
				case !ok:
					return
				case odd:
					out(e)
				}
			}
		})},
		{"events are doubled", amongFaults(func(in <-chan vpn.Event, out func(vpn.Event)) {
			for e := range in {
				out(e)
				out(e)
			}
		})},
		{"events are reordered", amongFaults(func(in <-chan vpn.Event, out func(vpn.Event)) {
			for e := range in { // the next overtakes it, if it comes soon
				select {
				case next, ok := <-in:
					if ok {
						out(next)
					}
				case <-time.After(time.Second):
				}
				out(e)
			}
		})},
		{"events are late by up to ten seconds", amongFaults(late(10 * time.Second))},
		{"events are late by up to an hour", amongFaults(late(time.Hour))},
		{"events of unknown kind", amongFaults(func(in <-chan vpn.Event, out func(vpn.Event)) {
			for e := range in {
				out(vpn.Event{Status: 77})
				out(e)
				out(vpn.Event{Status: -1})
			}
		})},
		{"events after the end of a session", afterTheEnd},
		{"calls never answer", unanswered},
		{"calls answer an hour late", answersLate},
		{"a load fails", func(t *testing.T) {
			loads(t, 1, func(context.Context, int) error { return context.DeadlineExceeded }, 45)
		}},
		{"a load takes 30 s", func(t *testing.T) {
			loads(t, 1, func(ctx context.Context, _ int) error { return sleep(ctx, 30*time.Second) }, 20)
		}},
		{"a load comes a thousand times a minute", func(t *testing.T) {
			loads(t, 1000, func(context.Context, int) error { return nil }, 20_000)
		}},
		{"a slow load is asked for a thousand times a minute", func(t *testing.T) {
			loads(t, 1000, func(ctx context.Context, _ int) error { return sleep(ctx, 10*time.Second) }, 121)
		}},
		{"a UUID is reused by another protocol at once", func(t *testing.T) { reused(t, 100*time.Millisecond) }},
		{"a UUID is reused by another protocol later", func(t *testing.T) { reused(t, time.Minute) }},
	}
}

// inEachMoment plays a fault in each moment, and a time after it.
func inEachMoment(after time.Duration, fault ...simulator.Step) func(*testing.T) {
	return func(t *testing.T) {
		for _, m := range moments() {
			t.Run(m.name, func(t *testing.T) { m.at(t, after, fault...) })
		}
	}
}

// amongFaults plays two days of other faults with the events of all sessions
// relayed in this way, and a quiet time after it.
func amongFaults(events func(in <-chan vpn.Event, out func(vpn.Event))) func(*testing.T) {
	return func(t *testing.T) {
		const span = 48 * time.Hour
		s := faults.Trace{Seed: 1, Span: span, Kinds: []faults.Kind{faults.Outages, faults.Drops, faults.Sleep, faults.Roaming, faults.Crash}}.Scenario()
		names := map[string]string{"Service 1": "Kept", "Service 2": "Held", "Service 3": "Manual"}
		for _, step := range s.Timeline {
			for i, n := range step.Services {
				step.Services[i] = names[n]
			}
		}
		s.Timeline = slices.DeleteFunc(s.Timeline, func(s simulator.Step) bool { return s.At < faultAt })
		play(t, setup{trace: &s, lying: true, backend: func(b vpn.Backend) vpn.Backend { return relay{Backend: b, events: events} }}, func(b *bed) {
			b.pass(span)
			b.pass(12 * time.Hour)
		})
	}
}

// late delivers each event up to that much later, so that they overtake each other too.
func late(longest time.Duration) func(<-chan vpn.Event, func(vpn.Event)) {
	return func(in <-chan vpn.Event, out func(vpn.Event)) {
		rng := rand.New(rand.NewPCG(1, 1))
		var under sync.WaitGroup
		for e := range in {
			after := time.Duration(rng.Int64N(int64(longest)))
			under.Go(func() {
				time.Sleep(after)
				out(e)
			})
		}
		under.Wait()
	}
}

// afterTheEnd has a configuration removed and put back while the old session goes
// on to send events that are not true of the new one.
func afterTheEnd(t *testing.T) {
	ghost := func(in <-chan vpn.Event, out func(vpn.Event)) {
		for e := range in {
			out(e)
		}
		for range 600 { // it is closed: ten minutes of lies
			out(vpn.Event{Status: vpn.Disconnected})
			out(vpn.Event{Status: vpn.Invalid})
			time.Sleep(time.Second)
		}
	}
	again := service("Kept", vpn.IKEv2)
	steps := []simulator.Step{
		{Do: simulator.DoRemove, Services: []string{"Kept"}},
		{At: time.Minute, Do: simulator.DoAdd, Service: &again},
	}
	play(t, setup{steps: steps, backend: func(b vpn.Backend) vpn.Backend { return relay{Backend: b, events: ghost} }}, func(b *bed) {
		b.pass(2 * time.Minute)
		sub := b.Subscribe(1000)
		b.pass(5 * time.Minute)
		sub.Close()
		for u := range sub.C() {
			for _, e := range u.Events {
				t.Errorf("an event of a session that has ended is told: %+v", e)
			}
		}
	})
}

// period is how long a fault lasts.
type period struct{ from, to time.Time }

// fromFault is the period of that length that begins at faultAt, in a bed that
// begins now.
func fromFault(d time.Duration) period {
	from := time.Now().Add(faultAt)
	return period{from, from.Add(d)}
}

func (p *period) isNow() bool {
	now := time.Now()
	return !now.Before(p.from) && now.Before(p.to)
}

// unanswered has no call answered for ten minutes, during which Kept drops.
func unanswered(t *testing.T) {
	const during = 10 * time.Minute
	var mute period
	before := func(ctx context.Context) error {
		if mute.isNow() {
			<-ctx.Done()
			return ctx.Err()
		}
		return nil
	}
	drop := simulator.Step{At: time.Minute, Do: simulator.DoDrop, Services: []string{"Kept"}}
	play(t, setup{steps: []simulator.Step{drop}, backend: func(b vpn.Backend) vpn.Backend {
		mute = fromFault(during)
		return relay{Backend: b, before: before}
	}}, func(b *bed) {
		b.pass(during)
		if s := b.seen(kept); s.Status != vpn.Disconnected {
			t.Errorf("it is %v: was it started all the same?", s.Status)
		}
		b.pass(6 * time.Minute) // the longest pause between attempts
	})
}

// answersLate has a system that takes an hour for each answer, deadline or not,
// for a day in which Kept drops every 50 minutes.
func answersLate(t *testing.T) {
	var slow period
	after := func() {
		if slow.isNow() {
			time.Sleep(time.Hour)
		}
	}
	drop := simulator.Step{Do: simulator.DoDrop, Services: []string{"Kept"}, Every: simulator.Exactly(50 * time.Minute), Times: 28}
	play(t, setup{lying: true, steps: []simulator.Step{drop}, backend: func(b vpn.Backend) vpn.Backend {
		slow = fromFault(24 * time.Hour)
		return relay{Backend: b, after: after}
	}}, func(b *bed) { b.pass(26 * time.Hour) })
}

// sleep waits, unless the context ends.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// loads has the list announced as changed so many times a minute for twenty
// minutes; each load from then on is as given. At most so many loads may be made,
// few snapshots and no new session, and commands are carried out.
func loads(t *testing.T, perMinute int, load func(ctx context.Context, n int) error, most int) {
	const during = 20 * time.Minute
	var change chan struct{} // of the bubble
	var busy period
	n, opened := 0, 0
	r := relay{opened: &opened, load: func(ctx context.Context) error {
		if !busy.isNow() {
			return nil
		}
		n++
		return load(ctx, n)
	}}
	play(t, setup{backend: func(b vpn.Backend) vpn.Backend {
		busy = fromFault(during)
		change = make(chan struct{}, 1)
		r.Backend, r.change = b, change
		return r
	}}, func(b *bed) {
		seq, sessions := b.Latest().Seq, opened
		for busy.isNow() {
			select {
			case change <- struct{}{}:
			default:
			}
			b.pass(time.Minute / time.Duration(perMinute))
		}
		b.do(engine.Command{Verb: engine.VerbPause, Until: autoconnect.Forever})
		b.do(engine.Command{Verb: engine.VerbResume})
		t.Logf("%d loads, %d snapshots", n, b.Latest().Seq-seq)
		if n == 0 || n > most {
			t.Errorf("%d loads, want at most %d", n, most)
		}
		if made := b.Latest().Seq - seq; made > 30 {
			t.Errorf("%d snapshots were made", made)
		}
		if opened != sessions {
			t.Errorf("%d sessions were opened", opened-sessions)
		}
		b.pass(2 * time.Minute)
		if problems := b.Latest().Problems; len(problems) > 0 {
			t.Errorf("problems %v", problems)
		}
	})
}

// reused has the configuration of Kept deleted, and its UUID taken by one of another
// protocol after a while. It is wished for by its UUID, so it is kept connected; nothing
// else of the old one is left.
func reused(t *testing.T, after time.Duration) {
	other := service("Other", vpn.L2TP)
	other.ID = idOf("Kept")
	other.Server = "192.0.2.8"
	steps := []simulator.Step{
		{Do: simulator.DoRemove, Services: []string{"Kept"}},
		{At: after, Do: simulator.DoAdd, Service: &other},
	}
	play(t, setup{steps: steps}, func(b *bed) {
		b.pass(after + time.Minute)
		s := b.seen(kept)
		if s.Protocol != vpn.L2TP || s.Name != "Other" || s.Server != "192.0.2.8" || s.Info.Interface != "ppp0" {
			t.Errorf("it shows %+v", s)
		}
	})
}
