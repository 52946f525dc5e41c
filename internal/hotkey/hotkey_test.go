package hotkey

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]struct {
		modifiers Modifiers
		code      uint32
		text      string
	}{
		"":                          {0, 0, ""},
		"off":                       {0, 0, ""},
		" OFF ":                     {0, 0, ""},
		"ctrl+opt+cmd+v":            {0x1000 | 0x800 | 0x100, 9, "ctrl+opt+cmd+v"},
		"cmd+ctrl+opt+v":            {0x1900, 9, "ctrl+opt+cmd+v"},
		"Command + Shift + 0":       {0x300, 29, "shift+cmd+0"},
		"⌘+⇧+P":                     {0x300, 35, "shift+cmd+p"},
		"alt+space":                 {0x800, 49, "opt+space"},
		"ctrl+backspace":            {0x1000, 51, "ctrl+delete"},
		"ctrl+-":                    {0x1000, 27, "ctrl+-"},
		"ctrl+comma":                {0x1000, 43, "ctrl+,"},
		"f5":                        {0, 96, "f5"},
		"shift+f13":                 {0x200, 105, "shift+f13"},
		"control+option+command+up": {0x1900, 126, "ctrl+opt+cmd+up"},
	} {
		got, err := Parse(text)
		if err != nil || got.Modifiers != want.modifiers || got.Code != want.code || got.String() != want.text {
			t.Errorf("%q: %+v %q, %v", text, got, got, err)
		}
	}
}

func TestWhatIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"v":                               "away from typing",
		"shift+v":                         "away from typing",
		"space":                           "away from typing",
		"forwarddelete":                   "away from typing",
		"cmd":                             "no key beside its modifiers",
		"cmd+shift":                       "no key beside its modifiers",
		"cmd+cmd+v":                       "names cmd twice",
		"alt+opt+v":                       "names opt twice",
		"cmd+v+x":                         "the key comes last",
		"v+cmd":                           "the key comes last",
		"cmd+":                            `no key ""`,
		"+v":                              `no key ""`,
		"cmd+ü":                           `no key "ü"`,
		"fn+v":                            `no key "fn"`,
		"cmd+f21":                         `no key "f21"`,
		"cmd-v":                           `no key "cmd-v"`,
		"on":                              `no key "on"`,
		"cmd+\x00":                        "no key",
		strings.Repeat("cmd+", 100) + "v": "at most",
	} {
		if got, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) || !got.IsZero() {
			t.Errorf("%q: %+v, %v; want an error with %q", text, got, err, want)
		}
	}
}

func TestEveryKeyHasACodeOfItsOwn(t *testing.T) {
	seen := map[uint32]string{}
	for key, code := range codes {
		if other, ok := seen[code]; ok {
			t.Errorf("%q and %q have the code %d", key, other, code)
		}
		seen[code] = key
		if c, err := Parse("cmd+" + key); err != nil || c.Code != code || c.String() != "cmd+"+key {
			t.Errorf("%q: %+v, %v", key, c, err)
		}
	}
	for word, key := range otherNames {
		if _, ok := codes[key]; !ok {
			t.Errorf("%q stands for %q, which is no key", word, key)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"ctrl+opt+cmd+v", "f5", "off", "⌘+p", "cmd+cmd+", " shift + F1 "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse(text)
		if err != nil {
			if !c.IsZero() {
				t.Errorf("%q: %+v with %v", text, c, err)
			}
			return
		}
		if again, err := Parse(c.String()); err != nil || again != c {
			t.Errorf("%q: %+v became %+v, %v", text, c, again, err)
		}
	})
}
