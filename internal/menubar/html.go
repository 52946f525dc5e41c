package menubar

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"vpnstatus/internal/menubar/page"
)

// HTMLOptions change how WriteHTML draws the menu.
type HTMLOptions struct {
	Title  string // of the page; empty: "VPNStatus"
	Clock  string // text of the clock in the menu bar; empty: no clock
	Open   string // ID of an item of the menu whose submenu is drawn open
	Select string // ID of an item that is drawn as under the pointer
	Bare   bool   // nothing but the pictures: no explanation below them
}

// WriteHTML writes one self-contained page that draws the status item in a menu
// bar and the open menu below it as macOS would, light and dark. Submenus open
// under the pointer, and a box shows the alternates as ⌥ does; there is no
// script, and nothing is loaded.
func WriteHTML(w io.Writer, m Menu, o HTMLOptions) error {
	title := o.Title
	if title == "" {
		title = "VPNStatus"
	}
	p := picture{page.New(w, title, style), o}
	p.symbols(m)
	if !o.Bare {
		p.Put(`<input type="checkbox" id="option"/><label for="option">Hold ⌥ Option</label>`, "\n")
	}
	p.Put("<main>\n")
	for _, look := range []string{"light", "dark"} {
		p.desktop(m, look)
	}
	p.Put("</main>\n")
	return p.End()
}

// indentPixels is about what NSMenu adds per level of indentation.
const indentPixels = 10

type picture struct {
	page.Writer
	o HTMLOptions
}

// symbols defines the drawings that the menu uses.
func (p *picture) symbols(m Menu) {
	used := []Symbol{m.Status.Symbol}
	var walk func([]Item)
	walk = func(items []Item) {
		for i := range items {
			if s := items[i].Symbol; s != "" {
				used = append(used, s)
			}
			walk(items[i].Submenu)
		}
	}
	walk(m.Items)
	slices.Sort(used)
	p.Put(`<svg width="0" height="0" style="position:absolute" aria-hidden="true">`, "\n")
	for _, s := range slices.Compact(used) {
		d, ok := drawings[s]
		if !ok {
			d = drawings[SymbolDown]
		}
		p.Put(`<symbol`)
		p.Attribute("id", "symbol-"+string(s))
		p.Put(` viewBox="0 0 16 16">`, d, "</symbol>\n")
	}
	p.Put("</svg>\n")
}

func (p *picture) symbol(s Symbol, tone Tone, color bool) {
	class := "symbol"
	if color && tone != ToneNone {
		class += " tone-" + string(tone)
	}
	p.Put("<svg")
	p.Attribute("class", class)
	p.Put(` aria-hidden="true"><use`)
	p.Attribute("href", "#symbol-"+string(s))
	p.Put("/></svg>")
}

func (p *picture) desktop(m Menu, look string) {
	p.Put(`<section class="desktop `, look, `">`, "\n", `<div class="bar"><span class="status"`)
	p.Attribute("title", m.Status.ToolTip)
	p.Attribute("aria-label", m.Status.Accessibility)
	p.Put(` role="img">`)
	p.symbol(m.Status.Symbol, m.Status.Tone, m.Color)
	if m.Status.Text != "" {
		p.Put(`<span class="digits">`)
		p.Text(m.Status.Text)
		p.Put("</span>")
	}
	p.Put("</span>")
	if p.o.Clock != "" {
		p.Put(`<span class="clock">`)
		p.Text(p.o.Clock)
		p.Put("</span>")
	}
	p.Put("</div>\n")
	p.menu(m.Items, m.Color)
	p.Put("</section>\n")
}

func (p *picture) menu(items []Item, color bool) {
	class := "menu"
	if slices.ContainsFunc(items, func(it Item) bool { return it.State != StateOff }) {
		class += " ticks"
	}
	p.Put("<ul")
	p.Attribute("class", class)
	p.Put(` role="menu">`, "\n")
	for i := range items {
		if !items[i].Hidden {
			replaced := i+1 < len(items) && items[i+1].Alternate
			p.item(&items[i], color, replaced)
		}
	}
	p.Put("</ul>\n")
}

