package autoconnect

import (
	"testing"
	"time"

	"vpnstatus/internal/vpn"
)

// groupBed has three ticked services in one group, in this order: 1 "Office",
// 2 "Backup", 3 "Lab", which is not that of the list. The first statuses are known;
// 1 is starting.
func groupBed(t testing.TB, change ...func(*Config)) *bed {
	t.Helper()
	b := bareBed(t, Stored{}, append([]func(*Config){func(c *Config) {
		c.Auto = map[vpn.ID]bool{idOf(1): true, idOf(2): true, idOf(3): true}
		c.Groups = []Group{{"Work", []vpn.ID{idOf(1), idOf(2), idOf(3), idOf(99)}}}
	}}, change...)...)
	b.load(conf(3, "Lab"), conf(1, "Office"), conf(2, "Backup"))
	b.facts(home())
	for n := byte(3); n > 0; n-- {
		b.status(n, vpn.Disconnected)
	}
	return b
}

// failOver lets 1 fail until 2 has its turn and is up.
func failOver(b *bed) {
	b.t.Helper()
	b.fail(1, vpn.StopNotResponding)
	b.pass(time.Second)
	b.fail(1, vpn.StopNotResponding)
	b.pass(2 * time.Second)
	b.take()
	b.fail(1, vpn.StopNotResponding)
	b.did("start 2 (1)")
	b.up(2)
}

// clickLab has the user connect 3 while the start of 1 is on its way, which is
// stopped for it. The attempt of 3 is under way then.
func clickLab(b *bed) {
	b.t.Helper()
	b.handle(UserConnect{ID: idOf(3)})
	b.status(1, vpn.Connecting, vpn.Disconnecting, vpn.Disconnected)
}

