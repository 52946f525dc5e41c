package app

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/reach"
	"vpnstatus/internal/vpn"
	"vpnstatus/internal/web"
)

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

// bodyMost bounds what is read of an answer, of which only the status counts.
const bodyMost = 4 << 10

// fetch asks the server itself: a proxy would answer for it, and a redirect is
// an answer too.
func fetch(ctx context.Context, target string) (web.Response, error) {
	return web.Get(ctx, web.Request{URL: target, Limit: bodyMost, Direct: true})
}
