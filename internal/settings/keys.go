package settings

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/plaintext"
	"vpnstatus/internal/vpn"
)

// KeyError tells which key of the settings has a value that can't be used, and
// why.
type KeyError struct {
	Key  string // such as "retryDelayMax" or "probes"
	Text string // such as "3 is out of range 5–3600 (seconds)"
}

func (e *KeyError) Error() string { return e.Key + ": " + e.Text }

// Type says what a key holds, for whoever draws a control for it or explains
// its form.
type Type string

// The types of keys.
const (
	TypeBool     Type = "bool"     // true or false
	TypeInt      Type = "int"      // a whole number from Min to Max
	TypeChoice   Type = "choice"   // one of Choices
	TypeTexts    Type = "texts"    // a list of texts
	TypeServices Type = "services" // a list of service IDs
	TypeSwitches Type = "switches" // true or false by name, or by service ID
	TypeRules    Type = "rules"    // a list of autoconnect.Rule
	TypeNetworks Type = "networks" // a list of TrustedNetwork
	TypeGroups   Type = "groups"   // a list of autoconnect.Group
	TypeProbes   Type = "probes"   // autoconnect.Probe by service ID
	TypeState    Type = "state"    // kept by the program: holds and pause
)

// words says in words what a value of the type looks like.
func (t Type) words() string {
	switch t {
	case TypeBool:
		return "true or false"
	case TypeInt:
		return "a whole number"
	case TypeChoice:
		return "a text"
	case TypeTexts:
		return "a list of texts"
	case TypeServices:
		return "a list of service IDs"
	case TypeSwitches:
		return "an object of true and false"
	case TypeRules, TypeNetworks, TypeGroups:
		return "a list of objects"
	case TypeProbes:
		return "an object of probes by service ID"
	}
	return "an object"
}

// KeyInfo describes one key, for the command line, the settings window and the
// documentation alike.
type KeyInfo struct {
	Name    string   `json:"name"`
	Type    Type     `json:"type"`
	Min     int      `json:"min,omitempty"` // TypeInt: smallest value
	Max     int      `json:"max,omitempty"` // TypeInt: largest value
	Unit    string   `json:"unit,omitempty"`
	Choices []string `json:"choices,omitempty"` // TypeChoice: the values; TypeSwitches: the names, when they are fixed
	Default string   `json:"default"`           // as JSON
	Help    string   `json:"help"`              // one sentence
}

// Range says in words which values the key takes, such as "5–3600 (seconds)".
func (k KeyInfo) Range() string {
	switch k.Type {
	case TypeInt:
		return fmt.Sprintf("%d–%d (%s)", k.Min, k.Max, k.Unit)
	case TypeChoice:
		return strings.Join(k.Choices, ", ")
	}
	return k.Type.words()
}

// key is what the package knows about one key.
type key struct {
	KeyInfo
	// encode returns the value as JSON; nil when it is empty and left out of
	// the file.
	encode func(*Settings) (json.RawMessage, error)
	// decode sets the field, or returns an error and leaves it alone.
	decode func(json.RawMessage, *Settings) error
	// check returns why the value can't be used.
	check func(*Settings) error
	// same reports whether the values of two are the same in memory. Values
	// that are not may still have the same JSON form.
	same func(a, b *Settings) bool
	// assign sets the field to that of another, sharing maps and slices.
	assign func(to, from *Settings)
}

// field builds a key of a field that is written as it is.
func field[T any](info KeyInfo, at func(*Settings) *T, omitEmpty bool, decode func(json.RawMessage) (T, error), check func(T) error) *key {
	return fieldAs(info, at, omitEmpty, func(v T) any { return v }, decode, check)
}

// fieldAs builds a key of a field that has another form in the file.
func fieldAs[T any](info KeyInfo, at func(*Settings) *T, omitEmpty bool, form func(T) any, decode func(json.RawMessage) (T, error), check func(T) error) *key {
	k := &key{
		KeyInfo: info,
		encode:  func(s *Settings) (json.RawMessage, error) { return encodeValue(form(*at(s)), omitEmpty) },
		decode: func(raw json.RawMessage, s *Settings) error {
			v, err := decode(raw)
			if err == nil {
				err = check(v)
			}
			if err != nil {
				return err
			}
			*at(s) = v
			return nil
		},
		check:  func(s *Settings) error { return check(*at(s)) },
		same:   func(a, b *Settings) bool { return reflect.DeepEqual(*at(a), *at(b)) },
		assign: func(to, from *Settings) { *at(to) = *at(from) },
	}
	k.setDefault()
	return k
}

