package terminal

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/menubar"
	"vpnstatus/internal/menubar/preferences"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

// Preferences is what the settings screen needs of the program.
type Preferences struct {
	// Apply makes a change and returns the settings then in force. It is called
	// on its own goroutine; the error is made for people, see
	// preferences.ErrorText.
	Apply func(context.Context, preferences.Change) (settings.Settings, error)

	// Explain tells what the rules say about a service now. It is called on its
	// own goroutine. Nil: nothing is told.
	Explain func(context.Context, vpn.ID) (autoconnect.Explanation, error)

	// Env returns what the window says beside the settings; Version, Location,
	// Login, Explain, Selected and Errors are filled in here. It is called each
	// time the screen is made anew. Nil: nothing.
	Env func() preferences.Env

	// Changed returns a channel that receives a value when Options.Settings may
	// return others, and the function that ends it; settings.Store.Subscribe is
	// one. Nil: changes by others are seen with the next snapshot.
	Changed func() (changed <-chan struct{}, stop func())
}

// Messages of the settings screen.
type (
	settingsMsg struct{} // the settings may have changed
	appliedMsg  struct {
		control string
		change  *preferences.Change // nil: it was a command
		then    preferences.Selection
		now     settings.Settings // in force, unless err is set
		err     error
	}
	explainedMsg struct {
		results map[vpn.ID]autoconnect.Explanation
	}
)

// followSettings sends a message for each change until ctx ends.
func followSettings(ctx context.Context, p *Preferences, send func(tea.Msg)) {
	changed, stop := p.Changed()
	defer stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-changed:
			send(settingsMsg{})
		}
	}
}

// stop is where the cursor may stand: a control, or a line of a table.
type stop struct{ control, entry string }

// prefs is the settings screen, drawn over the menu. Only the program's goroutine
// touches it.
type prefs struct {
	m      *model
	window preferences.Window
	tab    preferences.TabID

	cursor   stop
	position int // of the cursor among the stops, should its own vanish
	offset   int // first line shown

	selected map[string]string // table → entry
	errors   map[string]string // control → why its change was refused
	input    *textinput.Model  // nil: nothing is edited
	editing  string            // the control being edited
	choice   *choice           // nil: none is open

	now        *settings.Settings // what Apply returned, until Options.Settings tells
	results    map[vpn.ID]autoconnect.Explanation
	asked      time.Time // when they were asked for
	explaining bool      // they are under way
	again      bool      // and out of date already
}

// choice is a list to choose from, or a text to read, drawn in place of the tab.
type choice struct {
	title   string
	text    []string // above the options
	options []option
	at      int
	offset  int
}

// option is a line of a choice; do may be nil.
type option struct {
	title string
	do    func() tea.Cmd
}

// openSettings shows the settings screen.
func (m *model) openSettings(tab preferences.TabID) tea.Cmd {
	m.prefs = &prefs{m: m, tab: tab, selected: map[string]string{}, errors: map[string]string{}}
	return m.prefs.show(tab)
}

func (m *model) closeSettings() {
	m.prefs = nil
	m.build()
}

// build makes the screen anew and keeps the cursor where it was.
func (p *prefs) build() {
	seen := p.visible()
	o := p.m.o
	var env preferences.Env
	if o.Preferences.Env != nil {
		env = o.Preferences.Env()
	}
	env.Version, env.Location, env.Login = o.Env.Version, o.Env.Location, o.Env.Login
	env.Without = slices.Concat(env.Without, o.Env.Without)
	if o.App == nil {
		env.Without = append(env.Without, preferences.AppImport, preferences.AppLogFile, preferences.AppHooksDir)
	}
	env.Explain, env.Selected, env.Errors = p.results, p.selected, p.errors
	p.window = preferences.Build(p.m.snapshot, p.settings(), env, o.Now())

	stops := p.stops()
	if len(stops) == 0 {
		p.cursor, p.position = stop{}, 0
		return
	}
	if i := slices.Index(stops, p.cursor); i >= 0 {
		p.position = i
	} else {
		p.position = min(p.position, len(stops)-1)
		for p.position > 0 && p.cursor.entry != "" && stops[p.position].control != p.cursor.control && contains(stops[:p.position], p.cursor.control) {
			p.position-- // stay in the table
		}
		p.cursor = stops[p.position]
	}
	if p.input != nil && p.editing != p.cursor.control {
		p.input, p.editing = nil, "" // what was edited is gone
	}
	if seen && !p.visible() {
		p.reveal()
		return
	}
	p.scroll(0)
}

