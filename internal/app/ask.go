package app

import (
	"context"
	"errors"
	"fmt"
	"os"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/ike"
	"vpnstatus/internal/ping"
	"vpnstatus/internal/reach"
	"vpnstatus/internal/vpn"
)

var servers ike.Client

// ask asks the server of a service whether it is there, in the version of IKE
// that the protocol begins with; of other protocols it asks the host. The error
// wraps engine.ErrCannotProbe if the question can never be asked: what is given
// as the server is none, or the system does not let this program ask.
func ask(ctx context.Context, server string, p vpn.Protocol) error {
	err := question(ctx, server, p)
	if errors.Is(err, reach.ErrServer) || errors.Is(err, os.ErrPermission) {
		err = fmt.Errorf("%w: %w", engine.ErrCannotProbe, err)
	}
	return err
}

func question(ctx context.Context, server string, p vpn.Protocol) error {
	switch p {
	case vpn.IKEv2:
		return servers.Ask(ctx, server, ike.V2)
	case vpn.L2TP:
		return servers.Ask(ctx, server, ike.V1)
	case vpn.IPSec:
		return servers.Ask(ctx, server, ike.V1XAuth)
	case vpn.PPTP:
		return engine.ErrCannotProbe // no system connects it any more
	}
	return ping.Ask(ctx, server)
}
