// Package neconfig reads the list of VPN configurations from Apple's private
// NEConfigurationManager (docs/internals.md, sections 5 and 6).
//
// The system's objects are read once, with every class and selector checked,
// into plain Go records. All decisions about a record (whether it is shown, the
// name of its protocol, its display name) are portable code that accepts records
// with anything missing. The package only reads: an app without Apple's
// entitlement can't change configurations.
package neconfig

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"vpnstatus/internal/cocoa"
	"vpnstatus/internal/plaintext"
	"vpnstatus/internal/vpn"
)

// Manager is the source of records. Methods may be called from any goroutine
// and never wait for the system.
type Manager interface {
	// Load reads all configurations. Done is called once, on a thread of the
	// system, and must not wait; the first time may take seconds. If there is
	// no configuration the list is empty and the error nil.
	Load(done func([]Record, error)) error

	// Watch sets, once, the function that is called when a configuration of any
	// kind may have changed, usually several times in a row. It must not wait.
	Watch(changed func()) error

	// Close stops watching. Loads under way are still answered.
	Close()
}

// Opt is a value that may not be known: the object was nil, of another
// class, or doesn't answer the selector on this system.
type Opt[T any] struct {
	Value T
	Known bool
}

// Known makes an Opt with a value.
func Known[T any](v T) Opt[T] { return Opt[T]{v, true} }

// Record is one configuration as the system holds it.
type Record struct {
	ID              Opt[vpn.ID]
	Name            Opt[string]
	Application     Opt[string] // bundle identifier of the owning app
	ApplicationName Opt[string]
	Enabled         Opt[bool] // of the whole configuration; newer systems
	Profile         bool      // it was installed by a profile
	ProfileSource   Opt[int]  // 2: device management
	VPN             *VPN      // nil for filters, proxies, relays and the like
	Others          []string  // the other kinds it has: "contentFilter", "dnsProxy" …
}

// VPN is what a configuration holds if it is a VPN.
type VPN struct {
	Enabled    Opt[bool]
	OnDemand   Opt[bool]
	TunnelType Opt[int] // 1 packets, 2 app proxy; newer systems
	Protocol   *Protocol
}

// Protocol is how a VPN connects.
type Protocol struct {
	Type               Opt[int] // the private number
	Classes            []string // of the object, most specific first
	Server             Opt[string]
	Provider           Opt[string] // bundle identifier of a third party's extension
	IncludeAllNetworks Opt[bool]
}

// The private numbers of protocols (docs/internals.md, section 6).
const (
	typeIPSec  = 1
	typeL2TP   = 2
	typePPTP   = 3
	typePlugin = 4 // a third party's tunnel or proxy
	typeIKEv2  = 5
)

const (
	tunnelPackets  = 1
	tunnelAppProxy = 2
)

// number is the protocol's number or, if that is not known, that of its class.
// The class of IKEv2 inherits from that of IPSec, so the most specific known
// class decides.
func (p *Protocol) number() int {
	if p.Type.Known && p.Type.Value >= typeIPSec && p.Type.Value <= typeIKEv2 {
		return p.Type.Value
	}
	for _, c := range p.Classes {
		switch c {
		case "NEVPNProtocolIKEv2":
			return typeIKEv2
		case "NEVPNProtocolL2TP":
			return typeL2TP
		case "NEVPNProtocolPPTP":
			return typePPTP
		case "NETunnelProviderProtocol", "NEVPNProtocolPlugin":
			return typePlugin
		case "NEVPNProtocolIPSec":
			return typeIPSec
		}
	}
	return 0
}

// systemPrefix begins the names of configurations that macOS makes for itself
// (docs/internals.md, section 6).
const systemPrefix = "com.apple.preferences."

// Shown reports whether a configuration is a VPN that the user can connect. If
// not, why is the reason, for doctor.
func Shown(r Record) (shown bool, why string) {
	switch {
	case strings.HasPrefix(r.Name.Value, systemPrefix):
		return false, "macOS keeps it for itself"
	case r.VPN == nil && len(r.Others) > 0:
		return false, "it is not a VPN: " + strings.Join(r.Others, ", ")
	case r.VPN == nil:
		return false, "it is not a VPN"
	case r.VPN.Protocol == nil:
		return false, "it has no protocol"
	case !r.ID.Known || r.ID.Value == (vpn.ID{}):
		return false, "it has no identifier"
	}
	switch p := r.VPN.Protocol; p.number() {
	case typeIPSec, typeL2TP, typeIKEv2:
		return true, ""
	case typePPTP:
		return false, "macOS no longer supports PPTP"
	case typePlugin:
		switch kind := r.VPN.TunnelType.Value; kind {
		case 0, tunnelPackets: // 0 if it is not known or was never set
			return true, ""
		case tunnelAppProxy:
			return false, "it is a proxy for apps, not a VPN"
		default:
			return false, fmt.Sprintf("its kind of tunnel, %d, is not known", kind)
		}
	default:
		return false, fmt.Sprintf("its protocol is not known: number %s, class %s", numberText(p.Type), firstOf(p.Classes))
	}
}

