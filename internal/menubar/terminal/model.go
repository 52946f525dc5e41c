package terminal

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/menubar"
	"vpnstatus/internal/plaintext"
	"vpnstatus/internal/settings"
)

const (
	// messageTime is how long a message stays in the last line: long enough to
	// read an error of two lines' length.
	messageTime = 6 * time.Second

	// commandTime bounds a command to the source. The engine answers in
	// microseconds; a remote one that does not answer is gone.
	commandTime = 10 * time.Second

	// wheelLines is how far one step of a mouse wheel scrolls.
	wheelLines = 3
)

// Messages beside those of the library.
type (
	snapshotMsg struct{ snapshot *engine.Snapshot }
	endedMsg    struct{ err error } // the source ended
	doneMsg     struct {
		text string
		err  error
	} // a command or action is done
	refreshMsg struct{}                 // a visible text changes by the clock
	expireMsg  struct{ generation int } // the message has been read
)

// model is the state of the screen. Only the program's goroutine touches it.
type model struct {
	ctx  context.Context // ends the commands under way
	src  menubar.Source
	o    Options
	keys keyMap

	// later sends a message after some time, unless it is stopped before. The
	// library's own timers can't be stopped.
	later func(d time.Duration, msg tea.Msg) (stop func())

	snapshot *engine.Snapshot
	menu     menubar.Menu
	width    int
	height   int
	ascii    bool

	path     []string // IDs of the open submenus
	selected string   // ID of the item under the cursor; empty: none can be clicked
	moved    bool     // by a person: until then the cursor stays on the first item
	position int      // its place among the items that can be clicked, should it vanish
	cursors  []string // selected in the pages below, for going back
	offset   int      // first line shown
	option   bool     // alternates are shown
	help     bool     // the help page is shown

	message      string
	failed       bool // message is an error
	messageCount int
	stopMessage  func()    // of its timer; nil: none
	refreshAt    time.Time // when the menu is built anew; zero: not by the clock
	stopRefresh  func()    // of its timer; nil: none
	quitting     bool
	ended        error
}

func newModel(ctx context.Context, src menubar.Source, o Options, later func(time.Duration, tea.Msg) func()) *model {
	if o.Settings == nil {
		o.Settings = settings.Default
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Env.Without = append(slices.Clone(o.Env.Without), menubar.AppSettings) // the command does its work
	if o.App == nil {
		o.Env.Without = append(o.Env.Without, beyond...)
	}
	if o.Diagnostics == nil {
		o.Env.Without = append(o.Env.Without, menubar.AppDiagnostics)
	}
	m := &model{ctx: ctx, src: src, o: o, later: later, ascii: !unicode(o.Environ), snapshot: src.Latest()}
	m.keys = newKeys(m.ascii)
	m.build()
	return m
}

// Init implements tea.Model.
func (m *model) Init() tea.Cmd {
	m.schedule()
	return nil
}

// Update implements tea.Model.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	cmd := m.update(msg)
	m.schedule()
	return m, cmd
}

func (m *model) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
		m.reveal()
	case snapshotMsg:
		m.snapshot = msg.snapshot
		m.build()
	case refreshMsg:
		m.refreshAt = time.Time{}
		m.build()
	case endedMsg:
		if !errors.Is(msg.err, engine.ErrClosed) {
			m.ended = msg.err
		}
		return m.quit()
	case doneMsg:
		if msg.err != nil {
			m.say(msg.err.Error(), true)
		} else if msg.text != "" {
			m.say(msg.text, false)
		}
	case expireMsg:
		if msg.generation == m.messageCount {
			m.message = ""
		}
	case tea.KeyPressMsg:
		m.moved = true
		return m.press(msg)
	case tea.MouseClickMsg:
		m.moved = true
		return m.mouse(msg.Mouse())
	case tea.MouseWheelMsg:
		switch msg.Button {
		case tea.MouseWheelUp:
			m.scroll(-wheelLines)
		case tea.MouseWheelDown:
			m.scroll(wheelLines)
		}
	}
	return nil
}

