package terminal

import "charm.land/bubbles/v2/key"

// keyMap is the key bindings. Their help texts make the help page.
type keyMap struct {
	up, down, first, last, pageUp, pageDown    key.Binding
	click, enter, back, auto                   key.Binding
	toggle, pause, resume, option, help, leave key.Binding
	suspend                                    key.Binding
}

func bind(shown, does string, keys ...string) key.Binding {
	return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, does))
}

var keys = keyMap{
	up:       bind("↑ k", "line up", "up", "k"),
	down:     bind("↓ j", "line down", "down", "j"),
	first:    bind("home g", "first line", "home", "g"),
	last:     bind("end G", "last line", "end", "G"),
	pageUp:   bind("page up", "page up", "pgup", "ctrl+b"),
	pageDown: bind("page down", "page down", "pgdown", "ctrl+f"),
	click:    bind("enter", "do what the line says", "enter"),
	enter:    bind("→ l", "open the submenu", "right", "l"),
	back:     bind("← h esc", "back", "left", "h", "esc", "backspace"),
	auto:     bind("space", "Auto Connect on or off", "space"),
	toggle:   bind("1-9", "connect or disconnect a service", "1", "2", "3", "4", "5", "6", "7", "8", "9"),
	pause:    bind("p", "pause Auto Connect", "p"),
	resume:   bind("r", "resume Auto Connect, or release a held service", "r"),
	option:   bind("o", "other choices, as the Option key on a Mac", "o"),
	help:     bind("?", "this help", "?"),
	leave:    bind("q", "leave", "q", "ctrl+c"),
	suspend:  bind("ctrl+z", "suspend", "ctrl+z"),
}

// all are the bindings in the order of the help page.
func (k keyMap) all() []key.Binding {
	return []key.Binding{k.up, k.down, k.click, k.enter, k.back, k.auto, k.toggle, k.pause, k.resume, k.option, k.first, k.last, k.pageUp, k.pageDown, k.help, k.leave}
}
