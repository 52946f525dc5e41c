package menubar

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/plaintext"
	"vpnstatus/internal/vpn"
)

// serviceIndent puts the lines of a service below its name: a level is about ten
// points, a symbol with its gap about twenty.
const serviceIndent = 2

// state is the combined state of a service's status and policy.
type state struct {
	overall Overall
	symbol  Symbol
	tone    Tone
	words   string // for a line that has only a name; may be empty
}

func stateOf(s *engine.Service) state {
	switch {
	case !s.Known:
		return state{Unknown, SymbolNotKnown, ToneDim, "…"}
	case s.Status == vpn.Connected:
		return state{Connected, SymbolUp, ToneGood, "Connected"}
	case s.Status == vpn.Reasserting:
		return state{Connecting, SymbolReasserting, ToneBusy, "Reconnecting"}
	case s.Status == vpn.Connecting:
		return state{Connecting, SymbolTransition, ToneBusy, "Connecting"}
	case s.Status == vpn.Disconnecting:
		return state{Connecting, SymbolTransition, ToneBusy, "Disconnecting"}
	case s.Status != vpn.Disconnected: // Invalid, or a status of a later system
		return state{Off, SymbolUnavailable, ToneDim, "Not Available"}
	}
	switch s.Policy.State {
	case autoconnect.NeedsUser:
		return state{NeedsUser, SymbolAttention, ToneWarn, "Action Needed"}
	case autoconnect.Held:
		return state{Off, SymbolHeld, ToneWait, "Held"}
	case autoconnect.Paused:
		return state{Off, SymbolHeld, ToneWait, "Paused"}
	case autoconnect.Backoff, autoconnect.Slow, autoconnect.Waiting, autoconnect.Settling, autoconnect.Recycling, autoconnect.Connecting:
		return state{Waiting, SymbolWait, ToneWait, "Waiting"}
	}
	if !s.Enabled {
		return state{Off, SymbolUnavailable, ToneDim, "Disabled"}
	}
	return state{Off, SymbolDown, ToneDim, ""}
}

// prefix begins the IDs of the items of a service.
func prefix(id vpn.ID) string { return "service/" + id.String() }

// serviceLine returns a service as one line with a submenu.
func (b *builder) serviceLine(s *engine.Service, key Key) Item {
	name, state := b.names[s.ID], stateOf(s)
	words := state.words
	if s.Known && s.Status == vpn.Connected {
		words = join(" ", words, b.elapsed(s))
	}
	return Item{
		ID: prefix(s.ID), Kind: KindSubmenu, Symbol: state.symbol, Tone: state.tone, ToolTip: b.toolTip(s),
		Title: join(" · ", name.Short, words), Accessibility: join(", ", name.Full, words),
		Submenu: b.usable(b.service(s, key)),
	}
}

// service returns the lines of a service.
func (b *builder) service(s *engine.Service, key Key) []Item {
	p := prefix(s.ID)
	toggle := b.toggle(s, key)
	items := append(make([]Item, 0, 8), toggle)
	if s.AutoConnect && !toggle.Disabled {
		items = append(items, b.hold(s, toggle))
	}
	for i, line := range b.lines(s) {
		it := Item{ID: p + "/line" + strconv.Itoa(i), Kind: KindText, Title: Middle(line, lineColumns), Indent: serviceIndent}
		if it.Title != line {
			it.ToolTip = line
		}
		items = append(items, it)
	}
	if stateOf(s).overall == NeedsUser {
		items = append(items, Item{ID: p + "/settings", Kind: KindAction, Title: "Open VPN Settings…", Indent: serviceIndent, Action: Action{App: AppVPNSettings}})
	}
	return append(items, b.auto(s), b.hide(s))
}

// toggle returns the line that connects, cancels or disconnects. Its command is
// what the title says rather than a toggle, because the status may change between
// drawing and click.
func (b *builder) toggle(s *engine.Service, key Key) Item {
	name, state := b.names[s.ID], stateOf(s)
	it := Item{ID: prefix(s.ID) + "/toggle", Kind: KindAction, Symbol: state.symbol, Tone: state.tone, Key: key, ToolTip: b.toolTip(s)}
	say := func(verb engine.Verb, title, after string) {
		it.Action = command(verb, s.ID)
		it.Title, it.Accessibility = title+" "+name.Short+after, title+" "+name.Full
	}
	switch {
	case !s.Known:
		it.Action, it.Disabled = command(engine.VerbConnect, s.ID), true
		it.Title, it.Accessibility = name.Short+" …", name.Full+", status not known yet"
	case s.Status == vpn.Disconnected:
		say(engine.VerbConnect, "Connect", "")
		it.Disabled = !s.Enabled
	case s.Status == vpn.Connecting:
		say(engine.VerbDisconnect, "Cancel", "…")
		it.Accessibility = "Cancel connecting " + name.Full
	case s.Status.Up():
		say(engine.VerbDisconnect, "Disconnect", "")
	case s.Status == vpn.Disconnecting:
		say(engine.VerbDisconnect, "Disconnecting", "…")
		it.Disabled = true
	default:
		it.Action, it.Disabled = command(engine.VerbConnect, s.ID), true
		it.Title, it.Accessibility = name.Short, name.Full+", not available"
	}
	return it
}

