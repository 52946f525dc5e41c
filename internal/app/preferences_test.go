package app

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/menubar/preferences"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

func openStore(t *testing.T, c Config) *settings.Store {
	t.Helper()
	path, err := c.SettingsPath()
	if err != nil {
		t.Fatal(err)
	}
	store, err := settings.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

func TestSettingsScreenChangesARunningApp(t *testing.T) {
	c := quiet(t)
	s, _ := launch(t, c)
	client, err := c.dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	store := openStore(t, c)
	d := remoteDesk(c, client, store)
	changed, stop := store.Subscribe()
	defer stop()

	set := preferences.Change{Edit: preferences.Edit{Op: preferences.OpSet, Key: "retryDelayMax"}, Value: "5m"}
	if now, err := d.apply(t.Context(), set); err != nil || now.RetryDelayMax != 300 {
		t.Fatalf("%d, %v", now.RetryDelayMax, err)
	}
	for store.Current().RetryDelayMax != 300 {
		select {
		case <-changed:
		case <-time.After(patience):
			t.Fatal("the change did not reach the file")
		}
	}
	set.Value = "3"
	var k *settings.KeyError
	if _, err := d.apply(t.Context(), set); !errors.As(err, &k) || k.Key != "retryDelayMax" {
		t.Errorf("error %v", err)
	}
	snapshot, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if x, err := d.explain(t.Context(), snapshot.Services[0].ID); err != nil || len(x.Rules) != 0 {
		t.Errorf("%+v, %v", x, err)
	}
	if env := d.env(); !strings.HasSuffix(env.SettingsFile, settings.FileName) || env.LogFile == "" || env.HooksDir == "" {
		t.Errorf("paths %+v", env)
	}
}

func TestImportIsOfferedAndTakenOverOnce(t *testing.T) {
	c := quiet(t)
	home := t.TempDir()
	t.Setenv("HOME", home)
	if i := findImport(); i != nil {
		t.Error("something is found where there is nothing")
	}
	dir := filepath.Join(home, "Library", "Preferences")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	const list = `<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict><key>AlwaysConnectedRetryDelay</key><integer>90</integer></dict></plist>`
	if err := os.WriteFile(filepath.Join(dir, settings.TimacDomain+".plist"), []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	store := openStore(t, c)
	d := localDesk(c, engine.New(engine.Options{Backend: absent{nil, make(chan struct{})}, Facts: noFacts{make(chan struct{})}, Settings: store}), store)
	if env := d.env(); env.Import == nil || len(env.Import.Taken) == 0 {
		t.Fatal("nothing is offered")
	}
	if err := d.takeOver(t.Context()); err != nil || store.Current().RetryDelayMax != 90 {
		t.Errorf("%d, %v", store.Current().RetryDelayMax, err)
	}
	set := preferences.Change{Edit: preferences.Edit{Op: preferences.OpMute, Key: "mutedServices", Service: vpn.ID{1}}, Value: preferences.Off}
	if now, err := d.apply(t.Context(), set); err != nil || len(now.MutedServices) != 1 {
		t.Errorf("%v, %v", now.MutedServices, err)
	}
}

func TestPathsAreShortenedBelowHome(t *testing.T) {
	t.Setenv("HOME", "/home/ada")
	for path, want := range map[string]string{"/home/ada/x/y": "~/x/y", "/home/adam/x": "/home/adam/x", "/home/ada": "/home/ada"} {
		if got := tilde(path); got != want {
			t.Errorf("%s became %s", path, got)
		}
	}
}
