package autoconnect

import (
	"testing"
	"time"

	"vpnstatus/internal/vpn"
)

// steady is a pace without jitter, with the default cap.
var steady = pace{most: DefaultRetryDelay, jitter: evenly}

func TestPace(t *testing.T) {
	for _, c := range []struct {
		name        string
		most, least time.Duration
		jitter      float64
		want        map[int]time.Duration // by the number of bad ends in a row
	}{
		{name: "it doubles up to the cap", most: 2 * time.Minute, jitter: 1,
			want: map[int]time.Duration{0: time.Second, 1: time.Second, 2: 2 * time.Second, 3: 4 * time.Second, 7: 64 * time.Second, 8: 2 * time.Minute, 100: 2 * time.Minute}},
		{name: "the longest cap is reached", most: MaxRetryDelay, jitter: 1, want: map[int]time.Duration{12: 2048 * time.Second, 13: time.Hour, 1000: time.Hour}},
		{name: "it is shorter by chance", most: 30 * time.Second, jitter: 0.5, want: map[int]time.Duration{1: 500 * time.Millisecond, 9: 15 * time.Second}},
		{name: "it is longer by chance, but not than the cap", most: 30 * time.Second, jitter: 1.49, want: map[int]time.Duration{1: 1490 * time.Millisecond, 9: 30 * time.Second}},
		{name: "an unstable service has a floor", most: 2 * time.Minute, least: time.Minute, jitter: 0.5, want: map[int]time.Duration{1: time.Minute, 7: time.Minute, 9: time.Minute}},
		{name: "the floor counts more than the cap", most: 30 * time.Second, least: time.Minute, jitter: 1, want: map[int]time.Duration{1: time.Minute, 9: time.Minute}},
	} {
		p := pace{most: c.most, least: c.least, jitter: func() float64 { return c.jitter }}
		for n, want := range c.want {
			if got := p.delay(n); got != want {
				t.Errorf("%s: after %d bad ends it is %v, want %v", c.name, n, got, want)
			}
		}
	}
}

func TestRetryAfterACause(t *testing.T) {
	none, in := time.Time{}, func(d time.Duration) time.Time { return t0.Add(d) }
	other := tally{KeySlowPlugin, 2}
	for _, c := range []struct {
		name string
		was  retry
		code int
		want retry
	}{
		{"an unknown cause is a failure", retry{}, 0, retry{failures: 1, next: in(time.Second)}},
		{"a further failure waits longer", retry{failures: 3, next: in(-time.Minute)}, vpn.StopNotResponding, retry{failures: 4, next: in(8 * time.Second)}},
		{"a failure of another kind ends a row of one kind", retry{alike: other}, vpn.StopNotResponding, retry{failures: 1, next: in(time.Second)}},
		{"the tenth failure in a row is one too many", retry{failures: slowFailures - 1}, vpn.StopNotResponding,
			retry{failures: slowFailures, next: in(slowEvery), slow: KeySlowFailures}},
		{"a failed negotiation begins a row", retry{alike: other}, vpn.StopNegotiation, retry{failures: 1, next: in(time.Second), alike: tally{KeySlowNegotiation, 1}}},
		{"the third failed negotiation in a row is one too many", retry{failures: 2, alike: tally{KeySlowNegotiation, 2}}, vpn.StopNegotiation,
			retry{failures: 3, next: in(slowEvery), alike: tally{KeySlowNegotiation, 3}, slow: KeySlowNegotiation}},
		{"the third crash of a plug-in too", retry{failures: 2, alike: other}, vpn.StopPluginFailed,
			retry{failures: 3, next: in(slowEvery), alike: tally{KeySlowPlugin, 3}, slow: KeySlowPlugin}},
		{"the first rejection is tried again, after a moment", retry{}, vpn.StopAuthFailed, retry{failures: 1, next: in(authDelay), rejected: 1}},
		{"a rejection after many failures does not make it faster", retry{failures: 6}, vpn.StopAuthFailed, retry{failures: 7, next: in(64 * time.Second), rejected: 1}},
		{"the second rejection needs the user, whatever came between", retry{failures: 4, rejected: 1}, vpn.StopAuthFailed,
			retry{failures: 5, next: in(16 * time.Second), rejected: 2, needs: KeyNeedsAuth}},
		{"a wrong configuration needs the user at once", retry{}, vpn.StopConfiguration, retry{failures: 1, next: in(time.Second), needs: KeyNeedsConfiguration}},
		{"no network is not the fault of the service", retry{failures: 5}, vpn.StopNoNetwork,
			retry{failures: 5, next: in(time.Second), excused: tally{KeyWaitingOffline, 1}}},
		{"the system may be wrong about that, so the delay grows", retry{excused: tally{KeyWaitingOffline, 3}}, vpn.StopNoNetwork,
			retry{next: in(8 * time.Second), excused: tally{KeyWaitingOffline, 4}}},
		{"sleep is not its fault", retry{}, vpn.StopSleep, retry{next: in(time.Second), excused: tally{KeyWaitingAsleep, 1}}},
		{"another user is not its fault", retry{}, 35, retry{next: in(time.Second), excused: tally{KeyWaitingSession, 1}}},
		{"a failure ends the excuse", retry{excused: tally{KeyWaitingOffline, 3}}, vpn.StopNotResponding,
			retry{failures: 1, next: in(time.Second), excused: tally{n: 3}}},
		{"another VPN in its place is waited for", retry{}, vpn.StopSuperseded, retry{next: in(time.Second), excused: tally{n: 1}, awaits: vpn.AwaitOthers}},
		{"an On Demand rule is waited out", retry{}, 39, retry{next: in(time.Second), excused: tally{n: 1}, awaits: vpn.AwaitOtherNetwork}},
		{"the next end shows that nothing is to be waited for", retry{awaits: vpn.AwaitOthers}, vpn.StopNotResponding, retry{failures: 1, next: in(time.Second)}},
		{"a stop by the user keeps nothing waiting", retry{failures: 2, next: in(time.Minute), rejected: 1}, vpn.StopUser, retry{failures: 2, next: none, rejected: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := c.was
			r.judge(vpn.Cause{Family: vpn.FamilyVPN, Code: c.code}, end{at: t0}, steady)
			r.echo = echo{} // has tests of its own
			if r != c.want {
				t.Errorf("%+v is\n%+v, want\n%+v", c.was, r, c.want)
			}
		})
	}
}

