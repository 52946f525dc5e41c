package autoconnect

import "vpnstatus/internal/vpn"

// NeedsPerson reports whether a start that failed with this cause will fail
// again until a person does something about it.
func NeedsPerson(c vpn.Cause) bool {
	course := verdictOf(c).course
	return course == courseAuth || course == courseNeeds
}
