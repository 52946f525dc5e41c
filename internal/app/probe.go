package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

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
	if autoconnect.ValidateTarget(p.Target) != nil { // whose text may repeat a password
		return fmt.Errorf("the test address: %w: it must be host:port or a URL", engine.ErrCannotProbe)
	}
	if strings.Contains(p.Target, "://") {
		return probeURL(ctx, p.Target, p.Status)
	}
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", p.Target)
	if err != nil {
		return fmt.Errorf("probing %s: %w", p.Target, timedOut(ctx, err))
	}
	return c.Close()
}

func probeURL(ctx context.Context, target string, status int) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return fmt.Errorf("the test address: %w: it is not a valid URL", engine.ErrCannotProbe)
	}
	name := r.URL.Redacted()
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
