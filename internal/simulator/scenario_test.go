package simulator_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"vpnstatus/internal/facts"
	"vpnstatus/internal/simulator"
	"vpnstatus/internal/vpn"
)

func TestParse(t *testing.T) {
	s, err := simulator.Parse("x.json", []byte(`{
		"seed": 18446744073709551615, "network": "Home", "power": "battery", "location": "denied", "load": "1s",
		"networks": [{"name": "Home", "gateway": "10.0.0.1", "addresses": ["10.0.0.2/24"]}],
		"services": [{
			"id": "4b1d6a52-6d0c-4b8e-9a54-0d7b6f8d1e01", "name": "A", "protocol": "IKEv2", "status": "connected", "connect": ["1s", "2s"], "giveUp": "3d",
			"fails": {"negotiation": 0.25}, "prompt": {"takes": "2s", "cancelled": 1}, "traffic": {"in": 1.5}
		}],
		"timeline": [{"at": "1d12h", "do": "add", "service": {"name": "B", "protocol": "L2TP"}, "every": "1h", "times": 3}]
	}`))
	if err != nil {
		t.Fatal(err)
	}
	v := s.Services[0]
	if s.Name != "x" || s.Seed != 1<<64-1 || s.Power != facts.Battery || s.Networks[0].Gateway.String() != "10.0.0.1" || v.Status != vpn.Connected ||
		v.Connect != simulator.Between(time.Second, 2*time.Second) || v.GiveUp != simulator.Exactly(72*time.Hour) || v.Fails[simulator.CauseNegotiation] != 0.25 ||
		v.Prompt.Cancelled != 1 || s.Timeline[0].At != 36*time.Hour || s.Timeline[0].Service.Protocol != vpn.L2TP || s.Timeline[0].Times != 3 {
		t.Errorf("got %+v", s)
	}
}

// place is how an error begins that says where it is in a file.
var place = regexp.MustCompile(`^scenario f\.json:[1-9]\d*:[1-9]\d*: .`)

