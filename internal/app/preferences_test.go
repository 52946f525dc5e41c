package app

import (
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
	return store
}

func TestImportIsOfferedAndTakenOverOnce(t *testing.T) {
	c := quiet(t)
	// The system's preferences are the same whatever HOME says.
	library := map[string]any{}
	find := func() *settings.Import {
		return offered(timacImport(func() (map[string]any, error) { return library, nil }, filepath.Join(t.TempDir(), "no such file")))
	}
	if i := find(); i != nil {
		t.Error("something is found where there is nothing")
	}
	library["AlwaysConnectedRetryDelay"] = int64(90)
	store := openStore(t, c)
	d := newSettingsClient(c, engine.New(engine.Options{Backend: absent{nil, make(chan struct{})}, Facts: noFacts{make(chan struct{})}, Settings: store}), store)
	d.found = find
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
