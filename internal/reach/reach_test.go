package reach

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestNamesThatDoNotResolveAreErrors(t *testing.T) {
	for name, c := range map[string]struct {
		addresses []netip.Addr
		err       error
	}{
		"unknown":        {nil, &net.DNSError{Err: "no such host", Name: "vpn.example", IsNotFound: true}},
		"no address":     {nil, nil},
		"a broadcast":    {[]netip.Addr{netip.MustParseAddr("255.255.255.255"), netip.IPv4Unspecified()}, nil},
		"invalid result": {[]netip.Addr{{}}, nil},
	} {
		got, err := Resolve(t.Context(), "vpn.example", func(context.Context, string) ([]netip.Addr, error) { return c.addresses, c.err })
		if err == nil || got != nil || errors.Is(err, ErrSilent) || c.err != nil && !errors.Is(err, c.err) {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
	slow := func(ctx context.Context, _ string) ([]netip.Addr, error) {
		<-ctx.Done()
		return nil, errors.New("i/o timeout")
	}
	brief, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := Resolve(brief, "vpn.example", slow); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the error of a look-up that takes too long is %v", err)
	}
}

func TestOnlyNamesAndAddressesAreServers(t *testing.T) {
	long := strings.Repeat("a", 63)
	for _, server := range []string{"vpn.example", "vpn.example.", "VPN-1.example", "vpn_1.example", "3com", "xn--bcher-kva.example", "localhost", long + ".example"} {
		if !hostName(server) {
			t.Errorf("%q is a host name", server)
		}
	}
	lookup := func(_ context.Context, host string) ([]netip.Addr, error) {
		t.Errorf("%q was looked up", host)
		return nil, errors.New("looked up")
	}
	for _, server := range []string{
		"", " ", ".", "vpn..example", ".example", "-vpn.example", "vpn-.example", "https://vpn.example", "vpn.example/path", "vpn.example:500",
		"[::1]", "[::1]:500", "::1:", "user@vpn.example", "vpn example", "\x00", "bücher.example", "vpn.example;reboot", "$(reboot)",
		"127.1", "1.2.3", "1.2.3.4.5", "0x7f000001", "2130706433", "99999999999999999999", "0x7f.1", "1.2.3.04", "1.2.3.256", "0.0.0.0", "::", "::ffff:0.0.0.0", "224.0.0.1",
		"ff02::1", "255.255.255.255", long + "a.example", strings.Repeat("a.", 127) + "aa", strings.Repeat("x", 1<<20), "%", "*", "*.example",
	} {
		if _, err := Resolve(t.Context(), server, lookup); !errors.Is(err, ErrServer) {
			t.Errorf("the error of %.60q is %v", server, err)
		}
	}
}

func FuzzHostName(f *testing.F) {
	for _, s := range []string{"vpn.example", "127.1", "https://vpn.example", "a..b", "", "-"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if hostName(s) && bytes.ContainsAny([]byte(s), " \t\r\n\x00/:@[]%?#\\\"'`$;&|<>(){}*!~") {
			t.Errorf("%q counts as a host name", s)
		}
	})
}

func TestTheFirstAddressWithARouteIsDialed(t *testing.T) {
	none, loopback := netip.MustParseAddr("fe80::1%nonesuch"), netip.MustParseAddr("127.0.0.1")
	conn, err := Dial(t.Context(), []netip.Addr{none, loopback, netip.MustParseAddr("127.0.0.2")}, 7)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if got, want := conn.RemoteAddr().String(), "127.0.0.1:7"; got != want {
		t.Errorf("%s was dialed, not %s", got, want)
	}
	if _, err := Dial(t.Context(), []netip.Addr{none}, 7); err == nil {
		t.Error("an address without a route was dialed")
	}
}

