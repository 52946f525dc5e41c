package control

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

// Protocol is the version of the protocol that this program speaks. It grows
// with each change that an older program would misunderstand.
const Protocol = 1

// protocolHeader carries the version in both directions. A request without it,
// such as curl's, is assumed to have the server's version.
const protocolHeader = "VPNStatus-Protocol"

// Limits of the server.
const (
	maxBody           = 1 << 20 // lists of networks may be long
	maxHeader         = 16 << 10
	headerTimeout     = 5 * time.Second  // for the header; a request comes from the same machine
	bodyTimeout       = 10 * time.Second // for the body
	writeTimeout      = 5 * time.Second  // for one line to a watcher, or one answer
	engineTimeout     = 10 * time.Second // for the engine to accept a command; it takes microseconds
	statisticsTimeout = 3 * time.Second  // for the first traffic figures, which are read each second
	startTimeout      = 5 * time.Second  // after the start, for the list of services and their first statuses
	shutdownTimeout   = 2 * time.Second  // for requests under way when the program ends; all but watchers answer at once
)

// Limits of those who watch.
const (
	// watcherBacklog is how many bytes of events a watcher may lag behind: more
	// than thousands of services that change at once make. Beyond it, what the
	// watcher shows would be out of date.
	watcherBacklog = 1 << 20
	// maxWatchers bounds the memory that watchers take, about 50 kB each.
	maxWatchers = 500
	// maxConnections bounds the connections at a time; others wait. All but watchers
	// end within seconds.
	maxConnections = maxWatchers + 100
)

// statisticsBuffer is how many updates may wait while the figures of one service
// are read.
const statisticsBuffer = 256

// Version is the answer to GET /v1/version.
type Version struct {
	App       string `json:"app"`      // "VPNStatus"
	Version   string `json:"version"`  // of the program
	Protocol  int    `json:"protocol"` // of the socket
	PID       int    `json:"pid"`
	Simulated bool   `json:"simulated,omitempty"`
}

// commandBody is the body of a command: the command itself and the length of a
// hold or pause as a user writes it. Verb and ID may be left out, because the
// path has them.
type commandBody struct {
	engine.Command
	On  *bool   `json:"on,omitempty"`  // replaces Command's: required by verbs that take it
	For *string `json:"for,omitempty"` // "30m", "forever" or "network", in place of Until
}

// commandFields are the fields that a verb takes, besides the origin.
type commandFields struct {
	service bool // it may be sent to one service
	all     bool // it may be sent without a service
	on      bool // must be there
	until   bool
	forever bool // without an end it lasts until it is resumed
	options bool
}

var commands = map[engine.Verb]commandFields{
	engine.VerbConnect:    {service: true, options: true},
	engine.VerbDisconnect: {service: true, until: true},
	engine.VerbToggle:     {service: true, until: true, options: true},
	engine.VerbHold:       {service: true, until: true, forever: true},
	engine.VerbAuto:       {service: true, on: true},
	engine.VerbHide:       {service: true, on: true},
	engine.VerbPause:      {all: true, until: true, forever: true},
	engine.VerbResume:     {service: true, all: true},
	engine.VerbTrust:      {all: true, on: true},
	engine.VerbReload:     {all: true},
}

// originBody is the body of other requests.
type originBody struct {
	Origin string `json:"origin,omitempty"` // who asks, for the log
}

// Line is one line of GET /v1/events.
type Line struct {
	Type     LineType         `json:"type"`
	Service  *Entry           `json:"service,omitempty"`
	Event    *engine.Event    `json:"event,omitempty"`
	Snapshot *engine.Snapshot `json:"snapshot,omitempty"`
	Error    *Fault           `json:"error,omitempty"`
}

// LineType is what a Line carries.
type LineType string

// Types of lines.
const (
	LineSnapshot LineType = "snapshot" // the current state; the first line unless services were asked for
	LineService  LineType = "service"  // one service as it is, in the form of the list
	LineEvent    LineType = "event"    // one thing that happened
	LineDropped  LineType = "dropped"  // the last line: the watcher read too slowly
	LineClosing  LineType = "closing"  // the last line: the program ends
)

// Code names a kind of error in an answer.
type Code string

// The codes and their HTTP status.
const (
	CodeBadRequest   Code = "bad-request"   // 400: the request is invalid
	CodeBadSetting   Code = "bad-setting"   // 400: key names the setting
	CodeForbidden    Code = "forbidden"     // 403: another user
	CodeNoSuchPath   Code = "no-such-path"  // 404: not part of the protocol
	CodeNotFound     Code = "not-found"     // 404: no such VPN
	CodeMethod       Code = "method"        // 405
	CodeAmbiguous    Code = "ambiguous"     // 409: matches lists them
	CodeOnDemand     Code = "on-demand"     // 409
	CodeOffNetwork   Code = "off-network"   // 409
	CodeNoStatistics Code = "no-statistics" // 409: there is no tunnel
	CodeRefused      Code = "refused"       // 409: the engine refused it
	CodeTimeout      Code = "timeout"       // 408: the body did not arrive in time
	CodeTooLarge     Code = "too-large"     // 413
	CodeVersion      Code = "version"       // 426: the client speaks another version of the protocol
	CodeInternal     Code = "internal"      // 500
	CodeUnsupported  Code = "unsupported"   // 501: this instance has no screen
	CodeNotReady     Code = "not-ready"     // 503: the list of services has not arrived
	CodeBusy         Code = "busy"          // 503: too many clients
	CodeClosing      Code = "closing"       // 503: the program ends
	CodeSlow         Code = "slow"          // in a line only
)

