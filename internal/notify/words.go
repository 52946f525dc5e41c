package notify

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/menubar"
	"vpnstatus/internal/plaintext"
	"vpnstatus/internal/vpn"
)

// maxNames is how many services a notification names; the system shows about
// two lines.
const maxNames = 5

// nameColumns keeps one long name from hiding the others.
const nameColumns = 36

// groupKey is equal for services that are notified together.
type groupKey struct {
	notice autoconnect.Notice
	brief  bool            // dropped and up again
	reason autoconnect.Key // NoticeRule only: what the rule did
}

type group struct {
	groupKey
	events []engine.Event // one per service, in the order in which they happened
}

// several are the titles for more than one service. %d is their number.
var several = map[autoconnect.Notice]string{
	autoconnect.NoticeDropped:     "%d VPNs dropped",
	autoconnect.NoticeReconnected: "%d VPNs are connected again",
	autoconnect.NoticeGaveUp:      "%d VPNs could not be connected",
	autoconnect.NoticeNeedsUser:   "%d VPNs need action",
	autoconnect.NoticeRule:        "%d VPNs are being connected by a rule",
	autoconnect.NoticeHeld:        "%d VPNs were disconnected elsewhere",
}

func (g *group) notification(now time.Time, loc *time.Location) Notification {
	last := g.events[len(g.events)-1]
	n := Notification{Kind: g.notice, At: last.At}
	if len(g.events) == 1 {
		n.ID, n.Service, n.Title, n.Body = last.ID.String(), last.ID, title(last), g.body(last, now, loc)
		return n
	}
	// The ID is shared, so that the notification of the return replaces that
	// of the drop.
	n.ID = "several." + string(g.notice)
	if g.notice == autoconnect.NoticeReconnected {
		n.ID = "several." + string(autoconnect.NoticeDropped)
	}
	format := several[g.notice]
	switch {
	case g.brief:
		format = "%d VPNs dropped and are connected again"
	case g.reason == autoconnect.KeyStopRule:
		format = "%d VPNs were disconnected by a rule"
	}
	n.Title = fmt.Sprintf(format, len(g.events))
	var names []string
	for _, e := range g.events[:min(len(g.events), maxNames)] {
		names = append(names, title(e))
	}
	n.Body = strings.Join(names, ", ")
	if more := len(g.events) - maxNames; more > 0 {
		n.Body += fmt.Sprintf(" and %d more", more)
	}
	return n
}

func title(e engine.Event) string {
	name := cmp.Or(plaintext.Line(e.Name), vpn.Configuration{ID: e.ID}.DisplayName())
	return menubar.Middle(name, nameColumns)
}

// body returns what happened to one service, in the policy's words if it has
// any for the notice.
func (g *group) body(e engine.Event, now time.Time, loc *time.Location) string {
	cause := e.Reason.Cause.String()
	because := func(text string) string {
		if cause != "" {
			text += ": " + cause
		}
		return plaintext.Line(text)
	}
	switch {
	case g.brief:
		return because("The connection dropped for a moment and is up again")
	case e.Notice == autoconnect.NoticeReconnected:
		return "Connected again"
	case e.Notice == autoconnect.NoticeGaveUp && e.Reason.Key == autoconnect.KeyManual:
		return because("It did not connect")
	case e.Notice != autoconnect.NoticeDropped:
	case e.Reason.Key == autoconnect.KeyManual:
		return because("The connection dropped") // nothing will reconnect it
	case e.Reason.Key == autoconnect.KeyBackoffDropped:
		return because("The connection dropped, connecting again")
	case e.Reason.Key == autoconnect.KeyWaitingOffline:
		return because("The connection dropped, waiting for a network")
	default: // the reason why it stays down
		r := e.Reason
		r.Cause = vpn.Cause{} // mentioned already
		return because("The connection dropped") + ". " + plaintext.Line(r.Words(now, loc))
	}
	return plaintext.Line(e.Reason.Words(now, loc))
}
