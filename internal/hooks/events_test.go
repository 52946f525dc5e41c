package hooks

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/vpn"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// scene is one service and what the engine reports of it.
type scene struct {
	r     recognizer
	now   time.Time
	s     engine.Service
	lines []string
}

func newScene(status vpn.Status) *scene {
	c := &scene{now: start, s: engine.Service{
		Configuration: vpn.Configuration{ID: vpn.ID{1}, Name: "Office", Protocol: vpn.IKEv2, Server: "vpn.example.org"},
		Status:        status, Known: true,
		Policy: autoconnect.View{State: autoconnect.Manual, Reason: autoconnect.Reason{Key: autoconnect.KeyManual}},
	}}
	c.tell()
	return c
}

func (c *scene) snapshot() *engine.Snapshot {
	s := c.s
	return &engine.Snapshot{Loaded: true, Services: []*engine.Service{&s}}
}

func (c *scene) tell(events ...engine.Event) {
	c.keep(c.r.add(engine.Update{Events: events, Snapshot: c.snapshot()}, c.now))
}

func (c *scene) keep(calls []call) {
	for _, v := range calls {
		var words []string
		for _, e := range v.environ[1:] {
			name, value, _ := strings.Cut(strings.TrimPrefix(e, "VPNSTATUS_"), "=")
			if value != "" && name != "ID" && name != "NAME" && name != "PROTOCOL" {
				words = append(words, strings.ToLower(name)+"="+value)
			}
		}
		c.lines = append(c.lines, fmt.Sprintf("%s %s: %s", c.now.Sub(start), v.kind, strings.Join(words, " ")))
	}
}

// to changes the status; info arrives later.
func (c *scene) to(status vpn.Status, byUser bool) {
	from := c.s.Status
	c.s.Status = status
	c.tell(engine.Event{Kind: engine.EventStatus, ID: c.s.ID, Name: c.s.Name, From: from.String(), To: status.String(), ByUser: byUser})
}

func (c *scene) tunnel(minute int) {
	c.s.Info = vpn.Info{Since: start.Add(time.Duration(minute) * time.Minute), Addresses: []netip.Addr{netip.AddrFrom4([4]byte{10, 0, 0, byte(minute)})}, Interface: "utun4", Remote: "192.0.2.1"}
	c.tell()
}

func (c *scene) cause(code int) {
	c.s.Info = vpn.Info{Cause: vpn.Cause{Family: vpn.FamilyVPN, Code: code}}
	c.tell()
}

func (c *scene) wait(d time.Duration) {
	for end := c.now.Add(d); c.now.Before(end); {
		c.now = end
		if due := c.r.deadline(); !due.IsZero() && due.Before(end) {
			c.now = due
		}
		c.keep(c.r.ready(c.snapshot(), c.now))
	}
}

