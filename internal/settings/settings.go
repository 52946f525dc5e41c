package settings

import (
	"maps"
	"slices"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/vpn"
)

// Schema is the version of the file's format that this program writes.
const Schema = 1

// Settings is everything the user can set. It is a value: copy with Clone before
// changing a map or slice.
type Settings struct {
	Schema int `json:"schema"`

	// Auto Connect.
	AutoConnect   map[vpn.ID]bool              `json:"autoConnect,omitempty"`     // services kept up
	RetryDelayMax int                          `json:"retryDelayMax"`             // seconds, 5–3600: cap of the back-off
	Rules         []autoconnect.Rule           `json:"rules,omitempty"`           // ordered, first match wins
	Trusted       []TrustedNetwork             `json:"trustedNetworks,omitempty"` // no auto-connect on these
	Groups        []autoconnect.Group          `json:"groups,omitempty"`          // of each, at most one member is up
	Probes        map[vpn.ID]autoconnect.Probe `json:"probes,omitempty"`          // liveness probes
	ServerEcho    bool                         `json:"serverEcho"`                // ask silent servers whether they are back

	// Menu and status item.
	Hidden                    []string  `json:"hidden,omitempty"`          // IDs or globs of names
	ShowTimeConnected         bool      `json:"showTimeConnected"`         // next to the icon
	ShowStatusWhileConnecting bool      `json:"showStatusWhileConnecting"` // next to the icon
	IconStyle                 IconStyle `json:"iconStyle"`                 //

	// Notifications and hooks.
	Notifications     map[autoconnect.Notice]bool `json:"notifications,omitempty"` // absent: on
	NotificationSound bool                        `json:"notificationSound"`       //
	MutedServices     []vpn.ID                    `json:"mutedServices,omitempty"` //
	Hooks             bool                        `json:"hooks"`                   // run the scripts in hooks/
}

// IconStyle is the look of the status item.
type IconStyle string

// Icon styles.
const (
	IconTemplate IconStyle = "template" // monochrome, follows the menu bar
	IconColor    IconStyle = "color"    // tinted by state, symbol differs too
)

// TrustedNetwork is a network on which nothing is connected automatically. SSID
// and GatewayMAC must match where they are set; at least one must be.
type TrustedNetwork struct {
	SSID       string `json:"ssid,omitempty"` // exact
	GatewayMAC string `json:"gatewayMAC,omitempty"`
	Name       string `json:"name,omitempty"` // for wired networks, chosen by the user
}

// Default returns the settings of a fresh installation.
func Default() Settings {
	return Settings{
		Schema:                    Schema,
		RetryDelayMax:             120,
		ServerEcho:                true,
		ShowStatusWhileConnecting: true,
		IconStyle:                 IconTemplate,
	}
}

// Policy returns the part of the settings that the policy needs. Trusted
// networks become "ignore" rules in front of the others.
func (s Settings) Policy() autoconnect.Config {
	rules := make([]autoconnect.Rule, 0, len(s.Trusted)+len(s.Rules))
	for _, t := range s.Trusted {
		rules = append(rules, t.Rule())
	}
	return autoconnect.Config{
		Auto:          s.AutoConnect,
		RetryDelayMax: time.Duration(s.RetryDelayMax) * time.Second,
		Rules:         append(rules, s.Rules...),
		Trusted:       len(s.Trusted),
		Groups:        s.Groups,
		Probes:        s.Probes,
		ServerEcho:    s.ServerEcho,
	}
}

// Rule returns the rule that a trusted network stands for.
func (t TrustedNetwork) Rule() autoconnect.Rule {
	r := autoconnect.Rule{Name: t.Name, Then: autoconnect.OutcomeIgnore}
	if t.SSID != "" {
		r.SSID = []string{autoconnect.QuoteGlob(t.SSID)}
		if r.Name == "" {
			r.Name = t.SSID
		}
	}
	if t.GatewayMAC != "" {
		r.GatewayMAC = []string{t.GatewayMAC}
	}
	return r
}

// Clone returns a copy that shares no map or slice with s.
func (s Settings) Clone() Settings {
	s.AutoConnect = maps.Clone(s.AutoConnect)
	s.Rules = slices.Clone(s.Rules)
	for i := range s.Rules {
		r := &s.Rules[i]
		for _, list := range []*[]string{&r.Services, &r.SSID, &r.BSSID, &r.GatewayMAC, &r.Subnet, &r.DNSDomain, &r.DNSServer, &r.Days} {
			*list = slices.Clone(*list)
		}
	}
	s.Trusted = slices.Clone(s.Trusted)
	s.Groups = slices.Clone(s.Groups)
	for i := range s.Groups {
		s.Groups[i].Members = slices.Clone(s.Groups[i].Members)
	}
	s.Probes = maps.Clone(s.Probes)
	s.Hidden = slices.Clone(s.Hidden)
	s.Notifications = maps.Clone(s.Notifications)
	s.MutedServices = slices.Clone(s.MutedServices)
	return s
}

// Keeper is what the engine needs from the settings; a Store implements it.
type Keeper interface {
	// Current returns the settings in force; its maps and slices must not be
	// changed.
	Current() Settings
	// Changed receives a value when Current may differ, whoever changed it. It
	// is never closed; bursts are folded into one.
	Changed() <-chan struct{}
	// Update applies a change to a copy, validates it, writes it and puts it in
	// force. It waits for the disk, and up to seconds for another program that is
	// writing. The error says why nothing has changed; it is that of the change,
	// a *KeyError, or that of the file.
	Update(change func(*Settings) error) error
	// State returns the holds and the pause that were kept last.
	State() autoconnect.Stored
	// KeepState replaces them. It does not wait for the disk.
	KeepState(autoconnect.Stored)
}
