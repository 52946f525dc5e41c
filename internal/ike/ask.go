package ike

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	// resolveLimit is how long a server's name may take to resolve. A network that
	// has just come up needs more than the answer of a server.
	resolveLimit = 2 * time.Second

	// answerLimit is how long an answer may take. Together with resolveLimit it is
	// shorter than the interval of questions.
	answerLimit = time.Second

	// maxDatagrams is how many datagrams that are no answer are read for one
	// question, so that a flood costs little.
	maxDatagrams = 32
)

// The ports of IKE (RFC 7296, section 2).
const (
	port    = 500
	portNAT = 4500
)

// Errors of a question.
var (
	// ErrServer is the error for what is not the name or address of one host, such
	// as a URL. It will never be answered.
	ErrServer = errors.New("not a host name or IP address")

	// ErrSilent is the error when nothing that counts came in time. It says
	// nothing about the server.
	ErrSilent = errors.New("no answer")
)

// Client asks servers. Its zero value is ready to use; its methods may be called
// from any goroutine.
//
// A question is one datagram. It goes to UDP port 500; the one that follows a
// silent question goes to port 4500, where some firewalls let IKE through, and so
// on in turn. So an outage costs one packet for each question, and a server that
// answers on one port only is found by the second question.
type Client struct {
	mu     sync.Mutex
	silent map[target]bool // the last question went to port 500 and had no answer

	// For tests; zero means those of the system.
	ports  [2]uint16
	lookup func(ctx context.Context, host string) ([]netip.Addr, error)
}

type target struct {
	server  string
	version Version
}

// maxSilent limits what a Client remembers; there are never so many servers.
const maxSilent = 1000

// Ask returns nil if an IKE server answered: if a datagram from the address that
// was asked carries the initiator's SPI of the question, which is random. What it
// says does not matter. Nothing is left on the server, and no socket is kept.
//
// The name is resolved once, by the system's resolver, which may take two
// seconds; the first address that there is a route to is asked, and has one
// second. The context can only end a question earlier, with its error. Errors name
// the server. They wrap ErrServer if it is not a server's name, and ErrSilent if
// there was no answer; others mean that the question could not be asked.
func (c *Client) Ask(ctx context.Context, server string, v Version) error {
	server = strings.TrimSpace(server)
	if err := c.ask(ctx, server, v); err != nil {
		return fmt.Errorf("asking the server %.*q: %w", maxName, server, err)
	}
	return nil
}

func (c *Client) ask(ctx context.Context, server string, v Version) error {
	addresses, err := c.resolve(ctx, server)
	if err != nil {
		return err
	}
	nat := c.useNAT(target{server, v})
	conn, err := c.dial(ctx, addresses, nat)
	if err != nil {
		return err
	}
	defer conn.Close()
	err = exchange(ctx, conn, v, nat)
	if !errors.Is(err, context.Canceled) {
		c.remember(target{server, v}, err != nil && !nat)
	}
	if err != nil {
		return fmt.Errorf("UDP %v: %w", conn.RemoteAddr(), err)
	}
	return nil
}

func (c *Client) useNAT(t target) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.silent[t]
}

// remember stores whether the next question goes to the other port.
func (c *Client) remember(t target, silent bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !silent {
		delete(c.silent, t)
		return
	}
	if c.silent == nil || len(c.silent) >= maxSilent {
		c.silent = make(map[target]bool)
	}
	c.silent[t] = true
}

// resolve returns the addresses of a server that may be asked.
func (c *Client) resolve(ctx context.Context, server string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(server); err == nil {
		if !single(a) {
			return nil, ErrServer
		}
		return []netip.Addr{a.Unmap()}, nil
	}
	if !hostName(server) {
		return nil, ErrServer
	}
	lookup := c.lookup
	if lookup == nil {
		lookup = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	short, cancel := context.WithTimeout(ctx, resolveLimit)
	defer cancel()
	all, err := lookup(short, server)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	var usable []netip.Addr
	for _, a := range all {
		if single(a) {
			usable = append(usable, a.Unmap())
		}
	}
	if len(usable) == 0 {
		return nil, errors.New("it resolves to no address of a host")
	}
	return usable, nil
}

// single reports whether an address is that of one host, which a broadcast is
// not: a packet to it would reach many.
func single(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsValid() && !a.IsUnspecified() && !a.IsMulticast() && a != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

// maxName is how long a host name may be, without a last dot (RFC 1035, section
// 2.3.4).
const maxName = 253

// hostName reports whether s is a host name: labels of letters, digits, hyphens and
// underscores (RFC 1123, section 2.1), of which the last is no number. Some
// resolvers would read such a one as an IPv4 address: 127.1, 0x7f000001.
func hostName(s string) bool {
	s = strings.TrimSuffix(s, ".")
	if s == "" || len(s) > maxName {
		return false
	}
	var last string
	for last = range strings.SplitSeq(s, ".") {
		if last == "" || len(last) > 63 || last[0] == '-' || last[len(last)-1] == '-' {
			return false
		}
		for _, r := range last {
			if (r|0x20 < 'a' || r|0x20 > 'z') && (r < '0' || r > '9') && r != '-' && r != '_' {
				return false
			}
		}
	}
	_, err := strconv.ParseUint(last, 0, 64)
	return err != nil && !errors.Is(err, strconv.ErrRange)
}

// dial opens a socket to the first address that there is a route to. A socket that
// is connected receives nothing from any other address.
func (c *Client) dial(ctx context.Context, addresses []netip.Addr, nat bool) (net.Conn, error) {
	ports := c.ports
	if ports == [2]uint16{} {
		ports = [2]uint16{port, portNAT}
	}
	to := ports[0]
	if nat {
		to = ports[1]
	}
	var d net.Dialer
	var first error
	for _, a := range addresses {
		conn, err := d.DialContext(ctx, "udp", netip.AddrPortFrom(a, to).String())
		if err == nil {
			return conn, nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

// exchange sends a question and waits for the answer.
func exchange(ctx context.Context, conn net.Conn, v Version, nat bool) error {
	if err := conn.SetDeadline(time.Now().Add(answerLimit)); err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	var random [randomSize]byte
	_, _ = rand.Read(random[:]) // never fails
	asked := question(v, random)
	sent := asked
	if nat {
		sent = append([]byte(marker), asked...)
	}
	_, err := conn.Write(sent)
	var buffer [len(marker) + headerSize]byte // the rest of a longer datagram is dropped
	for n := 0; err == nil; n++ {
		if n == maxDatagrams {
			return fmt.Errorf("%w: %d datagrams that are none", ErrSilent, n)
		}
		var length int
		length, err = conn.Read(buffer[:])
		if err == nil && answers(buffer[:length], asked, nat) {
			return nil
		}
	}
	switch {
	case ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded):
		return ctx.Err()
	case ctx.Err() != nil:
		return fmt.Errorf("%w: %w", ErrSilent, ctx.Err())
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("%w within %v", ErrSilent, answerLimit)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("%w: nothing listens there", ErrSilent)
	}
	return err
}