// encodeValue returns the JSON of a value as the file has it, nil for one that is
// left out.
func encodeValue(v any, omitEmpty bool) (json.RawMessage, error) {
	raw, err := marshal(v)
	if err != nil || !omitEmpty {
		return raw, err
	}
	switch string(raw) {
	case "null", "{}", "[]", `""`:
		return nil, nil
	}
	return raw, nil
}

func (k *key) setDefault() {
	d := Default()
	raw, err := k.encode(&d)
	if err != nil {
		panic(err) // the defaults are constants: a mistake in this file
	}
	if raw == nil {
		switch k.Type {
		case TypeSwitches, TypeProbes, TypeState:
			raw = json.RawMessage("{}")
		default:
			raw = json.RawMessage("[]")
		}
	}
	k.Default = string(raw)
}

// keys lists all keys in the order in which a new file has them.
var keys = []*key{
	field(KeyInfo{
		Name: "autoConnect", Type: TypeSwitches,
		Help: "services that are kept up, by ID",
	}, func(s *Settings) *map[vpn.ID]bool { return &s.AutoConnect }, true, decodeAs[map[vpn.ID]bool], anything),
	intKey(KeyInfo{
		Name: "retryDelayMax", Min: 5, Max: 3600, Unit: "seconds",
		Help: "longest time between two attempts to bring a service back up",
	}, func(s *Settings) *int { return &s.RetryDelayMax }),
	field(KeyInfo{
		Name: "rules", Type: TypeRules,
		Help: "what to do on which network; the first rule that matches counts",
	}, func(s *Settings) *[]autoconnect.Rule { return &s.Rules }, true, decodeList[autoconnect.Rule], checkRules),
	field(KeyInfo{
		Name: "trustedNetworks", Type: TypeNetworks,
		Help: "networks on which nothing is connected automatically",
	}, func(s *Settings) *[]TrustedNetwork { return &s.Trusted }, true, decodeList[TrustedNetwork], checkTrusted),
	field(KeyInfo{
		Name: "groups", Type: TypeGroups,
		Help: "sets of services of which at most one is up, in order of preference",
	}, func(s *Settings) *[]autoconnect.Group { return &s.Groups }, true, decodeList[autoconnect.Group], checkGroups),
	fieldAs(KeyInfo{
		Name: "probes", Type: TypeProbes,
		Help: "checks that a tunnel carries traffic, by service ID",
	}, func(s *Settings) *map[vpn.ID]autoconnect.Probe { return &s.Probes }, true, probeForms, decodeProbes, checkProbes),
	field(KeyInfo{
		Name: "hidden", Type: TypeTexts,
		Help: "services that are not shown: IDs, names, or names with * and ?",
	}, func(s *Settings) *[]string { return &s.Hidden }, true, decodeAs[[]string], checkHidden),
	boolKey(KeyInfo{
		Name: "showTimeConnected",
		Help: "show the time connected beside the icon",
	}, func(s *Settings) *bool { return &s.ShowTimeConnected }),
	boolKey(KeyInfo{
		Name: "showStatusWhileConnecting",
		Help: "show the status beside the icon while connecting",
	}, func(s *Settings) *bool { return &s.ShowStatusWhileConnecting }),
	field(KeyInfo{
		Name: "iconStyle", Type: TypeChoice, Choices: []string{string(IconTemplate), string(IconColor)},
		Help: "template follows the menu bar's colour, color is tinted by state",
	}, func(s *Settings) *IconStyle { return &s.IconStyle }, false, decodeAs[IconStyle], checkIconStyle),
	field(KeyInfo{
		Name: "notifications", Type: TypeSwitches, Choices: noticeNames(),
		Help: "which events are notified; all that are not named are",
	}, func(s *Settings) *map[autoconnect.Notice]bool { return &s.Notifications }, true, decodeAs[map[autoconnect.Notice]bool], checkNotifications),
	boolKey(KeyInfo{
		Name: "notificationSound",
		Help: "play a sound with notifications",
	}, func(s *Settings) *bool { return &s.NotificationSound }),
	field(KeyInfo{
		Name: "mutedServices", Type: TypeServices,
		Help: "services that are never notified about, by ID",
	}, func(s *Settings) *[]vpn.ID { return &s.MutedServices }, true, decodeAs[[]vpn.ID], anything),
	boolKey(KeyInfo{
		Name: "hooks",
		Help: "run the scripts in the folder hooks when something happens",
	}, func(s *Settings) *bool { return &s.Hooks }),
	field(KeyInfo{
		Name: "state", Type: TypeState,
		Help: "holds and the pause; kept by the program",
	}, func(s *Settings) *autoconnect.Stored { return &s.State }, true, decodeLenient[autoconnect.Stored], checkState),
}

