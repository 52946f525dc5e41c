package autoconnect

import (
	"strings"
	"unicode/utf8"
)

// QuoteGlob escapes a literal so that as a glob it matches only itself.
func QuoteGlob(s string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`).Replace(s)
}

// MatchGlob reports whether the whole of s fits the pattern: "*" stands for any
// text, "?" for one character, "\" makes the next character ordinary. Letter
// case matters. Every pattern is valid. It takes time proportional to the
// product of the lengths at worst.
func MatchGlob(pattern, s string) bool {
	p, i := 0, 0
	star, mark := -1, 0 // the last "*" and where its text began
	for i < len(s) {
		if p < len(pattern) && pattern[p] == '*' {
			star, mark = p, i
			p++
			continue
		}
		if np, ni, ok := matchOne(pattern, p, s, i); ok {
			p, i = np, ni
			continue
		}
		if star < 0 {
			return false
		}
		_, n := utf8.DecodeRuneInString(s[mark:])
		mark += n
		p, i = star+1, mark
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// matchOne matches one character of the pattern, which is not "*".
func matchOne(pattern string, p int, s string, i int) (nextP, nextI int, ok bool) {
	if p >= len(pattern) {
		return 0, 0, false
	}
	_, n := utf8.DecodeRuneInString(s[i:])
	if pattern[p] == '?' {
		return p + 1, i + n, true
	}
	if pattern[p] == '\\' && p+1 < len(pattern) {
		p++
	}
	_, w := utf8.DecodeRuneInString(pattern[p:])
	if pattern[p:p+w] != s[i:i+n] {
		return 0, 0, false
	}
	return p + w, i + n, true
}
