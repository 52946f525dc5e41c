package settings

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"howett.net/plist"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/vpn"
)

// TimacDomain is the preferences domain of Alexandre Colucci's VPNStatus, whose
// settings can be imported.
const TimacDomain = "org.timac.VPNStatus"

// importedGroup is the name of the group that stands for his "single auto
// connect".
const importedGroup = "Single Auto Connect"

// Import is what would be taken over from the settings of Timac's VPNStatus.
// Nothing changes before Apply.
type Import struct {
	Taken []string // a line for people about each thing that Apply changes; services by ID
	Left  []string // the same about each thing that is left out, with the reason

	steps []func(*Settings)
}

// take notes a change.
func (i *Import) take(step func(*Settings), format string, args ...any) {
	i.steps = append(i.steps, step)
	i.Taken = append(i.Taken, fmt.Sprintf(format, args...))
}

func (i *Import) leave(format string, args ...any) {
	i.Left = append(i.Left, fmt.Sprintf(format, args...))
}

// Apply changes the settings; what is there already stays. It is made for
// Store.Update and returns nil.
func (i Import) Apply(s *Settings) error {
	for _, step := range i.steps {
		step(s)
	}
	return nil
}

// maxImportSize is far beyond any settings of his. The parser recurses into each
// list, so the bound also bounds the stack.
const maxImportSize = 256 << 10

// ImportTimac reads exported settings of Timac's VPNStatus: the property list,
// XML or binary, that `defaults export org.timac.VPNStatus FILE` writes or that
// lies in ~/Library/Preferences. The error tells that data is something else.
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
		if p := recover(); p != nil { // the decoder panics on some broken lists
			err = fmt.Errorf("it is broken: %v", p)
		}
	}()
	_, err = plist.Unmarshal(data, &values)
	return values, err
}

// timacKey is a key and what is made of its value; all are the values of all
// keys.
type timacKey struct {
	name string
	take func(i *Import, v any, all map[string]any)
}

// timacKeys are the keys of Timac's VPNStatus 3.1 (docs/internals.md, section
// 11), in the order in which people think of them.
var timacKeys = []timacKey{
	{"Services", importServices},
	{"SingleAutoConnect", importSingle},
	{"AlwaysConnectedRetryDelay", importDelay},
	{"IgnoredSSIDs", importNetworks},
	{"IgnoredVPNs", importHidden},
	{"MenuBarImageType", importIcon},
	{"DisabledCheckForUpdatesAutomatically", leaveUpdates},
	{"SkipVersion", leaveUpdates},
}

// ImportTimacValues is ImportTimac for preferences that were read already, as
// macOS has them in memory. Values may have any type: `defaults write` stores
// texts where the app expects numbers.
func ImportTimacValues(values map[string]any) (Import, error) {
	var i Import
	known := 0
	for _, k := range timacKeys {
		if v, ok := values[k.name]; ok {
			known++
			k.take(&i, v, values)
		}
	}
	if known == 0 {
		return Import{}, errors.New("importing settings: none of the keys of " + TimacDomain + " is there")
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !slices.ContainsFunc(timacKeys, func(k timacKey) bool { return k.name == name }) {
			i.leave("%s: nothing here corresponds to it", clean(name))
		}
	}
	return i, nil
}

// timacService is one entry of Services.
type timacService struct {
	id   vpn.ID
	auto bool
}

// timacServices returns the services that have an entry, and says what is
// wrong with the others.
func timacServices(v any) (found []timacService, faults []string) {
	list, ok := v.([]any)
	if !ok {
		return nil, []string{fmt.Sprintf("Services: it is not a list but %s", shown(v))}
	}
	seen := map[vpn.ID]bool{}
	for n, e := range list {
		entry, ok := e.(map[string]any)
		if !ok {
			faults = append(faults, fmt.Sprintf("Services, number %d: it is not an entry of a service", n+1))
			continue
		}
		text, _ := entry["Identifier"].(string)
		id, err := uuid.Parse(strings.TrimSpace(text))
		switch {
		case err != nil:
			faults = append(faults, fmt.Sprintf("Services, number %d: %s is not the ID of a service", n+1, shown(entry["Identifier"])))
		case !seen[id]:
			seen[id] = true
			found = append(found, timacService{id, truth(entry["AlwaysConnected"])})
		}
	}
	return found, faults
}

func importServices(i *Import, v any, _ map[string]any) {
	found, faults := timacServices(v)
	for _, s := range found {
		if !s.auto {
			continue
		}
		i.take(func(v *Settings) {
			if v.AutoConnect == nil {
				v.AutoConnect = map[vpn.ID]bool{}
			}
			v.AutoConnect[s.id] = true
		}, "Auto Connect for %s", s.id)
	}
	for _, f := range faults {
		i.leave("%s", f)
	}
}

