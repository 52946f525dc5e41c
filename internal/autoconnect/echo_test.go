package autoconnect

import (
	"cmp"
	"strings"
	"testing"
	"time"

	"vpnstatus/internal/vpn"
)

// echoBed is newBed with a server that is asked, and an attempt under way.
func echoBed(t testing.TB, change ...func(*vpn.Configuration)) *bed {
	t.Helper()
	c := conf(1, "Office")
	c.Server = "vpn.example.com"
	for _, f := range change {
		f(&c)
	}
	b := bareBed(t, Stored{}, func(c *Config) { c.ServerEcho = true })
	b.load(c)
	b.facts(home())
	b.status(1, vpn.Disconnected)
	return b
}

// silence lets attempts fail until the back-off is longer than a question takes,
// and returns while it waits for the server.
func (b *bed) silence() {
	b.t.Helper()
	b.failures(7, vpn.StopNotResponding)
	b.nextIn(1, 64*time.Second)
	b.take()
}

func (b *bed) serverAnswered(err string) {
	b.t.Helper()
	b.handle(ServerAnswered{ID: idOf(1), Err: err})
}

func count(list []string, what string) (n int) {
	for _, s := range list {
		if strings.HasPrefix(s, what) {
			n++
		}
	}
	return n
}

func TestServerEcho(t *testing.T) {
	play(t, []scene{
		{"a server that does not respond is asked every five seconds, and an answer starts at once", func(t *testing.T) {
			b := echoBed(t)
			b.silence()
			b.is(1, Backoff, KeyBackoffServer)
			for range 3 {
				b.pass(askEvery)
				b.serverAnswered("no answer")
			}
			b.did("ask 1", "ask 1", "ask 1")
			b.is(1, Backoff, KeyBackoffServer)
			b.pass(askEvery)
			b.serverAnswered("")
			b.did("ask 1", "start 1 (8)")
			b.is(1, Connecting, KeyConnectingServer)
		}},
		{"of a third party it is the host that is asked: an answer counts after silence only", func(t *testing.T) {
			b := echoBed(t, func(c *vpn.Configuration) { c.Protocol = "Tunnel Co" })
			b.silence()
			b.is(1, Backoff, KeyBackoffFailed)
			b.pass(askEvery)
			b.serverAnswered("")
			b.did("ask 1")
			b.pass(2 * askEvery)
			b.serverAnswered("no answer")
			b.is(1, Backoff, KeyBackoffServer)
			b.take()
			b.pass(2 * askEvery)
			b.serverAnswered("")
			if got := b.take(); count(got, "start 1") != 1 {
				t.Errorf("it did %q", got)
			}
		}},
		{"a server that can't be asked is not asked again in this outage", func(t *testing.T) {
			b := echoBed(t)
			b.silence()
			b.pass(2 * askEvery)
			b.handle(ServerAnswered{ID: idOf(1), Err: "not a host name", Never: true})
			b.is(1, Backoff, KeyBackoffFailed)
			b.take()
			b.pass(30 * time.Second)
			b.did()
		}},
		{"silence delays nothing", func(t *testing.T) {
			b := echoBed(t)
			b.silence()
			b.pass(64 * time.Second)
			if got := b.take(); count(got, "start 1") != 1 || count(got, "ask 1") > 12 {
				t.Errorf("it did %q", got)
			}
		}},
		{"an answer that comes during an attempt is no reason for another", func(t *testing.T) {
			b := echoBed(t)
			b.silence()
			b.pass(askEvery)
			b.handle(UserConnect{ID: idOf(1)})
			b.did("ask 1", "start 1 (1)")
			b.serverAnswered("")
			b.did()
		}},
		{"an attempt that fails after an answer halves the pace of the questions for this outage", func(t *testing.T) {
			b := echoBed(t)
			b.silence()
			vain := func() {
				b.serverAnswered("")
				if got := b.take(); count(got, "start 1") != 1 {
					t.Fatalf("after an answer it did %q", got)
				}
				b.fail(1, vpn.StopNotResponding)
				b.take()
			}
			b.pass(2 * askEvery)
			for i := range 5 {
				vain()
				wait := min(askEvery<<(i+1), DefaultRetryDelay) + askEvery/10
				b.pass(wait - time.Millisecond)
				if got := b.take(); count(got, "ask 1") > 0 {
					t.Fatalf("after %d vain attempts it asks again within %v", i, wait)
				}
				b.pass(time.Millisecond)
			}
		}},
		{"another network and a connection end the questions", func(t *testing.T) {
			b := echoBed(t)
			b.silence()
			b.pass(askEvery)
			b.take()
			b.facts(cafe())
			if e := b.p.Echo(idOf(1)); e != (Echo{}) {
				t.Errorf("on another network the last question is %+v", e)
			}
			b.pass(settleQuiet)
			b.did("start 1 (1)")
			b.up(1)
			b.pass(stableAfter)
			b.drop(1, vpn.StopServerTerminated)
			b.is(1, Backoff, KeyBackoffDropped)
			if e := b.p.Echo(idOf(1)); e != (Echo{}) {
				t.Errorf("the last question is %+v", e)
			}
		}},
		{"a service in the slow lane is still asked, and says so", func(t *testing.T) {
			b := echoBed(t)
			b.failures(slowFailures+1, vpn.StopNotResponding)
			b.take()
			b.is(1, Slow, KeyBackoffServer)
			b.pass(2 * askLessEvery)
			if got := b.take(); count(got, "ask 1") == 0 {
				t.Errorf("it did %q", got)
			}
			b.serverAnswered("")
			if got := b.take(); count(got, "start 1") != 1 {
				t.Errorf("after the answer it did %q", got)
			}
		}},
		{"the explanation has the last question and its answer", func(t *testing.T) {
			b := echoBed(t)
			why := func() string {
				e, _ := b.p.Explain(idOf(1), b.now)
				for _, k := range e.Blockers {
					if k.Name == "backoff" {
						return k.Why
					}
				}
				return ""
			}
			b.fail(1, vpn.StopNotResponding)
			if got, want := why(), "Waiting for the server to answer; it will be asked whether it is there"; got != want {
				t.Errorf("it says %q, want %q", got, want)
			}
			b.failures(6, vpn.StopNotResponding)
			if got, want := why(), "Waiting for the server to answer; asked at 12:01"; got != want {
				t.Errorf("it says %q, want %q", got, want)
			}
			b.pass(2 * askEvery)
			b.serverAnswered("vpn.example.com did not answer")
			if got, want := why(), "Waiting for the server to answer; asked at 12:01, no answer: vpn.example.com did not answer"; got != want {
				t.Errorf("it says %q, want %q", got, want)
			}
			e := b.p.Echo(idOf(1))
			if e.Asked.IsZero() || !e.Answered.IsZero() || e.Error != "vpn.example.com did not answer" {
				t.Errorf("the last question is %+v", e)
			}
			b.serverAnswered("")
			b.fail(1, vpn.StopNotResponding)
			if got, want := why(), "Waiting for the server to answer; it last answered at 12:01"; got != want {
				t.Errorf("it says %q, want %q", got, want)
			}
		}},
		{"an attempt that began before the answer does not count as vain", func(t *testing.T) {
			b := echoBed(t)
			b.silence()
			b.pass(64*time.Second - time.Millisecond)
			b.take()
			b.pass(time.Millisecond)
			b.did("start 1 (8)")
			b.serverAnswered("")
			b.fail(1, vpn.StopNotResponding)
			if e := b.p.all[0].retry.echo; e.vain != 0 || e.tried {
				t.Errorf("%d attempts after an answer failed", e.vain)
			}
		}},
		{"only a server that does not respond is asked", func(t *testing.T) {
			b := echoBed(t)
			for range 3 {
				b.status(1, vpn.Connecting, vpn.Disconnected)
				b.noCause(1)
				b.pass(time.Minute)
				b.serverAnswered("") // to a question of an earlier outage
			}
			if got := b.take(); count(got, "ask") > 0 || !b.p.all[0].retry.echo.since.IsZero() {
				t.Errorf("it did %q", got)
			}
		}},
		{"when the VPN that takes all traffic is down again the server is asked, whatever else is up", func(t *testing.T) {
			b := echoBed(t)
			server, all := conf(1, "Office"), conf(2, "Everything")
			server.Server, all.IncludeAllNetworks = "vpn.example.com", true
			b.load(server, all, conf(3, "Lab"))
			b.status(2, vpn.Disconnected)
			b.status(3, vpn.Disconnected, vpn.Connected)
			b.silence()
			b.is(1, Backoff, KeyBackoffServer)
			b.status(2, vpn.Connecting, vpn.Connected)
			b.is(1, Backoff, KeyBackoffFailed) // nobody asks its server
			b.take()
			b.pass(4 * askEvery)
			b.did()
			b.status(2, vpn.Disconnected)
			b.did("ask 1")
			b.is(1, Backoff, KeyBackoffServer)
		}},
	})
}

