//go:build !darwin

package nesession

import "vpnstatus/internal/vpn"

// System returns the library of this system. Only macOS has it.
func System() (API, error) {
	return nil, &vpn.UnavailableError{What: featureSessions, Missing: "Apple's session library, which only macOS has"}
}

// SystemNames returns the system's own words for some numbers.
func SystemNames() (statuses, reasons []string, err error) {
	_, err = System()
	return nil, nil, err
}