func intKey(info KeyInfo, at func(*Settings) *int) *key {
	info.Type = TypeInt
	return field(info, at, false, decodeAs[int], func(v int) error {
		if v < info.Min || v > info.Max {
			return fmt.Errorf("%d is out of range %s", v, info.Range())
		}
		return nil
	})
}

func boolKey(info KeyInfo, at func(*Settings) *bool) *key {
	info.Type = TypeBool
	return field(info, at, false, decodeAs[bool], anything)
}

// lookup returns the key with the name, or nil.
func lookup(name string) *key {
	if i := slices.IndexFunc(keys, func(k *key) bool { return k.Name == name }); i >= 0 {
		return keys[i]
	}
	return nil
}

// Keys describes all keys, in the order in which a new file has them. The
// caller owns the slice.
func Keys() []KeyInfo {
	infos := make([]KeyInfo, len(keys))
	for i, k := range keys {
		infos[i] = k.KeyInfo
		infos[i].Choices = slices.Clone(k.Choices)
	}
	return infos
}

// Validate returns the first value that can't be used, as a *KeyError, or nil.
func (s Settings) Validate() error {
	size, err := s.validate(keys)
	if err == nil && size > maxSize {
		err = tooMuch(size)
	}
	return err
}

// maxSize is the size of all values without indentation, which about doubles
// lists of short objects.
const maxSize = maxFileSize / 2

func tooMuch(size int) error {
	return &KeyError{Key: "settings", Text: fmt.Sprintf("%d bytes are more than the file may hold", size)}
}

// validate looks at some of the keys and returns their size in bytes.
func (s *Settings) validate(some []*key) (size int, err error) {
	for _, k := range some {
		err := k.check(s)
		if err == nil {
			var raw json.RawMessage
			raw, err = k.encode(s)
			size += len(raw)
		}
		if err != nil {
			return 0, &KeyError{Key: k.Name, Text: err.Error()}
		}
	}
	return size, nil
}

// validateChange looks at what differs from settings that are valid, so that a
// small change beside long lists stays cheap.
func (s *Settings) validateChange(from *Settings) error {
	size, err := s.validate(differing(from, s))
	if err == nil && size > maxSize/64 {
		return s.Validate()
	}
	return err
}

// Clone returns a copy that shares no map or slice with s.
func (s Settings) Clone() Settings {
	s.AutoConnect = maps.Clone(s.AutoConnect)
	s.Rules = slices.Clone(s.Rules)
	for i := range s.Rules {
		r := &s.Rules[i]
		for _, list := range []*[]string{&r.Services, &r.SSID, &r.BSSID, &r.GatewayMAC, &r.Subnet, &r.DNSDomain, &r.DNSServer, &r.Days} {
			*list = slices.Clone(*list)
		}
	}
	s.Trusted = slices.Clone(s.Trusted)
	s.Groups = slices.Clone(s.Groups)
	for i := range s.Groups {
		s.Groups[i].Members = slices.Clone(s.Groups[i].Members)
	}
	s.Probes = maps.Clone(s.Probes)
	s.State.Holds = maps.Clone(s.State.Holds)
	s.Hidden = slices.Clone(s.Hidden)
	s.Notifications = maps.Clone(s.Notifications)
	s.MutedServices = slices.Clone(s.MutedServices)
	return s
}

// MarshalJSON writes the settings in the form of the file.
func (s Settings) MarshalJSON() ([]byte, error) {
	d := document{}
	d.set(schemaKey, json.RawMessage(strconv.Itoa(s.Schema)))
	for _, k := range keys {
		raw, err := k.encode(&s)
		if err != nil {
			return nil, fmt.Errorf("settings: %s: %w", k.Name, err)
		}
		if raw != nil {
			d.set(k.Name, raw)
		}
	}
	return d.compact(), nil
}

// UnmarshalJSON reads the form of the file; keys that are absent get their
// defaults, unknown ones are ignored. The error is a *KeyError.
func (s *Settings) UnmarshalJSON(data []byte) error {
	d, err := parse(data)
	if err != nil {
		return err
	}
	v := Default()
	if problems := d.decode(&v, Default()); len(problems) > 0 {
		return &KeyError{Key: problems[0].Key, Text: problems[0].Text}
	}
	*s = v
	return nil
}

