package autoconnect

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vpnstatus/internal/facts"
	"vpnstatus/internal/vpn"
)

// temper is how the fake system treats a service.
type temper int

const (
	fine      temper = iota
	dead             // the server does not respond
	rejecting        // the server rejects the credentials
	offRoute         // the system says that there is no network
	crashing         // the plug-in crashes
	hanging          // connecting never ends
	deaf             // a start is ignored
	stubborn         // a stop is ignored
	hollow           // connected, but nothing comes through
	tempers
)

// lateAnswer is how late the question for a cause is answered while the fake
// system is mute.
const lateAnswer = 5 * time.Second

// fakeService is a service of the fake system.
type fakeService struct {
	conf    vpn.Configuration
	status  vpn.Status
	temper  temper
	gen     int       // grows with each start and stop, so that what was planned before is dropped
	started bool      // a start was sent or cancelled, and no status reported since
	rejects int       // rejections in a row since the user did something
	asked   time.Time // when its server was asked last
	in, out uint64    // its traffic
	byUser  bool      // the user's connect is pending
	auto    bool
}

type planned struct {
	at  time.Time
	seq int
	do  func()
}

type happened struct {
	event Event
	now   time.Time
}

// machine drives a policy through a fake system with a virtual clock and checks
// the invariants at every action.
type machine struct {
	t       *rapid.T
	p       *Policy
	now     time.Time
	plan    []planned
	seq     int
	s       []*fakeService // those in the list
	every   []*fakeService // including those not in the list
	f       facts.Facts
	config  Config
	history []happened
	told    []string // all actions, for the comparison of two runs
	mute    bool     // the question for the cause is answered late, and without a cause,
	empty   bool     // … because there is none; else because no answer came
}

func newMachine(t *rapid.T, seed uint64) *machine {
	m := &machine{t: t, now: t0, f: home()}
	m.config = Config{Auto: map[vpn.ID]bool{}, RetryDelayMax: time.Duration(rapid.IntRange(5, 240).Draw(t, "cap")) * time.Second}
	for n := byte(1); n <= 5; n++ {
		s := &fakeService{conf: conf(n, fmt.Sprintf("VPN %d", n)), status: vpn.Disconnected, auto: n < 5}
		s.conf.Server = fmt.Sprintf("vpn%d.example", n)
		s.conf.IncludeAllNetworks = n == 4
		if n == 2 {
			s.conf.Protocol = "Tunnel Co"
		}
		m.s, m.every = append(m.s, s), append(m.every, s)
		m.config.Auto[s.conf.ID] = s.auto
	}
	m.config.ServerEcho = rapid.Bool().Draw(t, "echo")
	if rapid.Bool().Draw(t, "group") {
		m.config.Groups = []Group{{Name: "work", Members: []vpn.ID{idOf(2), idOf(3), idOf(5)}}}
	}
	if rapid.Bool().Draw(t, "probe") {
		m.config.Probes = map[vpn.ID]Probe{idOf(1): {Target: "10.0.0.1:22"}, idOf(3): {Target: "https://intranet.example/", Interval: 20 * time.Second}}
	}
	m.p = New(m.config, Stored{}, jitterOf(seed), t0)
	m.list()
	m.send(FactsChanged{m.f})
	for _, s := range m.s {
		m.send(StatusChanged{ID: s.conf.ID, Status: vpn.Disconnected})
		m.report(s)
	}
	return m
}

func jitterOf(seed uint64) func() float64 {
	r := rand.New(rand.NewPCG(seed, 1))
	return func() float64 { return 0.5 + r.Float64() }
}

func (m *machine) list() {
	var list []vpn.Configuration
	for _, s := range m.s {
		list = append(list, s.conf)
	}
	m.send(ConfigurationsLoaded{list})
}

func (m *machine) service(id vpn.ID) *fakeService { return m.every[id[15]-1] }

func (m *machine) later(d time.Duration, do func()) {
	m.seq++
	m.plan = append(m.plan, planned{m.now.Add(d), m.seq, do})
}

// send hands an event to the policy and carries out what it says.
func (m *machine) send(e Event) {
	m.history = append(m.history, happened{e, m.now})
	if s, ok := e.(StatusChanged); ok {
		m.service(s.ID).started = false
	}
	actions := m.p.Handle(nil, e, m.now)
	for _, a := range actions {
		m.told = append(m.told, fmt.Sprintf("%v %T%+v", m.now.Sub(t0), a, a))
	}
	if d := m.p.Deadline(); !d.IsZero() && !d.After(m.now) {
		m.t.Fatalf("after %#v the deadline is in the past", e)
	}
	for _, a := range actions {
		m.act(a)
	}
}

