//go:build !darwin

package plist

import (
	"fmt"

	"howett.net/plist"
)

func read(data []byte) (values map[string]any, err error) {
	defer func() {
		if p := recover(); p != nil { // the library's answer to some broken ones
			err = fmt.Errorf("it is broken: %v", p)
		}
	}()
	_, err = plist.Unmarshal(data, &values)
	return values, err
}
