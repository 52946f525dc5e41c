package autoconnect

import (
	"testing"
	"time"

	"vpnstatus/internal/vpn"
)

func TestIntentHold(t *testing.T) {
	var i intent
	hour := Until{Time: t0.Add(time.Hour)}
	for _, c := range []struct {
		what    string
		until   Until
		key     Key
		changes bool
		want    Hold
	}{
		{"no hold is ended", Until{}, KeyHeldUser, false, Hold{}},
		{"a hold", hour, KeyHeldUser, true, Hold{hour, KeyHeldUser}},
		{"the same hold", hour, KeyHeldUser, false, Hold{hour, KeyHeldUser}},
		{"the same end for another reason", hour, KeyHeldAsked, true, Hold{hour, KeyHeldAsked}},
		{"another end", Forever, KeyHeldAsked, true, Hold{Forever, KeyHeldAsked}},
		{"an end that can't be stored", Until{Time: endOfTime.AddDate(1, 0, 0)}, KeyHeldUser, true, Hold{Until{Time: endOfTime}, KeyHeldUser}},
		{"the end of the hold", Until{}, KeyHeldUser, true, Hold{}},
	} {
		if changes := i.holdUntil(c.until, c.key); changes != c.changes || i.hold != c.want {
			t.Errorf("%s: changes %t, %+v", c.what, changes, i.hold)
		}
		if i.held() != (c.want != Hold{}) {
			t.Errorf("%s: held %t", c.what, i.held())
		}
	}
}

func TestIntentConnect(t *testing.T) {
	i := intent{byUser: true}
	if i.connecting() {
		t.Error("a connect waits that nobody asked for")
	}
	i.ask(vpn.Options{Password: "secret"}, t0)
	if !i.connecting() || !i.connect.Equal(t0.Add(pendingConnectFor)) || i.options.Password != "secret" {
		t.Errorf("the connect is kept as %+v", i)
	}
	i.clamp(t0.AddDate(-1, 0, 0))
	if want := t0.AddDate(-1, 0, 0).Add(pendingConnectFor); !i.connect.Equal(want) {
		t.Errorf("with a clock that is set back it waits until %v, want %v", i.connect, want)
	}
	if i.forget(); i != (intent{byUser: true}) {
		t.Errorf("after the connect %+v is left", i)
	}
}

// Networks are numbered from 1, so that the zero intent overrides on none.
func TestIntentOverridesTheRulesOnOneNetwork(t *testing.T) {
	for _, c := range []struct {
		override, epoch uint64
		want            bool
	}{{0, 1, false}, {1, 1, true}, {1, 2, false}, {7, 7, true}, {7, 8, false}, {0, 7, false}} {
		if i := (intent{override: c.override}); i.overrides(c.epoch) != c.want {
			t.Errorf("%d overrides on network %d: %t", c.override, c.epoch, !c.want)
		}
	}
}
