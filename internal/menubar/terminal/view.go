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
	// A terminal below this size shows only that it is too small.
	minWidth, minHeight = 20, 5

	// maxWidth keeps keys and arrows near the titles on a wide terminal.
	maxWidth = 76

	// maxMessage is the most lines of a message: all lines of the lowest terminal but
	// two.
	maxMessage = minHeight - 2

	// tightHeight is the height below which the horizontal lines above and below
	// the menu are left out.
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
	v.WindowTitle = plain(m.menu.Status.Accessibility)
	if m.width > 0 && m.height > 0 { // otherwise the size is not known yet
		v.SetContent(strings.Join(m.lines(), "\n"))
	}
	return v
}

// plain leaves out the isolates, which terminals do not understand.
func plain(s string) string { return isolates.Replace(s) }

var isolates = strings.NewReplacer("\u2066", "", "\u2067", "", "\u2068", "", "\u2069", "")

func (m *model) tooSmall() bool { return m.width < minWidth || m.height < minHeight }

func (m *model) tight() bool { return m.height < tightHeight }

func (m *model) headerHeight() int {
	if m.tight() {
		return 1
	}
	return 2
}

func (m *model) bodyHeight() int { return max(m.height-2*m.headerHeight(), 1) }

func (m *model) menuWidth() int { return min(m.width, maxWidth) }

// lines returns the lines of the screen, which fit its height and width.
func (m *model) lines() []string {
	if m.tooSmall() {
		return []string{fit("terminal too small", m.width)}
	}
	w := m.menuWidth()
	rule := dim.Render(strings.Repeat("─", w))
	lines := []string{m.header(w)}
	if !m.tight() {
		lines = append(lines, rule)
	}
	rows, offset, height := m.rows(), m.top().offset, m.bodyHeight()
	for i := range height {
		at, line := offset+i, ""
		if at < len(rows) {
			line = m.render(rows[at], w-1)
		}
		switch {
		case i == 0 && offset > 0:
			line += dim.Render("▲")
		case i == height-1 && at < len(rows)-1:
			line += dim.Render("▼")
		}
		lines = append(lines, line)
	}
	if !m.tight() {
		lines = append(lines, rule)
	}
	footer := m.footer(w)
	return append(lines[:len(lines)+1-len(footer)], footer...)
}

// header returns the status item, or the way back from a submenu.
func (m *model) header(w int) string {
	switch id := m.top().id; id {
	case "":
	case helpPage:
		return strong.Render("Keys")
	default:
		it, _ := m.menu.Find(id)
		return strong.Render(fit("‹ "+plain(it.Title), w))
	}
	st := m.menu.Status
	glyph, left, right := st.Symbol.Glyph(), " "+plain(st.Accessibility), ""
	if text := " " + plain(st.Text); st.Text != "" && menubar.Width(glyph+left+text) <= w {
		right = text
	}
	left = fit(left, w-menubar.Width(glyph+right))
	gap := strings.Repeat(" ", max(w-menubar.Width(glyph+left+right), 0))
	return tones[st.Tone].Render(glyph) + strong.Render(left+gap+right)
}

// footer returns the message, which may cover the end of the menu, or the most
// important keys.
func (m *model) footer(w int) []string {
	if m.message != "" {
		style := lipgloss.NewStyle()
		if m.failed {
			style = failure
		}
		lines := strings.Split(ansi.Wrap(plain(m.message), w, ""), "\n")
		if len(lines) > maxMessage {
			lines = append(lines[:maxMessage-1], fit(strings.Join(lines[maxMessage-1:], " "), w))
		}
		for i, l := range lines {
			lines[i] = style.Render(l)
		}
		return lines
	}
	hints := []string{"enter click", "space auto", "? help", "q leave", "o more", "p pause"}
	switch {
	case m.top().id == helpPage:
		hints = []string{"any key closes the help"}
	case len(m.pages) > 1:
		hints = []string{"esc back", "enter click", "? help", "q leave"}
	}
	text := hints[0]
	for _, h := range hints[1:] {
		if next := text + " · " + h; menubar.Width(next) <= w {
			text = next
		}
	}
	return []string{dim.Render(fit(text, w))}
}

