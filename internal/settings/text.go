package settings

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// A key is named by its name in the file; one element of a key that holds
// values by name is named with a dot, such as "notifications.dropped",
// "autoConnect.<service ID>" or "probes.<service ID>".

// path is a key and, for one element of it, the element's name.
type path struct {
	*key
	full, element string
}

func parsePath(name string) (path, error) {
	first, element, dotted := strings.Cut(name, ".")
	p := path{key: lookup(first), full: name, element: element}
	switch {
	case p.key == nil:
		names := make([]string, len(keys))
		for i, k := range keys {
			names[i] = k.Name
		}
		slices.Sort(names)
		return p, &KeyError{Key: name, Text: "there is no such key; the keys are " + strings.Join(names, ", ")}
	case !dotted:
		return p, nil
	}
	switch p.Type {
	case TypeSwitches, TypeProbes:
	default:
		return p, &KeyError{Key: name, Text: fmt.Sprintf("%s has no elements to be named", first)}
	}
	if p.Choices != nil {
		if !slices.Contains(p.Choices, element) {
			return p, &KeyError{Key: name, Text: fmt.Sprintf("%q is not one of %s", element, strings.Join(p.Choices, ", "))}
		}
		return p, nil
	}
	id, err := uuid.Parse(element)
	if err != nil {
		return p, &KeyError{name, fmt.Sprintf("%q is not the ID of a service", element)}
	}
	p.element = id.String() // as the file has it
	return p, nil
}

func (p path) fault(err error) error { return &KeyError{Key: p.full, Text: err.Error()} }

// Get returns the value of a key, or of one element of it, as JSON. An absent
// element has its default: false for autoConnect, true for notifications, null
// for probes.
func Get(s Settings, name string) (json.RawMessage, error) {
	p, err := parsePath(name)
	if err != nil {
		return nil, err
	}
	raw, err := p.encode(&s)
	switch {
	case err != nil:
		return nil, p.fault(err)
	case raw == nil:
		raw = json.RawMessage(p.KeyInfo.Default)
	}
	if p.element == "" {
		return raw, nil
	}
	var elements map[string]json.RawMessage
	if err := json.Unmarshal(raw, &elements); err != nil {
		return nil, p.fault(err)
	}
	if v, ok := elements[p.element]; ok {
		return v, nil
	}
	switch {
	case p.Type == TypeProbes:
		return json.RawMessage("null"), nil
	case p.Choices != nil:
		return json.RawMessage("true"), nil
	}
	return json.RawMessage("false"), nil
}

// Set changes a key, or one element of it, to the text of the user: "on", "off", "yes"
// and so on for true and false; a string as it is; "90", "90s" or "2m" for times; a
// list with commas or as JSON; JSON for everything else. The error is a *KeyError, and
// s has not changed then. Maps and slices are replaced, never changed in place.
func Set(s *Settings, name, text string) error {
	p, err := parsePath(name)
	if err != nil {
		return err
	}
	raw, err := p.parse(text)
	if err != nil {
		return p.fault(err)
	}
	return p.put(s, raw)
}

// Reset changes a key to its default, or removes one element of it.
func Reset(s *Settings, name string) error {
	p, err := parsePath(name)
	if err != nil {
		return err
	}
	return p.put(s, nil)
}

// put sets the value or the element to a JSON value; nil and null remove it.
func (p path) put(s *Settings, raw json.RawMessage) error {
	if string(raw) == "null" {
		raw = nil
	}
	if p.element != "" {
		whole := map[string]json.RawMessage{}
		old, err := p.encode(s)
		if err == nil && old != nil {
			err = json.Unmarshal(old, &whole)
		}
		if err != nil {
			return p.fault(err)
		}
		whole[p.element] = raw
		if raw == nil {
			delete(whole, p.element)
		}
		if raw, err = marshal(whole); err != nil {
			return p.fault(err)
		}
	} else if raw == nil {
		raw = json.RawMessage(p.KeyInfo.Default)
	}
	if err := p.decode(raw, s); err != nil {
		return p.fault(err)
	}
	return nil
}

