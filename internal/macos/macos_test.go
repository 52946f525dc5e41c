package macos

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestLoginErrors(t *testing.T) {
	for name, c := range map[string]struct {
		on      bool
		domain  string
		code    int
		message string
		want    string // empty: no error
	}{
		"registered already":             {true, loginDomain, 12, "", ""},
		"not registered":                 {false, loginDomain, 6, "", ""},
		"not found when switching on":    {true, loginDomain, 6, "", "does not find the app"},
		"already when switching off":     {false, loginDomain, 12, "The job exists", "The job exists (SMAppServiceErrorDomain error 12)"},
		"not permitted":                  {true, loginDomain, 1, "Operation not permitted", "Applications folder"},
		"denied by the person":           {true, loginDomain, 11, "", "switched off in System Settings"},
		"bad signature":                  {true, loginDomain, 3, "", "signature is not valid"},
		"code of a later system":         {true, loginDomain, 99, "", "gave no reason (SMAppServiceErrorDomain error 99)"},
		"another domain":                 {true, "NSPOSIXErrorDomain", 1, "No", "No (NSPOSIXErrorDomain error 1)"},
		"no error object at all":         {false, "", 0, "", "switching launch at login off: the system gave no reason"},
		"another domain's code 12 is 12": {true, "NSCocoaErrorDomain", 12, "", "gave no reason (NSCocoaErrorDomain error 12)"},
	} {
		t.Run(name, func(t *testing.T) {
			err := loginError(c.on, c.domain, c.code, c.message)
			if c.want == "" {
				if err != nil {
					t.Errorf("%v, want none", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want one with %q", err, c.want)
			}
		})
	}
}

func TestEveryLoginCodeHasWords(t *testing.T) {
	said := map[string]int{}
	for code := 1; code <= 11; code++ {
		err := loginError(true, loginDomain, code, "raw")
		if err == nil || strings.Contains(err.Error(), "raw") {
			t.Errorf("code %d: %v", code, err)
			continue
		}
		said[err.Error()] = code
	}
	if len(said) != 11 {
		t.Errorf("%d different texts for 11 codes", len(said))
	}
}

func TestLoginStatusInWords(t *testing.T) {
	for status, want := range map[LoginStatus]string{
		LoginNotRegistered: "off", LoginNotFound: "off", LoginEnabled: "on",
		LoginRequiresApproval: "on, but not allowed in System Settings (General, Login Items)", 7: "in a state this program does not know (7)",
	} {
		if got := status.String(); got != want {
			t.Errorf("%d: %q, want %q", int(status), got, want)
		}
	}
}

func TestPanesByVersion(t *testing.T) {
	for _, p := range []Pane{VPNPane, LoginItemsPane, LocationPane} {
		for _, major := range []int{0, 11, 12, 13, 14, 15, 26, 27} {
			urls := paneURLs(p, major)
			if len(urls) < 2 || urls[len(urls)-1] != scheme {
				t.Errorf("%s on %d: %q does not end with System Settings as such", p, major, urls)
			}
			for _, u := range urls {
				if !strings.HasPrefix(u, scheme) {
					t.Errorf("%s on %d: %q", p, major, u)
				}
			}
		}
	}
	for major, want := range map[int]string{
		12: scheme + "com.apple.preference.network",
		13: scheme + "com.apple.NetworkExtensionSettingsUI.NESettingsUIExtension",
		26: scheme + "com.apple.NetworkExtensionSettingsUI.NESettingsUIExtension",
		0:  scheme + "com.apple.NetworkExtensionSettingsUI.NESettingsUIExtension",
	} {
		if got := paneURLs(VPNPane, major)[0]; got != want {
			t.Errorf("VPN on %d: %q, want %q", major, got, want)
		}
	}
	if err := paneError(VPNPane); !strings.Contains(err.Error(), "look for VPN") {
		t.Error(err)
	}
}

func TestNotificationsThatWait(t *testing.T) {
	var q notifyQueue
	for i := range 20 {
		q = q.add(Notification{ID: fmt.Sprint(i)})
	}
	if len(q) != notifyWaiting || q[0].ID != "12" {
		t.Errorf("%d wait, the oldest is %q", len(q), q[0].ID)
	}
	q = q.add(Notification{ID: "15", Title: "new"})
	same := slices.DeleteFunc(slices.Clone(q), func(n Notification) bool { return n.ID != "15" })
	if len(same) != 1 || same[0].Title != "new" || q[len(q)-1].Title != "new" {
		t.Errorf("a later one does not replace the earlier: %+v", q)
	}
}

func TestWithdrawnNotificationsDoNotWait(t *testing.T) {
	q := notifyQueue(nil).add(Notification{ID: "a"}).add(Notification{ID: "b"})
	if q = q.without("a").without("c"); len(q) != 1 || q[0].ID != "b" {
		t.Errorf("%+v", q)
	}
}

func TestOnlyARefusalIsAnError(t *testing.T) {
	for s, want := range map[NotifyState]error{
		NotifyUnasked: nil, NotifyAsking: nil, NotifyAllowed: nil, NotifyDenied: ErrNotifyDenied, NotifyUnavailable: ErrNotifyUnavailable,
	} {
		if got := s.err(); got != want {
			t.Errorf("%s: %v, want %v", s, got, want)
		}
	}
}

func TestNotifyStateInWords(t *testing.T) {
	said := map[string]bool{}
	for s := NotifyUnasked; s <= NotifyUnavailable+1; s++ {
		said[s.String()] = true
	}
	if len(said) != 6 {
		t.Errorf("%d different texts for 6 states", len(said))
	}
}
