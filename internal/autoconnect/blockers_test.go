package autoconnect

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"vpnstatus/internal/facts"
	"vpnstatus/internal/vpn"
)

// ready asks about a service that nothing keeps from being started.
func ready() query {
	s := newService(conf(1, "Office"), true, t0)
	s.seen.status = vpn.Disconnected
	return query{s: &s, w: &world{here: at(home()), jitter: evenly}, now: t0}
}

func ruledBy(q *query, rules ...Rule) {
	q.w.rules.compile(rules, 0)
	q.w.rules.evaluate(&q.w.here.facts, q.now)
}

func TestEachBlocker(t *testing.T) {
	minute := t0.Add(time.Minute)
	dead := vpn.Cause{Family: vpn.FamilyVPN, Code: vpn.StopServerDead}
	ordered := func(o order) func(*query) { return func(q *query) { q.s.order = o } }
	is := func(s vpn.Status) func(*query) { return func(q *query) { q.s.seen.status = s } }
	type row struct {
		name   string
		change func(*query) // of a service that is ready
		holds  View         // State, Reason.Key and Next; zero if it does not hold
		why    string
	}
	holds := func(s State, k Key) View { return View{State: s, Reason: Reason{Key: k}} }
	until := func(s State, k Key, next time.Time) View { return View{State: s, Reason: Reason{Key: k}, Next: next} }
	for name, rows := range map[string][]row{
		"manual": {
			{"ticked", func(*query) {}, View{}, "Auto Connect is on"},
			{"not ticked", func(q *query) { q.s.auto, q.s.seen.status = false, vpn.Connected }, holds(Manual, KeyManual), "Auto Connect is off"},
			{"not ticked, and down", func(q *query) { q.s.auto, q.s.seen.cause = false, dead }, holds(Manual, KeyManual), "It went down: the server is going down"},
		},
		"on-demand": {
			{"not enabled", func(*query) {}, View{}, "On Demand is not enabled"},
			{"enabled", func(q *query) { q.s.conf.OnDemand = true }, holds(Waiting, KeyWaitingOnDemand), "On Demand is enabled: the system keeps it connected"},
		},
		"held": {
			{"not held", func(*query) {}, View{}, "nobody has stopped it or put it on hold"},
			{"held", func(q *query) { q.s.intent.holdUntil(Until{Time: minute}, KeyHeldForeign) }, holds(Held, KeyHeldForeign), "Held: it was disconnected outside VPNStatus, until 12:01"},
		},
		"paused": {
			{"not paused", func(*query) {}, View{}, "Auto Connect is not paused"},
			{"paused", func(q *query) { q.w.pause = Forever }, holds(Paused, KeyPaused), "Auto Connect is paused, until you connect or resume"},
		},
		"status": {
			{"known", is(vpn.Disconnecting), View{}, "the status is Disconnecting"},
			{"not known", is(vpn.Invalid), holds(Waiting, KeyWaitingStatus), "Its status is not known yet"},
			{"of a later system", is(17), holds(Waiting, KeyWaitingStatus), "Its status is not known yet"},
		},
		"connection": {
			{"down", func(*query) {}, View{}, "it is down, and no start is under way"},
			{"a start is in flight", ordered(order{kind: starting, reason: Reason{Key: KeyConnectingUser}}), holds(Connecting, KeyConnectingUser), "Connecting at your request"},
			{"connecting", func(q *query) { q.s.seen.status, q.s.view.Reason.Key = vpn.Connecting, KeyConnectingRetry }, holds(Connecting, KeyConnectingRetry), "Connecting again"},
			{"connecting, and not started here", is(vpn.Connecting), holds(Connecting, KeyConnectingOther), "Connecting; started outside VPNStatus"},
			{"connected", is(vpn.Connected), holds(Satisfied, KeySatisfied), "Connected"},
			{"reasserting", is(vpn.Reasserting), holds(Satisfied, KeySatisfiedReasserting), "Connected; the network changed and the connection is being re-established"},
			{"disconnecting", is(vpn.Disconnecting), holds(Waiting, KeyWaitingStopping), "Disconnecting"},
			{"stopped for the user", func(q *query) { q.s.seen.status, q.s.order = vpn.Connected, order{kind: stopping} }, holds(Waiting, KeyWaitingStopping), "Disconnecting"},
			{"stopped for a rule", func(q *query) {
				q.s.seen.status, q.s.order = vpn.Connected, order{kind: stopping, why: stopForRule, reason: Reason{Key: KeyStopRule, Rule: "home"}}
			}, holds(Waiting, KeyWaitingRule), "Left off by the rule “home”"},
			{"stopped for its group", func(q *query) {
				q.s.seen.status, q.s.order = vpn.Connected, order{kind: stopping, why: stopForGroup, reason: Reason{Key: KeyStopGroup, Other: "Lab"}}
			}, holds(Waiting, KeyWaitingGroup), "Only one VPN of its group at a time: “Lab”"},
			{"stopped because it was stuck", func(q *query) {
				q.s.seen.status, q.s.order = vpn.Connecting, order{kind: stopping, why: stopStuck, reason: Reason{Key: KeyRecyclingStuck}}
			}, holds(Recycling, KeyRecyclingStuck), "Stopping: connecting took too long"},
			{"stopped in vain", func(q *query) { q.s.seen.status, q.s.order = vpn.Connected, order{kind: stopping, late: true} }, holds(Satisfied, KeySatisfied), "Connected"},
			{"stopped, and down", ordered(order{kind: stopping}), View{}, "it is down, and no start is under way"},
			{"a start was cancelled, and may have left", ordered(order{kind: stopping, unseen: true}), holds(Waiting, KeyWaitingStopping), "Disconnecting"},
		},
		"disabled": {
			{"enabled", func(*query) {}, View{}, "the configuration is enabled"},
			{"disabled", func(q *query) { q.s.conf.Enabled = false }, holds(NeedsUser, KeyNeedsDisabled), "Action needed: it is disabled in the VPN settings"},
		},
		"needs-user": {
			{"nothing is known", func(*query) {}, View{}, "nothing is known that only the user can mend"},
			{"rejected", func(q *query) { q.s.retry.needs = KeyNeedsAuth }, holds(NeedsUser, KeyNeedsAuth), "Action needed: the user name or password was rejected"},
		},
		"asleep": {
			{"awake", func(*query) {}, View{}, "the Mac is awake"},
			{"awake again", func(q *query) { q.w.here.wokeAt = t0.Add(-time.Hour) }, View{}, "the Mac is awake since 11:00"},
			{"asleep", func(q *query) { q.w.here.facts.Asleep = true }, holds(Waiting, KeyWaitingAsleep), "The Mac is asleep"},
		},
		"session": {
			{"here", func(*query) {}, View{}, "the user has the screen"},
			{"not known", func(q *query) { q.w.here.facts.SessionActive.Known = false }, View{}, "it is not known who has the screen"},
			{"another", func(q *query) { q.w.here.facts.SessionActive.Value = false }, holds(Waiting, KeyWaitingSession), "Another user is using the screen"},
		},
		"offline": {
			{"satisfied", func(*query) {}, View{}, "the path is satisfied since 12:00"},
			{"satisfied since an unknown time", func(q *query) { q.w.here.facts.Path.At = time.Time{} }, View{}, "the path is satisfied"},
			{"not known", func(q *query) { q.w.here.facts.Path.Known = false }, View{}, "the path is not known, so it is tried"},
			{"unsatisfied", func(q *query) { q.w.here.facts = noNetwork() }, holds(Waiting, KeyWaitingOffline), "No network"},
			{"unsatisfied long after a wake", func(q *query) { q.w.here = surroundings{facts: noNetwork(), wokeAt: t0.Add(-wakePathGrace)} },
				holds(Waiting, KeyWaitingOffline), "No network"},
			{"unsatisfied after a wake", func(q *query) { q.w.here = surroundings{facts: noNetwork(), wokeAt: t0.Add(1 - wakePathGrace)} },
				holds(Settling, KeySettlingWake), "Waiting for the network after waking"},
		},
		"rule": {
			{"none matches", func(q *query) { ruledBy(q, Rule{Then: OutcomeIgnore, When: When{SSID: []string{"Cafe"}}}) }, View{}, "no rule matches"},
			{"one says connect", func(q *query) { ruledBy(q, Rule{Name: "all", Then: OutcomeConnect}) }, View{}, "the rule “all” says connect"},
			{"one says ignore", func(q *query) { ruledBy(q, Rule{Name: "home", Then: OutcomeIgnore}) }, holds(Waiting, KeyWaitingRule), "Left off by the rule “home”"},
			{"one says disconnect", func(q *query) { ruledBy(q, Rule{Then: OutcomeDisconnect}) }, holds(Waiting, KeyWaitingRule), "Left off by the rule “rule 1”"},
			{"the user overrides it", func(q *query) {
				ruledBy(q, Rule{Then: OutcomeDisconnect})
				q.s.intent.override = q.w.here.epoch
			}, View{}, "you connected it on this network, which overrides the rules"},
		},
		"group": {
			{"none", func(*query) {}, View{}, "it is in no group"},
			{"chosen", func(q *query) { q.place = place{group: "work"} }, View{}, "it is the one of its group that may be up"},
			{"another goes first", func(q *query) { q.place = place{group: "work", wait: true, other: "Lab"} }, holds(Waiting, KeyWaitingGroup), "Only one VPN of its group at a time: “Lab”"},
			{"another was stopped", func(q *query) { q.place = place{group: "work", wait: true, held: true, other: "Lab"} }, holds(Waiting, KeyWaitingGroupHeld),
				"You disconnected another VPN of its group: “Lab”"},
		},
		"on-demand-rule": {
			{"no such end", func(q *query) { q.s.retry.awaits = vpn.AwaitOthers }, View{}, "no On Demand rule of the system disconnected it on this network"},
			{"such an end", func(q *query) { q.s.retry.awaits = vpn.AwaitOtherNetwork }, holds(Waiting, KeyWaitingOnDemandRule), "Disconnected by an On Demand rule; waiting for another network"},
		},
		"settling": {
			{"calm", func(*query) {}, View{}, "the network is calm"},
			{"calm again", func(q *query) { q.w.here.movedAt = t0.Add(-time.Hour) }, View{}, "the network last changed at 11:00"},
			{"after login", func(q *query) { q.w.here.login = minute }, until(Settling, KeySettlingLogin, minute), "Waiting for the network after login"},
			{"after a wake", func(q *query) { q.w.here.wokeAt = t0 }, until(Settling, KeySettlingWake, t0.Add(wakeGrace)), "Waiting for the network after waking"},
			{"on a new network", func(q *query) { q.w.here.wait(t0) }, until(Settling, KeySettlingNetwork, t0.Add(settleQuiet)), "Waiting for the network to settle"},
		},
		"superseded": {
			{"not superseded", func(q *query) { q.w.up = 1 }, View{}, "no other VPN has taken its place"},
			{"superseded by one that is up", func(q *query) { q.w.up, q.s.retry.awaits = 1, vpn.AwaitOthers }, holds(Waiting, KeyWaitingSuperseded), "Another VPN took its place"},
			{"superseded, and all are down", func(q *query) { q.s.retry.awaits = vpn.AwaitOthers }, View{}, "no other VPN has taken its place"},
		},
		"backoff": {
			{"no failure", func(*query) {}, View{}, "no failure keeps it waiting"},
			{"it is time", func(q *query) { q.s.retry.next = t0 }, View{}, "the next attempt was due at 12:00"},
			{"after a failure", func(q *query) { q.s.retry.next, q.s.seen.cause = minute, dead }, until(Backoff, KeyBackoffFailed, minute), "It did not connect: the server is going down"},
			{"after a drop", func(q *query) { q.s.retry.next, q.s.seen.end.up = minute, true }, until(Backoff, KeyBackoffDropped, minute), "The connection dropped"},
			{"no fault of its own", func(q *query) { q.s.retry.excuse(KeyWaitingOffline, t0, steady) }, until(Waiting, KeyWaitingOffline, t0.Add(time.Second)), "No network"},
			{"in the slow lane", func(q *query) { q.s.retry.slowDown(KeySlowPlugin, t0, steady) }, until(Slow, KeySlowPlugin, t0.Add(slowEvery)),
				"Retrying less often: the VPN app's extension failed"},
		},
		"cause": {
			{"no question", func(*query) {}, View{}, "no question about its last end is open"},
			{"a question nobody waits for", func(q *query) { q.s.seen.end.cause = overdue }, View{}, "no question about its last end is open"},
			{"after a failure", func(q *query) { q.s.seen.end.cause = awaited }, holds(Backoff, KeyBackoffFailed), "It did not connect"},
			{"after a drop", func(q *query) { q.s.seen.end = end{up: true, cause: awaited} }, holds(Backoff, KeyBackoffDropped), "The connection dropped"},
		},
	} {
		i := slices.IndexFunc(blockers, func(b blocker) bool { return b.name == name })
		if i < 0 {
			t.Errorf("there is no blocker %q", name)
			continue
		}
		for _, r := range rows {
			t.Run(name+": "+r.name, func(t *testing.T) {
				q := ready()
				r.change(&q)
				before := *q.s
				short := blockers[i].ask(q)
				q.tell = true
				a := blockers[i].ask(q)
				why := a.why
				if a.holds {
					why = a.reason.Words(t0, time.UTC)
				}
				if got := (View{State: a.state, Reason: Reason{Key: a.reason.Key}, Next: a.next}); a.holds != (r.holds != View{}) || got != r.holds || why != r.why {
					t.Errorf("holds %t, %s %s, until %v, %q", a.holds, a.state, a.reason.Key, a.next, why)
				}
				if short.why = a.why; short != a {
					t.Errorf("without an explanation the answer is %+v, with one %+v", short, a)
				}
				if *q.s != before {
					t.Error("the question changed the service")
				}
			})
		}
	}
}

