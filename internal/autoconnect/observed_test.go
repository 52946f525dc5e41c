package autoconnect

import (
	"testing"
	"time"

	"vpnstatus/internal/vpn"
)

func TestObservedStatus(t *testing.T) {
	for _, c := range []struct {
		status          vpn.Status
		legible, rising bool
	}{
		{vpn.Invalid, false, false},
		{vpn.Disconnected, true, false},
		{vpn.Connecting, true, true},
		{vpn.Connected, true, true},
		{vpn.Reasserting, true, true},
		{vpn.Disconnecting, true, false},
		{17, false, false},
	} {
		o := observed{status: c.status}
		if legible, rising := o.legible(), o.rising(); legible != c.legible || rising != c.rising {
			t.Errorf("%v: legible %t, rising %t", c.status, legible, rising)
		}
	}
}

func TestObservedChanges(t *testing.T) {
	past, now := t0, t0.Add(time.Hour)
	cause := vpn.Cause{Family: vpn.FamilyVPN, Code: vpn.StopServerDead}
	for _, c := range []struct {
		name string
		was  observed
		to   vpn.Status
		want observed // besides its status, and since when
	}{
		{"an attempt that succeeds is up from now on",
			observed{status: vpn.Connecting}, vpn.Connected, observed{upAt: now}},
		{"a session that is found reasserting is up from now on",
			observed{}, vpn.Reasserting, observed{upAt: now}},
		{"reasserting does not begin a new session",
			observed{status: vpn.Connected, upAt: past}, vpn.Reasserting, observed{upAt: past}},
		{"reasserting that succeeds does not begin a new session",
			observed{status: vpn.Reasserting, upAt: past}, vpn.Connected, observed{upAt: past}},
		{"a session that is going down has not ended",
			observed{status: vpn.Connected, upAt: past}, vpn.Disconnecting, observed{upAt: past}},
		{"an end ends the session, and its cause is not known yet",
			observed{status: vpn.Disconnecting, upAt: past, cause: cause, last: cause}, vpn.Disconnected, observed{last: cause}},
		{"an attempt keeps the cause of the last end, and stops waiting for it",
			observed{status: vpn.Disconnected, cause: cause, end: end{at: past, cause: awaited}}, vpn.Connecting,
			observed{cause: cause, end: end{at: past, cause: overdue}}},
		{"a session forgets why it was down",
			observed{status: vpn.Disconnected, cause: cause, last: cause, end: end{cause: awaited}}, vpn.Connected,
			observed{upAt: now, last: cause, end: end{cause: overdue}}},
		{"a cause that is known is not overdue",
			observed{status: vpn.Disconnected, end: end{cause: answered}}, vpn.Connected, observed{upAt: now}},
		{"of a status that nobody knows nothing is expected",
			observed{status: vpn.Connected, upAt: past, end: end{cause: awaited}}, 17, observed{end: end{cause: overdue}}},
		{"what concerned the last status alone is forgotten, prompts are not",
			observed{status: vpn.Disconnecting, since: past, asked: past, unasked: true, prompts: true}, vpn.Disconnected, observed{prompts: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := c.was
			c.want.status, c.want.since = c.to, now
			if o.become(c.to, now); o != c.want {
				t.Errorf("it is\n%+v, want\n%+v", o, c.want)
			}
		})
	}
}

func TestObservedTimesAreInThePast(t *testing.T) {
	past, future := t0.Add(-time.Hour), t0.Add(time.Hour)
	o := observed{since: future, asked: future, upAt: future, end: end{at: future}}
	if o.clamp(t0); o != (observed{since: t0, asked: t0, upAt: t0, end: end{at: t0}}) {
		t.Errorf("after the clock was set back: %+v", o)
	}
	o = observed{since: past, upAt: past, end: end{at: past}}
	before := o
	if o.clamp(t0); o != before {
		t.Errorf("times in the past became %+v", o)
	}
}
