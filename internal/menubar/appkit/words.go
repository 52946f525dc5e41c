package appkit

import (
	"strings"

	"vpnstatus/internal/menubar"
)

// clean makes a text safe for Cocoa. Invalid UTF-8 would become a nil string,
// for which AppKit raises an exception; a NUL would truncate it.
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
	text := clean(s.Text)
	switch {
	case image && text == "":
		return ""
	case image:
		return " " + text // AppKit leaves no gap
	}
	t := "VPN"
	if g := s.Symbol.Glyph(); g != "" {
		t = g + " " + t
	}
	if text != "" {
		t += " " + text
	}
	return t
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
