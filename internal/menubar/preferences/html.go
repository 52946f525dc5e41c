package preferences

import (
	"io"
	"slices"
	"strconv"

	"vpnstatus/internal/menubar"
	"vpnstatus/internal/menubar/page"
)

// HTMLOptions change how WriteHTML draws the window.
type HTMLOptions struct {
	Tabs  []TabID     // which tabs, each in a window of its own; none: all
	Width float64     // of the window in points; 0: WidthFor(Text)
	Text  TextMetrics // nil: Approximate{}
	Size  float64     // of the text in points, as the metrics have it; 0: 13
}

// WriteHTML writes one self-contained page that draws the tabs of the window as
// macOS would, light and dark, each thing at its frame. There is no script, and
// nothing is loaded.
func WriteHTML(w io.Writer, win Window, o HTMLOptions) error {
	if o.Size == 0 {
		o.Size = 13
	}
	if o.Text == nil {
		o.Text = Approximate{Size: o.Size}
	}
	if o.Width == 0 {
		o.Width = WidthFor(o.Text)
	}
	p := picture{page.New(w, win.Title, style), o}
	for _, t := range win.Tabs {
		if len(o.Tabs) > 0 && !slices.Contains(o.Tabs, t.ID) {
			continue
		}
		p.Put("<main>\n")
		for _, look := range []string{"light", "dark"} {
			p.window(win, t, look)
		}
		p.Put("</main>\n")
	}
	return p.End()
}

type picture struct {
	page.Writer
	o HTMLOptions
}

func pixels(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) + "px" }

// begin opens an element at a frame.
func (p *picture) begin(class string, f Frame) {
	p.Put("<div")
	p.Attribute("class", class)
	p.Put(` style="left:`, pixels(f.X), ";top:", pixels(f.Y), ";width:", pixels(f.W), ";height:", pixels(f.H),
		";font-size:", pixels(f.Font.Points(p.o.Size)), ";line-height:", pixels(p.o.Text.LineHeight(f.Font)))
	if f.Align != AlignLeft {
		p.Put(";text-align:", string(f.Align))
	}
	p.Put(`"`)
}

func (p *picture) end() { p.Put("</div>") }

func (p *picture) lines(f Frame) {
	for i, l := range f.Lines {
		if i > 0 {
			p.Put("<br/>")
		}
		p.Text(l)
	}
}

func (p *picture) window(win Window, t Tab, look string) {
	l := Layout(t, p.o.Width, p.o.Text)
	p.Put(`<section class="desktop `, look, `"><div class="window" style="width:`, pixels(l.Width), `">`, "\n",
		`<div class="title"><i></i><i></i><i></i><b>`)
	p.Text(t.Title)
	p.Put(`</b></div><div class="toolbar">`)
	for _, other := range win.Tabs {
		p.Put("<span")
		if other.ID == t.ID {
			p.Put(` class="chosen"`)
		}
		p.Put(`><svg viewBox="0 0 24 24" aria-hidden="true">`, drawings[other.Symbol], "</svg>")
		p.Text(other.Title)
		p.Put("</span>")
	}
	p.Put(`</div>`, "\n", `<div class="content" style="height:`, pixels(l.Height), `">`, "\n")
	controls, rows := map[string]Control{}, map[string]Row{}
	for _, r := range t.Rows {
		rows[r.ID] = r
		for _, c := range r.Controls {
			controls[c.ID] = c
		}
	}
	for _, f := range l.Frames {
		switch f.Part {
		case PartLine:
			p.begin("line", f)
			p.Put(">")
		case PartLabel, PartHelp, PartError:
			p.begin(string(f.Part), f)
			p.Put(">")
			p.lines(f)
		default:
			p.control(controls[f.ID], f)
		}
		p.end()
	}
	p.Put("</div></div></section>\n")
}

