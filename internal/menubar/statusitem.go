package menubar

import (
	"strings"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/vpn"
)

// namesAloud is how many services the accessibility text names; more would not
// be listened to.
const namesAloud = 4

// StateOf returns the state of all services together, as the icon shows it.
// Hidden services do not count.
func StateOf(s *engine.Snapshot, now time.Time) Overall {
	o, _ := stateOf(s, now)
	return o
}

// stateOf returns the shown services by state as well.
func stateOf(snap *engine.Snapshot, now time.Time) (Overall, map[Overall][]*engine.Service) {
	by := make(map[Overall][]*engine.Service)
	for _, s := range snap.Services {
		if !s.Hidden {
			o := overall(s)
			by[o] = append(by[o], s)
		}
	}
	switch {
	case len(by[NeedsYou]) > 0:
		return NeedsYou, by
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
	return !s.Pause.IsZero() && !s.Pause.Over(s.Facts, now)
}

// statusItem makes what stands in the menu bar.
func (b *builder) statusItem() StatusItem {
	state, by := stateOf(b.snap, b.now)
	st := StatusItem{State: state}
	st.Symbol, st.Tone = overallSymbol(st.State)
	st.Accessibility = b.aloud(st.State, by)
	st.ToolTip = strings.ReplaceAll(st.Accessibility, "; ", "\n")

	switch {
	case st.State == Connecting && b.set.ShowStatusWhileConnecting:
		st.Text = "Connecting…"
		if allDisconnecting(by[Connecting]) {
			st.Text = "Disconnecting…"
		}
	case st.State == Connected && b.set.ShowTimeConnected:
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

// longest returns since when the primary service is connected, else the one
// that has been up longest.
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

// overall is what one service contributes to the status item.
func overall(s *engine.Service) Overall {
	if !s.Known {
		return Unknown
	}
	switch {
	case s.Status == vpn.Connected:
		return Connected
	case s.Status.InTransition():
		return Connecting
	}
	switch s.Policy.State {
	case autoconnect.NeedsUser:
		return NeedsYou
	case autoconnect.Backoff, autoconnect.Slow, autoconnect.Waiting, autoconnect.Settling, autoconnect.Recycling, autoconnect.Connecting:
		return Waiting
	}
	return Off
}

func overallSymbol(o Overall) (Symbol, Tone) {
	switch o {
	case NeedsYou:
		return SymbolNeedsYou, ToneWarn
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

// aloud is the text for VoiceOver: the overall state first, then whatever else
// is worth hearing, each with names.
func (b *builder) aloud(first Overall, by map[Overall][]*engine.Service) string {
	say := func(o Overall) string {
		names := b.names(by[o])
		switch o {
		case NeedsYou:
			if len(by[o]) == 1 {
				return names + " needs you"
			}
			return names + " need you"
		case Connecting:
			if allDisconnecting(by[o]) {
				return "disconnecting: " + names
			}
			return "connecting: " + names
		case Connected:
			return "connected: " + names
		case Waiting:
			return "waiting to connect: " + names
		}
		return ""
	}
	var parts []string
	for _, o := range []Overall{NeedsYou, Connecting, Connected, Waiting} {
		if len(by[o]) > 0 {
			parts = append(parts, say(o))
		}
	}
	if paused(b.snap, b.now) {
		parts = append(parts, "Auto Connect is paused")
	}
	if len(parts) == 0 {
		switch {
		case first == Unknown:
			parts = append(parts, "status not known yet")
		case len(b.snap.Services) == 0:
			parts = append(parts, "none set up")
		default:
			parts = append(parts, "not connected")
		}
	}
	title := "VPN"
	if b.snap.Simulated {
		title = "Simulated VPN"
	}
	sep := " "
	if first == NeedsYou {
		sep = ": "
	}
	return title + sep + strings.Join(parts, "; ")
}

func (b *builder) names(services []*engine.Service) string {
	var names []string
	for i, s := range services {
		if i == namesAloud && len(services) > namesAloud+1 {
			names = append(names, "and more")
			break
		}
		names = append(names, b.labels[s.ID].short)
	}
	return strings.Join(names, ", ")
}
