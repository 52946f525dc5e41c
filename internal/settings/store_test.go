package settings

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"go.uber.org/goleak"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/facts"
	"vpnstatus/internal/vpn"
)

func TestMain(m *testing.M) {
	if job := os.Getenv(jobVariable); job != "" {
		os.Exit(runJob(job))
	}
	brokenTime = 300 * time.Millisecond
	goleak.VerifyTestMain(m)
}

func open(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // tests that care close it themselves
	return s
}

func flush(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Flush(soon(t)); err != nil {
		t.Fatal(err)
	}
}

func soon(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func update(t testing.TB, s Keeper, change func(*Settings)) {
	t.Helper()
	if err := s.Update(change); err != nil {
		t.Fatal(err)
	}
}

func place(t testing.TB, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func content(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// file returns the name of a settings file with the content.
func file(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), FileName)
	place(t, path, text)
	return path
}

// await waits until a change makes the condition true.
func await(t testing.TB, s *Store, what string, holds func() bool) {
	t.Helper()
	limit := time.After(20 * time.Second)
	for !holds() {
		select {
		case <-s.Changed():
		case <-limit:
			t.Fatalf("waited in vain: %s; problems: %v", what, s.Problems())
		}
	}
}

var (
	office = uuid.MustParse("a0000000-0000-4000-8000-00000000000a")
	home   = uuid.MustParse("b0000000-0000-4000-8000-00000000000b")
)

// full has every key at something other than its default.
func full() Settings {
	at := time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)
	return Settings{
		Schema:        Schema,
		AutoConnect:   map[vpn.ID]bool{office: true, home: false},
		RetryDelayMax: 30,
		Rules: []autoconnect.Rule{
			{Name: "café", Then: autoconnect.OutcomeIgnore, SSID: []string{"Café \"x\", y", "<&>", "🦊*"}},
			{Then: autoconnect.OutcomeDisconnect, Subnet: []string{"10.0.0.0/8"}, Disabled: true},
		},
		Trusted:                   []TrustedNetwork{{SSID: "Home"}, {GatewayMAC: "00:1b:63:84:45:e6", Name: "Desk"}},
		Groups:                    []autoconnect.Group{{Name: "one", Members: []vpn.ID{office, home}}},
		Probes:                    map[vpn.ID]autoconnect.Probe{office: {Target: "10.0.0.1:53", Interval: 90 * time.Second}, home: {Target: "https://example.com/up", Status: 204}},
		State:                     autoconnect.Stored{Holds: map[vpn.ID]autoconnect.Hold{home: {Until: autoconnect.Forever, Key: "held.user"}}, Pause: autoconnect.Until{Time: at}},
		Hidden:                    []string{"Test*", home.String()},
		ShowTimeConnected:         true,
		ShowStatusWhileConnecting: false,
		IconStyle:                 IconColor,
		Notifications:             map[autoconnect.Notice]bool{autoconnect.NoticeHeld: false},
		NotificationSound:         true,
		MutedServices:             []vpn.ID{home},
		Hooks:                     true,
	}
}

func TestEveryKeySurvivesARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "er", FileName)
	s := open(t, path)
	if diff := cmp.Diff(Default(), s.Current()); diff != "" {
		t.Errorf("without a file the defaults are not in force:\n%s", diff)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("opening wrote a file: %v", err)
	}
	update(t, s, func(v *Settings) { *v = full() })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, path)
	if diff := cmp.Diff(full(), again.Current()); diff != "" {
		t.Errorf("after a restart (-want +got):\n%s", diff)
	}
	if p := again.Problems(); len(p) > 0 {
		t.Errorf("problems: %v", p)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v", info.Mode(), err)
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the directory: %v, %v", info.Mode(), err)
	}
	for _, want := range []string{`"interval": "1m30s"`, `"<&>"`, `"schema": 1`} {
		if text := content(t, path); !strings.Contains(text, want) {
			t.Errorf("the file lacks %s:\n%s", want, text)
		}
	}
	var back Settings
	data, err := json.Marshal(full())
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(full(), back); diff != "" {
		t.Errorf("through JSON (-want +got):\n%s", diff)
	}
	if covered := len(differing(ptr(Default()), ptr(full()))); covered != len(keys) {
		t.Errorf("this test covers %d of %d keys", covered, len(keys))
	}
}

func ptr[T any](v T) *T { return &v }