func numberText(n Opt[int]) string {
	if !n.Known {
		return "not known"
	}
	return fmt.Sprint(n.Value)
}

func firstOf(list []string) string {
	if len(list) == 0 {
		return "not known"
	}
	return list[0]
}

// protocolName returns the usual name of the protocol, or for a third party
// the name of its app.
func protocolName(r Record) vpn.Protocol {
	p := r.VPN.Protocol
	switch p.number() {
	case typeIPSec:
		return vpn.IPSec
	case typeL2TP:
		return vpn.L2TP
	case typePPTP:
		return vpn.PPTP
	case typeIKEv2:
		return vpn.IKEv2
	}
	for _, name := range []string{
		clean(r.ApplicationName.Value),
		nameFromBundleID(clean(r.Application.Value)),
		nameFromBundleID(clean(p.Provider.Value)),
	} {
		if name != "" {
			return vpn.Protocol(name)
		}
	}
	if p.number() == 0 && len(p.Classes) > 0 { // for the report on hidden ones
		return vpn.Protocol(strings.TrimPrefix(clean(p.Classes[0]), "NEVPNProtocol"))
	}
	return "Unknown"
}

// nameFromBundleID returns the last part of a bundle identifier that names the
// app: WireGuard for com.wireguard.macos. If no part does, it returns the last
// one.
func nameFromBundleID(id string) string {
	parts := strings.Split(id, ".")
	for i := len(parts) - 1; i > 0; i-- { // the first part is com, net, io or the like
		if name := strings.TrimSpace(parts[i]); name != "" && !genericParts[genericKey(name)] {
			return inCapitals(name)
		}
	}
	return parts[len(parts)-1]
}

// genericParts are the parts of bundle identifiers that don't name an app, as
// genericKey writes them.
var genericParts = map[string]bool{
	"macos": true, "mac": true, "osx": true, "ios": true, "desktop": true, "app": true, "client": true, "main": true, "agent": true, "helper": true,
	"vpn": true, "tunnel": true, "packettunnel": true, "tunnelprovider": true, "packettunnelprovider": true, "ptp": true, "provider": true,
	"extension": true, "networkextension": true, "systemextension": true, "sysext": true, "appex": true, "ext": true, "ne": true, "network": true,
	"ipn": true, "acsockext": true, // Tailscale's and AnyConnect's
}

func genericKey(part string) string {
	return strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(part))
}

// inCapitals returns a lower-case name as its maker writes it if known, otherwise
// with a capital letter.
func inCapitals(name string) string {
	if name != strings.ToLower(name) {
		return name
	}
	if known, ok := spellings[name]; ok {
		return known
	}
	first, n := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(first)) + name[n:]
}

var spellings = map[string]string{
	"wireguard": "WireGuard", "openvpn": "OpenVPN", "protonvpn": "ProtonVPN", "nordvpn": "NordVPN", "expressvpn": "ExpressVPN", "anyconnect": "AnyConnect",
	"globalprotect": "GlobalProtect", "zerotier": "ZeroTier", "passepartout": "Passepartout",
}

// Configuration converts a record that is shown to its portable form.
func Configuration(r Record) vpn.Configuration {
	c := vpn.Configuration{
		ID:       r.ID.Value,
		Name:     clean(r.Name.Value),
		App:      clean(r.ApplicationName.Value),
		BundleID: clean(r.Application.Value),
		Enabled:  true,
		Managed:  r.Profile || r.ProfileSource.Known && r.ProfileSource.Value != 0,
	}
	if r.VPN == nil {
		return c
	}
	// A service counts as enabled unless the system says otherwise. If the system
	// then refuses a start, it reports why.
	c.Enabled = (!r.VPN.Enabled.Known || r.VPN.Enabled.Value) && (!r.Enabled.Known || r.Enabled.Value)
	c.OnDemand = r.VPN.OnDemand.Value
	if p := r.VPN.Protocol; p != nil {
		c.Protocol = protocolName(r)
		c.Server = clean(p.Server.Value)
		c.IncludeAllNetworks = p.IncludeAllNetworks.Value
	}
	return c
}

