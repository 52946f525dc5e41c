package settings

import (
	"bytes"
	"encoding/json"
	"reflect"
)

// differing returns the keys whose values differ in the file. A value that has
// no form there differs from every other.
func differing(a, b *Settings) []*key {
	var found []*key
	for _, k := range keys {
		if k.same(a, b) {
			continue
		}
		x, errX := k.encode(a)
		y, errY := k.encode(b)
		// Texts that are not UTF-8 are written with replacements, and those in
		// another way than the same read back: compare what they mean.
		if errX != nil || errY != nil || !bytes.Equal(x, y) && !reflect.DeepEqual(value(x), value(y)) {
			found = append(found, k)
		}
	}
	return found
}

// mustEncode returns the value of a key of validated settings; nil when it is
// left out of the file.
func (k *key) mustEncode(s *Settings) json.RawMessage {
	raw, err := k.encode(s)
	if err != nil {
		return nil // Validate refuses such values before they get here
	}
	return raw
}

// merge brings two changes of the same settings together: base is what both
// started from, ours and theirs are what became of it. Where only one side
// changed a value it wins; where both did, ours does. Objects are merged by
// name and lists by element, so that two programs may each tick a service or
// add a network at the same time.
func merge(base, ours, theirs Settings) Settings {
	result := theirs.Clone()
	for _, k := range differing(&base, &ours) {
		merged := mergeValues(value(k.mustEncode(&base)), value(k.mustEncode(&ours)), value(k.mustEncode(&theirs)))
		if merged == nil {
			d := Default()
			k.copy(&result, &d)
			continue
		}
		raw, err := marshal(merged)
		if err != nil || k.decode(raw, &result) != nil {
			// Each side is valid but the two together are not, such as one
			// service added to two groups: what was asked for here counts.
			k.copy(&result, &ours)
		}
	}
	return result
}

// copy sets the value of a key to the one it has in from.
func (k *key) copy(to, from *Settings) {
	c := from.Clone()
	k.assign(to, &c)
}

// value decodes JSON that this package encoded.
func value(raw json.RawMessage) any {
	if raw == nil {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil
	}
	return v
}

// mergeValues merges JSON values; nil stands for "absent".
func mergeValues(base, ours, theirs any) any {
	switch {
	case reflect.DeepEqual(base, ours):
		return theirs
	case reflect.DeepEqual(base, theirs), reflect.DeepEqual(ours, theirs):
		return ours
	}
	if b, o, t, ok := three[map[string]any](base, ours, theirs); ok {
		return mergeObjects(b, o, t)
	}
	if b, o, t, ok := three[[]any](base, ours, theirs); ok {
		return mergeLists(b, o, t)
	}
	return ours
}

// three asserts that all values that are present have one type.
func three[T any](a, b, c any) (x, y, z T, ok bool) {
	x, okX := a.(T)
	y, okY := b.(T)
	z, okZ := c.(T)
	return x, y, z, (okX || a == nil) && (okY || b == nil) && (okZ || c == nil)
}

func mergeObjects(base, ours, theirs map[string]any) any {
	merged := map[string]any{}
	for _, side := range []map[string]any{theirs, ours} {
		for name := range side {
			if v := mergeValues(base[name], ours[name], theirs[name]); v != nil {
				merged[name] = v
			}
		}
	}
	if len(merged) == 0 {
		return nil
	}
	return merged
}

// mergeLists keeps our order, leaves out what they took out and appends what
// they added. Elements with the same name are the same element.
func mergeLists(base, ours, theirs []any) any {
	repeated := map[string]bool{}
	for _, list := range [][]any{base, ours, theirs} {
		seen := map[string]bool{}
		for _, e := range list {
			n := nameOf(e)
			repeated[n] = repeated[n] || seen[n]
			seen[n] = true
		}
	}
	identity := func(e any) string {
		if n := nameOf(e); n != "" && !repeated[n] {
			return "name " + n
		}
		raw, err := marshal(e)
		if err != nil {
			return ""
		}
		return string(raw)
	}
	index := func(list []any) map[string]any {
		x := make(map[string]any, len(list))
		for _, e := range list {
			x[identity(e)] = e
		}
		return x
	}
	inBase, inOurs, inTheirs := index(base), index(ours), index(theirs)

	merged := make([]any, 0, len(ours)+len(theirs))
	for _, o := range ours {
		b, t := inBase[identity(o)], inTheirs[identity(o)]
		switch {
		case t != nil:
			merged = append(merged, mergeValues(b, o, t))
		case b == nil || !reflect.DeepEqual(b, o): // added here, or removed there but changed here
			merged = append(merged, o)
		}
	}
	for _, t := range theirs {
		b := inBase[identity(t)]
		if inOurs[identity(t)] == nil && (b == nil || !reflect.DeepEqual(b, t)) {
			merged = append(merged, t)
		}
	}
	if len(merged) == 0 {
		return nil
	}
	return merged
}

// nameOf returns the name that tells an element of a list from the others; ""
// when it has none.
func nameOf(e any) string {
	o, _ := e.(map[string]any)
	name, _ := o["name"].(string)
	return name
}
