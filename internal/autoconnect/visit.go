package autoconnect

import "time"

// visit is one look at a service: learn and lapse bring its parts up to date, act
// starts or stops it and publishes its state.
type visit struct {
	s    *service
	w    *world
	now  time.Time
	out  []Action
	wake time.Time // when to look at it again; zero if only an event changes anything

	click click // the user's, for the group
	store bool  // the hold changed
}

// click is what the user did to a service, here or elsewhere.
type click int

const (
	noClick click = iota
	clickConnect
	clickDisconnect
)

func (v *visit) do(a Action) { v.out = append(v.out, a) }

// due reports whether a time has come; the zero time never comes. If it has
// not, the service is looked at again at that time. So whatever it is looked at
// for lies in the future.
func (v *visit) due(at time.Time) bool {
	if at.IsZero() {
		return false
	}
	if v.now.Before(at) {
		v.wake = earlier(v.wake, at)
		return false
	}
	return true
}

func (v *visit) notify(n Notice, r Reason) { v.do(Notify{ID: v.s.conf.ID, Kind: n, Reason: r}) }

// verify asks for the status, since it should have changed by now.
func (v *visit) verify() {
	v.s.seen.asked = v.now
	v.do(Verify{ID: v.s.conf.ID})
}

func (v *visit) hold(u Until, k Key) {
	if v.s.intent.holdUntil(u, k) {
		v.store = true
	}
}

func (v *visit) release() { v.hold(Until{}, "") }
