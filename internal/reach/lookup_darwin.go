package reach

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"unsafe"

	"vpnstatus/internal/cocoa"
)

const feature = "Probes by TCP"

func init() {
	cocoa.Require(cocoa.Symbol, feature, "getaddrinfo", "freeaddrinfo", "gai_strerror")
}

// addrinfo is the struct of <netdb.h>; macOS has the name before the address
// (docs/internals.md, section 8).
type addrinfo struct {
	_                          int32 // flags
	family, socktype, protocol int32
	addrlen                    uint32
	_                          uintptr // canonname
	addr                       *byte
	next                       *addrinfo
}

// functions are those of libSystem.
type functions struct {
	getaddrinfo  func(host, service *byte, hints *addrinfo, found **addrinfo) int32
	freeaddrinfo func(*addrinfo)
	strerror     func(int32) string
}

var bound = sync.OnceValues(func() (f functions, err error) {
	err = errors.Join(
		cocoa.Bind(&f.getaddrinfo, "getaddrinfo"),
		cocoa.Bind(&f.freeaddrinfo, "freeaddrinfo"),
		cocoa.Bind(&f.strerror, "gai_strerror"),
	)
	return f, err
})

// lookup asks getaddrinfo, on a thread of its own for as long as that takes: it
// can't be stopped, so when ctx ends first its answer is thrown away.
func lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	f, err := bound()
	if err != nil {
		return nil, err
	}
	if strings.Contains(host, "\x00") {
		return nil, errors.New("the name has a zero byte")
	}
	type answer struct {
		found []netip.Addr
		err   error
	}
	got := make(chan answer, 1)
	go func() {
		found, err := f.lookup(host)
		got <- answer{found, err}
	}()
	select {
	case a := <-got:
		return a.found, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (f functions) lookup(host string) (found []netip.Addr, err error) {
	name := append([]byte(host), 0)
	hints := addrinfo{socktype: syscall.SOCK_STREAM, protocol: syscall.IPPROTO_TCP}
	var list *addrinfo
	if code := f.getaddrinfo(&name[0], nil, &hints, &list); code != 0 {
		return nil, fmt.Errorf("looking the name up: %s", f.strerror(code))
	}
	defer f.freeaddrinfo(list)
	for e := list; e != nil; e = e.next {
		if a, ok := decode(e); ok {
			found = append(found, a)
		}
	}
	return found, nil
}

// decode reads the address of an entry: a sockaddr_in or sockaddr_in6, as far as
// it says that it reaches.
func decode(e *addrinfo) (a netip.Addr, ok bool) {
	if e.addr == nil {
		return a, false
	}
	raw := unsafe.Slice(e.addr, e.addrlen)
	switch {
	case e.family == syscall.AF_INET && len(raw) >= 8:
		return netip.AddrFrom4([4]byte(raw[4:8])), true
	case e.family == syscall.AF_INET6 && len(raw) >= 28:
		a = netip.AddrFrom16([16]byte(raw[8:24])).Unmap()
		if scope := binary.NativeEndian.Uint32(raw[24:28]); scope != 0 {
			a = a.WithZone(fmt.Sprint(scope)) // net takes a number as well
		}
		return a, true
	}
	return a, false
}