func (m *machine) act(a Action) {
	switch a := a.(type) {
	case Start:
		m.checkStart(a)
		m.start(m.service(a.ID))
	case Cancel:
		s := m.service(a.ID)
		if c := m.p.all[m.p.index[a.ID]]; c.seen.status != vpn.Disconnected {
			m.recent()
			m.t.Fatalf("a start of %s is cancelled while %v: %+v", s.conf.Name, c.seen.status, a)
		}
		s.started = true // until a status shows what became of it
		if rapid.Bool().Draw(m.t, "cancelled in time") {
			s.gen++
		}
	case Stop:
		s := m.service(a.ID)
		if c := m.p.all[m.p.index[a.ID]]; c.seen.status == vpn.Disconnected && !(c.conf.OnDemand && a.Reason.Key == KeyStopOnDemand) {
			m.recent()
			m.t.Fatalf("a stop of %s while disconnected: %+v", s.conf.Name, a)
		}
		if s.temper == stubborn {
			return
		}
		m.stop(s, vpn.StopUser)
	case Verify:
		s := m.service(a.ID)
		m.later(5*time.Millisecond, func() { m.report(s) })
	case AskServer:
		m.checkAsk(m.service(a.ID))
	case ReadTraffic:
		s := m.service(a.ID)
		if s.status != vpn.Connected {
			m.t.Fatalf("the traffic of %s is read while %v", s.conf.Name, s.status)
		}
		m.later(5*time.Millisecond, func() {
			s.out += 1000
			if s.temper != hollow {
				s.in += 5000
			}
			m.send(TrafficRead{ID: a.ID, In: s.in, Out: s.out, Known: s.status == vpn.Connected})
		})
	case RunProbe:
		s := m.service(a.ID)
		if s.status != vpn.Connected {
			m.t.Fatalf("a probe of %s while %v", s.conf.Name, s.status)
		}
		m.later(20*time.Millisecond, func() {
			e := ProbeDone{ID: a.ID}
			if s.temper == hollow {
				e.Err = "timed out"
			}
			m.send(e)
		})
	}
}

// checkStart checks what must never happen.
func (m *machine) checkStart(a Start) {
	s := m.service(a.ID)
	c := m.p.all[m.p.index[a.ID]]
	user := a.Reason.Key == KeyConnectingUser
	fail := func(what string) {
		m.recent()
		m.t.Fatalf("at %v a start of %s %s: %+v", m.now.Sub(t0), s.conf.Name, what, a)
	}
	switch {
	case s.started:
		fail("while another was in flight")
	case c.seen.status != vpn.Disconnected:
		fail("while " + c.seen.status.String())
	case m.f.Asleep:
		fail("while asleep")
	case m.f.Path.Value == facts.Unsatisfied:
		fail("while offline")
	case user && !s.byUser:
		fail("as the user's, who did not ask for it")
	case user:
	case m.p.world.paused():
		fail("while paused")
	case c.intent.held():
		fail("while held")
	case !c.auto:
		fail("without being ticked")
	case s.conf.OnDemand || !s.conf.Enabled:
		fail("though on demand or disabled")
	case m.f.SessionActive.Known && !m.f.SessionActive.Value:
		fail("while another user has the screen")
	case s.rejects >= authFailures:
		fail("after rejected credentials")
	case a.Attempt < 1:
		fail("without a number")
	}
	if g := c.group; g >= 0 {
		for _, i := range m.p.groups[g].members {
			if o := m.p.all[i]; o.conf.ID != a.ID && (o.busy() || m.service(o.conf.ID).started) {
				fail("while another of its group is busy")
			}
		}
	}
	if user {
		s.byUser = false
	}
	s.started = true
}

