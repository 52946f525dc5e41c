package engine

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

// Do carries out a command. It returns once the engine has accepted or refused
// it, not when the VPN has connected; watch the snapshots for that.
func (e *Engine) Do(ctx context.Context, c Command) error {
	reply := make(chan error, 1)
	return ask(ctx, e, request{c, reply}, reply)
}

type request struct {
	command Command
	reply   chan error
}

func (r request) handle(e *Engine, now time.Time) { r.reply <- e.do(r.command, now) }

// Explain tells why a service is in its state. The error is a
// *vpn.NotFoundError, ErrClosed, or that of ctx.
func (e *Engine) Explain(ctx context.Context, id vpn.ID) (autoconnect.Explanation, error) {
	reply := make(chan error, 1)
	var x autoconnect.Explanation
	err := ask(ctx, e, explain{id, &x, reply}, reply)
	return x, err
}

type explain struct {
	id    vpn.ID
	into  *autoconnect.Explanation
	reply chan error
}

func (m explain) handle(e *Engine, now time.Time) {
	select {
	case <-e.o.Settings.Changed(): // what was set before this was asked counts
		e.takeSettings(now)
	default:
	}
	x, ok := e.policy.Explain(m.id, now)
	if !ok {
		m.reply <- &vpn.NotFoundError{Query: m.id.String()}
		return
	}
	*m.into = x
	m.reply <- nil
}

