package macos

import (
	"errors"
	"testing"

	"golang.org/x/mod/semver"
	"golang.org/x/sys/unix"

	"vpnstatus/internal/cocoa"
)

// A test binary is in no app bundle, so nothing here can change the login item or
// post a notification.

func TestOutsideABundleThereIsNoLoginItem(t *testing.T) {
	if path, ok := Bundle(); ok {
		t.Skip("the tests run inside ", path)
	}
	if _, err := Login(); !errors.Is(err, ErrNoLoginItems) {
		t.Errorf("Login: %v", err)
	}
	for _, on := range []bool{true, false} {
		if err := SetLogin(on); !errors.Is(err, ErrNoLoginItems) {
			t.Errorf("SetLogin(%t): %v", on, err)
		}
	}
}

func TestOutsideABundleNotificationsAreLeftAlone(t *testing.T) {
	if path, ok := Bundle(); ok {
		t.Skip("the tests run inside ", path)
	}
	n := NewNotifier(nil, nil)
	for range 3 {
		outcome := make(chan error, 1)
		n.Post(Notification{ID: "test", Title: "must not be seen"}, func(err error) { outcome <- err })
		if err := <-outcome; !errors.Is(err, ErrNotifyUnavailable) {
			t.Error(err)
		}
		n.Withdraw("test")
	}
}

func TestPreferencesAreRead(t *testing.T) {
	global, err := Preferences("com.apple.finder")
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d keys of the Finder", len(global))
	none, err := Preferences("io.github.vpnstatus.no-such-domain")
	if err != nil || len(none) > 0 {
		t.Errorf("a domain that does not exist: %v, %v", none, err)
	}
}

func TestRequiredPartsOnThisSystem(t *testing.T) {
	if version, err := unix.Sysctl("kern.osproductversion"); err == nil && semver.Compare("v"+version, "v13") < 0 {
		t.Skip("launch at login needs macOS 13, this is ", version)
	}
	for _, p := range cocoa.Presences() {
		if p.For == loginFeature && !p.Present && !p.Optional {
			t.Errorf("%s is missing", p.Name)
		}
	}
}
