//go:build !darwin

package reach

import (
	"context"
	"net"
	"net/netip"
)

func lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	for i, a := range found {
		found[i] = a.Unmap()
	}
	return found, err
}