func TestACloneSharesNothing(t *testing.T) {
	original, copied := full(), full().Clone()
	copied.AutoConnect[office] = false
	copied.Rules[0].SSID[0] = "changed"
	copied.Trusted[0].SSID = "changed"
	copied.Groups[0].Members[0] = home
	copied.Probes[office] = autoconnect.Probe{}
	copied.State.Holds[home] = autoconnect.Hold{}
	copied.Hidden[0] = "changed"
	copied.Notifications[autoconnect.NoticeHeld] = true
	copied.MutedServices[0] = office
	// By reflection, so that a map or slice added later is not forgotten.
	var shared func(path string, a, b reflect.Value)
	shared = func(path string, a, b reflect.Value) {
		switch a.Kind() {
		case reflect.Map, reflect.Slice:
			if a.Len() > 0 && a.Pointer() == b.Pointer() {
				t.Errorf("%s is shared", path)
			}
			if a.Kind() == reflect.Slice {
				for i := range a.Len() {
					shared(fmt.Sprintf("%s[%d]", path, i), a.Index(i), b.Index(i))
				}
			}
		case reflect.Struct:
			for i := range a.NumField() {
				shared(path+"."+a.Type().Field(i).Name, a.Field(i), b.Field(i))
			}
		}
	}
	again := original.Clone()
	shared("Settings", reflect.ValueOf(original), reflect.ValueOf(again))
	if diff := cmp.Diff(full(), original); diff != "" {
		t.Errorf("changing a clone changed the original:\n%s", diff)
	}
}

func TestUnknownKeysAreKept(t *testing.T) {
	path := file(t, `{"zebra": {"stripes": [1, 2.50, {"deep": null}]}, "retryDelayMax": 60, "aardvark": "<é>", "big": 123456789012345678901234567890}`)
	s := open(t, path)
	update(t, s, func(v *Settings) { v.RetryDelayMax = 61; v.Hooks = true })
	flush(t, s)
	want := `{
  "schema": 1,
  "zebra": {
    "stripes": [
      1,
      2.50,
      {
        "deep": null
      }
    ]
  },
  "retryDelayMax": 61,
  "aardvark": "<é>",
  "big": 123456789012345678901234567890,
  "hooks": true
}
`
	if diff := cmp.Diff(want, content(t, path)); diff != "" {
		t.Errorf("the file (-want +got):\n%s", diff)
	}
}

func TestElementsThatCannotBeUsedLeaveTheOthersInForce(t *testing.T) {
	for _, c := range []struct{ key, value, want, says string }{
		{"autoConnect", `{"` + office.String() + `": true, "x": true}`, `{"` + office.String() + `": true}`, `autoConnect: "x" is not the ID of a service`},
		{"autoConnect", `{"` + office.String() + `": true, "` + home.String() + `": 1}`, `{"` + office.String() + `": true}`,
			"autoConnect: " + home.String() + ": a number does not fit here"},
		{"rules", `[{"then":"explode"},{"then":"ignore"},{"then":"connect","sidd":["x"]},{"then":"ignore","name":"lab","subnet":["zz"]}]`, `[{"then":"ignore"}]`,
			`rules: rule 1, then: "explode" is none of connect, ignore, disconnect; rules: number 3: unknown field "sidd"; ` +
				`rules: rule 4 ("lab"), subnet: "zz" is not a network such as 192.168.1.0/24`},
		{"trustedNetworks", `[{"ssid":"a"},{"gatewayMAC":"x"}]`, `[{"ssid":"a"}]`, `trustedNetworks: number 2: gatewayMAC: "x" is not a hardware address such as 00:1b:63:84:45:e6`},
		{"groups", `[{"members":[]},{"name":"a","members":["` + office.String() + `"]},{"name":"b","members":["` + office.String() + `"]}]`,
			`[{"name":"a","members":["` + office.String() + `"]}]`,
			`groups: number 1: it needs a name; groups: number 3: "b": service ` + office.String() + ` is already in "a"`},
		{"groups", `[{"name":"a","members":[]},{"name":"a","members":[]}]`, `[{"name":"a","members":[]}]`, `groups: number 2: a group called "a" comes twice`},
		{"probes", `{"` + office.String() + `": {"target": "a:1"}, "` + home.String() + `": {"target": "a:1", "status": 7}}`, `{"` + office.String() + `": {"target": "a:1"}}`,
			"probes: " + home.String() + ": status: 7 is out of range 100–599 (HTTP status; 0: any below 400)"},
		{"hidden", `["a", 5, ""]`, `["a"]`, `hidden: number 2: a number does not fit here; hidden: number 3: "" is neither an ID nor a name`},
		{"mutedServices", `["x", "` + office.String() + `"]`, `["` + office.String() + `"]`, "mutedServices: number 1: the ID of a service, a UUID, is needed here"},
		{"notifications", `{"held": 1, "dropped": false}`, `{"dropped": false}`, "notifications: held: a number does not fit here"},
	} {
		t.Run(c.key+" "+c.value, func(t *testing.T) {
			path := file(t, fmt.Sprintf(`{%q: %s}`, c.key, c.value))
			s := open(t, path)
			var says []string
			for _, p := range s.Problems() {
				says = append(says, p.String())
			}
			if got := strings.Join(says, "; "); got != c.says {
				t.Errorf("problems:\n%s\nwant:\n%s", got, c.says)
			}
			if got := s.Current(); !sameJSON(t, lookup(c.key).mustEncode(&got), c.want) {
				t.Errorf("in force is %s, want %s", lookup(c.key).mustEncode(&got), c.want)
			}
			update(t, s, func(v *Settings) { v.ShowTimeConnected = !v.ShowTimeConnected })
			flush(t, s)
			var kept map[string]json.RawMessage
			if err := json.Unmarshal([]byte(content(t, path)), &kept); err != nil {
				t.Fatal(err)
			}
			if !sameJSON(t, kept[c.key], c.value) {
				t.Errorf("another change turned it into %s", kept[c.key])
			}
		})
	}
}