func (p *picture) item(it *Item, color, replaced bool) {
	if it.Kind == KindSeparator {
		p.Put(`<li class="separator" role="separator"></li>`, "\n")
		return
	}
	class := "item " + string(it.Kind)
	for _, c := range []struct {
		on   bool
		name string
	}{
		{it.Disabled || it.Kind == KindText || it.Kind == KindHeader, "disabled"},
		{it.Alternate, "alternate"},
		{replaced, "replaced"},
		{it.ID == p.o.Select && p.o.Select != "", "selected"},
		{it.ID == p.o.Open && p.o.Open != "", "selected open"},
	} {
		if c.on {
			class += " " + c.name
		}
	}
	p.Put("<li")
	p.Attribute("class", class)
	p.Attribute("title", it.ToolTip)
	p.Attribute("aria-label", it.Accessibility)
	switch it.State {
	case StateOn:
		p.Put(` role="menuitemcheckbox" aria-checked="true"`)
	case StateMixed:
		p.Put(` role="menuitemcheckbox" aria-checked="mixed"`)
	default:
		p.Put(` role="menuitem"`)
	}
	if strings.Contains(class, " disabled") {
		p.Put(` aria-disabled="true"`)
	}
	p.Put(`><span class="tick">`)
	switch it.State {
	case StateOn:
		p.Put(tickDrawing)
	case StateMixed:
		p.Put(mixedDrawing)
	}
	p.Put("</span>")
	if it.Indent > 0 {
		p.Put(`<span style="width:`, strconv.Itoa(it.Indent*indentPixels), `px"></span>`)
	}
	if it.Symbol != "" {
		p.Put(`<span class="image">`)
		p.symbol(it.Symbol, it.Tone, color)
		p.Put("</span>")
	}
	p.Put(`<span class="title">`)
	p.Text(it.Title)
	p.Put("</span>")
	switch {
	case it.Kind == KindSubmenu:
		p.Put(arrowDrawing)
		if len(it.Submenu) > 0 && !it.Disabled {
			p.menu(it.Submenu, color)
		}
	case it.Key.Equivalent != "":
		p.Put(`<span class="key">`)
		p.Text(it.Key.String())
		p.Put("</span>")
	}
	p.Put("</li>\n")
}

// String writes the key as menus do: ⌃⌥⇧⌘K.
func (k Key) String() string {
	if k.Equivalent == "" {
		return ""
	}
	s := ""
	for _, m := range []struct {
		bit  Modifiers
		sign string
	}{{Control, "⌃"}, {Option, "⌥"}, {Shift, "⇧"}, {Command, "⌘"}} {
		if k.Modifiers&m.bit != 0 {
			s += m.sign
		}
	}
	return s + strings.ToUpper(k.Equivalent)
}

const (
	tickDrawing  = `<svg viewBox="0 0 12 12" aria-hidden="true"><path d="M2.2 6.6 4.8 9.4 9.8 2.4" fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round"/></svg>`
	mixedDrawing = `<svg viewBox="0 0 12 12" aria-hidden="true"><path d="M2.5 6h7" fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round"/></svg>`
	arrowDrawing = `<svg class="arrow" viewBox="0 0 8 12" aria-hidden="true"><path d="M1.8 2 6 6 1.8 10" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"/></svg>`

	// A shield in a square of 16, and a ring.
	shieldPath = `M8 1C6.4 2.2 4.5 2.8 2.6 2.9v4.6c0 3.4 2.2 6 5.4 7.5 3.2-1.5 5.4-4.1 5.4-7.5V2.9C11.5 2.8 9.6 2.2 8 1Z`
	ring       = `<circle cx="8" cy="8" r="6.3" fill="none" stroke="currentColor" stroke-width="1.3"/>`
	shieldLine = `<path d="` + shieldPath + `" fill="none" stroke="currentColor" stroke-width="1.3" stroke-linejoin="round"/>`
	line       = ` fill="none" stroke="currentColor" stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round"`
)

