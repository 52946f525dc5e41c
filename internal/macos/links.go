package macos

import "fmt"

// Pane is a pane of System Settings.
type Pane string

// The panes that the app sends people to.
const (
	VPNPane        Pane = "VPN"
	LoginItemsPane Pane = "Login Items"
	LocationPane   Pane = "Location Services"
)

const scheme = "x-apple.systempreferences:"

// paneURLs returns what opens a pane on a macOS of that major version, best
// first. System Settings (macOS 13) gave the panes new names; VPN got one of its
// own (docs/internals.md, sections 5, 9 and 10). A name that a version does not
// know opens System Settings all the same.
func paneURLs(p Pane, major int) []string {
	modern := major >= 13 || major == 0 // 0: not known
	var names []string
	switch {
	case p == VPNPane && modern:
		names = []string{"com.apple.NetworkExtensionSettingsUI.NESettingsUIExtension", "com.apple.Network-Settings.extension"}
	case p == VPNPane:
		names = []string{"com.apple.preference.network"}
	case p == LoginItemsPane && modern:
		names = []string{"com.apple.LoginItems-Settings.extension"}
	case p == LoginItemsPane:
		names = []string{"com.apple.preferences.users"}
	case p == LocationPane && modern:
		names = []string{"com.apple.settings.PrivacySecurity.extension?Privacy_LocationServices", "com.apple.preference.security?Privacy_LocationServices"}
	case p == LocationPane:
		names = []string{"com.apple.preference.security?Privacy_LocationServices"}
	}
	var urls []string
	for _, n := range names {
		urls = append(urls, scheme+n)
	}
	return append(urls, scheme)
}

// paneError tells where to find a pane by hand.
func paneError(p Pane) error {
	return fmt.Errorf("the system did not open its settings; open System Settings and look for %s", p)
}
