package autoconnect

import (
	"time"

	"vpnstatus/internal/vpn"
)

// service is everything the policy knows about one service.
type service struct {
	conf   vpn.Configuration
	auto   bool     // ticked Auto Connect
	group  int      // index into Policy.groups; -1 if none; set by regroup
	seen   observed // its status, and why it last ended
	intent intent   // what the user wants of it
	order  order    // what was asked of the system and has not happened yet
	retry  retry    // its failures, and when it is tried again
	health liveness // whether its tunnel carries traffic
	flaps  flaps    // its last drops
	rule   ruled    // what the rules did to it
	owed   debts    // notifications that are still to come
	view   View     // what was reported last
}

// ruled is what the rules did to a service.
type ruled struct {
	down    bool   // a rule kept it down
	stopped uint64 // number of the network on which a rule last took it down; 0 if none did
}

// debts are notifications that can't be sent yet.
type debts struct {
	drop   bool // a drop, once the next step is known
	rising bool // that it is back, after a drop that was notified
}

func newService(conf vpn.Configuration, auto bool, now time.Time) service {
	s := service{conf: conf, auto: auto}
	s.view = View{State: Manual, Reason: Reason{Key: KeyManual}, Since: now}
	if auto {
		s.view.State, s.view.Reason.Key = Waiting, KeyWaitingStatus
	}
	return s
}

// busy reports whether it is anything but down, or may turn out to be.
func (s *service) busy() bool {
	return s.order.unseen || s.order.kind == starting || s.seen.status != vpn.Disconnected && s.seen.status != vpn.Invalid
}

// active reports whether it is up or coming up, and not being stopped.
func (s *service) active() bool {
	return s.order.kind == starting || s.order.kind == nothing && s.seen.rising()
}

// ours reports whether Auto Connect is to keep it up: it is ticked, and the
// system does not do it.
func (s *service) ours() bool { return s.auto && !s.conf.OnDemand }

// wanted reports whether the policy keeps it up now: the user has neither held
// nor paused it.
func (s *service) wanted(w *world) bool {
	return s.ours() && !s.intent.held() && !w.paused()
}

// ruling returns what the rules say about it.
func (s *service) ruling(w *world) ruling {
	if s.intent.overrides(w.here.epoch) {
		return ruling{then: OutcomeConnect}
	}
	return w.rules.of(&s.conf)
}

// pace returns how fast it may be tried.
func (s *service) pace(w *world, now time.Time) pace {
	p := pace{most: w.cap(), jitter: w.jitter}
	if s.flaps.unstable(now) {
		p.least = flapFloor
	}
	return p
}

// asks reports whether its server is asked whether it is back: it does not
// respond, it can be asked, and no tunnel is up that would take the question too.
func (s *service) asks(w *world) bool {
	return !s.retry.echo.since.IsZero() && !s.retry.echo.never && w.config.ServerEcho && w.enclosed == 0 && s.conf.Server != ""
}

// dropped is the reason why it is down, if nothing but a failure is.
func (s *service) dropped() Reason {
	if s.seen.end.up {
		return Reason{Key: KeyBackoffDropped, Cause: s.seen.cause}
	}
	return Reason{Key: KeyBackoffFailed, Cause: s.seen.cause}
}

// attempt is the reason of the attempt under way.
func (s *service) attempt() Reason {
	switch s.view.Reason.Key {
	case KeyConnecting, KeyConnectingRetry, KeyConnectingServer, KeyConnectingUser, KeyConnectingRule, KeyConnectingOther:
		return s.view.Reason
	}
	return Reason{Key: KeyConnectingOther}
}

// clamp limits times that are further ahead than possible, because the clock
// was set back. The ends of holds stay.
func (s *service) clamp(w *world, now time.Time) {
	s.seen.clamp(now)
	s.intent.clamp(now)
	s.order.clamp(now)
	s.retry.clamp(s.pace(w, now), now)
	s.health.clamp(now)
	s.flaps.clamp(now)
	since(now, &s.view.Since)
}
