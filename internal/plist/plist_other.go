//go:build !darwin

package plist

import (
	"fmt"

	"howett.net/plist"
)

// Read reads a property list with a dictionary at its top: XML, binary, or the
// text that was before them. Its values are map[string]any, []any, string, bool,
// integers and floating-point numbers of any type, []byte, and nothing that need
// be told apart.
func Read(data []byte) (values map[string]any, err error) {
	defer func() {
		if p := recover(); p != nil { // the library's answer to some broken ones
			err = fmt.Errorf("it is broken: %v", p)
		}
	}()
	_, err = plist.Unmarshal(data, &values)
	return values, err
}