func contains(stops []stop, control string) bool {
	return slices.ContainsFunc(stops, func(s stop) bool { return s.control == control })
}

func (p *prefs) settings() settings.Settings {
	if p.now != nil {
		return *p.now
	}
	return p.m.o.Settings()
}

// page is the tab that is shown.
func (p *prefs) page() preferences.Tab {
	t, _ := p.window.Tab(p.tab)
	return t
}

// stops are the places of the cursor from top to bottom.
func (p *prefs) stops() []stop {
	var all []stop
	for _, r := range p.page().Rows {
		for _, c := range r.Controls {
			switch {
			case c.Kind == preferences.KindTable:
				for _, e := range c.Entries {
					all = append(all, stop{c.ID, e.ID})
				}
			case c.Interactive():
				all = append(all, stop{control: c.ID})
			}
		}
	}
	return all
}

// goTo puts the cursor on the stop with the index; on a line of a table that
// selects it.
func (p *prefs) goTo(i int) {
	stops := p.stops()
	if len(stops) == 0 {
		p.scroll(i - p.position)
		return
	}
	if i < 0 && p.position == 0 || i >= len(stops) && p.position == len(stops)-1 {
		p.scroll(i - p.position) // there may be more to read
		return
	}
	p.position = min(max(i, 0), len(stops)-1)
	p.cursor = stops[p.position]
	if p.cursor.entry != "" && p.selected[p.cursor.control] != p.cursor.entry {
		p.selected[p.cursor.control] = p.cursor.entry
		// What the rows below say was about the line before.
		clear(p.errors)
		p.build()
	}
	p.reveal()
}

// turn goes to another tab.
func (p *prefs) turn(by int) tea.Cmd {
	n := len(p.window.Tabs)
	at := slices.IndexFunc(p.window.Tabs, func(t preferences.Tab) bool { return t.ID == p.tab })
	return p.show(p.window.Tabs[(at+by+n)%n].ID)
}

func (p *prefs) show(tab preferences.TabID) tea.Cmd {
	p.tab, p.cursor, p.position, p.offset = tab, stop{}, 0, 0
	clear(p.errors)
	p.build()
	p.reveal()
	return p.explain()
}

// explain asks what the rules say now, where that is shown.
func (p *prefs) explain() tea.Cmd {
	ask := p.m.o.Preferences.Explain
	if ask == nil || p.tab != preferences.Networks {
		return nil
	}
	if p.explaining {
		p.again = true
		return nil
	}
	ids := preferences.Explained(p.m.snapshot, p.settings())
	if len(ids) == 0 {
		return nil
	}
	p.explaining, p.asked = true, p.m.o.Now()
	parent := p.m.ctx
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(parent, commandTime)
		defer cancel()
		results := map[vpn.ID]autoconnect.Explanation{}
		for _, id := range ids {
			// A service that is gone by now has no explanation.
			if x, err := ask(ctx, id); err == nil {
				results[id] = x
			}
		}
		return explainedMsg{results}
	}
}

// published takes in a new snapshot. What the rules say depends on the facts and
// on the time of day; traffic alone asks for nothing.
func (p *prefs) published(before *engine.Snapshot) tea.Cmd {
	if p.m.o.Preferences.Changed == nil {
		p.now = nil
	}
	p.build()
	now := p.m.snapshot
	if p.m.o.Now().Sub(p.asked) < time.Minute && len(before.Services) == len(now.Services) && reflect.DeepEqual(before.Facts, now.Facts) {
		return nil
	}
	return p.explain()
}

// update takes in what is not a key.
func (p *prefs) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case settingsMsg:
		p.now = nil
		p.build()
		return p.explain()
	case explainedMsg:
		p.results, p.explaining = msg.results, false
		p.build()
		if p.again {
			p.again = false
			return p.explain()
		}
	case appliedMsg:
		return p.applied(msg)
	case tea.PasteMsg:
		if p.input != nil {
			return p.edit(msg)
		}
	}
	return nil
}

