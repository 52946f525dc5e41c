package macos

import (
	"errors"
	"fmt"
	"sync"

	"github.com/ebitengine/purego/objc"

	"vpnstatus/internal/cocoa"
)

const preferencesFeature = "Managed settings and import"

func init() {
	cocoa.Prefer(cocoa.Symbol, preferencesFeature, "CFPreferencesCopyAppValue", "CFPreferencesAppValueIsForced",
		"CFPreferencesCopyKeyList", "CFPreferencesAppSynchronize",
		"kCFPreferencesCurrentUser", "kCFPreferencesAnyHost")
}

// preferences is the C interface of CFPreferences. Its texts are NSStrings.
type preferences struct {
	value       func(key, domain objc.ID) objc.ID // retained
	forced      func(key, domain objc.ID) bool
	keys        func(domain, user, host objc.ID) objc.ID // retained
	synchronize func(domain objc.ID) bool
	user, host  objc.ID
}

var preferencesOf = sync.OnceValues(func() (*preferences, error) {
	f := &preferences{}
	err := errors.Join(
		cocoa.Load("CoreFoundation"),
		cocoa.Bind(&f.value, "CFPreferencesCopyAppValue"),
		cocoa.Bind(&f.forced, "CFPreferencesAppValueIsForced"),
		cocoa.Bind(&f.keys, "CFPreferencesCopyKeyList"),
		cocoa.Bind(&f.synchronize, "CFPreferencesAppSynchronize"),
	)
	if err != nil {
		return nil, err
	}
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

// Preferences returns the values of all keys that the person has in a
// preferences domain, as the system has them in memory; empty when there are
// none. Values are as of cocoa.Tree. It can be called on any goroutine.
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

// Managed returns those of the keys that the administrator forces in the app's
// domain, by a configuration profile. It reads them anew and can be called on
// any goroutine.
func Managed(keys []string) (map[string]any, error) {
	f, err := preferencesOf()
	if err != nil {
		return nil, fmt.Errorf("reading the managed settings: %w", err)
	}
	values := map[string]any{}
	cocoa.Pool(func() {
		d := cocoa.String(BundleID)
		f.synchronize(d) // false means no news, which is what we have then
		for _, name := range keys {
			if k := cocoa.String(name); f.forced(k, d) {
				values[name] = take(f.value(k, d))
			}
		}
	})
	return values, nil
}
