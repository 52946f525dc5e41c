// Package ping asks the host of a server whether it is there, with one ICMP echo
// request. It is for services whose protocol is not known, so that there is no
// question to their server itself (docs/ike.md).
//
// It needs no privileges: macOS lets every program send echo requests, Linux those
// whose group is in net.ipv4.ping_group_range. Elsewhere the question can't be asked.
package ping

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/netip"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"

	"vpnstatus/internal/reach"
)

// family is ICMP of one version of IP.
type family struct {
	network, any   string
	request, reply icmp.Type
}

var (
	v4 = family{"udp4", "0.0.0.0", ipv4.ICMPTypeEcho, ipv4.ICMPTypeEchoReply}
	v6 = family{"udp6", "::", ipv6.ICMPTypeEchoRequest, ipv6.ICMPTypeEchoReply}
)

// payload is what a reply repeats. It is random, and all that tells a reply to this
// question from others but the sequence number. The identifier can't: Linux puts
// the number of the socket in its place (ping_v4_sendmsg in net/ipv4/ping.c), and
// macOS leaves it and hands each socket the ICMP messages for all of them, without
// their IPv4 header since package icmp asks for that (icmp_dgram_send in
// bsd/netinet/ip_icmp.c, rip_inp_input in bsd/netinet/raw_ip.c).
type payload [16]byte

// sequence is the number of the only request of a socket.
const sequence = 1

// Ask returns nil if the host answered: if an echo reply from the address that was
// asked repeats the random payload of the request. No socket is kept.
//
// The name is resolved once, by the system's resolver, which may take two seconds;
// the first address that there is a route to is asked, and has one second. The
// context can only end a question earlier, with its error. Errors name the server.
// They wrap reach.ErrServer if it is not a server's name, and reach.ErrSilent if
// there was no answer; others mean that the question could not be asked. An address
// of this machine is not asked, since its answer says nothing. Ask may be called
// from any goroutine.
func Ask(ctx context.Context, server string) error {
	return ask(ctx, server, false)
}

// ask is Ask; for tests, own is whether this machine's addresses are asked.
func ask(ctx context.Context, server string, own bool) error {
	if err := exchange(ctx, server, own); err != nil {
		return fmt.Errorf("pinging the server %.*q: %w", reach.MaxName, server, err)
	}
	return nil
}

func exchange(ctx context.Context, server string, own bool) error {
	addresses, err := reach.Resolve(ctx, server, nil)
	if err != nil {
		return err
	}
	to, local, err := route(ctx, addresses)
	if err != nil {
		return err
	}
	if !own && (to == local || to.IsLoopback()) {
		return fmt.Errorf("%v is this machine", to)
	}
	f := v6
	if to.Is4() {
		f = v4
	}
	c, err := icmp.ListenPacket(f.network, f.any)
	if err != nil {
		return fmt.Errorf("it could not be asked: no ICMP socket: %w", err)
	}
	defer c.Close()
	var random payload
	_, _ = rand.Read(random[:]) // never fails
	request, err := f.question(random)
	if err != nil {
		return err
	}
	err = reach.Exchange(ctx, conn{c, to}, request, func(datagram []byte) bool { return f.answers(datagram, random) })
	if err != nil {
		return fmt.Errorf("ICMP %v: %w", to, err)
	}
	return nil
}

// route returns the first address that there is a route to, and this machine's
// address on that route. It sends nothing.
func route(ctx context.Context, addresses []netip.Addr) (to, local netip.Addr, err error) {
	conn, err := reach.Dial(ctx, addresses, 7) // echo; any port but 0 will do
	if err != nil {
		return to, local, err
	}
	defer conn.Close()
	return address(conn.RemoteAddr()), address(conn.LocalAddr()), nil
}

// address returns the IP address of a UDP address, and an invalid one of others.
func address(a net.Addr) netip.Addr {
	udp, ok := a.(*net.UDPAddr)
	if !ok {
		return netip.Addr{}
	}
	return udp.AddrPort().Addr().Unmap()
}

// conn is a socket that talks with one address. The socket itself hears all.
type conn struct {
	*icmp.PacketConn
	to netip.Addr
}

func (c conn) Write(b []byte) (int, error) {
	return c.WriteTo(b, net.UDPAddrFromAddrPort(netip.AddrPortFrom(c.to, 0)))
}

// Read returns what comes from other addresses as empty datagrams, so that a flood
// of them counts.
func (c conn) Read(b []byte) (int, error) {
	n, from, err := c.ReadFrom(b)
	if err == nil && address(from) != c.to {
		n = 0
	}
	return n, err
}

// question returns an echo request. The system adds the checksum of IPv6.
func (f family) question(p payload) ([]byte, error) {
	m := icmp.Message{Type: f.request, Body: &icmp.Echo{Seq: sequence, Data: p[:]}}
	return m.Marshal(nil)
}

// answers reports whether a datagram is the reply to a request.
func (f family) answers(datagram []byte, p payload) bool {
	m, err := icmp.ParseMessage(f.reply.Protocol(), datagram)
	if err != nil || m.Type != f.reply || m.Code != 0 {
		return false
	}
	echo, ok := m.Body.(*icmp.Echo)
	return ok && echo.Seq == sequence && bytes.Equal(echo.Data, p[:])
}
