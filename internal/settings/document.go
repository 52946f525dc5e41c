package settings

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"
)

// schemaKey is the name of the schema number in the file.
const schemaKey = "schema"

// schemaNumber is the schema number as this version writes it.
var schemaNumber = json.RawMessage(strconv.Itoa(Schema))

// Problem is something about the settings that the person should know. The
// program goes on with what it has.
type Problem struct {
	Key  string // the key at fault; "" when it is the file as a whole
	Text string // in words
}

// String returns key and text.
func (p Problem) String() string {
	if p.Key == "" {
		return p.Text
	}
	return p.Key + ": " + p.Text
}

// document is a settings file: its keys in the order in which they stand, with
// their values untouched. What this version does not know stays as it is.
type document struct {
	entries []entry
	twice   []string // keys that the file has more than once; the last one counts
}

type entry struct {
	key string
	raw json.RawMessage
}

// errNotSettings tells that a file does not hold a JSON object at all.
var errNotSettings = errors.New("it is not a JSON object")

// parse reads a file. An empty one is an empty document.
func parse(data []byte) (document, error) {
	var d document
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")) // some editors write a byte order mark
	if len(bytes.TrimSpace(data)) == 0 {
		return d, nil
	}
	// Valid first: the token reader would accept some broken files in part.
	if !json.Valid(data) {
		return d, syntaxError(data)
	}
	r := json.NewDecoder(bytes.NewReader(data))
	if t, err := r.Token(); err != nil || t != json.Delim('{') {
		return d, errNotSettings
	}
	at := map[string]int{}
	for r.More() {
		t, err := r.Token()
		if err != nil {
			return document{}, fmt.Errorf("%w: %w", errNotSettings, err)
		}
		name, ok := t.(string)
		var raw json.RawMessage
		if err := r.Decode(&raw); err != nil || !ok {
			return document{}, fmt.Errorf("%w: %w", errNotSettings, err)
		}
		if i, twice := at[name]; twice {
			d.entries[i].raw = raw
			d.twice = append(d.twice, name)
			continue
		}
		at[name] = len(d.entries)
		d.entries = append(d.entries, entry{name, raw})
	}
	return d, nil
}

// syntaxError says where a broken file is broken.
func syntaxError(data []byte) error {
	var v any
	err := json.Unmarshal(data, &v)
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return fmt.Errorf("%w: %w", errNotSettings, err)
	}
	line := 1 + bytes.Count(data[:min(int(syntax.Offset), len(data))], []byte("\n"))
	return fmt.Errorf("%w: line %d: %w", errNotSettings, line, err)
}

func (d *document) index(key string) int {
	return slices.IndexFunc(d.entries, func(e entry) bool { return e.key == key })
}

// get returns the value of a key; nil when the document lacks it.
func (d *document) get(key string) json.RawMessage {
	if i := d.index(key); i >= 0 {
		return d.entries[i].raw
	}
	return nil
}

// set changes a key in its place, or adds it at the end.
func (d *document) set(key string, raw json.RawMessage) {
	if i := d.index(key); i >= 0 {
		d.entries[i].raw = raw
		return
	}
	d.entries = append(d.entries, entry{key, raw})
}

// remove takes a key out.
func (d *document) remove(key string) {
	if i := d.index(key); i >= 0 {
		d.entries = slices.Delete(d.entries, i, i+1)
	}
}

// clone returns a copy; the values are shared and never changed.
func (d document) clone() document {
	return document{entries: slices.Clone(d.entries)}
}

// compact returns the document as JSON without spaces.
func (d *document) compact() []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, e := range d.entries {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := marshal(e.key)
		if err != nil {
			panic(err) // a string always has a JSON form
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(e.raw)
	}
	b.WriteByte('}')
	return b.Bytes()
}

// format returns the document as a file for people: indented, one line feed at
// the end.
func (d *document) format() ([]byte, error) {
	var b bytes.Buffer
	if err := json.Indent(&b, d.compact(), "", "  "); err != nil {
		return nil, fmt.Errorf("writing settings: %w", err)
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// schema returns the schema number; 0 when there is none.
func (d *document) schema() (int, error) {
	raw := d.get(schemaKey)
	if raw == nil {
		return 0, nil
	}
	n, err := strconv.Atoi(string(raw))
	if err != nil || n < 0 {
		return 0, &KeyError{Key: schemaKey, Text: fmt.Sprintf("%s is not a schema number", raw)}
	}
	return n, nil
}

// decode reads all known keys into s, which holds the defaults. Elements of a
// list or object that can't be used are left out; any other value that can't be
// used leaves the one of last, the last good settings, in force.
func (d *document) decode(s *Settings, last Settings) []Problem {
	var problems []Problem
	for _, name := range d.twice {
		problems = append(problems, Problem{name, "is given more than once; the last one counts"})
	}
	for _, e := range d.entries {
		k := lookup(e.key)
		if k == nil || string(e.raw) == "null" {
			continue
		}
		err := k.decode(e.raw, s)
		if err == nil {
			continue
		}
		faults, ok := k.salvage(e.raw, s)
		if !ok {
			faults = []error{err}
			k.copy(s, &last)
		}
		for _, err := range faults[:min(len(faults), faultsMost)] {
			problems = append(problems, Problem{k.Name, err.Error()})
		}
		if more := len(faults) - faultsMost; more > 0 {
			problems = append(problems, Problem{k.Name, fmt.Sprintf("and %d more that can't be used", more)})
		}
	}
	return problems
}

// A trusted network's name may be any bytes, which JSON texts can't hold; such
// a name is written in hexadecimal.
type networkForm struct {
	SSID       string `json:"ssid,omitempty"`
	SSIDHex    string `json:"ssidHex,omitempty"`
	GatewayMAC string `json:"gatewayMAC,omitempty"`
	Name       string `json:"name,omitempty"`
}

// MarshalJSON writes an SSID that is not UTF-8 as ssidHex.
func (t TrustedNetwork) MarshalJSON() ([]byte, error) {
	f := networkForm{SSID: t.SSID, GatewayMAC: t.GatewayMAC, Name: t.Name}
	if !utf8.ValidString(t.SSID) {
		f.SSID, f.SSIDHex = "", hex.EncodeToString([]byte(t.SSID))
	}
	return marshal(f)
}

// UnmarshalJSON is the inverse of MarshalJSON; unknown fields are an error.
func (t *TrustedNetwork) UnmarshalJSON(raw []byte) error {
	f, err := decodeAs[networkForm](raw)
	if err != nil {
		return err
	}
	if f.SSIDHex != "" {
		ssid, err := hex.DecodeString(f.SSIDHex)
		if err != nil || f.SSID != "" {
			return fmt.Errorf("ssidHex: %q is not hexadecimal, or ssid is given too", f.SSIDHex)
		}
		f.SSID = string(ssid)
	}
	if mac, err := normalMAC(f.GatewayMAC); err == nil {
		f.GatewayMAC = mac // what is none is found by the check
	}
	*t = TrustedNetwork{SSID: f.SSID, GatewayMAC: f.GatewayMAC, Name: f.Name}
	return nil
}
