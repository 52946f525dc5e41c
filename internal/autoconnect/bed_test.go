package autoconnect

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"vpnstatus/internal/facts"
	"vpnstatus/internal/vpn"
)

// t0 is a Monday noon.
var t0 = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

func idOf(n byte) vpn.ID { return uuid.UUID{15: n} }

func conf(n byte, name string) vpn.Configuration {
	return vpn.Configuration{ID: idOf(n), Name: name, Protocol: vpn.IKEv2, Enabled: true}
}

// home is the facts of an ordinary Wi-Fi.
func home() facts.Facts {
	return facts.Facts{
		Path:          facts.Known(facts.Satisfied, t0),
		Interface:     facts.Known(facts.WiFi, t0),
		SSID:          facts.Known("Home", t0),
		BSSID:         facts.Known("00:11:22:33:44:55", t0),
		Gateway:       facts.Known(netip.MustParseAddr("192.168.1.1"), t0),
		GatewayMAC:    facts.Known("aa:bb:cc:dd:ee:01", t0),
		Addresses:     facts.Known([]netip.Prefix{netip.MustParsePrefix("192.168.1.23/24")}, t0),
		DNSDomains:    facts.Known([]string{"fritz.box"}, t0),
		DNSServers:    facts.Known([]string{"192.168.1.1"}, t0),
		Power:         facts.Known(facts.AC, t0),
		SessionActive: facts.Known(true, t0),
		LocationRight: facts.RightGranted,
	}
}

func cafe() facts.Facts {
	f := home()
	f.SSID.Value, f.BSSID.Value, f.GatewayMAC.Value = "Cafe", "00:11:22:33:44:66", "aa:bb:cc:dd:ee:02"
	f.Gateway.Value = netip.MustParseAddr("10.0.0.1")
	f.Addresses.Value = []netip.Prefix{netip.MustParsePrefix("10.0.0.7/24")}
	f.DNSDomains.Value, f.DNSServers.Value = []string{"cafe.example"}, []string{"10.0.0.1"}
	return f
}

// noNetwork is home without one, sleeping and otherUser are home while the machine
// sleeps or another user has the screen.
func noNetwork() facts.Facts { f := home(); f.Path.Value = facts.Unsatisfied; return f }
func sleeping() facts.Facts  { f := home(); f.Asleep = true; return f }
func otherUser() facts.Facts { f := home(); f.SessionActive.Value = false; return f }

// bed is a policy on a test bench: a clock, a record of actions, and no world
// behind it. Events are scripted.
type bed struct {
	t   testing.TB
	p   *Policy
	now time.Time
	f   facts.Facts
	log []Action // since the last take
}

// newBed has one service, "Office", with ID 1, ticked, on the home network and
// past the grace after login; its first status is Disconnected,
// so that it is starting when newBed returns.
func newBed(t testing.TB, change ...func(*Config)) *bed {
	t.Helper()
	b := unseenBed(t, Stored{}, change...)
	b.status(1, vpn.Disconnected)
	return b
}

// unseenBed is newBed after a relaunch with what was stored, without the first
// status.
func unseenBed(t testing.TB, stored Stored, change ...func(*Config)) *bed {
	t.Helper()
	b := bareBed(t, stored, change...)
	b.load(conf(1, "Office"))
	b.facts(home())
	return b
}

// bareBed has neither a list of services nor facts yet.
func bareBed(t testing.TB, stored Stored, change ...func(*Config)) *bed {
	c := Config{Auto: map[vpn.ID]bool{idOf(1): true}, RetryDelayMax: 120 * time.Second}
	for _, f := range change {
		f(&c)
	}
	return &bed{t: t, p: New(c, stored, evenly, t0), now: t0}
}

// evenly is no jitter.
func evenly() float64 { return 1 }

// withProbe sets a test address for service 1.
func withProbe(p Probe) func(*Config) {
	return func(c *Config) { c.Probes = map[vpn.ID]Probe{idOf(1): p} }
}

func (b *bed) handle(e Event) {
	b.t.Helper()
	b.log = b.p.Handle(b.log, e, b.now)
	if d := b.p.Deadline(); !d.IsZero() && !d.After(b.now) {
		b.t.Fatalf("after %T at %v the deadline %v has passed already", e, b.now.Sub(t0), d.Sub(t0))
	}
}

