package settings

import (
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
	"vpnstatus/internal/vpn"
)

func TestMain(m *testing.M) {
	if job := os.Getenv(jobVariable); job != "" {
		os.Exit(runJob(job))
	}
	goleak.VerifyTestMain(m)
}

func open(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// running runs a store as the app does, until the test or the returned function
// ends it.
func running(t testing.TB, s *Store) (end func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); s.Run(ctx) }()
	end = func() { cancel(); <-ended }
	t.Cleanup(end)
	return end
}

func change(t testing.TB, s Keeper, change func(*Settings)) {
	t.Helper()
	if err := s.Update(func(v *Settings) error { change(v); return nil }); err != nil {
		t.Fatal(err)
	}
}

// refused checks that a change is refused with words and changes neither the
// file nor what is in force.
func refused(t testing.TB, s *Store, words string) {
	t.Helper()
	was := s.Current()
	before, errBefore := os.ReadFile(s.Path())
	err := s.Update(func(v *Settings) error { v.Hooks = !v.Hooks; return nil })
	if err == nil || !strings.Contains(err.Error(), words) {
		t.Errorf("the error is %v, want %q", err, words)
	}
	if diff := cmp.Diff(was, s.Current()); diff != "" {
		t.Errorf("a refused change is in force:\n%s", diff)
	}
	after, errAfter := os.ReadFile(s.Path())
	if string(before) != string(after) || (errBefore == nil) != (errAfter == nil) {
		t.Errorf("the file was changed to %q, %v", after, errAfter)
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
	return Settings{
		Schema:        Schema,
		AutoConnect:   map[vpn.ID]bool{office: true, home: false},
		RetryDelayMax: 30,
		Rules: []autoconnect.Rule{
			{Name: "café", Then: autoconnect.OutcomeIgnore, When: autoconnect.When{SSID: []string{"Café \"x\", y", "<&>", "🦊*"}}},
			{Then: autoconnect.OutcomeDisconnect, When: autoconnect.When{Subnet: []string{"10.0.0.0/8"}}, Disabled: true},
		},
		Trusted:                   []TrustedNetwork{{SSID: "Home"}, {GatewayMAC: "00:1b:63:84:45:e6", Name: "Desk"}},
		Groups:                    []autoconnect.Group{{Name: "one", Members: []vpn.ID{office, home}}},
		Probes:                    map[vpn.ID]autoconnect.Probe{office: {Target: "10.0.0.1:53", Interval: 90 * time.Second}, home: {Target: "https://example.com/up", Status: 204}},
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
	if _, err := os.Stat(filepath.Dir(path)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("opening wrote something: %v", err)
	}
	change(t, s, func(v *Settings) { *v = full() })
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
	plain, other := Default(), full()
	for _, k := range keys {
		if !k.differ(&plain, &other) {
			t.Errorf("this test does not cover %s", k.Name)
		}
	}
}

func TestACloneSharesNothing(t *testing.T) {
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
	original := full()
	shared("Settings", reflect.ValueOf(original), reflect.ValueOf(original.Clone()))
}

func TestUnknownKeysAreKept(t *testing.T) {
	path := file(t, "\xef\xbb\xbf"+`{"zebra": {"stripes": [1, 2.50, {"deep": null}]}, "retryDelayMax": 60, "aardvark": "<é>", "big": 123456789012345678901234567890}`)
	change(t, open(t, path), func(v *Settings) { v.RetryDelayMax = 61; v.Hooks = true })
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

func TestAValueThatCannotBeUsedLeavesTheOthersInForce(t *testing.T) {
	id := office.String()
	for _, c := range []struct{ key, value, says string }{
		{"autoConnect", `5`, "number"},
		{"autoConnect", `{"not an ID": true}`, "a UUID, is needed here"},
		{"autoConnect", `{"` + id + `": "yes"}`, "text"},
		{"retryDelayMax", `"120"`, "text"},
		{"retryDelayMax", `3`, "3 is out of range 5–3600 (seconds)"},
		{"retryDelayMax", `3601`, "3601 is out of range 5–3600 (seconds)"},
		{"retryDelayMax", `12.5`, "12.5"},
		{"retryDelayMax", `1e99`, "1e99"},
		{"rules", `{}`, "object"},
		{"rules", `[{"then":"ignore"},{"then":"ignore","name":"lab","subnet":["zz"]}]`, `rule 2 ("lab"), subnet: `},
		{"rules", `[{"then":"ignore"},{"then":"disconnect","sidd":["x"]}]`, `number 2: unknown field "sidd"`},
		{"rules", `[{"then":"ignore","ssid":"x"}]`, "ssid"},
		{"trustedNetworks", `[{"name":"Home"}]`, "fit every network"},
		{"trustedNetworks", `[{"ssid":"a"},{"gatewayMAC":"x"}]`, `number 2: gatewayMAC: "x" is not a hardware address`},
		{"trustedNetworks", `[{"sid":"a"}]`, "sid"},
		{"trustedNetworks", `[{"ssidHex":"xyz"}]`, "hexadecimal"},
		{"trustedNetworks", `["Home"]`, "text"},
		{"groups", `[{"members":[]}]`, "number 1: it needs a name"},
		{"groups", `[{"name":"a","members":[]},{"name":"a","members":[]}]`, `number 2: a group called "a" is listed twice`},
		{"groups", `[{"name":"a","members":["` + id + `","` + id + `"]}]`, "is listed twice"},
		{"groups", `[{"name":"a","members":["` + id + `"]},{"name":"b","members":["` + id + `"]}]`, `number 2: "b": service ` + id + ` is already in "a"`},
		{"probes", `{"` + id + `": {"target": "nowhere"}}`, "neither host:port"},
		{"probes", `{"` + id + `": {"target": "a:1", "interval": "1s"}}`, "interval: 1s is out of range"},
		{"probes", `{"` + id + `": {"target": "a:1", "interval": "often"}}`, "often"},
		{"probes", `{"` + id + `": {"target": "a:1", "status": 7}}`, id + ": status: 7 is out of range"},
		{"probes", `[]`, "list"},
		{"hidden", `"Test"`, "text"},
		{"hidden", `["a", ""]`, `number 2: "" is neither an ID nor a name`},
		{"hidden", "[\"\xff\"]", "UTF-8"},
		{"showTimeConnected", `"on"`, "text"},
		{"showStatusWhileConnecting", `{}`, "object"},
		{"iconStyle", `"purple"`, `"purple" is not one of template, color`},
		{"iconStyle", `0`, "number"},
		{"notifications", `["held"]`, "list"},
		{"notifications", `{"held": 1}`, "number"},
		{"notificationSound", `[]`, "list"},
		{"mutedServices", `["x"]`, "number 1: the ID of a service, a UUID, is needed here"},
		{"hooks", `"true"`, "text"},
	} {
		t.Run(c.key+" "+c.value, func(t *testing.T) {
			k, plain := lookup(c.key), Default()
			path := file(t, fmt.Sprintf(`{%q: %s, "other": true, "autoConnect ": 5, "notificationSound": true}`, c.key, c.value))
			s := open(t, path)
			problems := s.Problems()
			if len(problems) != 1 || problems[0].Key != c.key || !strings.Contains(problems[0].Text, c.says) {
				if c.key != "notificationSound" || len(problems) != 1 || !strings.Contains(problems[0].Text, "more than once") {
					t.Fatalf("problems %v, want one of %s that says %q", problems, c.key, c.says)
				}
				return // its second value counts
			}
			got := s.Current()
			if k.differ(&got, &plain) || !got.NotificationSound {
				t.Errorf("in force is %+v", got)
			}
			// A change of another key leaves the value to the user.
			change(t, s, func(v *Settings) { v.NotificationSound = false })
			if !strings.Contains(strings.Join(strings.Fields(content(t, path)), ""), strings.Join(strings.Fields(c.value), "")) || !slices.Equal(s.Problems(), problems) {
				t.Errorf("after another change: problems %v, file %s", s.Problems(), content(t, path))
			}
			// Neither does a change of the key lose it: it may be a long list with
			// one mistake.
			err := s.Update(func(v *Settings) error { k.value(v).Set(k.value(ptr(full()))); return nil })
			if err == nil || !strings.Contains(err.Error(), c.key+": the value in the file can't be used") {
				if k.differ(&plain, ptr(full())) {
					t.Errorf("the change is not refused: %v", err)
				}
			}
			if err := s.Reset(c.key); err != nil {
				t.Fatal(err)
			}
			if p := append(s.Problems(), open(t, path).Problems()...); len(p) > 0 {
				t.Errorf("problems after the correction: %v", p)
			}
		})
	}
}

func ptr[T any](v T) *T { return &v }

func TestSetReplacesWhatCannotBeUsedAsAWholeOnly(t *testing.T) {
	s := open(t, file(t, `{"retryDelayMax": "soon", "autoConnect": {"x": true}}`))
	if err := s.Set("retryDelayMax", "120"); err != nil || len(s.Problems()) != 1 {
		t.Errorf("the default in place of what can't be used: %v, problems %v", err, s.Problems())
	}
	if err := s.Set("autoConnect."+office.String(), "on"); err == nil || s.Current().AutoConnect[office] {
		t.Errorf("an element: %v", err)
	}
	if err := s.Set("autoConnect", `{"`+office.String()+`": true}`); err != nil || !s.Current().AutoConnect[office] || len(s.Problems()) > 0 {
		t.Errorf("the whole: %v, problems %v", err, s.Problems())
	}
}

func TestNullAndRepeatedKeys(t *testing.T) {
	s := open(t, file(t, `{"hooks": null, "retryDelayMax": 10, "retryDelayMax": 20}`))
	if got := s.Current(); got.RetryDelayMax != 20 || got.Hooks {
		t.Errorf("%+v", got)
	}
	if p := s.Problems(); len(p) != 1 || p[0].Key != "retryDelayMax" || !strings.Contains(p[0].String(), "more than once") {
		t.Errorf("problems %v", p)
	}
}

// TestAFileThatMustNotBeWritten has every file that is neither written nor moved:
// at a start the keys of a later version that are known count, and otherwise the
// defaults; later what was in force stays. A change is refused at once, with the reason.
func TestAFileThatMustNotBeWritten(t *testing.T) {
	for name, c := range map[string]struct{ text, says string }{
		"half of an object":     {`{"hooks": true`, "not JSON"},
		"no JSON":               {`hooks = true`, "not JSON"},
		"bytes":                 {"\x00\x01\x02", "not JSON"},
		"a list":                {`[1, 2]`, "not a JSON object"},
		"a text":                {`"text"`, "not a JSON object"},
		"two objects":           {`{"a": 1} {"b": 2}`, "not JSON"},
		"a mistake in a line":   {"{\n\n\"a\": x}", "line 3"},
		"a later version":       {`{"schema": 2, "retryDelayMax": 77, "iconStyle": "hologram"}`, "later version (schema 2, this one knows 1)"},
		"a version that's text": {`{"schema": "2", "retryDelayMax": 77}`, "not a schema number"},
		"a negative version":    {`{"schema": -1, "retryDelayMax": 77}`, "not a schema number"},
		"a broken version":      {`{"schema": 1.5, "retryDelayMax": 77}`, "not a schema number"},
	} {
		t.Run(name, func(t *testing.T) {
			path := file(t, c.text)
			s := open(t, path)
			want, force := Default(), "the defaults are in force"
			if strings.Contains(c.text, "77") {
				want.RetryDelayMax, force = 77, "the keys that this version knows are in force"
			}
			if diff := cmp.Diff(want, s.Current()); diff != "" {
				t.Errorf("at the start:\n%s", diff)
			}
			if p := s.Problems(); len(p) != 1 || !strings.Contains(p[0].Text, c.says) || !strings.Contains(p[0].Text, force) {
				t.Errorf("problems %v", p)
			}
			refused(t, s, c.says)
			if err := s.Set("iconStyle", "color"); err == nil {
				t.Error("Set is not refused")
			}

			place(t, path, `{"retryDelayMax": 60, "mine": 1}`)
			if err := s.Reload(); err != nil || len(s.Problems()) > 0 {
				t.Fatal(err, s.Problems())
			}
			place(t, path, c.text)
			if err := s.Reload(); err == nil || s.Current().RetryDelayMax != 60 {
				t.Errorf("broken later: %v, retryDelayMax %d", err, s.Current().RetryDelayMax)
			}
			if p := s.Problems(); len(p) != 1 || !strings.Contains(p[0].Text, "what was set before stays in force") {
				t.Errorf("problems %v", p)
			}
			refused(t, s, c.says)
			if names := entries(t, path); len(names) != 2 { // the lock
				t.Errorf("in the folder are %v", names)
			}
		})
	}
}

func TestWhatIsNotAFileIsNeverOverwritten(t *testing.T) {
	for name, prepare := range map[string]func(path string) error{
		"a directory":  func(path string) error { return os.Mkdir(path, 0o700) },
		"a named pipe": func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"a file that is far too large": func(path string) error {
			return errors.Join(os.WriteFile(path, nil, 0o600), os.Truncate(path, maxFileSize+1))
		},
		"a link to itself": func(path string) error { return os.Symlink(path, path) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), FileName)
			if err := prepare(path); err != nil {
				t.Fatal(err)
			}
			before, err := os.Lstat(path)
			if err != nil {
				t.Fatal(err)
			}
			s := open(t, path)
			if len(s.Problems()) == 0 {
				t.Error("no problem is reported")
			}
			if err := s.Set("hooks", "on"); err == nil || s.Current().Hooks {
				t.Errorf("a change is not refused: %v", err)
			}
			if after, err := os.Lstat(path); err != nil || !os.SameFile(before, after) || before.Size() != after.Size() {
				t.Errorf("%v became %v, %v", before, after, err)
			}
		})
	}
}

