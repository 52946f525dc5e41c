// Package hotkey reads key combinations such as "ctrl+opt+cmd+v".
//
// It promises that a combination that it accepts can be registered as a global
// hot key of macOS without taking a key away from typing, and that the text of
// a combination is always the same, however it was written.
package hotkey

import (
	"fmt"
	"slices"
	"strings"
)

// Modifiers is a set of modifier keys in Carbon's bits (Events.h), which is what
// RegisterEventHotKey takes; AppKit's are others.
type Modifiers uint32

// The modifier keys.
const (
	Command Modifiers = 1 << 8
	Shift   Modifiers = 1 << 9
	Option  Modifiers = 1 << 11
	Control Modifiers = 1 << 12
)

// Combination is a key with its modifiers. The zero value is none: no hot key.
type Combination struct {
	Modifiers Modifiers
	Key       string // as in the text, such as "v" or "f5"
	Code      uint32 // virtual key code: the place of the key on an ANSI keyboard
}

// IsZero reports whether there is no hot key.
func (c Combination) IsZero() bool { return c == Combination{} }

// modifiers are the words for modifier keys; the first of each is the one that
// String writes, in the order of Apple's own texts.
var modifiers = []struct {
	bit   Modifiers
	words []string
}{
	{Control, []string{"ctrl", "control", "⌃"}},
	{Option, []string{"opt", "option", "alt", "⌥"}},
	{Shift, []string{"shift", "⇧"}},
	{Command, []string{"cmd", "command", "⌘"}},
}

// codes are the virtual key codes (HIToolbox's Events.h, kVK_*).
var codes = map[string]uint32{
	"a": 0, "s": 1, "d": 2, "f": 3, "h": 4, "g": 5, "z": 6, "x": 7, "c": 8, "v": 9, "b": 11,
	"q": 12, "w": 13, "e": 14, "r": 15, "y": 16, "t": 17, "o": 31, "u": 32, "i": 34, "p": 35,
	"l": 37, "j": 38, "k": 40, "n": 45, "m": 46,
	"1": 18, "2": 19, "3": 20, "4": 21, "6": 22, "5": 23, "9": 25, "7": 26, "8": 28, "0": 29,
	"=": 24, "-": 27, "]": 30, "[": 33, "'": 39, ";": 41, "\\": 42, ",": 43, "/": 44, ".": 47, "`": 50,
	"return": 36, "tab": 48, "space": 49, "delete": 51, "escape": 53, "forwarddelete": 117,
	"home": 115, "end": 119, "pageup": 116, "pagedown": 121,
	"left": 123, "right": 124, "down": 125, "up": 126,
	"f1": 122, "f2": 120, "f3": 99, "f4": 118, "f5": 96, "f6": 97, "f7": 98, "f8": 100, "f9": 101, "f10": 109,
	"f11": 103, "f12": 111, "f13": 105, "f14": 107, "f15": 113, "f16": 106, "f17": 64, "f18": 79, "f19": 80, "f20": 90,
}

// otherNames are other words for keys.
var otherNames = map[string]string{
	"enter": "return", "esc": "escape", "backspace": "delete", "minus": "-", "equal": "=", "comma": ",", "period": ".",
	"slash": "/", "backslash": "\\", "semicolon": ";", "quote": "'", "grave": "`",
	"leftbracket": "[", "rightbracket": "]",
}

// textMost is longer than every combination.
const textMost = 64

// Parse reads a combination: modifiers and one key with "+" between them, in any
// order of the modifiers and any letter case. Empty and "off" are no hot key.
func Parse(text string) (Combination, error) {
	trimmed := strings.ToLower(strings.TrimSpace(text))
	if trimmed == "" || trimmed == "off" {
		return Combination{}, nil
	}
	if len(trimmed) > textMost {
		return Combination{}, fmt.Errorf("a hot key has at most %d bytes; write it as in ctrl+opt+cmd+v", textMost)
	}
	var c Combination
	words := strings.Split(trimmed, "+")
	for i, word := range words {
		word = strings.TrimSpace(word)
		if bit := modifier(word); bit != 0 {
			if c.Modifiers&bit != 0 {
				return Combination{}, fmt.Errorf("%q names %s twice", text, bit)
			}
			c.Modifiers |= bit
			continue
		}
		if other, ok := otherNames[word]; ok {
			word = other
		}
		code, ok := codes[word]
		switch {
		case !ok:
			return Combination{}, fmt.Errorf("%q: there is no key %q; write it as in ctrl+opt+cmd+v", text, word)
		case i < len(words)-1:
			return Combination{}, fmt.Errorf("%q: the key comes last, and there is only one", text)
		}
		c.Key, c.Code = word, code
	}
	switch {
	case c.Key == "":
		return Combination{}, fmt.Errorf("%q has no key beside its modifiers; write it as in ctrl+opt+cmd+v", text)
	case c.Modifiers&^Shift == 0 && !c.function():
		return Combination{}, fmt.Errorf("%q would take the key away from typing; add ctrl, opt or cmd", text)
	}
	return c, nil
}

// function reports whether it is a function key, which nobody types.
func (c Combination) function() bool { return len(c.Key) > 1 && c.Key[0] == 'f' && c.Key[1] <= '9' }

func modifier(word string) Modifiers {
	for _, m := range modifiers {
		if slices.Contains(m.words, word) {
			return m.bit
		}
	}
	return 0
}

// String returns the words of the set, such as "ctrl+cmd".
func (m Modifiers) String() string {
	var words []string
	for _, v := range modifiers {
		if m&v.bit != 0 {
			words = append(words, v.words[0])
		}
	}
	return strings.Join(words, "+")
}

// String returns the combination as Parse reads it; empty for none.
func (c Combination) String() string {
	if c.Modifiers == 0 {
		return c.Key
	}
	return c.Modifiers.String() + "+" + c.Key
}