// parse turns text into JSON that fits the key.
func (p path) parse(text string) (json.RawMessage, error) {
	text = strings.TrimSpace(text)
	switch {
	case p.Type == TypeBool, p.Type == TypeSwitches && p.element != "":
		v, err := parseBool(text)
		return json.RawMessage(strconv.FormatBool(v)), err
	case p.Type == TypeInt:
		return p.parseInt(text)
	case p.Type == TypeChoice:
		for _, c := range p.Choices {
			if strings.EqualFold(c, strings.Trim(text, `"`)) {
				return marshal(c)
			}
		}
		return nil, fmt.Errorf("%q is not one of %s", text, strings.Join(p.Choices, ", "))
	case p.Type == TypeTexts, p.Type == TypeServices:
		if strings.HasPrefix(text, "[") {
			break
		}
		list := []string{}
		for part := range strings.SplitSeq(text, ",") {
			if part = strings.TrimSpace(part); part != "" {
				list = append(list, part)
			}
		}
		return marshal(list)
	}
	if !json.Valid([]byte(text)) {
		return nil, fmt.Errorf("%s, as JSON, is needed here", p.Type.words())
	}
	return json.RawMessage(text), nil
}

func parseBool(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "on", "yes", "true", "1":
		return true, nil
	case "off", "no", "false", "0":
		return false, nil
	}
	return false, fmt.Errorf("%q is neither on nor off", text)
}

func (p path) parseInt(text string) (json.RawMessage, error) {
	d, err := lengthOfTime(text)
	if err != nil {
		return nil, fmt.Errorf("%q is not a number of %s, nor a time such as 90s or 2m", text, p.Unit)
	}
	if d%time.Second != 0 {
		return nil, fmt.Errorf("%q is not a whole number of %s", text, p.Unit)
	}
	return json.RawMessage(strconv.FormatInt(int64(d/time.Second), 10)), nil
}

// Patch changes several keys: a JSON object with the keys to be changed. Where
// a value is an object, its elements are changed one by one; null stands for
// the default, or removes an element (RFC 7396). The error is a *KeyError, and
// s has not changed then.
func Patch(s *Settings, patch []byte) error {
	d, err := parse(patch)
	if err != nil {
		return &KeyError{"settings", err.Error()}
	}
	next := s.Clone()
	for _, e := range d.entries {
		if e.key == schemaKey {
			continue // so that a document that was read may be sent back
		}
		p, err := parsePath(e.key)
		if err != nil {
			return err
		}
		raw := e.raw
		if p.element == "" && raw[0] == '{' {
			if raw, err = p.merge(&next, raw); err != nil {
				return p.fault(err)
			}
		}
		if err := p.put(&next, raw); err != nil {
			return err
		}
	}
	*s = next
	return nil
}

// merge returns the value of the key with a merge patch applied.
func (p path) merge(s *Settings, patch json.RawMessage) (json.RawMessage, error) {
	raw, err := p.encode(s)
	if err != nil {
		return nil, err
	}
	var value any
	var changes map[string]any
	if raw != nil {
		if err := json.Unmarshal(raw, &value); err != nil {
			return nil, err
		}
	}
	if err := json.Unmarshal(patch, &changes); err != nil {
		return nil, err
	}
	return marshal(patchValue(value, changes))
}

// patchValue applies a merge patch (RFC 7396).
func patchValue(target any, patch map[string]any) any {
	result, ok := target.(map[string]any)
	if !ok {
		result = map[string]any{}
	}
	for name, v := range patch {
		if id, err := uuid.Parse(name); err == nil {
			name = id.String() // as the file has it
		}
		switch v := v.(type) {
		case nil:
			delete(result, name)
		case map[string]any:
			result[name] = patchValue(result[name], v)
		default:
			result[name] = v
		}
	}
	return result
}
