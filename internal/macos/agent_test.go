package macos

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"howett.net/plist"
)

func TestBundleIDIsTheAppsOwn(t *testing.T) {
	data, err := os.ReadFile("../../Info.plist")
	if err != nil {
		t.Fatal(err)
	}
	var info map[string]any
	if _, err := plist.Unmarshal(data, &info); err != nil {
		t.Fatal(err)
	}
	if info["CFBundleIdentifier"] != BundleID {
		t.Errorf("Info.plist says %v", info["CFBundleIdentifier"])
	}
}

func TestAgentAsLaunchdReadsIt(t *testing.T) {
	for _, app := range []string{"/Applications/VPNStatus.app", "/Users/zoë & co/My <Apps>/VPN\"Status'.app", "/Users/x/a,b;c\\d $HOME.app"} {
		a := agents{filepath.Join(t.TempDir(), "Library", "LaunchAgents")}
		if err := a.put(app); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(a.file())
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if _, err := plist.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		want := map[string]any{
			"Label": "io.github.vpnstatus.VPNStatus.login", "ProgramArguments": []any{"/usr/bin/open", "-g", "-a", app, "--args", "--login"},
			"RunAtLoad": true, "LimitLoadToSessionType": "Aqua", "AssociatedBundleIdentifiers": []any{"io.github.vpnstatus.VPNStatus"},
		}
		if fmt.Sprint(got) != fmt.Sprint(want) || !strings.HasPrefix(string(data), "<?xml") {
			t.Errorf("%s", data)
		}
		if !a.opens(app) || a.opens("/Applications/Other.app") {
			t.Errorf("%q: the agent of another copy is taken for it", app)
		}
		if info, err := os.Stat(a.file()); err != nil || info.Mode().Perm()&0o022 != 0 {
			t.Errorf("others may write it: %v, %v", info.Mode(), err)
		}
		if err := errors.Join(a.remove(), a.remove()); err != nil || a.opens(app) {
			t.Errorf("removed: %v", err)
		}
	}
}

func TestAnAgentIsReplacedWhole(t *testing.T) {
	a := agents{t.TempDir()}
	if err := a.put("/A.app"); err != nil {
		t.Fatal(err)
	}
	reading, err := os.Open(a.file()) // as launchd may
	if err != nil {
		t.Fatal(err)
	}
	defer reading.Close()
	if err := a.put("/B.app"); err != nil || !a.opens("/B.app") {
		t.Errorf("it opens B: %t, %v", a.opens("/B.app"), err)
	}
	if data, err := io.ReadAll(reading); err != nil || !strings.Contains(string(data), "/A.app") {
		t.Errorf("a reader finds %s, %v", data, err)
	}
	if left, err := os.ReadDir(a.dir); err != nil || len(left) != 1 {
		t.Errorf("in the folder are %v, %v", left, err)
	}
}

func TestAgentsThatAreNone(t *testing.T) {
	a := agents{t.TempDir()}
	for _, app := range []string{"VPNStatus.app", "", "/Applications/VPN\nStatus.app", "/Applications/VPN\xffStatus.app"} {
		if err := a.put(app); err == nil {
			t.Errorf("an agent was written for %q, which depends on where one is or can't be written", app)
		}
	}
	for _, text := range []string{"", "no list", "<plist><array/></plist>", "bplist00", "<plist><dict><key>ProgramArguments</key><string>/A.app</string></dict></plist>",
		"<plist><dict><key>ProgramArguments</key><array><string>/A.app</string></array></dict></plist>"} {
		if err := os.WriteFile(a.file(), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if a.opens("/A.app") {
			t.Errorf("%q opens an app at login", text)
		}
	}
}

func TestAgentInAFolderThatCannotBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	a := agents{filepath.Join(file, "LaunchAgents")}
	for _, err := range []error{a.put("/A.app"), a.remove()} {
		if err == nil || !strings.Contains(err.Error(), "launch agent") {
			t.Errorf("err = %v", err)
		}
	}
}

// home is a machine with the two ways to launch at login.
type home struct {
	loginParts
	item    LoginStatus
	refused error // by the login item
}

func newHome(t *testing.T, item LoginStatus, refused error) *home {
	h := &home{item: item, refused: refused}
	h.loginParts = loginParts{
		app: "/Applications/VPNStatus.app", agents: agents{t.TempDir()},
		status: func() (LoginStatus, error) {
			if errors.Is(h.refused, ErrNoLoginItems) {
				return LoginNotFound, h.refused
			}
			return h.item, nil
		},
		set: func(on bool) error {
			if h.refused == nil && on {
				h.item = LoginEnabled
			} else if h.refused == nil {
				h.item = LoginNotRegistered
			}
			return h.refused
		},
	}
	return h
}