func (b *bed) load(c ...vpn.Configuration) {
	b.t.Helper()
	b.handle(ConfigurationsLoaded{c})
}
func (b *bed) facts(f facts.Facts) { b.t.Helper(); b.f = f; b.handle(FactsChanged{f}) }
func (b *bed) status(n byte, s ...vpn.Status) {
	b.t.Helper()
	for _, s := range s {
		b.handle(StatusChanged{ID: idOf(n), Status: s})
	}
}

func (b *bed) cause(n byte, code int) {
	b.t.Helper()
	b.handle(CauseLearned{ID: idOf(n), Cause: vpn.Cause{Family: vpn.FamilyVPN, Code: code}, Answered: true})
}

// noCause answers that the system has no cause.
func (b *bed) noCause(n byte) { b.t.Helper(); b.handle(CauseLearned{ID: idOf(n), Answered: true}) }

// noAnswer is the answer that did not come in time.
func (b *bed) noAnswer(n byte) { b.t.Helper(); b.handle(CauseLearned{ID: idOf(n)}) }

// up takes the service from a start in flight, or from nothing, to connected.
func (b *bed) up(n byte) { b.t.Helper(); b.status(n, vpn.Connecting, vpn.Connected) }

// drop takes it down by itself, with a cause.
func (b *bed) drop(n byte, code int) { b.t.Helper(); b.status(n, vpn.Disconnected); b.cause(n, code) }

// fail lets the attempt under way fail.
func (b *bed) fail(n byte, code int) {
	b.t.Helper()
	b.status(n, vpn.Connecting, vpn.Disconnected)
	b.cause(n, code)
}

// failures lets n attempts of service 1 in a row fail, each when it is due.
func (b *bed) failures(n, code int) {
	b.t.Helper()
	for range n {
		b.pass(max(0, b.p.View(idOf(1)).Next.Sub(b.now)))
		b.fail(1, code)
	}
}

// pass lets time pass, with a Tick at each deadline.
func (b *bed) pass(d time.Duration) {
	b.t.Helper()
	end := b.now.Add(d)
	for range 100000 {
		at := b.p.Deadline()
		if at.IsZero() || at.After(end) {
			b.now = end
			b.handle(Tick{})
			return
		}
		b.now = at
		b.handle(Tick{})
	}
	b.t.Fatal("the deadlines come without end")
}

// take returns what was done since the last take, in short words, transitions
// left out.
func (b *bed) take() []string {
	var out []string
	for _, a := range b.log {
		switch a := a.(type) {
		case Start:
			out = append(out, fmt.Sprintf("start %d (%d)", a.ID[15], a.Attempt))
		case Cancel:
			out = append(out, fmt.Sprintf("cancel %d %s", a.ID[15], a.Reason.Key))
		case Stop:
			out = append(out, fmt.Sprintf("stop %d %s", a.ID[15], a.Reason.Key))
		case Verify:
			out = append(out, fmt.Sprintf("verify %d", a.ID[15]))
		case RunProbe:
			out = append(out, fmt.Sprintf("probe %d", a.ID[15]))
		case AskServer:
			out = append(out, fmt.Sprintf("ask %d", a.ID[15]))
		case ReadTraffic:
		case Notify:
			out = append(out, fmt.Sprintf("notify %s %s", a.Kind, a.Reason.Key))
		case Store:
			out = append(out, "store")
		case Transition, ViewChanged:
		default:
			b.t.Fatalf("unknown action %T", a)
		}
	}
	b.log = b.log[:0]
	return out
}

// did checks what was done since the last check.
func (b *bed) did(want ...string) {
	b.t.Helper()
	if got := b.take(); !slices.Equal(got, want) {
		b.t.Fatalf("at %v it did %q, want %q", b.now.Sub(t0), got, want)
	}
}

// is checks state and reason.
func (b *bed) is(n byte, s State, k Key) {
	b.t.Helper()
	if v := b.p.View(idOf(n)); v.State != s || v.Reason.Key != k {
		b.t.Fatalf("at %v service %d is %s %s, want %s %s", b.now.Sub(t0), n, v.State, v.Reason.Key, s, k)
	}
}

func (b *bed) attempt(n byte, want int) {
	b.t.Helper()
	if v := b.p.View(idOf(n)); v.Attempt != want {
		b.t.Fatalf("attempt %d, want %d", v.Attempt, want)
	}
}

// nextIn checks when the next attempt is due.
func (b *bed) nextIn(n byte, want time.Duration) {
	b.t.Helper()
	v := b.p.View(idOf(n))
	if v.Next.IsZero() || v.Next.Sub(b.now) != want {
		b.t.Fatalf("the next attempt is in %v (state %s), want %v", v.Next.Sub(b.now), v.State, want)
	}
}