func TestALockThatIsANamedPipeHoldsNothingUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	if err := syscall.Mkfifo(path+".lock", 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, path)
	if err := s.Set("hooks", "on"); err != nil && !errors.Is(err, syscall.ENOTSUP) { // of this system
		t.Error(err)
	}
}

func TestChangesByHandTakeEffect(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	s := open(t, path)
	running(t, s)
	place(t, path, `{"retryDelayMax": 10}`)
	await(t, s, "a new file", func() bool { return s.Current().RetryDelayMax == 10 })
	// As editors do: a new file takes the place of the old one.
	place(t, path+"~", `{"retryDelayMax": 11}`)
	if err := os.Rename(path+"~", path); err != nil {
		t.Fatal(err)
	}
	await(t, s, "a replaced file", func() bool { return s.Current().RetryDelayMax == 11 })
	place(t, path, `{"retryDelayMax": 12,`)
	await(t, s, "the mistake is reported", func() bool { return len(s.Problems()) > 0 })
	if s.Current().RetryDelayMax != 11 {
		t.Errorf("%+v", s.Current())
	}
	place(t, path, `{"retryDelayMax": 12}`)
	await(t, s, "the correction", func() bool { return s.Current().RetryDelayMax == 12 && len(s.Problems()) == 0 })
	// A program that writes without end does not put it off forever.
	await(t, s, "a file that is written all the time", func() bool {
		place(t, path+"~", `{"retryDelayMax": 13}`)
		if err := os.Rename(path+"~", path); err != nil {
			t.Fatal(err)
		}
		signal(s.changed)
		return s.Current().RetryDelayMax == 13
	})
}

func TestOwnWritesAreNotReportedAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	s := open(t, path)
	change(t, s, func(v *Settings) { *v = full() })
	<-s.Changed()
	if err := s.Reload(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	change(t, s, func(v *Settings) { v.Rules = slices.Clone(v.Rules) })
	if again, err := os.Stat(path); err != nil || !os.SameFile(info, again) {
		t.Error("a change that changes nothing is written")
	}
	select {
	case <-s.Changed():
		t.Error("the own write was reported as a change")
	default:
	}
}

// TestAnEditorThatEmptiesTheFileLosesNothing is for editors that empty a file and
// then write it, with a pause between.
func TestAnEditorThatEmptiesTheFileLosesNothing(t *testing.T) {
	path := file(t, `{"retryDelayMax": 60, "mine": 1}`)
	app := open(t, path)
	place(t, path, " \n")
	if err := app.Reload(); err != nil || app.Current().RetryDelayMax != 60 {
		t.Errorf("while it is empty: %v, %+v", err, app.Current())
	}
	if p := app.Problems(); len(p) != 1 || !strings.Contains(p[0].Text, "is empty") {
		t.Errorf("problems %v", p)
	}
	command := open(t, path)
	if len(command.Problems()) > 0 {
		t.Errorf("problems %v", command.Problems())
	}
	refused(t, app, "another program may be about to write it")
	refused(t, command, "another program may be about to write it")
	place(t, path, `{"retryDelayMax": 61, "mine": 2}`)
	change(t, command, func(v *Settings) { v.Hooks = true })
	if err := app.Reload(); err != nil || app.Current().RetryDelayMax != 61 || !app.Current().Hooks || len(app.Problems()) > 0 {
		t.Errorf("afterwards: %v, %+v", err, app.Current())
	}
	if !strings.Contains(content(t, path), `"mine": 2`) {
		t.Errorf("the file is %s", content(t, path))
	}
	t.Run("until it has been empty for a minute", func(t *testing.T) {
		place(t, path, "")
		age := time.Now().Add(-2 * editTime)
		if err := os.Chtimes(path, age, age); err != nil {
			t.Fatal(err)
		}
		change(t, app, func(v *Settings) { v.ShowTimeConnected = true })
		if got := open(t, path).Current(); got.RetryDelayMax != 61 || !got.ShowTimeConnected {
			t.Errorf("%+v", got)
		}
	})
}