// control leaves the element open.
func (p *picture) control(c Control, f Frame) {
	class := string(c.Kind)
	if f.Part != PartControl {
		class = string(f.Part)
	}
	if c.Disabled {
		class += " disabled"
	}
	if c.Warning {
		class += " warning"
	}
	if c.Font == FontTitle {
		class += " bold"
	}
	p.begin(class, f)
	p.Attribute("title", c.ToolTip)
	p.Attribute("aria-label", c.Accessibility)
	p.Put(">")
	switch {
	case f.Part == PartUnit:
		p.Text(c.Unit)
	case f.Part == PartStepper:
		p.Put(`<svg viewBox="0 0 15 22" aria-hidden="true"><path d="M5 8.5 7.5 5.5 10 8.5M5 13.5 7.5 16.5 10 13.5"/></svg>`)
	case c.Kind == KindCheckbox:
		p.box(c.Value)
		p.Put("<span>")
		p.lines(f)
		p.Put("</span>")
	case c.Kind == KindPopup:
		p.Put(`<span class="cut">`)
		for _, o := range c.Options {
			if o.Value == c.Value {
				p.Text(o.Title)
			}
		}
		p.Put(`</span><svg viewBox="0 0 16 16" aria-hidden="true"><path d="M5 6.3 8 3.2 11 6.3M5 9.7 8 12.8 11 9.7"/></svg>`)
	case c.Kind == KindText, c.Kind == KindNumber:
		if c.Value == "" {
			p.Put(`<span class="cut placeholder">`)
			p.Text(c.Placeholder)
		} else {
			p.Put(`<span class="cut">`)
			p.Text(c.Value)
		}
		p.Put("</span>")
	case c.Kind == KindButton:
		p.Text(c.Title)
	case c.Kind == KindTable:
		p.table(c, f)
	case c.Kind == KindIcon:
		p.Put(`<svg viewBox="0 0 64 64" aria-hidden="true">`, iconDrawing, "</svg>")
	default:
		p.lines(f)
	}
}

func (p *picture) box(value string) {
	p.Put(`<i class="box `, value, `"><svg viewBox="0 0 12 12" aria-hidden="true">`)
	switch value {
	case On:
		p.Put(`<path d="M2.6 6.4 5 9 9.4 3"/>`)
	case Mixed:
		p.Put(`<path d="M3 6h6"/>`)
	}
	p.Put("</svg></i>")
}

func (p *picture) table(c Control, f Frame) {
	height := TableRow(p.o.Text)
	tableRow := func(class string) {
		p.Put(`<div class="`, class, `" style="height:`, pixels(height), ";line-height:", pixels(height), `">`)
	}
	cell := func(i int) {
		p.Put(`<span style="width:`, pixels(f.Columns[i]), `"`)
		if c.Columns[i].Tick {
			p.Put(` class="tick"`)
		}
		p.Put(">")
	}
	if hasHeader(c) {
		tableRow("header")
		for i, k := range c.Columns {
			cell(i)
			p.Text(k.Title)
			p.Put("</span>")
		}
		p.end()
	}
	for n := range max(c.Lines, 1) {
		class := "entry"
		if n%2 == 1 {
			class += " odd"
		}
		if n >= len(c.Entries) {
			tableRow(class)
			p.end()
			continue
		}
		e := c.Entries[n]
		if e.ID == c.Selected {
			class += " selected"
		}
		if e.Dim {
			class += " dim"
		}
		tableRow(class)
		for i, k := range c.Columns {
			cell(i)
			if k.Tick {
				if e.Cells[i].Disabled {
					p.Put(`<em class="disabled">`)
				}
				p.box(e.Cells[i].Value)
				if e.Cells[i].Disabled {
					p.Put("</em>")
				}
			}
			p.Text(e.Cells[i].Text)
			p.Put("</span>")
		}
		p.end()
	}
}

