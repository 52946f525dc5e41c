package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"vpnstatus/internal/settings"
)

// ErrNothingToImport means that the user has no settings of Timac's VPNStatus.
var ErrNothingToImport = errors.New("there is nothing to import: no settings of " + settings.TimacDomain + " are here")

// TimacImport reads the user's settings of Timac's VPNStatus. The error may be
// ErrNothingToImport.
func TimacImport() (settings.Import, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return settings.Import{}, fmt.Errorf("importing settings: %w", err)
	}
	return timacImport(timacValues, filepath.Join(home, "Library", "Preferences", settings.TimacDomain+".plist"))
}

// timacImport reads the preferences that values returns or, where the system
// can't be asked, the property list in the file.
func timacImport(values func() (map[string]any, error), file string) (settings.Import, error) {
	found, err := values()
	if err != nil {
		return timacFile(file)
	}
	if len(found) == 0 {
		return settings.Import{}, ErrNothingToImport
	}
	return settings.ImportTimacValues(found)
}

func timacFile(name string) (settings.Import, error) {
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

// findImport returns the user's settings of Timac's VPNStatus; nil if there are
// none.
func findImport() *settings.Import { return offered(TimacImport()) }

// offered returns the import if it contains anything to offer, else nil.
func offered(i settings.Import, err error) *settings.Import {
	if err != nil || len(i.Taken) == 0 {
		return nil
	}
	return &i
}

const (
	// offerKey is the key of the problem that offers the import.
	offerKey  = "import.offer"
	offerText = "the settings of the older VPNStatus by Timac can be imported: Settings, Advanced, or: vpnstatus settings import"
	// offerFile marks that the import was offered.
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

// untouched reports whether the settings are the defaults.
func untouched(s settings.Settings) bool {
	is, err := json.Marshal(s)
	was, err2 := json.Marshal(settings.Default())
	return err == nil && err2 == nil && bytes.Equal(is, was)
}