// hold returns the alternate of the toggle line: disconnect, or stay
// disconnected, for a chosen time.
func (b *builder) hold(s *engine.Service, toggle Item) Item {
	p, name, verb := prefix(s.ID)+"/hold", b.names[s.ID].Short, engine.VerbDisconnect
	it := Item{ID: p, Kind: KindSubmenu, Alternate: true, Symbol: toggle.Symbol, Tone: toggle.Tone, Title: "Disconnect " + name + " For"}
	switch s.Status {
	case vpn.Disconnected:
		it.Title, verb = "Keep "+name+" Disconnected", engine.VerbHold
	case vpn.Connecting:
		it.Title = "Cancel " + name + " For"
	}
	it.Submenu = b.choices(p, holdSpans, command(verb, s.ID), "Until I Connect It")
	if s.Policy.State == autoconnect.Held {
		it.Submenu = slices.Insert(it.Submenu, 0,
			Item{ID: p + "/release", Kind: KindAction, Title: "Release: Auto Connect Again", Action: command(engine.VerbResume, s.ID)},
			Item{ID: p + "/release-end", Kind: KindSeparator})
	}
	return it
}

func (b *builder) auto(s *engine.Service) Item {
	it := Item{ID: prefix(s.ID) + "/auto", Kind: KindAction, Title: "Auto Connect", Indent: serviceIndent,
		Action: command(engine.VerbAuto, s.ID), Accessibility: "Auto Connect " + b.names[s.ID].Full}
	it.Action.Command.On = !s.AutoConnect
	if s.AutoConnect {
		it.State = StateOn
	} else if s.OnDemand {
		it.Disabled, it.ToolTip = true, "On Demand is enabled for this VPN: the system itself keeps it up"
	}
	return it
}

func (b *builder) hide(s *engine.Service) Item {
	it := Item{ID: prefix(s.ID) + "/hide", Kind: KindAction, Title: "Hide This Service", Indent: serviceIndent, Alternate: true,
		Action: command(engine.VerbHide, s.ID), Accessibility: "Hide " + b.names[s.ID].Full}
	it.Action.Command.On = true
	return it
}

// toolTip returns the details that the short lines leave out.
func (b *builder) toolTip(s *engine.Service) string {
	managed, everything := "", ""
	if s.Managed {
		managed = "installed by a profile"
	}
	if s.IncludeAllNetworks {
		everything = "all traffic is forced through it"
	}
	return join("\n", b.names[s.ID].Full, kindOf(s), managed, everything)
}

// kindOf returns the protocol or app, and the server.
func kindOf(s *engine.Service) string {
	what := cmp.Or(plaintext.Line(s.App), plaintext.Line(string(s.Protocol)))
	if s.App == "" && s.Protocol == vpn.IPSec {
		what = "Cisco IPSec"
	}
	return join(" · ", isolate(what), isolate(plaintext.Line(s.Server)))
}

// lines returns the texts about a service.
func (b *builder) lines(s *engine.Service) []string {
	if !s.Known {
		return []string{"…"}
	}
	var lines []string
	switch s.Status {
	case vpn.Connected, vpn.Reasserting:
		word := "Reconnecting: the network changed"
		if s.Status == vpn.Connected {
			word = join(" ", "Connected", b.elapsed(s))
		}
		address := ""
		if len(s.Info.Addresses) > 0 {
			address = s.Info.Addresses[0].String()
		}
		lines = append(lines, join(" · ", word, address, b.traffic(s)))
		switch {
		case s.Policy.State == autoconnect.Held, // after a drop it would stay down
			s.Policy.Reason.Key == autoconnect.KeySatisfiedNoAnswer, s.Policy.Reason.Key == autoconnect.KeySatisfiedNoTraffic:
			lines = append(lines, b.words(s.Policy.Reason))
		}
		if s.OnDemand {
			lines = append(lines, "On Demand: after you disconnect it, the system may bring it back")
		}
	case vpn.Connecting:
		lines = append(lines, b.connecting(s))
	case vpn.Disconnecting:
		lines = append(lines, cmp.Or(b.stopping(s), "Disconnecting…"))
	case vpn.Disconnected:
		lines = append(lines, b.downLines(s)...)
		if s.OnDemand {
			lines = append(lines, "On Demand: the system itself keeps it up")
		}
	default:
		lines = append(lines, "Not available: the system no longer knows it")
	}
	if s.Policy.Unstable {
		lines = append(lines, "Unstable: it drops often")
	}
	return lines
}