// ask posts a message and waits for its reply.
func ask(ctx context.Context, e *Engine, m message, reply <-chan error) error {
	select {
	case e.inbox <- m:
	case <-e.done:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-reply:
		return err
	case <-e.done:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (e *Engine) do(c Command, now time.Time) error {
	e.log.Info("command", "verb", c.Verb, "id", c.ID, "on", c.On, "origin", c.Origin)
	switch c.Verb {
	case VerbPause:
		if c.Until.IsZero() {
			return fmt.Errorf("pause: no end is given")
		}
		e.feed(autoconnect.UserPause{Until: c.Until}, now)
		return nil
	case VerbResume:
		e.resume(c.ID, now)
		return nil
	case VerbTrust:
		return e.trust(c.On, now)
	case VerbReload:
		e.load()
		return nil
	}
	s := e.services[c.ID]
	if s == nil {
		return &vpn.NotFoundError{Query: c.ID.String()}
	}
	defer e.touch(s)
	switch c.Verb {
	case VerbConnect:
		return e.connect(s, c.Options, now)
	case VerbDisconnect:
		e.disconnect(s, c.Until, now)
		return nil
	case VerbToggle:
		if s.status.Up() || s.status == vpn.Connecting {
			e.disconnect(s, c.Until, now)
			return nil
		}
		return e.connect(s, c.Options, now)
	case VerbHold:
		if c.Until.IsZero() {
			return fmt.Errorf("hold %q: no end is given", s.conf.Name)
		}
		e.feed(autoconnect.UserHold{ID: c.ID, Until: c.Until}, now)
		return nil
	case VerbAuto:
		return e.auto(s, c.On, now)
	case VerbHide:
		return e.hide(s, c.On, now)
	}
	return fmt.Errorf("unknown command %q", c.Verb)
}

func (e *Engine) connect(s *service, o vpn.Options, now time.Time) error {
	if !s.conf.Enabled {
		return fmt.Errorf("connecting %q: the configuration is disabled; enable it in System Settings or in its own app", s.conf.Name)
	}
	s.byUser = true
	e.feed(autoconnect.UserConnect{ID: s.conf.ID, Options: o}, now)
	return nil
}

func (e *Engine) disconnect(s *service, until autoconnect.Until, now time.Time) {
	s.byUser = true
	e.feed(autoconnect.UserDisconnect{ID: s.conf.ID, Until: until}, now)
}

// resume ends the hold of one service; without an ID it ends the pause, or all
// holds when nothing is paused: the policy knows which.
func (e *Engine) resume(id vpn.ID, now time.Time) {
	if id == (vpn.ID{}) {
		e.feed(autoconnect.UserPause{}, now)
		return
	}
	e.feed(autoconnect.UserHold{ID: id}, now)
	if s := e.services[id]; s != nil {
		e.touch(s)
	}
}

func (e *Engine) auto(s *service, on bool, now time.Time) error {
	if on && s.conf.OnDemand {
		return fmt.Errorf("turning Auto Connect on for %q: %w", s.conf.Name, ErrOnDemand)
	}
	id := s.conf.ID
	err := e.update(func(v *settings.Settings) {
		v.AutoConnect = maps.Clone(v.AutoConnect)
		if v.AutoConnect == nil {
			v.AutoConnect = make(map[vpn.ID]bool)
		}
		if on {
			v.AutoConnect[id] = true
		} else {
			delete(v.AutoConnect, id)
		}
	})
	e.takeSettings(now)
	return err
}

func (e *Engine) hide(s *service, on bool, now time.Time) error {
	id := s.conf.ID.String()
	if !on {
		if by, ok := hiddenBy(e.config.Hidden, s.conf); ok && by != id {
			return fmt.Errorf("%q is hidden by the pattern %q; remove that from the setting \"hidden\"", s.conf.Name, by)
		}
	}
	err := e.update(func(v *settings.Settings) {
		v.Hidden = slices.DeleteFunc(slices.Clone(v.Hidden), func(h string) bool { return h == id })
		if on {
			v.Hidden = append(v.Hidden, id)
		}
	})
	e.takeSettings(now)
	return err
}

// trust adds the present network to the trusted ones, or removes every entry
// that fits it.
func (e *Engine) trust(on bool, now time.Time) error {
	here := settings.TrustedNetwork{}
	if e.facts.SSID.Known {
		here.SSID = e.facts.SSID.Value
	}
	if e.facts.GatewayMAC.Known {
		here.GatewayMAC = e.facts.GatewayMAC.Value
	}
	if on && here == (settings.TrustedNetwork{}) {
		return ErrOffNetwork
	}
	err := e.update(func(v *settings.Settings) {
		v.Trusted = slices.DeleteFunc(slices.Clone(v.Trusted), func(t settings.TrustedNetwork) bool { return onNetwork(t, e.facts) })
		if on {
			v.Trusted = append(v.Trusted, here)
		}
	})
	e.takeSettings(now)
	return err
}

// update changes the settings; a failure is also logged, since not every
// caller can show it.
func (e *Engine) update(change func(*settings.Settings)) error {
	err := e.o.Settings.Update(change)
	if err != nil {
		e.log.Error("changing the settings failed", "error", err)
		e.problemsBad, e.changed = true, true
	}
	return err
}

// takeSettings puts changed settings in force, whoever changed them.
func (e *Engine) takeSettings(now time.Time) {
	next := e.o.Settings.Current()
	e.changed, e.problemsBad = true, true
	if reflect.DeepEqual(next, e.config) {
		return
	}
	before := e.config
	e.config = next
	if !reflect.DeepEqual(before.Policy(), next.Policy()) {
		e.feed(autoconnect.ConfigChanged{Config: next.Policy()}, now)
	}
	e.takeStored(next.State, now)
	for _, s := range e.order {
		e.touch(s)
	}
}

// takeStored follows holds and a pause that were edited in the file. What the
// engine wrote itself changes nothing.
func (e *Engine) takeStored(next autoconnect.Stored, now time.Time) {
	old := e.stored
	e.stored = next
	if !old.Pause.Equal(next.Pause) {
		e.feed(autoconnect.UserPause{Until: next.Pause}, now)
	}
	for _, s := range e.order {
		id := s.conf.ID
		if !old.Holds[id].Until.Equal(next.Holds[id].Until) {
			e.feed(autoconnect.UserHold{ID: id, Until: next.Holds[id].Until}, now)
		}
	}
}
