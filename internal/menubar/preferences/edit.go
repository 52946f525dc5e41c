package preferences

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/menubar"
	"vpnstatus/internal/plaintext"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

// Apply makes the change of a control with the text given to it, or returns
// why nothing was changed. A Key is set from text as the command line does. It waits
// for the disk.
func Apply(store *settings.Store, c Control, value string) error {
	if !utf8.ValidString(value) {
		return fmt.Errorf("%q is not valid UTF-8", value)
	}
	if c.Key != "" {
		return store.Set(c.Key, value)
	}
	change := func(s *settings.Settings) error { return c.Set(s, value) }
	if c.ReplaceAll {
		return store.Replace(change)
	}
	return store.Update(change)
}

// ErrorText returns why a change was refused, without the key, which is clear
// from the row.
func ErrorText(err error) string {
	text := err.Error()
	if k, ok := errors.AsType[*settings.KeyError](err); ok {
		text = k.Text
		if first, rest, ok := strings.Cut(text, ": "); ok && uuid.Validate(first) == nil {
			text = rest // the ID of a probe's service
		}
	}
	return menubar.UpperFirst(text)
}

// errGone refuses to change something that was removed.
var errGone = errors.New("it was changed elsewhere in the meantime")

// element returns a Setter for the element that was at an index of a list when
// the window was built. The element may have moved; if it was removed or
// changed, the change is refused.
func element[T any](list func(*settings.Settings) *[]T, index int, was T, change func(list []T, i int, value string) ([]T, error)) Setter {
	return func(s *settings.Settings, value string) error {
		l := list(s)
		is := func(v T) bool { return reflect.DeepEqual(v, was) }
		i := index
		if i >= len(*l) || !is((*l)[i]) {
			if i = slices.IndexFunc(*l, is); i < 0 {
				return errGone
			}
		}
		next, err := change(*l, i, value)
		if err == nil {
			*l = next
		}
		return err
	}
}

// removed and moved are changes to an element of a list.
func removed[T any](list []T, i int, _ string) ([]T, error) { return slices.Delete(list, i, i+1), nil }

func moved[T any](by int) func([]T, int, string) ([]T, error) {
	return func(list []T, i int, _ string) ([]T, error) {
		to := min(max(i+by, 0), len(list)-1)
		v := list[i]
		return slices.Insert(slices.Delete(list, i, i+1), to, v), nil
	}
}

// include adds a value to a list or removes it.
func include[T comparable](list []T, v T, in bool) []T {
	list = slices.DeleteFunc(list, func(x T) bool { return x == v })
	if in {
		list = append(list, v)
	}
	return list
}

// forService converts a change for a service to the Set function of a table's
// column.
func forService(change func(s *settings.Settings, id vpn.ID, on bool)) func(*settings.Settings, string, bool) error {
	return func(s *settings.Settings, entry string, on bool) error {
		id, err := uuid.Parse(entry)
		if err == nil {
			change(s, id, on)
		}
		return err
	}
}

func setAuto(s *settings.Settings, id vpn.ID, on bool) {
	if s.AutoConnect == nil {
		s.AutoConnect = map[vpn.ID]bool{}
	}
	if s.AutoConnect[id] = on; !on {
		delete(s.AutoConnect, id)
	}
}

// Values of the popup of groups.
const (
	noGroup  = "none"
	newGroup = "new"
	inGroup  = "in " // followed by the group's name
)

// setGroup moves a service from its group to that of the popup's value.
func setGroup(id vpn.ID) Setter {
	return func(s *settings.Settings, value string) error {
		at, place := memberOf(s.Groups, id)
		name, in := strings.CutPrefix(value, inGroup)
		if in && at >= 0 && s.Groups[at].Name == name {
			return nil
		}
		if at >= 0 {
			g := &s.Groups[at]
			if g.Members = slices.Delete(g.Members, place, place+1); len(g.Members) == 0 {
				s.Groups = slices.Delete(s.Groups, at, at+1)
			}
		}
		find := func(name string) int {
			return slices.IndexFunc(s.Groups, func(g autoconnect.Group) bool { return g.Name == name })
		}
		switch {
		case value == noGroup:
		case value == newGroup:
			n := 1
			for find("Group "+strconv.Itoa(n)) >= 0 {
				n++
			}
			s.Groups = append(s.Groups, autoconnect.Group{Name: "Group " + strconv.Itoa(n), Members: []vpn.ID{id}})
		case in && find(name) >= 0:
			g := &s.Groups[find(name)]
			g.Members = append(g.Members, id)
		default:
			return errGone
		}
		return nil
	}
}

// ofGroup returns a Setter for the group that a service is in.
func ofGroup(id vpn.ID, change func(g *autoconnect.Group, place int, value string)) Setter {
	return func(s *settings.Settings, value string) error {
		at, place := memberOf(s.Groups, id)
		if at < 0 {
			return errGone
		}
		change(&s.Groups[at], place, value)
		return nil
	}
}

// memberOf returns the group that a service is in and its place there; -1 if it
// is in none.
func memberOf(groups []autoconnect.Group, id vpn.ID) (group, place int) {
	for i, g := range groups {
		if p := slices.Index(g.Members, id); p >= 0 {
			return i, p
		}
	}
	return -1, -1
}

// setProbe returns a Setter for the test address of a service, empty for none.
func setProbe(id vpn.ID) Setter {
	return func(s *settings.Settings, target string) error {
		p := s.Probes[id]
		if p.Target = strings.TrimSpace(target); p.Target == "" {
			delete(s.Probes, id)
			return nil
		}
		if s.Probes == nil {
			s.Probes = map[vpn.ID]autoconnect.Probe{}
		}
		s.Probes[id] = p
		return nil
	}
}

// setProbeInterval returns a Setter for how often a test address is asked, in
// seconds or as a text such as 2m; empty for the default.
func setProbeInterval(id vpn.ID) Setter {
	return func(s *settings.Settings, value string) (err error) {
		p, ok := s.Probes[id]
		if !ok {
			return errGone
		}
		p.Interval = 0
		if value = strings.TrimSpace(value); value != "" {
			if p.Interval, err = plaintext.DurationIn(value, time.Second); err != nil {
				return err
			}
		}
		s.Probes[id] = p
		return nil
	}
}

// joinList writes a list with commas, or as JSON where that would be ambiguous.
func joinList(list []string) string {
	text := strings.Join(list, ", ")
	if back, err := splitList(text); err == nil && slices.Equal(back, list) {
		return text
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(list) != nil {
		return text
	}
	return strings.TrimSpace(b.String())
}

// splitList reads what joinList writes.
func splitList(text string) ([]string, error) {
	var list []string
	if strings.HasPrefix(text, "[") {
		if err := json.Unmarshal([]byte(text), &list); err != nil {
			return nil, errors.New(`a list is written with commas, or as ["one", "two"]`)
		}
		return list, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list, nil
}
