package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/settings"
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
	d := newDesk(c, engine.New(engine.Options{Backend: absent{nil, make(chan struct{})}, Facts: noFacts{make(chan struct{})}, Settings: store}), store)
	env := d.env()
	if env.Import == nil || len(env.Import.Taken) == 0 {
		t.Fatal("nothing is offered")
	}
	if !strings.HasSuffix(env.SettingsFile, settings.FileName) || env.LogFile == "" || env.HooksDir == "" {
		t.Errorf("paths %+v", env)
	}
	if err := d.takeOver(); err != nil || store.Current().RetryDelayMax != 90 {
		t.Errorf("%d, %v", store.Current().RetryDelayMax, err)
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