// build makes the menu anew and keeps the cursor where it was.
func (m *model) build() {
	set := m.o.Settings()
	set.IconStyle = settings.IconColor // a terminal has no template images
	m.menu = menubar.Build(m.snapshot, set, m.o.Env, m.o.Now())
	for i, id := range m.path {
		if it, ok := m.menu.Find(id); !ok || it.Kind != menubar.KindSubmenu || it.Disabled || len(it.Submenu) == 0 {
			m.path, m.selected, m.cursors = m.path[:i], m.cursors[i], m.cursors[:i]
			break
		}
	}
	m.keepSelection()
	m.reveal()
}

// schedule sets the timer for the next text that changes by the clock; none is
// set when nothing visible does.
func (m *model) schedule() {
	at := m.menu.Refresh
	if m.help || m.quitting || m.tooSmall() {
		at = time.Time{}
	}
	if at.Equal(m.refreshAt) {
		return
	}
	m.refreshAt = at
	if m.stopRefresh != nil {
		m.stopRefresh()
		m.stopRefresh = nil
	}
	if !at.IsZero() {
		m.stopRefresh = m.later(max(at.Sub(m.o.Now()), 0), refreshMsg{})
	}
}

func (m *model) quit() tea.Cmd {
	m.quitting = true
	if m.stopMessage != nil {
		m.stopMessage()
	}
	return tea.Quit
}

// say shows a message in the last line for some seconds.
func (m *model) say(text string, failed bool) {
	m.message, m.failed = plaintext.Line(text), failed
	m.messageCount++
	if m.stopMessage != nil {
		m.stopMessage()
	}
	m.stopMessage = m.later(messageTime, expireMsg{m.messageCount})
}

// page returns the items of the open menu or submenu that are shown now.
func (m *model) page() []menubar.Item {
	items := m.menu.Items
	if n := len(m.path); n > 0 {
		it, _ := m.menu.Find(m.path[n-1])
		items = it.Submenu
	}
	shown := make([]menubar.Item, 0, len(items))
	for i, it := range items {
		replaced := i+1 < len(items) && items[i+1].Alternate
		if it.Hidden || it.Alternate && !m.option || replaced && m.option {
			continue
		}
		shown = append(shown, it)
	}
	return shown
}

// clickable reports whether the cursor may stand on an item.
func clickable(it menubar.Item) bool {
	return !it.Disabled && (it.Kind == menubar.KindAction || it.Kind == menubar.KindSubmenu)
}

// stops are the items on which the cursor may stand.
func (m *model) stops() []string {
	var ids []string
	for _, it := range m.page() {
		if clickable(it) {
			ids = append(ids, it.ID)
		}
	}
	return ids
}

// keepSelection keeps the cursor on its item, even while that can't be clicked,
// as during disconnecting; else on its neighbour.
func (m *model) keepSelection() {
	stops := m.stops()
	if m.moved || len(m.path) > 0 {
		if i := slices.Index(stops, m.selected); i >= 0 {
			m.position = i
			return
		}
		if m.selected != "" && slices.ContainsFunc(m.page(), func(it menubar.Item) bool { return it.ID == m.selected }) {
			return
		}
	}
	if len(stops) == 0 {
		m.selected = ""
		return
	}
	m.position = min(m.position, len(stops)-1)
	if !m.moved {
		m.position = 0
	}
	m.selected = stops[m.position]
}

// move moves the cursor by so many items that can be clicked.
func (m *model) move(by int) {
	stops := m.stops()
	if len(stops) == 0 {
		m.scroll(by)
		return
	}
	at := slices.Index(stops, m.selected)
	if at < 0 {
		// Between two of them: the next one is one step away in either direction.
		at = m.stopsBefore()
		if by > 0 {
			at--
		}
	}
	m.position = min(max(at+by, 0), len(stops)-1)
	m.selected = stops[m.position]
	m.reveal()
}