func TestServersThatAreNotAsked(t *testing.T) {
	for name, c := range map[string]struct {
		conf  func(*vpn.Configuration)
		then  func(*bed)
		cause int
	}{
		"one without a name":             {conf: func(c *vpn.Configuration) { c.Server = "" }},
		"one that ended the negotiation": {cause: vpn.StopPluginFailed},
		"one of a service on hold":       {then: func(b *bed) { b.handle(UserHold{ID: idOf(1), Until: Forever}) }},
		"any while paused":               {then: func(b *bed) { b.handle(UserPause{Forever}) }},
		"any while offline":              {then: func(b *bed) { b.facts(noNetwork()) }},
		"any while asleep":               {then: func(b *bed) { b.facts(sleeping()) }},
		"any if that is switched off": {then: func(b *bed) {
			b.handle(ConfigChanged{Config{Auto: map[vpn.ID]bool{idOf(1): true}, RetryDelayMax: 2 * time.Minute}})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			b := echoBed(t)
			if c.conf != nil {
				b = echoBed(t, c.conf)
			}
			b.failures(7, cmp.Or(c.cause, vpn.StopNotResponding))
			if c.then != nil {
				c.then(b)
			}
			b.take()
			b.pass(30 * time.Second)
			if got := b.take(); count(got, "ask 1") > 0 {
				t.Errorf("it did %q", got)
			}
		})
	}
}

func TestThePaceOfQuestionsByTheAgeOfTheOutage(t *testing.T) {
	p := pace{most: time.Hour, jitter: func() float64 { return 0.5 }}
	for age, want := range map[time.Duration]time.Duration{
		0: askEvery, askOften - 1: askEvery, askOften: askLessEvery, askSeldom - 1: askLessEvery, askSeldom: askLeastEvery,
	} {
		e := echo{since: t0}
		if got := e.pause(t0.Add(age), p); got != want {
			t.Errorf("after %v the next question is in %v, want %v", age, got, want)
		}
	}
}
