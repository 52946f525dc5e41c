package simulator

import (
	"bytes"
	"embed"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"vpnstatus/internal/plaintext"
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

// Load reads a scenario: one of the built-in ones by name, else a file. A
// scenario that is not valid gives an *InvalidError per problem, joined.
func Load(name string) (Scenario, error) {
	if slices.Contains(Names(), name) {
		data, err := builtin.ReadFile("scenarios/" + name + ".json")
		if err != nil {
			return Scenario{}, fmt.Errorf("read the built-in scenario %s: %w", name, err)
		}
		return Parse(name, data)
	}
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return Scenario{}, fmt.Errorf("read the scenario: %w; built in are %s", err, strings.Join(Names(), ", "))
	} else if err != nil {
		return Scenario{}, fmt.Errorf("read the scenario: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return Scenario{}, fmt.Errorf("read the scenario: %w", err)
	}
	return Parse(name, data)
}

// Parse reads a scenario from JSON. File names it in errors.
func Parse(file string, data []byte) (Scenario, error) {
	p := &parser{data: data, file: file}
	root, err := p.parse()
	if err != nil {
		return Scenario{}, err
	}
	var s Scenario
	p.decode(root, reflect.ValueOf(&s).Elem(), "")
	if len(p.wrong) > 0 {
		i := 0
		return Scenario{}, join(p.wrong, func(at problem) *InvalidError { i++; return p.invalid(p.offsets[i-1], at.path, at.reason) })
	}
	if s.Name == "" {
		s.Name = strings.TrimSuffix(path.Base(file), ".json")
	}
	if _, problems := s.resolved(); len(problems) > 0 {
		return Scenario{}, join(problems, func(at problem) *InvalidError { return p.invalid(root.find(at.path).offset, at.path, at.reason) })
	}
	return s, nil
}

// maxReported bounds how many problems one error tells about.
const maxReported = 10

// join makes one error of problems; nil if there are none.
func join(problems []problem, report func(problem) *InvalidError) error {
	if len(problems) == 0 {
		return nil
	}
	var errs []error
	for _, p := range problems[:min(len(problems), maxReported)] {
		errs = append(errs, report(p))
	}
	if more := len(problems) - maxReported; more > 0 {
		errs = append(errs, fmt.Errorf("and %d more problems", more))
	}
	return errors.Join(errs...)
}

// node is a JSON value that knows where it stands.
type node struct {
	offset int
	value  any // json.Delim '{' or '[', string, json.Number, bool or nil
	keys   []key
	items  []*node
}

type key struct {
	name   string
	offset int
	value  *node
}

func (n *node) get(name string) *node {
	for _, k := range n.keys {
		if k.name == name {
			return k.value
		}
	}
	return nil
}

// find returns the value at a path such as services[2].connect, or the nearest
// that exists around it.
func (n *node) find(path string) *node {
	for _, part := range strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		next := n.get(part)
		if i, err := strconv.Atoi(part); err == nil && i >= 0 && i < len(n.items) {
			next = n.items[i]
		}
		if next == nil {
			return n
		}
		n = next
	}
	return n
}

type parser struct {
	data    []byte
	file    string
	wrong   []problem
	offsets []int // beside wrong
}

func (p *parser) invalid(offset int, path, reason string) *InvalidError {
	offset = min(max(offset, 0), len(p.data))
	before := p.data[:offset]
	line := bytes.Count(before, []byte("\n")) + 1
	return &InvalidError{File: p.file, Line: line, Column: offset - bytes.LastIndexByte(before, '\n'), Path: path, Reason: reason}
}

func (p *parser) add(offset int, path, format string, args ...any) {
	if len(p.wrong) < maxProblems {
		p.wrong, p.offsets = append(p.wrong, problem{path, fmt.Sprintf(format, args...)}), append(p.offsets, offset)
	}
}

