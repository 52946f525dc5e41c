package simulator

import (
	"time"

	"vpnstatus/internal/vpn"
)

// Observation is something the simulator saw or did, for tests and benchmarks.
type Observation struct {
	At      time.Time
	Kind    ObservationKind
	ID      vpn.ID     // zero for a step
	Status  vpn.Status // in the daemon: before a start or stop, after a change
	Foreign bool       // start or stop: by a step or by On Demand, not through a session

	Accepted bool   // start or stop: the daemon acted; ask: the server answers
	Why      string // why it did not

	Cause    Cause // status: why it went or goes down; may be empty
	Possible bool  // possible: a start could succeed now
	Step     int   // step: its index in the timeline

	// The state of the world at that moment.
	Online, Asleep, Active bool
	Rejected               bool // the server would reject the credentials
}

// ObservationKind is the kind of an observation.
type ObservationKind string

// Kinds of observations.
const (
	ObserveStart    ObservationKind = "start"    // a start arrived
	ObserveStop     ObservationKind = "stop"     // a stop arrived
	ObserveStatus   ObservationKind = "status"   // the status in the daemon changed
	ObservePossible ObservationKind = "possible" // whether a start could succeed has changed; false at first
	ObserveAsk      ObservationKind = "ask"      // a server is asked whether it is there; ID is zero if it is no service's
	ObserveStep     ObservationKind = "step"     // a step of the timeline is about to be done
)

func (s *Simulator) observe(o Observation) {
	if s.options.Observe == nil {
		return
	}
	o.At, o.Online, o.Asleep, o.Active = s.now, s.online(), s.asleep, s.active
	if v := s.byID[o.ID]; v != nil {
		o.Rejected = v.spec.Credentials == CredentialsRejected
	}
	s.options.Observe(o)
}
