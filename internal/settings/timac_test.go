package settings

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"howett.net/plist"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/vpn"
)

const exported = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>AlwaysConnectedRetryDelay</key><integer>60</integer>
	<key>DisabledCheckForUpdatesAutomatically</key><true/>
	<key>IgnoredSSIDs</key><string>Home, Office,Café "x",🦊,</string>
	<key>IgnoredVPNs</key><string>Little Snitch,Test*</string>
	<key>MenuBarImageType</key><integer>1</integer>
	<key>NSStatusItem Preferred Position Item-0</key><real>372</real>
	<key>Services</key>
	<array>
		<dict><key>Identifier</key><string>B0000000-0000-4000-8000-00000000000B</string><key>AlwaysConnected</key><false/></dict>
		<dict><key>Identifier</key><string>A0000000-0000-4000-8000-00000000000A</string><key>AlwaysConnected</key><true/></dict>
	</array>
	<key>SingleAutoConnect</key><true/>
	<key>SkipVersion</key><string>3.0</string>
</dict>
</plist>`

func TestTimacsSettingsAreImported(t *testing.T) {
	want := Default()
	want.AutoConnect = map[vpn.ID]bool{office: true}
	want.RetryDelayMax = 60
	want.Trusted = []TrustedNetwork{{SSID: "Home"}, {SSID: " Office"}, {SSID: `Café "x"`}, {SSID: "🦊"}}
	want.Hidden = []string{"Little Snitch", `Test\*`}
	want.IconStyle = IconTemplate
	want.Groups = []autoconnect.Group{{Name: importedGroup, Members: []vpn.ID{office, home}}}

	var values map[string]any
	if _, err := plist.Unmarshal([]byte(exported), &values); err != nil {
		t.Fatal(err)
	}
	for format, number := range map[string]int{"XML": plist.XMLFormat, "binary": plist.BinaryFormat} {
		t.Run(format, func(t *testing.T) {
			data, err := plist.Marshal(values, number)
			if err != nil {
				t.Fatal(err)
			}
			i, err := ImportTimac(data)
			if err != nil {
				t.Fatal(err)
			}
			m := NewMemory(Default())
			if err := m.Update(i.Apply); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, m.Current()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			wantTaken := []string{
				"Auto Connect for a0000000-0000-4000-8000-00000000000a",
				"At most one of 2 services at a time (a group)",
				"At most 60 s between two attempts",
				`No Auto Connect on the network "Home"`,
				`No Auto Connect on the network " Office" (with the spaces at its ends, as it was stored)`,
				`No Auto Connect on the network "Café \"x\""`,
				`No Auto Connect on the network "🦊"`,
				`"Little Snitch" is not shown`,
				`"Test*" is not shown`,
				"The icon is plain",
			}
			if diff := cmp.Diff(wantTaken, i.Taken); diff != "" {
				t.Errorf("taken (-want +got):\n%s", diff)
			}
			if len(i.Left) != 2 || !strings.HasPrefix(i.Left[0], "Checking for updates") || !strings.HasPrefix(i.Left[1], "NSStatusItem") {
				t.Errorf("left: %q", i.Left)
			}
			// Once more changes nothing.
			if err := m.Update(i.Apply); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, m.Current()); diff != "" {
				t.Errorf("imported twice (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheOldTextFormatIsReadToo(t *testing.T) {
	i, err := ImportTimac([]byte(`{ AlwaysConnectedRetryDelay = 60; IgnoredSSIDs = "Home"; Services = ({ AlwaysConnected = 1; Identifier = "` + office.String() + `"; }); }`))
	if err != nil || len(i.Taken) != 3 || len(i.Left) != 0 {
		t.Errorf("%+v, %v", i, err)
	}
}

func TestAnImportKeepsWhatIsThere(t *testing.T) {
	i, err := ImportTimac([]byte(exported))
	if err != nil {
		t.Fatal(err)
	}
	m := NewMemory(full())
	if err := m.Update(i.Apply); err != nil {
		t.Fatal(err)
	}
	got := m.Current()
	if !slices.Contains(got.Hidden, "Test*") || len(got.Trusted) != 2+3 || len(got.Groups) != 1 || len(got.Rules) != 2 || !got.Hooks {
		t.Errorf("%+v", got)
	}
	if diff := cmp.Diff(full(), NewMemory(full()).Current()); diff != "" {
		t.Error(diff)
	}
}

func TestValuesWithoutATypeAreUnderstood(t *testing.T) {
	service := func(auto any) []any {
		return []any{map[string]any{"Identifier": office.String(), "AlwaysConnected": auto}}
	}
	for name, c := range map[string]struct {
		values map[string]any
		want   func(*Settings)
		left   string
	}{
		"a delay as text":               {map[string]any{"AlwaysConnectedRetryDelay": "240"}, func(s *Settings) { s.RetryDelayMax = 240 }, ""},
		"a delay as a real number":      {map[string]any{"AlwaysConnectedRetryDelay": 90.0}, func(s *Settings) { s.RetryDelayMax = 90 }, ""},
		"a delay below our range":       {map[string]any{"AlwaysConnectedRetryDelay": uint64(1)}, func(s *Settings) { s.RetryDelayMax = 5 }, ""},
		"a delay beyond our range":      {map[string]any{"AlwaysConnectedRetryDelay": "1e9"}, func(s *Settings) { s.RetryDelayMax = 3600 }, ""},
		"a delay of nothing":            {map[string]any{"AlwaysConnectedRetryDelay": int64(0)}, func(*Settings) {}, "default"},
		"a negative delay":              {map[string]any{"AlwaysConnectedRetryDelay": -5}, func(*Settings) {}, "default"},
		"a delay of words":              {map[string]any{"AlwaysConnectedRetryDelay": "soon"}, func(*Settings) {}, `"soon" is not a number`},
		"a delay that is a list":        {map[string]any{"AlwaysConnectedRetryDelay": []any{}}, func(*Settings) {}, "a list"},
		"a delay beyond all":            {map[string]any{"AlwaysConnectedRetryDelay": 1e300}, func(*Settings) {}, "not a number"},
		"a service, text 1":             {map[string]any{"Services": service("1")}, func(s *Settings) { s.AutoConnect = map[vpn.ID]bool{office: true} }, ""},
		"a service, text YES":           {map[string]any{"Services": service("YES")}, func(s *Settings) { s.AutoConnect = map[vpn.ID]bool{office: true} }, ""},
		"a service, text 0":             {map[string]any{"Services": service("0")}, func(*Settings) {}, ""},
		"a service, text NO":            {map[string]any{"Services": service("NO")}, func(*Settings) {}, ""},
		"a service, empty text":         {map[string]any{"Services": service("")}, func(*Settings) {}, ""},
		"a service, number":             {map[string]any{"Services": service(uint64(1))}, func(s *Settings) { s.AutoConnect = map[vpn.ID]bool{office: true} }, ""},
		"a service, nothing":            {map[string]any{"Services": service(nil)}, func(*Settings) {}, ""},
		"a service without an ID":       {map[string]any{"Services": []any{map[string]any{"AlwaysConnected": true}}}, func(*Settings) {}, "nothing is not the ID"},
		"a service that is a text":      {map[string]any{"Services": []any{"x"}}, func(*Settings) {}, "not an entry"},
		"services that are a text":      {map[string]any{"Services": "x"}, func(*Settings) {}, "not a list"},
		"one service for single":        {map[string]any{"Services": service(false), "SingleAutoConnect": "1"}, func(*Settings) {}, "not two services"},
		"single switched off":           {map[string]any{"SingleAutoConnect": "NO"}, func(*Settings) {}, ""},
		"icon 0":                        {map[string]any{"MenuBarImageType": "0"}, func(s *Settings) { s.IconStyle = IconColor }, ""},
		"icon 7":                        {map[string]any{"MenuBarImageType": 7}, func(*Settings) {}, "7 is not one"},
		"no names":                      {map[string]any{"IgnoredSSIDs": "", "IgnoredVPNs": ""}, func(*Settings) {}, ""},
		"names that are numbers":        {map[string]any{"IgnoredSSIDs": 5, "IgnoredVPNs": true}, func(*Settings) {}, "not a text but 5"},
		"more names than anybody has":   {map[string]any{"IgnoredSSIDs": strings.Repeat("a,", 20_000), "IgnoredVPNs": strings.Repeat("a,", 20_000)}, func(*Settings) {}, "more than 10000"},
		"a name that is not UTF-8":      {map[string]any{"IgnoredSSIDs": "Caf\xe9"}, func(s *Settings) { s.Trusted = []TrustedNetwork{{SSID: "Caf\xe9"}} }, ""},
		"a key of nobody, and of bytes": {map[string]any{"SkipVersion": 1, "\x00\n": 2}, func(*Settings) {}, `\x00\n`},
	} {
		t.Run(name, func(t *testing.T) {
			i, err := ImportTimacValues(c.values)
			if err != nil {
				t.Fatal(err)
			}
			want := Default()
			c.want(&want)
			m := NewMemory(Default())
			if err := m.Update(i.Apply); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, m.Current(), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !strings.Contains(fmt.Sprint(i.Left), c.left) {
				t.Errorf("left: %q, want %q", i.Left, c.left)
			}
		})
	}
}

func TestWhatIsNotTimacsIsRefused(t *testing.T) {
	for name, data := range map[string][]byte{
		"nothing":             nil,
		"text":                []byte("hello"),
		"JSON":                []byte(`{"hooks": true}`),
		"a list":              []byte(`<plist version="1.0"><array/></plist>`),
		"another app's":       []byte(`<plist version="1.0"><dict><key>Volume</key><integer>5</integer></dict></plist>`),
		"half of it":          []byte(exported[:len(exported)/2]),
		"broken binary":       []byte("bplist00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
		"far too much":        make([]byte, maxImportSize+1),
		"nested far too deep": []byte(strings.Repeat("<array>", 5000)),
		"deepest text":        []byte(strings.Repeat("(", maxImportSize)),
	} {
		t.Run(name, func(t *testing.T) {
			if i, err := ImportTimac(data); err == nil {
				t.Errorf("taken %q, left %q", i.Taken, i.Left)
			}
		})
	}
}
