package ike

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"vpnstatus/internal/reach"
)

// fake is an IKE server on the loopback interface. For each datagram it sends what
// answer returns, in order.
type fake struct {
	*net.UDPConn
	address netip.AddrPort

	mu    sync.Mutex
	asked [][]byte
	heard chan struct{} // closed at the next question; may be nil
}

func newFake(t *testing.T, host string, answer func(question []byte) [][]byte) *fake {
	t.Helper()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(host), 0)))
	if err != nil {
		t.Skipf("no socket on %s: %v", host, err)
	}
	f := &fake{UDPConn: conn, address: conn.LocalAddr().(*net.UDPAddr).AddrPort()}
	var done sync.WaitGroup
	t.Cleanup(func() { _ = conn.Close(); done.Wait() })
	done.Go(func() {
		buffer := make([]byte, 2048)
		for {
			n, from, err := conn.ReadFromUDPAddrPort(buffer)
			if err != nil {
				return
			}
			question := append([]byte(nil), buffer[:n]...)
			f.mu.Lock()
			f.asked = append(f.asked, question)
			if f.heard != nil {
				close(f.heard)
				f.heard = nil
			}
			f.mu.Unlock()
			for _, a := range answer(question) {
				if _, err := conn.WriteToUDPAddrPort(a, from); err != nil && !errors.Is(err, net.ErrClosed) {
					t.Error(err)
				}
			}
		}
	})
	return f
}

func (f *fake) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.asked)
}

// untilHeard returns a context whose deadline passes when the fake hears a
// question, so that tests of silence need not wait for it.
func (f *fake) untilHeard(t *testing.T) context.Context {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.heard = make(chan struct{})
	return deadline{t.Context(), f.heard}
}

// deadline is a context that ends, as if by its deadline, when passed is closed.
type deadline struct {
	context.Context
	passed chan struct{}
}

func (d deadline) Done() <-chan struct{} { return d.passed }

