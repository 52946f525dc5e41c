package macos

import (
	"cmp"
	"errors"
	"fmt"
)

// LoginStatus is the state of the login item, in the numbers of SMAppService
// (docs/internals.md, section 10).
type LoginStatus int

// States of the login item.
const (
	LoginNotRegistered    LoginStatus = 0
	LoginEnabled          LoginStatus = 1
	LoginRequiresApproval LoginStatus = 2 // the user switched it off in System Settings, or must allow it there
	LoginNotFound         LoginStatus = 3 // the app has never registered: off, not an error
)

// String describes the state.
func (s LoginStatus) String() string {
	switch s {
	case LoginNotRegistered, LoginNotFound:
		return "off"
	case LoginEnabled:
		return "on"
	case LoginRequiresApproval:
		return "on, but not allowed in System Settings (General, Login Items)"
	}
	return fmt.Sprintf("in a state this program does not know (%d)", int(s))
}

// ErrNoLoginItems means that this macOS has no login items for apps, or that this
// copy of the app can't be one.
var ErrNoLoginItems = errors.New("launching at login needs macOS 13 or later and VPNStatus.app")

const loginDomain = "SMAppServiceErrorDomain"

// Some codes of loginDomain.
const (
	loginInvalidSignature  = 3
	loginJobNotFound       = 6
	loginDeniedByUser      = 11
	loginAlreadyRegistered = 12
)

// loginWords are texts for the codes of loginDomain.
var loginWords = map[int]string{
	1:                     "the system does not permit it; move VPNStatus.app to the Applications folder, open it from there, and allow it in System Settings, General, Login Items",
	2:                     "the system failed; try again after the next log-in",
	loginInvalidSignature: "the app's signature is not valid; build or download the app again",
	4:                     "the system did not authorise it",
	5:                     "the app is not complete; build or download the app again",
	loginJobNotFound:      "the system does not find the app; move VPNStatus.app to the Applications folder and open it from there",
	7:                     "the system's service for login items is not available",
	8:                     "the app is not complete; build or download the app again",
	9:                     "it must be allowed in System Settings, General, Login Items",
	10:                    "the app's Info.plist is not valid; build or download the app again",
	loginDeniedByUser:     "it was switched off in System Settings; allow it there, in General, Login Items",
}

// loginCodeError is a refusal of loginDomain.
type loginCodeError struct {
	code int
	text string
}

func (e *loginCodeError) Error() string {
	return fmt.Sprintf("%s (%s error %d)", e.text, loginDomain, e.code)
}

// loginError converts an error of registering (on) or unregistering. It returns
// nil if the error means that the wanted state is already set.
func loginError(on bool, domain string, code int, message string) error {
	does := "switching launch at login off"
	if on {
		does = "switching launch at login on"
	}
	why := cmp.Or(message, "the system gave no reason")
	switch {
	case domain == "":
		return fmt.Errorf("%s: %s", does, why)
	case domain != loginDomain:
		return fmt.Errorf("%s: %s (%s error %d)", does, why, domain, code)
	case on && code == loginAlreadyRegistered || !on && code == loginJobNotFound:
		return nil
	}
	return &loginCodeError{code, does + ": " + cmp.Or(loginWords[code], why)}
}
