package app

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/hotkey"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

func TestHotKeyMeansTheServiceUsedLast(t *testing.T) {
	service := func(n byte, status vpn.Status, hidden bool) *engine.Service {
		return &engine.Service{Configuration: vpn.Configuration{ID: vpn.ID{n}}, Status: status, Hidden: hidden}
	}
	const down, up = vpn.Disconnected, vpn.Connected
	for name, test := range map[string]struct {
		services []*engine.Service
		last     vpn.ID
		want     vpn.ID // zero: an error
	}{
		"the one used last":               {[]*engine.Service{service(1, up, false), service(2, down, true)}, vpn.ID{2}, vpn.ID{2}},
		"none used, one is up":            {[]*engine.Service{service(1, down, false), service(2, up, true)}, vpn.ID{}, vpn.ID{2}},
		"none used, two are up":           {[]*engine.Service{service(1, up, false), service(2, up, false)}, vpn.ID{}, vpn.ID{}},
		"none used, only one that shows":  {[]*engine.Service{service(1, down, true), service(2, down, false)}, vpn.ID{}, vpn.ID{2}},
		"the one used last is gone":       {[]*engine.Service{service(1, down, false), service(2, down, false)}, vpn.ID{3}, vpn.ID{}},
		"no services":                     {nil, vpn.ID{}, vpn.ID{}},
		"none used, several, all down":    {[]*engine.Service{service(1, down, false), service(2, down, false)}, vpn.ID{}, vpn.ID{}},
		"gone, but there is only another": {[]*engine.Service{service(1, down, false)}, vpn.ID{3}, vpn.ID{1}},
	} {
		v, err := lastUsed(&engine.Snapshot{Services: test.services}, test.last)
		if test.want == (vpn.ID{}) {
			if !errors.Is(err, errNoneUsed) {
				t.Errorf("%s: %+v, %v", name, v, err)
			}
			continue
		}
		if err != nil || v.ID != test.want {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
	}
}

// keys is a keyboard that remembers what is registered.
type keys struct {
	mu   sync.Mutex
	held map[keyID]string
	did  []string
	c    chan struct{}
}

func (k *keys) set(id keyID, c hotkey.Combination) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.did = append(k.did, c.String())
	k.held[id] = c.String()
	select {
	case k.c <- struct{}{}:
	default:
	}
}

// await waits until the combinations are registered.
func (k *keys) await(t *testing.T, toggle, pause string) {
	t.Helper()
	for end := time.After(patience); ; {
		k.mu.Lock()
		done := k.held[keyToggle] == toggle && k.held[keyPause] == pause
		k.mu.Unlock()
		if done {
			return
		}
		select {
		case <-k.c:
		case <-end:
			t.Fatalf("registered %v", k.did)
		}
	}
}

func TestHotKeysFollowTheSettings(t *testing.T) {
	c := quiet(t)
	a, err := newApplication(c, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	k := &keys{held: map[keyID]string{}, c: make(chan struct{}, 1)}
	h := &hotKeys{engine: a.engine, settings: a.settings, keyboard: k, log: slog.New(slog.DiscardHandler)}
	endEngine := start(func(ctx context.Context) { _ = a.engine.Run(ctx) }) // it ends because it is told to
	endKeys := start(h.run)
	set := func(toggle, pause string) {
		t.Helper()
		if err := a.settings.Update(func(s *settings.Settings) { s.HotKeyToggle, s.HotKeyPause = toggle, pause }); err != nil {
			t.Fatal(err)
		}
		k.await(t, toggle, pause)
	}
	set("cmd+f1", "cmd+f2")
	k.did = nil
	set("cmd+f2", "cmd+f1")
	if want := []string{"", "", "cmd+f2", "cmd+f1"}; !slices.Equal(k.did, want) {
		t.Errorf("registered %q in turn, want %q", k.did, want)
	}
	set("", "f5")

	for _, want := range []autoconnect.Until{autoconnect.Forever, {}} {
		if err := h.pressed(t.Context(), keyPause); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(patience); !a.engine.Latest().Pause.Equal(want); time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("the pause is %+v, want %+v", a.engine.Latest().Pause, want)
			}
		}
	}
	endKeys()
	k.await(t, "", "")
	endEngine()
	if err := a.close(); err != nil {
		t.Error(err)
	}
}
