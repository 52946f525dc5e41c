package cocoa

import "fmt"

// Error is an NSError as a Go value.
type Error struct {
	Domain  string
	Code    int
	Message string // localizedDescription; may be empty
}

func (e *Error) Error() string {
	if e.Message == "" {
		return fmt.Sprintf("%s error %d", e.Domain, e.Code)
	}
	return fmt.Sprintf("%s (%s error %d)", e.Message, e.Domain, e.Code)
}