func TestWrongScenarios(t *testing.T) {
	service := func(s string) string {
		return "{\"services\": [\n  {\"name\": \"Office\", \"protocol\": \"IKEv2\", " + s + "}\n]}"
	}
	step := func(s string) string {
		return "{\"services\": [{\"name\": \"Office\", \"protocol\": \"IKEv2\"}], \"timeline\": [\n {" + s + "}]}"
	}
	for _, c := range []struct{ name, in, want string }{
		{"empty", ``, `scenario f.json:1:1: not valid JSON: unexpected end of JSON input`},
		{"syntax", "{\n  \"seed\": 1,\n}", `f.json:3:1: not valid JSON: invalid character '}'`},
		{"two values", `{} {}`, `f.json:1:4: not valid JSON`},
		{"no object", `[]`, `f.json:1:1: want an object`},
		{"unknown key", "{\n\t\"service\": []}", `f.json:2:2: unknown key "service"`},
		{"unknown key in a service", service(`"servr": "x"`), `f.json:2:43: services[0]: unknown key "servr"`},
		{"repeated key", `{"seed": 1, "seed": 2}`, `f.json:1:13: the key "seed" is repeated`},
		{"null", `{"seed": null}`, `f.json:1:10: seed: null is not a value`},
		{"negative seed", `{"seed": -1}`, `seed: want a whole number that is not negative, not -1`},
		{"text for number", `{"seed": "x"}`, `seed: want a whole number that is not negative, not "x"`},
		{"number for text", `{"name": 5}`, `name: want a text, not 5`},
		{"number for a duration", service(`"connect": 5`), `f.json:2:54: services[0].connect: want a duration such as "1.5s"`},
		{"not a duration", service(`"connect": "fast"`), `services[0].connect: "fast" is not a length of time`},
		{"not days", service(`"connect": "xd"`), `services[0].connect: "xd" is not a length of time`},
		{"days and rubbish", service(`"connect": "1dx"`), `"1dx" is not a length of time`},
		{"negative duration", service(`"connect": "-1s"`), `services[0].connect: a duration can't be negative`},
		{"endless duration", service(`"connect": "4000d"`), `services[0].connect: a duration can't be longer than ten years`},
		{"range of three", service(`"connect": ["1s", "2s", "3s"]`), `a list of two, the shortest and the longest`},
		{"range upside down", service(`"connect": ["2s", "1s"]`), `services[0].connect: the longest duration 1s is shorter than the shortest 2s`},
		{"busy loop", service(`"dropEvery": "1ms"`), `services[0].dropEvery: shorter than 100ms`},
		{"text for a flag", service(`"onDemand": "yes"`), `services[0].onDemand: want true or false, not "yes"`},
		{"unknown status", service(`"status": "up"`), `services[0].status: unknown VPN status "up"`},
		{"status in between", service(`"status": "connecting"`), `services[0].status: a service starts Disconnected or Connected, not Connecting`},
		{"connected without network", `{"network": "offline", "services": [{"name": "A", "protocol": "X", "status": "connected"}]}`, `services[0].status: it can't be connected at the start`},
		{"number for a status", service(`"status": 3`), `services[0].status: want a text, not 3`},
		{"wrong UUID", service(`"id": "x"`), `services[0].id: want a UUID, not "x"`},
		{"wrong address", `{"networks": [{"name": "a", "gateway": "10.0.0"}]}`, `networks[0].gateway: ParseAddr("10.0.0")`},
		{"no protocol", `{"services": [{"name": "A"}]}`, `f.json:1:15: services[0].protocol: a service needs a protocol`},
		{"same name twice", `{"services": [{"name": "A", "protocol": "X"}, {"name": "A", "protocol": "X"}]}`, `f.json:1:47: services[1]: another service has the same ID`},
		{"unknown credentials", service(`"credentials": "reject"`), `unknown value "reject"; want one of ["ok" "rejected"]`},
		{"unknown cause", service(`"fails": {"idel": 1}`), `services[0].fails: unknown cause "idel"; want one of ["app-update"`},
		{"fails that is not an object", service(`"fails": []`), `services[0].fails: want an object of numbers, not []`},
		{"odds above one", service(`"fails": {"idle": 2}`), `services[0].fails: odds must be from 0 to 1, not 2`},
		{"odds above one together", service(`"fails": {"idle": 0.7, "user": 0.7}`), `services[0].fails: the odds add up to 1.4, more than 1`},
		{"odds of a prompt", service(`"prompt": {"cancelled": 0.7, "unanswered": 0.7}`), `services[0].prompt: the odds add up to more than 1`},
		{"too large a number", service(`"fails": {"idle": 1e999}`), `services[0].fails: want an object of numbers, not {"idle": 1e999}`},
		{"negative traffic", service(`"traffic": {"in": -1}`), `services[0].traffic: bytes per second must be`},
		{"negative traffic in pauses", service(`"traffic": {"busy": "1s", "quiet": "1s", "quietOut": -1}`), `services[0].traffic: bytes per second must be`},
		{"pauses without length", service(`"traffic": {"busy": "1s"}`), `services[0].traffic: "busy" and "quiet" need each other`},
		{"pauses too short", service(`"traffic": {"busy": "1s", "quiet": "1ms"}`), `services[0].traffic.quiet: shorter than 100ms`},
		{"traffic in no pauses", service(`"traffic": {"quietOut": 1}`), `services[0].traffic.quietOut: it needs "quiet"`},
		{"unknown counters", service(`"counters": "none"`), `services[0].counters: unknown value "none"; want one of ["ok" "missing" "zero" "reset"]`},
		{"unknown echo", service(`"echo": "yes"`), `services[0].echo: unknown value "yes"; want one of ["answers" "silent"]`},
		{"unknown echo of an outage", step(`"do": "outage", "services": ["*"], "echo": "no"`), `timeline[0].echo: unknown value "no"`},
		{"echo of a drop", step(`"do": "drop", "services": ["*"], "echo": "answers"`), `timeline[0].echo: "drop" takes no "echo"`},
		{"unknown network", `{"network": "Hom"}`, `network: no network is called "Hom"`},
		{"network without name", `{"networks": [{}]}`, `networks[0].name: a network needs a name`},
		{"network called offline", `{"networks": [{"name": "offline"}]}`, `"offline" stands for no network`},
		{"two networks of one name", `{"networks": [{"name": "a"}, {"name": "a"}]}`, `networks[1].name: another network is called "a"`},
		{"SSID of a cable", `{"networks": [{"name": "a", "interface": "ethernet", "ssid": "x"}]}`, `networks[0].ssid: only Wi-Fi has an SSID`},
		{"networks that are no list", `{"networks": {}}`, `networks: want a list`},
		{"step without do", step(`"at": "1s"`), `timeline[0]: a step needs "do"`},
		{"unknown do", step(`"at": "1s", "do": "ofline"`), `f.json:2:21: timeline[0].do: unknown "ofline"; a step does one of ["add"`},
		{"step without what it needs", step(`"do": "drop"`), `timeline[0]: "drop" needs "services"`},
		{"step with what it can't use", step(`"do": "power", "to": "ac", "for": "1s"`), `timeline[0].for: "power" takes no "for"`},
		{"step for an unknown service", step(`"do": "drop", "services": ["Offic"]`), `f.json:2:30: timeline[0].services[0]: no service is called "Offic"`},
		{"step to an unknown network", step(`"do": "network", "network": "x"`), `timeline[0].network: no network is called "x"`},
		{"step to a wrong value", step(`"do": "power", "to": "steam"`), `timeline[0].to: unknown value "steam"; want one of ["ac" "battery"]`},
		{"step of a wrong cause", step(`"do": "drop", "services": ["*"], "cause": "moon"`), `timeline[0].cause: unknown cause "moon"`},
		{"step at two times", step(`"at": ["1s", "2s"], "do": "sleep"`), `timeline[0].at: want one duration`},
		{"step before the start", step(`"at": "-1s", "do": "sleep"`), `timeline[0].at: a duration can't be negative`},
		{"step too often", step(`"do": "sleep", "every": "1ms"`), `timeline[0].every: shorter than 100ms`},
		{"step a negative number of times", step(`"do": "sleep", "times": -1`), `timeline[0].times: can't be negative`},
		{"step a broken number of times", step(`"do": "sleep", "times": 1.5`), `timeline[0].times: want a whole number, not 1.5`},
		{"added service that is wrong", step(`"do": "add", "service": {"name": "B"}`), `timeline[0].service.protocol: a service needs a protocol`},
		{"added service that is connected", step(`"do": "add", "service": {"name": "B", "protocol": "X", "status": "connected"}`), `timeline[0].service.status: a service that is added is not connected`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := simulator.Parse("f.json", []byte(c.in))
			if err == nil {
				t.Fatal("it was accepted")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
			if !place.MatchString(err.Error()) {
				t.Errorf("the error does not say where: %v", err)
			}
		})
	}
}

