package terminal

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"vpnstatus/internal/menubar"
)

const (
	// A terminal below this size shows nothing but that it is too small.
	leastWidth, leastHeight = 20, 5

	// mostWidth keeps keys and arrows near the titles on a wide terminal.
	mostWidth = 76

	// leastText is the narrowest column of words that still reads well.
	leastText = 12

	// tightHeight is the height below which the lines around the menu are left out.
	tightHeight = 14
)

// Styles use the terminal's own 16 colours, which its owner chose to be readable.
var (
	dim      = lipgloss.NewStyle().Faint(true)
	strong   = lipgloss.NewStyle().Bold(true)
	selected = lipgloss.NewStyle().Reverse(true)
	failure  = lipgloss.NewStyle().Bold(true).Foreground(lipgloss.Red)
	tones    = map[menubar.Tone]lipgloss.Style{
		menubar.ToneGood: lipgloss.NewStyle().Foreground(lipgloss.Green),
		menubar.ToneBusy: lipgloss.NewStyle().Foreground(lipgloss.Yellow),
		menubar.ToneWait: lipgloss.NewStyle().Foreground(lipgloss.Cyan),
		menubar.ToneWarn: lipgloss.NewStyle().Foreground(lipgloss.Red),
	}
)

// View implements tea.Model.
func (m *model) View() tea.View {
	v := tea.NewView("")
	v.AltScreen = true
	v.MouseMode = tea.MouseModeCellMotion
	v.WindowTitle = m.plain(m.menu.Status.Accessibility)
	if m.width > 0 && m.height > 0 { // else the size is not known yet
		v.SetContent(strings.Join(m.lines(), "\n"))
	}
	return v
}

func (m *model) tooSmall() bool { return m.width < leastWidth || m.height < leastHeight }

func (m *model) tight() bool { return m.height < tightHeight }

func (m *model) headerHeight() int {
	if m.tight() {
		return 1
	}
	return 2
}

func (m *model) bodyHeight() int { return max(m.height-2*m.headerHeight(), 1) }

func (m *model) menuWidth() int { return min(m.width, mostWidth) }

// lines are the lines of the screen, at most its height and none wider than it.
func (m *model) lines() []string {
	if m.tooSmall() {
		words := ansi.Wordwrap("terminal too small", max(m.width, 1), "")
		lines := strings.Split(words, "\n")
		for i := range lines {
			lines[i] = ansi.Truncate(lines[i], m.width, "")
		}
		return lines[:min(len(lines), m.height)]
	}
	w := m.menuWidth()
	rule := dim.Render(strings.Repeat(m.plain("─"), w))
	lines := []string{m.header(w)}
	if !m.tight() {
		lines = append(lines, rule)
	}
	rows := m.rows()
	height := m.bodyHeight()
	for i := range height {
		at := m.offset + i
		if at >= len(rows) {
			lines = append(lines, "")
			continue
		}
		text := m.render(rows[at], w-1)
		mark := ""
		switch {
		case i == 0 && m.offset > 0:
			mark = m.plain("▲")
		case i == height-1 && at < len(rows)-1:
			mark = m.plain("▼")
		}
		lines = append(lines, text+dim.Render(mark))
	}
	if !m.tight() {
		lines = append(lines, rule)
	}
	return append(lines, m.footer(w))
}

// header is the status item, or the way back from a submenu.
func (m *model) header(w int) string {
	if m.help {
		return strong.Render(m.fit("Keys", w))
	}
	if n := len(m.path); n > 0 {
		it, _ := m.menu.Find(m.path[n-1])
		return strong.Render(m.fit(m.plain("‹ ")+m.plain(it.Title), w))
	}
	st := m.menu.Status
	glyph := st.Symbol.Glyph(m.ascii)
	right := ""
	if text := m.plain(st.Text); text != "" && menubar.Width(glyph+" "+st.Accessibility+" "+text) <= w {
		right = " " + text
	}
	left := m.fit(" "+m.plain(st.Accessibility), w-menubar.Width(glyph)-menubar.Width(right))
	gap := w - menubar.Width(glyph) - menubar.Width(left) - menubar.Width(right)
	return tones[st.Tone].Render(glyph) + strong.Render(left+strings.Repeat(" ", max(gap, 0))+right)
}

// footer is the message, or the keys that matter most.
func (m *model) footer(w int) string {
	if m.message != "" {
		text := m.fit(m.plain(m.message), w)
		if m.failed {
			return failure.Render(text)
		}
		return text
	}
	if m.help {
		return dim.Render(m.fit("any key closes the help", w))
	}
	hints := []string{"enter click", "space auto", "? help", "q leave", "o more", "p pause"}
	if len(m.path) > 0 {
		hints = []string{"esc back", "enter click", "? help", "q leave"}
	}
	text := hints[0]
	for _, h := range hints[1:] {
		if next := text + m.plain(" · ") + h; menubar.Width(next) <= w {
			text = next
		}
	}
	return dim.Render(m.fit(text, w))
}

// row is one line of the menu before it is styled.
type row struct {
	id       string // of the item; empty: none
	kind     menubar.Kind
	symbol   string
	tone     menubar.Tone
	left     string // before the symbol
	text     string // after the symbol
	right    string // at the right edge
	selected bool
	disabled bool
}

// rows are all lines of the page.
func (m *model) rows() []row {
	if m.help {
		return m.helpRows()
	}
	var rows []row
	for _, it := range m.page() {
		rows = append(rows, m.itemRows(it)...)
	}
	return rows
}

