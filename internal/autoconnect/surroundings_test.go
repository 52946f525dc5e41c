package autoconnect

import (
	"testing"
	"time"

	"vpnstatus/internal/facts"
)

// at returns surroundings that know f, on the network of home, long after
// anything happened.
func at(f facts.Facts) surroundings {
	return surroundings{facts: f, network: home().Network(), epoch: 7}
}

func TestSurroundingsLearn(t *testing.T) {
	with := func(f facts.Facts, change func(*facts.Facts)) facts.Facts { change(&f); return f }
	asleep := with(home(), func(f *facts.Facts) { f.Asleep = true })
	woken := func(f facts.Facts) facts.Facts { f.Asleep, f.WokeAt = false, t0; return f }
	for _, c := range []struct {
		name     string
		was, now facts.Facts
		want     changed
		settles  bool
	}{
		{name: "the same again", was: home(), now: home()},
		{name: "another network", was: home(), now: cafe(), want: changed{network: true, fresh: true}, settles: true},
		{name: "the network goes", was: home(), now: noNetwork()},
		{name: "it comes back", was: noNetwork(), now: home(), want: changed{fresh: true}, settles: true},
		{name: "another one comes instead", was: noNetwork(), now: cafe(), want: changed{network: true, fresh: true}, settles: true},
		{name: "the path becomes unknown", was: home(), now: with(home(), func(f *facts.Facts) { f.Path.Known = false })},
		{name: "the path becomes unknown, which may be a network", was: noNetwork(),
			now: with(home(), func(f *facts.Facts) { f.Path.Known = false }), want: changed{fresh: true}, settles: true},
		{name: "the Wi-Fi name is withheld", was: home(), now: with(home(), func(f *facts.Facts) { f.SSID.Known = false })},
		{name: "the gateway is not known yet", was: home(), now: with(home(), func(f *facts.Facts) { f.GatewayMAC.Known = false })},
		{name: "the interface is not known", was: home(), now: with(home(), func(f *facts.Facts) { f.Interface.Known = false })},
		{name: "roaming to another access point", was: home(), now: with(home(), func(f *facts.Facts) { f.BSSID.Value = "00:00:00:00:00:01" })},
		{name: "nothing is known any more", was: home(), now: facts.Facts{}},
		{name: "it falls asleep", was: home(), now: asleep},
		{name: "it wakes", was: asleep, now: woken(asleep), want: changed{wake: true, fresh: true}},
		{name: "it has slept and woken unseen", was: with(home(), func(f *facts.Facts) { f.WokeAt = t0.Add(-time.Hour) }), now: woken(home()),
			want: changed{wake: true, fresh: true}},
		{name: "the last wake becomes known", was: home(), now: woken(home())},
		{name: "it wakes on another network", was: asleep, now: with(cafe(), func(f *facts.Facts) { f.WokeAt = t0 }),
			want: changed{network: true, wake: true, fresh: true}, settles: true},
		{name: "another user takes the screen", was: home(), now: otherUser()},
		{name: "the user is back", was: otherUser(), now: home(), want: changed{fresh: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := at(c.was)
			if got := s.learn(c.now, t0); got != c.want {
				t.Errorf("what changed is %+v, want %+v", got, c.want)
			}
			epoch := uint64(7)
			if c.want.network {
				epoch++
			}
			if s.epoch != epoch {
				t.Errorf("the network is number %d, want %d", s.epoch, epoch)
			}
			if s.calm(t0) == c.settles {
				t.Errorf("calm %t: %+v", s.calm(t0), s.settle)
			}
			if moved := c.settles || s.offline(); moved != s.movedAt.Equal(t0) {
				t.Errorf("it moved at %v", s.movedAt)
			}
			if c.want.wake != s.wokeAt.Equal(t0) {
				t.Errorf("it woke at %v", s.wokeAt)
			}
			s.learn(home(), t0.Add(time.Minute))
			if back := c.now.Network(); !back.IsZero() && back.Same(home().Network()) && s.epoch != epoch {
				t.Error("the missing fact came back as another network")
			}
		})
	}
}

func TestTheFirstNetworkIsNotAChange(t *testing.T) {
	s := surroundings{login: t0.Add(loginGrace)}
	if c := s.learn(facts.Facts{}, t0); c != (changed{}) || s.login.IsZero() {
		t.Errorf("without any fact %+v changed, and the grace after login ends at %v", c, s.login)
	}
	if s.learn(facts.Facts{Path: facts.Known(facts.Unsatisfied, t0)}, t0); s.login.IsZero() {
		t.Error("without a network the grace after login is over")
	}
	s = surroundings{login: t0.Add(loginGrace)}
	if c := s.learn(home(), t0); c != (changed{fresh: true}) || !s.login.IsZero() || s.epoch != 0 || !s.calm(t0) {
		t.Errorf("with the first network %+v changed: %+v", c, s)
	}
}

func TestAFactThatBecomesKnownLaterTellsNetworksApart(t *testing.T) {
	var s surroundings
	f := home()
	f.SSID.Known = false
	s.learn(f, t0)
	s.learn(home(), t0)
	f = cafe()
	f.GatewayMAC.Known, f.Gateway.Known = false, false
	if c := s.learn(f, t0); !c.network {
		t.Error("the cafe is taken for home")
	}
}

func TestANetworkIsCalmAfterASecondOfQuietOrFiveOfChange(t *testing.T) {
	s := at(home())
	s.learn(cafe(), t0)
	if !s.settle.until.Equal(t0.Add(settleQuiet)) {
		t.Errorf("it is calm at %v", s.settle.until.Sub(t0))
	}
	for i := range 9 {
		f := cafe()
		f.GatewayMAC.Known = i%2 == 1
		s.learn(f, t0.Add(time.Duration(i)*500*time.Millisecond))
	}
	if !s.settle.until.Equal(t0.Add(maxSettle)) {
		t.Errorf("after changes all the time it is calm at %v", s.settle.until.Sub(t0))
	}
	if s.wait(t0.Add(maxSettle)); !s.settle.until.Equal(t0.Add(maxSettle + settleQuiet)) {
		t.Errorf("the next wait is %+v", s.settle)
	}
}

func TestWhatSurroundingsAllow(t *testing.T) {
	var none facts.Facts
	long, recent := t0.Add(-maxSettle), t0.Add(time.Millisecond-maxSettle)
	for _, c := range []struct {
		name                                  string
		s                                     surroundings
		offline, away, able, quiet, nearSleep bool
	}{
		{name: "home", s: at(home()), able: true, quiet: true},
		{name: "nothing is known", s: at(none), able: true, quiet: true},
		{name: "no network", s: at(noNetwork()), offline: true},
		{name: "another user has the screen", s: at(otherUser()), away: true, quiet: true},
		{name: "asleep", s: at(sleeping()), nearSleep: true},
		{name: "the network moved just now", s: surroundings{facts: home(), movedAt: recent}, able: true},
		{name: "the network moved a while ago", s: surroundings{facts: home(), movedAt: long}, able: true, quiet: true},
		{name: "it woke just now", s: surroundings{facts: home(), wokeAt: recent}, able: true, nearSleep: true},
		{name: "it woke a while ago", s: surroundings{facts: home(), wokeAt: long}, able: true, quiet: true},
	} {
		if got := [...]bool{c.s.offline(), c.s.away(), c.s.able(), c.s.quiet(t0), c.s.nearSleep(t0)}; got != [...]bool{c.offline, c.away, c.able, c.quiet, c.nearSleep} {
			t.Errorf("%s: offline, away, able, quiet and near sleep are %t", c.name, got)
		}
	}
}
