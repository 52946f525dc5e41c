package autoconnect

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"vpnstatus/internal/vpn"
)

// changes returns how the view of a service changed since the last take.
func (b *bed) changes() (out []string) {
	for _, a := range b.log {
		switch a := a.(type) {
		case Transition:
			out = append(out, fmt.Sprintf("%s to %s, %s", a.From, a.To, a.Reason.Key))
		case ViewChanged:
			out = append(out, "details")
		}
	}
	b.log = b.log[:0]
	return out
}

func TestAChangeOfStateReasonOrCauseIsATransitionAndOfAnythingElseIsNot(t *testing.T) {
	b := newBed(t)
	b.changes()
	for _, step := range []struct {
		name  string
		do    func()
		want  []string
		since bool // it is in this state since now
	}{
		{"another state", func() { b.status(1, vpn.Connecting, vpn.Connected) }, []string{"connecting to satisfied, satisfied"}, true},
		{"the same status", func() { b.status(1, vpn.Connected) }, nil, false},
		{"another reason", func() { b.status(1, vpn.Reasserting) }, []string{"satisfied to satisfied, satisfied.reasserting"}, false},
		{"a drop", func() { b.status(1, vpn.Disconnected) }, []string{"satisfied to backoff, backoff.dropped"}, true},
		{"its cause", func() { b.cause(1, vpn.StopServerDead) }, []string{"backoff to backoff, backoff.dropped"}, false},
		{"another drop, whose cause is not known yet", func() { b.status(1, vpn.Connected, vpn.Disconnected) },
			[]string{"backoff to satisfied, satisfied", "satisfied to backoff, backoff.dropped"}, true},
		{"the same cause again", func() { b.cause(1, vpn.StopServerDead) }, []string{"backoff to backoff, backoff.dropped"}, false},
		{"a hold", func() { b.handle(UserHold{ID: idOf(1), Until: Until{Time: b.now.Add(time.Hour)}}) }, []string{"backoff to held, held.asked"}, true},
		{"another end of the hold", func() { b.handle(UserHold{ID: idOf(1), Until: Forever}) }, []string{"details"}, false},
		{"the same hold", func() { b.handle(UserHold{ID: idOf(1), Until: Forever}) }, nil, false},
	} {
		b.pass(100 * time.Millisecond) // less than the back-off
		b.changes()
		before := b.p.View(idOf(1)).Since
		step.do()
		if got := b.changes(); !slices.Equal(got, step.want) {
			t.Errorf("%s: %q, want %q", step.name, got, step.want)
		}
		want := before
		if step.since {
			want = b.now
		}
		if got := b.p.View(idOf(1)).Since; !got.Equal(want) {
			t.Errorf("%s: in this state since %v, want %v", step.name, got.Sub(t0), want.Sub(t0))
		}
	}
}

func TestTheEndOfTheFlapAlarmShowsWithoutAnotherEvent(t *testing.T) {
	b := newBed(t)
	for range flapDrops {
		b.up(1)
		b.drop(1, vpn.StopServerTerminated)
		b.pass(b.p.View(idOf(1)).Next.Sub(b.now))
	}
	b.up(1)
	b.handle(UserHold{ID: idOf(1), Until: Forever})
	if !b.p.View(idOf(1)).Unstable {
		t.Fatal("there is no alarm")
	}
	b.changes()
	b.pass(flapWindow)
	if got := b.changes(); !slices.Equal(got, []string{"details"}) || b.p.View(idOf(1)).Unstable {
		t.Errorf("it changed %q, unstable %t", got, b.p.View(idOf(1)).Unstable)
	}
}

func TestUntilsAreEqualIfTheyEndAtTheSameTime(t *testing.T) {
	office, _ := UntilNetworkChanges(home())
	other, _ := UntilNetworkChanges(cafe())
	hour := t0.Add(time.Hour)
	elsewhere := hour.In(time.FixedZone("elsewhere", 3600))
	for _, c := range []struct {
		u, v Until
		want bool
	}{
		{Until{}, Until{}, true},
		{Forever, Forever, true},
		{Forever, Until{}, false},
		{Until{Time: hour}, Until{Time: elsewhere}, true},
		{Until{Time: hour}, Until{Time: t0}, false},
		{Until{Time: hour}, Forever, false},
		{office, office, true},
		{office, other, false},
		{office, Forever, false},
	} {
		if got := c.u.Equal(c.v); got != c.want {
			t.Errorf("%+v equals %+v: %t", c.u, c.v, got)
		}
	}
}

func TestHoldsThatFollowedAStop(t *testing.T) {
	for key, want := range map[Key]bool{KeyHeldUser: true, KeyHeldForeign: true, KeyHeldUnexplained: true, KeyHeldAsked: false, "": false} {
		if got := key.stopped(); got != want {
			t.Errorf("%q followed a stop: %t", key, got)
		}
	}
}