func TestAThousandBrokenRulesAreToldInBrief(t *testing.T) {
	s := open(t, file(t, `{"rules": [`+strings.Repeat(`{"then":"explode"},`, 999)+`{"then":"ignore"}]}`))
	p := s.Problems()
	if len(p) != faultsMost+1 || p[faultsMost].Text != "and 979 more that can't be used" {
		t.Errorf("%d problems, at the end %v", len(p), p[len(p)-1])
	}
	if len(s.Current().Rules) != 1 {
		t.Errorf("%d rules in force", len(s.Current().Rules))
	}
}

func TestAValueThatCannotBeUsedLeavesTheOthersInForce(t *testing.T) {
	for _, c := range []struct{ key, value, says string }{
		{"autoConnect", `5`, "number"},
		{"autoConnect", `{"not an ID": true}`, "not the ID of a service"},
		{"autoConnect", `{"` + office.String() + `": "yes"}`, "text"},
		{"retryDelayMax", `"120"`, "text"},
		{"retryDelayMax", `3`, "3 is out of range 5–3600 (seconds)"},
		{"retryDelayMax", `3601`, "3601 is out of range 5–3600 (seconds)"},
		{"retryDelayMax", `12.5`, "12.5"},
		{"retryDelayMax", `1e99`, "1e99"},
		{"rules", `{}`, "object"},
		{"rules", `[{"then":"explode"}]`, "rule 1, then: "},
		{"rules", `[{"then":"disconnect","sidd":["x"]}]`, `number 1: unknown field "sidd"`},
		{"rules", `[{"then":"ignore","ssid":"x"}]`, "ssid"},
		{"trustedNetworks", `[{"name":"Home"}]`, "fit every network"},
		{"trustedNetworks", `[{"gatewayMAC":"x"}]`, "number 1: gatewayMAC"},
		{"trustedNetworks", `[{"sid":"a"}]`, "sid"},
		{"trustedNetworks", `[{"ssidHex":"xyz"}]`, "hexadecimal"},
		{"trustedNetworks", `["Home"]`, "text"},
		{"groups", `[{"members":[]}]`, "name"},
		{"groups", `[{"name":"a","members":["` + office.String() + `","` + office.String() + `"]}]`, "twice"},
		{"probes", `{"` + office.String() + `": {"target": "nowhere"}}`, "neither host:port"},
		{"probes", `{"` + office.String() + `": {"target": "a:1", "interval": "1s"}}`, "interval: 1s is out of range"},
		{"probes", `{"` + office.String() + `": {"target": "a:1", "interval": "often"}}`, "often"},
		{"probes", `{"` + office.String() + `": {"target": "a:1", "status": 7}}`, "status: 7"},
		{"probes", `[]`, "list"},
		{"state", `"held"`, "text"},
		{"hidden", `"Test"`, "text"},
		{"hidden", `[""]`, "number 1"},
		{"showTimeConnected", `"on"`, "text"},
		{"showStatusWhileConnecting", `{}`, "object"},
		{"iconStyle", `"purple"`, `"purple" is none of template, color`},
		{"iconStyle", `0`, "number"},
		{"notifications", `["held"]`, "list"},
		{"notifications", `{"held": 1}`, "number"},
		{"notificationSound", `[]`, "list"},
		{"mutedServices", `["x"]`, "UUID"},
		{"hooks", `"true"`, "text"},
		{"hidden", "[\"\xff\"]", "UTF-8"},
	} {
		t.Run(c.key+" "+c.value, func(t *testing.T) {
			k := lookup(c.key)
			other, otherValue := "hooks", "true"
			if c.key == "hooks" {
				other = "notificationSound"
			}
			path := file(t, fmt.Sprintf(`{%q: %s, %q: %s}`, c.key, c.value, other, otherValue))
			s := open(t, path)
			problems := s.Problems()
			if len(problems) != 1 || problems[0].Key != c.key || !strings.Contains(problems[0].Text, c.says) {
				t.Fatalf("problems %v, want one of %s that says %q", problems, c.key, c.says)
			}
			got := s.Current()
			if !bytes.Equal(k.mustEncode(&got), k.mustEncode(ptr(Default()))) {
				t.Errorf("%s is %s, not the default", c.key, k.mustEncode(&got))
			}
			if !bytes.Equal(lookup(other).mustEncode(&got), []byte(otherValue)) {
				t.Errorf("%s is not in force", other)
			}
			// Another change leaves it for the person to correct.
			update(t, s, func(v *Settings) { v.ShowTimeConnected = !v.ShowTimeConnected; v.NotificationSound = true })
			flush(t, s)
			if c.key != "showTimeConnected" && c.key != "notificationSound" {
				var kept map[string]json.RawMessage
				if err := json.Unmarshal([]byte(content(t, path)), &kept); err != nil {
					t.Fatal(err)
				}
				if !sameJSON(t, kept[c.key], c.value) {
					t.Errorf("the value was changed to %s", kept[c.key])
				}
				if p := s.Problems(); !slices.Equal(p, problems) {
					t.Errorf("problems after another change: %v", p)
				}
			}
			// Changing it, even to what is in force, puts it right.
			if err := s.Reset(c.key); err != nil {
				t.Fatal(err)
			}
			flush(t, s)
			if p := s.Problems(); len(p) > 0 {
				t.Errorf("problems after the correction: %v", p)
			}
			if p := open(t, path).Problems(); len(p) > 0 {
				t.Errorf("problems after a restart: %v", p)
			}
			if kept := broken(t, path); len(kept) != 1 || !strings.Contains(content(t, kept[0]), c.key) {
				t.Errorf("the file with the bad value is not kept: %v", kept)
			}
		})
	}
}

