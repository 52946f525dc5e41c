package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"vpnstatus/internal/control"
)

// Report is what `vpnstatus doctor` tells.
type Report struct {
	Schema   int     `json:"schema"` // 1
	Version  string  `json:"version"`
	Platform string  `json:"platform"`
	Checks   []Check `json:"checks"`
}

// Check is the result of one check.
type Check struct {
	Name   string `json:"name"`
	Result Result `json:"result"`
	Text   string `json:"text"`
}

// Result is how a check went.
type Result string

// Results of checks.
const (
	ResultOK   Result = "ok"
	ResultNote Result = "note" // worth knowing, nothing is wrong
	ResultBad  Result = "bad"
)

// Failed reports whether a check went badly.
func (r Report) Failed() bool {
	for _, c := range r.Checks {
		if c.Result == ResultBad {
			return true
		}
	}
	return false
}

func (r *Report) add(name string, err error, ok string) {
	if err != nil {
		r.Checks = append(r.Checks, Check{name, ResultBad, err.Error()})
		return
	}
	r.Checks = append(r.Checks, Check{name, ResultOK, ok})
}

func (r *Report) note(name, text string) {
	r.Checks = append(r.Checks, Check{name, ResultNote, text})
}

// Doctor checks what the app needs. It changes nothing.
func Doctor(ctx context.Context, c Config) Report {
	r := Report{Schema: 1, Version: c.Version, Platform: runtime.GOOS + "/" + runtime.GOARCH}
	dir, err := c.Dir()
	if err == nil {
		err = writable(dir)
	}
	r.add("folder", err, dir)
	r.checkSettings(c)
	r.checkApp(ctx, c)
	r.checkSystem(ctx, c)
	return r
}

func (r *Report) checkSettings(c Config) {
	_, err := readSettings(c)
	path, _ := c.SettingsPath() // its error is err as well
	r.add("settings", err, path)
}

// doctorTime is how long the app may take to tell how it is.
const doctorTime = 5 * time.Second

func (r *Report) checkApp(ctx context.Context, c Config) {
	client, err := c.dial(ctx)
	if errors.Is(err, control.ErrNotRunning) {
		r.note("app", "not running")
		return
	}
	if err != nil {
		r.add("app", err, "")
		return
	}
	defer client.Close()
	v := client.Version()
	r.add("app", nil, fmt.Sprintf("running, version %s, process %d", v.Version, v.PID))
	if v.Version != c.Version {
		r.note("app", fmt.Sprintf("this command is version %s; restart the app to have both the same", c.Version))
	}
	ctx, cancel := context.WithTimeout(ctx, doctorTime)
	defer cancel()
	s, err := client.Snapshot(ctx)
	if err != nil {
		r.add("app", err, "")
		return
	}
	for _, p := range s.Problems {
		r.add(p.Key, errors.New(p.Text), "")
	}
	known := 0
	for _, v := range s.Services {
		if v.Known {
			known++
		}
	}
	r.add("services", nil, fmt.Sprintf("%d, of which the status of %d is known", len(s.Services), known))
	r.checkFacts(s.Facts, time.Now())
}

// writable checks the folder, or the nearest one above it that exists.
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
