package simulator

import (
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"vpnstatus/internal/vpn"
)

// service is a configuration and its session in the daemon.
type service struct {
	s    *Simulator
	spec Service
	rng  *rand.Rand
	gone bool // the configuration was removed

	status  vpn.Status
	since   time.Time // of the last change of status
	upTime  int64     // time of connecting, in seconds of uptime
	pending []*item   // what may happen next in this status
	notice  *item     // the pending item at which it notices that the server is gone
	attempt           // the last one

	outage    Echo // whether questions are answered during an outage; empty if there is none
	outageEnd *item

	pauseEnd *item // On Demand resumes, after a stop by hand; nil if it is not paused
	again    *item // On Demand tries again
	backoff  time.Duration
	possible bool // as last observed
	number   int  // place in the list

	countedIn, countedOut float64 // bytes up to countedAt
	countedAt             time.Time
	traffic               Traffic
	pausing               bool       // nothing but traffic.QuietOut flows
	phaseEnd              time.Time  // when traffic pauses or flows again
	phases                *rand.Rand // draws them
}

// attempt is a session from its start on. It is zero if none was started since the
// daemon runs.
type attempt struct {
	started  bool
	options  vpn.Options
	asking   bool   // the prompt is visible
	answered bool   // the user has answered the prompt
	dead     bool   // connected but carries no traffic
	reforced bool   // reasserting because of a step: the network's return does not end it
	cause    Cause  // why it went down; may be empty
	message  string // the system's words for it
}

// insert adds a service to the daemon's list, or puts one back that was removed.
func (s *Simulator) insert(spec Service) {
	v := s.byID[spec.ID]
	if v == nil {
		v = &service{number: len(s.services), rng: s.stream("service " + spec.ID.String())}
		s.services = append(s.services, v)
		s.byID[spec.ID] = v
	} else {
		v.forget()
		for _, it := range []*item{v.outageEnd, v.pauseEnd, v.again} {
			s.cancel(it)
		}
	}
	*v = service{s: s, number: v.number, rng: v.rng, spec: spec, status: vpn.Disconnected, since: s.now, countedAt: s.now}
	s.byLabel[spec.Name] = v
	h := fnv.New32a()
	h.Write(spec.ID[:])
	spread := 0.5 + float64(h.Sum32()%1000)/1000 // so that services differ
	v.traffic = Traffic{In: 40_000 * spread, Out: 6_000 * spread}
	if spec.Traffic != nil {
		v.traffic = *spec.Traffic
	}
	if !v.traffic.Quiet.IsZero() {
		v.phases = s.stream("traffic " + spec.ID.String())
		v.phaseEnd = s.now.Add(s.draw(v.traffic.Busy, v.phases))
	}
	if spec.Status == vpn.Connected {
		v.started = true
		v.up()
	}
	v.watchPossible()
	s.evaluateOnDemand(v)
}

// present returns the service if the daemon runs and knows it; of a removed one
// it knows until its session has ended.
func (s *Simulator) present(id vpn.ID) *service {
	if v := s.byID[id]; v != nil && !s.away && (!v.gone || v.status != vpn.Disconnected) {
		return v
	}
	return nil
}

func (v *service) configuration() vpn.Configuration {
	p := v.spec
	return vpn.Configuration{
		ID: p.ID, Name: p.Name, Protocol: p.Protocol, Server: p.Server, App: p.App, BundleID: p.BundleID, Enabled: !p.Disabled,
		OnDemand: p.OnDemand, IncludeAllNetworks: p.IncludeAllNetworks, Managed: p.Managed,
	}
}

// later schedules a function, which is dropped if the status changes before.
func (v *service) later(d time.Duration, run func()) *item {
	it := v.s.after(d, run)
	v.pending = append(v.pending, it)
	return it
}

// forget cancels what later scheduled.
func (v *service) forget() {
	for _, it := range v.pending {
		v.s.cancel(it)
	}
	clear(v.pending)
	v.pending = v.pending[:0]
}

// enter changes the status and notifies the clients.
func (v *service) enter(status vpn.Status) {
	v.forget()
	v.settle()
	v.status, v.since = status, v.s.now
	v.s.observe(Observation{Kind: ObserveStatus, ID: v.spec.ID, Status: status, Cause: v.cause})
	v.s.notify(v.spec.ID)
}

// startService is the daemon's side of a start: it acts only while
// disconnected. It reports whether it acted, which no client learns.
func (s *Simulator) startService(id vpn.ID, options vpn.Options, foreign bool) bool {
	v := s.present(id)
	why := ""
	switch {
	case s.away:
		why = "the daemon is away"
	case v == nil:
		why = "no such configuration"
	case v.status != vpn.Disconnected:
		why = "not disconnected"
	}
	s.observe(Observation{Kind: ObserveStart, ID: id, Status: s.truth(id), Accepted: why == "", Why: why, Foreign: foreign})
	if why != "" {
		return false
	}
	v.begin(options)
	return true
}