// checkAsk checks what questions to a server must never be, and answers this one.
func (m *machine) checkAsk(s *fakeService) {
	c := m.p.all[m.p.index[s.conf.ID]]
	switch {
	case !m.config.ServerEcho:
		m.t.Fatalf("the server of %s is asked though that is off", s.conf.Name)
	case s.status != vpn.Disconnected, m.f.Asleep, m.f.Path.Value == facts.Unsatisfied, m.p.world.paused(), c.intent.held(), !c.auto:
		m.recent()
		m.t.Fatalf("the server of %s is asked while it is %v, asleep %t, held %t", s.conf.Name, s.status, m.f.Asleep, c.intent.held())
	case m.every[3].status.Up():
		m.t.Fatalf("the server of %s is asked through a tunnel that takes all traffic", s.conf.Name)
	case m.now.Sub(s.asked) < askEvery && m.now.After(s.asked):
		m.recent()
		m.t.Fatalf("the server of %s is asked %v after the last question", s.conf.Name, m.now.Sub(s.asked))
	}
	s.asked = m.now
	m.later(30*time.Millisecond, func() {
		e := ServerAnswered{ID: s.conf.ID}
		if s.temper == dead {
			e.Err = "no answer"
		}
		m.send(e)
	})
}

// recent logs the last events and actions.
func (m *machine) recent() {
	for _, h := range m.history[max(0, len(m.history)-16):] {
		m.t.Logf("%v %T%+v", h.now.Sub(t0), h.event, h.event)
	}
	for _, s := range m.told[max(0, len(m.told)-16):] {
		m.t.Log(s)
	}
}

func (m *machine) report(s *fakeService) {
	m.send(StatusChanged{ID: s.conf.ID, Status: s.status})
}

func (m *machine) become(s *fakeService, status vpn.Status) {
	if s.status != status {
		s.status = status
		m.report(s)
	}
}

// after does something unless the service was started or stopped meanwhile.
func (m *machine) after(s *fakeService, d time.Duration, do func()) {
	gen := s.gen
	m.later(d, func() {
		if s.gen == gen {
			do()
		}
	})
}

func (m *machine) start(s *fakeService) {
	if s.status != vpn.Disconnected || s.temper == deaf {
		return
	}
	s.gen++
	m.after(s, time.Millisecond, func() {
		m.become(s, vpn.Connecting)
		fails := map[temper]int{dead: vpn.StopNotResponding, rejecting: vpn.StopAuthFailed, offRoute: vpn.StopNoNetwork, crashing: vpn.StopPluginFailed}
		switch code, bad := fails[s.temper]; {
		case s.temper == hanging:
		case m.f.Path.Value == facts.Unsatisfied:
			m.after(s, time.Second, func() { m.down(s, vpn.StopNoNetwork) })
		case bad:
			m.after(s, 2*time.Second, func() { m.down(s, code) })
		default:
			m.after(s, 700*time.Millisecond, func() { m.become(s, vpn.Connected) })
		}
	})
}

// stop is a stop by anybody.
func (m *machine) stop(s *fakeService, code int) {
	if s.status == vpn.Disconnected || s.status == vpn.Disconnecting {
		s.gen++
		if s.status == vpn.Disconnecting {
			m.after(s, time.Second, func() { m.down(s, code) })
		}
		return
	}
	s.gen++
	gen := s.gen
	m.become(s, vpn.Disconnecting)
	if s.gen == gen {
		m.after(s, 200*time.Millisecond, func() { m.down(s, code) })
	}
}

func (m *machine) down(s *fakeService, code int) {
	s.gen++
	if code == vpn.StopAuthFailed {
		s.rejects++
	}
	m.become(s, vpn.Disconnected)
	answer := CauseLearned{ID: s.conf.ID, Cause: vpn.Cause{Family: vpn.FamilyVPN, Code: code}, Answered: true}
	delay := 4 * time.Millisecond
	if m.mute && code != vpn.StopAuthFailed {
		answer = CauseLearned{ID: s.conf.ID, Answered: m.empty}
		delay = lateAnswer
	}
	m.later(delay, func() { m.send(answer) })
}

// pass lets time pass in the fake system and for the policy.
func (m *machine) pass(d time.Duration) {
	end := m.now.Add(d)
	for range 200000 {
		next, which := end, -1
		for i, p := range m.plan {
			if p.at.Before(next) || which >= 0 && p.at.Equal(next) && p.seq < m.plan[which].seq {
				next, which = p.at, i
			}
		}
		deadline := m.p.Deadline()
		switch {
		case !deadline.IsZero() && deadline.Before(next):
			m.now = later(m.now, deadline)
			m.send(Tick{})
		case which >= 0:
			p := m.plan[which]
			m.plan = slices.Delete(m.plan, which, which+1)
			m.now = later(m.now, p.at)
			p.do()
		default:
			m.now = end
			return
		}
	}
	m.t.Fatal("events without end")
}

