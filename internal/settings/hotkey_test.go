package settings

import (
	"errors"
	"strings"
	"testing"
)

func TestHotKeysAreKeptInOneForm(t *testing.T) {
	for text, want := range map[string]string{
		"cmd+ctrl+V":  `"ctrl+cmd+v"`,
		`"alt+F5"`:    `"opt+f5"`,
		"off":         `""`,
		"":            `""`,
		"⌃+⌥+⌘+Space": `"ctrl+opt+cmd+space"`,
	} {
		s := full()
		if err := Set(&s, "hotKeyToggle", text); err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got, err := Get(s, "hotKeyToggle"); err != nil || string(got) != want {
			t.Errorf("%q became %s, %v; want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"v", "cmd+cmd+v", "7", `{"a": 1}`} {
		s := full()
		var bad *KeyError
		if err := Set(&s, "hotKeyPause", text); !errors.As(err, &bad) || bad.Key != "hotKeyPause" || s.HotKeyPause != full().HotKeyPause {
			t.Errorf("%q: %v, and it is %q", text, err, s.HotKeyPause)
		}
	}
	s := full()
	if err := Patch(&s, []byte(`{"hotKeyPause": 7}`)); err == nil || !strings.Contains(err.Error(), "hotKeyPause") {
		t.Error(err)
	}
	if err := Patch(&s, []byte(`{"hotKeyPause": null}`)); err != nil || s.HotKeyPause != "" {
		t.Errorf("%q, %v", s.HotKeyPause, err)
	}
}
