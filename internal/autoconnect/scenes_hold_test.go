package autoconnect

import (
	"encoding/json"
	"testing"
	"time"

	"vpnstatus/internal/facts"
	"vpnstatus/internal/vpn"
)

func TestManualOff(t *testing.T) {
	play(t, []scene{
		{"a disconnect here holds until connected by hand", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.take()
			b.handle(UserDisconnect{ID: idOf(1)})
			b.did("stop 1 stop.user", "store")
			b.is(1, Held, KeyHeldUser)
			b.status(1, vpn.Disconnecting, vpn.Disconnected)
			b.cause(1, vpn.StopUser)
			b.pass(24 * time.Hour)
			b.facts(cafe())
			b.pass(24 * time.Hour)
			b.did()
			b.handle(UserConnect{ID: idOf(1), Options: vpn.Options{Username: "me"}})
			if a, ok := b.log[0].(Start); !ok || a.Options.Username != "me" || a.Reason.Key != KeyConnectingUser {
				t.Errorf("the start is %+v", b.log[0])
			}
			b.did("start 1 (1)", "store")
			b.is(1, Connecting, KeyConnectingUser)
		}},
		{"a hold until the network changes survives being offline", func(t *testing.T) {
			b := newBed(t)
			u, ok := UntilNetworkChanges(b.f)
			if !ok {
				t.Fatal("the network can be identified")
			}
			b.handle(UserDisconnect{ID: idOf(1), Until: u})
			b.status(1, vpn.Connecting, vpn.Disconnecting, vpn.Disconnected)
			b.take()
			b.facts(noNetwork())
			f := home()
			f.SSID.Known, f.GatewayMAC.Known = false, false
			b.facts(f)
			b.facts(home())
			b.pass(time.Hour)
			b.did()
			b.facts(cafe())
			b.pass(2 * time.Second)
			b.did("store", "start 1 (1)")
		}},
		{"a disconnect while waiting cancels the next attempt", func(t *testing.T) {
			b := newBed(t)
			b.fail(1, vpn.StopNotResponding)
			b.take()
			b.handle(UserDisconnect{ID: idOf(1)})
			b.pass(time.Hour)
			b.did("store")
			b.is(1, Held, KeyHeldUser)
		}},
		{"a disconnect overtaken by our own start stops again", func(t *testing.T) {
			b := newBed(t)
			b.take()
			b.handle(UserDisconnect{ID: idOf(1)})
			b.did("cancel 1 stop.user", "verify 1", "store")
			b.status(1, vpn.Connecting)
			b.did("stop 1 stop.user")
			b.is(1, Held, KeyHeldUser)
			b.status(1, vpn.Disconnecting, vpn.Disconnected)
			b.pass(time.Hour)
			b.did()
		}},
		{"a stop that the system ignores is verified once", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.take()
			b.handle(UserDisconnect{ID: idOf(1)})
			b.pass(time.Hour)
			b.did("stop 1 stop.user", "store", "verify 1")
			b.handle(UserConnect{ID: idOf(1)})
			b.did("store")
			b.is(1, Satisfied, KeySatisfied)
		}},
		{"changing one's mind while it goes down connects when it is down", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.handle(UserDisconnect{ID: idOf(1)})
			b.status(1, vpn.Disconnecting)
			b.take()
			b.handle(UserConnect{ID: idOf(1)})
			b.did("store")
			b.is(1, Waiting, KeyWaitingStopping)
			b.status(1, vpn.Disconnected)
			b.did("start 1 (1)")
		}},
		{"a disconnect while another's stop is under way is still held as the user's", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.status(1, vpn.Disconnecting)
			b.take()
			b.handle(UserDisconnect{ID: idOf(1)})
			b.status(1, vpn.Disconnected)
			b.cause(1, vpn.StopUser)
			b.did("store")
			b.is(1, Held, KeyHeldUser)
		}},
		{"a stop elsewhere becomes a hold and says so", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.pass(time.Hour)
			b.take()
			b.status(1, vpn.Disconnecting)
			b.is(1, Waiting, KeyWaitingStopping)
			b.status(1, vpn.Disconnected)
			b.cause(1, vpn.StopUser)
			b.did("notify held held.foreign", "store")
			b.is(1, Held, KeyHeldForeign)
		}},
		{"a stop elsewhere for which the system has no cause is a hold until the network changes", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.pass(time.Hour)
			b.take()
			b.status(1, vpn.Disconnecting, vpn.Disconnected)
			b.is(1, Backoff, KeyBackoffDropped)
			b.noCause(1)
			b.did("notify held held.unexplained", "store")
			b.is(1, Held, KeyHeldUnexplained)
			if got := b.p.View(idOf(1)).Reason.Words(b.now, time.UTC); got != "Held: it went down as if disconnected outside VPNStatus, until the network changes, you connect or resume" {
				t.Errorf("the words are %q", got)
			}
			b.pass(time.Hour)
			b.did()
			b.facts(cafe())
			b.pass(settleQuiet)
			b.did("store", "start 1 (1)")
		}},
		{"a connect elsewhere lifts the hold", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.handle(UserDisconnect{ID: idOf(1)})
			b.status(1, vpn.Disconnecting, vpn.Disconnected)
			b.pass(time.Hour)
			b.take()
			b.status(1, vpn.Connecting)
			b.did("store")
			b.is(1, Connecting, KeyConnectingOther)
			b.status(1, vpn.Connected)
			b.pass(time.Hour)
			b.drop(1, vpn.StopServerDead)
			b.is(1, Backoff, KeyBackoffDropped)
		}},
		{"a connect elsewhere whose beginning was missed lifts the hold too", func(t *testing.T) {
			b := newBed(t)
			b.handle(UserDisconnect{ID: idOf(1)})
			b.status(1, vpn.Disconnected)
			b.pass(time.Hour)
			b.status(1, vpn.Connected)
			b.is(1, Satisfied, KeySatisfied)
		}},
		{"being up when the program starts does not lift a stored hold", func(t *testing.T) {
			b := unseenBed(t, Stored{Holds: map[vpn.ID]Hold{idOf(1): {Until: Forever, Key: KeyHeldUser}}})
			b.status(1, vpn.Connected)
			b.is(1, Held, KeyHeldUser)
		}},
		{"a hold without a stop leaves it up and keeps it down after a drop", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.take()
			b.handle(UserHold{ID: idOf(1), Until: Forever})
			b.did("store")
			b.is(1, Held, KeyHeldAsked)
			b.drop(1, vpn.StopServerDead)
			b.pass(time.Hour)
			b.did("notify dropped held.asked")
			b.handle(UserHold{ID: idOf(1)})
			b.did("start 1 (1)", "store")
		}},
		{"an end that no file can hold is the last that it can", func(t *testing.T) {
			b := newBed(t)
			b.handle(UserHold{ID: idOf(1), Until: Until{Time: endOfTime.AddDate(1, 0, 0)}})
			if got := b.p.Stored().Holds[idOf(1)].Until.Time; !got.Equal(endOfTime) {
				t.Errorf("it is stored as %v", got)
			}
		}},
		{"a released hold that was none does nothing", func(t *testing.T) {
			b := newBed(t)
			b.take()
			b.handle(UserHold{ID: idOf(1)})
			b.did()
		}},
		{"a hold with a time ends then, and another time moves the end", func(t *testing.T) {
			b := newBed(t)
			b.handle(UserDisconnect{ID: idOf(1), Until: Until{Time: b.now.Add(time.Minute)}})
			b.status(1, vpn.Connecting, vpn.Disconnecting, vpn.Disconnected)
			b.handle(UserHold{ID: idOf(1), Until: Until{Time: b.now.Add(time.Hour + time.Minute)}})
			b.take()
			b.pass(time.Hour + time.Minute - time.Second)
			b.did()
			b.pass(time.Second)
			b.did("start 1 (2)", "store")
		}},
		{"holds survive a relaunch and count the time in between", func(t *testing.T) {
			b := newBed(t)
			b.handle(UserDisconnect{ID: idOf(1), Until: Until{Time: b.now.Add(time.Hour)}})
			stored := b.p.Stored()
			for _, c := range []struct {
				after time.Duration
				want  State
			}{{59 * time.Minute, Held}, {time.Hour, Connecting}, {1000 * time.Hour, Connecting}} {
				n := bareBed(t, stored)
				n.now = t0.Add(c.after)
				n.load(conf(1, "Office"))
				n.facts(home())
				n.status(1, vpn.Disconnected)
				if got := n.p.View(idOf(1)).State; got != c.want {
					t.Errorf("%v later it is %s, want %s", c.after, got, c.want)
				}
			}
		}},
		{"a hold until the network changes survives a relaunch, whatever the Wi-Fi is called", func(t *testing.T) {
			f := home()
			f.SSID.Value = "x, gateway y"
			b := newBed(t)
			b.facts(f)
			u, _ := UntilNetworkChanges(f)
			b.handle(UserDisconnect{ID: idOf(1), Until: u})
			text, err := json.Marshal(b.p.Stored())
			if err != nil {
				t.Fatal(err)
			}
			var stored Stored
			if err := json.Unmarshal(text, &stored); err != nil {
				t.Fatal(err)
			}
			n := bareBed(t, stored)
			n.load(conf(1, "Office"))
			n.facts(f)
			n.status(1, vpn.Disconnected)
			n.is(1, Held, KeyHeldUser)
			n.facts(cafe())
			n.pass(settleQuiet)
			n.is(1, Connecting, KeyConnecting)
		}},
		{"the hold of a service that is not in the list is kept", func(t *testing.T) {
			b := newBed(t)
			b.handle(UserHold{ID: idOf(1), Until: Forever})
			b.load()
			if b.p.Stored().Holds[idOf(1)].Until != Forever {
				t.Error("the hold was lost")
			}
			b.load(conf(1, "Office"))
			b.is(1, Held, KeyHeldAsked)
		}},
		{"a stored hold keeps its reason, and one without is the user's", func(t *testing.T) {
			for stored, want := range map[Key]Key{KeyHeldForeign: KeyHeldForeign, KeyHeldAsked: KeyHeldAsked, "": KeyHeldUser} {
				b := bareBed(t, Stored{Holds: map[vpn.ID]Hold{idOf(1): {Forever, stored}}})
				b.load(conf(1, "Office"))
				b.status(1, vpn.Disconnected)
				b.is(1, Held, want)
			}
		}},
		{"without a hold or a pause there is nothing to store", func(t *testing.T) {
			if got := newBed(t).p.Stored(); got.Holds != nil || !got.Pause.IsZero() {
				t.Errorf("%+v", got)
			}
		}},
		{"stored holds that have no end are left out, and the others kept", func(t *testing.T) {
			stored := Stored{Holds: map[vpn.ID]Hold{}}
			for n := range byte(20) {
				h := Hold{Key: KeyHeldUser}
				if n >= 10 {
					h.Until = Forever
				}
				stored.Holds[idOf(n)] = h
			}
			if got := bareBed(t, stored).p.Stored().Holds; len(got) != 10 {
				t.Errorf("%d are left: %v", len(got), got)
			}
		}},
		{"a hold that is over is not stored again, however often the list was loaded", func(t *testing.T) {
			b := bareBed(t, Stored{Holds: map[vpn.ID]Hold{idOf(1): {Forever, KeyHeldUser}}})
			b.load(conf(1, "Office"))
			b.load(conf(1, "Office"))
			b.handle(UserHold{ID: idOf(1)})
			if got := b.p.Stored(); got.Holds != nil {
				t.Errorf("%v", got.Holds)
			}
		}},
	})
}

