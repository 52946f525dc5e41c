package terminal

import "charm.land/bubbles/v2/key"

// keyMap is what the keys do. Their help is the help page.
type keyMap struct {
	up, down, first, last, pageUp, pageDown    key.Binding
	click, enter, back, auto                   key.Binding
	toggle, pause, resume, option, help, leave key.Binding
	suspend                                    key.Binding
}

func newKeys(ascii bool) keyMap {
	arrow := func(unicode, plain string) string {
		if ascii {
			return plain
		}
		return unicode
	}
	bind := func(keys []string, shown, does string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, does))
	}
	return keyMap{
		up:       bind([]string{"up", "k"}, arrow("↑ k", "up k"), "line up"),
		down:     bind([]string{"down", "j"}, arrow("↓ j", "down j"), "line down"),
		first:    bind([]string{"home", "g"}, "home g", "first line"),
		last:     bind([]string{"end", "G"}, "end G", "last line"),
		pageUp:   bind([]string{"pgup", "ctrl+b"}, "page up", "page up"),
		pageDown: bind([]string{"pgdown", "ctrl+f"}, "page down", "page down"),
		click:    bind([]string{"enter"}, "enter", "do what the line says"),
		enter:    bind([]string{"right", "l"}, arrow("→ l", "right l"), "open the submenu"),
		back:     bind([]string{"left", "h", "esc", "backspace"}, arrow("← h esc", "left h esc"), "back"),
		auto:     bind([]string{"space"}, "space", "Auto Connect on or off"),
		toggle:   bind([]string{"1", "2", "3", "4", "5", "6", "7", "8", "9"}, "1-9", "connect or disconnect a service"),
		pause:    bind([]string{"p"}, "p", "pause Auto Connect"),
		resume:   bind([]string{"r"}, "r", "resume Auto Connect, or release a held service"),
		option:   bind([]string{"o"}, "o", "other choices, as the Option key on a Mac"),
		help:     bind([]string{"?"}, "?", "this help"),
		leave:    bind([]string{"q", "ctrl+c"}, "q", "leave"),
		suspend:  bind([]string{"ctrl+z"}, "ctrl+z", "suspend"),
	}
}

// all are the bindings in the order of the help page.
func (k keyMap) all() []key.Binding {
	return []key.Binding{k.up, k.down, k.click, k.enter, k.back, k.auto, k.toggle, k.pause, k.resume, k.option, k.first, k.last, k.pageUp, k.pageDown, k.help, k.leave}
}
