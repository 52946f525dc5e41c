package settings

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"howett.net/plist"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/plaintext"
	"vpnstatus/internal/vpn"
)

// TimacDomain is the preferences domain of Alexandre Colucci's VPNStatus, whose
// settings can be imported.
const TimacDomain = "org.timac.VPNStatus"

// importedGroup is the name of the group that replaces that app's "single auto
// connect".
const importedGroup = "Single Auto Connect"

const (
	// maxImportSize is far larger than any settings of that app. The parser
	// recurses into each list, so the bound also bounds the stack.
	maxImportSize = 256 << 10
	// maxNames bounds the names in a text with commas.
	maxNames = 10_000
)

// timacKeys are the keys of Timac's VPNStatus 3.1 (docs/internals.md, section
// 11).
var timacKeys = []string{
	"Services", "SingleAutoConnect", "AlwaysConnectedRetryDelay", "IgnoredSSIDs", "IgnoredVPNs", "MenuBarImageType",
	"DisabledCheckForUpdatesAutomatically", "SkipVersion",
}

// Import describes what can be imported from the settings of Timac's
// VPNStatus. Nothing changes before Apply.
type Import struct {
	Taken []string // human-readable: each change of Apply; services by ID
	Left  []string // human-readable: each setting left out, with the reason

	steps []func(*Settings)
}

// Apply changes the settings; existing values stay. It can be passed to
// Store.Update and always returns nil.
func (i Import) Apply(s *Settings) error {
	for _, step := range i.steps {
		step(s)
	}
	return nil
}

func (i *Import) take(step func(*Settings), format string, args ...any) {
	i.steps = append(i.steps, step)
	i.Taken = append(i.Taken, fmt.Sprintf(format, args...))
}

func (i *Import) leave(format string, args ...any) {
	i.Left = append(i.Left, fmt.Sprintf(format, args...))
}

// ImportTimac reads exported settings of Timac's VPNStatus: the property list,
// XML or binary, that `defaults export org.timac.VPNStatus FILE` writes or that
// lies in ~/Library/Preferences. It is an error if data is anything else.
func ImportTimac(data []byte) (Import, error) {
	if len(data) > maxImportSize {
		return Import{}, fmt.Errorf("importing settings: it is larger than %d KB", maxImportSize>>10)
	}
	values, err := propertyList(data)
	if err != nil {
		return Import{}, fmt.Errorf("importing settings: not a property list of settings: %w", err)
	}
	return ImportTimacValues(values)
}

// propertyList decodes a property list with a dictionary at its top.
func propertyList(data []byte) (values map[string]any, err error) {
	defer func() {
		if p := recover(); p != nil { // the decoder panics on some malformed lists
			err = fmt.Errorf("it is broken: %v", p)
		}
	}()
	_, err = plist.Unmarshal(data, &values)
	return values, err
}

// ImportTimacValues is ImportTimac for preferences that were read already, as
// macOS has them in memory. Values may have any type: `defaults write` stores
// texts where the app expects numbers.
func ImportTimacValues(values map[string]any) (Import, error) {
	var i Import
	if !slices.ContainsFunc(timacKeys, func(name string) bool { _, ok := values[name]; return ok }) {
		return i, errors.New("importing settings: none of the keys of " + TimacDomain + " is there")
	}
	services := i.services(values["Services"])
	if truth(values["SingleAutoConnect"]) {
		i.single(services)
	}
	if v, ok := values["AlwaysConnectedRetryDelay"]; ok {
		i.delay(v)
	}
	for _, name := range i.names(values, "IgnoredSSIDs") {
		i.network(name)
	}
	for _, name := range i.names(values, "IgnoredVPNs") {
		i.hide(name)
	}
	if v, ok := values["MenuBarImageType"]; ok {
		i.icon(v)
	}
	if values["DisabledCheckForUpdatesAutomatically"] != nil || values["SkipVersion"] != nil {
		i.leave("Checking for updates: this program looks only when it is asked to")
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !slices.Contains(timacKeys, name) {
			if plaintext.Line(name) != name || len(name) > 60 {
				name = shown(name)
			}
			i.leave("%s: nothing here corresponds to it", name)
		}
	}
	return i, nil
}

// timacService is one entry of Services.
type timacService struct {
	id   vpn.ID
	auto bool
}

// services imports the ticked services and returns all services with an entry.
func (i *Import) services(v any) []timacService {
	list, ok := v.([]any)
	if !ok && v != nil {
		i.leave("Services: it is not a list but %s", shown(v))
	}
	var found []timacService
	for n, e := range list {
		entry, ok := e.(map[string]any)
		if !ok {
			i.leave("Services, number %d: it is not an entry of a service", n+1)
			continue
		}
		text, _ := entry["Identifier"].(string)
		id, err := uuid.Parse(strings.TrimSpace(text))
		if err != nil {
			i.leave("Services, number %d: %s is not the ID of a service", n+1, shown(entry["Identifier"]))
			continue
		}
		if slices.ContainsFunc(found, func(s timacService) bool { return s.id == id }) {
			continue
		}
		auto := truth(entry["AlwaysConnected"])
		found = append(found, timacService{id, auto})
		if auto {
			i.take(func(s *Settings) {
				if s.AutoConnect == nil {
					s.AutoConnect = map[vpn.ID]bool{}
				}
				s.AutoConnect[id] = true
			}, "Auto Connect for %s", id)
		}
	}
	return found
}

