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

// attend handles what concerns the system besides its VPNs, until ctx ends: it
// reports missing parts and unanswered requests, asks for the Location right
// once when a rule needs it, and offers the import at the first start.
func (a *application) attend(ctx context.Context) {
	if a.config.Simulated() {
		return
	}
	w := wants{lacks: systemLacks, exhausted: cocoa.Exhausted, exhaustedChanged: cocoa.ExhaustedChanged(), found: func() bool { return findImport() != nil }, askLocation: a.askLocation}
	if a.config.Headless {
		w.askLocation = nil // there is no screen for the question
	}
	a.attendTo(ctx, w)
}

// wants holds what attend needs from the system.
type wants struct {
	lacks            func() []error // parts of the system that are missing
	found            func() bool    // there is something to import
	askLocation      func() bool    // nil if it is never asked for
	exhausted        func() bool    // requests fail with cocoa.ErrTooManyCalls
	exhaustedChanged <-chan struct{}
}

func (a *application) attendTo(ctx context.Context, w wants) {
	lacks := lackProblems(w.lacks())
	offered, exhausted := firstStart(a.settings.Path()) && w.found(), false
	report := func() {
		list := slices.Clone(lacks)
		if offered {
			list = append(list, engine.Problem{Key: offerKey, Text: offerText})
		}
		if exhausted {
			list = append(list, engine.Problem{Key: "system", Text: cocoa.ErrTooManyCalls.Error()})
		}
		a.mu.Lock()
		a.system = list
		a.mu.Unlock()
		a.engine.ProblemsChanged()
	}
	report()
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
		case <-w.exhaustedChanged:
			exhausted = w.exhausted()
			report()
		case _, ok := <-updates:
			if !ok {
				return
			}
			// A changed setting shows that the user has seen the offer.
			if offered && !untouched(a.settings.Current()) {
				offered = false
				report()
			}
		}
	}
}

// lackProblems returns what the system lacks as problems, since few users read
// the log.
func lackProblems(lacks []error) []engine.Problem {
	var list []engine.Problem
	for _, err := range lacks {
		list = append(list, engine.Problem{Key: "system", Text: err.Error()})
	}
	return list
}

// askLocation has the system ask for the Location right. It reports whether it
// asks; if not, the right can only be changed in System Settings.
func (a *application) askLocation() bool {
	asker, ok := a.world.facts.(facts.LocationAsker)
	return ok && asker.RequestLocation()
}

// lacksWiFiName reports whether the name of the Wi-Fi is withheld only because
// the user has not been asked for the Location right yet, while a rule or a
// trusted network needs it.
func lacksWiFiName(s settings.Settings, f facts.Facts) bool {
	if f.LocationRight != facts.RightNotAsked || f.SSID.Known || f.Interface.Known && f.Interface.Value != facts.WiFi {
		return false
	}
	return slices.ContainsFunc(s.Rules, func(r autoconnect.Rule) bool { return !r.Disabled && (len(r.SSID) > 0 || len(r.BSSID) > 0) }) ||
		slices.ContainsFunc(s.Trusted, func(t settings.TrustedNetwork) bool { return t.SSID != "" })
}
