package control

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"vpnstatus/internal/engine"
)

// Watch passes the lines of GET /v1/events to f: first a LineService for each of
// the services named, or for all that are not hidden if there are no names, then
// a LineEvent for whatever happens. The last line, which has the reason for the
// end, is passed too. Watch returns when ctx ends or f returns an error, which it
// then returns. Its error is engine.ErrSlow if f took too long for the app to
// wait, engine.ErrClosed if the app ended normally, ErrNotRunning if it is gone.
func (c *Client) Watch(ctx context.Context, names []string, f func(Line) error) error {
	return c.watch(ctx, url.Values{"services": {"true"}, "service": names}, f)
}

func (c *Client) watch(ctx context.Context, query url.Values, f func(Line) error) error {
	path := "/v1/events?" + query.Encode()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	late := time.AfterFunc(answerTimeout, func() { cancel(c.noAnswer(answerTimeout, http.MethodGet, path)) })
	answer, err := c.send(ctx, http.MethodGet, path, nil)
	late.Stop()
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	lines := json.NewDecoder(answer.Body)
	for {
		var line Line
		if err := lines.Decode(&line); err != nil {
			return transportError(ctx, err) // without a last line the app did not end normally
		}
		if err := f(line); err != nil {
			return err
		}
		switch line.Type {
		case LineDropped, LineClosing:
			if line.Error != nil {
				return line.Error.err()
			}
			return engine.ErrClosed
		}
	}
}

// keep makes a snapshot the newest, unless it was fetched and a subscription has
// delivered a newer one meanwhile. Services without content, which no app sends,
// are removed.
func (c *Client) keep(v *engine.Snapshot, fetched bool) {
	v.Services = slices.DeleteFunc(v.Services, func(s *engine.Service) bool { return s == nil })
	c.mu.Lock()
	defer c.mu.Unlock()
	if !fetched || c.feeds == 0 || v.Seq > c.latest.Seq {
		c.latest = v
	}
}

// Latest returns the newest snapshot, never nil: the last one received while
// there is a subscription, else one fetched now or, if that fails, the last one
// known.
func (c *Client) Latest() *engine.Snapshot {
	c.mu.Lock()
	latest, fed := c.latest, c.feeds > 0
	c.mu.Unlock()
	if fed && latest.Seq > 0 {
		return latest
	}
	ctx, cancel := context.WithTimeout(c.ctx, latestTimeout)
	defer cancel()
	if v, err := c.Snapshot(ctx); err == nil {
		return v
	}
	return latest
}

// Subscribe starts a subscription with a buffer of that many updates, as the
// engine's method does; the first update has no events, only the current state.
// It ends with ErrNotRunning if the app is gone, engine.ErrClosed if it ended
// normally.
func (c *Client) Subscribe(buffer int) *engine.Subscription {
	c.mu.Lock()
	defer c.mu.Unlock()
	ctx, cancel := context.WithCancel(c.ctx)
	sub := engine.NewSubscription(buffer, func(*engine.Subscription) { cancel() })
	if ctx.Err() != nil {
		cancel()
		sub.End(engine.ErrClosed)
		return sub
	}
	c.feeds++
	c.running.Go(func() {
		defer cancel()
		sub.End(c.feed(ctx, sub))
	})
	return sub
}

// feed passes the lines of one connection on to a subscription until either
// ends. Lines of events belong to the snapshot that follows them.
func (c *Client) feed(ctx context.Context, sub *engine.Subscription) error {
	var events []engine.Event
	err := c.watch(ctx, url.Values{"snapshots": {"true"}}, func(line Line) error {
		switch {
		case line.Event != nil:
			events = append(events, *line.Event)
		case line.Snapshot != nil:
			c.keep(line.Snapshot, false)
			if !sub.Publish(engine.Update{Events: events, Snapshot: line.Snapshot}) {
				return engine.ErrSlow
			}
			events = nil
		}
		return nil
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.feeds--
	if c.ctx.Err() != nil {
		return engine.ErrClosed
	}
	return err
}

// Attend makes the app read traffic figures until release is called, or until
// the app or the client ends.
func (c *Client) Attend() (release func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ctx, cancel := context.WithCancel(c.ctx)
	if ctx.Err() != nil {
		return cancel
	}
	c.running.Go(func() {
		answer, err := c.send(ctx, http.MethodGet, "/v1/events?attend=1", nil)
		if err != nil {
			return // without the app there is nothing to attend to
		}
		defer answer.Body.Close()
		_, _ = io.Copy(io.Discard, answer.Body) // returns when either side ends it
	})
	return sync.OnceFunc(cancel)
}