func (d deadline) Err() error {
	select {
	case <-d.passed:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

// client asks the ports of two fakes in place of 500 and 4500.
func client(first, second *fake) *Client {
	return &Client{ports: [2]uint16{first.address.Port(), second.address.Port()}}
}

// refusal is a server's answer to a question without marker: NO_PROPOSAL_CHOSEN.
func refusal(question []byte) []byte {
	a := append([]byte(nil), question[:headerSize]...)
	a[16], a[19] = 41, 0x20
	return append(a, 0, 0, 0, 8, 0, 0, 0, 14)
}

func answering(question []byte) [][]byte {
	if rest, ok := strings.CutPrefix(string(question), marker); ok {
		return [][]byte{append([]byte(marker), refusal([]byte(rest))...)}
	}
	return [][]byte{refusal(question)}
}

func silent([]byte) [][]byte { return nil }

// briefly is for questions that will not be answered, so that tests need not wait
// for a whole second.
func briefly(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

func TestAServerThatAnswersIsAskedOnceOnPort500(t *testing.T) {
	for _, v := range []Version{V2, V1, V1XAuth} {
		first, second := newFake(t, "127.0.0.1", answering), newFake(t, "127.0.0.1", answering)
		c := client(first, second)
		for range 3 {
			if err := c.Ask(t.Context(), " 127.0.0.1 ", v); err != nil {
				t.Error(err)
			}
		}
		if first.count() != 3 || second.count() != 0 {
			t.Errorf("version %d: %d and %d datagrams were sent, not one for each question to the first port", v, first.count(), second.count())
		}
		spis := map[string]bool{}
		for _, q := range first.asked {
			spis[string(q[:spiSize])] = true
		}
		if len(spis) != 3 {
			t.Errorf("three questions had %d SPIs", len(spis))
		}
	}
}

func TestAQuestionAfterASilentOneGoesToTheOtherPort(t *testing.T) {
	first, second := newFake(t, "127.0.0.1", silent), newFake(t, "127.0.0.1", answering)
	c := client(first, second)
	for n := 1; n <= 3; n++ {
		if err := c.Ask(first.untilHeard(t), "127.0.0.1", V2); !errors.Is(err, reach.ErrSilent) || first.count() != n || second.count() != n-1 {
			t.Errorf("on port 500: %v; %d and %d datagrams", err, first.count(), second.count())
		}
		if err := c.Ask(t.Context(), "127.0.0.1", V2); err != nil || first.count() != n || second.count() != n {
			t.Errorf("on port 4500: %v; %d and %d datagrams", err, first.count(), second.count())
		}
	}
	for _, q := range second.asked {
		if !strings.HasPrefix(string(q), marker) {
			t.Errorf("a question on port 4500 has no marker: %x", q)
		}
	}
	// Another protocol of the same server begins with port 500.
	_ = c.Ask(first.untilHeard(t), "127.0.0.1", V2)
	_ = c.Ask(first.untilHeard(t), "127.0.0.1", V1)
	if first.count() != 5 || second.count() != 3 {
		t.Errorf("%d and %d datagrams", first.count(), second.count())
	}
}

func TestWhatDoesNotCountAsAnAnswer(t *testing.T) {
	other := func(q []byte) []byte {
		a := refusal(q)
		a[0] ^= 1
		return a
	}
	for name, answer := range map[string]func(q []byte) [][]byte{
		"nothing":                  silent,
		"an empty datagram":        func([]byte) [][]byte { return [][]byte{{}} },
		"another SPI":              func(q []byte) [][]byte { return [][]byte{other(q)} },
		"another SPI in 64 kB":     func(q []byte) [][]byte { return [][]byte{append(other(q), make([]byte, 60_000)...)} },
		"our own question":         func(q []byte) [][]byte { return [][]byte{q} },
		"a datagram that is short": func(q []byte) [][]byte { return [][]byte{refusal(q)[:headerSize-1]} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, "127.0.0.1", answer)
			err := client(f, f).Ask(briefly(t), "127.0.0.1", V2)
			if !errors.Is(err, reach.ErrSilent) || !strings.Contains(err.Error(), `"127.0.0.1"`) {
				t.Errorf("the error is %v, not one of silence that names the server", err)
			}
		})
	}
	for name, answer := range map[string]func(q []byte) [][]byte{
		"of 64 kB": func(q []byte) [][]byte { return [][]byte{append(refusal(q), make([]byte, 60_000)...)} },
		"after others": func(q []byte) [][]byte {
			return [][]byte{{}, other(q), q, []byte("nonsense"), refusal(q)}
		},
	} {
		t.Run("an answer counts "+name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, "127.0.0.1", answer)
			if err := client(f, f).Ask(t.Context(), "127.0.0.1", V2); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAnAnswerFromAnotherAddressDoesNotCount(t *testing.T) {
	elsewhere, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer elsewhere.Close()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	defer done.Wait()
	defer conn.Close()
	done.Go(func() {
		buffer := make([]byte, 2048)
		n, from, err := conn.ReadFromUDPAddrPort(buffer)
		if err == nil {
			_, err = elsewhere.WriteToUDPAddrPort(refusal(buffer[:n]), from)
		}
		if err != nil {
			t.Error(err)
		}
	})
	port := conn.LocalAddr().(*net.UDPAddr).AddrPort().Port()
	c := &Client{ports: [2]uint16{port, port}}
	if err := c.Ask(briefly(t), "127.0.0.1", V2); !errors.Is(err, reach.ErrSilent) {
		t.Errorf("the error is %v, not silence", err)
	}
}

func TestTheContextEndsAQuestion(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f := newFake(t, "127.0.0.1", func([]byte) [][]byte { cancel(); return nil })
	c := client(f, f)
	if err := c.Ask(ctx, "127.0.0.1", V2); !errors.Is(err, context.Canceled) || errors.Is(err, reach.ErrSilent) {
		t.Errorf("the error is %v, not that of the context", err)
	}
	if len(c.silent) != 0 {
		t.Error("a question that was cancelled counts as silent")
	}
	if err := c.Ask(ctx, "127.0.0.1", V2); !errors.Is(err, context.Canceled) {
		t.Errorf("the error of a context that had ended is %v", err)
	}
}

func TestIPv6(t *testing.T) {
	f := newFake(t, "::1", answering)
	if err := client(f, f).Ask(t.Context(), "::1", V2); err != nil {
		t.Error(err)
	}
	c := client(f, f)
	c.lookup = func(context.Context, string) ([]netip.Addr, error) { return []netip.Addr{netip.IPv6Loopback()}, nil }
	if err := c.Ask(t.Context(), "six.example", V2); err != nil {
		t.Errorf("a name with an IPv6 address only: %v", err)
	}
}

func TestOneOfTenAddressesIsAskedAfterOneLookup(t *testing.T) {
	f := newFake(t, "127.0.0.1", answering)
	c, lookups := client(f, f), 0
	c.lookup = func(_ context.Context, host string) ([]netip.Addr, error) {
		lookups++
		if host != "vpn.example" {
			t.Errorf("%q was looked up", host)
		}
		// The first two are skipped: one reaches many hosts, and to the other there
		// is no way.
		all := []netip.Addr{netip.MustParseAddr("224.0.0.1"), netip.MustParseAddr("fe80::1%nonesuch"), netip.MustParseAddr("::ffff:127.0.0.1")}
		for i := range 7 {
			all = append(all, netip.AddrFrom4([4]byte{127, 0, 0, byte(2 + i)}))
		}
		return all, nil
	}
	if err := c.Ask(t.Context(), "vpn.example", V2); err != nil {
		t.Error(err)
	}
	if lookups != 1 || f.count() != 1 {
		t.Errorf("%d look-ups and %d datagrams, want one each", lookups, f.count())
	}
}

func TestQuestionsAtTheSameTime(t *testing.T) {
	f := newFake(t, "127.0.0.1", answering)
	c := client(f, f)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if err := c.Ask(t.Context(), "127.0.0.1", V2); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if f.count() != 20 {
		t.Errorf("%d datagrams were sent, want 20", f.count())
	}
}