// importSingle turns "switching one on switches the others off" into a group.
func importSingle(i *Import, v any, all map[string]any) {
	if !truth(v) {
		return
	}
	found, _ := timacServices(all["Services"])
	sort.SliceStable(found, func(i, j int) bool { return found[i].auto && !found[j].auto })
	if len(found) < 2 {
		i.leave("SingleAutoConnect: there are not two services that it would concern")
		return
	}
	i.take(func(s *Settings) {
		taken := map[vpn.ID]bool{}
		for _, g := range s.Groups {
			if g.Name == importedGroup {
				return // imported before
			}
			for _, id := range g.Members {
				taken[id] = true
			}
		}
		g := autoconnect.Group{Name: importedGroup}
		for _, f := range found {
			if !taken[f.id] {
				g.Members = append(g.Members, f.id)
			}
		}
		if len(g.Members) >= 2 {
			s.Groups = append(s.Groups, g)
		}
	}, "At most one of %d services at a time (a group)", len(found))
}

func importDelay(i *Import, v any, _ map[string]any) {
	n, ok := number(v)
	if !ok {
		i.leave("AlwaysConnectedRetryDelay: %s is not a number", shown(v))
		return
	}
	if n <= 0 {
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

// maxNames is the number of names that a comma text may hold; a person has a
// few.
const maxNames = 10_000

// importNetworks splits as his app does: at commas, without trimming.
func importNetworks(i *Import, v any, _ map[string]any) {
	text, ok := v.(string)
	if !ok {
		i.leave("IgnoredSSIDs: it is not a text but %s", shown(v))
		return
	}
	if strings.Count(text, ",") >= maxNames {
		i.leave("IgnoredSSIDs: it holds more than %d names", maxNames)
		return
	}
	for name := range strings.SplitSeq(text, ",") {
		if name == "" {
			continue
		}
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
}

func importHidden(i *Import, v any, _ map[string]any) {
	text, ok := v.(string)
	if !ok {
		i.leave("IgnoredVPNs: it is not a text but %s", shown(v))
		return
	}
	if strings.Count(text, ",") >= maxNames {
		i.leave("IgnoredVPNs: it holds more than %d names", maxNames)
		return
	}
	for name := range strings.SplitSeq(text, ",") {
		if name == "" {
			continue
		}
		glob := strings.ToValidUTF8(autoconnect.QuoteGlob(name), "?")
		i.take(func(s *Settings) {
			if !slices.Contains(s.Hidden, glob) {
				s.Hidden = append(s.Hidden, glob)
			}
		}, "%q is not shown", name)
	}
}

func importIcon(i *Import, v any, _ map[string]any) {
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

func leaveUpdates(i *Import, _ any, _ map[string]any) {
	const line = "Checking for updates: this program looks only when it is asked to"
	if !slices.Contains(i.Left, line) {
		i.leave("%s", line)
	}
}

// truth reads a switch as macOS reads one: texts count by their beginning.
func truth(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case string:
		s := strings.TrimLeft(strings.TrimSpace(v), "+-0")
		return s != "" && strings.ContainsRune("YyTt123456789", rune(s[0]))
	}
	n, ok := number(v)
	return ok && n != 0
}

// number reads a whole number of any type.
func number(v any) (int64, bool) {
	switch v := v.(type) {
	case bool:
		if v {
			return 1, true
		}
		return 0, true
	case int64:
		return v, true
	case uint64:
		return int64(min(v, 1<<62)), true
	case int:
		return int64(v), true
	case float64:
		if v > -1e15 && v < 1e15 {
			return int64(v), true
		}
	case string:
		if n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64); err == nil {
			return n, true
		}
		if f, err := strconv.ParseFloat(strings.TrimSpace(v), 64); err == nil {
			return number(f)
		}
	}
	return 0, false
}

// shown puts a value into a line for people.
func shown(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case string:
		return fmt.Sprintf("%.60q", v)
	case bool, int64, uint64, float64, int:
		return fmt.Sprint(v)
	case []any:
		return "a list"
	case map[string]any:
		return "a dictionary"
	}
	return fmt.Sprintf("%T", v)
}

// clean makes a key that may hold anything fit a line.
func clean(name string) string {
	if q := strconv.Quote(name); q[1:len(q)-1] != name || len(name) > 60 {
		return fmt.Sprintf("%.60q", name)
	}
	return name
}