// downLines returns why a service is down and what happens next.
func (b *builder) downLines(s *engine.Service) []string {
	why := b.words(s.Policy.Reason)
	switch s.Policy.State {
	case autoconnect.Held, autoconnect.Paused, autoconnect.NeedsUser, autoconnect.Waiting, autoconnect.Settling, autoconnect.Recycling:
		if why != "" {
			return []string{why}
		}
	case autoconnect.Backoff:
		if s.Policy.Reason.Key == autoconnect.KeyBackoffServer {
			next := b.next(s)
			return []string{join(" · ", why, strings.ToLower(next[:1])+next[1:])}
		}
		return []string{join(" · ", b.next(s), cmp.Or(cause(s), why))}
	case autoconnect.Slow:
		return []string{why, b.next(s)}
	case autoconnect.Connecting:
		return []string{b.connecting(s)}
	}
	if stopped := b.stopping(s); stopped != "" {
		return []string{stopped}
	}
	if !s.Enabled {
		return []string{"Disabled in System Settings"}
	}
	return []string{join(" · ", "Disconnected", cmp.Or(cause(s), kindOf(s)))}
}

// connecting returns why a service is connecting, unless the user asked for
// it, and the number of the attempt.
func (b *builder) connecting(s *engine.Service) string {
	why, attempt := "", ""
	if s.Policy.State == autoconnect.Connecting && s.Policy.Reason.Key != autoconnect.KeyConnectingUser {
		why = b.words(s.Policy.Reason)
	}
	if s.Policy.Attempt > 1 {
		attempt = fmt.Sprintf("attempt %d", s.Policy.Attempt)
	}
	return join(" · ", cmp.Or(why, "Connecting"), attempt)
}

// stopping returns why the program stopped a service; empty if it did not, or
// if the user did.
func (b *builder) stopping(s *engine.Service) string {
	key := s.Policy.Reason.Key
	if key != autoconnect.KeyStopUser && (strings.HasPrefix(string(key), "stop.") || strings.HasPrefix(string(key), "recycling.")) {
		return b.words(s.Policy.Reason)
	}
	return ""
}

// next returns when the next attempt is, as text.
func (b *builder) next(s *engine.Service) string {
	if s.Policy.Next.IsZero() {
		return "Next attempt soon"
	}
	b.changesAt(remainingChanges(s.Policy.Next, b.now))
	left := s.Policy.Next.Sub(b.now)
	if left <= 0 {
		return "Next attempt now"
	}
	attempt := "Next attempt"
	if s.Policy.Attempt > 1 {
		attempt = fmt.Sprintf("Attempt %d", s.Policy.Attempt)
	}
	if left < time.Minute {
		return fmt.Sprintf("%s in %d s", attempt, int((left+time.Second-1)/time.Second))
	}
	return attempt + " in " + Remaining(left)
}

// cause returns why the service last went down, unless the user stopped it.
func cause(s *engine.Service) string {
	c := s.Policy.Reason.Cause
	if !c.Known() {
		c = s.Info.Cause
	}
	if !c.Known() || c.Disposition() == vpn.Stopped {
		return ""
	}
	return isolate(plaintext.Line(c.String()))
}

// elapsed returns the time connected, empty if it is not known.
func (b *builder) elapsed(s *engine.Service) string {
	if s.Info.Since.IsZero() {
		return ""
	}
	b.changesAt(elapsedChanges(s.Info.Since, b.now))
	return Elapsed(b.now.Sub(s.Info.Since))
}

func (b *builder) traffic(s *engine.Service) string {
	if s.Statistics == nil {
		return ""
	}
	// No-break spaces keep each figure whole where a narrow screen wraps lines.
	figure := func(arrow string, n uint64) string {
		return arrow + "\u00a0" + strings.ReplaceAll(Bytes(n), " ", "\u00a0")
	}
	return figure("↓", s.Statistics.BytesIn) + " " + figure("↑", s.Statistics.BytesOut)
}

// join is strings.Join of the parts that are not empty.
func join(separator string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), separator)
}