func sameJSON(t *testing.T, a json.RawMessage, b string) bool {
	t.Helper()
	var x, y bytes.Buffer
	if json.Compact(&x, a) != nil || json.Compact(&y, []byte(b)) != nil {
		return false
	}
	return x.String() == y.String()
}

func TestABadValueFallsBackToTheLastGoodOne(t *testing.T) {
	path := file(t, `{"retryDelayMax": 60}`)
	s := open(t, path)
	place(t, path, `{"retryDelayMax": "a lot", "hooks": true}`)
	await(t, s, "the other key is in force", func() bool { return s.Current().Hooks })
	if got := s.Current().RetryDelayMax; got != 60 {
		t.Errorf("retryDelayMax is %d, want the last good 60", got)
	}
	place(t, path, `{"retryDelayMax": 61, "hooks": true}`)
	await(t, s, "the correction is in force", func() bool { return s.Current().RetryDelayMax == 61 })
	if p := s.Problems(); len(p) > 0 {
		t.Errorf("problems: %v", p)
	}
}

func TestNullAndRepeatedKeys(t *testing.T) {
	s := open(t, file(t, "\xef\xbb\xbf"+`{"hooks": null, "retryDelayMax": 10, "retryDelayMax": 20}`))
	if got := s.Current(); got.RetryDelayMax != 20 || got.Hooks {
		t.Errorf("%+v", got)
	}
	if p := s.Problems(); len(p) != 1 || p[0].Key != "retryDelayMax" || !strings.Contains(p[0].String(), "more than once") {
		t.Errorf("problems %v", p)
	}
}

func TestABrokenFileIsMovedAside(t *testing.T) {
	for _, text := range []string{`{"hooks": true`, `hooks = true`, "\x00\x01\x02", `[1, 2]`, `"text"`, `{"a": 1} {"b": 2}`, "{\"a\": 1,\n\"b\": }"} {
		t.Run(text, func(t *testing.T) {
			path := file(t, text)
			s := open(t, path)
			if diff := cmp.Diff(Default(), s.Current()); diff != "" {
				t.Errorf("not the defaults:\n%s", diff)
			}
			aside := broken(t, path)
			if len(aside) != 1 || content(t, aside[0]) != text {
				t.Fatalf("moved aside: %v", aside)
			}
			// The folder for tests may lie behind a link, as on macOS.
			named, err := filepath.EvalSymlinks(aside[0])
			if err != nil {
				t.Fatal(err)
			}
			if p := s.Problems(); len(p) != 1 || !strings.Contains(p[0].Text, named) {
				t.Errorf("problems %v don't name %s", p, named)
			}
			update(t, s, func(v *Settings) { v.Hooks = true })
			flush(t, s)
			if !open(t, path).Current().Hooks {
				t.Error("the new file is not used")
			}
		})
	}
	t.Run("the line is named", func(t *testing.T) {
		s := open(t, file(t, "{\n\n\"a\": x}"))
		if p := s.Problems(); len(p) != 1 || !strings.Contains(p[0].Text, "line 3") {
			t.Errorf("problems %v", p)
		}
	})
	t.Run("an earlier one is never overwritten", func(t *testing.T) {
		path := file(t, "first")
		now := time.Now()
		a, err := moveAside(path, now)
		if err != nil {
			t.Fatal(err)
		}
		place(t, path, "second")
		b, err := moveAside(path, now)
		if err != nil {
			t.Fatal(err)
		}
		if a == b || content(t, a) != "first" || content(t, b) != "second" {
			t.Errorf("%s and %s", a, b)
		}
	})
	t.Run("an empty file is no broken one", func(t *testing.T) {
		path := file(t, " \n")
		if p := open(t, path).Problems(); len(p) > 0 || len(broken(t, path)) > 0 {
			t.Errorf("problems %v, moved aside %v", p, broken(t, path))
		}
	})
}

