package terminal

import (
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"vpnstatus/internal/menubar"
	"vpnstatus/internal/menubar/preferences"
)

const (
	// labelColumns is the width of the labels' column; all labels fit.
	labelColumns = 22
	// besideWidth is the least width at which labels stand beside the controls.
	besideWidth = 60
)

// look is how a line is drawn.
type look int

const (
	lookPlain look = iota
	lookDim
	lookFailure
)

// line is one line of the settings screen before it is styled.
type line struct {
	stop     stop // zero: the cursor can't stand here
	option   int  // of a choice, from 1
	label    string
	text     string // what is selected with the cursor
	look     look
	selected bool
	raw      bool // text has escape sequences of its own
	tickEnd  int  // last column of the ticks of a table's line
}

// lines are all lines of the tab, or of the open choice.
func (p *prefs) lines() []line {
	w := p.m.menuWidth() - 1 // the last column is for the marks of more lines
	if p.choice != nil {
		return p.choiceLines(w)
	}
	var lines []line
	labels := 0
	if w >= besideWidth {
		labels = labelColumns
	}
	for i, r := range p.page().Rows {
		if r.Break && i > 0 {
			lines = append(lines, line{text: strings.Repeat(p.m.plain("─"), w), look: lookDim})
		}
		label, indent := r.Label, labels
		if r.Wide || r.Center {
			indent = 0
		}
		if label != "" && indent == 0 {
			for _, s := range p.wrap(label, w) {
				lines = append(lines, line{text: s, look: lookDim})
			}
			label = ""
		}
		for _, c := range r.Controls {
			for _, l := range p.control(c, w-indent) {
				l.label = pad(p.m.fit(p.m.plain(label), indent), indent)
				label = ""
				lines = append(lines, l)
			}
		}
		if r.Error != "" {
			for _, s := range p.wrap("! "+r.Error, w-indent-2) {
				lines = append(lines, line{label: strings.Repeat(" ", indent+2), text: s, look: lookFailure})
			}
		}
		if r.Help != "" {
			for _, s := range p.wrap(r.Help, w-indent-2) {
				lines = append(lines, line{label: strings.Repeat(" ", indent+2), text: s, look: lookDim})
			}
		}
	}
	return lines
}

func pad(s string, w int) string { return s + strings.Repeat(" ", max(w-menubar.Width(s), 0)) }

func (p *prefs) wrap(s string, w int) []string {
	return strings.Split(ansi.Wrap(p.m.plain(s), max(w, 1), ""), "\n")
}

// control are the lines of a control, at most w columns wide.
func (p *prefs) control(c preferences.Control, w int) []line {
	if c.Kind == preferences.KindTable {
		return p.table(c, w)
	}
	text, look := "", lookPlain
	switch c.Kind {
	case preferences.KindIcon:
		return nil
	case preferences.KindStatic:
		if c.Warning {
			look = lookFailure
		}
		var lines []line
		for _, s := range p.wrap(c.Value, w-2) {
			lines = append(lines, line{text: "  " + s, look: look})
		}
		return lines
	case preferences.KindCheckbox:
		text = tickMark(c.Value) + " " + c.Title
	case preferences.KindPopup:
		title := c.Value
		for _, o := range c.Options {
			if o.Value == c.Value {
				title = o.Title
			}
		}
		text = "< " + title + " >"
	case preferences.KindNumber:
		text, look = p.field(c)
		text = strings.TrimSpace(text + " " + c.Unit)
	case preferences.KindText:
		text, look = p.field(c)
	case preferences.KindLink:
		text = c.Title + ": " + c.Action.Text
	default:
		text = "[ " + c.Title + " ]"
	}
	here := stop{control: c.ID}
	if c.Disabled {
		here, look = stop{}, lookDim
	}
	l := line{stop: here, look: look, selected: here == p.cursor && !c.Disabled}
	if p.input != nil && p.editing == c.ID {
		in := *p.input
		in.SetWidth(max(w-4, 1)) // the marker, and the cursor at the end
		l.raw, l.text = true, p.m.plain("▸ ")+p.printable(in.View())
		return []line{l}
	}
	l.text = p.m.fit(p.marker(l.selected)+p.m.plain(menubar.Clean(text)), w)
	return []line{l}
}

