//go:build !darwin

package neconfig

import "vpnstatus/internal/vpn"

// System returns the manager of this system. Only macOS has one.
func System() (Manager, error) {
	return nil, &vpn.UnavailableError{What: featureList, Missing: "Apple's NetworkExtension framework, which only macOS has"}
}
