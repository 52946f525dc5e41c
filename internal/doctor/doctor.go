// Package doctor makes the report that a maintainer asks a person to paste: what
// this system has of what VPNStatus uses, what it sees, and what is wrong.
//
// It promises to work with anything missing, to change nothing, to start nothing
// but what reading the list of VPNs starts, and to end within seconds. The report
// holds names of VPNs, but no passwords and no names of servers.
package doctor

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"vpnstatus/internal/cocoa"
	"vpnstatus/internal/vpn"
)

// Input is what only the caller knows.
type Input struct {
	Version      string // of VPNStatus
	SettingsPath string
	SocketPath   string
}

// Report is everything found. Its JSON form is stable; schema grows when it
// changes.
type Report struct {
	Schema    int        `json:"schema"`
	Version   string     `json:"version"`
	Go        string     `json:"go"`
	Platform  string     `json:"platform"` // such as darwin/arm64
	System    System     `json:"system"`
	Bundle    Bundle     `json:"bundle"`
	Signature Signature  `json:"signature"`
	Daemon    Daemon     `json:"daemon"`
	List      List       `json:"configurations"`
	Location  Answer     `json:"location"`
	Login     Answer     `json:"login"`
	Settings  string     `json:"settings"`
	Socket    string     `json:"socket"`
	Parts     []Presence `json:"parts"`
	Problems  []string   `json:"problems"` // in words; empty: nothing is wrong
}

// Presence is whether the system has one symbol, class or method.
type Presence = cocoa.Presence

// System is the machine.
type System struct {
	Name       string `json:"name,omitempty"` // "macOS"; empty elsewhere
	Version    string `json:"version,omitempty"`
	Build      string `json:"build,omitempty"`
	Model      string `json:"model,omitempty"`
	Translated bool   `json:"translated,omitempty"` // an Intel program on Apple silicon
}

// Bundle is the app this program runs from.
type Bundle struct {
	ID           string `json:"id,omitempty"` // empty: not from an app
	Path         string `json:"path,omitempty"`
	Version      string `json:"version,omitempty"`
	Translocated bool   `json:"translocated,omitempty"` // macOS runs a copy elsewhere, as it does with quarantined apps
}

// Signature is the program's code signature.
type Signature struct {
	Problem      string   `json:"problem,omitempty"` // why nothing is known
	Identifier   string   `json:"identifier,omitempty"`
	Team         string   `json:"team,omitempty"`
	AdHoc        bool     `json:"adHoc,omitempty"`
	Hardened     bool     `json:"hardened,omitempty"`
	Entitlements []string `json:"entitlements,omitempty"` // those that are not false
}

// Daemon is Apple's session manager. That it does not run is normal: it exits
// when idle.
type Daemon struct {
	Problem  string   `json:"problem,omitempty"`
	Running  bool     `json:"running"`
	PID      int      `json:"pid,omitempty"`
	Statuses []string `json:"statuses,omitempty"` // the system's own words for the statuses 0 to 5
	Reasons  []string `json:"reasons,omitempty"`  // and for some stop reasons
}

// List is the configurations that the system told.
type List struct {
	Problem string          `json:"problem,omitempty"`
	Loaded  bool            `json:"loaded"`
	Entries []Configuration `json:"entries,omitempty"`
}

// Configuration is one configuration, without what might be private.
type Configuration struct {
	ID       vpn.ID       `json:"id"`
	Name     string       `json:"name"`
	Protocol vpn.Protocol `json:"protocol,omitempty"`
	App      string       `json:"app,omitempty"` // bundle identifier
	Enabled  bool         `json:"enabled"`
	OnDemand bool         `json:"onDemand,omitempty"`
	Managed  bool         `json:"managed,omitempty"`
	Shown    bool         `json:"shown"`
	Why      string       `json:"why,omitempty"` // why it is not shown
}

// Answer is the state of something in words.
type Answer struct {
	State string `json:"state"`
	Bad   bool   `json:"bad,omitempty"` // something should be done about it
}

// limit bounds each part of the report: the list may take seconds the first
// time, everything else is at hand.
const limit = 10 * time.Second

