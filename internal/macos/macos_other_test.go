//go:build !darwin

package macos

import (
	"errors"
	"testing"
)

func TestElsewhereEverythingIsUnsupported(t *testing.T) {
	_, err := Login()
	_, errPreferences := Preferences("x")
	for what, err := range map[string]error{"login": err, "preferences": errPreferences, "set login": SetLogin(true), "login items": OpenLoginItems(), "pane": Open(VPNPane), "reveal": Reveal("/")} {
		if !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: %v", what, err)
		}
	}
	n := NewNotifier(nil, nil)
	n.Post(Notification{Title: "x"}, nil)
	n.Post(Notification{Title: "x"}, func(err error) {
		if !errors.Is(err, ErrNotifyUnavailable) {
			t.Error(err)
		}
	})
	n.Withdraw("x")
	if n.State() != NotifyUnavailable {
		t.Error(n.State())
	}
	if major, _, _ := Version(); major != 0 || DecimalSeparator() != "." {
		t.Error("this system has a version of macOS")
	}
}
