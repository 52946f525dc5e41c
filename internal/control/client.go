package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"strconv"
	"sync"
	"syscall"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/http1"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

// ErrNotRunning tells that no app listens at the path.
var ErrNotRunning = errors.New("VPNStatus is not running")

// Times of the client.
const (
	// dialTime is the limit for connecting and for the handshake. A running
	// app answers within a millisecond; one that is stopped never does.
	dialTime = 3 * time.Second
	// startPoll is how often to look for an app that is starting.
	startPoll = 100 * time.Millisecond
	// latestTime is the limit for fetching a snapshot that Latest returns.
	latestTime = 2 * time.Second
	// maxAnswer bounds what is read of an answer other than events.
	maxAnswer = 64 << 20
)

// Client speaks to a running app. It offers what the engine offers, so a menu
// can be drawn by it as well. Its methods may be called from any goroutine.
type Client struct {
	path    string
	version Version
	http    http1.Client
	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu     sync.Mutex
	latest *engine.Snapshot
	subs   map[*engine.Subscription]struct{}
	stop   context.CancelFunc // ends the stream that feeds subs; nil: there is none
}

// Dial connects to the app that listens at the path and makes sure that it
// speaks the same protocol. The error is ErrNotRunning, a *VersionError, or
// tells why the app can't be spoken to. The caller must call Close.
func Dial(path string) (*Client, error) {
	ctx, cancel := context.WithCancel(context.Background())
	c := &Client{path: path, ctx: ctx, cancel: cancel, latest: &engine.Snapshot{}, subs: map[*engine.Subscription]struct{}{}}
	c.http = http1.Client{
		Dial:      func(ctx context.Context) (net.Conn, error) { return dial(ctx, path) },
		MaxHeader: maxHeader,
	}
	handshake, end := context.WithTimeout(ctx, dialTime)
	defer end()
	if err := c.call(handshake, "GET", "/v1/version", nil, &c.version); err != nil {
		c.Close()
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("VPNStatus at %s does not answer: %w", path, err)
		}
		return nil, err
	}
	return c, nil
}

// DialWithin is Dial that waits while the app is starting, at most for the
// time given or until ctx ends.
func DialWithin(ctx context.Context, path string, limit time.Duration) (*Client, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(startPoll)
	defer tick.Stop()
	for {
		c, err := Dial(path)
		if !errors.Is(err, ErrNotRunning) {
			return c, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, err
		}
	}
}

func dial(ctx context.Context, path string) (net.Conn, error) {
	conn, err := dialUnix(ctx, path, dialTime)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return nil, fmt.Errorf("%w (nobody answers at %s)", ErrNotRunning, path)
	case err != nil:
		return nil, fmt.Errorf("connecting to VPNStatus: %w", err)
	}
	// Passwords may be sent: make sure who gets them.
	if err := checkPeer(conn); err != nil {
		_ = conn.Close() // the error that matters is the other
		return nil, fmt.Errorf("connecting to VPNStatus at %s: %w", path, err)
	}
	return conn, nil
}

// dialUnix is net.DialTimeout for Unix sockets alone: with that one, Go's
// resolver of names comes into the program, 0.25 MB of it.
func dialUnix(ctx context.Context, path string, limit time.Duration) (*net.UnixConn, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var d net.Dialer
	return d.DialUnix(ctx, "unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
}

// Close ends all subscriptions and connections of the client.
func (c *Client) Close() {
	c.mu.Lock() // whoever starts something holds it
	c.cancel()
	c.mu.Unlock()
	c.running.Wait()
}

// Version returns what the app told of itself.
func (c *Client) Version() Version { return c.version }

// send makes a request of the app and returns its answer; in may be nil.
func (c *Client) send(ctx context.Context, method, path string, in any) (*http1.Response, error) {
	h := http1.Header{protocolHeader: {strconv.Itoa(Protocol)}}
	var body []byte
	switch in := in.(type) {
	case nil:
	case json.RawMessage:
		body = in
	default:
		var err error
		if body, err = json.Marshal(in); err != nil {
			return nil, fmt.Errorf("%s %s: %w", method, path, err)
		}
	}
	if body != nil {
		h.Set("Content-Type", "application/json")
	}
	answer, err := c.http.Do(ctx, method, path, h, body)
	if err != nil {
		return nil, transportError(err)
	}
	if answer.Status == http1.StatusOK {
		return answer, nil
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(io.LimitReader(answer.Body, maxBody))
	if err != nil {
		return nil, transportError(err)
	}
	return nil, answerError(answer.Status, data)
}

// call sends a request and takes the answer in; in and out may be nil.
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	answer, err := c.send(ctx, method, path, in)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return transportError(err)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(data, out); err != nil {
		return fmt.Errorf("understanding the answer to %s %s: %w", method, path, err)
	}
	return nil
}

// transportError says what it means that a connection broke.
func transportError(err error) error {
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return fmt.Errorf("%w: it ended before it had answered", ErrNotRunning)
	}
	return err
}

func answerError(status int, data []byte) error {
	var b faultBody
	if err := json.Unmarshal(data, &b); err != nil || b.Error == nil || b.Error.Code == "" {
		return &Error{Code: CodeInternal, Message: fmt.Sprintf("VPNStatus answered with status %d: %.200q", status, data)}
	}
	return b.Error.err()
}

