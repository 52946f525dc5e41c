package macos

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/ebitengine/purego/objc"

	"vpnstatus/internal/cocoa"
)

// ServiceManagement (docs/internals.md, section 10). SMAppService is there since
// macOS 13.
const (
	serviceManagement = "ServiceManagement"
	loginFeature      = "Launch at login"

	openLoginItems = "openSystemSettingsLoginItems"
)

func init() {
	cocoa.Require(cocoa.Framework, loginFeature, serviceManagement)
	cocoa.Require(cocoa.Class, loginFeature, "SMAppService")
	cocoa.Require(cocoa.Method, loginFeature,
		"+[SMAppService mainAppService]", "-[SMAppService status]",
		"-[SMAppService registerAndReturnError:]", "-[SMAppService unregisterAndReturnError:]")
	cocoa.Prefer(cocoa.Method, loginFeature, "+[SMAppService "+openLoginItems+"]", "+[SMAppService statusForLegacyURL:]")
}

// loginClass returns SMAppService.
func loginClass() (objc.ID, error) {
	err := cocoa.Load(serviceManagement)
	if err == nil {
		var class objc.ID
		if class, err = cocoa.ClassNamed("SMAppService"); err == nil {
			return class, nil
		}
	}
	return 0, fmt.Errorf("%w: %w", ErrNoLoginItems, err)
}

// loginService returns the app's own service, autoreleased.
func loginService() (objc.ID, error) {
	class, err := loginClass()
	if err != nil {
		return 0, err
	}
	if _, ok := Bundle(); !ok {
		return 0, fmt.Errorf("%w: this program was not started as an app", ErrNoLoginItems)
	}
	s := cocoa.Ask(class, "mainAppService")
	if s == 0 {
		return 0, ErrNoLoginItems
	}
	return s, nil
}

// Login reports whether the app launches at login, as the system's login item or,
// where that was refused, as a launch agent. The user can change that at any
// time, so the result is not cached. It may take some milliseconds and can be
// called on any goroutine. The error is ErrNoLoginItems if the app can't be a
// login item.
func Login() (LoginStatus, error) {
	p, err := loginWays()
	if err != nil {
		return LoginNotFound, err
	}
	return p.state()
}

// SetLogin switches launch at login on or off. It is not an error if nothing
// changes. Where the system refuses the login item for the app's signature, a
// launch agent is written instead; off removes both. It can be called on any
// goroutine.
func SetLogin(on bool) error {
	p, err := loginWays()
	if err != nil {
		return err
	}
	return p.change(on)
}

// LoginAgent returns the file of the launch agent that opens this app at login; ok
// is false if there is none.
func LoginAgent() (file string, ok bool) {
	p, err := loginWays()
	if err != nil || p.app == "" || !p.agents.opens(p.app) {
		return "", false
	}
	return p.agents.file(), true
}

// loginWays has the launch agents of ~/Library/LaunchAgents.
func loginWays() (loginParts, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return loginParts{}, fmt.Errorf("looking for the launch agents: %w", err)
	}
	app, _ := Bundle()
	return loginParts{
		app: app, agents: agents{filepath.Join(home, "Library", "LaunchAgents")},
		status: itemStatus, set: setItem, allowed: agentStatus,
	}, nil
}

// agentStatus asks whether the user lets a launch agent run.
func agentStatus(file string) (status LoginStatus, known bool) {
	cocoa.Pool(func() {
		class, err := loginClass()
		if err != nil || !cocoa.RespondsTo(class, "statusForLegacyURL:") {
			return
		}
		url := objc.ID(objc.GetClass("NSURL")).Send(cocoa.Sel("fileURLWithPath:"), cocoa.String(file))
		status, known = LoginStatus(objc.Send[int](class, cocoa.Sel("statusForLegacyURL:"), url)), true
	})
	return status, known
}

// itemStatus asks for the state of the system's login item.
func itemStatus() (status LoginStatus, err error) {
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

// setItem registers or unregisters the system's login item.
func setItem(on bool) (err error) {
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
	class, err := loginClass()
	if err != nil {
		return err
	}
	if !cocoa.RespondsTo(class, openLoginItems) {
		return ErrNoLoginItems
	}
	cocoa.Pool(func() { class.Send(cocoa.Sel(openLoginItems)) })
	return nil
}
