package cocoa

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Kind is what sort of thing a Part is.
type Kind string

// The kinds of parts.
const (
	Framework Kind = "framework" // Name such as "NetworkExtension"
	Symbol    Kind = "symbol"    // a C function or variable, Name as in C
	Class     Kind = "class"     // an Objective-C class
	Method    Kind = "method"    // Name "-[Class selector]" or "+[Class selector]"
)

// Part is a piece of the platform that VPNStatus uses.
type Part struct {
	Kind     Kind
	Name     string
	For      string // the feature that needs it, human-readable
	Optional bool   // the feature works without it, with less detail or another way
}

func (p Part) String() string { return string(p.Kind) + " " + p.Name }

// Presence is whether this system has a Part.
type Presence struct {
	Part
	Present bool
}

// MissingError means that this system lacks a part.
type MissingError struct {
	Kind Kind
	Name string
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("this system lacks the %s %s", e.Kind, e.Name)
}

var parts struct {
	sync.Mutex
	list map[Part]bool
}

// Require registers parts that a feature needs. Packages call it for all they use
// when they are initialized, so that Presences is complete although no feature has
// run.
func Require(kind Kind, feature string, names ...string) { note(kind, feature, false, names) }

// Prefer is Require for parts without which the feature works, with less detail or
// in another way.
func Prefer(kind Kind, feature string, names ...string) { note(kind, feature, true, names) }

func note(kind Kind, feature string, optional bool, names []string) {
	parts.Lock()
	defer parts.Unlock()
	if parts.list == nil {
		parts.list = make(map[Part]bool)
	}
	for _, n := range names {
		parts.list[Part{Kind: kind, Name: n, For: feature, Optional: optional}] = true
	}
}

// Parts returns all registered parts, sorted by feature, kind and name.
func Parts() []Part {
	parts.Lock()
	defer parts.Unlock()
	out := make([]Part, 0, len(parts.list))
	for p := range parts.list {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b Part) int {
		return cmp.Or(cmp.Compare(a.For, b.For), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	return out
}

// Presences looks for every registered part on this system. Except on macOS
// all are absent. It may be called from any goroutine.
func Presences() []Presence { return presences(Parts()) }

// Missing returns the required parts of the features that this system lacks.
// Only what those features need is loaded.
func Missing(features ...string) []Part {
	list := slices.DeleteFunc(Parts(), func(p Part) bool { return p.Optional || !slices.Contains(features, p.For) })
	var out []Part
	for _, p := range presences(list) {
		if !p.Present {
			out = append(out, p.Part)
		}
	}
	return out
}

// wordsKept is the number of parts that Words names.
const wordsKept = 3

// Words lists parts as text: "the symbol a, the class b and 7 more".
func Words(list []Part) string {
	var words []string
	for _, p := range list[:min(len(list), wordsKept)] {
		words = append(words, "the "+p.String())
	}
	text := strings.Join(words, ", ")
	if more := len(list) - wordsKept; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func presences(list []Part) []Presence {
	// Classes and symbols exist only once their library is loaded.
	for _, p := range list {
		if p.Kind == Framework {
			present(p)
		}
	}
	out := make([]Presence, len(list))
	for i, p := range list {
		out[i] = Presence{Part: p, Present: present(p)}
	}
	return out
}

// parseMethod splits "-[Class selector]".
func parseMethod(name string) (class, selector string, classMethod, ok bool) {
	rest, plus := strings.CutPrefix(name, "+[")
	if !plus {
		var minus bool
		if rest, minus = strings.CutPrefix(name, "-["); !minus {
			return "", "", false, false
		}
	}
	rest, closed := strings.CutSuffix(rest, "]")
	class, selector, space := strings.Cut(rest, " ")
	if !closed || !space || class == "" || selector == "" {
		return "", "", false, false
	}
	return class, selector, plus, true
}
