package engine

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/facts"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

// Do carries out a command. It returns once the engine has accepted or refused
// it, not when the VPN has connected; watch the snapshots for that.
func (e *Engine) Do(ctx context.Context, c Command) error {
	switch c.Verb {
	case VerbAuto, VerbHide, VerbTrust:
		return e.changeSetting(ctx, c)
	}
	_, err := ask(ctx, e, func(now time.Time) (struct{}, error) { return struct{}{}, e.do(c, now) })
	return err
}

// Explain returns why a service is in its state. The error is a
// *vpn.NotFoundError, ErrClosed, or that of ctx.
func (e *Engine) Explain(ctx context.Context, id vpn.ID) (autoconnect.Explanation, error) {
	return ask(ctx, e, func(now time.Time) (autoconnect.Explanation, error) {
		e.handleSettings(now) // settings changed before this call are taken into account
		x, ok := e.policy.Explain(id, now)
		if !ok {
			return x, &vpn.NotFoundError{Query: id.String()}
		}
		return x, nil
	})
}

// question is a function for the engine's goroutine to run.
type question func(now time.Time)

func (q question) handle(_ *Engine, now time.Time) { q(now) }

// ask runs a question on the engine's goroutine. If ctx ends first the answer
// is dropped.
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
			return fmt.Errorf("hold %q: no end is given", s.conf.DisplayName())
		}
		e.feed(autoconnect.UserHold{ID: c.ID, Until: c.Until}, now)
		return nil
	}
	return fmt.Errorf("unknown command %q", c.Verb)
}

func (e *Engine) connect(s *service, o vpn.Options, now time.Time) error {
	if !s.conf.Enabled {
		return fmt.Errorf("connecting %q: the configuration is disabled; enable it in System Settings or in its own app", s.conf.DisplayName())
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
// holds if nothing is paused, as the policy decides.
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

// changeSetting carries out a command that changes a setting. It runs on the
// goroutine of the caller: writing takes as long as the disk and other writers
// take. The change is in force when it returns.
func (e *Engine) changeSetting(ctx context.Context, c Command) error {
	e.log.Info("command", "verb", c.Verb, "id", c.ID, "on", c.On, "origin", c.Origin)
	err := e.settingChange(c)
	if err != nil {
		// Log it too, since not every caller can show it.
		e.log.Error("changing the settings failed", "verb", c.Verb, "id", c.ID, "error", err)
		return err
	}
	_, err = ask(ctx, e, func(now time.Time) (struct{}, error) { e.handleSettings(now); return struct{}{}, nil })
	return err
}

func (e *Engine) settingChange(c Command) error {
	latest := e.Latest()
	if c.Verb == VerbTrust {
		return e.trust(latest.Facts, c.On)
	}
	s := latest.Service(c.ID)
	switch {
	case s == nil:
		return &vpn.NotFoundError{Query: c.ID.String()}
	case c.Verb == VerbHide:
		return e.hide(s.Configuration, c.On)
	}
	return e.auto(s.Configuration, c.On)
}

func (e *Engine) auto(conf vpn.Configuration, on bool) error {
	if on && conf.OnDemand {
		return fmt.Errorf("turning Auto Connect on for %q: %w", conf.DisplayName(), ErrOnDemand)
	}
	return e.o.Settings.Update(func(v *settings.Settings) error {
		if v.AutoConnect == nil {
			v.AutoConnect = make(map[vpn.ID]bool)
		}
		if on {
			v.AutoConnect[conf.ID] = true
		} else {
			delete(v.AutoConnect, conf.ID)
		}
		return nil
	})
}

func (e *Engine) hide(conf vpn.Configuration, on bool) error {
	id := conf.ID.String()
	return e.o.Settings.Update(func(v *settings.Settings) error {
		if by, ok := hiddenBy(v.Hidden, conf); !on && ok && by != id {
			return fmt.Errorf("%q is hidden by the pattern %q; remove that from the setting \"hidden\"", conf.DisplayName(), by)
		}
		v.Hidden = slices.DeleteFunc(v.Hidden, func(h string) bool { return h == id })
		if on {
			v.Hidden = append(v.Hidden, id)
		}
		return nil
	})
}

// trust adds the current network to the trusted ones, or removes every entry
// that matches it.
func (e *Engine) trust(f facts.Facts, on bool) error {
	here := settings.TrustedNetwork{}
	if f.SSID.Known {
		here.SSID = f.SSID.Value
	}
	if f.GatewayMAC.Known {
		here.GatewayMAC = f.GatewayMAC.Value
	}
	if on && here == (settings.TrustedNetwork{}) {
		return autoconnect.ErrOffNetwork
	}
	return e.o.Settings.Update(func(v *settings.Settings) error {
		v.Trusted = slices.DeleteFunc(v.Trusted, func(t settings.TrustedNetwork) bool { return onNetwork(t, f) })
		if on {
			v.Trusted = append(v.Trusted, here)
		}
		return nil
	})
}

// handleSettings puts changed settings in force, whoever changed them.
func (e *Engine) handleSettings(now time.Time) {
	next := e.o.Settings.Current()
	e.changed = true
	if reflect.DeepEqual(next, e.config) {
		return
	}
	before := e.config
	e.config, e.redraw = next, true
	if !reflect.DeepEqual(before.Policy(), next.Policy()) {
		e.feed(autoconnect.ConfigChanged{Config: next.Policy()}, now)
	}
	for _, s := range e.order {
		e.touch(s)
	}
}