// drawings are simple shapes of our own for the symbols.
var drawings = map[Symbol]string{
	SymbolNeedsYou:      `<path fill="currentColor" fill-rule="evenodd" d="` + shieldPath + `M7.2 4.4h1.6l-.25 5h-1.1ZM8 10.3a.95.95 0 1 0 0 1.9.95.95 0 0 0 0-1.9Z"/>`,
	SymbolConnecting:    `<path d="M2.4 8.6A5.6 5.6 0 0 1 12.6 4.8M13.6 7.4A5.6 5.6 0 0 1 3.4 11.2M12.9 2.2v2.8h-2.8M3.1 13.8V11h2.8"` + line + `/>`,
	SymbolConnected:     `<path fill="currentColor" fill-rule="evenodd" d="` + shieldPath + `M6 7V6a2 2 0 0 1 4 0v1h.2c.4 0 .7.3.7.7v2.7c0 .4-.3.7-.7.7H5.8c-.4 0-.7-.3-.7-.7V7.7c0-.4.3-.7.7-.7ZM7 7h2V6a1 1 0 0 0-2 0Z"/>`,
	SymbolPaused:        ring + `<path d="M6.4 5.7v4.6M9.6 5.7v4.6"` + line + `/>`,
	SymbolWaiting:       shieldLine + `<path fill="currentColor" d="M8 1C6.4 2.2 4.5 2.8 2.6 2.9v4.6c0 3.4 2.2 6 5.4 7.5Z"/>`,
	SymbolOff:           shieldLine,
	SymbolNotConfigured: shieldLine + `<path d="M2.2 2.2 13.8 14.2"` + line + `/>`,
	SymbolUp:            `<circle cx="8" cy="8" r="5.6" fill="currentColor"/>`,
	SymbolDown:          `<circle cx="8" cy="8" r="5" fill="none" stroke="currentColor" stroke-width="1.3"/>`,
	SymbolTransition:    `<circle cx="8" cy="8" r="5" fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-dasharray="0 3.142"/>`,
	SymbolReasserting:   `<circle cx="8" cy="8" r="5" fill="none" stroke="currentColor" stroke-width="1.3"/><path fill="currentColor" d="M8 3a5 5 0 0 0 0 10Z"/>`,
	SymbolWait:          ring + `<path d="M8 4.4V8.2L10.4 9.8"` + line + `/>`,
	SymbolAttention:     `<path fill="currentColor" fill-rule="evenodd" d="M8 1.2a6.8 6.8 0 1 0 0 13.6A6.8 6.8 0 0 0 8 1.2ZM7.2 4.2h1.6l-.25 5h-1.1ZM8 10.2a.95.95 0 1 0 0 1.9.95.95 0 0 0 0-1.9Z"/>`,
	SymbolNotKnown:      ring + `<g fill="currentColor"><circle cx="5" cy="8" r=".9"/><circle cx="8" cy="8" r=".9"/><circle cx="11" cy="8" r=".9"/></g>`,
	SymbolUnavailable:   ring + `<path d="M3.7 12.3 12.3 3.7"` + line + `/>`,
	SymbolProblem:       `<path d="M8 2.2 14.2 13.2H1.8ZM8 6.4v3.2M8 11.4v.01"` + line + `/>`,
	SymbolOffline:       `<path d="M1.8 6.4a9 9 0 0 1 12.4 0M4.1 9a5.6 5.6 0 0 1 7.8 0M8 12v.01M2.4 2.4 13.6 13.6"` + line + `/>`,
	SymbolLocation:      `<path d="M13.8 2.2 2.2 7.2l5.2 1.4 1.4 5.2Z"` + line + `/>`,
	SymbolSimulated:     `<path d="M2.4 13.6 9 7M11.5 2v3M10 3.5h3M13.2 8.4v2M12.2 9.4h2M6.2 2.6v2M5.2 3.6h2"` + line + `/>`,
}

