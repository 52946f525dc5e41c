package facts

import (
	"fmt"
	"net"
	"strings"
)

// ParseMAC reads a hardware address of six octets and returns it in the form of
// the facts: two lower-case digits each, with colons. Dashes are accepted, and
// octets without their leading zero, as macOS shows them.
func ParseMAC(text string) (string, error) {
	octets := strings.Split(strings.ReplaceAll(text, "-", ":"), ":")
	for i, o := range octets {
		if len(o) == 1 {
			octets[i] = "0" + o
		}
	}
	mac, err := net.ParseMAC(strings.Join(octets, ":"))
	if err != nil || len(mac) != 6 {
		return "", fmt.Errorf("%q is not a hardware address such as 00:1b:63:84:45:e6", text)
	}
	return mac.String(), nil
}
