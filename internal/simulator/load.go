package simulator

import (
	"bytes"
	"embed"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"reflect"
	"strings"
	"time"

	"vpnstatus/internal/plaintext"
	"vpnstatus/internal/vpn"
)

//go:embed scenarios/*.json
var builtin embed.FS

// Names lists the built-in scenarios.
func Names() []string {
	files, err := fs.Glob(builtin, "scenarios/*.json")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	for i, f := range files {
		files[i] = strings.TrimSuffix(path.Base(f), ".json")
	}
	return files
}

// Default is the scenario of a demonstration.
func Default() Scenario {
	s, err := Load("default")
	if err != nil {
		panic(err) // it is embedded and tested
	}
	return s
}

// Load reads a built-in scenario by name, or a file.
func Load(name string) (Scenario, error) {
	if data, err := builtin.ReadFile("scenarios/" + name + ".json"); err == nil {
		return Parse(name, data)
	}
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w; built in are %s", err, strings.Join(Names(), ", "))
	}
	if err != nil {
		return Scenario{}, fmt.Errorf("reading the scenario: %w", err)
	}
	return Parse(name, data)
}

// Parse reads a scenario from JSON. Unknown and repeated keys and null are errors. An
// error says where it is: file, line, column in bytes, and path.
func Parse(file string, data []byte) (Scenario, error) {
	d := &decoder{Decoder: json.NewDecoder(bytes.NewReader(data)), file: file, data: data, places: map[string]int{}}
	var syntax *json.SyntaxError
	if err := json.Unmarshal(data, new(json.RawMessage)); errors.As(err, &syntax) {
		return Scenario{}, d.invalid(int(syntax.Offset)-1, "", "not valid JSON: "+err.Error())
	}
	var s Scenario
	if err := d.value(reflect.ValueOf(&s).Elem(), ""); err != nil {
		return Scenario{}, err
	}
	if s.Name == "" {
		s.Name = strings.TrimSuffix(path.Base(file), ".json")
	}
	if path, reason := s.withDefaults().check(); reason != "" {
		return Scenario{}, d.invalid(d.place(path), path, reason)
	}
	return s, nil
}

// decoder walks through objects and lists, so that errors have a position, and
// decodes the values with encoding/json.
type decoder struct {
	*json.Decoder
	file   string
	data   []byte
	places map[string]int // offset of each path
}

// invalid is the error at an offset of the file; path may be empty.
func (d *decoder) invalid(offset int, path, reason string) error {
	before := d.data[:min(max(offset, 0), len(d.data))]
	line, column := bytes.Count(before, []byte("\n"))+1, len(before)-bytes.LastIndexByte(before, '\n')
	if path != "" {
		path += ": "
	}
	return fmt.Errorf("scenario %s:%d:%d: %s%s", d.file, line, column, path, reason)
}

// place returns the position of a path, or of the nearest path around it.
func (d *decoder) place(path string) int {
	for {
		if at, ok := d.places[path]; ok {
			return at
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
}

// next returns where the next value or key starts.
func (d *decoder) next() int {
	i := int(d.InputOffset())
	for i < len(d.data) && strings.IndexByte(" \t\r\n,:", d.data[i]) >= 0 {
		i++
	}
	return i
}

var durationType = reflect.TypeFor[time.Duration]()

// value decodes the next value into v.
func (d *decoder) value(v reflect.Value, path string) error {
	at := d.next()
	d.places[path] = at
	if d.data[at] == 'n' {
		return d.invalid(at, path, "null is not a value; leave the key out")
	}
	_, isText := v.Addr().Interface().(encoding.TextUnmarshaler)
	_, isJSON := v.Addr().Interface().(json.Unmarshaler)
	switch {
	case isText || isJSON:
	case v.Type() == durationType:
		var r Range
		if err := d.leaf(reflect.ValueOf(&r).Elem(), path, at); err != nil {
			return err
		}
		if r.Min != r.Max {
			return d.invalid(at, path, "want one duration")
		}
		v.SetInt(int64(r.Min))
		return nil
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return d.value(v.Elem(), path)
	case v.Kind() == reflect.Struct:
		return d.object(v, path, at)
	case v.Kind() == reflect.Slice:
		return d.list(v, path, at)
	}
	return d.leaf(v, path, at)
}

func (d *decoder) object(v reflect.Value, path string, at int) error {
	if token, err := d.Token(); err != nil || token != json.Delim('{') {
		return d.invalid(at, path, "want an object")
	}
	seen := map[string]bool{}
	for d.More() {
		at := d.next()
		token, err := d.Token()
		if err != nil {
			return d.invalid(at, path, err.Error())
		}
		key := token.(string) // the keys of an object are strings
		field := 0
		for field < v.NumField() && v.Type().Field(field).Tag.Get("json") != key {
			field++
		}
		switch {
		case field == v.NumField():
			return d.invalid(at, path, fmt.Sprintf("unknown key %q", key))
		case seen[key]:
			return d.invalid(at, path, fmt.Sprintf("the key %q is repeated", key))
		}
		seen[key] = true
		if path != "" {
			key = path + "." + key
		}
		if err := d.value(v.Field(field), key); err != nil {
			return err
		}
	}
	_, err := d.Token() // the closing brace
	return err
}

func (d *decoder) list(v reflect.Value, path string, at int) error {
	if token, err := d.Token(); err != nil || token != json.Delim('[') {
		return d.invalid(at, path, "want a list")
	}
	for i := 0; d.More(); i++ {
		v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
		if err := d.value(v.Index(i), fmt.Sprintf("%s[%d]", path, i)); err != nil {
			return err
		}
	}
	_, err := d.Token() // the closing bracket
	return err
}

// leaf decodes a value with encoding/json.
func (d *decoder) leaf(v reflect.Value, path string, at int) error {
	err := d.Decode(v.Addr().Interface())
	var wrong *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case v.Type() == reflect.TypeFor[vpn.ID]():
		return d.invalid(at, path, fmt.Sprintf("want a UUID, not %.40s", d.data[at:d.InputOffset()]))
	case errors.As(err, &wrong):
		return d.invalid(at, path, fmt.Sprintf("want %s, not %.40s", wanted(v), d.data[at:d.InputOffset()]))
	}
	return d.invalid(at, path, err.Error())
}

func wanted(v reflect.Value) string {
	if _, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return "a text"
	}
	switch v.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Float64:
		return "a number"
	case reflect.Int:
		return "a whole number"
	case reflect.Uint64:
		return "a whole number that is not negative"
	case reflect.Map:
		return "an object of numbers"
	}
	return "a text"
}

// UnmarshalJSON reads one duration or a list of two.
func (r *Range) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		d, err := plaintext.Duration(one)
		*r = Exactly(d)
		return err
	}
	var list []string
	if json.Unmarshal(data, &list) != nil || len(list) != 2 {
		return errors.New(`want a duration such as "1.5s", or a list of two, the shortest and the longest`)
	}
	shortest, err1 := plaintext.Duration(list[0])
	longest, err2 := plaintext.Duration(list[1])
	*r = Between(shortest, longest)
	return errors.Join(err1, err2)
}
