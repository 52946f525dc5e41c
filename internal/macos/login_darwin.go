package macos

import (
	"fmt"

	"github.com/ebitengine/purego/objc"

	"vpnstatus/internal/cocoa"
)

// ServiceManagement (docs/internals.md, section 10). SMAppService is there since
// macOS 13.
const (
	serviceManagement = "ServiceManagement"
	loginFeature      = "Launch at login"
)

func init() {
	cocoa.Require(cocoa.Framework, loginFeature, serviceManagement)
	cocoa.Require(cocoa.Class, loginFeature, "SMAppService")
	cocoa.Require(cocoa.Method, loginFeature,
		"+[SMAppService mainAppService]", "-[SMAppService status]",
		"-[SMAppService registerAndReturnError:]", "-[SMAppService unregisterAndReturnError:]")
	cocoa.Prefer(cocoa.Method, loginFeature, "+[SMAppService openSystemSettingsLoginItems]")
}

// loginService returns the app's own service, autoreleased.
func loginService() (objc.ID, error) {
	if err := cocoa.Load(serviceManagement); err != nil {
		return 0, fmt.Errorf("%w: %w", ErrNoLoginItems, err)
	}
	class, err := cocoa.ClassNamed("SMAppService")
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrNoLoginItems, err)
	}
	if !inBundle() {
		return 0, fmt.Errorf("%w: this program was not started as an app", ErrNoLoginItems)
	}
	s := cocoa.Ask(class, "mainAppService")
	if s == 0 {
		return 0, ErrNoLoginItems
	}
	return s, nil
}

// Login asks the system whether the app launches at login. The person can change
// that at any time, so it is never kept. It may take some milliseconds and can
// be called on any goroutine. The error is ErrNoLoginItems where the app can't be
// a login item.
func Login() (status LoginStatus, err error) {
	status = LoginNotFound
	cocoa.Pool(func() {
		var s objc.ID
		if s, err = loginService(); err != nil {
			return
		}
		n, ok := cocoa.AskInt(s, "status")
		if !ok {
			err = ErrNoLoginItems
			return
		}
		status = LoginStatus(n)
	})
	return status, err
}

// SetLogin has the app launch at login, or not. What is so already is no error.
// It can be called on any goroutine.
func SetLogin(on bool) (err error) {
	selector := "unregisterAndReturnError:"
	if on {
		selector = "registerAndReturnError:"
	}
	cocoa.Pool(func() {
		var s objc.ID
		if s, err = loginService(); err != nil {
			return
		}
		if !cocoa.RespondsTo(s, selector) {
			err = ErrNoLoginItems
			return
		}
		reason := new(objc.ID)
		if objc.Send[bool](s, cocoa.Sel(selector), reason) {
			return
		}
		e := cocoa.ErrorFrom(*reason)
		if e == nil {
			e = &cocoa.Error{}
		}
		err = loginError(on, e.Domain, e.Code, e.Message)
	})
	return err
}

// OpenLoginItems opens the login items in System Settings.
func OpenLoginItems() error {
	done := false
	cocoa.Pool(func() {
		if cocoa.Load(serviceManagement) != nil {
			return
		}
		if class, err := cocoa.ClassNamed("SMAppService"); err == nil && cocoa.RespondsTo(class, "openSystemSettingsLoginItems") {
			class.Send(cocoa.Sel("openSystemSettingsLoginItems"))
			done = true
		}
	})
	if done {
		return nil
	}
	return Open(LoginItemsPane)
}
