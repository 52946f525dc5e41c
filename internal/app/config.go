package app

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"vpnstatus/internal/settings"
)

// DefaultScenario as Config.Demo selects the built-in scenario.
const DefaultScenario = "default"

// Config is the configuration of the app from the command line. The zero value
// runs the app as a user starts it.
type Config struct {
	Version  string
	Demo     string  // use the simulator: DefaultScenario or the path of a scenario file; empty: the system, where there is one
	Speed    float64 // factor for the simulator's time; 0 means 1
	Headless bool    // no screen
	AtLogin  bool    // started by the system at log-in: a second instance does not show the first one
	Terminal bool    // the menu in the terminal, also where there is a menu bar
	Verbose  bool    // log in detail

	Err io.Writer // when headless, warnings and errors of the log go here too; may be nil
}

// Simulated reports whether the simulator stands in for the system.
func (c Config) Simulated() bool { return c.Demo != "" || !hasSystem }

// Dir returns the directory of settings and log. It need not exist.
func (c Config) Dir() (string, error) {
	dir, err := settings.DefaultDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, c.sub()), nil
}

// sub returns the folder of a demonstration, which must not use the settings and
// the socket of the real app; "" if this is none.
func (c Config) sub() string {
	if hasSystem && c.Demo != "" && os.Getenv(settings.HomeVariable) == "" {
		return "demo"
	}
	return ""
}

// SettingsPath returns the name of the settings file.
func (c Config) SettingsPath() (string, error) { return c.in(settings.FileName) }

// LogPath returns the name of the log file.
func (c Config) LogPath() (string, error) { return c.in("vpnstatus.log") }

func (c Config) in(name string) (string, error) {
	dir, err := c.Dir()
	return filepath.Join(dir, name), err
}

// SocketPath returns where the running app listens.
func (c Config) SocketPath() (string, error) { return settings.SocketPath(c.sub()) }

// check returns an error if the configuration is invalid. It is called before
// anything is started.
func (c Config) check() error {
	if !(c.Speed >= 0 && c.Speed <= MaxSpeed) { // also refuses NaN
		return fmt.Errorf("speed %g is out of range: above 0, up to %d", c.Speed, MaxSpeed)
	}
	return nil
}

// MaxSpeed is the largest Speed. Beyond it the simulator's timers come due
// faster than they can be handled.
const MaxSpeed = 1000
