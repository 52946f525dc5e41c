package settings

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Set sets one key from text.
func Set(s *Settings, name, text string) error {
	k := lookup(name)
	if k == nil {
		return unknownKey(name)
	}
	if err := k.decode(json.RawMessage(text), s); err != nil {
		return &KeyError{Key: name, Text: err.Error()}
	}
	return nil
}

func unknownKey(name string) error {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.Name
	}
	slices.Sort(names)
	return &KeyError{Key: name, Text: fmt.Sprintf("there is no such key; the keys are %s", strings.Join(names, ", "))}
}