// dial returns a socket to a server on this machine that has sent datagrams before
// it is asked.
func dial(t *testing.T, datagrams ...[]byte) (conn, server *net.UDPConn) {
	t.Helper()
	server, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	at := server.LocalAddr().(*net.UDPAddr).AddrPort()
	conn, err = Dial(t.Context(), []netip.Addr{at.Addr()}, at.Port())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	for _, d := range datagrams {
		if _, err := server.WriteTo(d, conn.LocalAddr()); err != nil {
			t.Fatal(err)
		}
	}
	return conn, server
}

func TestOneDatagramIsSentAndTheFirstAnswerCounts(t *testing.T) {
	long := bytes.Repeat([]byte("long"), 15_000)
	conn, server := dial(t, nil, []byte("no"), long, []byte("yes"), []byte("late"))
	var seen []string
	err := Exchange(t.Context(), conn, []byte("are you there?"), func(datagram []byte) bool {
		seen = append(seen, string(datagram))
		return string(datagram) == "yes"
	})
	if err != nil {
		t.Error(err)
	}
	if got, want := strings.Join(seen, ","), ",no,"+string(long[:64])+",yes"; got != want {
		t.Errorf("read: %s\nwant: %s", got, want)
	}
	buffer := make([]byte, 100)
	_ = server.SetReadDeadline(time.Now().Add(10 * time.Second))
	if n, err := server.Read(buffer); err != nil || string(buffer[:n]) != "are you there?" {
		t.Errorf("the server heard %q, %v", buffer[:n], err)
	}
	_ = server.SetReadDeadline(time.Now())
	if _, err := server.Read(buffer); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the server was asked twice: %v", err)
	}
}

func never([]byte) bool { return false }

func TestAFloodEndsAQuestion(t *testing.T) {
	conn, _ := dial(t, make([][]byte, MaxDatagrams+1)...)
	read := 0
	err := Exchange(t.Context(), conn, nil, func([]byte) bool { read++; return read > MaxDatagrams })
	if !errors.Is(err, ErrSilent) || !strings.Contains(err.Error(), fmt.Sprint(MaxDatagrams, " datagrams")) || read != MaxDatagrams {
		t.Errorf("after %d datagrams the error is %v", read, err)
	}
}

func TestAPortThatNobodyListensOnIsSilentAtOnce(t *testing.T) {
	conn, server := dial(t)
	_ = server.Close()
	if err := Exchange(t.Context(), conn, []byte("?"), never); !errors.Is(err, ErrSilent) || !strings.Contains(err.Error(), "nothing listens") {
		t.Errorf("the error is %v", err)
	}
}

func TestSilenceEndsAfterASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn, server := net.Pipe()
		go func() { _, _ = server.Read(make([]byte, 1)) }()
		begin := time.Now()
		err := Exchange(t.Context(), conn, []byte("?"), never)
		if took := time.Since(begin); !errors.Is(err, ErrSilent) || took != time.Second {
			t.Errorf("after %v the error is %v", took, err)
		}
		_, _ = conn.Close(), server.Close()
	})
}

func TestTheContextEndsAQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, want := range []error{context.Canceled, context.DeadlineExceeded} {
			conn, server := net.Pipe()
			go func() { _, _ = server.Read(make([]byte, 1)) }()
			ctx, cancel := context.WithTimeout(t.Context(), AnswerLimit/2)
			if want == context.Canceled {
				time.AfterFunc(AnswerLimit/4, cancel)
			}
			err := Exchange(ctx, conn, []byte("?"), never)
			if !errors.Is(err, want) || errors.Is(err, ErrSilent) != (want == context.DeadlineExceeded) {
				t.Errorf("the error is %v, and is to be %v; only a deadline is silence", err, want)
			}
			cancel()
			_, _ = conn.Close(), server.Close()
		}
	})
}

func TestASocketThatFailsIsNotSilence(t *testing.T) {
	conn, _ := dial(t)
	_ = conn.Close()
	if err := Exchange(t.Context(), conn, []byte("?"), never); err == nil || errors.Is(err, ErrSilent) {
		t.Errorf("the error is %v", err)
	}
}
