package settings

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// KeyError names the key of the settings whose value can't be used, and says
// why.
type KeyError struct {
	Key  string // such as "retryDelayMax" or "probes"
	Text string // such as "3 is out of range 5–3600 (seconds)"
}

func (e *KeyError) Error() string { return e.Key + ": " + e.Text }

// Type is the type of a key's value, for drawing a control and for
// documentation.
type Type string

// The types of keys.
const (
	TypeBool     Type = "bool"     // true or false
	TypeInt      Type = "int"      // a whole number from Min to Max
	TypeChoice   Type = "choice"   // one of Choices
	TypeTexts    Type = "texts"    // a list of texts
	TypeServices Type = "services" // a list of service IDs
	TypeSwitches Type = "switches" // an object: true or false by name, or by service ID
	TypeRules    Type = "rules"    // a list of autoconnect.Rule
	TypeNetworks Type = "networks" // a list of TrustedNetwork
	TypeGroups   Type = "groups"   // a list of autoconnect.Group
	TypeProbes   Type = "probes"   // autoconnect.Probe by service ID
)

// words describes the form of a value of the type.
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
		return "true or false for each"
	case TypeProbes:
		return "a probe for each service"
	}
	return "a list of objects"
}

// KeyInfo describes one key, for the command line, the settings window and the
// documentation alike.
type KeyInfo struct {
	Name    string
	Type    Type
	Min     int // TypeInt: smallest value
	Max     int // TypeInt: largest value
	Unit    string
	Choices []string // TypeChoice: the values; TypeSwitches: the names, if they are fixed
	Default string   // as JSON
	Help    string   // one sentence
}

// Range describes the values that the key takes, such as "5–3600 seconds".
func (k KeyInfo) Range() string {
	switch k.Type {
	case TypeInt:
		return fmt.Sprintf("%d–%d %s", k.Min, k.Max, k.Unit)
	case TypeChoice:
		return strings.Join(k.Choices, ", ")
	}
	return k.Type.words()
}

// key describes one key.
type key struct {
	KeyInfo
	// field returns a pointer to the field of the settings, of the type whose
	// JSON form the file has.
	field func(*Settings) any
	// check returns why the value can't be used; nil if Type, Min, Max and
	// Choices are sufficient.
	check func(*Settings) error
}

// keys lists all keys in the order in which a new file has them.
var keys = withDefaults([]*key{
	{KeyInfo{Name: "autoConnect", Type: TypeSwitches,
		Help: "services that are kept up, by ID",
	}, func(s *Settings) any { return &s.AutoConnect }, nil},
	{KeyInfo{Name: "retryDelayMax", Type: TypeInt, Min: 5, Max: 3600, Unit: "seconds",
		Help: "longest time between two attempts to bring a service back up",
	}, func(s *Settings) any { return &s.RetryDelayMax }, nil},
	{KeyInfo{Name: "rules", Type: TypeRules,
		Help: "what to do on which network; the first rule that matches counts",
	}, func(s *Settings) any { return &s.Rules }, checkRules},
	{KeyInfo{Name: "trustedNetworks", Type: TypeNetworks,
		Help: "networks on which nothing is connected automatically",
	}, func(s *Settings) any { return &s.Trusted }, checkTrusted},
	{KeyInfo{Name: "groups", Type: TypeGroups,
		Help: "sets of services of which at most one is up, in order of preference",
	}, func(s *Settings) any { return &s.Groups }, checkGroups},
	{KeyInfo{Name: "probes", Type: TypeProbes,
		Help: "checks that a tunnel carries traffic, by service ID",
	}, func(s *Settings) any { return (*probeForms)(&s.Probes) }, checkProbes},
	{KeyInfo{Name: "serverEcho", Type: TypeBool,
		Help: "ask a server that does not respond whether it is back, with one small packet every few seconds",
	}, func(s *Settings) any { return &s.ServerEcho }, nil},
	{KeyInfo{Name: "hidden", Type: TypeTexts,
		Help: "services that are not shown: IDs, names, or names with * and ?",
	}, func(s *Settings) any { return &s.Hidden }, checkHidden},
	{KeyInfo{Name: "showTimeConnected", Type: TypeBool,
		Help: "show the time connected next to the icon",
	}, func(s *Settings) any { return &s.ShowTimeConnected }, nil},
	{KeyInfo{Name: "showStatusWhileConnecting", Type: TypeBool,
		Help: "show the status next to the icon while connecting",
	}, func(s *Settings) any { return &s.ShowStatusWhileConnecting }, nil},
	{KeyInfo{Name: "iconStyle", Type: TypeChoice, Choices: []string{string(IconTemplate), string(IconColor)},
		Help: "template follows the menu bar's colour, color is tinted by state",
	}, func(s *Settings) any { return &s.IconStyle }, nil},
	{KeyInfo{Name: "notifications", Type: TypeSwitches, Choices: noticeNames(),
		Help: "which events are notified; those not named are on",
	}, func(s *Settings) any { return &s.Notifications }, checkNotifications},
	{KeyInfo{Name: "notificationSound", Type: TypeBool,
		Help: "play a sound with notifications",
	}, func(s *Settings) any { return &s.NotificationSound }, nil},
	{KeyInfo{Name: "mutedServices", Type: TypeServices,
		Help: "services that are never notified about, by ID",
	}, func(s *Settings) any { return &s.MutedServices }, nil},
	{KeyInfo{Name: "hooks", Type: TypeBool,
		Help: "run the scripts in the folder hooks when something happens",
	}, func(s *Settings) any { return &s.Hooks }, nil},
})

