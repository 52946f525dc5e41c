package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"vpnstatus/internal/doctor"
	"vpnstatus/internal/macos"
	"vpnstatus/internal/menubar/appkit"
)

// checkSystem tells what of macOS is there and what is wrong with it.
func (r *Report) checkSystem(ctx context.Context, c Config) {
	r.add("build", appkit.CheckBuild(debug.ReadBuildInfo()), "compiled so that the menu bar is safe")
	d := systemReport(ctx, c)
	r.note("system", fmt.Sprintf("%s %s (%s) %s", d.System.Name, d.System.Version, d.System.Build, d.System.Model))
	r.note("signature", d.Signature.String())
	r.note("daemon", d.Daemon.String())
	shown := 0
	for _, e := range d.List.Entries {
		if e.Shown {
			shown++
		} else {
			r.note("not shown", fmt.Sprintf("%q: %s", e.Name, e.Why))
		}
	}
	if d.List.Loaded {
		r.note("configurations", fmt.Sprintf("%d, of which %d are VPNs", len(d.List.Entries), shown))
	}
	r.note("login", d.Login.State)
	if file, ok := macos.LoginAgent(); ok {
		r.note("login", "on, by the launch agent "+file)
	}
	r.note("location", d.Location.State)
	for _, p := range d.Parts {
		if !p.Present {
			r.note("absent", p.String()+", for: "+p.For)
		}
	}
	for _, p := range d.Problems {
		r.add("problem", errors.New(p), "")
	}
}

func systemReport(ctx context.Context, c Config) doctor.Report {
	settingsPath, _ := c.SettingsPath() // what is wrong with them is told by other checks
	socketPath, _ := c.SocketPath()
	return doctor.Collect(ctx, doctor.Input{Version: c.Version, SettingsPath: settingsPath, SocketPath: socketPath})
}

// writeSystemReport writes the whole report on the system as text.
func writeSystemReport(ctx context.Context, c Config, out io.Writer) error {
	return systemReport(ctx, c).WriteText(out)
}
