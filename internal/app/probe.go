package app

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/reach"
	"vpnstatus/internal/vpn"
	"vpnstatus/internal/web"
)

// captiveURL answers "Success" unless a portal answers in its place; macOS asks
// the same one.
const captiveURL = "http://captive.apple.com/hotspot-detect.html"

// probe checks that a target answers: a TCP connection for host:port, an HTTP
// status for a URL.
func probe(ctx context.Context, _ vpn.ID, p autoconnect.Probe) error {
	if u, err := url.Parse(p.Target); err == nil && (u.Scheme == "http" || u.Scheme == "https") {
		answer, err := fetch(ctx, p.Target)
		var notAsked *web.NotAskedError
		switch {
		case errors.As(err, &notAsked):
			return fmt.Errorf("probing %s: %w: %w", u.Redacted(), engine.ErrCannotProbe, err)
		case err != nil:
			return fmt.Errorf("probing %s: %w", u.Redacted(), err)
		case p.Status != 0 && answer.Status != p.Status:
			return fmt.Errorf("probing %s: it answered %d, not %d", u.Redacted(), answer.Status, p.Status)
		case p.Status == 0 && answer.Status >= web.StatusBadRequest:
			return fmt.Errorf("probing %s: it answered %d", u.Redacted(), answer.Status)
		}
		return nil
	}
	if err := reach.Dial(ctx, p.Target); err != nil {
		return fmt.Errorf("probing: %w", err)
	}
	return nil
}

func ruleProbe(ctx context.Context, target string) bool {
	return probe(ctx, vpn.ID{}, autoconnect.Probe{Target: target}) == nil
}

// captive reports whether a portal stands between this machine and the
// Internet. No answer at all is no portal.
func captive(ctx context.Context) bool { return portal(ctx, captiveURL) }

func portal(ctx context.Context, target string) bool {
	answer, err := fetch(ctx, target)
	return err == nil && (answer.Status != web.StatusOK || !strings.Contains(string(answer.Body), "Success"))
}

// bodyMost is some sixty times Apple's page.
const bodyMost = 4 << 10

// fetch asks the network itself: proxies would answer for it, and a followed
// redirect would be the portal's.
func fetch(ctx context.Context, target string) (web.Response, error) {
	return web.Get(ctx, web.Request{URL: target, Limit: bodyMost, Direct: true})
}