// setClock moves the wall clock; what is planned in the fake system moves along.
func (m *machine) setClock(d time.Duration) {
	m.now = m.now.Add(d)
	for i := range m.plan {
		m.plan[i].at = m.plan[i].at.Add(d)
	}
	m.send(ClockJumped{Gap: d})
}

func (m *machine) draw(t *rapid.T) *fakeService { return rapid.SampledFrom(m.s).Draw(t, "service") }

func (m *machine) setFacts(change func(*facts.Facts)) {
	change(&m.f)
	m.send(FactsChanged{m.f})
}

func (m *machine) reconfigure(change func(*Config)) {
	auto := map[vpn.ID]bool{}
	for _, s := range m.s {
		auto[s.conf.ID] = s.auto
	}
	m.config.Auto = auto
	change(&m.config)
	m.send(ConfigChanged{m.config})
}

// forgive: the user did something about rejected credentials. One more
// rejection is then enough.
func (s *fakeService) forgive() { s.rejects = min(s.rejects, authFailures-1) }

func (m *machine) actions() map[string]func(*rapid.T) {
	until := func(t *rapid.T) Until {
		switch rapid.IntRange(0, 2).Draw(t, "until") {
		case 0:
			return Forever
		case 1:
			return Until{Time: m.now.Add(time.Duration(rapid.IntRange(-60, 3600).Draw(t, "seconds")) * time.Second)}
		}
		u, ok := UntilNetworkChanges(m.f)
		if !ok {
			return Forever
		}
		return u
	}
	return map[string]func(*rapid.T){
		"pass a moment": func(t *rapid.T) {
			m.pass(time.Duration(rapid.IntRange(1, 3000).Draw(t, "ms")) * time.Millisecond)
		},
		"pass a while": func(t *rapid.T) { m.pass(time.Duration(rapid.IntRange(1, 900).Draw(t, "s")) * time.Second) },
		"drop": func(t *rapid.T) {
			if s := m.draw(t); s.status.Up() {
				m.down(s, rapid.IntRange(0, 45).Draw(t, "cause"))
			}
		},
		"reassert": func(t *rapid.T) {
			if s := m.draw(t); s.status == vpn.Connected {
				m.become(s, vpn.Reasserting)
				if rapid.Bool().Draw(t, "comes back") {
					m.after(s, 3*time.Second, func() { m.become(s, vpn.Connected) })
				}
			}
		},
		"repeat a status": func(t *rapid.T) {
			m.report(m.draw(t))
		},
		"remove and bring back": func(t *rapid.T) {
			s := m.draw(t)
			if s.status != vpn.Disconnected {
				return
			}
			s.gen++
			m.send(Tick{}) // a hold may be over at this very moment
			before := m.p.Stored()
			m.s = slices.DeleteFunc(slices.Clone(m.every), func(o *fakeService) bool { return o == s })
			m.list()
			m.s = m.every
			m.send(CauseLearned{ID: s.conf.ID})
			if after := m.p.Stored(); !reflect.DeepEqual(before, after) {
				t.Fatalf("stored %v, after the service was removed %v", before, after)
			}
			s.started = false
			s.rejects = 0
			m.list()
			m.report(s)
		},
		"stop elsewhere": func(t *rapid.T) { m.stop(m.draw(t), vpn.StopUser) },
		"start elsewhere": func(t *rapid.T) {
			s := m.draw(t)
			if s.status == vpn.Disconnected {
				s.forgive()
				m.start(s)
			}
		},
		"temper": func(t *rapid.T) {
			m.draw(t).temper = temper(rapid.IntRange(0, int(tempers)-1).Draw(t, "temper"))
		},
		"causes": func(t *rapid.T) {
			m.mute, m.empty = rapid.Bool().Draw(t, "mute"), rapid.Bool().Draw(t, "empty")
		},
		"user connect": func(t *rapid.T) {
			s := m.draw(t)
			s.forgive()
			s.byUser = true
			m.send(UserConnect{ID: s.conf.ID})
		},
		"user disconnect": func(t *rapid.T) {
			s := m.draw(t)
			s.byUser = false
			m.send(UserDisconnect{ID: s.conf.ID, Until: until(t)})
		},
		"user hold":    func(t *rapid.T) { m.send(UserHold{ID: m.draw(t).conf.ID, Until: until(t)}) },
		"user release": func(t *rapid.T) { s := m.draw(t); s.forgive(); m.send(UserHold{ID: s.conf.ID}) },
		"pause":        func(t *rapid.T) { m.send(UserPause{until(t)}) },
		"resume": func(t *rapid.T) {
			for _, s := range m.s {
				s.forgive()
			}
			m.send(UserPause{})
		},
		"offline": func(*rapid.T) {
			m.setFacts(func(f *facts.Facts) { f.Path.Value = facts.Unsatisfied })
		},
		"home": func(*rapid.T) {
			m.setFacts(func(f *facts.Facts) {
				g := home()
				g.Asleep, g.SessionActive, g.WokeAt = f.Asleep, f.SessionActive, f.WokeAt
				*f = g
			})
		},
		"cafe": func(*rapid.T) {
			m.setFacts(func(f *facts.Facts) {
				g := cafe()
				g.Asleep, g.SessionActive, g.WokeAt = f.Asleep, f.SessionActive, f.WokeAt
				*f = g
			})
		},
		"Wi-Fi name withheld": func(*rapid.T) { m.setFacts(func(f *facts.Facts) { f.SSID.Known = false }) },
		"sleep": func(t *rapid.T) {
			if !m.f.Asleep {
				m.setFacts(func(f *facts.Facts) { f.Asleep = true })
			}
		},
		"wake": func(*rapid.T) {
			if m.f.Asleep {
				m.setFacts(func(f *facts.Facts) { f.Asleep, f.WokeAt = false, m.now })
			}
		},
		"session": func(t *rapid.T) {
			m.setFacts(func(f *facts.Facts) { f.SessionActive.Value = rapid.Bool().Draw(t, "active") })
		},
		"clock": func(t *rapid.T) {
			m.setClock(rapid.SampledFrom([]time.Duration{-365 * 24 * time.Hour, -time.Minute, 30 * time.Second, 24 * time.Hour}).Draw(t, "jump"))
		},
		"tick": func(t *rapid.T) {
			s := m.draw(t)
			s.auto = rapid.Bool().Draw(t, "auto")
			s.forgive()
			if i := m.p.index[s.conf.ID]; !s.auto && m.p.all[i].auto && m.p.all[i].order.renews() {
				s.byUser = true // unticking leaves a service connected: the session is replaced nevertheless
			}
			m.reconfigure(func(*Config) {})
		},
		"rules": func(t *rapid.T) {
			m.reconfigure(func(c *Config) {
				c.Rules = rapid.SampledFrom([][]Rule{
					nil,
					{{Then: OutcomeIgnore, When: When{SSID: []string{"Home"}}}},
					{{Then: OutcomeDisconnect, When: When{SSID: []string{"Cafe"}}, Services: []string{"VPN 1"}}},
					{{Then: OutcomeConnect, When: When{Time: "08:00-18:00"}}, {Then: OutcomeIgnore}},
				}).Draw(t, "rules")
			})
		},
		"edit": func(t *rapid.T) {
			s := m.draw(t)
			s.conf.Server += "x"
			s.conf.OnDemand = rapid.IntRange(0, 9).Draw(t, "on demand") == 0
			s.conf.Enabled = rapid.IntRange(0, 9).Draw(t, "disabled") > 0
			s.rejects = 0
			m.list()
		},
		"": func(t *rapid.T) {
			for _, s := range m.s {
				v := m.p.View(s.conf.ID)
				if words[v.Reason.Key] == "" {
					t.Fatalf("no words for %q", v.Reason.Key)
				}
				if s.status == vpn.Connected {
					s.rejects = 0
				}
				if h := m.p.Stored().Holds[s.conf.ID]; v.State == Held && h.Until.IsZero() {
					t.Fatal("held, but not stored")
				}
				m.explained(s)
			}
		},
	}
}