// single turns "switching one on switches the others off" into a group with the
// ticked service first.
func (i *Import) single(services []timacService) {
	if len(services) < 2 {
		i.leave("SingleAutoConnect: there are not two services that it would concern")
		return
	}
	var members []vpn.ID
	for _, ticked := range []bool{true, false} {
		for _, s := range services {
			if s.auto == ticked {
				members = append(members, s.id)
			}
		}
	}
	i.take(func(s *Settings) {
		g := autoconnect.Group{Name: importedGroup, Members: slices.Clone(members)}
		for _, other := range s.Groups {
			if other.Name == g.Name {
				return // imported before
			}
			g.Members = slices.DeleteFunc(g.Members, func(id vpn.ID) bool { return slices.Contains(other.Members, id) })
		}
		if len(g.Members) >= 2 {
			s.Groups = append(s.Groups, g)
		}
	}, "At most one of %d services at a time (a group)", len(services))
}

func (i *Import) delay(v any) {
	n, ok := number(v)
	switch {
	case !ok:
		i.leave("AlwaysConnectedRetryDelay: %s is not a number", shown(v))
		return
	case n <= 0:
		i.leave("AlwaysConnectedRetryDelay: %d stands for the default", n)
		return
	}
	k := lookup("retryDelayMax")
	seconds := int(min(max(n, int64(k.Min)), int64(k.Max)))
	note := ""
	if int64(seconds) != n {
		note = fmt.Sprintf(" (it was %d; %s are possible)", n, k.Range())
	}
	i.take(func(s *Settings) { s.RetryDelayMax = seconds }, "At most %d s between two attempts%s", seconds, note)
}

// names splits a text as that app does: at commas, without trimming.
func (i *Import) names(values map[string]any, key string) (names []string) {
	text, ok := values[key].(string)
	switch {
	case values[key] == nil:
	case !ok:
		i.leave("%s: it is not a text but %s", key, shown(values[key]))
	case strings.Count(text, ",") >= maxNames:
		i.leave("%s: it holds more than %d names", key, maxNames)
	default:
		names = slices.DeleteFunc(strings.Split(text, ","), func(name string) bool { return name == "" })
	}
	return names
}

func (i *Import) network(name string) {
	note := ""
	if strings.TrimSpace(name) != name {
		note = " (with the spaces at its ends, as it was stored)"
	}
	i.take(func(s *Settings) {
		n := TrustedNetwork{SSID: name}
		if !slices.Contains(s.Trusted, n) {
			s.Trusted = append(s.Trusted, n)
		}
	}, "No Auto Connect on the network %q%s", name, note)
}

func (i *Import) hide(name string) {
	glob := strings.ToValidUTF8(autoconnect.QuoteGlob(name), "?")
	i.take(func(s *Settings) {
		if !slices.Contains(s.Hidden, glob) {
			s.Hidden = append(s.Hidden, glob)
		}
	}, "%q is not shown", name)
}

func (i *Import) icon(v any) {
	n, ok := number(v)
	switch {
	case ok && n == 0:
		i.take(func(s *Settings) { s.IconStyle = IconColor }, "The icon shows the state in colour")
	case ok && n == 1:
		i.take(func(s *Settings) { s.IconStyle = IconTemplate }, "The icon is plain")
	default:
		i.leave("MenuBarImageType: %s is not one of its icons", shown(v))
	}
}

// truth reads a boolean as macOS does: a text counts by its beginning.
func truth(v any) bool {
	if text, ok := v.(string); ok {
		text = strings.TrimLeft(strings.TrimSpace(text), "+-0")
		return text != "" && strings.ContainsRune("YyTt123456789", rune(text[0]))
	}
	n, ok := number(v)
	return ok && n != 0
}

// number reads a whole number of any type. A fraction is cut off.
func number(v any) (int64, bool) {
	if on, ok := v.(bool); ok {
		v = map[bool]int{true: 1}[on]
	}
	f, err := strconv.ParseFloat(strings.TrimSpace(fmt.Sprint(v)), 64)
	return int64(f), err == nil && f > -1e15 && f < 1e15
}

// shown formats a value for a message.
func shown(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case string:
		return fmt.Sprintf("%.60q", v)
	case []any:
		return "a list"
	case map[string]any:
		return "a dictionary"
	}
	return plaintext.Cut(plaintext.Line(fmt.Sprint(v)), 60)
}
