package cli

import (
	"context"
	"time"

	"github.com/google/uuid"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/plaintext"
	"vpnstatus/internal/vpn"
)

// What `vpnstatus vpnutil` and `vpnstatus nc` have in common. Both print what
// another tool prints, for scripts that were written for it.

// connectionStatus returns a status as vpnutil and scutil know it: the number and
// the word of Apple's SCNetworkConnectionStatus, which has no Reasserting. What
// is not known is Invalid (docs/internals.md, section 2).
func connectionStatus(v *engine.Service) (number int64, word string) {
	switch {
	case !v.Known:
	case v.Status == vpn.Disconnected:
		return 0, "Disconnected"
	case v.Status == vpn.Connecting, v.Status == vpn.Reasserting:
		return 1, "Connecting"
	case v.Status == vpn.Connected:
		return 2, "Connected"
	case v.Status == vpn.Disconnecting:
		return 3, "Disconnecting"
	}
	return -1, "Invalid"
}

// called returns the services that a name means to both tools: the one with that
// ID, else all with exactly that name. Neither tool accepts a part of a name, and
// scripts use them to ask whether a service exists.
func called(services []*engine.Service, name string) []*engine.Service {
	if id, err := uuid.Parse(name); err == nil {
		for _, v := range services {
			if v.ID == id {
				return []*engine.Service{v}
			}
		}
	}
	var found []*engine.Service
	for _, v := range services {
		if plaintext.Line(v.DisplayName()) == plaintext.Line(name) {
			found = append(found, v)
		}
	}
	return found
}

// settleLimit is how long a command waits for a status to change. vpnutil takes a
// second for each of its commands.
const settleLimit = time.Second

// doVisibly sends a command that starts or stops a service, and returns when the
// status shows it, or after settleLimit: scripts ask for the status right
// after a start, and stop what is not connecting.
func (s *session) doVisibly(ctx context.Context, v *engine.Service, c engine.Command) error {
	c.ID = v.ID
	shown := func(v *engine.Service) bool {
		down := v.Status == vpn.Disconnected || v.Status == vpn.Disconnecting
		return down == (c.Verb == engine.VerbDisconnect)
	}
	if shown(v) {
		return s.do(ctx, c)
	}
	_, updates, err := s.Follow(ctx)
	if err != nil {
		return err
	}
	defer updates.Close()
	if err := s.do(ctx, c); err != nil {
		return err
	}
	settle(ctx, updates, v, shown)
	return nil
}

// settle follows a service until it is as wanted, up to settleLimit, and returns it
// as it was last seen.
func settle(ctx context.Context, updates *engine.Subscription, v *engine.Service, wanted func(*engine.Service) bool) *engine.Service {
	limit := time.NewTimer(settleLimit)
	defer limit.Stop()
	for !wanted(v) {
		select {
		case <-ctx.Done():
			return v
		case <-limit.C:
			return v
		case u, ok := <-updates.C():
			if !ok {
				return v
			}
			if now := u.Snapshot.Service(v.ID); now != nil {
				v = now
			}
		}
	}
	return v
}
