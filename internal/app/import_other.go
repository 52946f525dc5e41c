//go:build !darwin

package app

import "errors"

func timacValues() (map[string]any, error) {
	return nil, errors.New("there are no preferences of macOS")
}
