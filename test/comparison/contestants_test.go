package comparison

import (
	"context"
	"sync"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/facts"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/simulator"
	"vpnstatus/internal/vpn"
)

// contestant keeps the services of a simulator up until its context ends. A
// person clicks through its menu.
type contestant interface {
	run(context.Context)
	connect(vpn.ID)
	disconnect(vpn.ID)
	wakeups() uint64
}

// entry lets a contestant take over the services of a simulator.
type entry func(s *simulator.Simulator, services []vpn.ID, jitter func() float64) contestant

// ours is this program: the whole engine with default settings, every service
// ticked, and a liveness probe for the service that has something to probe.
type ours struct{ *engine.Engine }

func newOurs(s *simulator.Simulator, services []vpn.ID, jitter func() float64) contestant {
	v := settings.Default()
	v.AutoConnect = make(map[vpn.ID]bool)
	for _, id := range services {
		v.AutoConnect[id] = true
	}
	v.Probes = map[vpn.ID]autoconnect.Probe{serviceID("Silent"): {Target: silentProbe}}
	return ours{engine.New(engine.Options{
		Backend: s, Facts: s.Facts(), Settings: settings.NewMemory(v), Jitter: jitter,
		Probe: func(ctx context.Context, _ vpn.ID, p autoconnect.Probe) error { return s.Probe(ctx, p.Target) },
		Ask:   func(ctx context.Context, server string, _ vpn.Protocol) error { return s.Ask(ctx, server) },
	})}
}

func (o ours) run(ctx context.Context) { _ = o.Engine.Run(ctx) }
func (o ours) connect(id vpn.ID) {
	_ = o.Do(context.Background(), engine.Command{Verb: engine.VerbConnect, ID: id})
}
func (o ours) disconnect(id vpn.ID) {
	_ = o.Do(context.Background(), engine.Command{Verb: engine.VerbDisconnect, ID: id})
}
func (o ours) wakeups() uint64 { return o.Wakeups() }

// client is what the two other contestants have in common: a session per
// service with its last status.
type client struct {
	facts facts.Source
	order []vpn.ID
	mu    sync.Mutex
	all   map[vpn.ID]*state
	woken uint64        // wake-ups with at least a millisecond between them
	awoke time.Time     // the last of them
	wake  chan struct{} // something happened
}

// countLocked counts a wake-up of the process as the engine counts its own.
func (c *client) countLocked() {
	if now := time.Now(); now.Sub(c.awoke) >= time.Millisecond {
		c.woken++
		c.awoke = now
	}
}

type state struct {
	session vpn.Session
	status  vpn.Status

	// NetworkManager's.
	wasUp     bool // it had been fully active
	tries     int
	blocked   time.Time // until then
	byUser    bool      // blocked because the user disconnected it
	noSecrets bool
}

func newClient(s *simulator.Simulator, services []vpn.ID) *client {
	c := &client{facts: s.Facts(), order: services, all: make(map[vpn.ID]*state), wake: make(chan struct{}, 1)}
	for _, id := range services {
		session, err := s.Open(id)
		if err != nil {
			panic(err)
		}
		c.all[id] = &state{session: session, status: vpn.Invalid}
	}
	return c
}

// follow keeps the statuses; changed, which may be nil, is called under the lock.
func (c *client) follow(ctx context.Context, changed func(vpn.ID, *state, vpn.Status)) (end func()) {
	var wg sync.WaitGroup
	for id, s := range c.all {
		first, _ := s.session.Status(ctx)
		c.mu.Lock()
		s.status = first
		c.mu.Unlock()
		wg.Go(func() {
			for e := range s.session.Events() {
				c.mu.Lock()
				c.countLocked()
				from := s.status
				s.status = e.Status
				if changed != nil && from != e.Status {
					changed(id, s, from)
				}
				c.mu.Unlock()
				select {
				case c.wake <- struct{}{}:
				default:
				}
			}
		})
	}
	return func() {
		for _, s := range c.all {
			_ = s.session.Close()
		}
		wg.Wait()
		_ = c.facts.Close()
	}
}