// drawings are simple shapes of our own for the tabs' symbols.
var drawings = map[menubar.Symbol]string{
	symbolGeneral:  `<circle cx="12" cy="12" r="3.2"/><path d="M12 3.4v2.6M12 18v2.6M3.4 12H6M18 12h2.6M5.9 5.9l1.9 1.9M16.2 16.2l1.9 1.9M5.9 18.1l1.9-1.9M16.2 7.8l1.9-1.9"/><circle cx="12" cy="12" r="6.2"/>`,
	symbolAuto:     `<path d="M4 13a8 8 0 0 1 14.4-5.2M20 11a8 8 0 0 1-14.4 5.2M18.8 4v4h-4M5.2 20v-4h4"/>`,
	symbolNetworks: `<path d="M3 10a13 13 0 0 1 18 0M6.2 13.4a8.3 8.3 0 0 1 11.6 0M9.3 16.6a4 4 0 0 1 5.4 0M12 19.6v.01"/>`,
	symbolServices: `<path d="M8.5 6.5h11M8.5 12h11M8.5 17.5h11M4.6 6.5v.01M4.6 12v.01M4.6 17.5v.01"/>`,
	symbolAdvanced: `<path d="M14.6 6.2a4.4 4.4 0 0 1 5.6 5.6l-2.9-.6-1.6-1.6ZM16 9.8 6.4 19.4a1.7 1.7 0 0 1-2.4-2.4L13.6 7.4M4.4 4.4l4.2 4.2M15.4 15.4l4 4"/>`,
	symbolAbout:    `<circle cx="12" cy="12" r="8.6"/><path d="M12 11v5.4M12 7.6v.01"/>`,
}

const iconDrawing = `<rect x="5" y="5" width="54" height="54" rx="13" fill="#2f7bf6"/><path fill="#fff" fill-rule="evenodd" d="M32 14c-4.800 3.600-10.200 5.400-15.600 5.700v12c0 9 5.800 15.600 15.600 19.800 9.800-4.200 15.600-10.800 15.600-19.800v-12C42.200 19.400 36.800 17.600 32 14ZM27 31v-2.600a5 5 0 0 1 10 0V31h.6c1 0 1.700.8 1.700 1.700v7c0 1-.8 1.700-1.700 1.700H26.400c-1 0-1.700-.8-1.700-1.700v-7c0-1 .8-1.700 1.700-1.700Zm2.500 0h5v-2.600a2.500 2.500 0 0 0-5 0Z"/>`

