package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/doctor"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/plaintext"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

// Engine is what the server needs of *engine.Engine.
type Engine interface {
	engine.Source
	Do(ctx context.Context, c engine.Command) error
	Attend() (release func())
	Explain(ctx context.Context, id vpn.ID) (autoconnect.Explanation, error)
}

// Options configure a server.
type Options struct {
	Version string       // of the program
	Log     *slog.Logger // nil: no log
	Show    func()       // opens the menu or window; nil if there is no screen
	Quit    func()       // ends the program; nil if it can't be ended this way

	Doctor func(context.Context) doctor.Report // nil if there is none
}

// Server answers requests at the control socket.
type Server struct {
	engine   Engine
	settings *settings.Store
	options  Options
	log      *slog.Logger
	mux      *http.ServeMux
	patterns []string // as registered
	peer     func(net.Conn) error
	hub      *hub
	settle   time.Time     // until then requests wait for the list of services and their statuses
	closing  chan struct{} // closed when Serve is to end
}

// NewServer returns a server; nothing happens before Serve.
func NewServer(e Engine, s *settings.Store, o Options) *Server {
	srv := &Server{
		engine: e, settings: s, options: o, log: o.Log, mux: http.NewServeMux(), peer: checkClient, hub: newHub(e),
		closing: make(chan struct{}),
	}
	if srv.log == nil {
		srv.log = slog.New(slog.DiscardHandler)
	}
	srv.handle("GET /v1/version", srv.version)
	srv.handle("GET /v1/status", func(*http.Request) (any, error) { return factual(e.Latest()), nil })
	srv.handle("GET /v1/doctor", srv.doctor)
	srv.handle("GET /v1/services", srv.list)
	srv.handle("GET /v1/services/{service}", srv.service)
	srv.handle("GET /v1/services/{service}/statistics", srv.statistics)
	srv.handle("GET /v1/explain/{service}", srv.explain)
	srv.handle("POST /v1/services/{service}/{verb}", srv.command)
	for verb, takes := range commands {
		if takes.all {
			srv.handle("POST /v1/"+string(verb), func(r *http.Request) (any, error) {
				r.SetPathValue("verb", string(verb))
				return srv.command(r)
			})
		}
	}
	srv.handle("POST /v1/show", srv.call("show", o.Show))
	srv.handle("POST /v1/quit", srv.call("quit", o.Quit))
	srv.handle("GET /v1/settings", srv.allSettings)
	srv.handle("PATCH /v1/settings", srv.patchSettings)
	srv.register("GET /v1/events", srv.events)
	return srv
}

// Serve answers until ctx ends, then notifies the watchers, closes the listener
// and returns nil. It may be called once.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	s.settle = time.Now().Add(startTimeout)
	following, unfollow := context.WithCancel(context.Background())
	var hub sync.WaitGroup
	hub.Go(func() { s.hub.run(following) })
	defer hub.Wait()
	defer unfollow()
	limited := limitedListener{l, make(chan struct{}, maxConnections), s.closing}
	h := &http.Server{
		Handler:                      s,
		ReadHeaderTimeout:            headerTimeout,
		MaxHeaderBytes:               maxHeader,
		DisableGeneralOptionsHandler: true, // it would answer everybody
		ErrorLog:                     slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, peerError{}, s.peer(c))
		},
		ConnState: limited.state,
	}
	h.SetKeepAlivesEnabled(false) // a connection without a request would keep others waiting
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		close(s.closing)
		limit, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
		defer cancel()
		if err := h.Shutdown(limit); err != nil {
			s.log.Warn("control: requests were cut off at the end", "error", err)
			_ = h.Close() // there is nothing left to wait for
		}
	})
	err := h.Serve(limited)
	if !stop() {
		<-stopped
	}
	if ctx.Err() != nil {
		return nil
	}
	return errors.Join(fmt.Errorf("serving the control socket: %w", err), h.Close())
}

// peerError is the context key for the result of checking the peer.
type peerError struct{}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set(protocolHeader, strconv.Itoa(Protocol))
	if err := s.admit(r); err != nil {
		s.fail(w, r, err)
		return
	}
	if h, pattern := s.mux.Handler(r); pattern == "" {
		// The mux knows which methods a path takes, but answers in plain text.
		refused := statusRecorder{header: http.Header{}}
		h.ServeHTTP(&refused, r)
		if refused.status != http.StatusMethodNotAllowed {
			s.fail(w, r, fault(CodeNoSuchPath, "there is no %.100q in this version", r.URL.Path))
			return
		}
		allow := refused.header.Get("Allow")
		w.Header().Set("Allow", allow)
		s.fail(w, r, fault(CodeMethod, "%s takes %s, not %.20s", r.URL.Path, allow, r.Method))
		return
	}
	s.mux.ServeHTTP(w, r)
}