// Entry is one record for a report.
type Entry struct {
	vpn.Configuration
	Shown bool
	Why   string // why it is not shown
}

// Entries describes every record, in the system's order.
func Entries(records []Record) []Entry {
	out := make([]Entry, 0, len(records))
	for _, r := range records {
		e := Entry{Configuration: Configuration(r)}
		e.Shown, e.Why = Shown(r)
		out = append(out, e)
	}
	return out
}

// Configurations returns those that are shown. An identifier that occurs twice
// is left out the second time: a service has one session.
func Configurations(records []Record) []vpn.Configuration {
	var out []vpn.Configuration
	for _, e := range Entries(records) {
		if e.Shown && !slices.ContainsFunc(out, func(c vpn.Configuration) bool { return c.ID == e.ID }) {
			out = append(out, e.Configuration)
		}
	}
	return out
}

// maxText bounds names and the like. Ten thousand characters of four bytes are
// kept, so that a service is found by its whole name; no name is longer on
// purpose.
const maxText = 40_000

// clean makes a text of the system safe to show, and bounds its length.
func clean(s string) string { return plaintext.Line(plaintext.Cut(s, maxText)) }

// featureList is the feature under which the report lists what is missing.
const featureList = "VPN list"

// Lacks returns an error when the system lacks a required part of the list, such
// as the method that announces changes, but has a manager. If the manager is
// missing, loading the list returns that error. Lacks loads Apple's framework
// and makes no request.
func Lacks() error { return lacks(cocoa.Missing(featureList)) }

func lacks(list []cocoa.Part) error {
	if len(list) == 0 || slices.ContainsFunc(list, func(p cocoa.Part) bool { return p.Kind == cocoa.Framework || p.Name == "NEConfigurationManager" }) {
		return nil
	}
	return fmt.Errorf("%s: this system lacks %s", featureList, cocoa.Words(list))
}

// Parts of the platform that this package uses (docs/internals.md, sections 5
// and 6).
func init() {
	cocoa.Require(cocoa.Framework, featureList, "NetworkExtension")
	cocoa.Require(cocoa.Class, featureList, "NEConfigurationManager", "NEConfiguration", "NEVPN", "NEVPNProtocol")
	cocoa.Prefer(cocoa.Class, featureList, "NEVPNProtocolIKEv2", "NEVPNProtocolIPSec", "NEVPNProtocolL2TP", "NETunnelProviderProtocol", "NEVPNProtocolPlugin")
	cocoa.Require(cocoa.Method, featureList,
		"-[NEConfigurationManager "+selLoad+"]",
		"-[NEConfigurationManager "+selWatch+"]",
		"-[NEConfiguration identifier]", "-[NEConfiguration name]", "-[NEConfiguration VPN]", "-[NEVPN protocol]", "-[NEVPNProtocol type]")
	cocoa.Prefer(cocoa.Method, featureList,
		"+[NEConfigurationManager sharedManager]", "-[NEConfigurationManager "+selAllUsers+"]",
		"-[NEConfiguration application]", "-[NEConfiguration applicationName]", "-[NEConfiguration isEnabled]", "-[NEConfiguration payloadInfo]",
		"-[NEConfiguration appVPN]", "-[NEConfiguration alwaysOnVPN]", "-[NEConfiguration contentFilter]", "-[NEConfiguration pathController]",
		"-[NEConfiguration dnsProxy]", "-[NEConfiguration dnsSettings]", "-[NEConfiguration appPush]", "-[NEConfiguration relay]",
		"-[NEConfiguration urlFilter]", "-[NEConfiguration hotspot]",
		"-[NEVPN isEnabled]", "-[NEVPN isOnDemandEnabled]", "-[NEVPN tunnelType]",
		"-[NEVPNProtocol serverAddress]", "-[NEVPNProtocol includeAllNetworks]", "-[NETunnelProviderProtocol providerBundleIdentifier]")
}

const (
	selAllUsers = "initForAllUsers"

	selLoad  = "loadConfigurationsWithCompletionQueue:handler:"
	selWatch = "setChangedQueue:andHandler:"
)
