package engine

import (
	"runtime"
	"strings"
	"testing"
	"time"
	"unsafe"
	"weak"

	"vpnstatus/internal/vpn"
)

// connectWithPassword has service 0 connected with a password and returns what
// says whether anything still refers to that.
//
//go:noinline
func connectWithPassword(x *bench) weak.Pointer[byte] {
	password := strings.Repeat("secret", 50)
	x.do(Command{Verb: VerbConnect, ID: idOf(0), Options: vpn.Options{Password: password}})
	return weak.Make(unsafe.StringData(password))
}

func TestAPasswordIsForgottenOnceItsStartIsSentOrGivenUp(t *testing.T) {
	disconnecting := func(x *bench) { x.session(0).set(vpn.Disconnecting) }
	for name, c := range map[string]struct {
		before, after func(x *bench)
		starts        string
	}{
		"it is sent": {nil, nil, "start Office"},
		"it is refused": {func(x *bench) {
			x.backend.mu.Lock()
			defer x.backend.mu.Unlock()
			x.backend.sessions[idOf(0)].fail = errRefused
		}, nil, "start Office"},
		"it is up already":            {func(x *bench) { x.session(0).set(vpn.Connected) }, nil, ""},
		"it waits, and is sent":       {disconnecting, func(x *bench) { x.session(0).set(vpn.Disconnected) }, "start Office"},
		"it waits in vain":            {disconnecting, func(x *bench) { x.after(time.Hour) }, ""},
		"it waits, and is called off": {disconnecting, func(x *bench) { x.do(Command{Verb: VerbDisconnect, ID: idOf(0)}) }, ""},
		"it waits, and the VPN goes":  {disconnecting, func(x *bench) { x.backend.edit(func([]vpn.Configuration) []vpn.Configuration { return nil }) }, ""},
		"it waits, and another follows": {disconnecting, func(x *bench) {
			x.do(Command{Verb: VerbConnect, ID: idOf(0)})
			x.session(0).set(vpn.Disconnected)
		}, "start Office"},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, newFake("Office", "Home"), nil, func(x *bench) {
				if c.before != nil {
					c.before(x)
				}
				x.after(time.Second)
				password := connectWithPassword(x)
				if c.after != nil {
					if runtime.GC(); password.Value() == nil {
						t.Error("nothing refers to the password while it waits")
					}
					c.after(x)
				}
				x.after(time.Second)
				if got := strings.Join(x.backend.recorded(), ", "); got != c.starts {
					t.Errorf("the system was asked to %q, want %q", got, c.starts)
				}
				runtime.GC()
				if password.Value() != nil {
					t.Error("something still refers to the password")
				}
			})
		})
	}
}