// Without evidence a drop is a drop, and not a stop by somebody.
func TestDropsThatNobodyMade(t *testing.T) {
	for name, drop := range map[string]func(*bed){
		"the system has a cause": func(b *bed) {
			b.status(1, vpn.Disconnecting, vpn.Disconnected)
			b.cause(1, vpn.StopServerDead)
		},
		"the question for the cause has no answer": func(b *bed) {
			b.status(1, vpn.Disconnecting, vpn.Disconnected)
			b.noAnswer(1)
		},
		"it went down at once, as in a crash of the daemon": func(b *bed) {
			b.status(1, vpn.Disconnected)
			b.noCause(1)
		},
		"the network can't be identified": func(b *bed) {
			b.facts(facts.Facts{Path: facts.Known(facts.Satisfied, t0)})
			b.pass(time.Minute)
			b.status(1, vpn.Disconnecting, vpn.Disconnected)
			b.noCause(1)
		},
		"the network goes meanwhile": func(b *bed) {
			b.status(1, vpn.Disconnecting)
			b.facts(noNetwork())
			b.status(1, vpn.Disconnected)
			b.noCause(1)
			b.is(1, Waiting, KeyWaitingOffline)
			b.facts(home())
		},
		"the network has changed just before": func(b *bed) {
			b.facts(cafe())
			b.pass(maxSettle - time.Second)
			b.status(1, vpn.Disconnecting)
			b.pass(2 * time.Second)
			b.status(1, vpn.Disconnected)
			b.noCause(1)
		},
		"the Mac woke just before": func(b *bed) {
			b.facts(sleeping())
			b.pass(time.Minute)
			b.facts(home())
			b.pass(time.Second)
			b.status(1, vpn.Disconnecting, vpn.Disconnected)
			b.noCause(1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.pass(time.Hour)
			b.take()
			drop(b)
			b.pass(time.Minute)
			if got := b.take(); count(got, "start 1") != 1 || count(got, "notify held") > 0 {
				t.Errorf("it did %q", got)
			}
		})
	}
}