func TestGroups(t *testing.T) {
	play(t, []scene{
		{"the first of the order is started, even if its status comes last", func(t *testing.T) {
			b := groupBed(t)
			b.did("start 1 (1)")
			b.is(2, Waiting, KeyWaitingGroup)
			if got := b.p.View(idOf(2)).Reason.Words(b.now, time.UTC); got != "Only one VPN of its group at a time: “Office”" {
				t.Errorf("the words are %q", got)
			}
		}},
		{"one that is up already stays", func(t *testing.T) {
			b := bareBed(t, Stored{}, func(c *Config) {
				c.Auto[idOf(2)] = true
				c.Groups = []Group{{"Work", []vpn.ID{idOf(1), idOf(2)}}}
			})
			b.load(conf(1, "Office"), conf(2, "Backup"))
			b.facts(home())
			b.status(2, vpn.Connected)
			b.status(1, vpn.Disconnected)
			b.pass(time.Hour)
			b.did()
			b.is(1, Waiting, KeyWaitingGroup)
			b.is(2, Satisfied, KeySatisfied)
		}},
		{"three failures in a row give the next its turn", func(t *testing.T) {
			b := groupBed(t)
			failOver(b)
			b.is(1, Waiting, KeyWaitingGroup)
			b.pass(24 * time.Hour)
			b.did()
		}},
		{"one that needs the user gives way at once", func(t *testing.T) {
			b := groupBed(t)
			b.take()
			b.fail(1, vpn.StopConfiguration)
			b.did("notify needs-user needs-user.configuration", "start 2 (1)")
			b.is(1, NeedsUser, KeyNeedsConfiguration)
		}},
		{"when all fail they take turns", func(t *testing.T) {
			b := groupBed(t)
			b.load(conf(1, "Office"), conf(2, "Backup"), conf(3, "Lab")) // in another order
			starts := map[string]int{}
			for range 40 {
				for n := byte(1); n <= 3; n++ {
					if b.p.View(idOf(n)).State == Connecting {
						b.fail(n, vpn.StopNotResponding)
					}
				}
				b.pass(30 * time.Second)
				for _, s := range b.take() {
					starts[s[:min(7, len(s))]]++
				}
			}
			for _, s := range []string{"start 1", "start 2", "start 3"} {
				if starts[s] < 5 {
					t.Errorf("%q came %d times", s, starts[s])
				}
			}
		}},
		{"another network returns the group to the preferred member: stop, wait, start", func(t *testing.T) {
			b := groupBed(t)
			b.load(conf(1, "Office"), conf(2, "Backup"), conf(3, "Lab")) // in another order
			failOver(b)
			b.pass(24 * time.Hour)
			b.did()
			b.facts(cafe())
			b.did() // not before the network is calm
			b.pass(settleQuiet)
			b.did("stop 2 stop.group")
			b.is(2, Waiting, KeyWaitingGroup)
			b.is(1, Waiting, KeyWaitingGroup)
			b.status(2, vpn.Disconnecting)
			b.did()
			b.status(2, vpn.Disconnected)
			b.did("start 1 (1)")
			b.up(1)
			b.pass(time.Hour)
			b.did()
		}},
		{"a return that fails stays with the next until the network changes again", func(t *testing.T) {
			b := groupBed(t)
			failOver(b)
			b.pass(time.Hour)
			b.facts(cafe())
			b.pass(settleQuiet)
			b.status(2, vpn.Disconnecting, vpn.Disconnected)
			failOver(b)
			b.pass(24 * time.Hour)
			b.did()
			b.facts(home())
			b.pass(settleQuiet)
			b.did("stop 2 stop.group")
		}},
		{"the network does not end a member that is not ticked, is held, or is all there is", func(t *testing.T) {
			for name, prepare := range map[string]func(*bed){
				"not ticked": func(b *bed) {
					b.handle(ConfigChanged{Config{Auto: map[vpn.ID]bool{idOf(1): true}, Groups: b.p.world.config.Groups}})
				},
				"held":                   func(b *bed) { b.handle(UserHold{ID: idOf(2), Until: Forever}) },
				"paused":                 func(b *bed) { b.handle(UserPause{Forever}) },
				"the others can't start": func(b *bed) { b.handle(UserHold{ID: idOf(1), Until: Forever}) },
			} {
				b := groupBed(t)
				failOver(b)
				prepare(b)
				b.pass(time.Hour)
				b.take()
				b.facts(cafe())
				b.pass(time.Hour)
				if got := b.take(); len(got) > 0 {
					t.Errorf("%s: it did %q", name, got)
				}
			}
		}},
		{"a drop gives the preferred member one attempt, then the next has its turn again", func(t *testing.T) {
			b := groupBed(t)
			failOver(b)
			b.pass(stableAfter)
			b.take()
			b.drop(2, vpn.StopServerDead)
			b.did("start 1 (4)", "notify dropped waiting.group")
			b.fail(1, vpn.StopNotResponding)
			b.pass(time.Second)
			b.did("start 2 (1)")
		}},
		{"a drop soon after the fail-over does not", func(t *testing.T) {
			b := groupBed(t)
			failOver(b)
			b.pass(stableAfter - time.Second)
			b.drop(2, vpn.StopServerDead)
			b.pass(2 * time.Second)
			b.did("notify dropped backoff.dropped", "start 2 (2)")
		}},
		{"the last click wins", func(t *testing.T) {
			b := groupBed(t)
			b.up(1)
			b.take()
			b.handle(UserConnect{ID: idOf(3)})
			b.did("stop 1 stop.group")
			b.is(3, Waiting, KeyWaitingGroup)
			b.status(1, vpn.Disconnecting)
			b.did()
			b.status(1, vpn.Disconnected)
			b.did("start 3 (1)")
			b.up(3)
			b.pass(24 * time.Hour)
			b.did()
			b.drop(3, vpn.StopServerDead)
			b.pass(time.Second)
			b.did("notify dropped backoff.dropped", "start 3 (1)")
		}},
		{"the last click counts until the network changes", func(t *testing.T) {
			b := groupBed(t)
			clickLab(b)
			b.up(3)
			b.pass(time.Hour)
			b.take()
			b.facts(cafe())
			b.did()
			b.pass(settleQuiet)
			b.did("stop 3 stop.group")
			b.status(3, vpn.Disconnecting, vpn.Disconnected)
			b.did("start 1 (1)")
		}},
		{"a start elsewhere is a click", func(t *testing.T) {
			b := groupBed(t)
			b.up(1)
			b.take()
			b.status(2, vpn.Connecting)
			b.did("stop 1 stop.group")
			b.status(1, vpn.Disconnecting, vpn.Disconnected)
			b.status(2, vpn.Connected)
			b.pass(time.Hour)
			b.did()
			b.is(1, Waiting, KeyWaitingGroup)
		}},
		{"a cancelled start is waited for until a status shows what became of it", func(t *testing.T) {
			b := groupBed(t)
			b.take()
			b.handle(UserConnect{ID: idOf(2)})
			b.did("cancel 1 stop.group", "verify 1")
			b.is(2, Waiting, KeyWaitingGroup)
			b.pass(connectWatchdog)
			b.did("verify 1") // the answer was lost
			b.status(1, vpn.Disconnected)
			b.did("start 2 (1)")
		}},
		{"a cancelled start that had left is stopped before the next begins", func(t *testing.T) {
			b := groupBed(t)
			b.take()
			b.status(1, vpn.Disconnected) // asked for before the start
			b.handle(UserConnect{ID: idOf(2)})
			b.did("cancel 1 stop.group", "verify 1")
			b.status(1, vpn.Connecting)
			b.did("stop 1 stop.group")
			b.status(1, vpn.Disconnecting, vpn.Disconnected)
			b.did("start 2 (1)")
		}},
		{"a click works while paused", func(t *testing.T) {
			b := groupBed(t)
			b.up(1)
			b.handle(UserPause{Forever})
			b.take()
			b.handle(UserConnect{ID: idOf(2)})
			b.status(1, vpn.Disconnecting, vpn.Disconnected)
			b.did("stop 1 stop.group", "start 2 (1)")
		}},
		{"a click that gives up lets the order decide again", func(t *testing.T) {
			b := groupBed(t)
			clickLab(b)
			b.take()
			b.fail(3, vpn.StopConfiguration)
			b.did("notify needs-user needs-user.configuration", "start 1 (2)")
			b.up(1)
			mended := conf(3, "Lab")
			mended.Server = "vpn.example.com"
			b.load(conf(1, "Office"), conf(2, "Backup"), mended)
			b.did() // the click is over
		}},
		{"a member that is not ticked takes the place of another by a click only", func(t *testing.T) {
			b := groupBed(t, func(c *Config) { delete(c.Auto, idOf(3)) })
			b.up(1)
			b.take()
			b.handle(UserConnect{ID: idOf(3)})
			b.status(1, vpn.Disconnecting, vpn.Disconnected)
			b.up(3)
			b.did("stop 1 stop.group", "start 3 (1)")
			b.handle(UserDisconnect{ID: idOf(3)})
			b.status(3, vpn.Disconnecting, vpn.Disconnected)
			b.did("stop 3 stop.user", "start 1 (2)")
		}},
		{"a disconnect by hand does not start the next", func(t *testing.T) {
			b := groupBed(t)
			b.up(1)
			b.take()
			b.handle(UserDisconnect{ID: idOf(1)})
			b.is(2, Waiting, KeyWaitingGroupHeld)
			b.status(1, vpn.Disconnecting, vpn.Disconnected)
			b.pass(time.Hour)
			b.did("stop 1 stop.user", "store")
			b.is(2, Waiting, KeyWaitingGroupHeld)
			b.handle(UserConnect{ID: idOf(2)})
			b.did("start 2 (1)")
			b.up(2)
			b.pass(time.Hour)
			b.facts(cafe())
			b.drop(2, vpn.StopServerDead)
			b.pass(time.Minute)
			b.did("notify dropped backoff.dropped", "start 2 (1)", "verify 2")
		}},
		{"a stop elsewhere does not start the next", func(t *testing.T) {
			b := groupBed(t)
			b.up(1)
			b.pass(time.Hour)
			b.status(1, vpn.Disconnecting, vpn.Disconnected)
			b.is(2, Waiting, KeyWaitingGroup)
			b.noCause(1)
			b.pass(time.Hour)
			b.is(1, Held, KeyHeldUnexplained)
			b.is(2, Waiting, KeyWaitingGroupHeld)
		}},
		{"a hold without a stop lets the next have its turn", func(t *testing.T) {
			b := groupBed(t)
			b.fail(1, vpn.StopNotResponding)
			b.take()
			b.handle(UserHold{ID: idOf(1), Until: Forever})
			b.did("start 2 (1)", "store")
		}},
		{"a member that the rules keep down lets the next have its turn", func(t *testing.T) {
			b := groupBed(t, func(c *Config) { c.Rules = []Rule{{Then: OutcomeIgnore, Services: []string{"Office"}}} })
			b.did("start 2 (1)")
			b.is(1, Waiting, KeyWaitingRule)
		}},
		{"a change of the list keeps who was clicked", func(t *testing.T) {
			b := groupBed(t)
			clickLab(b)
			b.up(3)
			b.load(conf(0, "New"), conf(1, "Office"), conf(2, "Backup"), conf(3, "Lab"))
			b.pass(time.Hour)
			b.take()
			b.drop(3, vpn.StopServerDead)
			b.pass(time.Second)
			b.did("notify dropped backoff.dropped", "start 3 (1)")
		}},
		{"a member with On Demand is not stopped for another", func(t *testing.T) {
			b := groupBed(t)
			c := conf(2, "Backup")
			c.OnDemand = true
			b.load(conf(1, "Office"), c, conf(3, "Lab"))
			b.up(1)
			b.take()
			b.status(2, vpn.Connected)
			b.pass(time.Hour)
			if got := b.take(); count(got, "stop 2") > 0 {
				t.Errorf("it did %q", got)
			}
		}},
		{"two that are up are left alone while it is paused or offline, and then one is stopped", func(t *testing.T) {
			for _, c := range []struct{ before, after Event }{{UserPause{Forever}, UserPause{}}, {FactsChanged{noNetwork()}, FactsChanged{home()}}} {
				b := bareBed(t, Stored{}, func(c *Config) { c.Auto[idOf(2)] = true })
				b.load(conf(1, "Office"), conf(2, "Backup"))
				b.facts(home())
				b.status(1, vpn.Connected)
				b.status(2, vpn.Connected)
				b.handle(c.before)
				config := b.p.world.config
				config.Groups = []Group{{"Work", []vpn.ID{idOf(1), idOf(2)}}}
				b.handle(ConfigChanged{config})
				b.pass(time.Minute)
				if got := b.take(); count(got, "stop") > 0 {
					t.Errorf("after %T it did %q", c.before, got)
				}
				b.handle(c.after)
				b.pass(maxSettle)
				if got := b.take(); count(got, "stop 2 stop.group") != 1 || count(got, "stop 1") > 0 {
					t.Errorf("after %T it did %q", c.after, got)
				}
			}
		}},
		{"a disconnect of one member is not about another that was clicked", func(t *testing.T) {
			b := groupBed(t)
			clickLab(b)
			b.fail(3, vpn.StopNotResponding)
			b.handle(UserDisconnect{ID: idOf(1)})
			b.take()
			b.pass(time.Second)
			b.did("start 3 (2)")
		}},
		{"a service belongs to the first group that names it", func(t *testing.T) {
			b := bareBed(t, Stored{}, func(c *Config) {
				c.Auto[idOf(2)] = true
				c.Groups = []Group{{"Work", []vpn.ID{idOf(1), idOf(2)}}, {"Play", []vpn.ID{idOf(2)}}}
			})
			b.load(conf(1, "Office"), conf(2, "Backup"))
			b.facts(home())
			b.status(1, vpn.Disconnected)
			b.status(2, vpn.Disconnected)
			b.did("start 1 (1)")
			if e, _ := b.p.Explain(idOf(2), b.now); e.Group != "Work" {
				t.Errorf("it is in the group %q", e.Group)
			}
		}},
		{"a change of the list keeps who was stopped", func(t *testing.T) {
			b := groupBed(t)
			b.up(1)
			b.handle(UserDisconnect{ID: idOf(1)})
			b.status(1, vpn.Disconnecting, vpn.Disconnected)
			b.take()
			b.load(conf(0, "New"), conf(1, "Office"), conf(2, "Backup"), conf(3, "Lab"))
			b.status(0, vpn.Disconnected)
			b.pass(time.Hour)
			b.did()
			b.is(2, Waiting, KeyWaitingGroupHeld)
		}},
		{"a member that gave way to a VPN outside the group has its turn when that is down", func(t *testing.T) {
			b := groupBed(t)
			b.load(conf(1, "Office"), conf(2, "Backup"), conf(3, "Lab"), conf(4, "Other"))
			b.up(1)
			b.pass(time.Minute)
			b.status(4, vpn.Disconnected, vpn.Connected)
			b.take()
			b.drop(1, vpn.StopSuperseded)
			b.did("notify dropped waiting.group", "start 2 (1)")
			b.status(4, vpn.Disconnected)
			b.fail(2, vpn.StopConfiguration)
			b.take()
			b.pass(time.Minute)
			if got := b.take(); count(got, "start 1") != 1 {
				t.Errorf("it did %q", got)
			}
		}},
		{"what is known to be held when the program starts holds the others while it is up", func(t *testing.T) {
			config := groupBed(t).p.world.config
			b := bareBed(t, Stored{Holds: map[vpn.ID]Hold{idOf(1): {Forever, KeyHeldUser}}}, func(c *Config) { *c = config })
			b.load(conf(1, "Office"), conf(2, "Backup"), conf(3, "Lab"))
			b.facts(home())
			b.status(1, vpn.Connected)
			b.status(2, vpn.Disconnected)
			b.status(3, vpn.Disconnected)
			b.drop(1, vpn.StopServerDead)
			b.pass(time.Hour)
			b.is(1, Held, KeyHeldUser)
			b.is(2, Waiting, KeyWaitingGroupHeld)
			if got := b.p.View(idOf(2)).Reason.Other; got != "Office" {
				t.Errorf("it waits for %q", got)
			}
			if got := b.take(); count(got, "start") > 0 {
				t.Errorf("it did %q", got)
			}
		}},
		{"one that is up when the program starts is kept up, whichever was stopped before", func(t *testing.T) {
			config := groupBed(t).p.world.config
			b := bareBed(t, Stored{Holds: map[vpn.ID]Hold{idOf(1): {Forever, KeyHeldUser}}}, func(c *Config) { *c = config })
			b.load(conf(1, "Office"), conf(2, "Backup"), conf(3, "Lab"))
			b.facts(home())
			b.status(2, vpn.Connected)
			b.status(1, vpn.Disconnected)
			b.status(3, vpn.Disconnected)
			b.drop(2, vpn.StopServerDead)
			b.pass(time.Second)
			b.did("notify dropped backoff.dropped", "start 2 (1)")
		}},
		{"a click on another member ends what a disconnect began", func(t *testing.T) {
			b := groupBed(t)
			b.up(1)
			b.handle(UserDisconnect{ID: idOf(1)})
			b.status(1, vpn.Disconnecting, vpn.Disconnected)
			b.handle(UserConnect{ID: idOf(2)})
			b.take()
			b.fail(2, vpn.StopConfiguration)
			b.did("notify needs-user needs-user.configuration", "start 3 (1)")
		}},
	})
}
