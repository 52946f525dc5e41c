// Package reach is what all questions whether a server is there have in common: the
// names that may be asked, the address behind a name, one datagram, and how long to
// wait for its answer. Packages ike and ping have the questions themselves.
//
// An answer is evidence that a server is back. Silence is evidence of nothing: a
// server or a firewall may drop such packets.
package reach

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	// resolveLimit is how long a server's name may take to resolve. A network that
	// has just come up needs more than the answer of a server.
	resolveLimit = 2 * time.Second

	// AnswerLimit is how long an answer may take. Together with the look-up of a
	// name it is shorter than the interval of questions.
	AnswerLimit = time.Second

	// MaxDatagrams is how many datagrams that are no answer are read for one
	// question, so that a flood costs little.
	MaxDatagrams = 32

	// MaxName is how long a host name may be, without a last dot (RFC 1035, section
	// 2.3.4).
	MaxName = 253
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

// Lookup returns the addresses of a host.
type Lookup func(ctx context.Context, host string) ([]netip.Addr, error)

// Resolve returns the addresses of a server that may be asked, at least one if the
// error is nil. Space around the name is ignored. An address is returned as it is; a
// name is looked up once, which may take two seconds. A nil lookup is the system's
// resolver. The error wraps ErrServer if server is not a server's name.
func Resolve(ctx context.Context, server string, lookup Lookup) ([]netip.Addr, error) {
	server = strings.TrimSpace(server)
	if a, err := netip.ParseAddr(server); err == nil {
		if !single(a) {
			return nil, ErrServer
		}
		return []netip.Addr{a.Unmap()}, nil
	}
	if !hostName(server) {
		return nil, ErrServer
	}
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

// hostName reports whether s is a host name: labels of letters, digits, hyphens and
// underscores (RFC 1123, section 2.1), of which the last is no number. Some
// resolvers would read such a one as an IPv4 address: 127.1, 0x7f000001.
func hostName(s string) bool {
	s = strings.TrimSuffix(s, ".")
	if s == "" || len(s) > MaxName {
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

// Dial opens a UDP socket to the first address that there is a route to, and sends
// nothing. A socket that is connected receives nothing from any other address.
func Dial(ctx context.Context, addresses []netip.Addr, port uint16) (*net.UDPConn, error) {
	var d net.Dialer
	var first error
	for _, a := range addresses {
		conn, err := d.DialContext(ctx, "udp", netip.AddrPortFrom(a, port).String())
		if err == nil {
			return conn.(*net.UDPConn), nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

// Conn is a socket to one server.
type Conn interface {
	SetDeadline(time.Time) error
	Read([]byte) (int, error)
	Write([]byte) (int, error)
}

// Exchange sends a question as one datagram and waits for one that answers it, for
// a second. The function answers is called with the first 64 bytes of each datagram
// and must not keep them. The context can only end a question earlier, with its
// error. The error wraps ErrSilent if there was no answer; others mean that the
// question could not be asked.
func Exchange(ctx context.Context, conn Conn, question []byte, answers func(datagram []byte) bool) error {
	if err := conn.SetDeadline(time.Now().Add(AnswerLimit)); err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	_, err := conn.Write(question)
	var buffer [64]byte // the rest of a longer datagram is dropped
	for n := 0; err == nil; n++ {
		if n == MaxDatagrams {
			return fmt.Errorf("%w: %d datagrams that are none", ErrSilent, n)
		}
		var length int
		length, err = conn.Read(buffer[:])
		if err == nil && answers(buffer[:length]) {
			return nil
		}
	}
	switch {
	case ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded):
		return ctx.Err()
	case ctx.Err() != nil:
		return fmt.Errorf("%w: %w", ErrSilent, ctx.Err())
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("%w within %v", ErrSilent, AnswerLimit)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("%w: nothing listens there", ErrSilent)
	}
	return err
}
