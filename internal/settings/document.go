package settings

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// schemaKey is the name of the schema number in the file.
const schemaKey = "schema"

// schemaNumber is the schema number as this version writes it.
var schemaNumber = json.RawMessage(strconv.Itoa(Schema))

// Problem is a fault in the settings that the user should know about. The
// program continues with the settings that it has.
type Problem struct {
	Key  string // the key at fault; "" for the whole file
	Text string // human-readable
}

// String returns key and text.
func (p Problem) String() string {
	if p.Key == "" {
		return p.Text
	}
	return p.Key + ": " + p.Text
}

// document is a settings file: its keys in their order, with their values
// untouched, so that what this version does not know is preserved.
type document struct {
	entries    []entry
	duplicates []string // keys that the file has more than once; the last one counts
}

type entry struct {
	key string
	raw json.RawMessage
}

// parse reads a document. Content without anything but white space is an empty
// one.
func parse(data []byte) (document, error) {
	var d document
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")) // some editors write a byte order mark
	if len(bytes.TrimSpace(data)) == 0 {
		return d, nil
	}
	// Valid comes first: the token reader accepts the beginning of a broken file.
	if !json.Valid(data) {
		return d, syntaxError(data)
	}
	r := json.NewDecoder(bytes.NewReader(data))
	if t, err := r.Token(); err != nil || t != json.Delim('{') {
		return d, errors.New("it is not a JSON object")
	}
	at := map[string]int{}
	for r.More() {
		t, err := r.Token()
		if err != nil {
			return document{}, err
		}
		name, _ := t.(string)
		var raw json.RawMessage
		if err := r.Decode(&raw); err != nil {
			return document{}, err
		}
		if i, ok := at[name]; ok {
			d.entries[i].raw = raw
			d.duplicates = append(d.duplicates, name)
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
		return fmt.Errorf("it is not JSON: %w", err)
	}
	line := 1 + bytes.Count(data[:min(int(syntax.Offset), len(data))], []byte("\n"))
	return fmt.Errorf("it is not JSON: line %d: %w", line, err)
}

// get returns the value of a key; nil if the document does not have it.
func (d *document) get(key string) json.RawMessage {
	for _, e := range d.entries {
		if e.key == key {
			return e.raw
		}
	}
	return nil
}

// set changes a key in its place, or adds it at the end. The schema number comes
// first.
func (d *document) set(key string, raw json.RawMessage) {
	if i := slices.IndexFunc(d.entries, func(e entry) bool { return e.key == key }); i >= 0 {
		d.entries[i].raw = raw
		return
	}
	at := len(d.entries)
	if key == schemaKey {
		at = 0
	}
	d.entries = slices.Insert(d.entries, at, entry{key, raw})
}

// remove removes a key.
func (d *document) remove(key string) {
	d.entries = slices.DeleteFunc(d.entries, func(e entry) bool { return e.key == key })
}

// clone returns a copy; the values are shared and never changed.
func (d document) clone() document { return document{entries: slices.Clone(d.entries)} }

// equal reports whether two documents hold the same keys and values.
func (d document) equal(e document) bool {
	return slices.EqualFunc(d.entries, e.entries, func(a, b entry) bool { return a.key == b.key && bytes.Equal(a.raw, b.raw) })
}

// format returns the content of the file: indented JSON with a final newline.
func (d *document) format() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, e := range d.entries {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := marshal(e.key)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(e.raw)
	}
	b.WriteByte('}')
	var indented bytes.Buffer
	if err := json.Indent(&indented, b.Bytes(), "", "  "); err != nil {
		return nil, err
	}
	indented.WriteByte('\n')
	return indented.Bytes(), nil
}

// NewerError reports that the file was written by a later version, whose keys
// this one might damage.
type NewerError struct{ Schema int }

func (e *NewerError) Error() string {
	return fmt.Sprintf("the file is of a later version (schema %d, this one knows %d), so it is not written", e.Schema, Schema)
}

// checkSchema returns why a document must not be written: a *NewerError, or a
// *KeyError if its schema number is not one.
func (d *document) checkSchema() error {
	raw := d.get(schemaKey)
	if raw == nil {
		return nil // written by hand
	}
	n, err := strconv.Atoi(string(raw))
	switch {
	case err != nil || n < 0:
		return &KeyError{schemaKey, fmt.Sprintf("%s is not a schema number", raw)}
	case n > Schema:
		return &NewerError{n}
	}
	return nil
}

// settings decodes the document key by key: a key that is absent or invalid
// has its default. The problems name the invalid keys.
func (d *document) settings() (Settings, []Problem) {
	s := Default()
	var problems []Problem
	for _, name := range d.duplicates {
		problems = append(problems, Problem{name, "is given more than once; the last one counts"})
	}
	for _, k := range keys {
		if err := k.decode(d.get(k.Name), &s); err != nil {
			problems = append(problems, Problem{k.Name, err.Error()})
		}
	}
	return s, problems
}

// edit applies a change to settings that the document holds. It returns the
// changed settings and the document with the keys that differ, and those named
// in replace, whatever they held before. The error is that of the change, or a
// *KeyError if a key has an invalid value.
func (d document) edit(current Settings, change func(*Settings) error, replace []string) (Settings, document, error) {
	next := current.Clone()
	if err := change(&next); err != nil {
		return current, d, err
	}
	next.Schema = Schema
	edited := d.clone()
	for _, k := range keys {
		replaced := slices.Contains(replace, k.Name)
		if !replaced && !k.differ(&current, &next) {
			continue
		}
		scratch := Default()
		if err := k.decode(d.get(k.Name), &scratch); err != nil && !replaced {
			return current, d, fmt.Errorf("%s: the value in the file can't be used (%w), and a change would lose it; correct it there, or reset it", k.Name, err)
		}
		raw, err := k.encode(&next)
		if err == nil {
			err = k.verify(&next)
		}
		if err != nil {
			return current, d, &KeyError{k.Name, err.Error()}
		}
		if raw == nil {
			edited.remove(k.Name)
		} else {
			edited.set(k.Name, raw)
		}
	}
	if !edited.equal(d) {
		edited.set(schemaKey, schemaNumber)
	}
	return next, edited, nil
}
