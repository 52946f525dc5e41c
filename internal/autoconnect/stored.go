package autoconnect

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/google/uuid"

	"vpnstatus/internal/vpn"
)

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
			if json.Unmarshal(raw, &s.Pause) != nil {
				s.Pause = Until{}
				keep(key, raw)
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
	}
	if len(holds) > 0 {
		top["holds"] = holds
	}
	if !s.Pause.IsZero() {
		top["pause"] = s.Pause.sane()
	}
	return json.Marshal(top)
}