const style = `
:root { color-scheme: light dark; }
body { margin: 0; font: 13px/16px -apple-system, BlinkMacSystemFont, "SF Pro Text", Inter, "Helvetica Neue", Arial, sans-serif; background: #ececee; }
main { display: flex; flex-wrap: wrap; align-items: stretch; }
.desktop { flex: 1 1 auto; box-sizing: border-box; padding: 26px; display: flex; justify-content: center; align-items: flex-start; }
.light { --text: rgba(0,0,0,.85); --dim: rgba(0,0,0,.5); --faint: rgba(0,0,0,.26); --line: rgba(0,0,0,.1); --window: #f1f0f1; --bar: #f7f6f7; --edge: rgba(0,0,0,.22); --field: #fff; --field-edge: rgba(0,0,0,.17); --bevel: #fff; --bevel-edge: rgba(0,0,0,.16);
  --odd: #f4f5f5; --accent: #0a7aff; --selected: #0a63e1; --warn: #c5261b; --chosen: rgba(0,0,0,.07); background: linear-gradient(#8fc3ea 0%, #b9d3ef 35%, #e6d4e6 70%, #f3c9b4 100%); }
.dark { --text: rgba(255,255,255,.86); --dim: rgba(255,255,255,.55); --faint: rgba(255,255,255,.27); --line: rgba(255,255,255,.11); --window: #2b2a2c; --bar: #38373a; --edge: #000; --field: #1f1e20; --field-edge: rgba(255,255,255,.14); --bevel: #656467; --bevel-edge: rgba(0,0,0,.3);
  --odd: #2a292b; --accent: #0a82ff; --selected: #0b58c9; --warn: #ff6a60; --chosen: rgba(255,255,255,.1); background: linear-gradient(#10243f 0%, #262a58 40%, #4b2b5c 72%, #7a3d4d 100%); }
.window { color: var(--text); background: var(--window); border-radius: 10px; box-shadow: 0 0 0 .5px var(--edge), 0 18px 50px rgba(0,0,0,.35); overflow: hidden; cursor: default; -webkit-user-select: none; user-select: none; }
.title { height: 28px; background: var(--bar); display: flex; align-items: center; padding-left: 12px; gap: 8px; position: relative; }
.title i { width: 12px; height: 12px; border-radius: 6px; background: #ff5f57; } .title i + i { background: #febc2e; } .title i + i + i { background: var(--faint); }
.title b { position: absolute; left: 0; right: 0; text-align: center; font-weight: 600; }
.toolbar { background: var(--bar); border-bottom: 1px solid var(--line); display: flex; justify-content: center; gap: 4px; padding: 2px 0 6px; }
.toolbar span { min-width: 68px; padding: 4px 8px 3px; border-radius: 6px; display: flex; flex-direction: column; align-items: center; font-size: 11px; line-height: 14px; color: var(--dim); box-sizing: border-box; }
.toolbar svg { width: 24px; height: 24px; fill: none; stroke: currentColor; stroke-width: 1.5; stroke-linecap: round; stroke-linejoin: round; }
.toolbar .chosen { background: var(--chosen); color: var(--accent); }
.content { position: relative; }
.content > div { position: absolute; box-sizing: border-box; white-space: pre; }
.line { background: var(--line); }
.help { color: var(--dim); } .error, .warning { color: var(--warn); } .bold { font-weight: 700; }
.checkbox { display: flex; padding-top: 3px; }
.box { flex: none; display: inline-block; width: 14px; height: 14px; margin: 1px 6px 0 0; border-radius: 3.5px; background: var(--field); box-shadow: inset 0 0 0 .8px var(--field-edge), inset 0 1px 1px rgba(0,0,0,.06); }
.box.on, .box.mixed { background: var(--accent); box-shadow: none; }
.box svg { display: block; width: 12px; height: 12px; margin: 1px; fill: none; stroke: #fff; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
.popup, .button { background: var(--bevel); border-radius: 5.5px; box-shadow: 0 0 0 .5px var(--bevel-edge), 0 1px 1.500px rgba(0,0,0,.16); padding: 3px 0; }
.button { text-align: center; }
.popup { padding-left: 9px; display: flex; align-items: center; justify-content: space-between; }
.popup svg { flex: none; width: 16px; height: 16px; margin-right: 3px; border-radius: 4px; background: var(--accent); fill: none; stroke: #fff; stroke-width: 1.5; stroke-linecap: round; stroke-linejoin: round; }
.text, .field { background: var(--field); box-shadow: inset 0 0 0 .8px var(--field-edge); border-radius: 3px; padding: 3px 6px; display: flex; }
.field { justify-content: flex-end; font-variant-numeric: tabular-nums; }
.cut { overflow: hidden; text-overflow: ellipsis; flex: 0 1 auto; }
.placeholder { color: var(--faint); }
.stepper { background: var(--bevel); border-radius: 5px; box-shadow: 0 0 0 .5px var(--bevel-edge), 0 1px 1.500px rgba(0,0,0,.16); }
.stepper svg { width: 100%; height: 100%; fill: none; stroke: currentColor; stroke-width: 1.300; stroke-linecap: round; stroke-linejoin: round; }
.link { color: var(--accent); }
.icon svg { width: 100%; height: 100%; display: block; }
.table { background: var(--field); border: 1px solid var(--field-edge); border-radius: 5px; overflow: hidden; }
.table div { display: flex; } .table div > span { flex: none; box-sizing: border-box; padding: 0 7px; overflow: hidden; text-overflow: ellipsis; }
.header { font-size: .85em; font-weight: 500; color: var(--dim); border-bottom: 1px solid var(--line); box-sizing: border-box; }
.odd { background: var(--odd); } .dim { color: var(--dim); }
.selected { background: var(--selected); color: #fff; }
.selected .box.on { box-shadow: 0 0 0 1px rgba(255,255,255,.55); }
.tick { text-align: center; } .tick .box { margin: 0; vertical-align: -2px; }
.disabled { opacity: .45; }
`
