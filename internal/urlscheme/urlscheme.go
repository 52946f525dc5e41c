// Package urlscheme understands the URLs that other programs may open:
//
//	vpnstatus://connect?name=Office
//	vpnstatus://disconnect?name=Office&for=30m
//	vpnstatus://toggle?name=Office
//	vpnstatus://pause?for=30m
//	vpnstatus://resume
//	vpnstatus://open
//
// It promises that a URL does exactly what it says or nothing: whatever is
// unknown, repeated, left over or malformed is an error that names it. Any web
// page can open a URL, so all but "open" must be put to the person first.
package urlscheme

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/facts"
	"vpnstatus/internal/menubar"
	"vpnstatus/internal/plaintext"
)

// Scheme is the scheme of the URLs.
const Scheme = "vpnstatus"

// maxLength is what browsers and the system pass on without trouble; no sensible
// URL comes near it.
const maxLength = 2048

// Verb is what a URL asks for.
type Verb string

// The verbs.
const (
	Connect    Verb = "connect"    // name
	Disconnect Verb = "disconnect" // name; for
	Toggle     Verb = "toggle"     // name
	Pause      Verb = "pause"      // for
	Resume     Verb = "resume"     // name: that service's hold; without it the pause
	Open       Verb = "open"       // show the menu
)

// parameters are those that a verb takes, with whether it needs them.
var parameters = map[Verb]map[string]bool{
	Connect:    {"name": true},
	Disconnect: {"name": true, "for": false},
	Toggle:     {"name": true},
	Pause:      {"for": false},
	Resume:     {"name": false},
	Open:       {},
}

var verbs = []Verb{Connect, Disconnect, Toggle, Pause, Resume, Open}

// Request is a URL that was understood. Nothing has been looked up yet.
type Request struct {
	Verb Verb
	Name string // of the service, or the beginning of it, or its ID; empty: none was given
	For  string // see autoconnect.ParseUntil; empty if not given
}

// Error tells why a URL was refused.
type Error struct {
	URL string // shortened, without control characters
	Why string
}

func (e *Error) Error() string { return fmt.Sprintf("the link %q was refused: %s", e.URL, e.Why) }

// Parse reads a URL. The error is an *Error.
func Parse(text string) (Request, error) {
	r, why := parse(text)
	if why != "" {
		return Request{}, &Error{menubar.Middle(plaintext.Line(text), 80), why}
	}
	return r, nil
}

func parse(text string) (r Request, why string) {
	switch {
	case len(text) > maxLength:
		return r, fmt.Sprintf("it is longer than %d bytes", maxLength)
	case !utf8.ValidString(text):
		return r, "it is not valid UTF-8"
	case strings.ContainsFunc(text, func(c rune) bool { return unicode.IsControl(c) || unicode.IsSpace(c) }):
		return r, "it has spaces or control characters in it"
	}
	scheme, rest, ok := strings.Cut(text, ":")
	if !ok || !strings.EqualFold(scheme, Scheme) {
		return r, "it does not begin with " + Scheme + "://"
	}
	rest, ok = strings.CutPrefix(rest, "//")
	if !ok {
		return r, "it does not begin with " + Scheme + "://"
	}
	if strings.Contains(rest, "#") {
		return r, `it has a fragment; a "#" in a name is written %23`
	}
	host, query, hasQuery := strings.Cut(rest, "?")
	switch {
	case strings.Contains(host, "@"):
		return r, "it has a user name in it"
	case strings.Contains(host, "/"):
		return r, "it has a path"
	case strings.Contains(host, ":"):
		return r, "it has a port"
	case host == "":
		return r, "it does not say what to do; the verbs are " + verbList()
	}
	r.Verb = Verb(host)
	known, ok := parameters[r.Verb]
	if !ok {
		return r, fmt.Sprintf("there is no verb %q; the verbs are %s", host, verbList())
	}
	given := map[string]string{}
	if hasQuery {
		if given, why = parseQuery(query); why != "" {
			return r, why
		}
	}
	for name, value := range given {
		if _, ok := known[name]; !ok {
			return r, fmt.Sprintf("%s takes no parameter %q", r.Verb, name)
		}
		if strings.TrimSpace(value) == "" {
			return r, fmt.Sprintf("the parameter %q is empty", name)
		}
	}
	for name, needed := range known {
		if _, ok := given[name]; needed && !ok {
			return r, fmt.Sprintf("%s needs the parameter %q", r.Verb, name)
		}
	}
	r.Name, r.For = given["name"], given["for"]
	if r.For != "" {
		_, err := autoconnect.ParseUntil(r.For, time.Time{}, facts.Facts{})
		if err != nil && !errors.Is(err, autoconnect.ErrOffNetwork) { // the network is looked at later
			return r, "for: " + err.Error()
		}
	}
	return r, ""
}

