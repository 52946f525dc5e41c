package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/http1"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

// Engine is what the server needs of *engine.Engine.
type Engine interface {
	Do(ctx context.Context, c engine.Command) error
	Latest() *engine.Snapshot
	Subscribe(buffer int) *engine.Subscription
	Attend() (release func())
	Explain(ctx context.Context, id vpn.ID) (autoconnect.Explanation, error)
}

// Settings is what the server needs of *settings.Store; *settings.Memory will
// do too.
type Settings interface {
	Current() settings.Settings
	Patch(patch []byte) error
	Set(name, text string) error
	Reset(name string) error
}

// Options are what a server may be given.
type Options struct {
	Version string       // of the program
	Log     *slog.Logger // nil: no log
	Show    func()       // opens the menu or window; nil: there is none
	Quit    func()       // ends the program; nil: refused
}

// Server answers at the control socket.
type Server struct {
	engine   Engine
	settings Settings
	options  Options
	log      *slog.Logger
	routes   http1.Routes
	paths    []string      // as registered
	closing  chan struct{} // closed when Serve is to end
	close    func()        // closes it, once
}

// NewServer returns a server; nothing happens before Serve.
func NewServer(e Engine, s Settings, o Options) *Server {
	srv := &Server{engine: e, settings: s, options: o, log: o.Log, closing: make(chan struct{})}
	srv.close = sync.OnceFunc(func() { close(srv.closing) })
	if srv.log == nil {
		srv.log = slog.New(slog.DiscardHandler)
	}
	srv.addRoutes()
	return srv
}

// shutdownTime is how long requests under way may take once the program ends;
// all but watchers answer at once, and those are told.
const shutdownTime = 2 * time.Second

// Serve answers until ctx ends, then tells the watchers, closes the listener
// and returns nil. It may be called once.
func (s *Server) Serve(ctx context.Context, l net.Listener) error { return s.serve(ctx, l, checkPeer) }

func (s *Server) serve(ctx context.Context, l net.Listener, peer func(net.Conn) error) error {
	h := &http1.Server{
		Handler: s.handle, HeaderTime: headerTime, BodyTime: bodyTime, WriteTime: writeTime, EndTime: shutdownTime,
		MaxHeader: maxHeader, Log: s.log,
		Refuse: func(w *http1.Answer, status int, text string) {
			_ = write(w, status, faultBody{&Fault{Code: CodeBadRequest, Message: text}}) // a Fault always has a JSON form
		},
		Context: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, peerError{}, peer(c))
		},
	}
	defer context.AfterFunc(ctx, s.close)()
	if err := h.Serve(ctx, l); err != nil {
		return fmt.Errorf("serving the control socket: %w", err)
	}
	return nil
}

// peerError is the key of what was said about a connection.
type peerError struct{}

// handle answers one request.
func (s *Server) handle(w *http1.Answer, r *http1.Request) {
	w.Header().Set(protocolHeader, strconv.Itoa(Protocol))
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if err := s.admit(r); err != nil {
		s.fail(w, r, err)
		return
	}
	if h := s.routes.Find(r); h != nil {
		h(w, r)
		return
	}
	s.fail(w, r, fault(CodeNoSuchPath, "there is no %.100q in this version", r.URL.Path))
}

// admit refuses who may not speak to the server.
func (s *Server) admit(r *http1.Request) error {
	if err, ok := r.Context().Value(peerError{}).(error); ok {
		return fault(CodeForbidden, "%v", err)
	}
	// A browser can't reach a Unix socket; a careless proxy might let one.
	if r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != "" {
		return fault(CodeForbidden, "requests of web pages are refused")
	}
	if v := r.Header.Get(protocolHeader); v != "" && v != strconv.Itoa(Protocol) {
		return fault(CodeVersion, "this VPNStatus (%s) speaks version %d of the control protocol, the request is of version %.20q: use the same version of app and command line", s.options.Version, Protocol, v)
	}
	return nil
}

