package settings

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"

	"vpnstatus/internal/autoconnect"
)

// faultsMost bounds how many elements of one key are reported; the rest is
// counted.
const faultsMost = 20

// elementError tells which element of a list can't be used.
type elementError struct {
	index int // from 0
	err   error
}

func (e *elementError) Error() string { return fmt.Sprintf("number %d: %v", e.index+1, e.err) }
func (e *elementError) Unwrap() error { return e.err }

// salvage reads the elements of a list or object one by one: one mistake in a
// long list of rules must not put the others out of force. It sets the field to
// those that can be used and returns what is wrong with the others. ok is false,
// and the field left alone, when the value has no elements.
func (k *key) salvage(raw json.RawMessage, s *Settings) (faults []error, ok bool) {
	switch k.Type {
	case TypeSwitches, TypeProbes:
		var elements map[string]json.RawMessage
		if json.Unmarshal(raw, &elements) != nil || len(elements) == 0 {
			return nil, false
		}
		return k.salvageObject(elements, s), true
	case TypeRules, TypeNetworks, TypeGroups, TypeTexts, TypeServices:
		var elements []json.RawMessage
		if json.Unmarshal(raw, &elements) != nil || len(elements) == 0 {
			return nil, false
		}
		return k.salvageList(elements, s), true
	}
	return nil, false
}

func (k *key) salvageObject(elements map[string]json.RawMessage, s *Settings) (faults []error) {
	for _, name := range slices.Sorted(maps.Keys(elements)) {
		var err error
		if _, parseErr := uuid.Parse(name); k.Choices == nil && parseErr != nil {
			err = fmt.Errorf("%q is not the ID of a service", name)
		} else if err = k.decodeForm(map[string]json.RawMessage{name: elements[name]}, s); err != nil && k.Type != TypeProbes {
			err = fmt.Errorf("%s: %w", name, err)
		}
		if err != nil {
			faults = append(faults, err)
			delete(elements, name)
		}
	}
	// Each was read alone, so together they can be read.
	return append(faults, wrap(k.decodeForm(elements, s))...)
}

func (k *key) salvageList(elements []json.RawMessage, s *Settings) (faults []error) {
	kept, places := []json.RawMessage{}, []int{}
	for i, e := range elements {
		if err := k.decodeForm([]json.RawMessage{e}, s); err != nil {
			faults = append(faults, at(i, err))
			continue
		}
		kept, places = append(kept, e), append(places, i)
	}
	err := k.decodeForm(kept, s)
	if err == nil {
		return faults
	}
	// They can't be used together, as two groups with one service: the first counts.
	var together []json.RawMessage
	for i, e := range kept {
		if err := k.decodeForm(append(slices.Clone(together), e), s); err != nil {
			faults = append(faults, at(places[i], err))
			continue
		}
		together = append(together, e)
	}
	return append(faults, wrap(k.decodeForm(together, s))...)
}

func (k *key) decodeForm(form any, s *Settings) error {
	raw, err := marshal(form)
	if err != nil {
		return err
	}
	return k.decode(raw, s)
}

func wrap(err error) []error {
	if err == nil {
		return nil
	}
	return []error{err}
}

// at puts the place in the whole list into the error about one element.
func at(index int, err error) error {
	var rule *autoconnect.RuleError
	var element *elementError
	switch {
	case errors.As(err, &rule):
		rule.Index = index
		return rule
	case errors.As(err, &element):
		element.index = index
		return element
	}
	return &elementError{index, err}
}