func TestARemovedFileIsWrittenWithTheNextChange(t *testing.T) {
	path := file(t, `{"retryDelayMax": 60, "mine": 1}`)
	s := open(t, path)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := s.Reload(); err != nil || s.Current().RetryDelayMax != 60 {
		t.Errorf("%v, %+v", err, s.Current())
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Error("reading wrote it")
	}
	change(t, s, func(v *Settings) { v.Hooks = true })
	if got := content(t, path); !strings.Contains(got, `"retryDelayMax": 60`) || !strings.Contains(got, `"mine": 1`) || !strings.Contains(got, `"hooks": true`) {
		t.Errorf("the file is %s", got)
	}
}

func TestAFileThatChangesWhileItIsWrittenIsNotReplaced(t *testing.T) {
	path := file(t, `{"retryDelayMax": 60}`)
	s := open(t, path)
	err := s.Update(func(v *Settings) error {
		v.Hooks = true
		place(t, path, `{"retryDelayMax": 61, "by": "an editor"}`) // after it was read
		return nil
	})
	if !errors.Is(err, errReplaced) || s.Current().Hooks || !strings.Contains(content(t, path), "editor") {
		t.Errorf("%v, file %s", err, content(t, path))
	}
	change(t, s, func(v *Settings) { v.Hooks = true })
	if got := open(t, path).Current(); got.RetryDelayMax != 61 || !got.Hooks {
		t.Errorf("%+v", got)
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
	change(t, s, func(v *Settings) { v.RetryDelayMax = 10 })
	if to, err := os.Readlink(link); err != nil || to != "../dotfiles/vpn.json" {
		t.Errorf("the link is %q, %v", to, err)
	}
	if got := content(t, target); !strings.Contains(got, `"retryDelayMax": 10`) {
		t.Errorf("the target is %q", got)
	}
	running(t, s)
	await(t, s, "a change of the target", func() bool {
		place(t, target, `{"retryDelayMax": 11}`)
		return s.Current().RetryDelayMax == 11
	})
}

func TestALockThatIsNeverFreedIsReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // five seconds pass
		path := filepath.Join(t.TempDir(), FileName)
		unlock, err := lockFile(path)
		if err != nil {
			t.Fatal(err)
		}
		s := open(t, path)
		refused(t, s, "another program has kept")
		unlock()
		change(t, s, func(v *Settings) { v.Hooks = true })
	})
}

