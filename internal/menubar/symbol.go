package menubar

// Symbol is the name of an SF Symbol. All of them exist since macOS 12; a screen
// without SF Symbols draws Glyph.
type Symbol string

// Symbols of the status item.
const (
	SymbolNeedsUser  Symbol = "exclamationmark.shield.fill"
	SymbolConnecting Symbol = "arrow.triangle.2.circlepath"
	SymbolConnected  Symbol = "lock.shield.fill"
	SymbolPaused     Symbol = "pause.circle"
	SymbolWaiting    Symbol = "shield.lefthalf.filled"
	SymbolOff        Symbol = "shield"
)

// Symbols of services and lines of the menu.
const (
	SymbolUp            Symbol = "circle.fill"
	SymbolDown          Symbol = "circle"
	SymbolTransition    Symbol = "circle.dotted"
	SymbolReasserting   Symbol = "circle.lefthalf.filled"
	SymbolHeld          Symbol = "pause.circle"
	SymbolWait          Symbol = "clock"
	SymbolAttention     Symbol = "exclamationmark.circle.fill"
	SymbolNotKnown      Symbol = "ellipsis.circle"
	SymbolUnavailable   Symbol = "slash.circle"
	SymbolProblem       Symbol = "exclamationmark.triangle"
	SymbolOffline       Symbol = "wifi.slash"
	SymbolLocation      Symbol = "location"
	SymbolSimulated     Symbol = "wand.and.stars"
	SymbolNotConfigured Symbol = "shield.slash"
)

// glyphs are one column wide in every terminal font that has them.
var glyphs = map[Symbol]string{
	SymbolNeedsUser:     "▲",
	SymbolConnecting:    "◌",
	SymbolConnected:     "●",
	SymbolPaused:        "‖",
	SymbolWaiting:       "◔",
	SymbolOff:           "○",
	SymbolUp:            "●",
	SymbolTransition:    "◌",
	SymbolReasserting:   "◐",
	SymbolWait:          "◔",
	SymbolAttention:     "▲",
	SymbolNotKnown:      "·",
	SymbolUnavailable:   "×",
	SymbolProblem:       "▲",
	SymbolOffline:       "×",
	SymbolLocation:      "▲",
	SymbolSimulated:     "◇",
	SymbolNotConfigured: "○",
	SymbolDown:          "○",
}

// Glyph returns a character of similar meaning; empty for no symbol.
func (s Symbol) Glyph() string { return glyphs[s] }