// stopsBefore counts the items above the cursor that can be clicked.
func (m *model) stopsBefore() int {
	n := 0
	for _, it := range m.page() {
		if it.ID == m.selected {
			break
		}
		if clickable(it) {
			n++
		}
	}
	return n
}

func (m *model) press(msg tea.KeyPressMsg) tea.Cmd {
	k := m.keys
	if key.Matches(msg, k.leave) {
		return m.quit()
	}
	if key.Matches(msg, k.suspend) {
		return tea.Suspend
	}
	if m.help {
		switch {
		case key.Matches(msg, k.up):
			m.scroll(-1)
		case key.Matches(msg, k.down):
			m.scroll(1)
		default:
			m.help, m.offset = false, 0
			m.reveal()
		}
		return nil
	}
	switch {
	case key.Matches(msg, k.up):
		m.move(-1)
	case key.Matches(msg, k.down):
		m.move(1)
	case key.Matches(msg, k.first):
		m.move(-1 << 20)
	case key.Matches(msg, k.last):
		m.move(1 << 20)
	case key.Matches(msg, k.pageUp):
		m.move(-m.bodyHeight() / 2)
	case key.Matches(msg, k.pageDown):
		m.move(m.bodyHeight() / 2)
	case key.Matches(msg, k.click):
		if it, ok := m.menu.Find(m.selected); ok {
			return m.click(it)
		}
	case key.Matches(msg, k.enter):
		if it, ok := m.menu.Find(m.selected); ok && it.Kind == menubar.KindSubmenu {
			return m.click(it)
		}
	case key.Matches(msg, k.back):
		m.leaveSubmenu()
	case key.Matches(msg, k.auto):
		return m.tick()
	case key.Matches(msg, k.toggle):
		return m.equivalent(msg.String())
	case key.Matches(msg, k.pause):
		return m.openFirst("pause", "extend")
	case key.Matches(msg, k.resume):
		if it, ok := m.menu.Find("resume"); ok {
			return m.click(it)
		}
		if service, ok := serviceOf(m.selected); ok {
			if it, ok := m.menu.Find(service + "/hold/release"); ok {
				return m.act(it.Action)
			}
		}
		m.say("Auto Connect is not paused, and this service is not held", false)
		return nil
	case key.Matches(msg, k.option):
		m.option = !m.option
		m.keepSelection()
		m.reveal()
	case key.Matches(msg, k.help):
		m.help, m.offset = true, 0
	}
	return nil
}

// openFirst opens the first of the submenus that exists.
func (m *model) openFirst(ids ...string) tea.Cmd {
	for _, id := range ids {
		if it, ok := m.menu.Find(id); ok {
			if it.Disabled {
				m.say("No service is ticked Auto Connect: there is nothing to pause", false)
				return nil
			}
			for len(m.path) > 0 {
				m.leaveSubmenu()
			}
			m.selected = id
			return m.click(it)
		}
	}
	m.say("Auto Connect is paused until it is resumed: press r", false)
	return nil
}

// tick is the space bar: Auto Connect of the service under the cursor, or the
// tick of another line.
func (m *model) tick() tea.Cmd {
	if service, ok := serviceOf(m.selected); ok {
		it, ok := m.menu.Find(service + "/auto")
		switch {
		case ok && it.Disabled:
			m.say(it.ToolTip, false)
			return nil
		case ok:
			return m.click(it)
		}
		return nil
	}
	if it, ok := m.menu.Find(m.selected); ok && (it.State != menubar.StateOff || it.ID == "trust" || it.ID == "login") {
		return m.click(it)
	}
	return nil
}

// serviceOf returns the beginning of the IDs of the service's items.
func serviceOf(id string) (string, bool) {
	parts := strings.SplitN(id, "/", 3)
	if len(parts) < 2 || parts[0] != "service" {
		return "", false
	}
	return parts[0] + "/" + parts[1], true
}

