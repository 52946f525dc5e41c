package autoconnect

import "strings"

// QuoteGlob escapes a literal so that as a glob it matches only itself.
func QuoteGlob(s string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(s)
}