// What is left of a long row of failures.
func TestRetryIsReset(t *testing.T) {
	bad := retry{next: t0.Add(time.Minute), attempts: 12, failures: 11, short: 2, alike: tally{KeySlowPlugin, 3}, excused: tally{KeyWaitingOffline, 2},
		rejected: authFailures, slow: KeySlowPlugin, gaveUp: true, needs: KeyNeedsAuth, awaits: vpn.AwaitOtherNetwork}
	with := func(change func(*retry)) retry {
		r := bad
		change(&r)
		return r
	}
	others := with(func(r *retry) { r.awaits = vpn.AwaitOthers })
	for _, c := range []struct {
		name      string
		got, want retry
	}{
		{"a session ends the failed attempts, but not the row of sessions that died young", bad.connected(), retry{attempts: 12, failures: 2, short: 2, gaveUp: true}},
		{"after an act of the user one more rejection is enough", bad.forgiven(), retry{rejected: authFailures - 1}},
		{"the user does not add a rejection", retry{}.forgiven(), retry{}},
		{"a new path lets it try at once", bad.refreshed(changed{fresh: true}), with(func(r *retry) {
			r.next, r.excused = time.Time{}, tally{}
		})},
		{"a wake forgives failures, but not what needs the user", bad.refreshed(changed{wake: true}), with(func(r *retry) {
			*r = retry{attempts: 12, rejected: authFailures, needs: KeyNeedsAuth, awaits: vpn.AwaitOtherNetwork}
		})},
		{"another network does too, and counts attempts again", bad.refreshed(changed{network: true}), retry{rejected: authFailures, needs: KeyNeedsAuth}},
		{"another network does not end another VPN", others.refreshed(changed{network: true}),
			retry{rejected: authFailures, needs: KeyNeedsAuth, awaits: vpn.AwaitOthers}},
	} {
		if c.got != c.want {
			t.Errorf("%s: it is\n%+v, want\n%+v", c.name, c.got, c.want)
		}
	}
}

func TestRetryGivesWayInAGroup(t *testing.T) {
	for _, c := range []struct {
		r       retry
		gaveWay bool
		then    retry // after anotherChance
	}{
		{retry{failures: groupFailures - 1, next: t0}, false, retry{failures: groupFailures - 1, next: t0}},
		{retry{failures: groupFailures, next: t0}, true, retry{failures: groupFailures - 1}},
		{retry{failures: slowFailures, slow: KeySlowFailures, next: t0}, true, retry{failures: groupFailures - 1}},
		{retry{failures: 1, slow: KeySlowPlugin, next: t0}, true, retry{failures: 1}},
	} {
		r := c.r
		if r.gaveWay() != c.gaveWay {
			t.Errorf("%+v gave way: %t", r, !c.gaveWay)
		}
		if r.anotherChance(); r != c.then || r.gaveWay() {
			t.Errorf("%+v is %+v with another chance, want %+v", c.r, r, c.then)
		}
	}
}
