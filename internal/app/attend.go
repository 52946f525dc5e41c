package app

import (
	"context"
	"errors"
	"slices"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/facts"
	"vpnstatus/internal/macos"
	"vpnstatus/internal/settings"
)

// attend does what the system wants beside its VPNs, until ctx ends: it follows
// the administrator's settings, asks once for the Location right when a rule
// needs it, and offers the import at the first start.
func (a *application) attend(ctx context.Context) {
	if a.config.Simulated() {
		return
	}
	a.offerImport()
	m := manager{store: a.settings, read: macos.Managed}
	a.manage(&m)
	again := time.NewTicker(managedEvery)
	defer again.Stop()
	changed, stop := a.settings.Subscribe()
	defer stop()
	sub := a.engine.Subscribe(followBuffer)
	defer func() { sub.Close() }()
	asked := a.config.Headless // nobody would see the question
	ask := func() {
		if !asked && lacksWiFiName(a.settings.Current(), a.engine.Latest().Facts) {
			asked = true
			a.askLocation()
		}
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-again.C:
			a.manage(&m)
		case <-changed:
			if a.offered.Load() {
				a.tellProblems() // the offer may be over
			}
			ask()
		case _, ok := <-sub.C():
			if !ok {
				if !errors.Is(sub.Err(), engine.ErrSlow) {
					return
				}
				sub = a.engine.Subscribe(followBuffer)
			}
			ask()
		}
	}
}

func (a *application) offerImport() {
	if firstStart(a.settings.Path()) && findImport() != nil {
		a.offered.Store(true)
		a.tellProblems()
	}
}

// manage reads the administrator's settings.
func (a *application) manage(m *manager) {
	wrong := m.refresh()
	if before := a.unmanaged.Swap(&wrong); before == nil && len(wrong) == 0 || before != nil && slices.Equal(*before, wrong) {
		return
	}
	for _, p := range wrong {
		a.log.Warn("a managed setting has a problem", "problem", p.String())
	}
	a.tellProblems()
}

// attended returns the problems that attend found.
func (a *application) attended() []engine.Problem {
	list := a.offer()
	if wrong := a.unmanaged.Load(); wrong != nil {
		for _, p := range *wrong {
			list = append(list, engine.Problem{Key: "managed." + p.Key, Text: p.String()})
		}
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
