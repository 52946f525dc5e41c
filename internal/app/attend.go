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
			// A user who sets something has read the offer.
			if offered && !untouched(a.settings.Current()) {
				offered = false
				report()
			}
		case <-w.exhaustedChanged:
			exhausted = w.exhausted()
			report()
		case _, ok := <-updates:
			if !ok {
				return
			}
		}
	}
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