// applied takes in what came of a change.
func (p *prefs) applied(msg appliedMsg) tea.Cmd {
	if msg.err != nil {
		p.errors[msg.control] = preferences.ErrorText(msg.err)
		p.build()
		p.reveal() // the reason too
		return nil
	}
	delete(p.errors, msg.control)
	if p.editing == msg.control {
		p.input, p.editing = nil, ""
	}
	if msg.change != nil {
		p.now = &msg.now
	}
	if msg.then != (preferences.Selection{}) {
		p.selected[msg.then.Table] = msg.then.Entry
	}
	p.build()
	return p.explain()
}

// do carries out what comes of using a control.
func (p *prefs) do(id string, d preferences.Deed, then preferences.Selection) tea.Cmd {
	m := p.m
	switch {
	case d.Change != nil:
		change := *d.Change
		return func() tea.Msg {
			ctx, cancel := context.WithTimeout(m.ctx, commandTime)
			defer cancel()
			now, err := m.o.Preferences.Apply(ctx, change)
			return appliedMsg{id, &change, then, now, err}
		}
	case d.Action == nil:
		return nil
	case d.Action.App == preferences.AppOpen:
		return m.act(menubar.Action{App: menubar.AppCopy, Text: d.Action.Text})
	case d.Action.App != menubar.AppNone:
		return m.act(*d.Action)
	}
	command := d.Action.Resolve(m.o.Now(), m.o.Env.Location)
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(m.ctx, commandTime)
		defer cancel()
		return appliedMsg{control: id, then: then, err: m.src.Do(ctx, command)}
	}
}

// press is a key.
func (p *prefs) press(msg tea.KeyPressMsg) tea.Cmd {
	k := p.m.keys
	switch {
	case msg.String() == "ctrl+c":
		return p.m.quit()
	case key.Matches(msg, k.suspend):
		return tea.Suspend
	case p.input != nil:
		return p.edit(msg)
	case p.choice != nil:
		return p.choose(msg)
	case key.Matches(msg, k.leave):
		return p.m.quit()
	case key.Matches(msg, k.up):
		p.goTo(p.position - 1)
	case key.Matches(msg, k.down):
		p.goTo(p.position + 1)
	case key.Matches(msg, k.first):
		p.goTo(0)
		p.offset = 0
	case key.Matches(msg, k.last):
		p.goTo(1 << 20)
	case key.Matches(msg, k.pageUp):
		p.goTo(p.position - p.m.bodyHeight()/2)
	case key.Matches(msg, k.pageDown):
		p.goTo(p.position + p.m.bodyHeight()/2)
	case key.Matches(msg, k.help):
		p.choice = &choice{title: "Keys of the Settings", text: settingsHelp}
	case key.Matches(msg, k.auto):
		return p.use(false)
	case key.Matches(msg, k.click):
		return p.use(true)
	default:
		return p.other(msg.String())
	}
	return nil
}

// settingsHelp is the page of the key ?.
var settingsHelp = []string{
	"left, right, tab: another tab",
	"up, down: another line; a line of a table shows its details below",
	"space: tick, or the next choice",
	"enter: edit, choose from a list, press a button",
	"+ -: a number up or down",
	"esc: back to the menu",
	"mouse: click a line or a tab; the wheel scrolls",
}

func (p *prefs) other(k string) tea.Cmd {
	switch k {
	case "left", "h", "shift+tab":
		return p.turn(-1)
	case "right", "l", "tab":
		return p.turn(1)
	case "esc", "backspace", ",":
		p.m.closeSettings()
		return nil
	}
	c, ok := p.page().Control(p.cursor.control)
	if !ok || c.Kind != preferences.KindNumber {
		return nil
	}
	switch {
	case k == "+" || k == "=":
		return p.step(c, c.Step)
	case k == "-":
		return p.step(c, -c.Step)
	case len(k) == 1 && k[0] >= '0' && k[0] <= '9':
		p.begin(c)
		p.input.SetValue(k)
	}
	return nil
}

// step moves a number within its range.
func (p *prefs) step(c preferences.Control, by int) tea.Cmd {
	n, err := strconv.Atoi(cmp.Or(c.Value, c.Placeholder))
	if err != nil {
		return nil
	}
	return p.do(c.ID, c.Do(strconv.Itoa(min(max(n+by, c.Min), c.Max))), c.Then)
}

