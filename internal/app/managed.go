package app

import (
	"reflect"

	"vpnstatus/internal/macos"
	"vpnstatus/internal/settings"
)

// ForceManaged puts in force what the administrator of this Mac has set, and
// returns what can't be used of it. A simulator is nobody's to administer.
func (c Config) ForceManaged(store *settings.Store) []settings.Problem {
	if c.Simulated() {
		return nil
	}
	return (&manager{store: store, read: macos.Managed}).refresh()
}

// manager keeps a store's forced values.
type manager struct {
	store *settings.Store
	read  func(keys []string) (map[string]any, error)
	last  map[string]any
	wrong []settings.Problem
}

// refresh reads the values and returns what can't be used of them. The store
// hears of them only if they changed.
func (m *manager) refresh() []settings.Problem {
	var names []string
	for _, k := range settings.Keys() {
		if k.Type != settings.TypeState {
			names = append(names, k.Name)
		}
	}
	values, err := m.read(names)
	if err != nil {
		// What was forced stays so: a person must not get rid of it this way.
		return []settings.Problem{{Text: err.Error()}}
	}
	if len(values)+len(m.last) > 0 && !reflect.DeepEqual(values, m.last) {
		m.wrong, m.last = m.store.Force(values), values
	}
	return m.wrong
}