// stopService is the daemon's side of a stop. It reports whether it acted.
func (s *Simulator) stopService(id vpn.ID, foreign bool) bool {
	v := s.present(id)
	why := ""
	switch {
	case s.away:
		why = "the daemon is away"
	case v == nil:
		why = "no such configuration"
	case v.spec.StopRefused && v.status != vpn.Disconnected:
		why = "stopping is not allowed"
	case v.status == vpn.Disconnecting:
		why = "stopping already"
	case v.status == vpn.Disconnected:
		why = "down already"
	}
	s.observe(Observation{Kind: ObserveStop, ID: id, Status: s.truth(id), Accepted: why == "", Why: why, Foreign: foreign})
	if v != nil && v.status == vpn.Disconnected { // not ignored (docs/internals.md, section 7)
		v.pauseOnDemand()
		v.attempt = attempt{cause: CauseUser}
	}
	if why != "" {
		// A stop while disconnecting agrees with what the client shows.
		return v != nil && v.status == vpn.Disconnecting
	}
	v.pauseOnDemand()
	v.down(CauseUser, "", s.draw(v.spec.Disconnect, v.rng))
	return true
}

// begin starts a session.
func (v *service) begin(options vpn.Options) {
	s := v.s
	v.unpauseOnDemand()
	s.cancel(v.again)
	v.attempt = attempt{started: true, options: options}
	for _, other := range s.services {
		if v.spec.Group != "" && other.spec.Group == v.spec.Group && other != v && !other.gone && other.active() {
			other.down(CauseSuperseded, "", s.draw(other.spec.Disconnect, other.rng))
		}
	}
	v.enter(vpn.Connecting)
	v.try()
}

var (
	// quick is how soon the daemon finds that an attempt is impossible.
	quick = Between(150*time.Millisecond, 500*time.Millisecond)
	// teardown is how long a failed session shows as disconnecting.
	teardown = Between(20*time.Millisecond, 120*time.Millisecond)
)

// promptLimit is when the system gives up on an unanswered prompt.
const promptLimit = 2 * time.Minute

// try schedules the end of the attempt under way. It is called again when the
// network or the server changes meanwhile.
func (v *service) try() {
	s := v.s
	v.forget()
	v.asking = false
	soon := s.draw(quick, v.rng)
	fail := func(after time.Duration, c Cause) { v.later(after, func() { v.fail(c) }) }
	switch {
	case v.spec.Disabled:
		fail(soon, CauseDisabled)
		return
	case v.spec.ProviderMissing:
		fail(soon, CauseProviderMissing)
		return
	case !s.online() || s.asleep:
		fail(soon, CauseNoNetwork)
		return
	}
	if p := v.spec.Prompt; p != nil && !v.answered && v.options.Password == "" {
		v.asking = true
		takes, odds := s.draw(p.Takes, v.rng), v.rng.Float64()
		switch {
		case odds < p.Cancelled:
			fail(takes, CauseAuthCancelled)
		case odds < p.Cancelled+p.Unanswered:
			fail(s.scale(promptLimit), CauseAuthTimeout)
		default:
			v.later(takes, func() {
				v.answered = true
				v.try()
			})
		}
		return
	}
	// Always draw all values, so that a different circumstance does not change
	// later values.
	takes, giveUp, odds := s.draw(v.spec.Connect, v.rng), s.draw(v.spec.GiveUp, v.rng), v.rng.Float64()
	switch {
	case !v.answers():
		fail(giveUp, CauseNotResponding)
		return
	case v.spec.Credentials == CredentialsRejected:
		fail(takes, CauseAuthFailed)
		return
	}
	for _, c := range slices.Sorted(maps.Keys(v.spec.Fails)) {
		if odds -= v.spec.Fails[c]; odds < 0 {
			if c == CauseNotResponding || c == CauseTunnelTimeout {
				takes = giveUp
			}
			fail(takes, c)
			return
		}
	}
	v.later(takes, v.up)
}

// up connects the session.
func (v *service) up() {
	s := v.s
	fresh := v.status != vpn.Reasserting
	if fresh {
		v.settle()
		v.countedIn, v.countedOut = 0, 0
	}
	v.upTime, v.backoff, v.reforced = int64(s.uptime()/time.Second), 0, false
	v.enter(vpn.Connected)
	if !v.spec.DropEvery.IsZero() {
		v.later(s.draw(v.spec.DropEvery, v.rng), func() { v.fail(v.spec.DropCause) })
	}
	v.mind()
	s.pathChanged()
}