// use is space, or enter when it is whole.
func (p *prefs) use(whole bool) tea.Cmd {
	c, ok := p.page().Control(p.cursor.control)
	if !ok {
		return nil
	}
	switch c.Kind {
	case preferences.KindTable:
		return p.tick(c, whole)
	case preferences.KindCheckbox:
		return p.do(c.ID, c.Do(preferences.Toggled(c.Value)), c.Then)
	case preferences.KindPopup:
		at := slices.IndexFunc(c.Options, func(o preferences.Option) bool { return o.Value == c.Value })
		if whole || at < 0 || c.Value == "" {
			p.choose1(c, at)
			return nil
		}
		return p.do(c.ID, c.Do(c.Options[(at+1)%len(c.Options)].Value), c.Then)
	case preferences.KindText, preferences.KindNumber:
		p.begin(c)
		return nil
	}
	if c.Confirm != nil {
		p.confirm(c)
		return nil
	}
	return p.do(c.ID, c.Do(""), c.Then)
}

// tick is a click on a line of a table: its first tick, or a choice of them.
func (p *prefs) tick(c preferences.Control, whole bool) tea.Cmd {
	i := slices.IndexFunc(c.Entries, func(e preferences.Entry) bool { return e.ID == p.cursor.entry })
	if i < 0 {
		return nil
	}
	var options []option
	for k, cell := range c.Entries[i].Cells {
		if !c.Columns[k].Tick {
			continue
		}
		options = append(options, option{tickMark(cell.Value) + " " + cell.Accessibility, func() tea.Cmd {
			if cell.Disabled {
				p.m.say(cmp.Or(cell.ToolTip, "This can't be changed"), false)
				return nil
			}
			return p.do(c.ID, cell.Do(preferences.Toggled(cell.Value)), preferences.Selection{})
		}})
	}
	switch {
	case len(options) == 0:
		return nil
	case whole && len(options) > 1:
		p.choice = &choice{title: c.Entries[i].Accessibility, options: options}
		return nil
	}
	return options[0].do()
}

// tickMark is a checkbox.
func tickMark(value string) string {
	switch value {
	case preferences.On:
		return "[x]"
	case preferences.Mixed:
		return "[-]"
	}
	return "[ ]"
}

// choose1 opens the list of a popup.
func (p *prefs) choose1(c preferences.Control, at int) {
	list := &choice{title: c.Accessibility, at: max(at, 0)}
	for _, o := range c.Options {
		if o.Value == "" && c.Value == "" {
			continue // the popup's own title
		}
		list.options = append(list.options, option{o.Title, func() tea.Cmd { return p.do(c.ID, c.Do(o.Value), c.Then) }})
	}
	p.choice = list
}

// confirm asks before something that can't be taken back.
func (p *prefs) confirm(c preferences.Control) {
	q := c.Confirm
	text := slices.Clone(q.Lines)
	if q.Text != "" {
		text = append([]string{q.Text}, text...)
	}
	p.choice = &choice{title: q.Title, text: text, options: []option{
		{"Cancel", nil},
		{q.Button, func() tea.Cmd { return p.do(c.ID, c.Do(""), c.Then) }},
	}}
}

// choose is a key in a choice.
func (p *prefs) choose(msg tea.KeyPressMsg) tea.Cmd {
	k, c := p.m.keys, p.choice
	switch {
	case key.Matches(msg, k.up):
		p.chooseMove(-1)
	case key.Matches(msg, k.down):
		p.chooseMove(1)
	case key.Matches(msg, k.click), key.Matches(msg, k.auto):
		return p.take(c.at)
	case key.Matches(msg, k.pageUp):
		p.chooseMove(-p.m.bodyHeight() / 2)
	case key.Matches(msg, k.pageDown):
		p.chooseMove(p.m.bodyHeight() / 2)
	default:
		p.choice = nil
	}
	return nil
}

func (p *prefs) chooseMove(by int) {
	c := p.choice
	if len(c.options) > 0 {
		c.at = min(max(c.at+by, 0), len(c.options)-1)
		p.reveal()
		return
	}
	c.offset += by
	p.scroll(0)
}