func TestARefusedChangeChangesNothing(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*Store{"a file": open(t, filepath.Join(t.TempDir(), FileName)), "memory": NewMemory(Default())} {
		t.Run(name, func(t *testing.T) {
			var bad *KeyError
			err := s.Update(func(v *Settings) error { v.RetryDelayMax = 3; v.Hooks = true; return nil })
			if !errors.As(err, &bad) || err.Error() != "retryDelayMax: 3 is out of range 5–3600 (seconds)" {
				t.Errorf("%v", err)
			}
			if err := s.Set("iconStyle", "purple"); !errors.As(err, &bad) {
				t.Errorf("%v", err)
			}
			if err := s.Update(func(v *Settings) error { v.Hooks = true; return os.ErrInvalid }); !errors.Is(err, os.ErrInvalid) {
				t.Errorf("%v", err)
			}
			// Its rule has no form in JSON, which must not delete the others.
			if err := s.Update(func(v *Settings) error { v.Trusted = []TrustedNetwork{{SSID: "x", Name: "\xff"}}; return nil }); !errors.As(err, &bad) {
				t.Errorf("%v", err)
			}
			if name == "a file" {
				if err := s.Update(func(v *Settings) error { v.Hidden = []string{strings.Repeat("x", maxFileSize)}; return nil }); err == nil {
					t.Error("settings that could not be read back were accepted")
				}
			}
			if diff := cmp.Diff(Default(), s.Current()); diff != "" {
				t.Errorf("something changed:\n%s", diff)
			}
			select {
			case <-s.Changed():
				t.Error("a change was reported")
			default:
			}
		})
	}
	if _, err := Open("a\x00b", nil); err == nil {
		t.Error("a name with a zero was accepted")
	}
}