func broken(t testing.TB, path string) []string {
	t.Helper()
	names, err := filepath.Glob(path + ".broken-*")
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestAFileBrokenByHandLeavesTheLastGoodSettingsInForce(t *testing.T) {
	path := file(t, `{"retryDelayMax": 60, "mine": [1]}`)
	s := open(t, path)
	place(t, path, `{"retryDelayMax": 61,`)
	await(t, s, "it is noticed", func() bool { return len(s.Problems()) > 0 })
	if got := s.Current().RetryDelayMax; got != 60 {
		t.Errorf("retryDelayMax is %d", got)
	}
	await(t, s, "it is moved aside", func() bool { return len(broken(t, path)) == 1 })
	flush(t, s)
	if got := open(t, path).Current().RetryDelayMax; got != 60 {
		t.Errorf("the settings in force were not written again: retryDelayMax is %d", got)
	}
	if got := content(t, broken(t, path)[0]); got != `{"retryDelayMax": 61,` {
		t.Errorf("what the person wrote became %q", got)
	}
}

func TestAFileThatIsEmptyForAMomentIsNotMovedAside(t *testing.T) {
	path := file(t, `{"retryDelayMax": 60}`)
	s := open(t, path)
	place(t, path, `{"retry`) // an editor that is not done yet
	await(t, s, "it is noticed", func() bool { return len(s.Problems()) > 0 })
	place(t, path, `{"retryDelayMax": 61}`)
	await(t, s, "the rest is read", func() bool { return s.Current().RetryDelayMax == 61 })
	if aside := broken(t, path); len(aside) > 0 || len(s.Problems()) > 0 {
		t.Errorf("moved aside %v, problems %v", aside, s.Problems())
	}
}

func TestAChangeWhileTheFileIsBrokenIsWrittenAfterwards(t *testing.T) {
	path := file(t, `{"retryDelayMax": 60}`)
	s := open(t, path)
	place(t, path, `{"retry`)
	update(t, s, func(v *Settings) { v.Hooks = true })
	var fault *BrokenError
	if err := s.Flush(soon(t)); err != nil && !errors.As(err, &fault) {
		t.Errorf("%v", err)
	}
	await(t, s, "it is written", func() bool {
		data, err := os.ReadFile(path)
		return err == nil && strings.Contains(string(data), `"hooks": true`)
	})
	if got := open(t, path).Current(); got.RetryDelayMax != 60 || !got.Hooks {
		t.Errorf("%+v", got)
	}
}

func TestAFileOfALaterVersionIsReadButNotWritten(t *testing.T) {
	text := `{"schema": 2, "retryDelayMax": 60, "iconStyle": "hologram", "new": 1}`
	path := file(t, text)
	s := open(t, path)
	if got := s.Current(); got.RetryDelayMax != 60 || got.IconStyle != IconTemplate {
		t.Errorf("%+v", got)
	}
	if p := s.Problems(); len(p) != 2 || p[0].Key != "schema" || !strings.Contains(p[0].Text, "later version") {
		t.Errorf("problems %v", p)
	}
	update(t, s, func(v *Settings) { v.Hooks = true })
	var newer *NewerError
	if err := s.Flush(soon(t)); !errors.As(err, &newer) || newer.Schema != 2 {
		t.Errorf("Flush: %v", err)
	}
	if !s.Current().Hooks {
		t.Error("the change is not in force")
	}
	if p := s.Problems(); !strings.Contains(p[len(p)-1].Text, "can't be saved") {
		t.Errorf("problems %v", p)
	}
	if got := content(t, path); got != text {
		t.Errorf("the file was changed to %s", got)
	}
	// Once it is of this version, what was changed is written.
	place(t, path, `{"schema": 1, "retryDelayMax": 90}`)
	await(t, s, "it is written", func() bool { return strings.Contains(content(t, path), `"hooks": true`) })
	if got := s.Current(); got.RetryDelayMax != 90 || !got.Hooks {
		t.Errorf("%+v", got)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestASchemaOfNonsenseIsNotWritten(t *testing.T) {
	for _, schema := range []string{`"2"`, `-1`, `1.5`, `[]`} {
		path := file(t, `{"schema": `+schema+`, "retryDelayMax": 60}`)
		s := open(t, path)
		before := content(t, path)
		update(t, s, func(v *Settings) { v.Hooks = true })
		if err := s.Flush(soon(t)); err == nil {
			t.Errorf("schema %s: no error", schema)
		}
		if p := s.Problems(); p[0].Key != "schema" || s.Current().RetryDelayMax != 60 {
			t.Errorf("schema %s: problems %v, %+v", schema, p, s.Current())
		}
		if content(t, path) != before {
			t.Errorf("schema %s: the file was changed", schema)
		}
	}
}

func TestAnOlderSchemaIsMigrated(t *testing.T) {
	old := migrations
	defer func() { migrations = old }()
	migrations = []func(*document){func(d *document) {
		if raw := d.get("retryDelay"); raw != nil {
			d.remove("retryDelay")
			d.set("retryDelayMax", raw)
		}
	}}
	path := file(t, `{"retryDelay": 77}`)
	s := open(t, path)
	if got := s.Current().RetryDelayMax; got != 77 {
		t.Errorf("retryDelayMax is %d", got)
	}
	if got := content(t, path); got != `{"retryDelay": 77}` {
		t.Errorf("reading changed the file to %s", got)
	}
	update(t, s, func(v *Settings) { v.Hooks = true })
	flush(t, s)
	if got := content(t, path); !strings.Contains(got, `"schema": 1`) || !strings.Contains(got, `"retryDelayMax": 77`) || strings.Contains(got, `"retryDelay":`) {
		t.Errorf("the file is %s", got)
	}
}

func TestChangesByHandTakeEffect(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	s := open(t, path)
	more, stop := s.Subscribe()
	defer stop()
	place(t, path, `{"retryDelayMax": 10}`)
	await(t, s, "a new file", func() bool { return s.Current().RetryDelayMax == 10 })
	<-more
	// As editors do: a new file takes the place of the old one.
	place(t, path+"~", `{"retryDelayMax": 11}`)
	if err := os.Rename(path+"~", path); err != nil {
		t.Fatal(err)
	}
	await(t, s, "a replaced file", func() bool { return s.Current().RetryDelayMax == 11 })
	<-more
	if p := s.Problems(); len(p) > 0 {
		t.Errorf("problems %v", p)
	}
}

func TestAProgramThatWritesWithoutEndIsFollowed(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	s := open(t, path)
	await2(t, "a change is in force", func() bool {
		place(t, path+"~", `{"retryDelayMax": 11}`)
		if err := os.Rename(path+"~", path); err != nil {
			t.Fatal(err)
		}
		return s.Current().RetryDelayMax == 11
	})
}

func TestOwnWritesAreNotEchoed(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	s := open(t, path)
	update(t, s, func(v *Settings) { v.RetryDelayMax = 10 })
	<-s.Changed()
	flush(t, s)
	if err := s.Reload(); err != nil {
		t.Fatal(err)
	}
	// A change of the file by hand comes after the events of the own write.
	place(t, filepath.Join(filepath.Dir(path), "unrelated"), "x")
	update(t, s, func(*Settings) {})
	select {
	case <-s.Changed():
		t.Error("the own write was reported as a change")
	default:
	}
}

func TestARemovedFileIsWrittenAgain(t *testing.T) {
	path := file(t, `{"retryDelayMax": 60}`)
	s := open(t, path)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	await2(t, "it is back", func() bool { _, err := os.Stat(path); return err == nil })
	if got := s.Current().RetryDelayMax; got != 60 {
		t.Errorf("retryDelayMax is %d", got)
	}
	flush(t, s)
	if got := open(t, path).Current().RetryDelayMax; got != 60 {
		t.Errorf("retryDelayMax is %d after a restart", got)
	}
}

func await2(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for limit := time.Now().Add(20 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func TestASymbolicLinkIsKept(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "dotfiles", "vpn.json"), filepath.Join(dir, "app", FileName)
	for _, d := range []string{filepath.Dir(target), filepath.Dir(link)} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("../dotfiles/vpn.json", link); err != nil {
		t.Fatal(err)
	}
	s := open(t, link) // its target does not exist yet
	update(t, s, func(v *Settings) { v.RetryDelayMax = 10 })
	flush(t, s)
	if to, err := os.Readlink(link); err != nil || to != "../dotfiles/vpn.json" {
		t.Errorf("the link is %q, %v", to, err)
	}
	if got := content(t, target); !strings.Contains(got, `"retryDelayMax": 10`) {
		t.Errorf("the target is %q", got)
	}
	place(t, target, `{"retryDelayMax": 11}`)
	await(t, s, "a change of the target", func() bool { return s.Current().RetryDelayMax == 11 })
}

func TestWhatCanNotBeReadIsNeverOverwritten(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T, path string){
		"a directory": func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		},
		"a named pipe": func(t *testing.T, path string) {
			if err := syscall.Mkfifo(path, 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"a file that is far too large": func(t *testing.T, path string) {
			place(t, path, "{}")
			if err := os.Truncate(path, maxFileSize+1); err != nil {
				t.Fatal(err)
			}
		},
		"a link to itself": func(t *testing.T, path string) {
			if err := os.Symlink(path, path); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), FileName)
			prepare(t, path)
			before, err := os.Lstat(path)
			if err != nil {
				t.Fatal(err)
			}
			s := open(t, path)
			if len(s.Problems()) == 0 {
				t.Error("no problem is reported")
			}
			update(t, s, func(v *Settings) { v.Hooks = true })
			if err := s.Flush(soon(t)); err == nil {
				t.Error("Flush says that it is written")
			}
			if !s.Current().Hooks {
				t.Error("the change is not in force")
			}
			if after, err := os.Lstat(path); err != nil || !os.SameFile(before, after) || before.Size() != after.Size() {
				t.Errorf("%v became %v, %v", before, after, err)
			}
		})
	}
}

func TestAFullDiskIsReportedAndTriedAgain(t *testing.T) {
	path := file(t, `{"retryDelayMax": 60, "mine": 1}`)
	before := content(t, path)
	s := open(t, path)
	full := true
	failAt(t, func(step string) error {
		if full && step == "half" {
			return syscall.ENOSPC
		}
		return nil
	})
	update(t, s, func(v *Settings) { v.Hooks = true })
	if err := s.Flush(soon(t)); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Flush: %v", err)
	}
	if p := s.Problems(); len(p) != 1 || !strings.Contains(p[0].Text, "no space left") {
		t.Errorf("problems %v", p)
	}
	if !s.Current().Hooks || content(t, path) != before {
		t.Errorf("in force: %t; file: %s", s.Current().Hooks, content(t, path))
	}
	await2(t, "nothing but the file and its lock is left", func() bool { return len(entries(t, path)) == 2 })
	s.file.Lock()
	full = false
	s.file.Unlock()
	await(t, s, "it is tried again", func() bool { return len(s.Problems()) == 0 })
	if got := content(t, path); !strings.Contains(got, `"hooks": true`) || !strings.Contains(got, `"mine": 1`) {
		t.Errorf("the file is %s", got)
	}
}