// marshal is json.Marshal without escapes for HTML, so that a hand-edited file
// stays readable.
func marshal(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// decodeAs reads a value strictly: an unknown field is an error, because a
// misspelt condition of a rule would make it match everywhere.
func decodeAs[T any](raw json.RawMessage) (T, error) { return decodeValue[T](raw, true) }

// decodeLenient reads a value and skips unknown fields.
func decodeLenient[T any](raw json.RawMessage) (T, error) { return decodeValue[T](raw, false) }

func decodeValue[T any](raw json.RawMessage, strict bool) (T, error) {
	var v, zero T
	if err := decodeInto(&v, raw, strict); err != nil {
		return zero, err
	}
	return v, nil
}

// decodeInto reads a value into the one that into points to, which an error
// leaves half filled in.
func decodeInto(into any, raw json.RawMessage, strict bool) error {
	if !utf8.Valid(raw) {
		return errors.New("is not valid UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	if strict {
		d.DisallowUnknownFields()
	}
	if err := d.Decode(into); err != nil {
		return readable(err)
	}
	return nil
}

// decodeList reads a list element by element, so that an error names the one
// at fault.
func decodeList[T any](raw json.RawMessage) ([]T, error) {
	elements, err := decodeAs[[]json.RawMessage](raw)
	if err != nil {
		return nil, err
	}
	list := make([]T, len(elements))
	for i, e := range elements {
		if list[i], err = decodeAs[T](e); err != nil {
			return nil, &elementError{i, err}
		}
	}
	return list, nil
}

// readable turns the errors of encoding/json into words for people.
func readable(err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		found := map[string]string{"object": "an object", "array": "a list", "number": "a number", "string": "a text", "bool": "true or false"}[wrong.Value]
		if found == "" {
			found = wrong.Value
		}
		if wrong.Field != "" {
			return fmt.Errorf("%s: %s does not fit here", wrong.Field, found)
		}
		return fmt.Errorf("%s does not fit here", found)
	}
	text := strings.TrimPrefix(err.Error(), "json: ")
	if strings.HasPrefix(text, "invalid UUID") {
		text = "the ID of a service, a UUID, is needed here"
	}
	return errors.New(text)
}

func anything[T any](T) error { return nil }

func checkRules(rules []autoconnect.Rule) error {
	for i, r := range rules {
		for _, list := range [][]string{{r.Name, r.Time}, r.Services, r.SSID, r.BSSID, r.GatewayMAC, r.Subnet, r.DNSDomain, r.DNSServer, r.Days} {
			for _, text := range list {
				if !utf8.ValidString(text) {
					return &autoconnect.RuleError{Index: i, Name: strings.ToValidUTF8(r.Name, "�"), Field: "text", Err: fmt.Errorf("%q is not valid UTF-8", text)}
				}
			}
		}
	}
	if errs := autoconnect.ValidateRules(rules); len(errs) > 0 {
		return errs[0]
	}
	return nil
}

func checkTrusted(networks []TrustedNetwork) error {
	for i, n := range networks {
		if n.SSID == "" && n.GatewayMAC == "" {
			return &elementError{i, errors.New("neither ssid nor gatewayMAC is given, so it would fit every network")}
		}
		if n.GatewayMAC != "" {
			if _, err := normalMAC(n.GatewayMAC); err != nil {
				return &elementError{i, fmt.Errorf("gatewayMAC: %w", err)}
			}
		}
		if !utf8.ValidString(n.Name) {
			return &elementError{i, fmt.Errorf("name: %q is not valid UTF-8", n.Name)}
		}
	}
	return nil
}

// normalMAC brings a hardware address into the form of the facts: lower case,
// colons. macOS shows octets without their leading zeros.
func normalMAC(text string) (string, error) {
	octets := strings.FieldsFunc(text, func(r rune) bool { return r == ':' || r == '-' })
	for i, o := range octets {
		if len(o) == 1 {
			octets[i] = "0" + o
		}
	}
	mac, err := net.ParseMAC(strings.Join(octets, ":"))
	if err != nil || len(mac) != 6 {
		return "", fmt.Errorf("%q is not a hardware address such as 00:1b:63:84:45:e6", text)
	}
	return mac.String(), nil
}

func checkGroups(groups []autoconnect.Group) error {
	names := map[string]bool{}
	owner := map[vpn.ID]string{}
	for i, g := range groups {
		if g.Name == "" || !utf8.ValidString(g.Name) {
			return &elementError{i, errors.New("it needs a name")}
		}
		if names[g.Name] {
			return &elementError{i, fmt.Errorf("a group called %q comes twice", g.Name)}
		}
		names[g.Name] = true
		for _, id := range g.Members {
			switch other, taken := owner[id]; {
			case taken && other == g.Name:
				return &elementError{i, fmt.Errorf("%q: service %s comes twice", g.Name, id)}
			case taken:
				return &elementError{i, fmt.Errorf("%q: service %s is already in %q", g.Name, id, other)}
			}
			owner[id] = g.Name
		}
	}
	return nil
}

// Range of a probe's interval: a probe more often than each 5 s is load
// without use, one less often than daily never notices anything.
const (
	minProbeInterval = 5 * time.Second
	maxProbeInterval = 24 * time.Hour
)

func checkProbes(probes map[vpn.ID]autoconnect.Probe) error {
	for id, p := range probes {
		if err := checkProbe(p); err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
	}
	return nil
}

func checkProbe(p autoconnect.Probe) error {
	if err := autoconnect.ValidateTarget(p.Target); err != nil {
		return fmt.Errorf("target: %w", err)
	}
	if !utf8.ValidString(p.Target) {
		return fmt.Errorf("target: %q is not valid UTF-8", p.Target)
	}
	if p.Status != 0 && (p.Status < 100 || p.Status > 599) {
		return fmt.Errorf("status: %d is out of range 100–599 (HTTP status; 0: any below 400)", p.Status)
	}
	if p.Interval != 0 && (p.Interval < minProbeInterval || p.Interval > maxProbeInterval) {
		return fmt.Errorf("interval: %s is out of range 5s–24h", p.Interval)
	}
	return nil
}

// probeForm is a probe as the file has it: the interval as a text such as
// "60s", because a bare count of nanoseconds invites mistakes.
type probeForm struct {
	Target   string   `json:"target"`
	Status   int      `json:"status,omitempty"`
	Interval duration `json:"interval,omitzero"`
}

func probeForms(probes map[vpn.ID]autoconnect.Probe) any {
	forms := make(map[vpn.ID]probeForm, len(probes))
	for id, p := range probes {
		forms[id] = probeForm{p.Target, p.Status, duration(p.Interval)}
	}
	return forms
}

func decodeProbes(raw json.RawMessage) (map[vpn.ID]autoconnect.Probe, error) {
	forms, err := decodeAs[map[vpn.ID]probeForm](raw)
	if err != nil {
		return nil, err
	}
	probes := make(map[vpn.ID]autoconnect.Probe, len(forms))
	for id, f := range forms {
		probes[id] = autoconnect.Probe{Target: f.Target, Status: f.Status, Interval: time.Duration(f.Interval)}
	}
	return probes, nil
}

// duration is written as "1m30s" and read from that or from a number of
// seconds.
type duration time.Duration

func (d duration) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(d).String()) }

