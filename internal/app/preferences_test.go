package app

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

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

// timac puts a property list in the place of the settings of Timac's VPNStatus, in
// a home of its own, and returns its name.
func timac(t *testing.T, list string) string {
	t.Helper()
	home := t.TempDir()
	t.Setenv("HOME", home)
	folder := filepath.Join(home, "Library", "Preferences")
	file := filepath.Join(folder, settings.TimacDomain+".plist")
	if err := errors.Join(os.MkdirAll(folder, 0o700), os.WriteFile(file, []byte(list), 0o600)); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestSettingsOfTimacAreFoundInTheHome(t *testing.T) {
	timac(t, "<plist><dict><key>IgnoredSSIDs</key><string>Home</string></dict></plist>")
	if i := findImport(); i == nil || len(i.Taken) != 1 || !strings.Contains(i.Taken[0], `"Home"`) {
		t.Errorf("found %+v", i)
	}
	for name, change := range map[string]func(file string) error{
		"a broken one": func(string) error { return nil },
		"a folder":     func(file string) error { return errors.Join(os.Remove(file), os.Mkdir(file, 0o700)) },
	} {
		file := timac(t, "nonsense")
		if err := change(file); err != nil {
			t.Fatal(err)
		}
		if _, err := TimacImport(); err == nil || !strings.Contains(err.Error(), file) || findImport() != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := os.Remove(timac(t, "")); err != nil {
		t.Fatal(err)
	}
	if _, err := TimacImport(); !errors.Is(err, ErrNothingToImport) || findImport() != nil {
		t.Errorf("without a file: %v", err)
	}
}

func TestImportIsTakenOver(t *testing.T) {
	c := quiet(t)
	timac(t, "<plist><dict><key>AlwaysConnectedRetryDelay</key><integer>90</integer></dict></plist>")
	store := openStore(t, c)
	d := settingsClient{config: c, store: store, found: findImport}
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