// mind schedules the discovery of the server's absence while connected.
func (v *service) mind() {
	v.s.cancel(v.notice)
	if v.status == vpn.Connected && !v.answers() && v.s.online() && !v.s.asleep {
		v.notice = v.later(v.s.draw(v.spec.Notice, v.rng), func() { v.fail(CauseServerDead) })
	}
}

// fail ends the session with a cause.
func (v *service) fail(c Cause) {
	v.down(c, "", v.s.draw(teardown, v.rng))
}

// down ends the session; it shows as disconnecting for the time given.
func (v *service) down(c Cause, message string, takes time.Duration) {
	wasUp := v.status.Up()
	v.cause, v.message, v.asking = c, message, false
	v.enter(vpn.Disconnecting)
	v.later(takes, func() {
		v.dead, v.reforced = false, false
		v.enter(vpn.Disconnected)
		if wasUp {
			v.s.pathChanged()
		}
		v.s.evaluateOnDemand(v)
	})
}

// reassert makes a connected session re-establish itself. It ends by comeBack
// or, at the limit, by the session's end.
func (v *service) reassert() {
	v.enter(vpn.Reasserting)
	v.later(v.s.draw(v.spec.ReassertLimit, v.rng), func() { v.fail(CauseReassertTimeout) })
}

// comeBack lets a reasserting session return if nothing prevents it any more.
func (v *service) comeBack() {
	s := v.s
	if v.status != vpn.Reasserting || v.reforced || !s.online() || s.asleep || !v.answers() {
		return
	}
	v.later(s.draw(v.spec.Reassert, v.rng), func() {
		if s.online() && !s.asleep && v.answers() {
			v.up()
		}
	})
}

// networkLost handles the loss or change of the network.
func (v *service) networkLost(c Cause) {
	switch {
	case v.status == vpn.Connecting:
		if v.asking && v.s.online() {
			return // the dialog stays on the screen
		}
		v.try()
	case v.status == vpn.Connected && v.spec.OnNetworkChange == Follow:
		v.reassert()
	case v.status.Up() && v.spec.OnNetworkChange == Drop:
		v.fail(c)
	}
}

// networkBack handles the return of the network.
func (v *service) networkBack() {
	if v.status == vpn.Connecting && !v.asking {
		v.try()
	}
	v.comeBack()
	v.backoff = 0
	v.s.evaluateOnDemand(v)
	if v.spec.OnDemand {
		v.s.notifyInfo(v.spec.ID)
	}
}

// serverChanged is called when the server stopped or began to answer.
func (v *service) serverChanged() {
	if v.status == vpn.Connecting && !v.asking {
		v.try()
	}
	v.settle()
	v.mind()
	v.comeBack()
	v.watchPossible()
}

// active reports whether there is a session that has not begun to end.
func (v *service) active() bool { return v.status.Up() || v.status == vpn.Connecting }

// answers reports whether a packet to the service's server would be answered,
// the network permitting.
func (v *service) answers() bool { return v.outage == "" }

// carries reports whether traffic flows through the tunnel in both directions.
func (v *service) carries() bool { return v.sends() && !v.dead && v.answers() }

// sends reports whether what programs send leaves through the tunnel, answered or
// not.
func (v *service) sends() bool {
	return v.status == vpn.Connected && v.s.online() && !v.s.asleep
}

// settle updates the counters to now. It must be called before each change
// that affects whether traffic flows.
func (v *service) settle() {
	now, speed := v.s.now, v.s.options.Speed
	for v.phases != nil && !v.phaseEnd.After(now) {
		v.count(v.phaseEnd.Sub(v.countedAt).Seconds() * speed)
		v.countedAt, v.pausing = v.phaseEnd, !v.pausing
		length := v.traffic.Busy
		if v.pausing {
			length = v.traffic.Quiet
		}
		v.phaseEnd = v.phaseEnd.Add(v.s.draw(length, v.phases))
	}
	v.count(now.Sub(v.countedAt).Seconds() * speed)
	v.countedAt = now
}

// count adds the traffic of some seconds.
func (v *service) count(seconds float64) {
	in, out := v.traffic.In, v.traffic.Out
	if v.pausing {
		in, out = 0, v.traffic.QuietOut
	}
	if v.carries() {
		v.countedIn += seconds * in
	}
	if v.sends() {
		v.countedOut += seconds * out
	}
}

// On Demand (docs/internals.md, section 7).

// onDemandRetry is how long on demand waits after a failure; it doubles up to
// the limit.
const (
	onDemandRetry    = 5 * time.Second
	onDemandRetryMax = 5 * time.Minute
)

