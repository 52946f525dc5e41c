package app

import (
	"context"
	"slices"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/cocoa"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/facts"
	"vpnstatus/internal/settings"
)

// attend looks after what concerns the system besides its VPNs, until ctx ends:
// it reports what the system lacks or does not answer, has the Location right
// asked for once when a rule needs it, and offers the import at the first start.
func (a *application) attend(ctx context.Context) {
	if a.config.Simulated() {
		return
	}
	w := wants{lacks: systemLacks, exhausted: cocoa.Exhausted, exhaustedChanged: cocoa.ExhaustedChanged(), found: func() bool { return findImport() != nil }, askLocation: a.askLocation}
	if a.config.Headless {
		w.askLocation = nil // nobody would see the question
	}
	a.attendTo(ctx, w)
}

// wants is what attend needs of the system.
type wants struct {
	lacks            func() []error // parts of the system that are missing
	found            func() bool    // there is something to import
	askLocation      func() bool    // nil: never
	exhausted        func() bool    // requests fail with cocoa.ErrTooManyCalls
	exhaustedChanged <-chan struct{}
}

func (a *application) attendTo(ctx context.Context, w wants) {
	if list := lackProblems(w.lacks()); len(list) > 0 {
		a.lacks.Store(&list)
		a.tellProblems()
	}
	if firstStart(a.settings.Path()) && w.found() {
		a.offered.Store(true)
		a.tellProblems()
	}
	changed, stop := a.settings.Subscribe()
	defer stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	updates := engine.Updates(ctx, a.engine)
	for {
		if w.askLocation != nil && lacksWiFiName(a.settings.Current(), a.engine.Latest().Facts) {
			w.askLocation()
			w.askLocation = nil
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
			if a.offered.Load() && !untouched(a.settings.Current()) {
				a.offered.Store(false)
				a.tellProblems()
			}
		case <-w.exhaustedChanged:
			a.exhausted.Store(w.exhausted())
			a.tellProblems()
		case _, ok := <-updates:
			if !ok {
				return
			}
		}
	}
}

// attended returns the problems that attend found.
func (a *application) attended() []engine.Problem {
	list := a.offer()
	if a.exhausted.Load() {
		list = append(list, engine.Problem{Key: "system", Text: cocoa.ErrTooManyCalls.Error()})
	}
	if lacks := a.lacks.Load(); lacks != nil {
		list = append(list, *lacks...)
	}
	return list
}

// lackProblems reports what the system lacks, for those who can't see a log.
func lackProblems(lacks []error) []engine.Problem {
	var list []engine.Problem
	for _, err := range lacks {
		list = append(list, engine.Problem{Key: "system", Text: err.Error()})
	}
	return list
}

// askLocation has the system ask for the Location right. It reports whether it
// does; otherwise only System Settings can help.
func (a *application) askLocation() bool {
	asker, ok := a.world.facts.(facts.LocationAsker)
	return ok && asker.RequestLocation()
}

// lacksWiFiName reports whether the name of the Wi-Fi is withheld only because
// nobody has been asked for the Location right yet, while a rule or a trusted
// network needs it.
func lacksWiFiName(s settings.Settings, f facts.Facts) bool {
	if f.LocationRight != facts.RightNotAsked || f.SSID.Known || f.Interface.Known && f.Interface.Value != facts.WiFi {
		return false
	}
	return slices.ContainsFunc(s.Rules, func(r autoconnect.Rule) bool { return !r.Disabled && (len(r.SSID) > 0 || len(r.BSSID) > 0) }) ||
		slices.ContainsFunc(s.Trusted, func(t settings.TrustedNetwork) bool { return t.SSID != "" })
}