// Do carries out a command as the engine's method of that name does.
func (c *Client) Do(ctx context.Context, cmd engine.Command) error {
	service := "/v1/services/" + cmd.ID.String() + "/" + string(cmd.Verb)
	path, in := "", any(nil)
	switch cmd.Verb {
	case engine.VerbConnect:
		path, in = service, connectOf(cmd)
	case engine.VerbDisconnect:
		path, in = service, untilBody{Until: cmd.Until, Origin: cmd.Origin}
	case engine.VerbToggle:
		path, in = service, toggleBody{connectBody: connectOf(cmd), Until: cmd.Until}
	case engine.VerbHold:
		path, in = service, untilBody{Until: cmd.Until, Release: cmd.Until.IsZero(), Origin: cmd.Origin}
	case engine.VerbAuto, engine.VerbHide:
		path, in = service, onBody{&cmd.On, cmd.Origin}
	case engine.VerbPause:
		path, in = "/v1/pause", untilBody{Until: cmd.Until, Origin: cmd.Origin}
	case engine.VerbResume:
		path, in = "/v1/resume", emptyBody{cmd.Origin}
		if cmd.ID != (vpn.ID{}) {
			path = service
		}
	case engine.VerbTrust:
		path, in = "/v1/trust", onBody{&cmd.On, cmd.Origin}
	case engine.VerbReload:
		path, in = "/v1/reload", emptyBody{cmd.Origin}
	default:
		return fmt.Errorf("unknown command %q", cmd.Verb)
	}
	return c.call(ctx, "POST", path, in, nil)
}

func connectOf(cmd engine.Command) connectBody {
	o := cmd.Options
	return connectBody{Username: o.Username, Password: o.Password, SharedSecret: o.SharedSecret, Origin: cmd.Origin}
}

// Snapshot fetches the newest snapshot.
func (c *Client) Snapshot(ctx context.Context) (*engine.Snapshot, error) {
	v := &engine.Snapshot{}
	if err := c.call(ctx, "GET", "/v1/status", nil, v); err != nil {
		return nil, err
	}
	c.keep(v)
	return v, nil
}

// List fetches the list of services; hidden ones only when all is set.
func (c *Client) List(ctx context.Context, all bool) (List, error) {
	var v List
	err := c.call(ctx, "GET", "/v1/services?all="+strconv.FormatBool(all), nil, &v)
	return v, err
}

// Service fetches one service by ID, name or beginning of a name. The error may
// be a *vpn.NotFoundError or *vpn.AmbiguousError.
func (c *Client) Service(ctx context.Context, query string) (Detail, error) {
	var v Detail
	path, err := servicePath("/v1/services/", query)
	if err == nil {
		err = c.call(ctx, "GET", path, nil, &v)
	}
	return v, err
}

// Statistics fetches the traffic of a service, which may take a second. The
// error is vpn.ErrNoStatistics when there is no tunnel.
func (c *Client) Statistics(ctx context.Context, id vpn.ID) (vpn.Statistics, error) {
	var v vpn.Statistics
	err := c.call(ctx, "GET", "/v1/services/"+id.String()+"/statistics", nil, &v)
	return v, err
}

// Explain fetches why a service is in its state.
func (c *Client) Explain(ctx context.Context, id vpn.ID) (autoconnect.Explanation, error) {
	var v autoconnect.Explanation
	err := c.call(ctx, "GET", "/v1/explain/"+id.String(), nil, &v)
	return v, err
}

// servicePath returns the path of a service that was named by a person. "." and
// ".." can't stand in a path, and no service can be found by nothing.
func servicePath(prefix, query string) (string, error) {
	switch query {
	case "", ".", "..":
		return "", &vpn.NotFoundError{Query: query}
	}
	return prefix + url.PathEscape(query), nil
}

// Settings fetches the settings in force.
func (c *Client) Settings(ctx context.Context) (settings.Settings, error) {
	var v settings.Settings
	err := c.call(ctx, "GET", "/v1/settings", nil, &v)
	return v, err
}

// PatchSettings changes several settings at once, see settings.Patch, and
// returns the ones then in force. The error may be a *settings.KeyError.
func (c *Client) PatchSettings(ctx context.Context, patch json.RawMessage) (settings.Settings, error) {
	var v settings.Settings
	err := c.call(ctx, "PATCH", "/v1/settings", patch, &v)
	return v, err
}

// SetSetting changes one setting to what a person wrote, see settings.Set, and
// returns its value as JSON.
func (c *Client) SetSetting(ctx context.Context, key, text string) (json.RawMessage, error) {
	var v json.RawMessage
	err := c.call(ctx, "PUT", "/v1/settings/"+url.PathEscape(key), textBody{&text}, &v)
	return v, err
}

// ResetSetting sets one setting back to its default and returns that as JSON.
func (c *Client) ResetSetting(ctx context.Context, key string) (json.RawMessage, error) {
	var v json.RawMessage
	err := c.call(ctx, "DELETE", "/v1/settings/"+url.PathEscape(key), nil, &v)
	return v, err
}

// Show asks the app to open its menu or window: a second instance does so
// before it ends.
func (c *Client) Show(ctx context.Context) error {
	return c.call(ctx, "POST", "/v1/show", emptyBody{"second instance"}, nil)
}

// Quit asks the app to end. No VPN is stopped by that.
func (c *Client) Quit(ctx context.Context, origin string) error {
	return c.call(ctx, "POST", "/v1/quit", emptyBody{origin}, nil)
}
