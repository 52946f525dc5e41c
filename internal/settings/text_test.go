package settings

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/vpn"
)

func TestWhatAPersonWritesIsUnderstood(t *testing.T) {
	id := office.String()
	for _, c := range []struct{ key, text, want string }{
		{"hooks", "on", "true"},
		{"hooks", "YES", "true"},
		{"hooks", " 1 ", "true"},
		{"hooks", "true", "true"},
		{"hooks", "off", "false"},
		{"hooks", "No", "false"},
		{"retryDelayMax", "90", "90"},
		{"retryDelayMax", "90s", "90"},
		{"retryDelayMax", "2m", "120"},
		{"retryDelayMax", "2 min", "120"},
		{"retryDelayMax", "1.5 minutes", "90"},
		{"retryDelayMax", "1h", "3600"},
		{"retryDelayMax", "1m30s", "90"},
		{"iconStyle", "Color", `"color"`},
		{"iconStyle", `"template"`, `"template"`},
		{"hidden", "Test*, Old office", `["Test*","Old office"]`},
		{"hidden", `["a,b"]`, `["a,b"]`},
		{"hidden", "", `[]`},
		{"mutedServices", strings.ToUpper(id), `["` + id + `"]`},
		{"autoConnect." + strings.ToUpper(id), "on", "true"},
		{"autoConnect", `{"` + id + `":true}`, `{"` + id + `":true}`},
		{"notifications.held", "off", "false"},
		{"probes." + id, `{"target":"a:1","interval":90}`, `{"target":"a:1","interval":"1m30s"}`},
		{"rules", `[{"then":"ignore","ssid":["x"]}]`, `[{"then":"ignore","ssid":["x"]}]`},
		{"trustedNetworks", `[{"ssid":"x"}]`, `[{"ssid":"x"}]`},
		{"groups", `[{"name":"g","members":[]}]`, `[{"name":"g","members":[]}]`},
	} {
		s := Default()
		if err := Set(&s, c.key, c.text); err != nil {
			t.Errorf("%s = %q: %v", c.key, c.text, err)
			continue
		}
		if got, err := Get(s, c.key); err != nil || string(got) != c.want {
			t.Errorf("%s = %q reads as %s, %v, want %s", c.key, c.text, got, err, c.want)
		}
		if err := s.Validate(); err != nil {
			t.Errorf("%s = %q: %v", c.key, c.text, err)
		}
	}
}

func TestWhatMakesNoSenseIsRefusedWithTheKey(t *testing.T) {
	id := office.String()
	for _, c := range []struct{ key, text, says string }{
		{"colour", "red", "the keys are autoConnect, "},
		{"", "", "no such key"},
		{"hooks.x", "on", "no elements"},
		{"hooks", "maybe", "neither on nor off"},
		{"retryDelayMax", "3", "3 is out of range 5–3600 (seconds)"},
		{"retryDelayMax", "2h", "7200 is out of range"},
		{"retryDelayMax", "soon", "a number of seconds"},
		{"retryDelayMax", "1.5", "a number of seconds"},
		{"retryDelayMax", "1500ms", "whole number"},
		{"retryDelayMax", "1e300 days", "a number of seconds"},
		{"retryDelayMax", "99999999999999999999", "a number of seconds"},
		{"iconStyle", "purple", "template, color"},
		{"hidden", `["a"`, "as JSON"},
		{"mutedServices", "Office", "UUID"},
		{"autoConnect.Office", "on", "not the ID of a service"},
		{"autoConnect." + id, "perhaps", "neither on nor off"},
		{"notifications.droped", "off", "dropped, reconnected"},
		{"probes." + id, "10.0.0.1:53", "as JSON"},
		{"probes." + id, `{"target":"x"}`, "neither host:port"},
		{"rules", "none", "a list of objects, as JSON"},
		{"groups", `[{}]`, "name"},
	} {
		s := full()
		err := Set(&s, c.key, c.text)
		var bad *KeyError
		if !errors.As(err, &bad) || bad.Key != c.key || !strings.Contains(bad.Text, c.says) {
			t.Errorf("%s = %q: %v, want %q", c.key, c.text, err, c.says)
		}
		if diff := cmp.Diff(full(), s); diff != "" {
			t.Errorf("%s = %q changed something:\n%s", c.key, c.text, diff)
		}
	}
}