// obstacle is one reason why the service of a query stays down.
type obstacle struct {
	blocker  string
	always   bool // it also stops a connect by the user
	add, end func(*query)
}

// obstacles are one for each blocker, in the order in which they count. All of
// them can hold at once.
var obstacles = []obstacle{
	{"manual", false, func(q *query) { q.s.auto = false }, func(q *query) { q.s.auto = true }},
	{"on-demand", false, func(q *query) { q.s.conf.OnDemand = true }, func(q *query) { q.s.conf.OnDemand = false }},
	{"held", false, func(q *query) { q.s.intent.holdUntil(Forever, KeyHeldUser) }, func(q *query) { q.s.intent.holdUntil(Until{}, "") }},
	{"paused", false, func(q *query) { q.w.pause = Forever }, func(q *query) { q.w.pause = Until{} }},
	{"status", true, func(q *query) { q.s.seen.status = vpn.Invalid }, func(q *query) { q.s.seen.status = vpn.Disconnected }},
	{"connection", true, func(q *query) { q.s.order = order{kind: starting, reason: Reason{Key: KeyConnecting}} }, func(q *query) { q.s.order = order{} }},
	{"disabled", true, func(q *query) { q.s.conf.Enabled = false }, func(q *query) { q.s.conf.Enabled = true }},
	{"needs-user", false, func(q *query) { q.s.retry.needs = KeyNeedsAuth }, func(q *query) { q.s.retry.needs = "" }},
	{"asleep", true, func(q *query) { q.w.here.facts.Asleep = true }, func(q *query) { q.w.here.facts.Asleep = false }},
	{"session", false, func(q *query) { q.w.here.facts.SessionActive.Value = false }, func(q *query) { q.w.here.facts.SessionActive.Value = true }},
	{"offline", true, func(q *query) { q.w.here.facts.Path.Value = facts.Unsatisfied }, func(q *query) { q.w.here.facts.Path.Value = facts.Satisfied }},
	{"rule", false, func(q *query) { ruledBy(q, Rule{Then: OutcomeIgnore}) }, func(q *query) { ruledBy(q) }},
	{"group", true, func(q *query) { q.place = place{group: "work", wait: true} }, func(q *query) { q.place = place{group: "work"} }},
	{"on-demand-rule", false, func(q *query) { q.s.retry.awaits = vpn.AwaitOtherNetwork }, func(q *query) { q.s.retry.awaits = vpn.AwaitOthers }},
	{"settling", false, func(q *query) { q.w.here.wait(q.now) }, func(q *query) { q.w.here.settle = settling{} }},
	{"superseded", false, func(q *query) { q.s.retry.awaits, q.w.up = cmp.Or(q.s.retry.awaits, vpn.AwaitOthers), 1 }, func(q *query) { q.w.up = 0 }},
	{"backoff", false, func(q *query) { q.s.retry.next = q.now.Add(time.Hour) }, func(q *query) { q.s.retry.next = time.Time{} }},
	{"cause", false, func(q *query) { q.s.seen.end.cause = awaited }, func(q *query) { q.s.seen.end.cause = answered }},
}

