package hooks

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

// stream is a source that the test feeds.
type stream struct {
	mu         sync.Mutex
	sub        *engine.Subscription
	s          *engine.Snapshot
	subscribed chan struct{} // receives a value with each subscription; nil: not
	ended      chan struct{} // closed when the runner has ended
}

func (s *stream) Latest() *engine.Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.s
}

func (s *stream) Subscribe(n int) *engine.Subscription {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sub = engine.NewSubscription(n, nil)
	if s.subscribed != nil {
		s.subscribed <- struct{}{}
	}
	return s.sub
}

// network reports another network.
func (s *stream) network(t *testing.T, name string) {
	t.Helper()
	if !s.sub.Publish(engine.Update{Events: []engine.Event{{Kind: engine.EventNetwork, To: name}}, Snapshot: s.s}) {
		t.Fatal("the subscription is full")
	}
}

// log is a writer whose lines can be waited for.
type log struct {
	mu    sync.Mutex
	text  bytes.Buffer
	wrote chan struct{}
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(p)
	select {
	case l.wrote <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// await waits until the log has a text n times.
func (l *log) await(t *testing.T, text string, n int) {
	t.Helper()
	for end := time.After(patience); strings.Count(l.String(), text) < n; {
		select {
		case <-l.wrote:
		case <-end:
			t.Fatalf("%q is not %d times in the log:\n%s", text, n, l.String())
		}
	}
}

// runner runs one until end is called.
func runner(t *testing.T, home string, on bool) (s *stream, l *log, r *Runner, end func()) {
	t.Helper()
	must(t, os.Chmod(home, 0o700))
	s = &stream{s: &engine.Snapshot{Loaded: true}, subscribed: make(chan struct{}, 1), ended: make(chan struct{})}
	l = &log{wrote: make(chan struct{}, 1)}
	set := settings.Default()
	set.Hooks = on
	r = New(Options{
		Source: s, Settings: func() settings.Settings { return set }, Home: home,
		Log: slog.New(slog.NewTextHandler(l, nil)),
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer close(s.ended)
		r.Run(ctx)
	}()
	await(t, s.subscribed, "the runner does not follow")
	end = sync.OnceFunc(func() {
		cancel()
		await(t, s.ended, "the runner did not end")
	})
	t.Cleanup(end)
	return s, l, r, end
}

func TestScriptsRunInOrderWithTheirVariables(t *testing.T) {
	home := t.TempDir()
	out := filepath.Join(t.TempDir(), "out")
	for _, name := range []string{"2", "1"} {
		write(t, filepath.Join(home, "hooks/network-changed.d", name), `#!/bin/sh
echo "`+name+` $VPNSTATUS_EVENT $VPNSTATUS_NETWORK $PATH" >> "`+out+`"; echo said`, 0o700)
	}
	s, l, _, _ := runner(t, home, true)
	s.network(t, "Café")
	s.network(t, "Home")
	l.await(t, "output=said", 4)
	got, err := os.ReadFile(out)
	must(t, err)
	want := "1 network-changed Café " + path + "\n2 network-changed Café " + path + "\n1 network-changed Home " + path + "\n2 network-changed Home " + path + "\n"
	if string(got) != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func TestAScriptIsCheckedBeforeEachRun(t *testing.T) {
	home := t.TempDir()
	script := write(t, filepath.Join(home, "hooks/network-changed.d/a"), "#!/bin/sh\necho said", 0o700)
	s, l, _, _ := runner(t, home, true)
	s.network(t, "Café")
	l.await(t, "output=said", 1)
	must(t, os.Chmod(script, 0o722))
	s.network(t, "Home")
	l.await(t, "others may write to it", 1)
	must(t, os.Chmod(script, 0o700))
	s.network(t, "Café")
	l.await(t, "output=said", 2)
	if n := strings.Count(l.String(), "output=said"); n != 2 {
		t.Errorf("it ran %d times:\n%s", n, l.String())
	}
}

func TestNothingRunsWhileHooksAreOff(t *testing.T) {
	home := t.TempDir()
	out := filepath.Join(t.TempDir(), "out")
	write(t, filepath.Join(home, "hooks/network-changed.d/a"), "#!/bin/sh\ntouch "+out, 0o700)
	s, l, _, end := runner(t, home, false)
	s.network(t, "Café")
	s.sub.End(engine.ErrClosed) // after which it ends by itself
	await(t, s.ended, "it did not end")
	end()
	if _, err := os.Stat(out); err == nil || l.String() != "" {
		t.Errorf("it ran: %v\n%s", err, l.String())
	}
}

func TestRefusedHooksAreReportedWhenSwitchedOn(t *testing.T) {
	home := t.TempDir()
	must(t, os.Chmod(home, 0o700))
	script := write(t, filepath.Join(home, "hooks/failed.d/a"), "", 0o600)
	var on atomic.Bool
	reported := make(chan struct{}, 1)
	s := &stream{s: &engine.Snapshot{}, subscribed: make(chan struct{}, 1)}
	r := New(Options{
		Source: s, Home: home, RefusedChanged: func() { reported <- struct{}{} },
		Settings: func() settings.Settings { return settings.Settings{Hooks: on.Load()} },
	})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.Run(t.Context())
	}()
	await(t, s.subscribed, "it does not follow")
	set := func(hooks bool) {
		on.Store(hooks)
		s.sub.Publish(engine.Update{Snapshot: s.s}) // as the engine does when settings change
	}
	set(true)
	await(t, reported, "nothing was reported")
	if got := r.Refused(); len(got) != 1 || !strings.Contains(got[0].Error(), "chmod u+x") {
		t.Errorf("refused: %v", got)
	}
	// Checked again when switched off and on: it was put right meanwhile.
	must(t, os.Chmod(script, 0o700))
	set(false)
	await(t, reported, "its end was not reported")
	set(true)
	s.sub.End(engine.ErrClosed)
	await(t, ended, "it did not end")
	if got := r.Refused(); len(got) != 0 {
		t.Errorf("refused: %v", got)
	}
}

func TestHangingHooksHoldNothingUp(t *testing.T) {
	home := t.TempDir()
	fifo, started, gone := alive(t)
	write(t, filepath.Join(home, "hooks/connected.d/hang"), "#!/bin/sh\nexec 3>"+fifo+"\necho >&3\nsleep 1000 & sleep 1000", 0o700)
	write(t, filepath.Join(home, "hooks/network-changed.d/quick"), "#!/bin/sh\necho quick", 0o700)
	s, l, _, end := runner(t, home, true)
	up := &engine.Service{Configuration: vpn.Configuration{ID: vpn.ID{1}, Name: "Office"}, Status: vpn.Connected, Known: true, Info: vpn.Info{Interface: "utun1"}}
	event := engine.Event{Kind: engine.EventStatus, ID: vpn.ID{1}, From: "Connecting", To: "Connected"}
	down := *up
	down.Status, down.Info = vpn.Connecting, vpn.Info{}
	s.sub.Publish(engine.Update{Events: []engine.Event{event}, Snapshot: &engine.Snapshot{Services: []*engine.Service{&down}}})
	s.sub.Publish(engine.Update{Snapshot: &engine.Snapshot{Services: []*engine.Service{up}}})
	s.network(t, "Café")
	l.await(t, "output=quick", 1)
	// The program ends while one hangs: it is killed with what it started.
	await(t, started, "the script did not start")
	end()
	await(t, gone, "a script is still running")
	l.await(t, "killed because VPNStatus ended", 1)
}

func TestQueueIsBounded(t *testing.T) {
	set := settings.Default()
	set.Hooks = true
	l := &log{wrote: make(chan struct{}, 1)}
	r := New(Options{
		Source: &stream{s: &engine.Snapshot{}}, Settings: func() settings.Settings { return set },
		Home: t.TempDir(), Log: slog.New(slog.NewTextHandler(l, nil)),
	})
	for i := range 3 * maxQueue {
		r.enqueue([]call{networkCall(engine.Event{To: fmt.Sprint(i)})})
	}
	if len(r.queue) != maxQueue || r.queue[maxQueue-1].environ[1] != fmt.Sprintf("VPNSTATUS_NETWORK=%d", 3*maxQueue-1) {
		t.Errorf("%d wait, the last is %v", len(r.queue), r.queue[len(r.queue)-1].environ)
	}
	set.Hooks = false
	r.enqueue(nil)
	if len(r.queue) != 0 {
		t.Errorf("%d wait although hooks are off", len(r.queue))
	}
}

func TestFewRunAtOnceAndOneOfAService(t *testing.T) {
	r := New(Options{Source: &stream{s: &engine.Snapshot{}}, Home: t.TempDir()})
	for n := range byte(10) {
		r.queue = append(r.queue, call{kind: Connected, id: vpn.ID{n / 2}}, call{kind: Disconnected, id: vpn.ID{n / 2}})
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r.dispatch(ctx) // there are no scripts; the workers end at once
	if len(r.busy) != maxRunning || len(r.queue) != 20-maxRunning {
		t.Errorf("%d run, %d wait", len(r.busy), len(r.queue))
	}
	for len(r.busy) > 0 {
		delete(r.busy, <-r.ended)
		r.dispatch(ctx)
	}
	if len(r.queue) != 0 {
		t.Errorf("%d still wait", len(r.queue))
	}
	r.workers.Wait()
}
