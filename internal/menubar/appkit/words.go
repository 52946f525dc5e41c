package appkit

import (
	"strings"

	"vpnstatus/internal/menubar"
)

// clean makes a text safe for darwinkit, which makes a nil string of invalid UTF-8,
// for which AppKit raises an exception, and ends a text at a NUL. cocoa.String needs
// no such care.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}

// title is the title of an item; without an image its symbol is put in front.
func title(it menubar.Item, image bool) string {
	t := clean(it.Title)
	if image || it.Symbol == "" {
		return t
	}
	return it.Symbol.Glyph() + " " + t
}

// statusTitle is the text in the menu bar. Without an image it is never empty,
// because an item without both would be invisible.
func statusTitle(s menubar.StatusItem, image bool) string {
	text := s.Text
	if text != "" {
		text = " " + text // AppKit leaves no gap
	}
	if image {
		return text
	}
	return strings.TrimSpace(s.Symbol.Glyph()+" VPN") + text
}

// description returns what a symbol of the menu bar means, for VoiceOver. The
// names of services are in the status item's own text.
func description(s menubar.Symbol) string {
	switch s {
	case menubar.SymbolNeedsUser:
		return "VPN needs action"
	case menubar.SymbolConnecting:
		return "VPN connecting"
	case menubar.SymbolConnected:
		return "VPN connected"
	case menubar.SymbolPaused:
		return "VPN paused"
	case menubar.SymbolWaiting:
		return "VPN waiting"
	}
	return "VPN"
}