func TestMemory(t *testing.T) {
	m := NewMemory(Default())
	before := m.Current()
	change(t, m, func(v *Settings) { v.Hidden = append(v.Hidden, "a"); v.Schema = 99 })
	<-m.Changed()
	if got := m.Current(); !slices.Equal(got.Hidden, []string{"a"}) || got.Schema != Schema || before.Hidden != nil {
		t.Errorf("%+v", got)
	}
	before = m.Current()
	change(t, m, func(v *Settings) { v.Hidden[0] = "b" })
	if before.Hidden[0] != "a" {
		t.Error("a change changed settings that were handed out")
	}
	if err := errors.Join(m.Set("hooks", "on"), m.Patch([]byte(`{"retryDelayMax": 5}`)), m.Reset("hidden"), m.Reload()); err != nil {
		t.Error(err)
	}
	if got := m.Current(); !got.Hooks || got.RetryDelayMax != 5 || len(got.Hidden) > 0 {
		t.Errorf("%+v", got)
	}
	m.KeepState(paused)
	if diff := cmp.Diff(paused, m.State()); diff != "" {
		t.Error(diff)
	}
}

func TestNamesOfNetworksOfAnyBytes(t *testing.T) {
	names := []string{`"quoted"`, "a,b", "🦊🏴‍☠️", "Caf\xe9", "\xff\xfe\x00", "\u2028 ", "<script>&amp;", `back\slash`, "\ufffd", "tab\t", strings.Repeat("長", 10)}
	path := filepath.Join(t.TempDir(), FileName)
	change(t, open(t, path), func(v *Settings) {
		for _, n := range names {
			v.Trusted = append(v.Trusted, TrustedNetwork{SSID: n})
		}
	})
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

func TestAThousandTrustedNetworks(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	s := open(t, path)
	change(t, s, func(v *Settings) {
		for i := range 1_000 {
			v.Trusted = append(v.Trusted, TrustedNetwork{SSID: fmt.Sprintf("Network %d", i), GatewayMAC: "00:1b:63:84:45:e6"})
		}
	})
	change(t, s, func(v *Settings) { v.Trusted = append(v.Trusted[1:], TrustedNetwork{SSID: "New"}) })
	got := open(t, path).Current()
	if len(got.Trusted) != 1_000 || got.Trusted[0].SSID != "Network 1" || got.Trusted[999].SSID != "New" {
		t.Errorf("%d networks", len(got.Trusted))
	}
	if rules := got.Policy().Rules; len(rules) != 1_000 || rules[0].SSID[0] != "Network 1" {
		t.Errorf("%d rules", len(rules))
	}
}

func TestTrustedNetworksBecomeIgnoreRules(t *testing.T) {
	var n TrustedNetwork
	if err := json.Unmarshal([]byte(`{"ssid": "a*[b]?\\", "gatewayMAC": "0-1B-63-84-45-E6"}`), &n); err != nil {
		t.Fatal(err)
	}
	r := n.Rule()
	want := autoconnect.Rule{Name: `a*[b]?\`, Then: autoconnect.OutcomeIgnore, When: autoconnect.When{SSID: []string{autoconnect.QuoteGlob(`a*[b]?\`)}, GatewayMAC: []string{"00:1b:63:84:45:e6"}}}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Error(diff)
	}
	if r := (TrustedNetwork{GatewayMAC: "00:1b:63:84:45:e6", Name: "Desk"}).Rule(); r.Name != "Desk" || r.SSID != nil {
		t.Errorf("%+v", r)
	}
}

func BenchmarkUpdate(b *testing.B) {
	s := open(b, file(b, `{}`))
	for b.Loop() {
		change(b, s, func(v *Settings) { v.Hooks = !v.Hooks })
	}
}
