package verify

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"howett.net/plist"
)

// location is the only entitlement: an ad-hoc signed app with one that Apple
// restricts is killed at launch, and a sandboxed one may not start a VPN.
const location = "com.apple.security.personal-information.location"

// hardened finds the runtime flag in what codesign describes, such as
// "flags=0x10002(adhoc,runtime)".
var hardened = regexp.MustCompile(`(?m)\bflags=0x[0-9a-f]+\([^)]*\bruntime\b`)

// Signature checks codesign's output for a bundle: its entitlements as a
// property list, and its description.
func Signature(entitlements []byte, description string) error {
	var faults []error
	var granted map[string]any
	if _, err := plist.Unmarshal(entitlements, &granted); err != nil {
		faults = append(faults, fmt.Errorf("the entitlements can't be read: %w", err))
	} else if names := slices.Sorted(maps.Keys(granted)); !slices.Equal(names, []string{location}) || granted[location] != true {
		faults = append(faults, fmt.Errorf("the entitlements are %v, not %s alone", granted, location))
	}
	if !hardened.MatchString(description) {
		faults = append(faults, errors.New("the signature lacks the hardened runtime"))
	}
	return errors.Join(faults...)
}
