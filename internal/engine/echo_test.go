package engine

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/vpn"
)

func TestASilentServerIsAskedAndItsAnswerStartsTheNextAttempt(t *testing.T) {
	b := newUp("Office")
	b.list[0].Server = "vpn.example.com"
	var asked atomic.Int32
	silence := errors.New("vpn.example.com did not answer")
	b.ask = func(server string, p vpn.Protocol) error {
		if server != "vpn.example.com" || p != vpn.IKEv2 {
			t.Errorf("%s is asked in %s", server, p)
		}
		if asked.Add(1) < 4 {
			return silence
		}
		return nil
	}
	run(t, b, autoOn(0), func(x *bench) {
		s := x.session(0)
		b.mu.Lock()
		s.onStart = func() {
			s.info.Cause = vpn.Cause{Family: vpn.FamilyVPN, Code: vpn.StopNotResponding}
			if s.fail = nil; asked.Load() < 4 {
				s.fail = errRefused // it does not connect
				s.setLocked(vpn.Connecting)
				s.setLocked(vpn.Disconnected)
			}
		}
		b.mu.Unlock()
		s.drop(vpn.StopNotResponding)
		x.after(20 * time.Second)
		if v := x.service(0); v.Policy.Reason.Key != autoconnect.KeyBackoffServer || v.Echo.Asked.IsZero() || v.Echo.Error != silence.Error() {
			t.Errorf("while it is silent: %+v, %+v", v.Policy, v.Echo)
		}
		x.after(time.Minute)
		if v := x.service(0); v.Status != vpn.Connected || v.Echo != (autoconnect.Echo{}) {
			t.Errorf("after its answer: %v, %+v", v.Status, v.Echo)
		}
		x.stop()
		log := x.log.String()
		if strings.Count(log, "does not answer") != 1 || strings.Count(log, "the server answers") != 1 || !strings.Contains(log, "connecting.server") {
			t.Errorf("the log is\n%s", log)
		}
	})
}

func TestAServerThatCannotBeAskedIsAskedOnce(t *testing.T) {
	b := newUp("Office")
	b.list[0].Server = "https://vpn.example.com"
	var asked atomic.Int32
	b.ask = func(string, vpn.Protocol) error { asked.Add(1); return ErrCannotProbe }
	run(t, b, autoOn(0), func(x *bench) {
		s := x.session(0)
		b.mu.Lock()
		s.fail = errRefused
		b.mu.Unlock()
		s.drop(vpn.StopNotResponding)
		x.after(10 * time.Minute)
	})
	if n := asked.Load(); n != 1 {
		t.Errorf("it is asked %d times", n)
	}
}

func TestWhetherThereAreCountersIsPublishedOnceTheyWereRead(t *testing.T) {
	run(t, newUp("Office"), autoOn(0), func(x *bench) {
		if c := x.service(0).Counters; c != "" {
			t.Errorf("before: %q", c)
		}
		x.after(30 * time.Second)
		if c := x.service(0).Counters; c != CountersRead {
			t.Errorf("after a reading: %q", c)
		}
		s := x.session(0)
		x.backend.mu.Lock()
		s.dead = true
		x.backend.mu.Unlock()
		x.after(30 * time.Second)
		if c := x.service(0).Counters; c != CountersRead {
			t.Errorf("without an answer: %q", c)
		}
		x.backend.mu.Lock()
		s.dead, s.noCounters = false, true
		x.backend.mu.Unlock()
		x.after(30 * time.Second)
		if c := x.service(0).Counters; c != CountersMissing {
			t.Errorf("when there are none: %q", c)
		}
	})
}
