package neconfig

import (
	"fmt"

	"vpnstatus/internal/cocoa"
)

// Error is an error of the configuration manager, as text.
type Error struct {
	Domain  string
	Code    int
	Message string // the system's own words; may be empty
}

func (e *Error) Error() string {
	text := "loading the VPN configurations failed: " + e.words()
	if e.Message != "" {
		text += ": " + clean(e.Message)
	}
	return fmt.Sprintf("%s (%s %d)", text, e.Domain, e.Code)
}

func (e *Error) words() string {
	if w := errorWords[e.Code]; w != "" && e.Domain == "NEConfigurationErrorDomain" {
		return w
	}
	return "the system reports an error"
}

// errorFrom converts an NSError; nil for nil.
func errorFrom(e *cocoa.Error) error {
	if e == nil {
		return nil
	}
	return &Error{Domain: clean(e.Domain), Code: e.Code, Message: e.Message}
}

// errorWords are texts for the codes of NEConfigurationErrorDomain that
// reading can return (docs/internals.md, section 2).
var errorWords = map[int]string{
	1:  "a configuration is damaged",
	2:  "a configuration is not valid",
	3:  "a configuration is of the wrong type",
	5:  "the configurations were changed in the meantime",
	10: "permission was denied",
	11: "the system's configuration helper did not answer",
	12: "the system's network preferences could not be used",
	18: "the file with the configurations was not found",
}