// printable makes a text with escape sequences fit for an ASCII terminal.
func (p *prefs) printable(s string) string {
	if !p.m.ascii {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r > '~' {
			return '?'
		}
		return r
	}, s)
}

func (p *prefs) marker(selected bool) string {
	if selected {
		return p.m.plain("▸ ")
	}
	return "  "
}

// field is the text of a field that is not edited.
func (p *prefs) field(c preferences.Control) (string, look) {
	if c.Value != "" {
		return c.Value, lookPlain
	}
	if c.Placeholder != "" {
		return "(" + c.Placeholder + ")", lookDim
	}
	return "(empty)", lookDim
}

// table are the lines of a table, with a head where there is room.
func (p *prefs) table(c preferences.Control, w int) []line {
	widths := p.columns(c, w-2)
	var lines []line
	if w >= besideWidth && slices.ContainsFunc(c.Columns, func(k preferences.Column) bool { return k.Title != "" }) {
		text := "  "
		for i, k := range c.Columns {
			text += p.cell(k.Title, widths[i])
		}
		lines = append(lines, line{text: p.m.fit(strings.TrimRight(text, " "), w), look: lookDim})
	}
	for _, e := range c.Entries {
		l := line{stop: stop{c.ID, e.ID}, selected: p.cursor == stop{c.ID, e.ID}}
		if e.Dim {
			l.look = lookDim
		}
		text := p.marker(l.selected)
		if !l.selected && e.ID == c.Selected {
			text = p.m.plain("· ")
		}
		for i, k := range c.Columns {
			s := e.Cells[i].Text
			if k.Tick {
				s = tickMark(e.Cells[i].Value)
				if l.tickEnd == 0 && i == 0 {
					l.tickEnd = menubar.Width(text) + 3
				}
			}
			text += p.cell(s, widths[i])
		}
		l.text = p.m.fit(strings.TrimRight(text, " "), w)
		lines = append(lines, l)
	}
	return lines
}

func (p *prefs) cell(s string, w int) string {
	if w <= 0 {
		return ""
	}
	return pad(p.m.middle(p.m.plain(menubar.Clean(s)), w-1), w)
}

// middle is menubar.Middle with an ellipsis that the terminal has.
func (m *model) middle(s string, w int) string {
	s = menubar.Middle(s, w)
	if m.ascii {
		s = strings.ReplaceAll(s, "…", "~")
	}
	return s
}

// columns shares the width out; on a narrow terminal only the first and the last
// text of a line are shown. A width includes the gap to the next column.
func (p *prefs) columns(c preferences.Control, w int) []int {
	widths := make([]int, len(c.Columns))
	var texts []int
	for i, k := range c.Columns {
		if k.Tick {
			widths[i] = max(4, menubar.Width(k.Title)+1)
			if w < besideWidth {
				widths[i] = 4
			}
			w -= widths[i]
		} else {
			texts = append(texts, i)
		}
	}
	if w < besideWidth-16 && len(texts) > 2 {
		texts = []int{texts[0], texts[len(texts)-1]}
	}
	weights := 0.0
	for _, i := range texts {
		weights += c.Columns[i].Weight
	}
	for _, i := range texts {
		widths[i] = int(float64(w) * c.Columns[i].Weight / weights)
	}
	return widths
}

func (p *prefs) choiceLines(w int) []line {
	var lines []line
	for _, t := range p.choice.text {
		for _, s := range p.wrap(t, w-2) {
			lines = append(lines, line{label: "  ", text: s})
		}
	}
	for i, o := range p.choice.options {
		at := i == p.choice.at
		lines = append(lines, line{option: i + 1, selected: at, text: p.m.fit(p.marker(at)+p.m.plain(menubar.Clean(o.title)), w)})
	}
	return lines
}

// first is the first line shown.
func (p *prefs) first() *int {
	if p.choice != nil {
		return &p.choice.offset
	}
	return &p.offset
}