func verbList() string {
	words := make([]string, len(verbs))
	for i, v := range verbs {
		words[i] = string(v)
	}
	return strings.Join(words, ", ")
}

func parseQuery(query string) (given map[string]string, why string) {
	given = map[string]string{}
	for part := range strings.SplitSeq(query, "&") {
		rawName, rawValue, ok := strings.Cut(part, "=")
		if !ok {
			return nil, fmt.Sprintf("%q is no parameter; one is written name=value", part)
		}
		name, err := url.QueryUnescape(rawName)
		value, err2 := url.QueryUnescape(rawValue)
		switch {
		case err != nil || err2 != nil:
			return nil, fmt.Sprintf("in %q a %% is not followed by two hexadecimal digits; a %% itself is written %%25", part)
		case !utf8.ValidString(name) || !utf8.ValidString(value):
			return nil, fmt.Sprintf("%q is not valid UTF-8", part)
		case strings.ContainsFunc(name+value, unicode.IsControl):
			return nil, fmt.Sprintf("%q has control characters in it", part)
		}
		if _, twice := given[name]; twice {
			return nil, fmt.Sprintf("the parameter %q is given twice", name)
		}
		given[name] = value
	}
	return given, ""
}

// String returns the URL in its plainest form.
func (r Request) String() string {
	var query []string
	for _, p := range [][2]string{{"name", r.Name}, {"for", r.For}} {
		if p[1] != "" {
			query = append(query, p[0]+"="+strings.ReplaceAll(url.QueryEscape(p[1]), "+", "%20"))
		}
	}
	text := Scheme + "://" + string(r.Verb)
	if len(query) > 0 {
		text += "?" + strings.Join(query, "&")
	}
	return text
}

// Action is what a request comes to.
type Action struct {
	Open    bool           // show the menu; then there is no Command
	Command engine.Command // Origin is "url"

	// Question is to be put to the person unless they are known to have opened
	// the URL themselves; empty: it can be done without. Detail says what is
	// behind it, Button names the deed.
	Question, Detail, Button string
}

// Resolve looks up the service and the end of a pause. The error is that of
// engine.Snapshot.Find, or tells that the network is not known.
func (r Request) Resolve(s *engine.Snapshot, now time.Time) (Action, error) {
	if r.Verb == Open {
		return Action{Open: true}, nil
	}
	a := Action{Command: engine.Command{Verb: engine.Verb(r.Verb), Origin: "url"}}
	if r.Name != "" {
		v, err := s.Find(r.Name)
		if err != nil {
			return Action{}, err
		}
		a.Command.ID = v.ID
		a.question(r.Verb, "“"+menubar.Middle(plaintext.Line(v.Name), 60)+"”", v)
	} else {
		a.question(r.Verb, "Auto Connect", nil)
	}
	if r.For != "" || r.Verb == Pause {
		u, err := autoconnect.ParseUntil(r.For, now, s.Facts)
		if err != nil {
			return Action{}, fmt.Errorf("%s: %w", r, err)
		}
		a.Command.Until = u
		a.Question += " " + u.Words(now, now.Location())
	}
	a.Question += "?"
	a.Detail = "A link or another program asks for it: " + menubar.Middle(r.String(), 120)
	return a, nil
}

func (a *Action) question(verb Verb, what string, v *engine.Service) {
	a.Button = map[Verb]string{Connect: "Connect", Disconnect: "Disconnect", Pause: "Pause", Resume: "Resume"}[verb]
	if verb == Toggle {
		// The question says what it would do now.
		a.Command.Verb, a.Button = engine.VerbConnect, "Connect"
		if v.Status.Up() || v.Status.InTransition() {
			a.Command.Verb, a.Button = engine.VerbDisconnect, "Disconnect"
		}
	}
	a.Question = a.Button + " " + what
}