// failAt makes writes fail for the time of a test. The function is called with
// the store's file locked.
func failAt(t *testing.T, f func(step string) error) {
	t.Helper()
	old := failpoint
	failpoint = f
	t.Cleanup(func() { failpoint = old })
}

func TestALockThatIsNeverFreedIsReported(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	unlock, err := lockFile(path)
	if err != nil {
		t.Fatal(err)
	}
	old := lockTimeout
	lockTimeout = 50 * time.Millisecond
	defer func() { lockTimeout = old }()
	s := open(t, path)
	update(t, s, func(v *Settings) { v.Hooks = true })
	if err := s.Flush(soon(t)); err == nil || !strings.Contains(err.Error(), "another program") {
		t.Errorf("Flush: %v", err)
	}
	unlock()
	flush(t, s)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestARefusedUpdateChangesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	for name, k := range map[string]interface {
		Keeper
		Set(string, string) error
	}{"store": open(t, path), "memory": NewMemory(Default())} {
		t.Run(name, func(t *testing.T) {
			var bad *KeyError
			err := k.Update(func(v *Settings) { v.RetryDelayMax = 3; v.Hooks = true })
			if !errors.As(err, &bad) || err.Error() != "retryDelayMax: 3 is out of range 5–3600 (seconds)" {
				t.Errorf("%v", err)
			}
			if err := k.Set("iconStyle", "purple"); !errors.As(err, &bad) {
				t.Errorf("%v", err)
			}
			if err := k.Update(func(v *Settings) { v.Hidden = []string{strings.Repeat("x", maxFileSize)} }); err == nil {
				t.Error("settings that could not be read back were accepted")
			}
			if diff := cmp.Diff(Default(), k.Current()); diff != "" {
				t.Errorf("something changed:\n%s", diff)
			}
			select {
			case <-k.Changed():
				t.Error("a change was reported")
			default:
			}
		})
	}
}