func TestOccasions(t *testing.T) {
	const user = true
	const up = "reason=manual address=10.0.0.1 interface=utun4 server=192.0.2.1"
	for name, test := range map[string]struct {
		from vpn.Status
		play func(c *scene)
		want []string
	}{
		"connected, once its address is known": {vpn.Disconnected, func(c *scene) {
			c.to(vpn.Connecting, user)
			c.to(vpn.Connected, user)
			c.wait(time.Second)
			c.tunnel(1)
		}, []string{"1s connected: " + up}},
		"connected without an address": {vpn.Disconnected, func(c *scene) {
			c.to(vpn.Connected, false)
			c.wait(time.Minute)
		}, []string{"2s connected: reason=manual server=vpn.example.org"}},
		"a second tunnel has its own address": {vpn.Disconnected, func(c *scene) {
			c.to(vpn.Connected, false)
			c.tunnel(1)
			c.to(vpn.Disconnected, user)
			c.to(vpn.Connected, false)
			c.tell()
			c.wait(time.Second)
			c.tunnel(2)
		}, []string{
			"0s connected: " + up,
			"0s disconnected: " + up,
			"1s connected: " + strings.Replace(up, "10.0.0.1", "10.0.0.2", 1),
		}},
		"disconnected has the address that was, and the cause": {vpn.Disconnected, func(c *scene) {
			c.to(vpn.Connected, false)
			c.tunnel(1)
			c.to(vpn.Disconnecting, false)
			c.to(vpn.Disconnected, false)
			c.wait(time.Second)
			c.cause(vpn.StopNotResponding)
		}, []string{"0s connected: " + up, "1s disconnected: reason=manual reason_text=the server did not respond address=10.0.0.1 interface=utun4 server=192.0.2.1"}},
		"up before the program started": {vpn.Connected, func(c *scene) {
			c.to(vpn.Disconnected, user)
			c.wait(time.Minute)
		}, []string{"2s disconnected: reason=manual server=vpn.example.org"}},
		"dropped before its address was known": {vpn.Disconnected, func(c *scene) {
			c.to(vpn.Connected, false)
			c.to(vpn.Disconnected, false)
			c.wait(time.Minute)
		}, []string{"0s connected: reason=manual server=vpn.example.org", "2s disconnected: reason=manual server=vpn.example.org"}},
		"re-established": {vpn.Connected, func(c *scene) {
			c.to(vpn.Reasserting, false)
			c.to(vpn.Connected, false)
			c.wait(time.Minute)
		}, nil},
		"failed": {vpn.Disconnected, func(c *scene) {
			c.to(vpn.Connecting, user)
			c.to(vpn.Disconnecting, user)
			c.to(vpn.Disconnected, user)
			c.cause(vpn.StopAuthFailed)
		}, []string{"0s failed: reason=manual reason_text=the user name or password was rejected server=vpn.example.org"}},
		"cancelled": {vpn.Disconnected, func(c *scene) {
			c.to(vpn.Connecting, user)
			c.to(vpn.Disconnected, user)
			c.wait(time.Minute)
		}, nil},
		"cancelled elsewhere": {vpn.Disconnected, func(c *scene) {
			c.to(vpn.Connecting, false)
			c.to(vpn.Disconnected, false)
			c.cause(vpn.StopUser)
			c.wait(time.Minute)
		}, nil},
		"cancelled after a failure": {vpn.Disconnected, func(c *scene) {
			c.cause(vpn.StopAuthFailed)
			c.to(vpn.Connecting, user)
			c.to(vpn.Disconnected, user)
			c.tell()
			c.s.Info = vpn.Info{}
			c.wait(time.Minute)
		}, nil},
		"failed twice for the same cause": {vpn.Disconnected, func(c *scene) {
			c.cause(vpn.StopAuthFailed)
			c.to(vpn.Connecting, user)
			c.to(vpn.Disconnected, user)
			c.wait(time.Minute)
		}, []string{"2s failed: reason=manual reason_text=the user name or password was rejected server=vpn.example.org"}},
		"the policy's reason": {vpn.Disconnected, func(c *scene) {
			c.to(vpn.Connecting, false)
			c.s.Policy = autoconnect.View{State: autoconnect.NeedsUser, Reason: autoconnect.Reason{Key: autoconnect.KeyNeedsPrompt}}
			c.to(vpn.Disconnected, false)
			c.wait(time.Minute)
		}, []string{"2s failed: reason=needs-user.prompt reason_text=Action needed: it asks for a password server=vpn.example.org"}},
		"removed while it waits": {vpn.Connected, func(c *scene) {
			c.tunnel(1)
			c.to(vpn.Disconnected, false)
			c.tell(engine.Event{Kind: engine.EventList, ID: c.s.ID, To: "removed"})
			c.wait(time.Minute)
		}, []string{"0s disconnected: address=10.0.0.1 interface=utun4 server=192.0.2.1"}},
		"another network": {vpn.Disconnected, func(c *scene) {
			c.tell(engine.Event{Kind: engine.EventNetwork, From: "Home", To: "Café"})
		}, []string{"0s network-changed: network=Café network_before=Home"}},
		"a status of a later version": {vpn.Connected, func(c *scene) {
			c.tell(engine.Event{Kind: engine.EventStatus, ID: c.s.ID, To: "Unknown (9)"})
			c.wait(time.Minute)
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			c := newScene(test.from)
			test.play(c)
			if diff := cmp.Diff(test.want, c.lines); diff != "" {
				t.Error(diff)
			}
		})
	}
}
