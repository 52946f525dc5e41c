package engine

import (
	"context"
	"errors"
)

// Source is what can be followed: the engine, or a client of the control socket.
type Source interface {
	Latest() *Snapshot // never nil
	Subscribe(buffer int) *Subscription
}

// followBuffer is how many updates a follower may lag behind: more than any
// burst that a storm of network changes makes with a thousand services.
const followBuffer = 1024

// Follow calls f with the current state, which has no events, then with every
// update. If f is so slow that updates are lost, Follow subscribes again and
// calls f with the current state and Missed set. f is called on the caller's
// goroutine. Follow returns the error of ctx, or that of a source that has
// ended, such as ErrClosed.
func Follow(ctx context.Context, src Source, f func(Update)) error {
	for missed := false; ; missed = true {
		sub := src.Subscribe(followBuffer)
		f(Update{Snapshot: src.Latest(), Missed: missed})
		err := drain(ctx, sub, f)
		sub.Close()
		if !errors.Is(err, ErrSlow) {
			return err
		}
	}
}

func drain(ctx context.Context, sub *Subscription, f func(Update)) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case u, ok := <-sub.C():
			if !ok {
				return sub.Err()
			}
			f(u)
		}
	}
}

// Updates is Follow for a loop that waits for other things too: the channel
// delivers the updates, and is closed when ctx or the source has ended.
func Updates(ctx context.Context, src Source) <-chan Update {
	c := make(chan Update)
	go func() {
		defer close(c)
		_ = Follow(ctx, src, func(u Update) { // the caller sees the closed channel and its own ctx
			select {
			case c <- u:
			case <-ctx.Done():
			}
		})
	}()
	return c
}