func TestAClosedStoreSaysSo(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), FileName))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Update(func(*Settings) {}); !errors.Is(err, ErrClosed) {
		t.Errorf("Update: %v", err)
	}
	if err := s.Flush(soon(t)); !errors.Is(err, ErrClosed) {
		t.Errorf("Flush: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if _, err := Open("a\x00b", nil); err == nil {
		t.Error("a name with a zero was accepted")
	}
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	if err := open(t, s.Path()).Flush(canceled); !errors.Is(err, context.Canceled) && err != nil {
		t.Errorf("Flush with an ended context: %v", err)
	}
}

func TestMemoryKeepsAndReports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMemory(Default())
		seen := make(chan Settings)
		go func() { <-m.Changed(); seen <- m.Current() }()
		time.Sleep(time.Hour) // virtual
		update(t, m, func(v *Settings) { v.Hidden = append(v.Hidden, "a"); v.Schema = 99 })
		if got := <-seen; !slices.Equal(got.Hidden, []string{"a"}) || got.Schema != Schema {
			t.Errorf("%+v", got)
		}
		before := m.Current()
		update(t, m, func(v *Settings) { v.Hidden[0] = "b" })
		if before.Hidden[0] != "a" {
			t.Error("an update changed settings that were handed out")
		}
		if err := errors.Join(m.Set("hooks", "on"), m.Patch([]byte(`{"retryDelayMax": 7}`)), m.Reset("hidden")); err != nil {
			t.Error(err)
		}
		if got := m.Current(); !got.Hooks || got.RetryDelayMax != 7 || len(got.Hidden) > 0 {
			t.Errorf("%+v", got)
		}
	})
}