func (p *parser) parse() (*node, error) {
	if len(p.data) > maxFile {
		return nil, p.invalid(0, "", fmt.Sprintf("the file is larger than %d MB", maxFile>>20))
	}
	if !utf8.Valid(p.data) {
		at := 0
		for r, n := utf8.DecodeRune(p.data); r != utf8.RuneError || n > 1; r, n = utf8.DecodeRune(p.data[at:]) {
			at += n
		}
		return nil, p.invalid(at, "", "the file is not valid UTF-8")
	}
	var any json.RawMessage
	if err := json.Unmarshal(p.data, &any); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return nil, p.invalid(int(syntax.Offset)-1, "", "not valid JSON: "+syntax.Error())
		}
		return nil, p.invalid(0, "", "not valid JSON: "+err.Error())
	}
	dec := json.NewDecoder(bytes.NewReader(p.data))
	dec.UseNumber()
	root, err := p.value(dec, 0)
	if err != nil {
		return nil, err
	}
	return root, nil
}

// maxNesting is far deeper than any scenario.
const maxNesting = 32

func (p *parser) value(dec *json.Decoder, depth int) (*node, error) {
	n := &node{offset: p.next(dec)}
	if depth > maxNesting {
		return nil, p.invalid(n.offset, "", "nested too deeply")
	}
	token, err := dec.Token()
	if err != nil {
		return nil, p.invalid(n.offset, "", err.Error())
	}
	n.value = token
	switch token {
	case json.Delim('{'):
		for dec.More() {
			k := key{offset: p.next(dec)}
			name, err := dec.Token()
			if err != nil {
				return nil, p.invalid(k.offset, "", err.Error())
			}
			k.name, _ = name.(string)
			if k.value, err = p.value(dec, depth+1); err != nil {
				return nil, err
			}
			n.keys = append(n.keys, k)
		}
	case json.Delim('['):
		for dec.More() {
			item, err := p.value(dec, depth+1)
			if err != nil {
				return nil, err
			}
			n.items = append(n.items, item)
		}
	default:
		return n, nil
	}
	_, err = dec.Token() // the closing one
	if err != nil {
		return nil, p.invalid(n.offset, "", err.Error())
	}
	return n, nil
}

// next is where the next token starts.
func (p *parser) next(dec *json.Decoder) int {
	i := int(dec.InputOffset())
	for i < len(p.data) && strings.IndexByte(" \t\r\n,:", p.data[i]) >= 0 {
		i++
	}
	return i
}

var (
	rangeType    = reflect.TypeFor[Range]()
	durationType = reflect.TypeFor[time.Duration]()
)

// decode puts a value into a field of the scenario, strictly: unknown and
// repeated keys, null and wrong types are problems.
func (p *parser) decode(n *node, v reflect.Value, path string) {
	switch v.Type() {
	case rangeType:
		p.decodeRange(n, v.Addr().Interface().(*Range), path)
		return
	case durationType:
		*v.Addr().Interface().(*time.Duration) = p.duration(n, path)
		return
	}
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		s, ok := n.value.(string)
		if !ok {
			p.add(n.offset, path, "want a text, not %s", n.kind())
		} else if err := u.UnmarshalText([]byte(s)); err != nil {
			p.add(n.offset, path, "%v", err)
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		p.decode(n, v.Elem(), path)
	case reflect.Struct:
		p.decodeStruct(n, v, path)
	case reflect.Slice:
		if n.value != json.Delim('[') {
			p.add(n.offset, path, "want a list, not %s", n.kind())
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), len(n.items), len(n.items)))
		for i, item := range n.items {
			p.decode(item, v.Index(i), fmt.Sprintf("%s[%d]", path, i))
		}
	case reflect.Map:
		if n.value != json.Delim('{') {
			p.add(n.offset, path, "want an object, not %s", n.kind())
			return
		}
		v.Set(reflect.MakeMap(v.Type()))
		for _, k := range n.keys {
			name := reflect.ValueOf(k.name).Convert(v.Type().Key())
			if v.MapIndex(name).IsValid() {
				p.add(k.offset, path, "the key %q is repeated", k.name)
			}
			e := reflect.New(v.Type().Elem()).Elem()
			p.decode(k.value, e, path+"."+k.name)
			v.SetMapIndex(name, e)
		}
	case reflect.String:
		if s, ok := n.value.(string); ok {
			v.SetString(s)
			return
		}
		p.add(n.offset, path, "want a text, not %s", n.kind())
	case reflect.Bool:
		if b, ok := n.value.(bool); ok {
			v.SetBool(b)
			return
		}
		p.add(n.offset, path, "want true or false, not %s", n.kind())
	default:
		number, ok := n.value.(json.Number)
		if !ok {
			p.add(n.offset, path, "want a number, not %s", n.kind())
			return
		}
		p.decodeNumber(n, v, number.String(), path)
	}
}

