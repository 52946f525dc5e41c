// Package plist reads property lists.
//
// It promises that any data can be given to it: what is no property list is an
// error. On macOS the system reads them; a library of our own for it would be
// 0.25 MB of the program.
package plist

import (
	"bytes"
	"errors"
)

// depthMost is far beyond every list of settings. The system's parsers call
// themselves for each level, on a small stack, and older ones know no limit.
const depthMost = 100

var errDepth = errors.New("its lists lie too deep in each other")

// Read reads a property list with a dictionary at its top: XML, binary, or the
// text that was before them. Its values are map[string]any, []any, string, bool,
// integers and floating-point numbers of any type, []byte, and nothing that need
// be told apart. It can be called on any goroutine.
func Read(data []byte) (map[string]any, error) {
	if depth(data) > depthMost {
		return nil, errDepth
	}
	return read(data)
}

// depth returns how deep the lists of an XML or text lie in each other, at most:
// brackets in strings count as well. A binary's is 0.
func depth(data []byte) (most int) {
	opens, closes := []string{"(", "{"}, []string{")", "}"}
	switch text := bytes.TrimLeft(data, "\xef\xbb\xbf \t\r\n"); {
	case bytes.HasPrefix(text, []byte("bplist")):
		return 0
	case bytes.HasPrefix(text, []byte("<")):
		opens, closes = []string{"<array>", "<dict>"}, []string{"</array>", "</dict>"}
	}
	level := 0
	for i := range data {
		if startsWith(data[i:], opens) {
			level++
			most = max(most, level)
		} else if startsWith(data[i:], closes) {
			level--
		}
	}
	return most
}

func startsWith(data []byte, texts []string) bool {
	for _, s := range texts {
		if bytes.HasPrefix(data, []byte(s)) {
			return true
		}
	}
	return false
}