func TestLaunchAtLogin(t *testing.T) {
	signature := loginError(true, loginDomain, loginInvalidSignature, "")
	denied := loginError(true, loginDomain, loginDeniedByUser, "")
	old := fmt.Errorf("%w: the class is missing", ErrNoLoginItems)
	for name, c := range map[string]struct {
		item    LoginStatus
		refused error
		agent   bool // there is one before
		on      bool
		fails   bool
		want    LoginStatus
		after   bool // there is an agent afterwards
	}{
		"on":                                    {LoginNotFound, nil, false, true, false, LoginEnabled, false},
		"on, and no need for an agent any more": {LoginNotFound, nil, true, true, false, LoginEnabled, false},
		"on, with a signature that is refused":  {LoginNotFound, signature, false, true, false, LoginEnabled, true},
		"on again":                              {LoginNotFound, signature, true, true, false, LoginEnabled, true},
		"on, on a macOS without login items":    {LoginNotFound, old, false, true, false, LoginEnabled, true},
		"on, against the user's will":           {LoginRequiresApproval, denied, false, true, true, LoginRequiresApproval, false},
		"off":                                   {LoginEnabled, nil, false, false, false, LoginNotRegistered, false},
		"off ends both":                         {LoginEnabled, nil, true, false, false, LoginNotRegistered, false},
		"off, with a signature that is refused": {LoginNotFound, signature, true, false, false, LoginNotFound, false},
		"off, when neither was on":              {LoginNotFound, signature, false, false, true, LoginNotFound, false},
		"off, on a macOS without login items":   {LoginNotFound, old, true, false, false, LoginNotFound, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHome(t, c.item, c.refused)
			if c.agent {
				if err := h.agents.put(h.app); err != nil {
					t.Fatal(err)
				}
			}
			if err := h.change(c.on); (err != nil) != c.fails {
				t.Errorf("err = %v", err)
			}
			if got, _ := h.state(); got != c.want || h.agents.opens(h.app) != c.after {
				t.Errorf("afterwards %d, with an agent %t", got, h.agents.opens(h.app))
			}
		})
	}
}

func TestAnAgentThatIsSwitchedOffInSystemSettings(t *testing.T) {
	h := newHome(t, LoginNotFound, nil)
	if err := h.agents.put(h.app); err != nil {
		t.Fatal(err)
	}
	for status, want := range map[LoginStatus]LoginStatus{LoginEnabled: LoginEnabled, LoginRequiresApproval: LoginRequiresApproval, LoginNotFound: LoginEnabled} {
		h.allowed = func(string) (LoginStatus, bool) { return status, true }
		if got, err := h.state(); got != want || err != nil {
			t.Errorf("%d: %d, %v", status, got, err)
		}
	}
	h.allowed = func(string) (LoginStatus, bool) { return LoginRequiresApproval, false }
	if got, _ := h.state(); got != LoginEnabled {
		t.Errorf("unknown: %d", got)
	}
}

func TestOutsideAnAppNoAgentIsWritten(t *testing.T) {
	h := newHome(t, LoginNotFound, fmt.Errorf("%w: no app", ErrNoLoginItems))
	h.app = ""
	for _, on := range []bool{true, false} {
		if err := h.change(on); !errors.Is(err, ErrNoLoginItems) {
			t.Errorf("%t: %v", on, err)
		}
	}
	if _, err := h.state(); !errors.Is(err, ErrNoLoginItems) {
		t.Errorf("state: %v", err)
	}
	if _, err := os.Stat(h.agents.file()); err == nil {
		t.Error("an agent was written")
	}
}

func TestAnAppInATemporaryCopyIsRefusedBothWays(t *testing.T) {
	for name, refused := range map[string]error{
		"login item":   nil,
		"launch agent": loginError(true, loginDomain, loginInvalidSignature, ""),
	} {
		h := newHome(t, LoginNotFound, refused)
		h.app = "/private/var/folders/ab/x/T/AppTranslocation/0A1B/d/VPNStatus.app"
		if err := h.change(true); err == nil || !strings.Contains(err.Error(), "Applications folder") {
			t.Errorf("%s: %v", name, err)
		}
		if h.item != LoginNotFound || h.agents.opens(h.app) {
			t.Errorf("%s: it launches at login", name)
		}
	}
}
