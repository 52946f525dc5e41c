package terminal

import (
	"cmp"
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
	// microseconds; a remote one that does not answer has ended.
	commandTime = 10 * time.Second
)

// Messages in addition to those of the library.
type (
	snapshotMsg struct{ snapshot *engine.Snapshot }
	endedMsg    struct{ err error } // the source ended
	doneMsg     struct {
		text string
		err  error
	} // a command or action is done
	refreshMsg struct{}                 // the menu may look different now
	expireMsg  struct{ generation int } // the message has been shown long enough
)

// model is the state of the screen. Only the program's goroutine touches it.
type model struct {
	ctx context.Context // ends the commands under way
	src menubar.Source
	o   Options

	// later sends a message after some time, unless it is stopped before then.
	// The library's own timers can't be stopped.
	later func(d time.Duration, msg tea.Msg) (stop func())

	snapshot *engine.Snapshot
	menu     menubar.Menu
	width    int
	height   int
	pages    []page // the menu, then the submenus that are open
	moved    bool   // a key was pressed: until then the cursor stays on the first item
	option   bool   // alternates are shown

	message      string
	failed       bool // message is an error
	messageCount int
	refreshAt    time.Time // when the menu is built again; zero if not by the clock
	stopRefresh  func()    // stops its timer; nil if none
	quitting     bool
	endsApp      bool // the user has asked an app in another process to end
	ended        error
}

// page is a list of lines: the menu, a submenu, or the help.
type page struct {
	id       string // of the item that opens the submenu; empty for the menu; or helpPage
	selected string // ID of the item under the cursor; empty if none can be clicked
	position int    // its index among the items that can be clicked, in case it is removed
	offset   int    // first line shown
}

const helpPage = "?"

func newModel(ctx context.Context, src menubar.Source, o Options, later func(time.Duration, tea.Msg) func()) *model {
	if o.Settings == nil {
		o.Settings = settings.Default
	}
	if o.now == nil {
		o.now = time.Now
	}
	o.Env.Remote, o.Env.Updates, o.Env.Without = o.Quit != nil, o.Update != nil, without
	m := &model{ctx: ctx, src: src, o: o, later: later, snapshot: src.Latest(), pages: []page{{}}}
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
		if !m.endsApp && (m.o.Env.Remote || !errors.Is(msg.err, engine.ErrClosed)) {
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
	}
	return nil
}

// build makes the menu again and keeps the cursor where it was.
func (m *model) build() {
	set := m.o.Settings()
	set.IconStyle = settings.IconColor // a terminal has no template images
	m.menu = menubar.Build(m.snapshot, set, m.o.Env, m.o.now())
	for i, p := range m.pages {
		if it, ok := m.menu.Find(p.id); i > 0 && p.id != helpPage && (!ok || it.Disabled || len(it.Submenu) == 0) {
			m.pages = m.pages[:i]
			break
		}
	}
	m.keepSelection()
	m.reveal()
}

// schedule sets the timer for the next text that changes by the clock; none is
// set if nothing visible does.
func (m *model) schedule() {
	at := m.menu.Refresh
	if m.top().id == helpPage || m.quitting || m.tooSmall() {
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
		m.stopRefresh = m.later(max(at.Sub(m.o.now()), 0), refreshMsg{})
	}
}

func (m *model) quit() tea.Cmd {
	m.quitting = true
	return tea.Quit
}

// say shows a message in the last line for some seconds.
func (m *model) say(text string, failed bool) {
	m.message, m.failed = plaintext.Line(text), failed
	m.messageCount++
	m.later(messageTime, expireMsg{m.messageCount}) // ignored if a newer message is shown
}

func (m *model) top() *page { return &m.pages[len(m.pages)-1] }

func (m *model) openPage(id string) {
	m.pages = append(m.pages, page{id: id})
	m.keepSelection()
	m.reveal()
}

func (m *model) closePage() {
	if len(m.pages) > 1 {
		m.pages = m.pages[:len(m.pages)-1]
		m.keepSelection()
		m.reveal()
	}
}