func TestElementsAreSetAndTakenOut(t *testing.T) {
	s := Default()
	for _, c := range []struct{ key, text, want string }{
		{"autoConnect." + office.String(), "", "false"},
		{"notifications.held", "", "true"},
		{"probes." + office.String(), "", "null"},
	} {
		if got, err := Get(s, c.key); err != nil || string(got) != c.want {
			t.Errorf("%s is %s, %v, want %s", c.key, got, err, c.want)
		}
	}
	before := full()
	s = before
	for _, err := range []error{
		Set(&s, "autoConnect."+home.String(), "on"),
		Reset(&s, "autoConnect."+office.String()),
		Reset(&s, "notifications.held"),
		Reset(&s, "probes."+home.String()),
		Reset(&s, "retryDelayMax"),
		Reset(&s, "rules"),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	if len(s.AutoConnect) != 1 || !s.AutoConnect[home] || len(s.Notifications) != 0 || len(s.Probes) != 1 || s.RetryDelayMax != 120 || len(s.Rules) != 0 {
		t.Errorf("%+v", s)
	}
	if diff := cmp.Diff(full(), before); diff != "" {
		t.Errorf("the settings it began with changed:\n%s", diff)
	}
	if err := Reset(&s, "colour"); err == nil {
		t.Error("an unknown key was reset")
	}
	if _, err := Get(s, "colour"); err == nil {
		t.Error("an unknown key was read")
	}
}

func TestPatch(t *testing.T) {
	s := full()
	err := Patch(&s, []byte(`{
		"schema": 1,
		"retryDelayMax": 90,
		"autoConnect": {"`+strings.ToUpper(home.String())+`": true, "`+office.String()+`": null},
		"notifications": {"dropped": false},
		"hidden": null,
		"trustedNetworks": [{"ssid": "New"}],
		"probes.`+office.String()+`": {"target": "x:1"},
		"hooks": false
	}`))
	if err != nil {
		t.Fatal(err)
	}
	want := full()
	want.RetryDelayMax = 90
	want.AutoConnect = map[vpn.ID]bool{home: true}
	want.Notifications = map[autoconnect.Notice]bool{autoconnect.NoticeHeld: false, autoconnect.NoticeDropped: false}
	want.Hidden = []string{}
	want.Trusted = []TrustedNetwork{{SSID: "New"}}
	want.Probes[office] = autoconnect.Probe{Target: "x:1"}
	want.Hooks = false
	if diff := cmp.Diff(want, s); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	for patch, key := range map[string]string{
		`[]`: "settings", `{`: "settings", `{"colour": 1}`: "colour", `{"hooks": true, "retryDelayMax": 3}`: "retryDelayMax",
		`{"autoConnect": {"x": true}}`: "autoConnect", `{"retryDelayMax": {"a": 1}}`: "retryDelayMax",
		`{"probes": {"` + office.String() + `": {"interval": "1s"}}}`: "probes",
	} {
		s := full()
		var bad *KeyError
		if err := Patch(&s, []byte(patch)); !errors.As(err, &bad) || bad.Key != key {
			t.Errorf("%s: %v, want an error of %s", patch, err, key)
		}
		if diff := cmp.Diff(full(), s); diff != "" {
			t.Errorf("%s changed something:\n%s", patch, diff)
		}
	}
}

func TestEveryKeyIsDescribed(t *testing.T) {
	for _, k := range Keys() {
		if k.Help == "" || k.Type == "" || k.Range() == "" {
			t.Errorf("%+v", k)
		}
		if got, err := Get(Default(), k.Name); err != nil || string(got) != k.Default {
			t.Errorf("%s is %s by default, %v, and is said to be %s", k.Name, got, err, k.Default)
		}
		if !json.Valid([]byte(k.Default)) {
			t.Errorf("%s: default %s", k.Name, k.Default)
		}
	}
	list := Keys()
	for i := range list {
		if len(list[i].Choices) > 0 {
			list[i].Choices[0] = "changed"
		}
	}
	if slices.ContainsFunc(Keys(), func(k KeyInfo) bool { return slices.Contains(k.Choices, "changed") }) {
		t.Error("the caller can change the table of keys")
	}
}

func TestTheDocumentationHasEveryKey(t *testing.T) {
	page, err := os.ReadFile("../../docs/settings.md")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(page), "\n")
	for _, k := range Keys() {
		i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "| `"+k.Name+"` |") })
		if i < 0 {
			t.Errorf("docs/settings.md lacks %s", k.Name)
			continue
		}
		if line := strings.ReplaceAll(lines[i], "`", ""); !strings.Contains(line, "| "+k.Default+" |") || !strings.Contains(line, k.Range()) {
			t.Errorf("docs/settings.md says %s, want default %s and range %s", lines[i], k.Default, k.Range())
		}
	}
	for _, name := range noticeNames() {
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("docs/settings.md lacks the event %s", name)
		}
	}
	for _, name := range timacKeys {
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("docs/settings.md lacks the import of %s", name)
		}
	}
}

func TestThePasswordOfATestAddressIsInNoError(t *testing.T) {
	const id = "00000000-0000-4000-8000-000000000001"
	for _, target := range []string{
		"ftp://anna:s3cret@x", "anna:s3cret@x:80", "anna:s3cret@x", "http://anna:s3cret@x y/", "http://anna:s3cret@", "http://anna:s3cret@x:99999999/%zz",
		"http:/anna:s3cret@x/", "anna:s3cret@\xffx:80",
	} {
		s := NewMemory(Default())
		text, err := json.Marshal(map[string]string{"target": target})
		if err != nil {
			t.Fatal(err)
		}
		for name, err := range map[string]error{
			"set":   s.Set("probes."+id, string(text)),
			"plain": s.Set("probes."+id, target),
			"patch": s.Patch(fmt.Appendf(nil, `{"probes": {%q: %s}}`, id, text)),
		} {
			if err == nil || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%s to %q: %v", name, target, err)
			}
		}
		path := file(t, fmt.Sprintf(`{"probes": {%q: %s}}`, id, text))
		if p := open(t, path).Problems(); len(p) != 1 || strings.Contains(p[0].String(), "s3cret") {
			t.Errorf("problems of a file with %q: %v", target, p)
		}
	}
}