// row is one line of the menu before it is styled.
type row struct {
	id       string // of the item; empty if none
	kind     menubar.Kind
	symbol   string
	tone     menubar.Tone
	left     string // before the symbol
	text     string // after the symbol
	right    string // at the right edge
	selected bool
	disabled bool
}

// rows returns all lines of the page.
func (m *model) rows() []row {
	if m.top().id == helpPage {
		return m.helpRows()
	}
	var rows []row
	for _, it := range m.items() {
		rows = append(rows, m.itemRows(it)...)
	}
	return rows
}

func (m *model) itemRows(it menubar.Item) []row {
	w := m.menuWidth() - 1 // the last column shows whether there are more lines
	if it.Kind == menubar.KindSeparator {
		return []row{{kind: it.Kind, text: "  " + strings.Repeat("─", w-2)}}
	}
	r := row{id: it.ID, kind: it.Kind, tone: it.Tone, selected: it.ID == m.top().selected, disabled: !clickable(it)}
	marker := "  "
	if r.selected {
		marker = "▸ "
	}
	tick := "  "
	switch it.State {
	case menubar.StateOn:
		tick = "✓ "
	case menubar.StateMixed:
		tick = "- "
	}
	r.left = marker + tick + strings.Repeat(" ", it.Indent)
	if it.Symbol != "" {
		r.symbol = it.Symbol.Glyph()
	}
	switch {
	case it.Kind == menubar.KindSubmenu:
		r.right = " ›"
	case len(it.Key.Equivalent) == 1 && it.Key.Modifiers == menubar.Command && it.Key.Equivalent != ",":
		r.right = " " + it.Key.Equivalent
	}
	room := w - menubar.Width(r.left) - menubar.Width(r.right)
	if r.symbol != "" {
		room -= menubar.Width(r.symbol) + 1
	}
	title := plain(it.Title)
	if it.Kind != menubar.KindText {
		r.text = menubar.Middle(title, room)
		return []row{r}
	}
	// Texts are shown in full: there are no tool tips in a terminal.
	if it.ToolTip != "" {
		title = plain(it.ToolTip)
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
	keyWidth := 0
	for _, b := range keys.all() {
		keyWidth = max(keyWidth, menubar.Width(b.Help().Key))
	}
	var rows []row
	add := func(key, text string) {
		for part := range strings.SplitSeq(ansi.Wrap(text, m.menuWidth()-keyWidth-5, ""), "\n") {
			rows = append(rows, row{kind: menubar.KindText, text: "  " + key + strings.Repeat(" ", keyWidth-menubar.Width(key)+2) + part})
			key = ""
		}
	}
	for _, b := range keys.all() {
		add(b.Help().Key, b.Help().Desc)
	}
	add("", "Settings and Launch at Login are not in this menu: see vpnstatus settings and vpnstatus login")
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
	case m.top().id == helpPage:
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

// fit cuts a text at a width.
func fit(s string, w int) string { return ansi.Truncate(s, max(w, 0), "…") }

// scroll moves the lines without the cursor.
func (m *model) scroll(by int) {
	if !m.tooSmall() {
		p := m.top()
		p.offset = min(max(p.offset+by, 0), max(len(m.rows())-m.bodyHeight(), 0))
	}
}

// reveal scrolls so that the line under the cursor is seen, with the lines that
// belong to it if they fit.
func (m *model) reveal() {
	if m.tooSmall() {
		return
	}
	p, rows, height := m.top(), m.rows(), m.bodyHeight()
	if first := slices.IndexFunc(rows, func(r row) bool { return r.selected }); first >= 0 {
		last := first
		for last+1 < len(rows) && rows[last+1].kind == menubar.KindText && last+1-first < height {
			last++
		}
		// There is no other way to see the lines before the first one that can
		// be clicked.
		if first < height && !slices.ContainsFunc(rows[:first], func(r row) bool { return r.id != "" && !r.disabled }) {
			first = 0
		}
		p.offset = min(max(p.offset, last-height+1), first)
	}
	m.scroll(0)
}