func TestNamesOfNetworksOfAnyBytes(t *testing.T) {
	names := []string{`"quoted"`, "a,b", "🦊🏴‍☠️", "Caf\xe9", "\xff\xfe\x00", "\u2028 ", "<script>&amp;", `back\slash`, "\ufffd", "tab\t", strings.Repeat("長", 10)}
	path := filepath.Join(t.TempDir(), FileName)
	s := open(t, path)
	update(t, s, func(v *Settings) {
		for _, n := range names {
			v.Trusted = append(v.Trusted, TrustedNetwork{SSID: n})
		}
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, path)
	if p := again.Problems(); len(p) > 0 {
		t.Fatalf("problems %v", p)
	}
	for i, n := range names {
		if got := again.Current().Trusted[i].SSID; got != n {
			t.Errorf("%q became %q", n, got)
		}
	}
	if text := content(t, path); !strings.Contains(text, `"ssidHex": "436166e9"`) || !strings.Contains(text, `"🦊`) {
		t.Errorf("the file is %s", text)
	}
}

func TestWhatCanOnlyBeKeptInexactlyIsWrittenOnce(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), FileName))
	update(t, s, func(v *Settings) { v.State.Pause = autoconnect.Until{Network: facts.Network{SSID: "Caf\xe9"}} })
	flush(t, s)
	if s.dirty() {
		t.Error("it would be written again and again")
	}
	if got := s.Current().State.Pause.Network.SSID; got != "Caf\xe9" {
		t.Errorf("in force is %q", got)
	}
}

func TestTenThousandTrustedNetworks(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	s := open(t, path)
	update(t, s, func(v *Settings) {
		for i := range 10_000 {
			v.Trusted = append(v.Trusted, TrustedNetwork{SSID: fmt.Sprintf("Network %d", i), GatewayMAC: "00:1b:63:84:45:e6"})
		}
	})
	flush(t, s)
	// Another program removes one while this one adds one.
	other := open(t, path)
	update(t, other, func(v *Settings) { v.Trusted = v.Trusted[1:] })
	update(t, s, func(v *Settings) { v.Trusted = append(v.Trusted, TrustedNetwork{SSID: "New"}) })
	flush(t, other)
	flush(t, s)
	got := open(t, path).Current()
	if len(got.Trusted) != 10_000 || got.Trusted[0].SSID != "Network 1" || got.Trusted[9999].SSID != "New" {
		t.Errorf("%d networks", len(got.Trusted))
	}
	if rules := got.Policy().Rules; len(rules) != 10_000 || rules[0].SSID[0] != "Network 1" {
		t.Errorf("%d rules", len(rules))
	}
}

func TestTrustedNetworksBecomeIgnoreRules(t *testing.T) {
	var n TrustedNetwork
	if err := json.Unmarshal([]byte(`{"ssid": "a*[b]?\\", "gatewayMAC": "0-1B-63-84-45-E6"}`), &n); err != nil {
		t.Fatal(err)
	}
	r := n.Rule()
	want := autoconnect.Rule{Name: `a*[b]?\`, Then: autoconnect.OutcomeIgnore, SSID: []string{autoconnect.QuoteGlob(`a*[b]?\`)}, GatewayMAC: []string{"00:1b:63:84:45:e6"}}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Error(diff)
	}
	if r := (TrustedNetwork{GatewayMAC: "00:1b:63:84:45:e6", Name: "Desk"}).Rule(); r.Name != "Desk" || r.SSID != nil {
		t.Errorf("%+v", r)
	}
}