// explained checks that the explanation of a service names what its state is.
func (m *machine) explained(s *fakeService) {
	if d := m.p.Deadline(); !d.IsZero() && !d.After(m.now) {
		return // a Tick is due
	}
	e, _ := m.p.Explain(s.conf.ID, m.now)
	first := slices.IndexFunc(e.Blockers, func(b BlockerResult) bool { return b.Decides })
	if first < 0 {
		m.recent()
		m.t.Fatalf("%s is %s %s, and nothing keeps it from being started", s.conf.Name, e.View.State, e.View.Reason.Key)
	}
	i := m.p.index[s.conf.ID]
	a := blockers[first].ask(query{s: &m.p.all[i], w: &m.p.world, place: m.p.place(i), now: m.now})
	if !a.holds || a.state != e.View.State || a.reason != e.View.Reason || a.next != e.View.Next {
		m.recent()
		m.t.Fatalf("%s is %+v, but explained by %q with %+v", s.conf.Name, e.View, e.Blockers[first].Name, a)
	}
}

// heal ends all faults and checks that whatever is wanted comes up in time.
func (m *machine) heal() {
	for _, s := range m.s {
		s.temper = fine
		if s.conf.OnDemand || !s.conf.Enabled {
			s.conf.OnDemand, s.conf.Enabled = false, true
			s.rejects = 0
		}
		s.gen++
		if s.status.InTransition() { // what hung has come to an end
			m.down(s, vpn.StopServerTerminated)
		}
	}
	m.mute = false
	m.list()
	m.reconfigure(func(c *Config) { c.Rules, c.Probes = nil, nil })
	if m.p.world.paused() {
		m.send(UserPause{})
	}
	m.setFacts(func(f *facts.Facts) {
		slept := f.Asleep
		*f = home()
		if slept {
			f.WokeAt = m.now
		}
	})
	m.pass(lateAnswer + 10*time.Millisecond) // what has ended is known, and counted
	wanted := map[int]bool{}
	limit := m.p.world.cap()
	for i := range m.p.all {
		c := &m.p.all[i]
		limit = max(limit, c.retry.longest(c.pace(&m.p.world, m.now)))
		wanted[i] = c.auto && !c.intent.held() && c.retry.needs == "" && c.retry.awaits == 0
	}
	// Beyond the cap: the settle time, one attempt, and stops under way.
	m.pass(limit + maxSettle + 2*stopAnswer)
	groups, refused := map[int]int{}, 0
	for i := range m.p.all {
		c := &m.p.all[i]
		if c.group >= 0 {
			if m.s[i].status == vpn.Connected {
				if groups[c.group]++; c.order.late {
					refused++ // the system refused the stop, and it is not repeated forever
				}
			}
			continue
		}
		if wanted[i] && !c.intent.held() && m.s[i].status != vpn.Connected {
			m.t.Logf("%+v", c)
			m.t.Fatalf("%s is still %v (%s %s) %v after the last fault", c.conf.Name, m.s[i].status, c.view.State, c.view.Reason.Key, limit)
		}
	}
	for g, up := range groups {
		if up > 1+refused {
			m.t.Fatalf("%d members of group %d are up", up, g)
		}
	}
	for gi := range m.p.groups {
		g := &m.p.groups[gi]
		ready := g.blocked == vpn.ID{}
		some := false
		for _, i := range g.members {
			c := &m.p.all[i]
			ready = ready && c.seen.known
			some = some || wanted[i] && m.p.candidate(c)
			if c.active() {
				groups[gi]++ // a hold may have ended just now
			}
		}
		if ready && some && groups[gi] == 0 {
			for _, i := range g.members {
				m.t.Logf("%s: %+v", m.s[i].conf.Name, m.p.all[i])
			}
			m.t.Fatalf("nobody of group %q is up %v after the last fault: %+v", g.name, limit, g)
		}
	}
	// When nothing happens any more, nothing is planned any more but the shared
	// tick and the ends of holds.
	m.pass(40 * time.Minute)
	ends := []time.Time{m.p.Pause().Time}
	for _, h := range m.p.Stored().Holds {
		ends = append(ends, h.Until.Time)
	}
	if d := m.p.Deadline(); !d.IsZero() && !d.Equal(m.p.world.ticks.after(m.now)) && !slices.ContainsFunc(ends, d.Equal) {
		m.t.Fatalf("all is quiet, yet the next deadline is in %v", d.Sub(m.now))
	}
}

// replay checks that the same events at the same times give the same actions.
func (m *machine) replay(first Config, seed uint64) {
	p := New(first, Stored{}, jitterOf(seed), t0)
	var told []string
	for _, h := range m.history {
		for _, a := range p.Handle(nil, h.event, h.now) {
			told = append(told, fmt.Sprintf("%v %T%+v", h.now.Sub(t0), a, a))
		}
	}
	if !reflect.DeepEqual(told, m.told) {
		m.t.Fatal("a second run of the same events did something else")
	}
}

func TestInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		m := newMachine(t, seed)
		first := m.config
		t.Repeat(m.actions())
		m.heal()
		m.replay(first, seed)
	})
}

func (s *fakeService) String() string { return s.conf.Name }