// statusRecorder is an http.ResponseWriter that drops the body.
type statusRecorder struct {
	header http.Header
	status int
}

func (s *statusRecorder) Header() http.Header         { return s.header }
func (s *statusRecorder) Write(b []byte) (int, error) { return len(b), nil }
func (s *statusRecorder) WriteHeader(status int)      { s.status = status }

// admit returns an error for clients that may not use the server.
func (s *Server) admit(r *http.Request) error {
	if err, ok := r.Context().Value(peerError{}).(error); ok {
		return fault(CodeForbidden, "%v", err)
	}
	// A browser can't reach a Unix socket, but a careless proxy might let one.
	if r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != "" {
		return fault(CodeForbidden, "requests of web pages are refused")
	}
	if v := r.Header.Get(protocolHeader); v != "" && v != strconv.Itoa(Protocol) {
		return fault(CodeVersion, "this VPNStatus (%s) speaks version %d of the control protocol, the request is of version %.20q: use the same version of app and command line", s.options.Version, Protocol, v)
	}
	return nil
}

// register adds a handler that writes its own answer or returns an error,
// which is then the answer.
func (s *Server) register(pattern string, h func(http.ResponseWriter, *http.Request) error) {
	s.patterns = append(s.patterns, pattern)
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		if err := s.safely(h, w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

// handle adds a handler whose result is the answer.
func (s *Server) handle(pattern string, h func(*http.Request) (any, error)) {
	s.register(pattern, func(w http.ResponseWriter, r *http.Request) error {
		if err := readBody(w, r); err != nil {
			return err
		}
		v, err := h(r)
		if err != nil {
			return err
		}
		return write(w, http.StatusOK, v)
	})
}

// safely turns a panic into an error, so that a bug in one handler is answered
// and logged rather than seen as a closed connection.
func (s *Server) safely(h func(http.ResponseWriter, *http.Request) error, w http.ResponseWriter, r *http.Request) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("control: a request failed", "path", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
			err = fault(CodeInternal, "an internal error of VPNStatus: %v", p)
		}
	}()
	return h(w, r)
}

func write(w http.ResponseWriter, status int, v any) error {
	data, err := plaintext.JSON(v, "")
	if err != nil {
		return fault(CodeInternal, "encoding the answer: %v", err)
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTimeout)) // every connection of net/http has deadlines
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(data) // an error means that the client is gone
	return nil
}

var done = struct {
	OK bool `json:"ok"`
}{true}

func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	f := faultOf(err)
	status, ok := codeStatus[f.Code]
	if !ok {
		status = http.StatusInternalServerError
	}
	s.log.Debug("control: refused", "method", r.Method, "path", r.URL.Path, "code", f.Code, "error", f.Message)
	if f.Code == CodeVersion {
		w.Header().Set("Upgrade", fmt.Sprintf("VPNStatus/%d", Protocol)) // required with 426
	}
	_ = write(w, status, faultBody{f}) // a Fault can always be encoded
}

// readBody replaces the body by one in memory, within the limits of size and
// time. Afterwards net/http notices when the client leaves.
func readBody(w http.ResponseWriter, r *http.Request) error {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(bodyTimeout)) // every connection of net/http has deadlines
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if errors.Is(err, os.ErrDeadlineExceeded) {
		// The deadline stays, so that net/http does not wait for the rest either.
		w.Header().Set("Connection", "close")
		return fault(CodeTimeout, "the body did not arrive within %v", bodyTimeout)
	}
	_ = control.SetReadDeadline(time.Time{})
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return fault(CodeTooLarge, "the body has more than %d bytes", maxBody)
	case err != nil:
		return fault(CodeBadRequest, "reading the body: %v", err)
	}
	r.Body = io.NopCloser(bytes.NewReader(bytes.TrimSpace(data)))
	return nil
}

// decode decodes the body strictly. An empty body is an empty object.
func decode(r *http.Request, into any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == io.EOF {
		return nil
	}
	if err != nil {
		text := strings.TrimPrefix(err.Error(), "json: ")
		if when := (*time.ParseError)(nil); errors.As(err, &when) {
			text = "a time must look like 2026-11-22T08:00:00Z"
		} else if strings.HasPrefix(text, "invalid UUID") {
			text = "an ID must be a UUID"
		}
		if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) {
			field := strings.TrimPrefix(wrong.Field, "Command.") // embedded in commandBody
			text = strings.TrimPrefix(field+": ", ": ") + "a value of the type " + wrong.Value + " does not fit here"
		}
		return fault(CodeBadRequest, "the body can't be used: %s", text)
	}
	if _, err := d.Token(); err != io.EOF {
		return fault(CodeBadRequest, "the body can't be used: there is more after the JSON object")
	}
	return nil
}

