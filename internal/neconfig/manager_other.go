//go:build !darwin

package neconfig

import "errors"

// System returns the manager of this system. Only macOS has one.
func System() (Manager, error) {
	return nil, errors.New(featureList + ": this system lacks Apple's NetworkExtension framework, which only macOS has")
}