// equivalent does what the item with the key equivalent does, wherever it is.
func (m *model) equivalent(k string) tea.Cmd {
	var found *menubar.Item
	var walk func([]menubar.Item)
	walk = func(items []menubar.Item) {
		for i := range items {
			it := &items[i]
			if it.Key.Equivalent == k && !it.Alternate && it.Kind == menubar.KindAction {
				found = it
			}
			walk(it.Submenu)
		}
	}
	walk(m.menu.Items)
	switch {
	case found == nil:
		m.say("There is no service "+k, false)
		return nil
	case found.Disabled:
		m.say(found.Title+": not possible now", false)
		return nil
	}
	return m.click(*found)
}

// click does what a line says.
func (m *model) click(it menubar.Item) tea.Cmd {
	if !clickable(it) {
		return nil
	}
	if it.Kind == menubar.KindSubmenu {
		if len(it.Submenu) == 0 {
			return nil
		}
		m.path = append(m.path, it.ID)
		m.cursors = append(m.cursors, m.selected)
		m.selected, m.position, m.offset = "", 0, 0
		m.keepSelection()
		m.reveal()
		return nil
	}
	cmd := m.act(it.Action)
	// A menu closes after a click; here only its submenus do, and only those of
	// choices: a service's own submenu shows what comes of the click.
	for n := len(m.path); n > 0; n = len(m.path) {
		if _, service := serviceOf(m.path[n-1]); service && strings.Count(m.path[n-1], "/") == 1 {
			break
		}
		m.leaveSubmenu()
	}
	return cmd
}

// act carries out an action off this goroutine.
func (m *model) act(a menubar.Action) tea.Cmd {
	switch a.App {
	case menubar.AppNone:
		c := a.Resolve(m.o.Now(), m.o.Env.Location)
		return func() tea.Msg {
			ctx, cancel := context.WithTimeout(m.ctx, commandTime)
			defer cancel()
			return doneMsg{err: m.src.Do(ctx, c)}
		}
	case menubar.AppQuit:
		return m.quit()
	case menubar.AppCopy:
		m.say("Copied "+a.Text+", if the terminal allows it", false)
		return tea.SetClipboard(a.Text)
	case menubar.AppDiagnostics:
		m.say("Copied the report, if the terminal allows it", false)
		return tea.SetClipboard(m.o.Diagnostics())
	case menubar.AppAbout:
		text := "VPNStatus"
		if m.o.Env.Version != "" {
			text += " " + m.o.Env.Version
		}
		m.say(text, false)
		return nil
	}
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(m.ctx, commandTime)
		defer cancel()
		text, err := m.o.App(ctx, a)
		return doneMsg{text, err}
	}
}

func (m *model) leaveSubmenu() {
	n := len(m.path)
	if n == 0 {
		return
	}
	m.selected = m.cursors[n-1]
	m.path, m.cursors, m.offset = m.path[:n-1], m.cursors[:n-1], 0
	m.keepSelection()
	m.reveal()
}

// mouse is a press of a button.
func (m *model) mouse(at tea.Mouse) tea.Cmd {
	switch {
	case m.tooSmall():
	case m.help:
		m.help, m.offset = false, 0
		m.reveal()
	case at.Button == tea.MouseRight:
		m.leaveSubmenu()
	case at.Button != tea.MouseLeft:
	case at.Y < m.headerHeight():
		m.leaveSubmenu()
	default:
		rows := m.rows()
		i := at.Y - m.headerHeight() + m.offset
		if at.Y >= m.headerHeight()+m.bodyHeight() || i >= len(rows) || rows[i].id == "" {
			return nil
		}
		if it, ok := m.menu.Find(rows[i].id); ok && clickable(it) {
			m.selected = it.ID
			m.keepSelection()
			return m.click(it)
		}
	}
	return nil
}
