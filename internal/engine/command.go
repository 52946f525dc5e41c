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
	_, err := ask(ctx, e, func(now time.Time) (struct{}, error) { return struct{}{}, e.do(c, now) })
	return err
}

// Explain returns why a service is in its state. The error is a
// *vpn.NotFoundError, ErrClosed, or that of ctx.
func (e *Engine) Explain(ctx context.Context, id vpn.ID) (autoconnect.Explanation, error) {
	return ask(ctx, e, func(now time.Time) (autoconnect.Explanation, error) {
		select {
		case <-e.o.Settings.Changed(): // what was set before this was asked counts
			e.handleSettings(now)
		default:
		}
		x, ok := e.policy.Explain(id, now)
		if !ok {
			return x, &vpn.NotFoundError{Query: id.String()}
		}
		return x, nil
	})
}

// question is something to be answered by the engine's goroutine.
type question func(now time.Time)

func (q question) handle(_ *Engine, now time.Time) { q(now) }

// ask has the engine's goroutine answer. When ctx ends first the answer is
// dropped.
func ask[T any](ctx context.Context, e *Engine, answer func(now time.Time) (T, error)) (T, error) {
	type reply struct {
		value T
		err   error
	}
	var none T
	replies := make(chan reply, 1)
	q := question(func(now time.Time) {
		value, err := answer(now)
		replies <- reply{value, err}
	})
	select {
	case e.inbox <- q:
	case <-e.done:
		return none, ErrClosed
	case <-ctx.Done():
		return none, ctx.Err()
	}
	select {
	case r := <-replies:
		return r.value, r.err
	case <-e.done:
		return none, ErrClosed
	case <-ctx.Done():
		return none, ctx.Err()
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
	e.handleSettings(now)
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
	e.handleSettings(now)
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
	e.handleSettings(now)
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

// handleSettings puts changed settings in force, whoever changed them.
func (e *Engine) handleSettings(now time.Time) {
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
	e.handleStored(next.State, now)
	for _, s := range e.order {
		e.touch(s)
	}
}

// handleStored follows holds and a pause that were edited in the file. What the
// engine wrote itself changes nothing.
func (e *Engine) handleStored(next autoconnect.Stored, now time.Time) {
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
