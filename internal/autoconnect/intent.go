package autoconnect

import (
	"time"

	"vpnstatus/internal/vpn"
)

// intent is what the user wants of a service, beyond the tick at Auto Connect.
type intent struct {
	hold     Hold        // Until is zero if there is none
	connect  time.Time   // a connect is to be carried out as soon as possible, until then; zero if there is none
	options  vpn.Options // of that connect
	override uint64      // the user connected it, which overrides the rules on the network with this number; 0 if not
	byUser   bool        // the attempt or session is the user's
}

// held reports whether a hold is in force.
func (i *intent) held() bool { return !i.hold.Until.IsZero() }

// connecting reports whether a connect waits to be carried out.
func (i *intent) connecting() bool { return !i.connect.IsZero() }

// ask notes a connect that is to be carried out as soon as possible.
func (i *intent) ask(o vpn.Options, now time.Time) {
	i.connect, i.options = now.Add(pendingConnectFor), o
}

// forget drops the connect that waits.
func (i *intent) forget() { i.connect, i.options = time.Time{}, vpn.Options{} }

// overrides reports whether the user's connect still overrides the rules.
func (i *intent) overrides(epoch uint64) bool { return i.override == epoch }

// holdUntil sets the hold, or ends it with a zero Until, and reports whether
// that changes anything.
func (i *intent) holdUntil(u Until, k Key) bool {
	h := Hold{}
	if !u.IsZero() {
		h = Hold{Until: u.sane(), Key: k}
	}
	differs := i.hold != h
	i.hold = h
	return differs
}

func (i *intent) clamp(now time.Time) { within(pendingConnectFor, now, &i.connect) }