func (d *duration) UnmarshalJSON(raw []byte) error {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		text = string(raw)
	}
	v, err := parseDuration(text)
	if err != nil {
		return err
	}
	*d = duration(v)
	return nil
}

// parseDuration reads a length of time; a bare number is seconds.
func parseDuration(text string) (time.Duration, error) {
	if n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 32); err == nil {
		return time.Duration(n) * time.Second, nil
	}
	return plaintext.Duration(text)
}

func checkHidden(hidden []string) error {
	for i, h := range hidden {
		if h == "" || !utf8.ValidString(h) {
			return &elementError{i, fmt.Errorf("%q is neither an ID nor a name", h)}
		}
	}
	return nil
}

func checkIconStyle(style IconStyle) error {
	if style != IconTemplate && style != IconColor {
		return fmt.Errorf("%q is none of %s, %s", style, IconTemplate, IconColor)
	}
	return nil
}

var notices = []autoconnect.Notice{
	autoconnect.NoticeDropped, autoconnect.NoticeReconnected, autoconnect.NoticeGaveUp,
	autoconnect.NoticeNeedsUser, autoconnect.NoticeRule, autoconnect.NoticeHeld,
}

func noticeNames() []string {
	names := make([]string, len(notices))
	for i, n := range notices {
		names[i] = string(n)
	}
	return names
}

// checkNotifications accepts names of later versions too, so that a file may
// serve both.
func checkNotifications(m map[autoconnect.Notice]bool) error {
	for n := range m {
		if n == "" || !utf8.ValidString(string(n)) {
			return fmt.Errorf("%q is not the name of an event", n)
		}
	}
	return nil
}

// checkState accepts everything: what the engine asks to be kept must never be
// refused. A network's name that is not UTF-8 is the exception that is kept
// inexactly; such a hold then ends at the next launch.
func checkState(autoconnect.Stored) error { return nil }
