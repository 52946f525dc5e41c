package neconfig

import (
	"fmt"

	"vpnstatus/internal/cocoa"
)

// Error is an error of the configuration manager, in words.
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
	if w := errorWords[e.Domain][e.Code]; w != "" {
		return w
	}
	return "the system reports an error"
}

// errorFrom gives an NSError its words; nil for nil.
func errorFrom(e *cocoa.Error) error {
	if e == nil {
		return nil
	}
	return &Error{Domain: clean(e.Domain), Code: e.Code, Message: e.Message}
}

// errorWords are the codes of docs/internals.md, section 2.
var errorWords = map[string]map[int]string{
	"NEConfigurationErrorDomain": {
		1:  "a configuration is damaged",
		2:  "a configuration is not valid",
		3:  "a configuration is of the wrong type",
		4:  "a configuration belongs to another app",
		5:  "the configurations were changed in the meantime",
		6:  "they could not be written",
		7:  "the configuration does not exist",
		8:  "the operation is not allowed",
		9:  "nothing was changed",
		10: "permission was denied",
		11: "the system's configuration helper did not answer",
		12: "the system's network preferences could not be used",
		13: "the keychain item could not be copied",
		14: "a certificate could not be imported",
		15: "a certificate could not be imported",
		16: "a certificate could not be imported",
		17: "a certificate could not be imported",
		18: "the file with the configurations was not found",
		20: "the configurations are too large",
		21: "only device management may do this",
	},
	"NEVPNErrorDomain": {
		1: "the configuration is not valid",
		2: "the configuration is disabled",
		3: "the connection failed",
		4: "the configurations were changed in the meantime",
		5: "they could not be read or written",
		6: "an error without further explanation",
	},
}
