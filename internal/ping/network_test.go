//go:build linux

package ping

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"

	"vpnstatus/internal/reach"
)

// The addresses of the host.
const (
	host4  = "10.99.0.2"
	host6  = "fd00:99::2"
	other4 = "10.99.0.3"
)

// network is a network namespace: that of a thread, which runs functions in it.
type network struct {
	thread int
	calls  chan func()
}

func newNetwork(t *testing.T) network {
	t.Helper()
	n := network{calls: make(chan func())}
	made := make(chan error)
	go func() {
		runtime.LockOSThread() // the thread ends with the goroutine, and the namespace with the thread
		n.thread = syscall.Gettid()
		made <- syscall.Unshare(syscall.CLONE_NEWNET)
		for f := range n.calls {
			f()
		}
	}()
	t.Cleanup(func() { close(n.calls) })
	if err := <-made; err != nil {
		t.Skip("no network can be made here: ", err)
	}
	return n
}

func (n network) do(f func()) {
	done := make(chan struct{})
	n.calls <- func() { defer close(done); f() }
	<-done
}

// ip runs commands of ip(8).
func (n network) ip(t *testing.T, commands ...string) {
	t.Helper()
	n.do(func() {
		for _, c := range commands {
			if out, err := exec.Command("ip", strings.Fields(c)...).CombinedOutput(); err != nil {
				t.Errorf("ip %s: %v: %s", c, err, out)
			}
		}
	})
}

func (n network) set(setting string, value ...any) (err error) {
	n.do(func() { err = os.WriteFile("/proc/sys/net/ipv4/"+setting, []byte(fmt.Sprintln(value...)), 0) })
	return err
}

func (n network) ask(ctx context.Context, server string) (err error) {
	n.do(func() { err = Ask(ctx, server) })
	return err
}

// newHost returns a network and another that has a host, connected by a pair of
// interfaces.
func newHost(t *testing.T) (here, there network) {
	t.Helper()
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("the command ip connects the networks: ", err)
	}
	here, there = newNetwork(t), newNetwork(t)
	if err := here.set("ping_group_range", os.Getgid(), os.Getgid()); err != nil {
		t.Skip("echo requests can't be allowed here: ", err)
	}
	here.ip(t, fmt.Sprint("link add here type veth peer name there netns ", there.thread))
	if t.Failed() {
		t.FailNow()
	}
	here.ip(t, "link set lo up", "link set here up", "addr add 10.99.0.1/24 dev here", "addr add fd00:99::1/64 dev here nodad")
	there.ip(t, "link set there up", "addr add "+host4+"/24 dev there", "addr add "+other4+"/24 dev there", "addr add "+host6+"/64 dev there nodad")
	// The first packets may be lost, until both ends know the other's hardware address.
	for _, address := range []string{host4, host6} {
		err := errors.New("not asked")
		for n := 0; n < 10 && err != nil; n++ {
			err = here.ask(t.Context(), address)
		}
		if err != nil {
			t.Fatalf("the host is there: %v", err)
		}
	}
	return here, there
}