// Collect looks at everything. It takes some seconds at most, less when ctx ends.
func Collect(ctx context.Context, in Input) Report {
	r := Report{
		Schema:   1,
		Version:  in.Version,
		Go:       runtime.Version(),
		Platform: runtime.GOOS + "/" + runtime.GOARCH,
		Settings: in.SettingsPath,
		Socket:   in.SocketPath,
	}
	look(ctx, &r)
	r.Problems = problems(r)
	return r
}

// Failed reports whether something is wrong.
func (r Report) Failed() bool { return len(r.Problems) > 0 }

// within calls f and waits for it, but not longer than limit or ctx. A panic in
// it is an error: one part of the report must not cost the others.
func within[T any](ctx context.Context, what string, f func() T) (value T, err error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		r := result{err: fmt.Errorf("%s: looking at it failed", what)}
		defer func() { done <- r }()
		defer cocoa.Guard(what)
		r = result{value: f()}
	}()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		return value, fmt.Errorf("%s: no answer from the system", what)
	}
}

// forbidden are entitlements with which a build does not work
// (docs/internals.md, sections 3 and 5).
var forbidden = map[string]string{
	"com.apple.security.app-sandbox":                  "in the App Sandbox macOS ignores connecting and disconnecting without a word",
	"com.apple.developer.networking.vpn.api":          "macOS then lists only the app's own VPNs",
	"com.apple.developer.networking.networkextension": "macOS then lists only the app's own VPNs",
	"com.apple.private.neconfiguration-write-access":  "macOS ends programs that claim it",
}

// problems says in words what is wrong.
func problems(r Report) []string {
	out := []string{}
	if r.System.Name == "" {
		return append(out, "this is not macOS: there are no VPN services to manage, and VPNStatus runs on its simulator")
	}
	missing := map[string][]string{}
	for _, p := range r.Parts {
		if !p.Present && !p.Optional {
			missing[p.For] = append(missing[p.For], p.Name)
		}
	}
	for _, feature := range sortedKeys(missing) {
		out = append(out, fmt.Sprintf("%s: this system lacks %s", feature, strings.Join(missing[feature], ", ")))
	}
	for _, p := range []string{r.Daemon.Problem, r.List.Problem} {
		if p != "" {
			out = append(out, p)
		}
	}
	for _, e := range r.Signature.Entitlements {
		if why := forbidden[e]; why != "" {
			out = append(out, fmt.Sprintf("the app is signed with the entitlement %s: %s", e, why))
		}
	}
	if r.Bundle.Translocated {
		out = append(out, "macOS runs a copy of the app from another place, because it was downloaded: move it to the Applications folder with the Finder, and open it again")
	}
	if r.Location.Bad {
		out = append(out, "location: "+r.Location.State)
	}
	if r.Login.Bad {
		out = append(out, "login item: "+r.Login.State)
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// The numbers of the frameworks in words (docs/internals.md, sections 9 and 10).

func locationAnswer(status int) Answer {
	switch status {
	case 0:
		return Answer{State: "not asked yet: the name of the Wi-Fi is not known"}
	case 1:
		return Answer{State: "restricted on this Mac: the name of the Wi-Fi is not known", Bad: true}
	case 2:
		return Answer{State: "denied: the name of the Wi-Fi is not known", Bad: true}
	case 3, 4:
		return Answer{State: "allowed"}
	}
	return Answer{State: fmt.Sprintf("unknown state %d", status)}
}

func loginAnswer(status int) Answer {
	switch status {
	case 0, 3: // an app that never asked reads as "not found"
		return Answer{State: "off"}
	case 1:
		return Answer{State: "on"}
	case 2:
		return Answer{State: "waits for approval in System Settings > General > Login Items", Bad: true}
	}
	return Answer{State: fmt.Sprintf("unknown state %d", status)}
}

// Flags of a code signature, from the public header CSCommon.h.
const (
	signedAdHoc    = 0x2
	signedHardened = 0x10000
)

func (s *Signature) setFlags(flags int64) {
	s.AdHoc, s.Hardened = flags&signedAdHoc != 0, flags&signedHardened != 0
}