// evaluateOnDemand starts a service that On Demand should keep up.
func (s *Simulator) evaluateOnDemand(v *service) {
	s.cancel(v.again)
	if !v.spec.OnDemand || v.spec.Disabled || v.gone || v.pauseEnd != nil || s.away || s.asleep || !s.online() || v.status != vpn.Disconnected {
		return
	}
	wait := quick.Max
	if v.backoff > 0 {
		wait = v.backoff
	}
	v.backoff = min(max(2*v.backoff, onDemandRetry), onDemandRetryMax)
	v.again = s.after(s.scale(wait), func() { s.startService(v.spec.ID, vpn.Options{}, true) })
}

// pauseOnDemand pauses On Demand after a manual stop.
func (v *service) pauseOnDemand() {
	if !v.spec.OnDemand {
		return
	}
	v.s.cancel(v.again)
	v.s.cancel(v.pauseEnd)
	v.backoff = 0
	v.pauseEnd = v.s.after(v.s.draw(v.spec.OnDemandPause, v.rng), func() {
		v.unpauseOnDemand()
		v.s.notifyInfo(v.spec.ID)
		v.s.evaluateOnDemand(v)
	})
}

func (v *service) unpauseOnDemand() {
	v.s.cancel(v.pauseEnd)
	v.pauseEnd = nil
}

// crash ends the daemon and all its tunnels.
func (s *Simulator) crash(length time.Duration) {
	if s.away {
		return
	}
	s.away = true
	for _, v := range s.services {
		v.forget()
		v.settle()
		s.cancel(v.again)
		v.unpauseOnDemand()
		v.attempt, v.backoff = attempt{}, 0
		if v.status != vpn.Disconnected {
			v.status, v.since = vpn.Disconnected, s.now
			s.observe(Observation{Kind: ObserveStatus, ID: v.spec.ID, Status: vpn.Disconnected})
		}
		v.watchPossible()
	}
	for _, r := range s.sortedRecords() {
		s.cancel(r.fix)
		r.set(vpn.Disconnected)
	}
	s.pathChanged()
	if length > 0 {
		s.after(length, s.comeAlive)
	}
}

// comeAlive restarts the daemon; the clients' library reconnects by itself.
func (s *Simulator) comeAlive() {
	s.away = false
	for _, r := range s.sortedRecords() {
		r.set(s.truth(r.id))
	}
	for _, v := range s.services {
		v.watchPossible()
		s.evaluateOnDemand(v)
	}
}

// sortedRecords gives the records an order that does not depend on a map's.
func (s *Simulator) sortedRecords() []*record {
	return slices.SortedFunc(maps.Values(s.records), func(a, b *record) int { return slices.Compare(a.id[:], b.id[:]) })
}

// remove removes a configuration; its session ends first.
func (s *Simulator) remove(v *service) {
	v.unpauseOnDemand()
	s.cancel(v.again)
	if v.active() {
		v.fail(CauseRemoved)
	}
	v.gone = true
	if r := s.records[v.spec.ID]; r != nil && v.status == vpn.Disconnected {
		r.set(s.truth(v.spec.ID))
	}
	v.watchPossible()
	s.listChanged()
}

// watchPossible observes whether a start of the service could succeed.
func (v *service) watchPossible() {
	if v.s.options.Observe == nil {
		return
	}
	if p := v.canConnect(); p != v.possible {
		v.possible = p
		v.s.observe(Observation{Kind: ObservePossible, ID: v.spec.ID, Status: v.status, Possible: p})
	}
}

func (v *service) canConnect() bool {
	s, p := v.s, v.spec
	return !v.gone && !s.away && !s.asleep && s.online() && v.answers() && !p.Disabled && !p.ProviderMissing && p.Credentials == CredentialsOK
}

// own returns the address of the tunnel's end on this machine.
func (v *service) own() netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(64 + v.number/250%128), byte(v.number % 250), 2})
}

func (v *service) own6() netip.Addr {
	return netip.MustParseAddr(fmt.Sprintf("fd00:5e:%x::2", v.number+1))
}

// remote is the server's address; names resolve to addresses of a range
// reserved for documentation.
func (v *service) remote() string {
	if a, err := netip.ParseAddr(v.spec.Server); err == nil {
		return a.String()
	}
	return netip.AddrFrom4([4]byte{203, 0, 113, byte(v.number%250 + 1)}).String()
}

// device returns the name of the tunnel's interface.
func (v *service) device() string {
	switch class(v.spec.Protocol) {
	case vpn.FamilyPPP:
		return fmt.Sprint("ppp", v.number)
	case vpn.FamilyIPSec:
		return fmt.Sprint("utun", v.number+4)
	}
	if v.spec.Protocol == vpn.IKEv2 {
		return fmt.Sprint("ipsec", v.number)
	}
	return fmt.Sprint("utun", v.number+4)
}