func TestTwoServicesOfOneNameNeedTheID(t *testing.T) {
	_, err := simulator.Parse("f.json", []byte(`{"services": [
		{"id": "4b1d6a52-6d0c-4b8e-9a54-0d7b6f8d1e01", "name": "A", "protocol": "X"}, {"id": "4b1d6a52-6d0c-4b8e-9a54-0d7b6f8d1e02", "name": "A", "protocol": "X"}],
		"timeline": [{"do": "drop", "services": ["A"]}, {"do": "drop", "services": ["4b1d6a52-6d0c-4b8e-9a54-0d7b6f8d1e02"]}]}`))
	if want := `timeline[0].services[0]: 2 services are called "A"; name one by its ID`; err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "timeline[1]") {
		t.Errorf("got %v", err)
	}
}

func TestScenarioFromGoIsCheckedToo(t *testing.T) {
	bad := simulator.Scenario{Name: "mine", Services: []simulator.Service{{Name: "A", Protocol: "X", Connect: simulator.Between(2, 1)}}}
	for _, err := range []error{bad.Validate(), func() error { _, err := simulator.New(bad, simulator.Options{}); return err }()} {
		if err == nil || err.Error() != "scenario mine: services[0].connect: the longest duration 1ns is shorter than the shortest 2ns" {
			t.Errorf("got %v", err)
		}
	}
}

