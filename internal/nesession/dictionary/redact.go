package dictionary

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"vpnstatus/internal/plaintext"

	"github.com/google/uuid"
)

const (
	maxText  = 4096 // bytes of one text: an error message has some hundreds
	maxDepth = 16   // the deepest dictionary known has 4 levels
	maxNodes = 8192 // values in total, so that nested lists stay bounded too
)

// Redact returns a human-readable copy of the tree that is safe to print and
// to encode as JSON: without secrets; with clean texts; with bounded lists,
// depth and size; and with data, which may contain anything, replaced by its
// length. A nil tree gives nil.
func Redact(tree map[string]any) map[string]any {
	if tree == nil {
		return nil
	}
	r := redactor{left: maxNodes}
	return r.dictionary(tree, 0, false)
}

type redactor struct{ left int }

// dictionary copies a dictionary. In the start message, whose keys a third
// party chooses, only what is known to be harmless is kept.
func (r *redactor) dictionary(d map[string]any, depth int, start bool) map[string]any {
	out := make(map[string]any, min(len(d), maxNodes))
	for _, key := range slices.Sorted(maps.Keys(d)) {
		if secret(key) {
			continue
		}
		inStart := start || key == "StartMessage"
		_, nested := d[key].(map[string]any)
		if inStart && !nested && !harmless[fold(key)] {
			continue
		}
		if v, ok := r.value(d[key], depth+1, inStart); ok {
			out[clean(key)] = v
		}
	}
	return out
}

func (r *redactor) value(v any, depth int, start bool) (any, bool) {
	if depth > maxDepth || r.left <= 0 {
		return nil, false
	}
	r.left--
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
		return r.dictionary(v, depth, start), true
	case []any:
		if start {
			return nil, false
		}
		out := make([]any, 0, min(len(v), maxList))
		for _, e := range v[:min(len(v), maxList)] {
			if e, ok := r.value(e, depth+1, start); ok {
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
