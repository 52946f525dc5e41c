package autoconnect

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/google/uuid"

	"vpnstatus/internal/vpn"
)

// wasPath begins the paths in Rest of holds and the pause that were read but say
// more than this version knows. They are written as they were for as long as
// they are in force.
const wasPath = "was/"

// UnmarshalJSON reads stored state. What it cannot read, such as keys of a
// later version or a hold with a broken deadline, goes to Rest and is no error;
// only text that is no JSON object at all is.
func (s *Stored) UnmarshalJSON(data []byte) error {
	var top map[string]json.RawMessage
	if err := json.Unmarshal(data, &top); err != nil {
		return fmt.Errorf("reading the stored holds and pause: %w", err)
	}
	*s = Stored{}
	keep := func(path string, raw json.RawMessage) {
		if s.Rest == nil {
			s.Rest = map[string]json.RawMessage{}
		}
		s.Rest[path] = raw
	}
	for key, raw := range top {
		switch key {
		case "pause":
			err := json.Unmarshal(raw, &s.Pause)
			if err != nil {
				s.Pause = Until{}
			}
			switch {
			case err != nil, s.Pause.IsZero() && saysMore(raw, s.Pause):
				keep(key, raw)
			case saysMore(raw, s.Pause):
				keep(wasPath+key, raw)
			}
		case "holds":
			var holds map[string]json.RawMessage
			if json.Unmarshal(raw, &holds) != nil {
				keep(key, raw)
				continue
			}
			for id, raw := range holds {
				var h Hold
				parsed, err := uuid.Parse(id)
				if err != nil || json.Unmarshal(raw, &h) != nil || h.Until.IsZero() {
					keep("holds/"+id, raw)
					continue
				}
				if s.Holds == nil {
					s.Holds = map[vpn.ID]Hold{}
				}
				s.Holds[parsed] = h
				if saysMore(raw, h) {
					keep(wasPath+"holds/"+parsed.String(), raw)
				}
			}
		default:
			keep(key, raw)
		}
	}
	return nil
}

// MarshalJSON writes stored state, and Rest where nothing took its place.
func (s Stored) MarshalJSON() ([]byte, error) {
	top := map[string]any{}
	holds := map[string]any{}
	for path, raw := range s.Rest {
		if strings.HasPrefix(path, wasPath) {
			continue
		}
		if id, ok := strings.CutPrefix(path, "holds/"); ok {
			holds[id] = raw
		} else {
			top[path] = raw
		}
	}
	for id, h := range s.Holds {
		maps.DeleteFunc(holds, func(k string, _ any) bool { other, err := uuid.Parse(k); return err == nil && other == id })
		h.Until = h.Until.sane()
		holds[id.String()] = h
		var was Hold
		if raw := s.Rest[wasPath+"holds/"+id.String()]; raw != nil && json.Unmarshal(raw, &was) == nil &&
			(was.Key == h.Key || was.Key == "") && was.Until.sane().Equal(h.Until) {
			holds[id.String()] = raw
		}
	}
	if len(holds) > 0 {
		top["holds"] = holds
	}
	if !s.Pause.IsZero() {
		top["pause"] = s.Pause.sane()
		var was Until
		if raw := s.Rest[wasPath+"pause"]; raw != nil && json.Unmarshal(raw, &was) == nil && was.sane().Equal(s.Pause.sane()) {
			top["pause"] = raw
		}
	}
	return json.Marshal(top)
}

// saysMore reports whether a value was written with something that reading it
// into v lost.
func saysMore(raw json.RawMessage, v any) bool {
	again, err := json.Marshal(v)
	if err != nil {
		return false
	}
	var a, b any
	return json.Unmarshal(raw, &a) != nil || json.Unmarshal(again, &b) != nil || !within(a, b)
}

// within reports whether every name of an object in a is also in b.
func within(a, b any) bool {
	x, ok := a.(map[string]any)
	if !ok {
		return true
	}
	y, _ := b.(map[string]any)
	for name, v := range x {
		w, ok := y[name]
		if !ok && !zero(v) || !within(v, w) {
			return false
		}
	}
	return true
}

// zero reports whether a value is left out when it is written.
func zero(v any) bool { return v == nil || v == false || v == "" }