// scroll moves the lines without the cursor.
func (p *prefs) scroll(by int) {
	if !p.m.tooSmall() {
		at := p.first()
		*at = min(max(*at+by, 0), max(len(p.lines())-p.m.bodyHeight(), 0))
	}
}

// visible reports whether the line under the cursor is seen.
func (p *prefs) visible() bool {
	at := slices.IndexFunc(p.lines(), func(l line) bool { return l.selected })
	first := *p.first()
	return at >= first && at < first+p.m.bodyHeight()
}

// reveal scrolls so that the line under the cursor is seen, with the words that
// belong to it when they fit.
func (p *prefs) reveal() {
	if p.m.tooSmall() {
		return
	}
	lines, height, at := p.lines(), p.m.bodyHeight(), p.first()
	from := slices.IndexFunc(lines, func(l line) bool { return l.selected })
	if from >= 0 {
		to := from
		for to+1 < len(lines) && lines[to+1].stop == (stop{}) && to+1-from < height && p.choice == nil {
			to++
		}
		// What stands above belongs to it too: its label, or the head of a table.
		for from > 0 && lines[from-1].stop == (stop{}) && to-from+1 < height {
			from--
		}
		if to >= *at+height {
			*at = to - height + 1
		}
		if from < *at {
			*at = from
		}
	}
	p.scroll(0)
}

// render styles a line; it is at most w columns wide.
func (p *prefs) render(l line, w int) string {
	text := l.text
	switch {
	case l.raw:
	case l.selected:
		return l.label + selected.Render(pad(text, w-menubar.Width(l.label)))
	case l.look == lookDim:
		text = dim.Render(text)
	case l.look == lookFailure:
		text = failure.Render(text)
	}
	used := ansi.StringWidth(l.label) + ansi.StringWidth(text)
	return ansi.Truncate(l.label+text, w, "") + strings.Repeat(" ", max(w-used, 0))
}

// screen are the lines of the terminal.
func (p *prefs) screen() []string {
	m := p.m
	w := m.menuWidth()
	rule := dim.Render(strings.Repeat(m.plain("─"), w))
	out := []string{p.header(w)}
	if !m.tight() {
		out = append(out, rule)
	}
	lines, height, offset := p.lines(), m.bodyHeight(), *p.first()
	for i := range height {
		at := offset + i
		if at >= len(lines) {
			out = append(out, "")
			continue
		}
		mark := ""
		switch {
		case i == 0 && offset > 0:
			mark = m.plain("▲")
		case i == height-1 && at < len(lines)-1:
			mark = m.plain("▼")
		}
		out = append(out, p.render(lines[at], w-1)+dim.Render(mark))
	}
	if !m.tight() {
		out = append(out, rule)
	}
	return append(out, p.footer(w))
}

func (p *prefs) header(w int) string {
	m := p.m
	if p.choice != nil {
		return strong.Render(m.fit(m.plain("‹ ")+m.plain(menubar.Clean(p.choice.title)), w))
	}
	titles := p.tabTitles()
	if len(titles) == 1 {
		return strong.Render(m.fit(m.plain(titles[0].text), w))
	}
	text := ""
	for _, t := range titles {
		if t.tab == p.tab {
			text += selected.Render(m.plain(t.text))
		} else {
			text += m.plain(t.text)
		}
	}
	return text
}

func (p *prefs) footer(w int) string {
	m := p.m
	if m.message != "" {
		return m.footer(w)
	}
	hints := []string{"esc back", "tab next tab", "space change", "enter edit", "? help"}
	switch {
	case p.input != nil:
		hints = []string{"enter keep", "esc undo"}
	case p.choice != nil && len(p.choice.options) == 0:
		hints = []string{"any key closes this"}
	case p.choice != nil:
		hints = []string{"enter choose", "esc back"}
	}
	text := hints[0]
	for _, h := range hints[1:] {
		if next := text + m.plain(" · ") + h; menubar.Width(next) <= w {
			text = next
		}
	}
	return dim.Render(m.fit(text, w))
}
