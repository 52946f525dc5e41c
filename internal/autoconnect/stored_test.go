package autoconnect

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"vpnstatus/internal/facts"
	"vpnstatus/internal/vpn"
)

func TestStored(t *testing.T) {
	id := idOf(1)
	for _, c := range []struct {
		name, in string
		want     Stored
		out      string // empty: as in
	}{
		{"nothing", `{}`, Stored{}, ""},
		{"a hold and a pause", `{"holds":{"` + id.String() + `":{"until":{"forever":true},"key":"held.user"}},"pause":{"time":"2026-11-02T13:00:00Z"}}`,
			Stored{Holds: map[vpn.ID]Hold{id: {Until: Forever, Key: KeyHeldUser}}, Pause: UntilTime(t0.Add(time.Hour))}, ""},
		{"keys of a later version are kept", `{"pause":{"network":"wifi"},"siesta":[1,2]}`,
			Stored{Pause: Until{Network: "wifi"}, Rest: map[string]json.RawMessage{"siesta": json.RawMessage("[1,2]")}}, ""},
		{"a hold with a broken deadline is kept and not applied", `{"holds":{"` + id.String() + `":{"until":{"time":"someday"},"key":"held.user"}}}`,
			Stored{Rest: map[string]json.RawMessage{"holds/" + id.String(): json.RawMessage(`{"until":{"time":"someday"},"key":"held.user"}`)}}, ""},
		{"a hold of no service is kept", `{"holds":{"office":{"until":{"forever":true},"key":"held.user"}}}`,
			Stored{Rest: map[string]json.RawMessage{"holds/office": json.RawMessage(`{"until":{"forever":true},"key":"held.user"}`)}}, ""},
		{"a hold without an end is kept", `{"holds":{"` + id.String() + `":{"key":"held.user"}}}`,
			Stored{Rest: map[string]json.RawMessage{"holds/" + id.String(): json.RawMessage(`{"key":"held.user"}`)}}, ""},
		{"holds and a pause of another form are kept", `{"holds":[1],"pause":"forever"}`,
			Stored{Rest: map[string]json.RawMessage{"holds": json.RawMessage("[1]"), "pause": json.RawMessage(`"forever"`)}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got Stored
			if err := json.Unmarshal([]byte(c.in), &got); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("read %+v, want %+v", got, c.want)
			}
			// Through the policy and back, before the list is loaded.
			out, err := json.Marshal(New(Config{}, got, nil).Stored())
			if err != nil {
				t.Fatal(err)
			}
			if !sameJSON(t, out, []byte(c.in)) {
				t.Errorf("written %s, want %s", out, c.in)
			}
		})
	}
	var s Stored
	if err := json.Unmarshal([]byte(`[1]`), &s); err == nil || !strings.Contains(err.Error(), "reading the stored holds and pause") {
		t.Errorf("an array gives %v", err)
	}
	t.Run("a hold that replaces one that could not be read takes its place", func(t *testing.T) {
		s := Stored{Holds: map[vpn.ID]Hold{id: {Until: Forever, Key: KeyHeldUser}}, Rest: map[string]json.RawMessage{"holds/" + strings.ToUpper(id.String()): json.RawMessage(`1`)}}
		out, err := json.Marshal(s)
		if err != nil || strings.Count(string(out), "0001") != 1 {
			t.Errorf("written %s, %v", out, err)
		}
	})
	t.Run("absurd deadlines can be stored", func(t *testing.T) {
		far := time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC)
		past := time.Date(-3000, 1, 1, 0, 0, 0, 0, time.UTC)
		b := newBed(t)
		b.handle(UserHold{ID: id, Until: UntilTime(far)})
		b.handle(UserPause{UntilTime(far)})
		if _, err := json.Marshal(b.p.Stored()); err != nil {
			t.Error(err)
		}
		b.is(1, Held, KeyHeldAsked)
		if _, err := json.Marshal(Stored{Pause: UntilTime(past), Holds: map[vpn.ID]Hold{id: {Until: UntilTime(far)}}}); err != nil {
			t.Error(err)
		}
		b.handle(UserHold{ID: id, Until: UntilTime(past)})
		b.is(1, Paused, KeyPaused)
	})
	t.Run("a stored hold without a key is a person's, one without an end is none", func(t *testing.T) {
		b := bareBed(t, Stored{Holds: map[vpn.ID]Hold{id: {Until: Forever}, idOf(2): {Key: KeyHeldUser}}})
		b.load(conf(1, "Office"))
		b.is(1, Held, KeyHeldUser)
		if n := len(b.p.Stored().Holds); n != 1 {
			t.Errorf("%d holds", n)
		}
	})
}