func (p *parser) decodeNumber(n *node, v reflect.Value, number, path string) {
	var err error
	switch {
	case v.CanFloat():
		var f float64
		f, err = strconv.ParseFloat(number, 64)
		v.SetFloat(f)
	case v.CanUint():
		var u uint64
		u, err = strconv.ParseUint(number, 10, 64)
		v.SetUint(u)
	default:
		var i int64
		i, err = strconv.ParseInt(number, 10, 64)
		v.SetInt(i)
	}
	if err == nil {
		return
	}
	what := "a whole number"
	switch {
	case v.CanFloat():
		what = "a number that is not so large"
	case v.CanUint():
		what = "a whole number from 0 to 18446744073709551615"
	}
	p.add(n.offset, path, "want %s, not %s", what, number)
}

func (p *parser) decodeStruct(n *node, v reflect.Value, path string) {
	if n.value != json.Delim('{') {
		p.add(n.offset, path, "want an object, not %s", n.kind())
		return
	}
	fields := map[string]int{}
	var names []string
	for i := range v.NumField() {
		if name := v.Type().Field(i).Tag.Get("json"); name != "" {
			fields[name] = i
			names = append(names, name)
		}
	}
	slices.Sort(names)
	seen := map[string]bool{}
	for _, k := range n.keys {
		at := k.name
		if path != "" {
			at = path + "." + k.name
		}
		i, ok := fields[k.name]
		switch {
		case !ok:
			h := hint(k.name, names)
			if h == "" {
				h = "; known are " + strings.Join(names, ", ")
			}
			p.add(k.offset, path, "unknown key %q%s", k.name, h)
		case seen[k.name]:
			p.add(k.offset, path, "the key %q is repeated", k.name)
		default:
			seen[k.name] = true
			p.decode(k.value, v.Field(i), at)
		}
	}
}

func (p *parser) decodeRange(n *node, r *Range, path string) {
	if n.value != json.Delim('[') {
		d := p.duration(n, path)
		*r = Exactly(d)
		return
	}
	if len(n.items) != 2 {
		p.add(n.offset, path, "a range has two durations, the shortest and the longest, not %d", len(n.items))
		return
	}
	r.Min, r.Max = p.duration(n.items[0], path+"[0]"), p.duration(n.items[1], path+"[1]")
}

func (p *parser) duration(n *node, path string) time.Duration {
	s, ok := n.value.(string)
	if !ok {
		p.add(n.offset, path, "want a duration such as \"1.5s\", not %s", n.kind())
		return 0
	}
	d, err := plaintext.Duration(s)
	if err != nil {
		p.add(n.offset, path, "%v", err)
	}
	return d
}

// kind names what a value is.
func (n *node) kind() string {
	switch v := n.value.(type) {
	case json.Delim:
		if v == '{' {
			return "an object"
		}
		return "a list"
	case string:
		return fmt.Sprintf("the text %.40q", v)
	case json.Number:
		return "the number " + v.String()
	case bool:
		return fmt.Sprint(v)
	}
	return "null"
}