// take takes an option.
func (p *prefs) take(i int) tea.Cmd {
	options := p.choice.options
	p.choice = nil
	if i >= len(options) || options[i].do == nil {
		return nil
	}
	return options[i].do()
}

// begin edits a field.
func (p *prefs) begin(c preferences.Control) {
	in := textinput.New()
	in.Prompt = ""
	styles := in.Styles()
	styles.Cursor.Blink = false // nothing is drawn while nothing changes
	in.SetStyles(styles)
	in.SetValue(c.Value)
	in.CursorEnd()
	_ = in.Focus() // its command would make the cursor blink
	p.input, p.editing = &in, c.ID
	p.reveal()
}

// edit is a key or a paste in a field.
func (p *prefs) edit(msg tea.Msg) tea.Cmd {
	if k, ok := msg.(tea.KeyPressMsg); ok {
		switch k.String() {
		case "esc":
			delete(p.errors, p.editing)
			p.input, p.editing = nil, ""
			p.build()
			return nil
		case "enter":
			c, ok := p.page().Control(p.editing)
			if !ok {
				return nil
			}
			if value := p.input.Value(); value != c.Value {
				return p.do(c.ID, c.Do(value), c.Then)
			}
			delete(p.errors, p.editing)
			p.input, p.editing = nil, ""
			p.build()
			return nil
		}
	}
	in, cmd := p.input.Update(msg)
	p.input = &in
	return cmd
}

// mouse is a press of a button.
func (p *prefs) mouse(at tea.Mouse) tea.Cmd {
	m := p.m
	switch {
	case m.tooSmall():
	case at.Button == tea.MouseRight:
		switch {
		case p.input != nil:
			delete(p.errors, p.editing)
			p.input, p.editing = nil, ""
			p.build()
		case p.choice != nil:
			p.choice = nil
		default:
			m.closeSettings()
		}
	case at.Button != tea.MouseLeft:
	case p.choice != nil:
		lines := p.lines()
		i := at.Y - m.headerHeight() + p.choice.offset
		switch {
		case at.Y < m.headerHeight() || len(p.choice.options) == 0:
			p.choice = nil
		case at.Y < m.headerHeight()+m.bodyHeight() && i < len(lines) && lines[i].option > 0:
			return p.take(lines[i].option - 1)
		}
	case at.Y == 0:
		for _, t := range p.tabTitles() {
			if at.X >= t.from && at.X < t.to && t.tab != p.tab {
				p.input, p.editing = nil, ""
				return p.show(t.tab)
			}
		}
	case at.Y >= m.headerHeight() && at.Y < m.headerHeight()+m.bodyHeight():
		lines := p.lines()
		i := at.Y - m.headerHeight() + p.offset
		if i >= len(lines) || lines[i].stop == (stop{}) {
			return nil
		}
		to := lines[i].stop
		if p.input != nil && to.control == p.editing {
			return nil
		}
		p.input, p.editing = nil, ""
		was := p.cursor
		p.goTo(slices.Index(p.stops(), to))
		// The first click on a line of a table selects it, as on a Mac.
		if to.entry != "" && was != to && at.X > lines[i].tickEnd {
			return nil
		}
		return p.use(to.entry == "")
	}
	return nil
}

// tabTitle is where the title of a tab stands in the first line.
type tabTitle struct {
	tab      preferences.TabID
	text     string
	from, to int // columns
}

// tabTitles are the titles of all tabs, or of the one that is shown where the
// terminal is too narrow.
func (p *prefs) tabTitles() []tabTitle {
	var all []tabTitle
	x := 0
	for _, t := range p.window.Tabs {
		text := " " + t.Title + " "
		all = append(all, tabTitle{t.ID, text, x, x + menubar.Width(text)})
		x += menubar.Width(text)
	}
	if x <= p.m.menuWidth() {
		return all
	}
	at := slices.IndexFunc(p.window.Tabs, func(t preferences.Tab) bool { return t.ID == p.tab })
	next := p.window.Tabs[(at+1)%len(p.window.Tabs)].ID
	text := strings.TrimSpace(all[at].text) + " (" + strconv.Itoa(at+1) + "/" + strconv.Itoa(len(all)) + ")"
	return []tabTitle{{next, text, 0, menubar.Width(text)}}
}
