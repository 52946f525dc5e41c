// Package doctor makes the report that a user attaches to a bug report: a list
// of checks of what VPNStatus needs and sees.
//
// It works whatever is missing, changes nothing, starts nothing except what
// reading the list of VPNs starts, and ends within seconds. The report holds
// names of VPNs, but no passwords, names of servers, networks or addresses.
package doctor

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"time"

	"vpnstatus/internal/cocoa"
)

// Report is the result of all checks, with the program and system that made it.
// Its JSON form is stable: fields may be added, and Schema grows when they
// change.
type Report struct {
	Schema   int     `json:"schema"` // 1
	Version  string  `json:"version"`
	Go       string  `json:"go"`
	Platform string  `json:"platform"` // such as darwin/arm64
	Checks   []Check `json:"checks"`
}

// Check is the result of one check. Several may have the same name.
type Check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"` // false if something should be done about it
	Detail string `json:"detail"`
}

// New returns a report of this program with the checks.
func New(version string, checks ...Check) Report {
	return Report{Schema: 1, Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Checks: checks}
}

// OK returns a check that found nothing wrong.
func OK(name, format string, args ...any) Check {
	return Check{Name: name, OK: true, Detail: fmt.Sprintf(format, args...)}
}

// Bad returns a check that found something wrong.
func Bad(name, format string, args ...any) Check {
	return Check{Name: name, Detail: fmt.Sprintf(format, args...)}
}

// Result returns a check that is bad if err is not nil, with err as its detail.
func Result(name string, err error, detail string) Check {
	if err != nil {
		return Bad(name, "%v", err)
	}
	return OK(name, "%s", detail)
}

// Failed reports whether something is wrong.
func (r Report) Failed() bool { return r.failures() > 0 }

func (r Report) failures() int {
	n := 0
	for _, c := range r.Checks {
		if !c.OK {
			n++
		}
	}
	return n
}

// WriteText writes the report as text, a line for each check.
func (r Report) WriteText(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "VPNStatus %s, %s, %s\n", r.Version, r.Go, r.Platform)
	for _, c := range r.Checks {
		mark := "ok "
		if !c.OK {
			mark = "BAD"
		}
		fmt.Fprintf(out, "%s  %-15s  %s\n", mark, c.Name, short(c.Detail))
	}
	switch n := r.failures(); n {
	case 0:
		fmt.Fprintln(out, "Nothing is wrong.")
	case 1:
		fmt.Fprintln(out, "1 problem.")
	default:
		fmt.Fprintf(out, "%d problems.\n", n)
	}
	return out.Flush()
}

// maxDetail bounds one line of text; the JSON form is not shortened.
const maxDetail = 400

func short(s string) string {
	if r := []rune(s); len(r) > maxDetail {
		return string(r[:maxDetail]) + "…"
	}
	return s
}

// limit bounds each part of the report: the list may take seconds the first
// time, everything else is immediate.
const limit = 10 * time.Second

// within returns the checks of f, or a failed one if f takes longer than limit or
// ctx, or panics: one failing part must not prevent the others.
func within(ctx context.Context, name string, f func(context.Context) []Check) []Check {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	done := make(chan []Check, 1)
	go func() {
		checks := []Check{Bad(name, "the check itself failed")}
		defer func() { done <- checks }()
		defer cocoa.Guard(name)
		checks = f(ctx)
	}()
	select {
	case checks := <-done:
		return checks
	case <-ctx.Done():
		return []Check{Bad(name, "no answer from the system")}
	}
}

func listed(names []string) string { return strings.Join(names, ", ") }
