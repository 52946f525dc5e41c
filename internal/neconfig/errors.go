package neconfig

import (
	"cmp"
	"fmt"

	"vpnstatus/internal/cocoa"
)

// loadError returns an error of the configuration manager with words for it.
func loadError(e cocoa.Error) error {
	words := "the system reports an error"
	if e.Domain == "NEConfigurationErrorDomain" {
		words = cmp.Or(errorWords[e.Code], words)
	}
	e.Domain, e.Message = clean(e.Domain), clean(e.Message)
	return fmt.Errorf("loading the VPN configurations failed: %s: %w", words, &e)
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