func (m *model) itemRows(it menubar.Item) []row {
	w := m.menuWidth() - 1 // the last column is for the marks of more lines
	if it.Kind == menubar.KindSeparator {
		return []row{{kind: it.Kind, text: "  " + strings.Repeat(m.plain("─"), w-2)}}
	}
	r := row{id: it.ID, kind: it.Kind, tone: it.Tone, selected: it.ID == m.selected, disabled: !clickable(it)}
	marker := "  "
	if r.selected {
		marker = m.plain("▸ ")
	}
	tick := "  "
	switch it.State {
	case menubar.StateOn:
		tick = m.plain("✓ ")
	case menubar.StateMixed:
		tick = "- "
	}
	r.left = marker + tick + strings.Repeat(" ", it.Indent)
	if it.Symbol != "" {
		r.symbol = it.Symbol.Glyph(m.ascii)
	}
	switch {
	case it.Kind == menubar.KindSubmenu:
		r.right = m.plain(" ›")
	case len(it.Key.Equivalent) == 1 && it.Key.Modifiers == menubar.Command && it.Key.Equivalent != ",":
		r.right = " " + it.Key.Equivalent
	}
	room := w - menubar.Width(r.left) - menubar.Width(r.right)
	if r.symbol != "" {
		room -= menubar.Width(r.symbol) + 1
	}
	title := m.plain(it.Title)
	if it.Kind != menubar.KindText {
		r.text = m.middle(title, room)
		return []row{r}
	}
	// Lines to read are whole here: there is no tool tip in a terminal.
	if it.ToolTip != "" {
		title = m.plain(it.ToolTip)
	}
	parts := strings.Split(ansi.Wrap(title, max(room, 1), ""), "\n")
	rows := make([]row, 0, len(parts))
	for i, p := range parts {
		next := r
		next.text = p
		if i > 0 && r.symbol != "" {
			next.symbol = strings.Repeat(" ", menubar.Width(r.symbol))
		}
		rows = append(rows, next)
	}
	return rows
}

func (m *model) helpRows() []row {
	var rows []row
	keys := 0
	for _, b := range m.keys.all() {
		keys = max(keys, menubar.Width(b.Help().Key))
	}
	w := m.menuWidth() - 1
	narrow := w-keys-4 < leastText
	if narrow {
		keys = 0 // what a key does stands below it
	}
	add := func(k, text string) {
		if narrow {
			rows = append(rows, row{kind: menubar.KindText, text: "  " + k})
			k = ""
		}
		for i, part := range strings.Split(ansi.Wrap(text, w-keys-4, ""), "\n") {
			if i > 0 {
				k = ""
			}
			rows = append(rows, row{kind: menubar.KindText, text: "  " + k + strings.Repeat(" ", keys-menubar.Width(k)+2) + part})
		}
	}
	for _, b := range m.keys.all() {
		add(b.Help().Key, b.Help().Desc)
	}
	add("mouse", "click a line; the wheel scrolls; the right button goes back")
	add("", "Settings, Launch at Login and the system's settings are not in this menu: see vpnstatus settings and vpnstatus login")
	return rows
}

// render styles a line; it is w columns wide or, without selection, less.
func (m *model) render(r row, w int) string {
	gap := w - menubar.Width(r.left) - menubar.Width(r.text) - menubar.Width(r.right)
	symbol := r.symbol
	if symbol != "" {
		symbol += " "
		gap -= menubar.Width(symbol)
	}
	fill := strings.Repeat(" ", max(gap, 0))
	switch {
	case r.selected:
		return selected.Render(r.left + symbol + r.text + fill + r.right)
	case m.help:
		return r.text + fill
	case r.kind == menubar.KindSeparator, r.disabled:
		style := dim
		if t, ok := tones[r.tone]; ok && symbol != "" {
			return r.left + t.Render(symbol) + style.Render(r.text+fill+r.right)
		}
		return r.left + style.Render(symbol+r.text+fill+r.right)
	}
	return r.left + tones[r.tone].Render(symbol) + r.text + fill + dim.Render(r.right)
}

// middle cuts a text at a width, out of its middle.
func (m *model) middle(s string, w int) string {
	s = menubar.Middle(s, w)
	if m.ascii {
		s = strings.ReplaceAll(s, "…", "~")
	}
	return s
}

// fit cuts a text at a width.
func (m *model) fit(s string, w int) string { return ansi.Truncate(s, max(w, 0), m.plain("…")) }

// scroll moves the lines without the cursor.
func (m *model) scroll(by int) {
	if m.tooSmall() {
		return
	}
	m.offset = min(max(m.offset+by, 0), max(len(m.rows())-m.bodyHeight(), 0))
}

// reveal scrolls so that the line under the cursor is seen, with the lines that
// belong to it when they fit.
func (m *model) reveal() {
	if m.tooSmall() {
		return
	}
	if m.help {
		m.scroll(0)
		return
	}
	rows := m.rows()
	height := m.bodyHeight()
	first := slices.IndexFunc(rows, func(r row) bool { return r.selected })
	if first >= 0 {
		last := first
		for last+1 < len(rows) && rows[last+1].kind == menubar.KindText && last+1-first < height {
			last++
		}
		// The lines before the first that can be clicked have no other way
		// to be seen.
		if !slices.ContainsFunc(rows[:first], func(r row) bool { return r.id != "" && !r.disabled }) && first < height {
			first = 0
		}
		if last >= m.offset+height {
			m.offset = last - height + 1
		}
		if first < m.offset {
			m.offset = first
		}
	}
	m.scroll(0)
}