func (c *client) wakeups() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.woken
}

// connect and disconnect are the menu of Timac's app: a click connects only a
// disconnected service and disconnects only a connected one.
func (c *client) connect(id vpn.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.all[id]
	s.byUser = false
	if s.status == vpn.Disconnected {
		_ = s.session.Start(context.Background(), vpn.Options{})
	}
}

func (c *client) disconnect(id vpn.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.all[id]
	s.byUser = true
	if s.status == vpn.Connected {
		_ = s.session.Stop(context.Background())
	}
}

// timac is the policy of Timac's VPNStatus 3.1 (docs/internals.md, section 11): a repeating timer,
// which fires at once and then every delay, starts each auto-connect service that is
// disconnected. It looks at no cause, no network and no user. While the
// machine sleeps the process stands still; an overdue timer fires at wake.
type timac struct {
	*client
	delay time.Duration
}

func newTimac(delay time.Duration) entry {
	return func(s *simulator.Simulator, services []vpn.ID, _ func() float64) contestant {
		return timac{newClient(s, services), delay}
	}
}

func (t timac) run(ctx context.Context) {
	defer t.follow(ctx, nil)()
	next := time.Now()
	for {
		timer := time.NewTimer(time.Until(next))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		for t.facts.Current().Asleep {
			select {
			case <-ctx.Done():
				return
			case <-t.facts.Changed():
			}
		}
		t.mu.Lock()
		t.countLocked()
		for _, id := range t.order {
			if s := t.all[id]; s.status == vpn.Disconnected {
				_ = s.session.Start(context.Background(), vpn.Options{})
			}
		}
		t.mu.Unlock()
		next = time.Now().Add(t.delay)
	}
}

// manager is NetworkManager's policy for a persistent VPN: a service that had been
// up is activated again at once; after four tries it is blocked for 300 s and the
// tries are counted from zero; so they are after sleep and after a change of the
// network. The user's disconnect blocks it until the user connects; rejected
// secrets block it until the network or the machine comes back.
type manager struct{ *client }

const (
	managerTries = 4
	managerBlock = 300 * time.Second
)

func newManager(s *simulator.Simulator, services []vpn.ID, _ func() float64) contestant {
	return manager{newClient(s, services)}
}

func (m manager) run(ctx context.Context) {
	defer m.follow(ctx, func(_ vpn.ID, s *state, from vpn.Status) {
		switch {
		case s.status == vpn.Connected:
			s.wasUp, s.tries, s.noSecrets = true, 0, false
		case s.status == vpn.Disconnected && (from == vpn.Connecting || from == vpn.Disconnecting):
			if info, err := s.session.Info(ctx); err == nil && info.Cause.Topic() == vpn.TopicCredentials {
				s.noSecrets = true
			}
		}
	})()
	// The first activation is by hand or at login; here at once.
	for _, s := range m.all {
		s.wasUp = true
	}
	network := m.facts.Current().Network()
	for {
		now := time.Now()
		f := m.facts.Current()
		var soonest time.Time
		m.mu.Lock()
		m.countLocked()
		for _, id := range m.order {
			s := m.all[id]
			if f.Network() != network {
				s.tries, s.blocked = 0, time.Time{}
			}
			if s.status != vpn.Disconnected || s.byUser || s.noSecrets || !s.wasUp || f.Asleep || f.Path.Value != facts.Satisfied {
				continue
			}
			if s.tries >= managerTries {
				s.tries, s.blocked = 0, now.Add(managerBlock)
			}
			if now.Before(s.blocked) {
				if soonest.IsZero() || s.blocked.Before(soonest) {
					soonest = s.blocked
				}
				continue
			}
			s.tries++
			s.status = vpn.Connecting
			_ = s.session.Start(context.Background(), vpn.Options{})
		}
		m.mu.Unlock()
		network = f.Network()
		var timer <-chan time.Time
		if !soonest.IsZero() {
			timer = time.After(time.Until(soonest))
		}
		select {
		case <-ctx.Done():
			return
		case <-m.wake:
		case <-m.facts.Changed():
		case <-timer:
		}
	}
}
