package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"strconv"
	"sync"
	"syscall"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/doctor"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

// ErrNotRunning reports that no app listens at the path.
var ErrNotRunning = errors.New("VPNStatus is not running")

// ErrNoAnswer reports that an app listens at the path, and does not answer in
// time.
var ErrNoAnswer = errors.New("VPNStatus did not answer")

// Times of the client.
const (
	// dialTimeout is the limit for connecting and for the handshake. A running
	// app answers within a millisecond; one that is stopped never does.
	dialTimeout = 3 * time.Second
	// answerTimeout is the limit for an answer, and for the beginning of a stream
	// of events. It is longer than the app itself waits for its engine.
	answerTimeout = engineTimeout + 5*time.Second
	// latestTimeout is the limit for fetching a snapshot that Latest returns.
	latestTimeout = 2 * time.Second
	// doctorTimeout is the limit for the app's report: a system that does not
	// answer is one of the things it finds.
	doctorTimeout = 30 * time.Second
	// maxAnswer bounds what is read of an answer other than events.
	maxAnswer = 64 << 20
)

// Client talks to a running app. It offers what the engine offers, so a menu
// can be drawn from it as well. Its methods may be called from any goroutine. They
// return ErrNoAnswer if the app does not answer in time.
type Client struct {
	path    string // of the socket
	version Version
	http    http.RoundTripper
	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu     sync.Mutex
	latest *engine.Snapshot
	feeds  int // subscriptions that are fed
}

// Dial connects to the app that listens at the path and makes sure that it
// speaks the same protocol. ctx governs the handshake, which takes up to three
// seconds. The error is ErrNotRunning, ErrNoAnswer, a *VersionError, that of ctx, or
// describes why the app can't be used. The caller must call Close.
func Dial(ctx context.Context, path string) (*Client, error) {
	c := &Client{path: path, latest: &engine.Snapshot{}}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.http = &http.Transport{
		DialContext:            func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx, path) },
		DisableKeepAlives:      true, // no idle connections to manage
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxHeader,
	}
	if err := c.call(ctx, dialTimeout, http.MethodGet, "/v1/version", nil, &c.version); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func dial(ctx context.Context, path string) (net.Conn, error) {
	d := net.Dialer{Timeout: dialTimeout}
	conn, err := d.DialContext(ctx, "unix", path)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return nil, fmt.Errorf("%w (nobody answers at %s)", ErrNotRunning, path)
	case err != nil:
		return nil, fmt.Errorf("connecting to VPNStatus: %w", err)
	}
	// Passwords may be sent, so check who receives them.
	if err := checkServer(conn, path); err != nil {
		_ = conn.Close() // the first error matters
		return nil, fmt.Errorf("connecting to VPNStatus at %s: %w", path, err)
	}
	return conn, nil
}

// Close ends all subscriptions and connections of the client.
func (c *Client) Close() {
	c.mu.Lock() // held by whatever starts a subscription
	c.cancel()
	c.mu.Unlock()
	c.running.Wait()
}

// Version returns the app's answer to the handshake.
func (c *Client) Version() Version { return c.version }

// send sends a request to the app and returns the answer; in may be nil. The
// caller closes the body.
func (c *Client) send(ctx context.Context, method, path string, in any) (*http.Response, error) {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", method, path, err)
		}
		body = bytes.NewReader(data)
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://localhost"+path, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set(protocolHeader, strconv.Itoa(Protocol))
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := c.http.RoundTrip(r)
	if err != nil {
		return nil, transportError(ctx, err)
	}
	if answer.StatusCode == http.StatusOK {
		return answer, nil
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(io.LimitReader(answer.Body, maxBody))
	if err != nil {
		return nil, transportError(ctx, err)
	}
	return nil, answerError(answer.StatusCode, data)
}

// call sends a request and decodes the answer, which must arrive within limit; in
// and out may be nil.
func (c *Client) call(ctx context.Context, limit time.Duration, method, path string, in, out any) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, c.noAnswer(limit, method, path))
	defer cancel()
	answer, err := c.send(ctx, method, path, in)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return transportError(ctx, err)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(data, out); err != nil {
		return fmt.Errorf("decoding the answer to %s %s: %w", method, path, err)
	}
	return nil
}

// noAnswer is the error of a request that is not answered in time.
func (c *Client) noAnswer(limit time.Duration, method, path string) error {
	app := c.path
	if c.version.PID != 0 {
		app = fmt.Sprintf("process %d, %s", c.version.PID, c.path)
	}
	return fmt.Errorf("%w within %v: %s %s (%s); if it hangs, end it and start it again", ErrNoAnswer, limit, method, path, app)
}

// transportError converts the error of a request whose connection broke or whose
// context ended.
func transportError(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return fmt.Errorf("%w: it ended before it answered", ErrNotRunning)
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
	takes, ok := commands[cmd.Verb]
	if !ok {
		return fmt.Errorf("unknown command %q", cmd.Verb)
	}
	path := "/v1/" + string(cmd.Verb)
	if cmd.ID != (vpn.ID{}) || !takes.all {
		path = "/v1/services/" + cmd.ID.String() + "/" + string(cmd.Verb)
	}
	body := commandBody{Command: cmd}
	if takes.on {
		body.On = &cmd.On
	}
	return c.call(ctx, answerTimeout, http.MethodPost, path, body, nil)
}

// Snapshot fetches the newest snapshot.
func (c *Client) Snapshot(ctx context.Context) (*engine.Snapshot, error) {
	v := &engine.Snapshot{}
	if err := c.call(ctx, answerTimeout, http.MethodGet, "/v1/status", nil, v); err != nil {
		return nil, err
	}
	c.keep(v, true)
	return v, nil
}

// Statistics fetches the traffic of a service, which may take a second. The
// error is vpn.ErrNoStatistics when there is no tunnel.
func (c *Client) Statistics(ctx context.Context, id vpn.ID) (vpn.Statistics, error) {
	var v vpn.Statistics
	err := c.call(ctx, answerTimeout, http.MethodGet, "/v1/services/"+id.String()+"/statistics", nil, &v)
	return v, err
}

// Explain fetches why a service is in its state.
func (c *Client) Explain(ctx context.Context, id vpn.ID) (autoconnect.Explanation, error) {
	var v autoconnect.Explanation
	err := c.call(ctx, answerTimeout, http.MethodGet, "/v1/explain/"+id.String(), nil, &v)
	return v, err
}

// Doctor fetches the app's report, which may take some seconds.
func (c *Client) Doctor(ctx context.Context) (doctor.Report, error) {
	var v doctor.Report
	err := c.call(ctx, doctorTimeout, http.MethodGet, "/v1/doctor", nil, &v)
	return v, err
}

// Settings fetches the settings in force.
func (c *Client) Settings(ctx context.Context) (settings.Settings, error) {
	var v settings.Settings
	err := c.call(ctx, answerTimeout, http.MethodGet, "/v1/settings", nil, &v)
	return v, err
}

// Show asks the app to open its menu or window: a second instance does so
// before it ends.
func (c *Client) Show(ctx context.Context) error {
	return c.call(ctx, answerTimeout, http.MethodPost, "/v1/show", originBody{"second instance"}, nil)
}

// Quit asks the app to end. No VPN is stopped by that.
func (c *Client) Quit(ctx context.Context, origin string) error {
	return c.call(ctx, answerTimeout, http.MethodPost, "/v1/quit", originBody{origin}, nil)
}
