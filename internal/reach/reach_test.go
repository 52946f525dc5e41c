package reach

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// port is one that answers, or one that nobody listens at any more.
func port(t *testing.T, open bool) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if open {
		t.Cleanup(func() { l.Close() })
	} else {
		l.Close()
	}
	_, p, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestDial(t *testing.T) {
	open, closed := port(t, true), port(t, false)
	for name, c := range map[string]struct{ address, fails string }{
		"a port that answers":            {"127.0.0.1:" + open, ""},
		"a name":                         {"localhost:" + open, ""},
		"a port that is closed":          {"127.0.0.1:" + closed, "refused"},
		"a name with a port closed":      {"localhost:" + closed, "refused"},
		"a name that does not exist":     {"nobody.invalid:80", "connecting to nobody.invalid:80: "},
		"no port":                        {"localhost", "not host:port"},
		"a port by name":                 {"localhost:https", "not the number of a port"},
		"port zero":                      {"localhost:0", "not the number of a port"},
		"a port too large":               {"localhost:65536", "not the number of a port"},
		"no host":                        {":80", "connecting to :80: "},
		"a host with a zero byte":        {"a\x00b:80", "connecting to "},
		"an address that is not written": {"300.0.0.1:80", "connecting to 300.0.0.1:80: "},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			err := Dial(ctx, c.address)
			if (err == nil) != (c.fails == "") || err != nil && !strings.Contains(err.Error(), c.fails) {
				t.Errorf("%v, want %q", err, c.fails)
			}
		})
	}
}

func TestTheNamesOfThisMachineAreFound(t *testing.T) {
	found, err := lookup(t.Context(), "localhost")
	if err != nil || len(found) == 0 {
		t.Fatalf("%v, %v", found, err)
	}
	for _, a := range found {
		if !a.IsLoopback() || a.Is4In6() {
			t.Errorf("localhost is %v", a)
		}
	}
}

func answers(list ...string) resolver {
	return func(context.Context, string) (found []netip.Addr, err error) {
		for _, a := range list {
			found = append(found, netip.MustParseAddr(a))
		}
		return found, nil
	}
}

func TestOneAddressThatAnswersIsEnough(t *testing.T) {
	open, closed := port(t, true), port(t, false)
	if err := dial(t.Context(), "x:"+open, answers("192.0.2.1", "2001:db8::1", "127.0.0.1")); err != nil {
		t.Error(err)
	}
	err := dial(t.Context(), "x:"+closed, answers("127.0.0.1", "127.0.0.1"))
	if !errors.Is(err, syscall.ECONNREFUSED) || strings.Count(err.Error(), "127.0.0.1: ") != 2 {
		t.Errorf("%v", err)
	}
	if err := dial(t.Context(), "x:"+open, answers()); err == nil || !strings.Contains(err.Error(), "no address") {
		t.Errorf("%v", err)
	}
	many := strings.Split(strings.Repeat("127.0.0.1 ", 100), " ")[:100]
	if found, err := addresses(t.Context(), "x", answers(many...)); err != nil || len(found) != addressesMost {
		t.Errorf("%d addresses, %v", len(found), err)
	}
}

func TestTheContextEndsIt(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	asks := func(ctx context.Context, _ string) ([]netip.Addr, error) {
		<-ctx.Done()
		return nil, errors.New("words of the resolver")
	}
	if err := dial(ctx, "x:80", asks); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while it looks the name up: %v", err)
	}
	over, end := context.WithCancel(t.Context())
	end()
	if err := Dial(over, "127.0.0.1:80"); !errors.Is(err, context.Canceled) {
		t.Errorf("before it connects: %v", err)
	}
	// The queue of a listener that accepts nobody is full after a few, so the
	// next one waits.
	l := full(t)
	late, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	if err := Dial(late, l); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while it connects: %v", err)
	}
}

// full returns the address of a socket whose queue takes no more connections.
func full(t *testing.T) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	if err := errors.Join(syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), syscall.Listen(fd, 1)); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	address := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(name.(*syscall.SockaddrInet4).Port)).String()
	for range 1000 {
		c, err := net.DialTimeout("tcp", address, 50*time.Millisecond)
		if err != nil {
			return address
		}
		t.Cleanup(func() { c.Close() })
	}
	t.Skip("this system has no end to a listener's queue")
	return ""
}
