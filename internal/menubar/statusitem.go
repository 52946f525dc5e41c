package menubar

import (
	"strings"
	"time"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/vpn"
)

// namesAloud is how many services the accessibility text names; nobody would
// listen to more.
const namesAloud = 4

// StateOf returns the state of all services together, as the icon shows it.
// Hidden services do not count.
func StateOf(s *engine.Snapshot, now time.Time) Overall {
	o, _ := overall(s, now)
	return o
}

// overall returns the shown services by state as well.
func overall(snap *engine.Snapshot, now time.Time) (Overall, map[Overall][]*engine.Service) {
	by := make(map[Overall][]*engine.Service)
	for _, s := range snap.Services {
		if !s.Hidden {
			o := stateOf(s).overall
			by[o] = append(by[o], s)
		}
	}
	switch {
	case len(by[NeedsUser]) > 0:
		return NeedsUser, by
	case len(by[Connecting]) > 0:
		return Connecting, by
	case len(by[Connected]) > 0:
		return Connected, by
	case paused(snap, now):
		return Paused, by
	case len(by[Waiting]) > 0:
		return Waiting, by
	case !snap.Loaded || len(by[Unknown]) > 0 && len(by[Off]) == 0:
		return Unknown, by
	}
	return Off, by
}

// paused reports whether Auto Connect is paused as a whole.
func paused(s *engine.Snapshot, now time.Time) bool {
	return !s.Pause.Over(s.Facts, now)
}

// statusItem makes the item in the menu bar.
func (b *builder) statusItem() StatusItem {
	state, by := overall(b.snap, b.now)
	st := StatusItem{State: state, Accessibility: b.aloud(state, by)}
	st.Symbol, st.Tone = overallSymbol(state)
	st.ToolTip = strings.ReplaceAll(st.Accessibility, "; ", "\n")
	switch {
	case state == Connecting && b.set.ShowStatusWhileConnecting:
		st.Text = "Connecting…"
		if allDisconnecting(by[Connecting]) {
			st.Text = "Disconnecting…"
		}
	case state == Connected && b.set.ShowTimeConnected:
		if since := longest(by[Connected]); !since.IsZero() {
			st.Text = Elapsed(b.now.Sub(since))
			st.Refresh = elapsedChanges(since, b.now)
		}
	}
	return st
}

func allDisconnecting(services []*engine.Service) bool {
	for _, s := range services {
		if s.Status != vpn.Disconnecting {
			return false
		}
	}
	return true
}

// longest returns the start of the primary service's connection, or else of
// the oldest connection.
func longest(services []*engine.Service) time.Time {
	var since time.Time
	for _, s := range services {
		if s.Info.Primary && !s.Info.Since.IsZero() {
			return s.Info.Since
		}
		since = earlier(since, s.Info.Since)
	}
	return since
}

func overallSymbol(o Overall) (Symbol, Tone) {
	switch o {
	case NeedsUser:
		return SymbolNeedsUser, ToneWarn
	case Connecting:
		return SymbolConnecting, ToneBusy
	case Connected:
		return SymbolConnected, ToneGood
	case Paused:
		return SymbolPaused, ToneWait
	case Waiting:
		return SymbolWaiting, ToneWait
	}
	return SymbolOff, ToneDim
}

// aloud returns the text for VoiceOver: first the state that the icon shows,
// then the other states, with names.
func (b *builder) aloud(state Overall, by map[Overall][]*engine.Service) string {
	connecting := "connecting: "
	if allDisconnecting(by[Connecting]) {
		connecting = "disconnecting: "
	}
	var parts []string
	for _, p := range []struct {
		state Overall
		words string
	}{{NeedsUser, "needs action: "}, {Connecting, connecting}, {Connected, "connected: "}, {Waiting, "waiting to connect: "}} {
		if services := by[p.state]; len(services) > 0 {
			parts = append(parts, p.words+b.list(services))
		}
	}
	if paused(b.snap, b.now) {
		parts = append(parts, "Auto Connect is paused")
	}
	switch {
	case len(parts) > 0:
	case state == Unknown:
		parts = append(parts, "status not known yet")
	case len(b.snap.Services) == 0:
		parts = append(parts, "none set up")
	default:
		parts = append(parts, "not connected")
	}
	title := "VPN "
	if b.snap.Simulated {
		title = "Simulated VPN "
	}
	return title + strings.Join(parts, "; ")
}

func (b *builder) list(services []*engine.Service) string {
	var names []string
	for i, s := range services {
		if i == namesAloud && len(services) > namesAloud+1 {
			names = append(names, "and more")
			break
		}
		names = append(names, b.names[s.ID].Short)
	}
	return strings.Join(names, ", ")
}