// detached returns the request's context without its cancellation: a command
// is carried out and answered even if the client has closed its half of the
// connection, as `printf … | socat` does.
func detached(r *http.Request) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(r.Context()), engineTimeout)
}

// parseQuery returns the parameters of a request.
func parseQuery(r *http.Request) (url.Values, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, fault(CodeBadRequest, "the query can't be read: %v", err)
	}
	return query, nil
}

// flags reads boolean parameters: ?name, ?name=1 or ?name=true. There may be no
// others in the query; path is for the error.
func flags(path string, query url.Values, known ...string) (map[string]bool, error) {
	set := map[string]bool{}
	for name, values := range query {
		if !slices.Contains(known, name) {
			return nil, fault(CodeBadRequest, "unknown parameter %.50q; %s takes %s", name, path, strings.Join(known, ", "))
		}
		v := values[len(values)-1]
		on, err := strconv.ParseBool(v)
		if err != nil && v != "" {
			return nil, fault(CodeBadRequest, "%s: %.50q is neither true nor false", name, v)
		}
		set[name] = on || v == ""
	}
	return set, nil
}

// settled returns the current snapshot once its list of services has arrived.
// During the first seconds of the app it waits for that, and until ready; after
// them a list that is not there is an error.
func (s *Server) settled(r *http.Request, ready func(*engine.Snapshot) bool) (*engine.Snapshot, error) {
	v := s.engine.Latest()
	if v.Loaded && (ready(v) || !time.Now().Before(s.settle)) {
		return v, nil
	}
	ctx, cancel := context.WithDeadline(context.WithoutCancel(r.Context()), s.settle) // see detached
	defer cancel()
	updates := engine.Updates(ctx, s.engine)
	for more := true; more && !(v.Loaded && ready(v)); {
		if !v.Loaded {
			if text := v.LoadProblem(); text != "" {
				return nil, fault(CodeNotReady, "%s", text)
			}
		}
		select {
		case <-s.closing:
			return nil, engine.ErrClosed
		case u, ok := <-updates:
			if more = ok; ok {
				v = u.Snapshot
			}
		}
	}
	if !v.Loaded {
		return nil, fault(CodeNotReady, "VPNStatus is starting: the list of VPNs has not arrived yet")
	}
	return v, nil
}

func loaded(*engine.Snapshot) bool { return true }

// find returns the service that the path names.
func (s *Server) find(r *http.Request, ready func(*engine.Snapshot) bool) (*engine.Service, error) {
	v, err := s.settled(r, ready)
	if err != nil {
		return nil, err
	}
	return v.Find(r.PathValue("service"))
}

func (s *Server) version(*http.Request) (any, error) {
	return Version{
		App: "VPNStatus", Version: s.options.Version, Protocol: Protocol,
		PID: os.Getpid(), Simulated: s.engine.Latest().Simulated,
	}, nil
}

func (s *Server) doctor(r *http.Request) (any, error) {
	if s.options.Doctor == nil {
		return nil, fault(CodeUnsupported, "this VPNStatus makes no report")
	}
	return s.options.Doctor(r.Context()), nil
}

func (s *Server) list(r *http.Request) (any, error) {
	query, err := parseQuery(r)
	if err != nil {
		return nil, err
	}
	set, err := flags(r.URL.Path, query, "all")
	if err != nil {
		return nil, err
	}
	v, err := s.settled(r, (*engine.Snapshot).AllKnown)
	if err != nil {
		return nil, err
	}
	return NewList(v.Services, set["all"], time.Now()), nil
}

func (s *Server) service(r *http.Request) (any, error) {
	v, err := s.find(r, (*engine.Snapshot).AllKnown)
	if err != nil {
		return nil, err
	}
	return detail{NewEntry(v, time.Now()), factualService(v)}, nil
}

func (s *Server) explain(r *http.Request) (any, error) {
	v, err := s.find(r, (*engine.Snapshot).AllKnown)
	if err != nil {
		return nil, err
	}
	ctx, cancel := detached(r)
	defer cancel()
	return s.engine.Explain(ctx, v.ID)
}

// statistics answers with the traffic of a service. Traffic is only read while
// a client attends, so the first figures may take a second.
func (s *Server) statistics(r *http.Request) (any, error) {
	found, err := s.find(r, (*engine.Snapshot).AllKnown)
	if err != nil {
		return nil, err
	}
	sub := s.engine.Subscribe(statisticsBuffer)
	defer sub.Close()
	defer s.engine.Attend()()
	limit := time.NewTimer(statisticsTimeout)
	defer limit.Stop()
	for now := s.engine.Latest(); ; {
		switch v := now.Service(found.ID); {
		case v == nil:
			return nil, &vpn.NotFoundError{Query: r.PathValue("service")}
		case v.Statistics != nil:
			return v.Statistics, nil
		case !v.Status.Up():
			return nil, fmt.Errorf("%q: %w", v.Name, vpn.ErrNoStatistics)
		}
		select {
		case u, ok := <-sub.C():
			if !ok {
				return nil, sub.Err()
			}
			now = u.Snapshot
		case <-limit.C:
			return nil, fmt.Errorf("%q: %w", found.Name, vpn.ErrNoStatistics)
		case <-s.closing:
			return nil, engine.ErrClosed
		}
	}
}

