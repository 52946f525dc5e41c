package ping

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"testing"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"

	"vpnstatus/internal/reach"
)

var sample = payload{0xa3, 0x11, 3: 0xff, 15: 1}

func marshal(t testing.TB, m icmp.Message) []byte {
	t.Helper()
	data, err := m.Marshal(nil)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// messages are what may come back for an echo request, and whether it counts.
var messages = []struct {
	name  string
	reply func(f family, echo icmp.Echo) icmp.Message
	want  bool
}{
	{"a reply", func(f family, e icmp.Echo) icmp.Message { return icmp.Message{Type: f.reply, Body: &e} }, true},
	{"a reply with another identifier, as from Linux", func(f family, e icmp.Echo) icmp.Message {
		e.ID = 0xbeef
		return icmp.Message{Type: f.reply, Body: &e}
	}, true},
	{"our own request", func(f family, e icmp.Echo) icmp.Message { return icmp.Message{Type: f.request, Body: &e} }, false},
	{"another code", func(f family, e icmp.Echo) icmp.Message { return icmp.Message{Type: f.reply, Code: 1, Body: &e} }, false},
	{"another sequence number", func(f family, e icmp.Echo) icmp.Message {
		e.Seq++
		return icmp.Message{Type: f.reply, Body: &e}
	}, false},
	{"another payload", func(f family, e icmp.Echo) icmp.Message {
		e.Data = append([]byte(nil), e.Data...)
		e.Data[15] ^= 0x80
		return icmp.Message{Type: f.reply, Body: &e}
	}, false},
	{"no payload", func(f family, e icmp.Echo) icmp.Message {
		e.Data = nil
		return icmp.Message{Type: f.reply, Body: &e}
	}, false},
	{"a payload cut short", func(f family, e icmp.Echo) icmp.Message {
		e.Data = e.Data[:15]
		return icmp.Message{Type: f.reply, Body: &e}
	}, false},
	{"a payload and more", func(f family, e icmp.Echo) icmp.Message {
		e.Data = append(append([]byte(nil), e.Data...), 0)
		return icmp.Message{Type: f.reply, Body: &e}
	}, false},
	{"a router's word that there is no such host", func(f family, e icmp.Echo) icmp.Message {
		unreachable := icmp.Type(ipv6.ICMPTypeDestinationUnreachable)
		if f == v4 {
			unreachable = ipv4.ICMPTypeDestinationUnreachable
		}
		return icmp.Message{Type: unreachable, Code: 1, Body: &icmp.DstUnreach{Data: append(make([]byte, 28), e.Data...)}}
	}, false},
}

func TestOnlyTheReplyWithTheRandomPayloadCounts(t *testing.T) {
	for _, f := range []family{v4, v6} {
		for _, m := range messages {
			datagram := marshal(t, m.reply(f, icmp.Echo{Seq: sequence, Data: sample[:]}))
			if got := f.answers(datagram, sample); got != m.want {
				t.Errorf("%s, %s: it counts is %v", f.network, m.name, got)
			}
			if f.answers(datagram, payload{}) {
				t.Errorf("%s, %s: it counts for another question", f.network, m.name)
			}
		}
		reply := marshal(t, icmp.Message{Type: f.reply, Body: &icmp.Echo{Seq: sequence, Data: sample[:]}})
		for n := range reply {
			if f.answers(reply[:n], sample) {
				t.Errorf("%s: the first %d bytes of a reply count", f.network, n)
			}
		}
		if f.answers(append(reply, make([]byte, 64_000)...), sample) {
			t.Errorf("%s: 64 kB count", f.network)
		}
	}
	reply4 := marshal(t, icmp.Message{Type: v4.reply, Body: &icmp.Echo{Seq: sequence, Data: sample[:]}})
	if v6.answers(reply4, sample) {
		t.Error("a reply of IPv4 counts for IPv6")
	}
}

func FuzzAnswers(f *testing.F) {
	for _, family := range []family{v4, v6} {
		for _, m := range messages {
			f.Add(marshal(f, m.reply(family, icmp.Echo{Seq: sequence, Data: sample[:]})), family == v6)
		}
	}
	f.Add([]byte{}, false)
	f.Add([]byte{0}, true)
	f.Fuzz(func(t *testing.T, datagram []byte, six bool) {
		asked, reply := v4, byte(0)
		if six {
			asked, reply = v6, 129
		}
		// RFC 792 and RFC 4443, section 4.2: type, code, checksum, identifier,
		// sequence number, data.
		want := len(datagram) == 24 && datagram[0] == reply && datagram[1] == 0 && string(datagram[6:]) == "\x00\x01"+string(sample[:])
		if got := asked.answers(datagram, sample); got != want {
			t.Errorf("%x counts is %v", datagram, got)
		}
	})
}

func TestWhatIsNotAServerIsNotAsked(t *testing.T) {
	for _, server := range []string{
		"", "https://vpn.example", "vpn.example:443", "[::1]", "192.0.2.1:500", "vpn example", "127.1", "0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255",
	} {
		if err := Ask(t.Context(), server); !errors.Is(err, reach.ErrServer) {
			t.Errorf("the error of %q is %v", server, err)
		}
	}
	for _, server := range []string{"127.0.0.1", " 127.0.0.2 ", "::ffff:127.0.0.1", "localhost"} {
		err := Ask(t.Context(), server)
		if err == nil || !strings.Contains(err.Error(), "is this machine") || !strings.Contains(err.Error(), server) || errors.Is(err, reach.ErrSilent) {
			t.Errorf("the error of %q is %v", server, err)
		}
	}
}

// TestThisMachineAnswers asks 127.0.0.1 and ::1, which Ask refuses.
func TestThisMachineAnswers(t *testing.T) {
	for _, address := range []string{"127.0.0.1", "::1"} {
		t.Run(address, func(t *testing.T) {
			if c, err := net.Listen("tcp", net.JoinHostPort(address, "0")); err != nil {
				t.Skip("this machine does not have the address: ", err)
			} else {
				_ = c.Close()
			}
			err := ask(t.Context(), address, true)
			if errors.Is(err, os.ErrPermission) {
				if errors.Is(err, reach.ErrSilent) || !strings.Contains(err.Error(), "could not be asked") {
					t.Errorf("the error is %v", err)
				}
				t.Skip("echo requests are not allowed here: ", err)
			}
			if err != nil {
				t.Error(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if err := ask(ctx, address, true); !errors.Is(err, context.Canceled) || errors.Is(err, reach.ErrSilent) {
				t.Errorf("the error of a context that has ended is %v", err)
			}
		})
	}
}
