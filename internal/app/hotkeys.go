package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/hotkey"
	"vpnstatus/internal/notify"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

// keyID tells the hot keys apart.
type keyID uint32

// The hot keys.
const (
	keyToggle keyID = iota + 1
	keyPause
)

// keyboard registers global hot keys. Its methods return soon.
type keyboard interface {
	// set has the combination call pressed with the ID from now on; the zero
	// combination ends it.
	set(id keyID, c hotkey.Combination)
}

// hotKeys does what the global hot keys stand for, as the settings say.
type hotKeys struct {
	engine   *engine.Engine
	settings *settings.Store
	keyboard keyboard
	log      *slog.Logger

	mu   sync.Mutex
	last vpn.ID // the service that the person connected or disconnected last
}

// startHotKeys has the hot keys work where there are any, until end is called.
func (a *application) startHotKeys() (end func()) {
	h := &hotKeys{engine: a.engine, settings: a.settings, log: a.log}
	h.keyboard = newKeyboard(a.log, func(id keyID) {
		ctx, cancel := context.WithTimeout(context.Background(), tellTime)
		defer cancel()
		if err := h.pressed(ctx, id); err != nil {
			a.log.Warn("a hot key did nothing", "error", err)
			// Nobody looks at a menu now.
			if err := a.poster.Post(notify.Notification{ID: "hot-key", Title: "The hot key did nothing", Body: err.Error(), At: time.Now()}); err != nil {
				a.log.Debug("that could not be told", "error", err)
			}
		}
	})
	if h.keyboard == nil {
		return func() {}
	}
	return start(h.run)
}

// run follows settings and events until ctx ends. It is called once.
func (h *hotKeys) run(ctx context.Context) {
	changed, stop := h.settings.Subscribe()
	defer stop()
	sub := h.engine.Subscribe(followBuffer)
	defer func() { sub.Close() }()
	inForce := map[keyID]hotkey.Combination{}
	defer func() {
		for id := range inForce {
			h.keyboard.set(id, hotkey.Combination{})
		}
	}()
	for {
		s := h.settings.Current()
		// All that change are taken back first: two may have changed places.
		wanted := map[keyID]hotkey.Combination{}
		for id, text := range map[keyID]string{keyToggle: s.HotKeyToggle, keyPause: s.HotKeyPause} {
			c, err := hotkey.Parse(text)
			if err == nil && !c.IsZero() { // the settings refuse errors
				wanted[id] = c
			}
		}
		for id, c := range inForce {
			if wanted[id] != c {
				h.keyboard.set(id, hotkey.Combination{})
				delete(inForce, id)
			}
		}
		for _, id := range []keyID{keyToggle, keyPause} {
			if c, ok := wanted[id]; ok && inForce[id] != c {
				h.keyboard.set(id, c)
				inForce[id] = c
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		case u, ok := <-sub.C():
			if !ok {
				if !errors.Is(sub.Err(), engine.ErrSlow) {
					return
				}
				sub = h.engine.Subscribe(followBuffer)
				continue
			}
			h.note(u.Events)
		}
	}
}

// note remembers which service the person used.
func (h *hotKeys) note(events []engine.Event) {
	for _, e := range events {
		if e.Kind == engine.EventStatus && e.ByUser {
			h.mu.Lock()
			h.last = e.ID
			h.mu.Unlock()
		}
	}
}

// pressed does what a hot key stands for.
func (h *hotKeys) pressed(ctx context.Context, id keyID) error {
	s := h.engine.Latest()
	var c engine.Command
	switch id {
	case keyToggle:
		h.mu.Lock()
		last := h.last
		h.mu.Unlock()
		v, err := lastUsed(s, last)
		if err != nil {
			return err
		}
		c = engine.Command{Verb: engine.VerbToggle, ID: v.ID}
	case keyPause:
		c = engine.Command{Verb: engine.VerbPause, Until: autoconnect.Forever}
		if !s.Pause.IsZero() {
			c = engine.Command{Verb: engine.VerbResume}
		}
	default:
		return fmt.Errorf("there is no hot key %d", id)
	}
	c.Origin = "hot key"
	return h.engine.Do(ctx, c)
}

// errNoneUsed tells that there is no telling which service a hot key means.
var errNoneUsed = errors.New("no VPN has been connected or disconnected by you since VPNStatus started; do that once in the menu, then the hot key knows which one is meant")

// lastUsed is the service that a hot key means: the one used last; before any
// was, the only one that is up, or the only one there is.
func lastUsed(s *engine.Snapshot, last vpn.ID) (*engine.Service, error) {
	if v := s.Service(last); v != nil {
		return v, nil
	}
	only := func(fits func(*engine.Service) bool) *engine.Service {
		i := slices.IndexFunc(s.Services, fits)
		if i < 0 || slices.ContainsFunc(s.Services[i+1:], fits) {
			return nil
		}
		return s.Services[i]
	}
	if v := only(func(v *engine.Service) bool { return v.Status.Up() }); v != nil {
		return v, nil
	}
	if v := only(func(v *engine.Service) bool { return !v.Hidden }); v != nil {
		return v, nil
	}
	return nil, errNoneUsed
}
