package macos

import (
	"errors"
	"fmt"
	"sync"

	"github.com/ebitengine/purego/objc"

	"vpnstatus/internal/cocoa"
)

const preferencesFeature = "Import"

func init() {
	cocoa.Prefer(cocoa.Symbol, preferencesFeature, new(preferences).functions().Names()...)
	cocoa.Prefer(cocoa.Symbol, preferencesFeature, "kCFPreferencesCurrentUser", "kCFPreferencesAnyHost")
}

// preferences is the C interface of CFPreferences. Its strings are NSStrings.
type preferences struct {
	value      func(key, domain objc.ID) objc.ID        // retained
	keys       func(domain, user, host objc.ID) objc.ID // retained
	user, host objc.ID
}

func (f *preferences) functions() cocoa.Functions {
	return cocoa.Functions{"CFPreferencesCopyAppValue": &f.value, "CFPreferencesCopyKeyList": &f.keys}
}

var preferencesOf = sync.OnceValues(func() (*preferences, error) {
	f := &preferences{}
	if err := errors.Join(cocoa.Load("CoreFoundation"), f.functions().Bind()); err != nil {
		return nil, err
	}
	var err error
	if f.user, err = cocoa.Constant("kCFPreferencesCurrentUser"); err != nil {
		return nil, err
	}
	f.host, err = cocoa.Constant("kCFPreferencesAnyHost")
	return f, err
})

// take returns a retained property list as Go values.
func take(id objc.ID) any {
	if id == 0 {
		return nil
	}
	defer id.Send(cocoa.Sel("release"))
	return cocoa.Tree(id)
}

// Preferences returns the values of all keys in a domain of the user's
// preferences, as the system has them in memory; empty if there are none. Values
// are as of cocoa.Tree. It can be called on any goroutine.
func Preferences(domain string) (map[string]any, error) {
	f, err := preferencesOf()
	if err != nil {
		return nil, fmt.Errorf("reading the preferences of %s: %w", domain, err)
	}
	values := map[string]any{}
	cocoa.Pool(func() {
		d := cocoa.String(domain)
		names, _ := take(f.keys(d, f.user, f.host)).([]any)
		for _, n := range names {
			name, _ := n.(string)
			if v := take(f.value(cocoa.String(name), d)); name != "" && v != nil {
				values[name] = v
			}
		}
	})
	return values, nil
}