// withDefaults fills in the defaults in JSON.
func withDefaults(keys []*key) []*key {
	d := Default()
	for _, k := range keys {
		raw, err := k.encode(&d)
		switch {
		case err != nil:
			panic(err) // the defaults are constants: a mistake in this file
		case raw != nil:
		case k.value(&d).Kind() == reflect.Map:
			raw = json.RawMessage("{}")
		default:
			raw = json.RawMessage("[]")
		}
		k.Default = string(raw)
	}
	return keys
}

// value returns the field as a value that can be set.
func (k *key) value(s *Settings) reflect.Value { return reflect.ValueOf(k.field(s)).Elem() }

// encode returns the value as JSON; nil if it is empty and left out of the file.
func (k *key) encode(s *Settings) (json.RawMessage, error) {
	v := k.value(s)
	if kind := v.Kind(); (kind == reflect.Map || kind == reflect.Slice) && v.Len() == 0 {
		return nil, nil
	}
	return marshal(v.Interface())
}

// decode sets the field from JSON. An absent value and null leave it unchanged,
// as an error does. Maps and slices are replaced, never changed in place.
func (k *key) decode(raw json.RawMessage, s *Settings) error {
	if raw == nil || string(raw) == "null" {
		return nil
	}
	next := *s
	v := k.value(&next)
	v.SetZero()
	if err := decodeStrict(raw, v); err != nil {
		return err
	}
	if err := k.verify(&next); err != nil {
		return err
	}
	*s = next
	return nil
}

// verify returns why the value can't be used.
func (k *key) verify(s *Settings) error {
	v := k.value(s)
	switch {
	case k.Type == TypeInt && (v.Int() < int64(k.Min) || v.Int() > int64(k.Max)):
		return fmt.Errorf("%d is out of range %d–%d (%s)", v.Int(), k.Min, k.Max, k.Unit)
	case k.Type == TypeChoice && !slices.Contains(k.Choices, v.String()):
		return fmt.Errorf("%q is not one of %s", v.String(), k.Range())
	case k.check != nil:
		return k.check(s)
	}
	return nil
}

// differ reports whether two settings would be written differently to the
// file.
func (k *key) differ(a, b *Settings) bool {
	if reflect.DeepEqual(k.value(a).Interface(), k.value(b).Interface()) {
		return false
	}
	x, errX := k.encode(a)
	y, errY := k.encode(b)
	return errX != nil || errY != nil || !bytes.Equal(x, y)
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
	for _, k := range keys {
		if err := k.verify(&s); err != nil {
			return &KeyError{k.Name, err.Error()}
		}
	}
	return nil
}

// MarshalJSON writes the settings in the form of the file.
func (s Settings) MarshalJSON() ([]byte, error) {
	d := document{}
	d.set(schemaKey, schemaNumber)
	for _, k := range keys {
		raw, err := k.encode(&s)
		if err != nil {
			return nil, fmt.Errorf("settings: %s: %w", k.Name, err)
		}
		if raw != nil {
			d.set(k.Name, raw)
		}
	}
	return d.format()
}

// UnmarshalJSON reads the form of the file; keys that are absent get their
// defaults, unknown ones are ignored. The error is a *KeyError.
func (s *Settings) UnmarshalJSON(data []byte) error {
	d, err := parse(data)
	if err != nil {
		return &KeyError{"settings", err.Error()}
	}
	v, problems := d.settings()
	if len(problems) > 0 {
		return &KeyError{problems[0].Key, problems[0].Text}
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

// decodeStrict decodes JSON into a value. An unknown field is an error, because
// a misspelt condition of a rule would make the rule match everywhere. A list is
// read element by element, so that an error names the one at fault.
func decodeStrict(raw json.RawMessage, into reflect.Value) error {
	if !utf8.Valid(raw) {
		return errors.New("is not valid UTF-8")
	}
	if into.Kind() == reflect.Slice && into.Type().Elem().Kind() != reflect.Uint8 {
		var elements []json.RawMessage
		if err := json.Unmarshal(raw, &elements); err != nil {
			return readable(err)
		}
		list := reflect.MakeSlice(into.Type(), len(elements), len(elements))
		for i, e := range elements {
			if err := decodeStrict(e, list.Index(i)); err != nil {
				return &elementError{i, err}
			}
		}
		into.Set(list)
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	return readable(d.Decode(into.Addr().Interface()))
}

// elementError says which element of a list can't be used.
type elementError struct {
	index int // from 0
	err   error
}

func (e *elementError) Error() string { return fmt.Sprintf("number %d: %v", e.index+1, e.err) }
func (e *elementError) Unwrap() error { return e.err }

// readable rewrites errors of encoding/json without names of Go types.
func readable(err error) error {
	if err == nil {
		return nil
	}
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
