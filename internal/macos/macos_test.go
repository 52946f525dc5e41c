package macos

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestBundleOfAProgram(t *testing.T) {
	for name, c := range map[string]struct{ program, app string }{
		"in the Applications folder": {"/Applications/VPNStatus.app/Contents/MacOS/vpnstatus", "/Applications/VPNStatus.app"},
		"a build":                    {"/home/me/vpnstatus/build/vpnstatus", ""},
		"a link to the program":      {"/usr/local/bin/vpnstatus", ""},
		"a folder of that shape":     {"/opt/vpnstatus/Contents/MacOS/vpnstatus", ""},
		"a helper within an app":     {"/Applications/VPNStatus.app/Contents/MacOS/helpers/vpnstatus", ""},
	} {
		app, ok := BundleOf(c.program)
		if ok != (c.app != "") || ok && app != c.app {
			t.Errorf("%s: %q, %t", name, app, ok)
		}
	}
}

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
		"denied by the user":             {true, loginDomain, 11, "", "switched off in System Settings"},
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

func request(id string) notifyRequest { return notifyRequest{Notification{ID: id}, func(error) {}} }

// ids names the notifications that wait.
func (p *permission) ids() string {
	var ids []string
	for _, r := range p.waiting {
		ids = append(ids, r.ID)
	}
	return strings.Join(ids, " ")
}

func TestPermissionIsAskedForOnceAndAgainAfterARefusal(t *testing.T) {
	now := time.Unix(1000, 0)
	var p permission
	step := func(what string, at time.Duration, id string, want notifyStep, waits string) {
		t.Helper()
		if got := p.add(request(id), now.Add(at)); got != want || p.ids() != waits {
			t.Errorf("%s: step %d, want %d; %q wait, want %q", what, got, want, p.ids(), waits)
		}
	}
	step("the first", 0, "a", notifyAsk, "a")
	step("while the question is open", time.Hour, "b", notifyWait, "a b")
	step("the same again", time.Hour, "a", notifyWait, "b a")
	if got := p.answer(notifyDenied, now.Add(2*time.Hour)); len(got) != 2 || p.err() != ErrNotifyDenied {
		t.Errorf("%d waited; %v", len(got), p.err())
	}
	step("soon after a refusal", 2*time.Hour+askInterval-1, "c", notifyRefuse, "")
	step("later", 2*time.Hour+askInterval, "c", notifyAsk, "c")
	if got := p.answer(notifyAllowed, now.Add(3*time.Hour)); len(got) != 1 || got[0].ID != "c" || p.err() != nil {
		t.Errorf("%v waited; %v", got, p.err())
	}
	step("once allowed", 4*time.Hour, "d", notifySend, "")
	p.answer(notifyDenied, now.Add(5*time.Hour)) // the outcome of d
	step("refused again", 5*time.Hour, "e", notifyRefuse, "")
	p.answer(notifyUnavailable, now)
	step("without a bundle", 9*time.Hour, "f", notifyRefuse, "")
}

func TestWaitingNotificationsAreBoundedAndCanBeWithdrawn(t *testing.T) {
	var p permission
	for i := range 20 {
		p.add(request(fmt.Sprint(i)), time.Unix(0, 0))
	}
	if p.ids() != "12 13 14 15 16 17 18 19" {
		t.Errorf("%q wait", p.ids())
	}
	p.withdraw("12")
	p.withdraw("no such")
	if p.ids() != "13 14 15 16 17 18 19" {
		t.Errorf("%q wait", p.ids())
	}
}

func TestOnlyARefusalIsAnError(t *testing.T) {
	for s, want := range map[notifyState]error{
		notifyUnasked: nil, notifyAsking: nil, notifyAllowed: nil, notifyDenied: ErrNotifyDenied, notifyUnavailable: ErrNotifyUnavailable,
	} {
		if got := (&permission{state: s}).err(); got != want {
			t.Errorf("state %d: %v, want %v", s, got, want)
		}
	}
}
