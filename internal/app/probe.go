package app

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/vpn"
)

// captiveURL answers "Success" unless a portal answers in its place; macOS asks
// the same one.
const captiveURL = "http://captive.apple.com/hotspot-detect.html"

// prober asks once and anew: a kept connection would prove nothing about the
// network of now, and a followed redirect would be the portal's.
var prober = &http.Client{
	Transport:     &http.Transport{DisableKeepAlives: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// probe checks that a target answers: a TCP connection for host:port, an HTTP
// status for a URL.
func probe(ctx context.Context, _ vpn.ID, p autoconnect.Probe) error {
	if u, err := url.Parse(p.Target); err == nil && (u.Scheme == "http" || u.Scheme == "https") {
		status, _, err := fetch(ctx, p.Target)
		switch {
		case err != nil:
			return fmt.Errorf("probing %s: %w", p.Target, err)
		case p.Status != 0 && status != p.Status:
			return fmt.Errorf("probing %s: it answered %d, not %d", p.Target, status, p.Status)
		case p.Status == 0 && status >= http.StatusBadRequest:
			return fmt.Errorf("probing %s: it answered %d", p.Target, status)
		}
		return nil
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", p.Target)
	if err != nil {
		return fmt.Errorf("probing %s: %w", p.Target, err)
	}
	return conn.Close()
}

func ruleProbe(ctx context.Context, target string) bool {
	return probe(ctx, vpn.ID{}, autoconnect.Probe{Target: target}) == nil
}

// captive reports whether a portal stands between this machine and the
// Internet. No answer at all is no portal.
func captive(ctx context.Context) bool {
	status, body, err := fetch(ctx, captiveURL)
	return err == nil && (status != http.StatusOK || !strings.Contains(body, "Success"))
}

// fetch returns the status and the beginning of the body.
func fetch(ctx context.Context, target string) (int, string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return 0, "", err
	}
	response, err := prober.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 4<<10))
	return response.StatusCode, string(body), err
}
