package vpn

import (
	"fmt"
	"strings"

	"github.com/google/uuid"
	"golang.org/x/text/cases"
)

// NotFoundError reports that no service has the name or ID asked for.
type NotFoundError struct{ Query string }

func (e *NotFoundError) Error() string { return fmt.Sprintf("no VPN is called %q", e.Query) }

// AmbiguousError reports that several services fit.
type AmbiguousError struct {
	Query string
	IDs   []ID
	Names []string // parallel to IDs
}

func (e *AmbiguousError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q fits %d VPNs; name one by its ID:", e.Query, len(e.IDs))
	for i, id := range e.IDs {
		fmt.Fprintf(&b, "\n  %s  %s", id, e.Names[i])
	}
	return b.String()
}

// Fold returns text with differences of letter case removed, for comparison
// and not for display.
func Fold(text string) string { return cases.Fold().String(text) }

// Find looks a service up as the command line does: by ID, else by exact name,
// else by exact name in other letter case, else by a unique beginning of the
// name. name returns the ID and the name of element i of n. It returns the index, or a
// *NotFoundError or *AmbiguousError.
func Find(query string, n int, name func(i int) (ID, string)) (int, error) {
	if id, err := uuid.Parse(query); err == nil {
		for i := range n {
			if got, _ := name(i); got == id {
				return i, nil
			}
		}
	}
	folded := Fold(query)
	for _, fits := range []func(string) bool{
		func(s string) bool { return s == query },
		func(s string) bool { return Fold(s) == folded },
		func(s string) bool { return query != "" && strings.HasPrefix(Fold(s), folded) },
	} {
		var found []int
		for i := range n {
			if _, s := name(i); fits(s) {
				found = append(found, i)
			}
		}
		switch len(found) {
		case 0:
			continue
		case 1:
			return found[0], nil
		}
		e := &AmbiguousError{Query: query}
		for _, i := range found {
			id, s := name(i)
			e.IDs, e.Names = append(e.IDs, id), append(e.Names, s)
		}
		return -1, e
	}
	return -1, &NotFoundError{Query: query}
}
