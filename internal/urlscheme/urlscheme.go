// Package urlscheme reads the URLs that other programs may open:
//
//	vpnstatus://connect?name=Office
//	vpnstatus://disconnect?name=Office&for=30m
//	vpnstatus://toggle?name=Office
//	vpnstatus://pause?for=30m
//	vpnstatus://resume
//	vpnstatus://open
//
// A URL does exactly what it says or nothing: anything unknown, repeated or
// malformed is an error that names it. Any web page can open a URL, so the user
// must confirm all but "open".
package urlscheme

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/facts"
	"vpnstatus/internal/menubar"
	"vpnstatus/internal/plaintext"
	"vpnstatus/internal/vpn"
)

// Scheme is the scheme of the URLs.
const Scheme = "vpnstatus"

// maxLength is a length that browsers and the system support; no sensible URL
// comes near it.
const maxLength = 2048

// Verb is what a URL asks for.
type Verb string

// The verbs.
const (
	Connect    Verb = "connect"    // name
	Disconnect Verb = "disconnect" // name; for
	Toggle     Verb = "toggle"     // name
	Pause      Verb = "pause"      // for
	Resume     Verb = "resume"     // name: the hold of that service; without it the pause
	Open       Verb = "open"       // show the menu
)

// parameters are those that each verb takes; true means required.
var parameters = map[Verb]map[string]bool{
	Connect:    {"name": true},
	Disconnect: {"name": true, "for": false},
	Toggle:     {"name": true},
	Pause:      {"for": false},
	Resume:     {"name": false},
	Open:       {},
}

// Request is a parsed URL. Nothing has been looked up yet.
type Request struct {
	Verb Verb
	Name string // name of the service, its beginning, or its ID; empty if not given
	For  string // see autoconnect.ParseUntil; empty if not given
}

// Error reports why a URL was refused.
type Error struct {
	URL string // shortened and safe to show
	Why string
}

func (e *Error) Error() string { return fmt.Sprintf("the link %q was refused: %s", e.URL, e.Why) }

// Parse reads a URL. The error is an *Error.
func Parse(text string) (Request, error) {
	r, err := parse(text)
	if err != nil {
		return Request{}, &Error{menubar.Middle(plaintext.Line(text), 80), plaintext.Line(err.Error())}
	}
	return r, nil
}

func parse(text string) (Request, error) {
	none := Request{}
	unfit := func(c rune) bool { return unicode.IsControl(c) || unicode.IsSpace(c) }
	switch {
	case len(text) > maxLength:
		return none, fmt.Errorf("it is longer than %d bytes", maxLength)
	case !utf8.ValidString(text):
		return none, errors.New("it is not valid UTF-8")
	case strings.ContainsFunc(text, unfit):
		return none, errors.New("it contains spaces or control characters")
	case strings.Contains(text, "#"):
		return none, errors.New(`it has a fragment; write a "#" in a name as %23`)
	}
	u, err := url.Parse(text)
	if err != nil {
		return none, errors.Unwrap(err) // without the URL, which Error has
	}
	verb := Verb(u.Host)
	known, ok := parameters[verb]
	switch {
	case u.Scheme != Scheme || u.Opaque != "" || !strings.HasPrefix(text[len(Scheme):], "://"):
		return none, fmt.Errorf("it does not begin with %s://", Scheme)
	case u.User != nil || u.Path != "":
		return none, errors.New("it has a user name or a path")
	case !ok:
		return none, fmt.Errorf("there is no verb %q; the verbs are connect, disconnect, toggle, pause, resume, open", u.Host)
	}
	given, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return none, fmt.Errorf("%w; write a %% in a name as %%25", err)
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		value := given.Get(name)
		switch _, takes := known[name]; {
		case !takes:
			return none, fmt.Errorf("%s takes no parameter %q", verb, name)
		case len(given[name]) > 1:
			return none, fmt.Errorf("the parameter %q is given twice", name)
		case strings.TrimSpace(value) == "":
			return none, fmt.Errorf("the parameter %q is empty", name)
		case !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl):
			return none, fmt.Errorf("the parameter %q is not valid text", name)
		}
	}
	for name, needed := range known {
		if needed && !given.Has(name) {
			return none, fmt.Errorf("%s needs the parameter %q", verb, name)
		}
	}
	r := Request{Verb: verb, Name: given.Get("name"), For: given.Get("for")}
	// Resolve looks at the network.
	if _, err := autoconnect.ParseUntil(r.For, time.Time{}, facts.Facts{}); err != nil && !errors.Is(err, autoconnect.ErrOffNetwork) {
		return none, fmt.Errorf("for: %w", err)
	}
	return r, nil
}

// String returns the URL in its shortest form.
func (r Request) String() string {
	query := url.Values{}
	if r.Name != "" {
		query.Set("name", r.Name)
	}
	if r.For != "" {
		query.Set("for", r.For)
	}
	u := url.URL{Scheme: Scheme, Host: string(r.Verb), RawQuery: strings.ReplaceAll(query.Encode(), "+", "%20")}
	return u.String()
}

// Action is a resolved request.
type Action struct {
	Command engine.Command // Origin is "url"

	// Question must be put to the user before Command is sent. Detail says where it
	// comes from, and Button is the verb.
	Question, Detail, Button string
}

// Resolve looks up the service and the end of a pause of any request but Open. The
// error is that of engine.Snapshot.Find or autoconnect.ParseUntil.
func (r Request) Resolve(s *engine.Snapshot, now time.Time) (Action, error) {
	c := engine.Command{Verb: engine.Verb(r.Verb), Origin: "url"}
	what := "Auto Connect"
	if r.Name != "" {
		v, err := s.Find(r.Name)
		if err != nil {
			return Action{}, err
		}
		c.ID, what = v.ID, "“"+menubar.Middle(plaintext.Line(v.DisplayName()), 60)+"”"
		if r.Verb == Toggle { // the question names what it would do now
			c.Verb = engine.VerbConnect
			if v.Status.Up() || v.Status == vpn.Connecting {
				c.Verb = engine.VerbDisconnect
			}
		}
	}
	button := map[engine.Verb]string{
		engine.VerbConnect: "Connect", engine.VerbDisconnect: "Disconnect", engine.VerbPause: "Pause", engine.VerbResume: "Resume",
	}[c.Verb]
	question := button + " " + what
	if r.For != "" || r.Verb == Pause {
		u, err := autoconnect.ParseUntil(r.For, now, s.Facts)
		if err != nil {
			return Action{}, fmt.Errorf("%s: %w", r, err)
		}
		c.Until = u
		question += " " + u.Words(now, now.Location())
	}
	return Action{
		Command: c, Question: question + "?", Button: button,
		Detail: "A link or another program asks for it: " + menubar.Middle(r.String(), 120),
	}, nil
}