// handler answers a request, or returns the error to answer with.
type handler func(w *http1.Answer, r *http1.Request) error

func (s *Server) route(path string, methods map[string]handler) {
	s.paths = append(s.paths, path)
	allow := strings.Join(slices.Sorted(maps.Keys(methods)), ", ")
	s.routes.Handle(path, func(w *http1.Answer, r *http1.Request) {
		h, ok := methods[r.Method]
		if !ok {
			w.Header().Set("Allow", allow)
			h = func(*http1.Answer, *http1.Request) error {
				return fault(CodeMethod, "%s takes %s, not %.20s", r.URL.Path, allow, r.Method)
			}
		}
		if r.Method == "GET" {
			// A body means nothing here; unread, it would hide that a watcher is gone.
			if _, err := readBody(r, maxBody); err != nil {
				s.fail(w, r, err)
				return
			}
		}
		if err := s.safely(h, w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

// safely turns a panic into an error: a mistake in one answer must not go
// unnoticed as a mere closed connection.
func (s *Server) safely(h handler, w *http1.Answer, r *http1.Request) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("control: a request failed", "path", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
			err = fault(CodeInternal, "a mistake in VPNStatus: %v", p)
		}
	}()
	return h(w, r)
}

func (s *Server) addRoutes() {
	get := func(h handler) map[string]handler { return map[string]handler{"GET": h} }
	post := func(h handler) map[string]handler { return map[string]handler{"POST": h} }

	s.route("/v1/version", get(s.version))
	s.route("/v1/status", get(func(w *http1.Answer, _ *http1.Request) error { return answer(w, s.engine.Latest()) }))
	s.route("/v1/events", get(s.events))
	s.route("/v1/services", get(s.list))
	s.route("/v1/services/{service}", get(s.service))
	s.route("/v1/services/{service}/statistics", get(s.statistics))
	s.route("/v1/explain/{service}", get(s.explain))

	s.route("/v1/services/{service}/connect", post(s.connect))
	s.route("/v1/services/{service}/disconnect", post(s.disconnect))
	s.route("/v1/services/{service}/toggle", post(s.toggle))
	s.route("/v1/services/{service}/hold", post(s.hold))
	s.route("/v1/services/{service}/resume", post(s.onService(engine.VerbResume)))
	s.route("/v1/services/{service}/auto", post(s.switchService(engine.VerbAuto)))
	s.route("/v1/services/{service}/hide", post(s.switchService(engine.VerbHide)))
	s.route("/v1/pause", post(s.pause))
	s.route("/v1/resume", post(s.plain(engine.VerbResume)))
	s.route("/v1/reload", post(s.plain(engine.VerbReload)))
	s.route("/v1/trust", post(s.trust))

	s.route("/v1/settings", map[string]handler{"GET": s.allSettings, "PATCH": s.patchSettings})
	s.route("/v1/settings/{key}", map[string]handler{"GET": s.setting, "PUT": s.putSetting, "DELETE": s.resetSetting})

	s.route("/v1/show", post(s.call("show", func() func() { return s.options.Show })))
	s.route("/v1/quit", post(s.call("quit", func() func() { return s.options.Quit })))
}

// answer writes a value.
func answer(w *http1.Answer, v any) error { return write(w, http1.StatusOK, v) }

func write(w *http1.Answer, status int, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fault(CodeInternal, "writing the answer: %v", err)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = w.Send(status, append(data, '\n')) // when the reader is gone nobody is left to tell
	return nil
}

var done = struct {
	OK bool `json:"ok"`
}{true}

func (s *Server) fail(w *http1.Answer, r *http1.Request, err error) {
	f := faultOf(err)
	status, ok := codeStatus[f.Code]
	if !ok {
		status = http1.StatusInternalError
	}
	s.log.Debug("control: refused", "method", r.Method, "path", r.URL.Path, "code", f.Code, "error", f.Message)
	if f.Code == CodeVersion {
		w.Header().Set("Upgrade", fmt.Sprintf("VPNStatus/%d", Protocol)) // 426 asks for it
	}
	_ = write(w, status, faultBody{f}) // a Fault always has a JSON form
}

// read takes the body of a request in, strictly. An empty body is an empty
// object.
func read(r *http1.Request, into any) error {
	data, err := readBody(r, maxBody)
	if err != nil || len(data) == 0 {
		return err
	}
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		text := strings.TrimPrefix(err.Error(), "json: ")
		if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) {
			text = strings.TrimPrefix(wrong.Field+": ", ": ") + "a value of the type " + wrong.Value + " does not fit here"
		}
		return fault(CodeBadRequest, "the body can't be used: %s", text)
	}
	if _, err := d.Token(); err != io.EOF {
		return fault(CodeBadRequest, "the body can't be used: there is more after the JSON object")
	}
	return nil
}