// items returns the items of the page that are shown.
func (m *model) items() []menubar.Item {
	items := m.menu.Items
	if id := m.top().id; id != "" {
		it, _ := m.menu.Find(id) // the help has none
		items = it.Submenu
	}
	var shown []menubar.Item
	for i, it := range items {
		replaced := i+1 < len(items) && items[i+1].Alternate
		if it.Alternate && m.option || !it.Alternate && !(replaced && m.option) {
			shown = append(shown, it)
		}
	}
	return shown
}

// clickable reports whether the cursor may stand on an item.
func clickable(it menubar.Item) bool {
	return !it.Disabled && (it.Kind == menubar.KindAction || it.Kind == menubar.KindSubmenu)
}

// stops returns the items on which the cursor may stand. at is the index of
// the cursor among them, or -1; before is how many are above it.
func (m *model) stops() (ids []string, at, before int) {
	at = -1
	for _, it := range m.items() {
		if it.ID == m.top().selected {
			before = len(ids)
		}
		if clickable(it) {
			if it.ID == m.top().selected {
				at = len(ids)
			}
			ids = append(ids, it.ID)
		}
	}
	return ids, at, before
}

// keepSelection keeps the cursor on its item, even while that can't be clicked,
// as during disconnecting, or else moves it to a neighbour.
func (m *model) keepSelection() {
	p := m.top()
	stops, at, _ := m.stops()
	switch {
	case !m.moved:
		at = 0
	case at < 0 && slices.ContainsFunc(m.items(), func(it menubar.Item) bool { return it.ID == p.selected }):
		return
	case at < 0:
		at = p.position
	}
	p.selected = ""
	if len(stops) > 0 {
		p.position = min(at, len(stops)-1)
		p.selected = stops[p.position]
	}
}

// move moves the cursor by a number of items that can be clicked.
func (m *model) move(by int) {
	stops, at, before := m.stops()
	if len(stops) == 0 {
		m.scroll(by)
		return
	}
	if at < 0 { // between two of them: each is one step away
		at = before
		if by > 0 {
			at--
		}
	}
	p := m.top()
	p.position = min(max(at+by, 0), len(stops)-1)
	p.selected = stops[p.position]
	m.reveal()
}

func (m *model) press(msg tea.KeyPressMsg) tea.Cmd {
	selected, _ := m.menu.Find(m.top().selected)
	switch {
	case key.Matches(msg, keys.leave):
		return m.quit()
	case key.Matches(msg, keys.suspend):
		return tea.Suspend
	case key.Matches(msg, keys.up):
		m.move(-1)
	case key.Matches(msg, keys.down):
		m.move(1)
	case m.top().id == helpPage:
		m.closePage()
	case key.Matches(msg, keys.first):
		m.move(-1 << 20)
	case key.Matches(msg, keys.last):
		m.move(1 << 20)
	case key.Matches(msg, keys.pageUp):
		m.move(-m.bodyHeight() / 2)
	case key.Matches(msg, keys.pageDown):
		m.move(m.bodyHeight() / 2)
	case key.Matches(msg, keys.click), key.Matches(msg, keys.enter) && selected.Kind == menubar.KindSubmenu:
		return m.click(selected)
	case key.Matches(msg, keys.back):
		m.closePage()
	case key.Matches(msg, keys.auto):
		return m.tick(selected)
	case key.Matches(msg, keys.toggle):
		return m.equivalent(msg.String())
	case key.Matches(msg, keys.pause):
		return m.pause()
	case key.Matches(msg, keys.resume):
		return m.resume()
	case key.Matches(msg, keys.option):
		m.option = !m.option
		m.keepSelection()
		m.reveal()
	case key.Matches(msg, keys.help):
		m.openPage(helpPage)
	}
	return nil
}

// pause opens the submenu that pauses Auto Connect or changes the pause.
func (m *model) pause() tea.Cmd {
	it, _ := m.menu.Find("pause")
	if !clickable(it) {
		m.say("No service is ticked Auto Connect: there is nothing to pause", false)
		return nil
	}
	m.pages = m.pages[:1]
	m.top().selected = it.ID
	return m.click(it)
}