const style = `
:root { color-scheme: light dark; }
body { margin: 0; font: 13px/16px -apple-system, BlinkMacSystemFont, "SF Pro Text", Inter, "Helvetica Neue", Arial, sans-serif; background: #ececee; }
@media (prefers-color-scheme: dark) { body { background: #101013; color: #eee; } }
main { display: flex; flex-wrap: wrap; min-height: 100vh; }
.desktop { position: relative; flex: 1 1 440px; box-sizing: border-box; padding: 24px 24px 36px 36px; min-height: 500px; display: flex; flex-direction: column; align-items: flex-start; }
.light { --text: rgba(0,0,0,.85); --dim: rgba(0,0,0,.5); --faint: rgba(0,0,0,.26); --line: rgba(0,0,0,.1); --back: rgba(246,246,248,.82); --edge: rgba(0,0,0,.18); --rim: rgba(255,255,255,.6);
  --bar: rgba(255,255,255,.45); --open: rgba(0,0,0,.1); --accent: #2f7bf6; --good: #1d9a43; --busy: #b06f00; --wait: #6f6f78; --warn: #d7372c;
  background: linear-gradient(#8fc3ea 0%, #b9d3ef 35%, #e6d4e6 70%, #f3c9b4 100%); }
.dark { --text: rgba(255,255,255,.88); --dim: rgba(255,255,255,.55); --faint: rgba(255,255,255,.28); --line: rgba(255,255,255,.13); --back: rgba(38,38,44,.78); --edge: rgba(0,0,0,.7); --rim: rgba(255,255,255,.18);
  --bar: rgba(20,20,28,.4); --open: rgba(255,255,255,.2); --accent: #2563d9; --good: #32d158; --busy: #ffb340; --wait: #98989f; --warn: #ff6a60;
  background: linear-gradient(#10243f 0%, #262a58 40%, #4b2b5c 72%, #7a3d4d 100%); }
.bar { position: absolute; top: 0; left: 0; right: 0; height: 24px; padding-left: 36px; display: flex; align-items: center; background: var(--bar); color: var(--text); font-weight: 500; }
.status { display: inline-flex; align-items: center; gap: 5px; height: 22px; padding: 0 9px; border-radius: 4px; background: var(--open); }
.status .symbol { width: 16px; height: 16px; }
.digits { font-variant-numeric: tabular-nums; }
.clock { position: absolute; right: 14px; font-weight: 400; font-variant-numeric: tabular-nums; }
.symbol { width: 14px; height: 14px; display: block; }
.menu { list-style: none; margin: 1px 0 0; padding: 5px; min-width: 220px; max-width: 460px; box-sizing: border-box; color: var(--text); background: var(--back); -webkit-backdrop-filter: blur(28px) saturate(1.6); backdrop-filter: blur(28px) saturate(1.6);
  border-radius: 8px; box-shadow: 0 0 0 .5px var(--edge), inset 0 0 0 .5px var(--rim), 0 10px 30px rgba(0,0,0,.28); cursor: default; -webkit-user-select: none; user-select: none; }
.item { position: relative; display: flex; align-items: center; min-height: 22px; padding: 0 10px 0 9px; border-radius: 5px; white-space: nowrap; }
.tick { display: none; flex: none; }
.ticks > .item > .tick { display: block; width: 12px; margin-right: 3px; }
.image { flex: none; width: 20px; }
.tick svg { width: 11px; height: 11px; display: block; }
.title { flex: 1 1 auto; overflow: hidden; text-overflow: ellipsis; unicode-bidi: plaintext; text-align: left; padding: 2px 0; }
.key { margin-left: 28px; color: var(--dim); font-variant-numeric: tabular-nums; letter-spacing: 1px; }
.arrow { width: 7px; height: 10px; margin-left: 28px; opacity: .7; }
.disabled { color: var(--faint); }
.disabled .key { color: inherit; }
.text { color: var(--dim); min-height: 19px; }
.text > .title { font-size: 12px; font-variant-numeric: tabular-nums; }
.header { color: var(--dim); font-weight: 600; font-size: 11px; }
.separator { height: 1px; margin: 5px 10px; background: var(--line); }
.alternate { display: none; }
.item .menu { display: none; position: absolute; left: calc(100% - 2px); top: -5px; margin: 0; z-index: 1; }
.item:hover > .menu, .open > .menu { display: block; }
.selected, .item:not(.disabled):hover { color: #fff; background: var(--accent); }
.selected > .key, .item:not(.disabled):hover > .key { color: rgba(255,255,255,.8); }
.selected > .image .symbol, .item:not(.disabled):hover > .image .symbol { color: inherit; }
.item .menu .item { color: var(--text); }
.item .menu .item.disabled { color: var(--faint); }
.item .menu .item.header, .item .menu .item.text { color: var(--dim); }
.item .menu .item:not(.disabled):hover { color: #fff; }
.tone-good { color: var(--good); } .tone-busy { color: var(--busy); } .tone-wait, .tone-dim { color: var(--wait); } .tone-warn { color: var(--warn); }
#option, #option + label { position: relative; z-index: 2; top: 0; margin: 10px 0 10px 12px; display: inline-block; }
#option:checked ~ main .replaced { display: none; }
#option:checked ~ main .alternate { display: flex; }
`