func TestAHostThatIsThereAnswers(t *testing.T) {
	t.Parallel()
	here, _ := newHost(t)
	for _, address := range []string{host4, host6, "::ffff:" + host4} {
		for range 100 {
			if err := here.ask(t.Context(), address); err != nil {
				t.Fatalf("the host is there: %v", err)
			}
		}
	}
	for _, own := range []string{"127.0.0.1", "::1", "10.99.0.1", "fd00:99::1"} {
		if err := here.ask(t.Context(), own); err == nil || !strings.Contains(err.Error(), "is this machine") {
			t.Errorf("the error of this machine's address is %v", err)
		}
		here.do(func() {
			if err := ask(t.Context(), own, true); err != nil {
				t.Error(err)
			}
		})
	}
	for name, address := range map[string]string{"no route": "192.0.2.1", "a broadcast": "10.99.0.255"} {
		if err := here.ask(t.Context(), address); err == nil || errors.Is(err, reach.ErrSilent) {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
	if err := here.set("ping_group_range", 1, 0); err != nil { // no group
		t.Fatal(err)
	}
	if err := here.ask(t.Context(), host4); !errors.Is(err, os.ErrPermission) || errors.Is(err, reach.ErrSilent) || !strings.Contains(err.Error(), "could not be asked") {
		t.Errorf("the error where echo requests are not allowed is %v", err)
	}
}

func TestWhatASilentHostAndImpostorsSendIsNoAnswer(t *testing.T) {
	t.Parallel()
	here, there := newHost(t)
	if err := there.set("icmp_echo_ignore_all", 1); err != nil {
		t.Fatal(err)
	}
	if err := here.ask(t.Context(), host4); !errors.Is(err, reach.ErrSilent) || !strings.Contains(err.Error(), "within "+reach.AnswerLimit.String()) {
		t.Errorf("the error of a silent host is %v", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	if err := here.ask(cancelled, host4); !errors.Is(err, context.Canceled) || errors.Is(err, reach.ErrSilent) {
		t.Errorf("the error of a question that is cancelled is %v", err)
	}
	const flood = 10 * reach.MaxDatagrams
	none := fmt.Sprint(reach.MaxDatagrams, " datagrams that are none")
	for _, c := range []struct {
		name   string
		answer func(send func(from string, echo icmp.Echo), echo icmp.Echo)
		want   string // part of the error; empty if the host answers
	}{
		{"a flood", func(send func(string, icmp.Echo), echo icmp.Echo) {
			echo.Data = make([]byte, len(echo.Data))
			for range flood {
				send(host4, echo)
			}
		}, none},
		{"an answer after others", func(send func(string, icmp.Echo), echo icmp.Echo) {
			send(other4, echo)
			send(host4, icmp.Echo{ID: echo.ID})
			send(host4, icmp.Echo{ID: echo.ID, Seq: echo.Seq, Data: append(echo.Data[:16:16], make([]byte, 60_000)...)})
			send(host4, icmp.Echo{ID: echo.ID, Seq: echo.Seq + 1, Data: echo.Data})
			send(host4, echo)
		}, ""},
		{"the right words from another address", func(send func(string, icmp.Echo), echo icmp.Echo) {
			for range flood {
				send(other4, echo)
			}
		}, none},
	} {
		stop := there.impostor(t, c.answer)
		err := here.ask(t.Context(), host4)
		stop()
		if c.want == "" && err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.want != "" && (!errors.Is(err, reach.ErrSilent) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: the error is %v, not silence with %q", c.name, err, c.want)
		}
	}
}

// impostor answers echo requests in place of the host, which is silent, until the
// function that it returns is called.
func (n network) impostor(t *testing.T, answer func(send func(from string, echo icmp.Echo), echo icmp.Echo)) (stop func()) {
	t.Helper()
	conns := map[string]*icmp.PacketConn{}
	for _, a := range []string{host4, other4} {
		var err error
		n.do(func() { conns[a], err = icmp.ListenPacket("ip4:icmp", a) })
		if err != nil {
			t.Fatal(err)
		}
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		buffer := make([]byte, 2048)
		for {
			n, from, err := conns[host4].ReadFrom(buffer)
			if err != nil {
				return
			}
			m, err := icmp.ParseMessage(ipv4.ICMPTypeEcho.Protocol(), buffer[:n])
			if err != nil || m.Type != ipv4.ICMPTypeEcho {
				continue
			}
			answer(func(by string, echo icmp.Echo) {
				reply, err := (&icmp.Message{Type: ipv4.ICMPTypeEchoReply, Body: &echo}).Marshal(nil)
				if err == nil {
					_, err = conns[by].WriteTo(reply, from)
				}
				if err != nil && !errors.Is(err, net.ErrClosed) {
					t.Error(err)
				}
			}, *m.Body.(*icmp.Echo))
		}
	}()
	return func() {
		for _, c := range conns {
			_ = c.Close()
		}
		<-ended
	}
}
