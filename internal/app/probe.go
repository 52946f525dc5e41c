package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/vpn"
)

// probeClient asks the server itself: without a proxy that could answer for it,
// with a redirect counted as an answer, and without kept connections, which
// would prove nothing about the network now.
var probeClient = &http.Client{
	Transport:     &http.Transport{DisableKeepAlives: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// probe checks that a test address answers: with an HTTP status for a URL, with
// a TCP connection for host:port. The error is engine.ErrCannotProbe if nothing
// can be sent to such an address, and never contains a password.
func probe(ctx context.Context, _ vpn.ID, p autoconnect.Probe) error {
	u, err := url.Parse(p.Target)
	if err == nil && (u.Scheme == "http" || u.Scheme == "https") {
		return probeURL(ctx, u, p.Status)
	}
	// The address may be a URL with a password that can't be parsed.
	if _, port, err := net.SplitHostPort(p.Target); err != nil {
		return fmt.Errorf("the test address: %w: it must be host:port or a URL", engine.ErrCannotProbe)
	} else if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return fmt.Errorf("the test address: %w: it has no port number", engine.ErrCannotProbe)
	}
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", p.Target)
	if err != nil {
		return fmt.Errorf("probing %s: %w", p.Target, timedOut(ctx, err))
	}
	return c.Close()
}

func probeURL(ctx context.Context, u *url.URL, status int) error {
	name := u.Redacted()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err == nil && u.Hostname() == "" {
		err = errors.New("it has no host")
	}
	if err != nil {
		return fmt.Errorf("probing %s: %w: %w", name, engine.ErrCannotProbe, err)
	}
	r.Header.Set("User-Agent", "VPNStatus")
	answer, err := probeClient.Do(r)
	if err != nil {
		var whole *url.Error // repeats the URL
		if errors.As(err, &whole) {
			err = whole.Err
		}
		return fmt.Errorf("probing %s: %w", name, timedOut(ctx, err))
	}
	_ = answer.Body.Close() // only the status counts
	switch {
	case status != 0 && answer.StatusCode != status:
		return fmt.Errorf("probing %s: it answered %d, not %d", name, answer.StatusCode, status)
	case status == 0 && answer.StatusCode >= http.StatusBadRequest:
		return fmt.Errorf("probing %s: it answered %d", name, answer.StatusCode)
	}
	return nil
}

// timedOut returns the context's error if it has ended, since a connection
// reports its own "i/o timeout" then.
func timedOut(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
