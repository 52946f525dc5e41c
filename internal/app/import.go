package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/settings"
)

// ErrNothingToImport tells that this person has no settings of Timac's VPNStatus.
var ErrNothingToImport = errors.New("there is nothing to import: no settings of " + settings.TimacDomain + " are here")

// TimacImport reads the settings of Timac's VPNStatus that this person has. The
// error may be ErrNothingToImport.
func TimacImport() (settings.Import, error) {
	values, err := timacValues()
	if err != nil {
		// What the system doesn't tell may still lie where it keeps it.
		return timacFile()
	}
	if len(values) == 0 {
		return settings.Import{}, ErrNothingToImport
	}
	return settings.ImportTimacValues(values)
}

// timacFile reads the property list in the person's Library.
func timacFile() (settings.Import, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return settings.Import{}, fmt.Errorf("importing settings: %w", err)
	}
	name := filepath.Join(home, "Library", "Preferences", settings.TimacDomain+".plist")
	data, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		return settings.Import{}, ErrNothingToImport
	}
	if err != nil {
		return settings.Import{}, fmt.Errorf("importing settings: %w", err)
	}
	i, err := settings.ImportTimac(data)
	if err != nil {
		return settings.Import{}, fmt.Errorf("%s: %w", name, err)
	}
	return i, nil
}

// findImport reads the settings of Timac's VPNStatus; nil when there are none.
func findImport() *settings.Import {
	i, err := TimacImport()
	if err != nil || len(i.Taken) == 0 {
		return nil
	}
	return &i
}

const (
	// offerKey is the problem that offers the import.
	offerKey  = "import.offer"
	offerText = "the settings of the older VPNStatus by Timac can be taken over: Settings, Advanced, or: vpnstatus settings import"
	// offerFile says that it was offered.
	offerFile = "import-offered"
)

// firstStart reports whether the app starts for the first time in a folder, in
// which it leaves a mark, and was not set up by the command line before.
func firstStart(settingsFile string) bool {
	if _, err := os.Stat(settingsFile); !errors.Is(err, os.ErrNotExist) {
		return false
	}
	mark, err := os.OpenFile(filepath.Join(filepath.Dir(settingsFile), offerFile), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return false // it was offered before, or could not be remembered as such
	}
	return mark.Close() == nil
}

// offer returns the offer to import as a problem. It ends when something is set:
// who does that has read it.
func (a *application) offer() []engine.Problem {
	if !a.offered.Load() {
		return nil
	}
	return []engine.Problem{{Key: offerKey, Text: offerText}}
}

// untouched reports whether settings are the defaults, but for what the program
// keeps there itself.
func untouched(s settings.Settings) bool {
	d := settings.Default()
	s.State = d.State
	is, err := json.Marshal(s)
	was, err2 := json.Marshal(d)
	return err == nil && err2 == nil && bytes.Equal(is, was)
}