func readBody(r *http1.Request, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	switch {
	case err != nil:
		return nil, fault(CodeBadRequest, "reading the body: %v", err)
	case int64(len(data)) > limit:
		return nil, fault(CodeTooLarge, "the body has more than %d bytes", limit)
	}
	return []byte(strings.TrimSpace(string(data))), nil
}

// flags reads query parameters that are switches: ?name, ?name=1 or ?name=true.
func flags(r *http1.Request, known ...string) (map[string]bool, error) {
	set := map[string]bool{}
	for name, values := range r.URL.Query() {
		if !slices.Contains(known, name) {
			return nil, fault(CodeBadRequest, "unknown parameter %.50q; %s takes %s", name, r.URL.Path, orNone(known))
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

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

func (s *Server) find(r *http1.Request) (*engine.Service, error) {
	return s.engine.Latest().Find(r.PathValue("service"))
}

func (s *Server) version(w *http1.Answer, _ *http1.Request) error {
	return answer(w, Version{
		App: "VPNStatus", Version: s.options.Version, Protocol: Protocol,
		PID: os.Getpid(), Simulated: s.engine.Latest().Simulated,
	})
}

func (s *Server) list(w *http1.Answer, r *http1.Request) error {
	set, err := flags(r, "all")
	if err != nil {
		return err
	}
	return answer(w, NewList(s.engine.Latest().Services, set["all"], time.Now()))
}

func (s *Server) service(w *http1.Answer, r *http1.Request) error {
	v, err := s.find(r)
	if err != nil {
		return err
	}
	return answer(w, Detail{NewEntry(v, time.Now()), v})
}

func (s *Server) explain(w *http1.Answer, r *http1.Request) error {
	v, err := s.find(r)
	if err != nil {
		return err
	}
	x, err := s.engine.Explain(r.Context(), v.ID)
	if err != nil {
		return err
	}
	return answer(w, x)
}

// statistics answers with the traffic of a service. It is read only while
// somebody looks, so the first figures may take a second.
func (s *Server) statistics(w *http1.Answer, r *http1.Request) error {
	v, err := s.find(r)
	if err != nil {
		return err
	}
	sub := s.engine.Subscribe(watcherBuffer)
	defer sub.Close()
	defer s.engine.Attend()()
	limit := time.NewTimer(statisticsTime)
	defer limit.Stop()
	for now := s.engine.Latest(); ; {
		switch v := now.Service(v.ID); {
		case v == nil:
			return &vpn.NotFoundError{Query: r.PathValue("service")}
		case v.Statistics != nil:
			return answer(w, v.Statistics)
		case !v.Status.Up():
			return fmt.Errorf("%q: %w", v.Name, vpn.ErrNoStatistics)
		}
		select {
		case u, ok := <-sub.C():
			if !ok {
				return sub.Err()
			}
			now = u.Snapshot
		case <-limit.C:
			return fmt.Errorf("%q: %w", v.Name, vpn.ErrNoStatistics)
		case <-r.Context().Done():
			return r.Context().Err()
		case <-s.closing:
			return engine.ErrClosed
		}
	}
}

// do gives a command to the engine and answers.
func (s *Server) do(w *http1.Answer, r *http1.Request, c engine.Command) error {
	if c.Origin == "" {
		c.Origin = "socket"
	}
	if err := s.engine.Do(r.Context(), c); err != nil {
		return err
	}
	return answer(w, done)
}

func (b connectBody) options() vpn.Options {
	return vpn.Options{Username: b.Username, Password: b.Password, SharedSecret: b.SharedSecret}
}

func (s *Server) connect(w *http1.Answer, r *http1.Request) error {
	var b connectBody
	if err := read(r, &b); err != nil {
		return err
	}
	v, err := s.find(r)
	if err != nil {
		return err
	}
	return s.do(w, r, engine.Command{Verb: engine.VerbConnect, ID: v.ID, Options: b.options(), Origin: b.Origin})
}

func (s *Server) disconnect(w *http1.Answer, r *http1.Request) error {
	var b untilBody
	if err := read(r, &b); err != nil {
		return err
	}
	if b.Release {
		return fault(CodeBadRequest, "release belongs to hold")
	}
	until, err := s.until(b.For, b.Until, autoconnect.Until{}, time.Now())
	if err != nil {
		return err
	}
	v, err := s.find(r)
	if err != nil {
		return err
	}
	return s.do(w, r, engine.Command{Verb: engine.VerbDisconnect, ID: v.ID, Until: until, Origin: b.Origin})
}

func (s *Server) toggle(w *http1.Answer, r *http1.Request) error {
	var b toggleBody
	if err := read(r, &b); err != nil {
		return err
	}
	until, err := s.until(b.For, b.Until, autoconnect.Until{}, time.Now())
	if err != nil {
		return err
	}
	v, err := s.find(r)
	if err != nil {
		return err
	}
	return s.do(w, r, engine.Command{Verb: engine.VerbToggle, ID: v.ID, Until: until, Options: b.options(), Origin: b.Origin})
}

func (s *Server) hold(w *http1.Answer, r *http1.Request) error {
	var b untilBody
	if err := read(r, &b); err != nil {
		return err
	}
	until, err := s.until(b.For, b.Until, autoconnect.Forever, time.Now())
	if err != nil {
		return err
	}
	if b.Release {
		if b.For != "" || !b.Until.IsZero() {
			return fault(CodeBadRequest, "release and an end exclude each other")
		}
		until = autoconnect.Until{}
	}
	v, err := s.find(r)
	if err != nil {
		return err
	}
	return s.do(w, r, engine.Command{Verb: engine.VerbHold, ID: v.ID, Until: until, Origin: b.Origin})
}

func (s *Server) pause(w *http1.Answer, r *http1.Request) error {
	var b untilBody
	if err := read(r, &b); err != nil {
		return err
	}
	if b.Release {
		return fault(CodeBadRequest, "release belongs to hold; /v1/resume ends a pause")
	}
	until, err := s.until(b.For, b.Until, autoconnect.Forever, time.Now())
	if err != nil {
		return err
	}
	return s.do(w, r, engine.Command{Verb: engine.VerbPause, Until: until, Origin: b.Origin})
}

// until returns the end of a hold or pause that a body asks for.
func (s *Server) until(length string, exact, otherwise autoconnect.Until, now time.Time) (autoconnect.Until, error) {
	switch {
	case length != "" && !exact.IsZero():
		return exact, fault(CodeBadRequest, "for and until exclude each other")
	case !exact.IsZero():
		if !exact.Time.IsZero() && !exact.Time.After(now) {
			return exact, fault(CodeBadRequest, "until: %s is in the past", exact.Time.Format(time.RFC3339))
		}
		return exact, nil
	case length == "":
		return otherwise, nil
	case length == "forever":
		return autoconnect.Forever, nil
	case length == "network":
		key := s.engine.Latest().Facts.Network()
		if key == "" {
			return exact, engine.ErrOffNetwork
		}
		return autoconnect.Until{Network: key}, nil
	}
	d, err := time.ParseDuration(length)
	if err != nil || d <= 0 || d > maxFor {
		return exact, fault(CodeBadRequest, "for: %.50q is neither a time such as 90s, 30m or 8h (at most a year), nor forever, nor network", length)
	}
	return autoconnect.Until{Time: now.Add(d).Round(0)}, nil
}

func (s *Server) onService(verb engine.Verb) handler {
	return func(w *http1.Answer, r *http1.Request) error {
		var b emptyBody
		if err := read(r, &b); err != nil {
			return err
		}
		v, err := s.find(r)
		if err != nil {
			return err
		}
		return s.do(w, r, engine.Command{Verb: verb, ID: v.ID, Origin: b.Origin})
	}
}

func (s *Server) switchService(verb engine.Verb) handler {
	return func(w *http1.Answer, r *http1.Request) error {
		on, origin, err := readOn(r)
		if err != nil {
			return err
		}
		v, err := s.find(r)
		if err != nil {
			return err
		}
		return s.do(w, r, engine.Command{Verb: verb, ID: v.ID, On: on, Origin: origin})
	}
}

func (s *Server) trust(w *http1.Answer, r *http1.Request) error {
	on, origin, err := readOn(r)
	if err != nil {
		return err
	}
	return s.do(w, r, engine.Command{Verb: engine.VerbTrust, On: on, Origin: origin})
}

func readOn(r *http1.Request) (on bool, origin string, err error) {
	var b onBody
	if err := read(r, &b); err != nil {
		return false, "", err
	}
	if b.On == nil {
		return false, "", fault(CodeBadRequest, `the body must say {"on": true} or {"on": false}`)
	}
	return *b.On, b.Origin, nil
}

func (s *Server) plain(verb engine.Verb) handler {
	return func(w *http1.Answer, r *http1.Request) error {
		var b emptyBody
		if err := read(r, &b); err != nil {
			return err
		}
		return s.do(w, r, engine.Command{Verb: verb, Origin: b.Origin})
	}
}

// allSettings reads the file first, where there is one: who has just written it
// and asks is told of what was written, and knows it to be in force then.
func (s *Server) allSettings(w *http1.Answer, _ *http1.Request) error {
	if f, ok := s.settings.(interface{ Reload() error }); ok {
		_ = f.Reload() // what is wrong with it is among the problems
	}
	return answer(w, s.settings.Current())
}

func (s *Server) patchSettings(w *http1.Answer, r *http1.Request) error {
	patch, err := readBody(r, maxSettingsBody)
	if err != nil {
		return err
	}
	if err := s.settings.Patch(patch); err != nil {
		return err
	}
	return answer(w, s.settings.Current())
}

func (s *Server) setting(w *http1.Answer, r *http1.Request) error {
	raw, err := settings.Get(s.settings.Current(), r.PathValue("key"))
	if err != nil {
		return err
	}
	return answer(w, raw)
}

func (s *Server) putSetting(w *http1.Answer, r *http1.Request) error {
	var b textBody
	if err := read(r, &b); err != nil {
		return err
	}
	if b.Text == nil {
		return fault(CodeBadRequest, `the body must say {"text": "…"}`)
	}
	if err := s.settings.Set(r.PathValue("key"), *b.Text); err != nil {
		return err
	}
	return s.setting(w, r)
}

func (s *Server) resetSetting(w *http1.Answer, r *http1.Request) error {
	if err := s.settings.Reset(r.PathValue("key")); err != nil {
		return err
	}
	return s.setting(w, r)
}

func (s *Server) call(what string, function func() func()) handler {
	return func(w *http1.Answer, r *http1.Request) error {
		var b emptyBody
		if err := read(r, &b); err != nil {
			return err
		}
		f := function()
		if f == nil {
			return fault(CodeUnsupported, "this VPNStatus runs without a screen, so it can't %s", what)
		}
		s.log.Info("control: "+what, "origin", b.Origin)
		// The answer goes first: quitting takes the socket with it. And f may
		// wait for the main thread.
		if err := answer(w, done); err != nil {
			return err
		}
		go f()
		return nil
	}
}
