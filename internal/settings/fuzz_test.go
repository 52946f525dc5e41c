package settings

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"howett.net/plist"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/vpn"
)

// FuzzOpen opens a file of any content, changes a setting, and checks that the
// change is refused and the file stays, or that nothing of it was lost.
func FuzzOpen(f *testing.F) {
	data, err := json.Marshal(full())
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		string(data), "", "{}", "[]", "null", "{\"schema\": 2}", `{"schema": "x"}`, `{"a": 1, "a": 2}`, `{"hooks": 5}`, "\xef\xbb\xbf{}",
		`{"autoConnect": {"A0000000-0000-4000-8000-00000000000A": true}}`, `{"rules": [{"then": "ignore"}]}`, `{"": 0}`, "{\"\xff\": \"\xff\"}", `{"x": 1e999}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), FileName)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		s := open(t, path)
		if err := s.Current().Validate(); err != nil {
			t.Fatalf("settings that can't be used are in force: %v", err)
		}
		hooks := !s.Current().Hooks
		err := s.Update(func(v *Settings) error { v.Hooks = hooks; return nil })
		after, readErr := os.ReadFile(path)
		if readErr != nil {
			t.Fatal(readErr)
		}
		before, parseErr := parse(data)
		if err != nil {
			unusable := parseErr == nil && lookup("hooks").decode(before.get("hooks"), ptr(Default())) != nil
			if fault := (*FileError)(nil); !errors.As(err, &fault) && !unusable {
				t.Fatal(err)
			}
			if !bytes.Equal(after, data) || s.Current().Hooks == hooks {
				t.Fatalf("a refused change left %q", after)
			}
			return
		}
		now, err := parse(after)
		if err != nil || parseErr != nil {
			t.Fatalf("what was written can't be read, or what can't be read was changed: %v, %v", err, parseErr)
		}
		for _, e := range before.entries {
			if e.key == schemaKey || e.key == "hooks" {
				continue
			}
			var a, b bytes.Buffer
			if json.Compact(&a, e.raw) != nil || json.Compact(&b, now.get(e.key)) != nil || a.String() != b.String() {
				t.Fatalf("%q: %q became %q", e.key, e.raw, now.get(e.key))
			}
		}
		if again, _ := now.settings(); again.Hooks != hooks {
			t.Fatal("the change was not written")
		}
	})
}

// FuzzPatch applies any patch: it is refused, or the settings can be used and
// written and read back the same.
func FuzzPatch(f *testing.F) {
	f.Add([]byte(`{"retryDelayMax": 30, "autoConnect": {"` + office.String() + `": null}}`))
	f.Add([]byte(`{"notifications": {"held": true}, "probes.` + home.String() + `": null}`))
	f.Add([]byte(`{"rules": [{"then": "ignore", "time": "22:00-06:00"}]}`))
	f.Fuzz(func(t *testing.T, patch []byte) {
		m := NewMemory(full())
		if m.Patch(patch) != nil {
			return
		}
		got := m.Current()
		data, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		var back Settings
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		for _, k := range keys {
			if k.differ(&got, &back) {
				t.Fatalf("%s does not survive %s", k.Name, data)
			}
		}
	})
}

// FuzzSet sets any key to any text.
func FuzzSet(f *testing.F) {
	for _, k := range keys {
		f.Add(k.Name, k.Default)
	}
	f.Add("notifications.held", "off")
	f.Add("retryDelayMax", "2 min")
	f.Fuzz(func(t *testing.T, name, text string) {
		s := full()
		if Set(&s, name, text) != nil {
			return
		}
		if err := s.Validate(); err != nil {
			t.Fatal(err)
		}
		if _, err := Get(s, name); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzImportTimac imports any property list.
func FuzzImportTimac(f *testing.F) {
	f.Add([]byte(exported))
	var values map[string]any
	if _, err := plist.Unmarshal([]byte(exported), &values); err != nil {
		f.Fatal(err)
	}
	data, err := plist.Marshal(values, plist.BinaryFormat)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{ AlwaysConnectedRetryDelay = 60; IgnoredSSIDs = "Home"; }`))
	f.Fuzz(func(t *testing.T, data []byte) {
		i, err := ImportTimac(data)
		if err != nil {
			return
		}
		if err := NewMemory(Default()).Update(i.Apply); err != nil {
			t.Fatalf("%v after %q", err, i.Taken)
		}
	})
}

// FuzzState opens a state file of any content: it is read, or reported as a
// problem, and what is kept afterwards is what the next start reads.
func FuzzState(f *testing.F) {
	for _, seed := range []string{
		"", " ", "{}", "null", "[]", `{"holds": {"` + office.String() + `": {"until": {"forever": true}, "key": "held.user"}}}`,
		`{"pause": {"time": "2026-11-22T23:30:00+01:00"}}`, `{"pause": {"network": {"interface": "wifi", "ssid": "Home", "gateway": "10.0.0.1"}}}`,
		`{"pause": {"network": {"gateway": "x"}}}`, `{"holds": {"x": {}}}`, `{"pause": {"network": "0 "}}`, `{"pause": {"time": "9999-12-31T23:59:59Z", "forever": 1}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, stateFileName), data, 0o600); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, FileName)
		s := open(t, path)
		var want autoconnect.Stored
		err := json.Unmarshal(data, &want)
		if err != nil {
			want = autoconnect.Stored{}
		}
		if diff := cmp.Diff(want, s.State()); diff != "" || (err != nil) != (len(s.Problems()) > 0) {
			t.Fatalf("%v, problems %v, difference:\n%s", err, s.Problems(), diff)
		}
		want.Holds = maps.Clone(want.Holds)
		if want.Holds == nil {
			want.Holds = map[vpn.ID]autoconnect.Hold{}
		}
		want.Holds[home] = autoconnect.Hold{Until: autoconnect.Forever, Key: "held.user"}
		s.KeepState(want)
		s.writeState()
		again := open(t, path)
		if diff := cmp.Diff(want, again.State()); diff != "" || len(again.Problems()) > 0 {
			t.Fatalf("problems %v, difference:\n%s", again.Problems(), diff)
		}
	})
}