var codeStatus = map[Code]int{
	CodeBadRequest: http.StatusBadRequest, CodeBadSetting: http.StatusBadRequest,
	CodeForbidden: http.StatusForbidden, CodeNoSuchPath: http.StatusNotFound,
	CodeNotFound: http.StatusNotFound, CodeMethod: http.StatusMethodNotAllowed,
	CodeAmbiguous: http.StatusConflict, CodeOnDemand: http.StatusConflict,
	CodeOffNetwork: http.StatusConflict, CodeNoStatistics: http.StatusConflict,
	CodeRefused: http.StatusConflict, CodeTooLarge: http.StatusRequestEntityTooLarge,
	CodeVersion: http.StatusUpgradeRequired, CodeInternal: http.StatusInternalServerError,
	CodeUnsupported: http.StatusNotImplemented, CodeClosing: http.StatusServiceUnavailable,
	CodeTimeout: http.StatusRequestTimeout, CodeNotReady: http.StatusServiceUnavailable,
	CodeBusy: http.StatusServiceUnavailable,
}

// Fault is an error as it goes over the socket.
type Fault struct {
	Code    Code    `json:"code"`
	Message string  `json:"message"`
	Query   string  `json:"query,omitempty"`   // not-found, ambiguous: the name asked for
	Key     string  `json:"key,omitempty"`     // bad-setting: the key
	Text    string  `json:"text,omitempty"`    // bad-setting: why
	Matches []Match `json:"matches,omitempty"` // ambiguous: the services that fit
}

// Match is a service that fits an ambiguous name.
type Match struct {
	ID   vpn.ID `json:"id"`
	Name string `json:"name"`
}

type faultBody struct {
	Error *Fault `json:"error"`
}

// Error is an error received over the socket that has no type of its own.
type Error struct {
	Code    Code
	Message string
	cause   error
}

func (e *Error) Error() string { return e.Message }

// Unwrap returns the error that the code stands for, or nil.
func (e *Error) Unwrap() error { return e.cause }

// VersionError reports that client and server speak different versions of the
// protocol.
type VersionError struct{ Message string }

func (e *VersionError) Error() string { return e.Message }

// sentinels are the errors that keep their identity across the socket.
var sentinels = map[Code]error{
	CodeOnDemand:     engine.ErrOnDemand,
	CodeOffNetwork:   autoconnect.ErrOffNetwork,
	CodeClosing:      engine.ErrClosed,
	CodeSlow:         engine.ErrSlow,
	CodeNoStatistics: vpn.ErrNoStatistics,
}

// faultOf converts an error to the form of the protocol. An engine error
// without a code of its own is a refusal.
func faultOf(err error) *Fault {
	f := &Fault{Code: CodeRefused, Message: err.Error()}
	var own *Error
	var notFound *vpn.NotFoundError
	var ambiguous *vpn.AmbiguousError
	var setting *settings.KeyError
	switch {
	case errors.As(err, &own):
		f.Code = own.Code
	case errors.As(err, &notFound):
		f.Code, f.Query = CodeNotFound, notFound.Query
	case errors.As(err, &ambiguous):
		f.Code, f.Query = CodeAmbiguous, ambiguous.Query
		for i, id := range ambiguous.IDs {
			f.Matches = append(f.Matches, Match{id, ambiguous.Names[i]})
		}
	case errors.As(err, &setting):
		f.Code, f.Key, f.Text = CodeBadSetting, setting.Key, setting.Text
	default:
		for code, sentinel := range sentinels {
			if errors.Is(err, sentinel) {
				f.Code = code
			}
		}
	}
	return f
}

// err converts a fault back into the error it was made from.
func (f *Fault) err() error {
	e := &Error{Code: f.Code, Message: f.Message, cause: sentinels[f.Code]}
	switch f.Code {
	case CodeNotFound:
		return &vpn.NotFoundError{Query: f.Query}
	case CodeAmbiguous:
		a := &vpn.AmbiguousError{Query: f.Query}
		for _, m := range f.Matches {
			a.IDs, a.Names = append(a.IDs, m.ID), append(a.Names, m.Name)
		}
		return a
	case CodeBadSetting:
		return &settings.KeyError{Key: f.Key, Text: f.Text}
	case CodeVersion:
		return &VersionError{f.Message}
	}
	if e.Message == "" {
		e.Message = fmt.Sprintf("VPNStatus answered %q without saying more", f.Code)
	}
	return e
}

func fault(code Code, format string, args ...any) error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}
