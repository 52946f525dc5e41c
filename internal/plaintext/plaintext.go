// Package plaintext reads and cleans text that comes from outside: names of VPNs and
// networks, messages of the system, and what users type.
//
// The results of Line, Lines and JSON can be shown anywhere: they contain no
// control characters that a terminal would interpret, and no bidirectional
// controls that would reorder the text after them.
package plaintext

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Line returns s on one line: valid UTF-8 without control and bidirectional
// characters, with single spaces and none around. Joiners stay, for emoji and
// the scripts that need them.
func Line(s string) string {
	if isPlain(s) {
		return s
	}
	return strings.Join(strings.Fields(strings.Map(cleaner(), s)), " ")
}

// Lines is Line without its changes to spaces and line breaks.
func Lines(s string) string {
	clean := cleaner()
	return strings.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		return clean(r)
	}, s)
}

// cleaner returns visible for the characters of a text, one after the other, that
// also removes emoji tags outside of a flag: they can't be seen.
func cleaner() func(rune) rune {
	const blackFlag = '🏴'
	flag := false
	return func(r rune) rune {
		if isEmojiTag(r) {
			if flag {
				return r
			}
			return -1
		}
		flag = r == blackFlag
		return visible(r)
	}
}

// Cut returns the first limit bytes of s, or fewer so as not to split a
// character.
func Cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}

// JSON is json.Marshal with indentation and without escapes for HTML. Control,
// bidirectional and other format characters, joiners too, are written as \u
// escapes, which json.Marshal does for some of them only.
func JSON(v any, indent string) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	special := func(c byte) bool { return c >= 0x7f }
	if !slices.ContainsFunc(b.Bytes(), special) || !bytes.ContainsFunc(b.Bytes(), escaped) {
		return b.Bytes(), nil
	}
	out := make([]byte, 0, b.Len()+64)
	for _, r := range b.String() { // valid UTF-8: the encoder makes it so
		if escaped(r) {
			for _, unit := range utf16.AppendRune(nil, r) {
				out = fmt.Appendf(out, `\u%04x`, unit)
			}
			continue
		}
		out = utf8.AppendRune(out, r)
	}
	return out, nil
}

// escaped reports whether JSON escapes a character that the encoder left. In
// JSON such characters occur in strings alone.
func escaped(r rune) bool {
	return r != '\n' && r != utf8.RuneError && (visible(r) != r || unicode.Is(unicode.Cf, r))
}

// isPlain reports whether s is ASCII that Line would not change.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == ' ' && (i == 0 || i == len(s)-1 || s[i+1] == ' ') {
			return false
		}
	}
	return true
}

const (
	zeroWidthNonJoiner = '\u200c'
	zeroWidthJoiner    = '\u200d'
)

// visible returns r, a space for spaces of every kind and control characters,
// or -1 for characters that a name can't contain: bidirectional controls, byte
// order marks, soft hyphens, private use.
func visible(r rune) rune {
	switch {
	case r == zeroWidthJoiner || r == zeroWidthNonJoiner || isEmojiTag(r):
		return r
	case unicode.IsSpace(r) || unicode.IsControl(r):
		return ' '
	case r == utf8.RuneError || unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs):
		return -1
	}
	return r
}

// isEmojiTag reports whether r is one of the characters that spell the flags of
// regions.
func isEmojiTag(r rune) bool { return r >= 0xe0020 && r <= 0xe007f }
