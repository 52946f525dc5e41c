//go:build !darwin

package nesession

import "errors"

// System returns the library of this system. Only macOS has it.
func System() (API, error) {
	return nil, errors.New(featureSessions + ": this system lacks Apple's session library, which only macOS has")
}