func TestStartingASimulationLeavesTheScenarioAlone(t *testing.T) {
	a, b := simulator.Default(), simulator.Default()
	sim, err := simulator.New(a, simulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	sim.Close()
	if !reflect.DeepEqual(a, b) {
		t.Error("it was changed")
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "good.json"), filepath.Join(dir, "bad.json")
	for file, text := range map[string]string{good: `{"services": [{"name": "A", "protocol": "IKEv2"}]}`, bad: `{"seeds": 1}`} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if s, err := simulator.Load(good); err != nil || len(s.Services) != 1 {
		t.Errorf("got %+v, %v", s, err)
	}
	if _, err := simulator.Load(bad); err == nil || !strings.Contains(err.Error(), bad+":1:2: unknown key") {
		t.Errorf("got %v", err)
	}
	if _, err := simulator.Load(filepath.Join(dir, "none.json")); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "built in are awkward, default") {
		t.Errorf("got %v", err)
	}
	if _, err := simulator.Load(dir); err == nil {
		t.Error("a folder was read")
	}
	for _, name := range simulator.Names() {
		if s, err := simulator.Load(name); err != nil || s.Name != name || s.Description == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// keysOf lists the JSON keys of a type and all below.
func keysOf(t reflect.Type, into map[string]bool) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		keysOf(t.Elem(), into)
	case reflect.Struct:
		for i := range t.NumField() {
			if key := t.Field(i).Tag.Get("json"); key != "" {
				into[key] = true
				keysOf(t.Field(i).Type, into)
			}
		}
	}
}

func TestReferenceIsComplete(t *testing.T) {
	data, err := os.ReadFile("../../docs/scenario.md")
	if err != nil {
		t.Fatal(err)
	}
	doc := string(data)
	words := map[string]bool{}
	step := reflect.TypeFor[simulator.Step]()
	for i := range step.NumField() { // not recursing into Step by way of Scenario alone
		words[step.Field(i).Tag.Get("json")] = true
	}
	keysOf(reflect.TypeFor[simulator.Scenario](), words)
	for _, d := range simulator.Effects() {
		words[string(d)] = true
	}
	for _, c := range simulator.Causes() {
		words[string(c)] = true
	}
	for _, n := range simulator.Names() {
		words[n] = true
	}
	for w := range words {
		if !strings.Contains(doc, "`"+w+"`") {
			t.Errorf("docs/scenario.md does not mention `%s`", w)
		}
	}
	example := regexp.MustCompile("(?s)```json\n(.*?)```").FindStringSubmatch(doc)
	if example == nil {
		t.Fatal("docs/scenario.md has no example")
	}
	if _, err := simulator.Parse("example", []byte(example[1])); err != nil {
		t.Errorf("the example is wrong: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range simulator.Names() {
		data, err := os.ReadFile("scenarios/" + name + ".json")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"services": [{"fails": {"a.b[3]": 1e400}}], "timeline": [{"do": "add", "service": {"prompt": {}}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := simulator.Parse("f.json", data)
		if err != nil {
			if !place.MatchString(err.Error()) {
				t.Fatalf("the error does not say where: %v", err)
			}
			return
		}
		if err := s.Validate(); err != nil {
			t.Fatalf("accepted, but not valid: %v", err)
		}
		sim, err := simulator.New(s, simulator.Options{})
		if err != nil {
			t.Fatalf("accepted, but does not start: %v", err)
		}
		sim.Close()
	})
}
