package ike

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"

	"vpnstatus/internal/reach"
)

// The ports of IKE (RFC 7296, section 2).
const (
	port    = 500
	portNAT = 4500
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
	lookup reach.Lookup
}

type target struct {
	server  string
	version Version
}

// Ask returns nil if an IKE server answered: if a datagram from the address that
// was asked carries the initiator's SPI of the question, which is random. What it
// says does not matter. Nothing is left on the server, and no socket is kept.
//
// The name is resolved once, by the system's resolver, which may take two
// seconds; the first address that there is a route to is asked, and has one
// second. The context can only end a question earlier, with its error. Errors name
// the server. They wrap reach.ErrServer if it is not a server's name, and
// reach.ErrSilent if there was no answer; others mean that the question could not be
// asked.
func (c *Client) Ask(ctx context.Context, server string, v Version) error {
	if err := c.ask(ctx, target{server, v}); err != nil {
		return fmt.Errorf("asking the server %.*q: %w", reach.MaxName, server, err)
	}
	return nil
}

func (c *Client) ask(ctx context.Context, t target) error {
	addresses, err := reach.Resolve(ctx, t.server, c.lookup)
	if err != nil {
		return err
	}
	to, nat := c.port(t)
	conn, err := reach.Dial(ctx, addresses, to)
	if err != nil {
		return err
	}
	defer conn.Close()
	var random [randomSize]byte
	_, _ = rand.Read(random[:]) // never fails
	asked := question(t.version, random)
	sent := asked
	if nat {
		sent = append([]byte(marker), asked...)
	}
	err = reach.Exchange(ctx, conn, sent, func(datagram []byte) bool { return answers(datagram, asked, nat) })
	if !errors.Is(err, context.Canceled) {
		c.remember(t, err != nil && !nat)
	}
	if err != nil {
		return fmt.Errorf("UDP %v: %w", conn.RemoteAddr(), err)
	}
	return nil
}

// port returns the port of the next question, and whether it is that with markers.
func (c *Client) port(t target) (to uint16, nat bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ports := c.ports
	if ports == [2]uint16{} {
		ports = [2]uint16{port, portNAT}
	}
	if c.silent[t] {
		return ports[1], true
	}
	return ports[0], false
}

// remember stores whether the next question goes to the other port.
func (c *Client) remember(t target, silent bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.silent == nil {
		c.silent = make(map[target]bool)
	}
	c.silent[t] = silent
}
