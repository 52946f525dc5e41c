package appkit

import (
	"os"
	"runtime"
	"testing"
	"time"
	"unsafe"

	"vpnstatus/internal/cocoa"
)

func init() { runtime.LockOSThread() }

// runTests runs the tests on a goroutine while the main thread turns its event
// loop, as it does in the app.
func runTests(m *testing.M) {
	code := make(chan int, 1)
	go func() { code <- m.Run() }()
	turn := mainLoop()
	for {
		select {
		case c := <-code:
			os.Exit(c)
		default:
			turn()
		}
	}
}

func mainLoop() (turn func()) {
	const finished = 1 // kCFRunLoopRunFinished: it has nothing to wait for
	if err := cocoa.Load("Foundation"); err != nil {
		panic(err)
	}
	var run func(mode uintptr, seconds float64, returnAfterSource bool) int32
	if err := cocoa.Bind(&run, "CFRunLoopRunInMode"); err != nil {
		panic(err)
	}
	address, err := cocoa.Address("kCFRunLoopDefaultMode")
	if err != nil {
		panic(err)
	}
	mode := **(**uintptr)(unsafe.Pointer(&address))
	return func() {
		cocoa.Pool(func() {
			if run(mode, 0.02, true) == finished {
				time.Sleep(5 * time.Millisecond)
			}
		})
	}
}

// do runs f on the main thread and waits for it.
func do(t *testing.T, f func()) {
	t.Helper()
	done := make(chan struct{})
	onMain(func() { defer close(done); f() })
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("the main thread did not get to it")
	}
}