// resume ends the pause or, if there is none, the hold of the service under
// the cursor.
func (m *model) resume() tea.Cmd {
	if it, ok := m.menu.Find("resume"); ok {
		return m.click(it)
	}
	if service, ok := serviceOf(m.top().selected); ok {
		if it, ok := m.menu.Find(service + "/hold/release"); ok {
			return m.act(it.Action)
		}
	}
	m.say("Auto Connect is not paused, and this service is not held", false)
	return nil
}

// tick handles the space bar: it toggles Auto Connect of the service under the
// cursor, or the tick of another line.
func (m *model) tick(selected menubar.Item) tea.Cmd {
	service, ok := serviceOf(selected.ID)
	if !ok {
		if selected.State != menubar.StateOff || selected.ID == "trust" {
			return m.click(selected)
		}
		return nil
	}
	auto, _ := m.menu.Find(service + "/auto")
	if auto.Disabled {
		m.say(auto.ToolTip, false)
	}
	return m.click(auto)
}

// serviceOf returns the beginning of the IDs of the service's items.
func serviceOf(id string) (string, bool) {
	parts := strings.SplitN(id, "/", 3)
	if len(parts) < 2 || parts[0] != "service" {
		return "", false
	}
	return parts[0] + "/" + parts[1], true
}

// equivalent clicks the item with the key equivalent, in whatever submenu it
// is.
func (m *model) equivalent(k string) tea.Cmd {
	it, ok := withKey(m.menu.Items, k)
	switch {
	case !ok:
		m.say("There is no service "+k, false)
	case it.Disabled:
		m.say(it.Title+": not possible now", false)
	}
	return m.click(it)
}

func withKey(items []menubar.Item, k string) (menubar.Item, bool) {
	for _, it := range items {
		if it.Key.Equivalent == k && !it.Alternate && it.Kind == menubar.KindAction {
			return it, true
		}
		if found, ok := withKey(it.Submenu, k); ok {
			return found, true
		}
	}
	return menubar.Item{}, false
}

// click carries out the action of a line.
func (m *model) click(it menubar.Item) tea.Cmd {
	switch {
	case !clickable(it):
		return nil
	case it.Kind == menubar.KindSubmenu:
		m.openPage(it.ID)
		return nil
	}
	cmd := m.act(it.Action)
	// A menu closes after a click; here only its submenus do, and only those of
	// choices: a service's own submenu stays open to show the outcome of the
	// click.
	for len(m.pages) > 1 {
		if service, ok := serviceOf(m.top().id); ok && service == m.top().id {
			break
		}
		m.closePage()
	}
	return cmd
}

// act carries out an action off this goroutine.
func (m *model) act(a menubar.Action) tea.Cmd {
	switch a.App {
	case menubar.AppNone:
		c := a.Resolve(m.o.now(), m.o.Env.Location)
		return m.do(func(ctx context.Context) (string, error) { return "", m.src.Do(ctx, c) })
	case menubar.AppClose:
		return m.quit()
	case menubar.AppQuit:
		if m.o.Quit == nil {
			return m.quit()
		}
		m.endsApp = true // its end closes this screen
		return m.do(func(ctx context.Context) (string, error) { return "", m.o.Quit(ctx) })
	case menubar.AppUpdate:
		return m.do(m.o.Update)
	case menubar.AppCopy:
		m.say("Copied "+a.Text+", if the terminal allows it", false)
		return tea.SetClipboard(a.Text)
	case menubar.AppAbout:
		m.say("VPNStatus "+cmp.Or(m.o.Env.Version, "(version not known)"), false)
	}
	return nil
}

// do calls f on a goroutine and reports what it returns.
func (m *model) do(f func(context.Context) (string, error)) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(m.ctx, commandTime)
		defer cancel()
		text, err := f(ctx)
		return doneMsg{text, err}
	}
}
