package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"vpnstatus/internal/control"
	"vpnstatus/internal/doctor"
)

// Doctor checks what the app needs. It changes nothing. The checks of the system
// come from the running app if it answers: the Location right and the login item
// belong to the app, not to a command in a terminal.
func Doctor(ctx context.Context, c Config) doctor.Report {
	client, err := c.Dial(ctx)
	switch {
	case errors.Is(err, control.ErrNotRunning):
		return c.diagnose(ctx, doctor.OK("app", "not running"))
	case err != nil:
		return c.diagnose(ctx, doctor.Bad("app", "%v", err))
	}
	defer client.Close()
	r, err := client.Doctor(ctx)
	if err != nil {
		return c.diagnose(ctx, doctor.Bad("app", "%v", err))
	}
	v := client.Version()
	running := []doctor.Check{doctor.OK("app", "running, version %s, process %d", v.Version, v.PID)}
	if v.Version != c.Version {
		running = append(running, doctor.OK("app", "this command is version %s; restart the app to have the same version of both", c.Version))
	}
	running = append(running, doctor.Command()...)
	return doctor.New(c.Version, append(running, r.Checks...)...)
}

// diagnose checks files and system, after the checks given.
func (c Config) diagnose(ctx context.Context, checks ...doctor.Check) doctor.Report {
	dir, err := c.Dir()
	if err == nil {
		err = writable(dir)
	}
	checks = append(checks, doctor.Result("folder", err, dir))
	if !slices.ContainsFunc(checks, func(k doctor.Check) bool { return strings.HasPrefix(k.Name, "settings") }) { // else the app has said it
		_, err = readSettings(c)
		path, _ := c.SettingsPath() // its error is err as well
		checks = append(checks, doctor.Result("settings", err, path))
	}
	socket, err := c.SocketPath()
	checks = append(checks, doctor.Result("socket", err, socket))
	if hasSystem {
		checks = append(checks, doctor.Result("build", checkBuild(), "compiled so that the menu bar is safe"))
	}
	return doctor.New(c.Version, append(checks, doctor.System(ctx)...)...)
}

// diagnose returns the report of the running app.
func (a *application) diagnose(ctx context.Context) doctor.Report {
	return a.config.diagnose(ctx, doctor.State(a.engine.Latest(), time.Now())...)
}

// writable checks that the folder, or its nearest existing parent, is
// writable.
func writable(dir string) error {
	info, err := os.Stat(dir)
	if errors.Is(err, os.ErrNotExist) && filepath.Dir(dir) != dir {
		return writable(filepath.Dir(dir))
	}
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a directory", dir)
	}
	f, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}
