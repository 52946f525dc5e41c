package dictionary

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"vpnstatus/internal/plaintext"

	"github.com/google/uuid"
)

const maxText = 4096 // bytes of one text: an error message has some hundreds

// redact returns a human-readable copy of the tree that is safe to print and
// to encode as JSON: without secrets; with clean texts; with bounded lists; and
// with data, which may contain anything, replaced by its length. In the start
// message, whose keys a third party chooses, only what is known to be harmless is
// kept.
func redact(d map[string]any, start bool) map[string]any {
	out := make(map[string]any, len(d))
	for key, v := range d {
		inStart := start || key == "StartMessage"
		_, nested := v.(map[string]any)
		if secret(key) || inStart && !nested && !harmless[fold(key)] {
			continue
		}
		if v, ok := redactValue(v, inStart); ok {
			out[clean(key)] = v
		}
	}
	return out
}

func redactValue(v any, start bool) (any, bool) {
	switch v := v.(type) {
	case nil, int64, uint64, bool, uuid.UUID:
		return v, true
	case string:
		return clean(v), true
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) { // JSON has no such number
			return fmt.Sprint(v), true
		}
		return v, true
	case time.Time:
		if y := v.Year(); y < 1 || y > 9999 { // JSON has no such date
			return nil, false
		}
		return v, true
	case []byte:
		return fmt.Sprintf("data, %d bytes", len(v)), true
	case map[string]any:
		return redact(v, start), true
	case []any:
		if start {
			return nil, false
		}
		out := []any{}
		for _, e := range v[:min(len(v), maxList)] {
			if e, ok := redactValue(e, start); ok {
				out = append(out, e)
			}
		}
		return out, true
	}
	return nil, false
}

// harmless are the keys of a start message that may be shown, folded.
var harmless = map[string]bool{
	"nevpnconnectionstartoptionusername": true, "authname": true, "xauthname": true, "isondemand": true, "matchhostname": true, "outgoinginterface": true,
}

var secretParts = []string{
	"password", "passwd", "passphrase", "passcode", "secret", "privatekey", "presharedkey", "encryptionkey", "token", "credential", "cookie",
	// What a third party's tunnel is configured with; it may hold keys (docs/internals.md, section 6).
	"providerconfiguration", "vendorconfiguration", "vendordata", "vendorinfo",
}

// secret reports whether a key names something that must not be shown.
func secret(key string) bool {
	f := fold(key)
	if f == "psk" || f == "pin" || f == "otp" {
		return true
	}
	return slices.ContainsFunc(secretParts, func(p string) bool { return strings.Contains(f, p) })
}

// fold leaves only letters and digits, in lower case.
func fold(key string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, key)
}

// clean makes a text of the daemon safe to show, and bounds its length.
func clean(s string) string { return plaintext.Line(plaintext.Cut(s, maxText)) }
