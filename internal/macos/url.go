package macos

import (
	"errors"
	"fmt"
	"net/url"
)

// URLScheme is the scheme that Info.plist claims for the app.
const URLScheme = "vpnstatus"

// URLOpen is the verb that shows the app.
const URLOpen = "open"

// maxURL is far beyond what any verb needs.
const maxURL = 4096

// ParseURL returns the verb of a URL of the app. Whoever sends one is not known,
// so everything that is not exactly as expected is an error; the error holds
// nothing of the URL but its verb.
func ParseURL(text string) (verb string, err error) {
	if len(text) > maxURL {
		return "", errors.New("the URL is too long")
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != URLScheme || u.Opaque != "" || u.User != nil || u.Fragment != "" || u.Port() != "" {
		return "", fmt.Errorf("it is not a URL of the form %s://open", URLScheme)
	}
	if u.Host != URLOpen {
		return "", fmt.Errorf("%s://%s is not supported yet", URLScheme, url.PathEscape(u.Host))
	}
	if u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.ForceQuery {
		return "", fmt.Errorf("%s://%s takes nothing more", URLScheme, URLOpen)
	}
	return URLOpen, nil
}