func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	var x, y any
	if err := json.Unmarshal(a, &x); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &y); err != nil {
		t.Fatal(err)
	}
	return reflect.DeepEqual(x, y)
}

func TestUntil(t *testing.T) {
	if !(Until{}).Over(home(), t0) {
		t.Error("the zero Until is not over")
	}
	for _, c := range []struct {
		name string
		u    Until
		f    facts.Facts
		want bool
	}{
		{"for ever", Forever, home(), false},
		{"a minute from now", UntilTime(t0.Add(time.Minute)), home(), false},
		{"now", UntilTime(t0), home(), true},
		{"on the same network", Until{Network: home().Network()}, home(), false},
		{"on another network", Until{Network: home().Network()}, cafe(), true},
		{"offline", Until{Network: home().Network()}, facts.Facts{Path: facts.Known(facts.Unsatisfied, t0)}, false},
		{"nothing known", Until{Network: home().Network()}, facts.Facts{}, false},
		{"a network without a name", Until{Network: "wifi, gateway aa:bb:cc:dd:ee:01"}, home(), false},
		{"a network without a gateway", Until{Network: "wifi, ssid Home"}, home(), false},
		{"only a gateway", Until{Network: "gateway 192.168.1.1"}, home(), false},
		{"only another gateway", Until{Network: "gateway 192.168.1.2"}, home(), true},
		{"only a name", Until{Network: "ssid Cafe"}, home(), true},
		{"a name with a comma", Until{Network: "wifi, ssid Home, gateway left, gateway aa:bb:cc:dd:ee:01"}, home(), true},
		{"another kind of interface", Until{Network: "ethernet"}, home(), true},
		{"the network or a time that has come", Until{Network: home().Network(), Time: t0}, home(), true},
	} {
		if got := c.u.Over(c.f, t0); got != c.want {
			t.Errorf("%s: over is %t, want %t", c.name, got, c.want)
		}
	}
	if _, ok := UntilNetworkChanges(facts.Facts{}); ok {
		t.Error("an unknown network can't be waited for")
	}
	if got := UntilTomorrow(t0).Time; got != time.Date(2026, 11, 3, 6, 0, 0, 0, time.UTC) {
		t.Errorf("tomorrow is %v", got)
	}
	for _, c := range []struct{ u, want Until }{
		{UntilTime(t0.Add(time.Minute)), UntilTime(t0.Add(6 * time.Minute))},
		{UntilTime(t0.Add(-time.Hour)), UntilTime(t0.Add(5 * time.Minute))},
		{Forever, Forever},
	} {
		if got := c.u.Extend(5*time.Minute, t0); got != c.want {
			t.Errorf("%v extended is %v, want %v", c.u, got, c.want)
		}
	}
}