// command carries out any command of the engine. Verb and service are in the
// path, the rest is in the body.
func (s *Server) command(r *http.Request) (any, error) {
	verb, query := engine.Verb(r.PathValue("verb")), r.PathValue("service")
	takes, ok := commands[verb]
	if !ok || query != "" && !takes.service {
		return nil, fault(CodeNoSuchPath, "there is no %.100q in this version", r.URL.Path)
	}
	var b commandBody
	if err := decode(r, &b); err != nil {
		return nil, err
	}
	c := b.Command
	if c.Verb != "" && c.Verb != verb {
		return nil, fault(CodeBadRequest, "the path says %s, the body %.20q", verb, c.Verb)
	}
	c.Verb = verb
	if err := s.complete(&c, b, takes); err != nil {
		return nil, err
	}
	if query != "" {
		v, err := s.find(r, loaded)
		if err != nil {
			return nil, err
		}
		if c.ID != (vpn.ID{}) && c.ID != v.ID {
			return nil, fault(CodeBadRequest, "the path names the service %s, the body %s", v.ID, c.ID)
		}
		c.ID = v.ID
	} else if c.ID != (vpn.ID{}) {
		return nil, fault(CodeBadRequest, "the path names no service, the body %s", c.ID)
	}
	if c.Origin == "" {
		c.Origin = "socket"
	}
	ctx, cancel := detached(r)
	defer cancel()
	return done, s.engine.Do(ctx, c)
}

// complete checks the fields that the verb takes and fills in those that the
// body left out.
func (s *Server) complete(c *engine.Command, b commandBody, takes commandFields) error {
	switch {
	case takes.on && b.On == nil:
		return fault(CodeBadRequest, `the body must say {"on": true} or {"on": false}`)
	case !takes.on && b.On != nil:
		return fault(CodeBadRequest, "%s takes no on", c.Verb)
	case !takes.until && (b.For != nil || !c.Until.IsZero()):
		return fault(CodeBadRequest, "%s takes no for or until", c.Verb)
	case !takes.options && !c.Options.IsZero():
		return fault(CodeBadRequest, "%s takes no options", c.Verb)
	}
	if takes.on {
		c.On = *b.On
	}
	if !takes.until {
		return nil
	}
	until, err := s.until(b.For, c.Until, time.Now())
	if err != nil {
		return err
	}
	if until.IsZero() && takes.forever {
		until = autoconnect.Forever
	}
	c.Until = until
	return nil
}

// until returns the end of a hold or pause that a body asks for; zero if it has
// none.
func (s *Server) until(length *string, exact autoconnect.Until, now time.Time) (autoconnect.Until, error) {
	switch {
	case length != nil && !exact.IsZero():
		return exact, fault(CodeBadRequest, "for and until exclude each other")
	case length != nil && strings.TrimSpace(*length) == "": // a script's unset variable must not mean forever
		return exact, fault(CodeBadRequest, "for is empty")
	case length == nil:
		if !exact.Time.IsZero() && !exact.Time.After(now) {
			return exact, fault(CodeBadRequest, "until: %s is in the past", exact.Time.Format(time.RFC3339))
		}
		return exact, nil
	}
	u, err := autoconnect.ParseUntil(*length, now, s.engine.Latest().Facts)
	if err != nil && !errors.Is(err, autoconnect.ErrOffNetwork) {
		err = fault(CodeBadRequest, "for: %v", err)
	}
	return u, err
}

// allSettings reads the file first: a client that has just written it gets what
// it wrote, and can rely on it being in force.
func (s *Server) allSettings(*http.Request) (any, error) {
	_ = s.settings.Reload() // faults in the file are among the problems
	return s.settings.Current(), nil
}

func (s *Server) patchSettings(r *http.Request) (any, error) {
	patch, err := io.ReadAll(r.Body)
	if err == nil {
		err = s.settings.Patch(patch)
	}
	return s.settings.Current(), err
}

// call returns a handler that calls a function of the app.
func (s *Server) call(what string, f func()) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		var b originBody
		if err := decode(r, &b); err != nil {
			return nil, err
		}
		if f == nil {
			return nil, fault(CodeUnsupported, "this VPNStatus runs without a screen, so it can't %s", what)
		}
		s.log.Info("control: "+what, "origin", b.Origin)
		go f() // f may wait for the main thread, and the server can't end before this answer is sent
		return done, nil
	}
}
