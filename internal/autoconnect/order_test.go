package autoconnect

import (
	"testing"
	"time"
)

func TestOrder(t *testing.T) {
	stop := func(why stopWhy) order { return order{kind: stopping, why: why, at: t0} }
	ignored := stop(stopRenew)
	ignored.late = true
	for _, c := range []struct {
		name            string
		o               order
		renews, pending bool
		overtakenIn     time.Duration // for how long a session that begins is taken for one of a start before it
		refreshed       order         // an hour later
	}{
		{name: "nothing"},
		{name: "a start counts from the last change of the surroundings",
			o: order{kind: starting, at: t0, unseen: true}, refreshed: order{kind: starting, at: t0.Add(time.Hour), unseen: true}},
		{name: "a stop for the user ends there", o: stop(stopForUser), pending: true, overtakenIn: stopAnswer, refreshed: stop(stopForUser)},
		{name: "a stop for a rule too", o: stop(stopForRule), pending: true, overtakenIn: stopAnswer, refreshed: stop(stopForRule)},
		{name: "a stop for the group too", o: stop(stopForGroup), pending: true, overtakenIn: stopAnswer, refreshed: stop(stopForGroup)},
		{name: "a stop of a stuck attempt replaces no session", o: stop(stopStuck), pending: true, overtakenIn: stopAnswer, refreshed: stop(stopStuck)},
		{name: "a stop of a dead session does", o: stop(stopRenew), renews: true, pending: true, overtakenIn: stopAnswer, refreshed: stop(stopRenew)},
		{name: "a stop that was ignored is forgotten when the surroundings change", o: ignored, overtakenIn: stopAnswer},
	} {
		t.Run(c.name, func(t *testing.T) {
			if renews, pending := c.o.renews(), c.o.pending(); renews != c.renews || pending != c.pending {
				t.Errorf("renews %t, pending %t", renews, pending)
			}
			if c.o.overtaken(t0.Add(c.overtakenIn)) || c.overtakenIn > 0 && !c.o.overtaken(t0.Add(c.overtakenIn-1)) {
				t.Error("it is overtaken at the wrong time")
			}
			o := c.o
			if o.refresh(t0.Add(time.Hour)); o != c.refreshed {
				t.Errorf("refreshed it is %+v, want %+v", o, c.refreshed)
			}
		})
	}
	o := order{kind: starting, at: t0}
	if o.clamp(t0.Add(-time.Hour)); !o.at.Equal(t0.Add(-time.Hour)) {
		t.Errorf("with a clock that is set back it was given at %v", o.at)
	}
}