// With all of them in the way at first, one is taken away after the other: the
// first that is left is the state, until at last the service is started.
func TestTheFirstBlockerThatHoldsIsTheState(t *testing.T) {
	for _, byHand := range []bool{false, true} {
		q := ready()
		for _, o := range obstacles {
			o.add(&q)
		}
		if byHand {
			q.s.intent.ask(vpn.Options{}, q.now)
		}
		// look returns the service after a look at it, and what was done.
		look := func() (service, []Action) {
			s := *q.s
			v := visit{s: &s, w: q.w, now: q.now}
			v.act(q.place)
			return s, v.out
		}
		for i, o := range obstacles {
			if b := blockers[i]; b.name != o.blocker || b.always != o.always {
				t.Fatalf("blocker %d is %q, always %t, want %q, %t", i, b.name, b.always, o.blocker, o.always)
			}
			if !byHand || o.always {
				s, did := look()
				a := blockers[i].ask(q)
				if _, k := q.deciding(); k != i || !a.holds {
					t.Fatalf("%s (by hand: %t): the blocker that decides is %d, want %d", o.blocker, byHand, k, i)
				}
				if s.view.State != a.state || s.view.Reason != a.reason || s.view.Next != a.next {
					t.Errorf("%s (by hand: %t): it is %+v, want %+v", o.blocker, byHand, s.view, a)
				}
				if slices.ContainsFunc(did, func(a Action) bool { _, is := a.(Start); return is }) {
					t.Errorf("%s (by hand: %t): it is started", o.blocker, byHand)
				}
			}
			o.end(&q)
		}
		if len(obstacles) != len(blockers) {
			t.Errorf("%d blockers, of which %d are tested", len(blockers), len(obstacles))
		}
		want := KeyConnecting
		if byHand {
			want = KeyConnectingUser
		}
		if s, did := look(); s.order.kind != starting || s.view.State != Connecting || s.view.Reason.Key != want {
			t.Errorf("with nothing in the way (by hand: %t) it is %s %s: %+v", byHand, s.view.State, s.view.Reason.Key, did)
		}
	}
}