// Any text that reads as stored state is written back with nothing lost, and no
// deadline in it upsets the policy.
func FuzzStored(f *testing.F) {
	id := idOf(1).String()
	for _, s := range []string{
		`{}`, `{"holds":{"` + id + `":{"until":{"forever":true},"key":"held.user"}}}`,
		`{"pause":{"time":"9999-12-31T23:59:59Z"},"x":1}`, `{"pause":{"later":"x"}}`, `{"pause":{"time":"0001-01-01T00:00:00+23:59"}}`,
		`{"holds":{"x":{},"` + strings.ToUpper(id) + `":{"until":{"network":"wifi, ssid a, gateway b"}}}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var s Stored
		if json.Unmarshal(data, &s) != nil {
			return
		}
		first, err := json.Marshal(New(Config{}, s, nil).Stored())
		if err != nil {
			t.Fatalf("it can't be written back: %v", err)
		}
		var in, out map[string]any
		if json.Unmarshal(data, &in) != nil || json.Unmarshal(first, &out) != nil {
			t.Fatal("what was written can't be read")
		}
		for k := range in {
			if _, ok := out[k]; !ok && k != "holds" && k != "pause" {
				t.Errorf("the key %q was lost", k)
			}
		}
		var again Stored
		if err := json.Unmarshal(first, &again); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(slices.Sorted(maps.Keys(again.Rest)), slices.Sorted(maps.Keys(s.Rest))) {
			t.Errorf("the rest was %q and is %q", slices.Sorted(maps.Keys(s.Rest)), slices.Sorted(maps.Keys(again.Rest)))
		}
		b := bareBed(t, s)
		b.load(conf(1, "Office"))
		b.facts(home())
		b.status(1, vpn.Disconnected)
		b.pass(time.Hour)
		b.facts(cafe())
		b.pass(time.Hour)
		b.p.View(idOf(1)).Reason.Words(b.now, time.UTC)
		b.p.Pause().Words(b.now, time.UTC)
	})
}

func TestFieldsOfALaterVersionStayWithTheirHold(t *testing.T) {
	id := idOf(1)
	file := `{"holds":{"` + id.String() + `":{"key":"held.user","mood":"bad","until":{"network":"wifi","phase":2}}},"pause":{"forever":true,"why":"lunch"}}`
	var s Stored
	if err := json.Unmarshal([]byte(file), &s); err != nil {
		t.Fatal(err)
	}
	written := func(s Stored) string {
		raw, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	p := New(Config{Auto: map[vpn.ID]bool{id: true}}, s, nil)
	p.Handle(ConfigurationsLoaded{[]vpn.Configuration{conf(1, "Office")}}, t0)
	if got := written(p.Stored()); got != file {
		t.Errorf("untouched it is\n%s, want\n%s", got, file)
	}
	p.Handle(UserHold{ID: id, Until: Forever}, t0)
	p.Handle(UserPause{}, t0)
	if got, want := written(p.Stored()), `{"holds":{"`+id.String()+`":{"until":{"forever":true},"key":"held.asked"}}}`; got != want {
		t.Errorf("after another hold it is\n%s, want\n%s", got, want)
	}
	p.Handle(UserHold{ID: id}, t0)
	if got := written(p.Stored()); got != "{}" {
		t.Errorf("after its release it is %s", got)
	}
}

// Any rules are compiled, evaluated and explained without a panic; broken ones
// are named, and the policy keeps working.
func FuzzRules(f *testing.F) {
	for _, s := range []string{
		`[{"then":"ignore","ssid":["Home","*"]}]`,
		`[{"then":"connect","time":"22:00-06:00","days":["mon"],"subnet":["10.0.0.0/8"],"probe":"h:1"},{"then":"x"}]`,
		`[{"then":"disconnect","gatewayMAC":["0:1:2:3:4:5"],"services":["00000000-0000-0000-0000-000000000001","O*"],"power":"ac","interface":"wifi"}]`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var rules []Rule
		if json.Unmarshal(data, &rules) != nil {
			return
		}
		broken := map[int]bool{}
		for _, err := range ValidateRules(rules) {
			e, ok := err.(*RuleError)
			if !ok || e.Index < 0 || e.Index >= len(rules) || e.Field == "" {
				t.Fatalf("the error %#v names no rule", err)
			}
			broken[e.Index] = true
		}
		b := newBed(t, withRules(rules...))
		b.pass(25 * time.Hour)
		b.facts(cafe())
		b.pass(time.Minute)
		e, ok := b.p.Explain(idOf(1), b.now)
		if !ok || len(e.Rules) != len(rules) {
			t.Fatalf("%d rules are explained, want %d", len(e.Rules), len(rules))
		}
		for i, r := range e.Rules {
			if r.Matched && (broken[i] || rules[i].Disabled) {
				t.Errorf("rule %d matched though it is broken or off", i)
			}
		}
		b.p.Warnings()
	})
}
