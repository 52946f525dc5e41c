package hooks

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// fakeProcess is a script whose system calls the test answers. The zero value
// starts and exits at once.
type fakeProcess struct {
	spawned, exited <-chan struct{} // spawn and waitExit return when they are closed; nil: at once

	mu    sync.Mutex
	calls []string
}

func (f *fakeProcess) note(call string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, call)
}

func (f *fakeProcess) launcher() *launcher {
	l := newLauncher()
	l.spawn = func(string, []string, string, *os.File) (int, error) {
		if f.spawned != nil {
			<-f.spawned
		}
		return 7, nil
	}
	l.waitExit = func(int) error {
		if f.exited != nil {
			<-f.exited
		}
		return nil
	}
	l.kill = func(int) { f.note("kill") }
	l.reap = func(int) error { f.note("reap"); return nil }
	return l
}

// After the leader was reaped the number of its group may be another's.
func TestGroupIsKilledOnlyBeforeItsLeaderIsReaped(t *testing.T) {
	f := &fakeProcess{}
	if o := f.launcher().run(t.Context(), "/script", nil, "/", limit); o.err != nil {
		t.Error(o.err)
	}
	if !slices.Equal(f.calls, []string{"kill", "reap"}) {
		t.Errorf("calls: %v", f.calls)
	}
}

func TestProcessIsNotReapedByWaitExit(t *testing.T) {
	w, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	must(t, err)
	defer w.Close()
	pid, err := spawn(script(t, "exit 3"), nil, "/", w)
	must(t, err)
	for range 2 { // the second call finds it still there
		must(t, waitExit(pid))
	}
	killGroup(pid)
	if err := reap(pid); err == nil || err.Error() != "exit status 3" {
		t.Errorf("%v", err)
	}
}

func TestStuckSystemCallsHoldNothingUp(t *testing.T) {
	for name, stick := range map[string]func(f *fakeProcess, c <-chan struct{}){
		"starting never returns":   func(f *fakeProcess, c <-chan struct{}) { f.spawned = c },
		"a process can't be ended": func(f *fakeProcess, c <-chan struct{}) { f.exited = c },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release := make(chan struct{})
				f := &fakeProcess{}
				stick(f, release)
				l := f.launcher()
				if o := l.run(t.Context(), "/script", nil, "/", limit); !errors.Is(o.err, errStuck) || !errors.Is(o.err, errLimit) || o.took != limit+killTime {
					t.Errorf("at its limit: %+v", o)
				}
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(time.Second, func() { cancel(errQuit) })
				if o := l.run(ctx, "/script", nil, "/", limit); !errors.Is(o.err, errStuck) || !errors.Is(o.err, errQuit) || o.took != time.Second+killTime {
					t.Errorf("at the program's end: %+v", o)
				}
				if len(l.processes) != 2 {
					t.Errorf("%d processes exist, want 2", len(l.processes))
				}
				close(release)
				synctest.Wait()
				if len(l.processes) != 0 {
					t.Errorf("%d processes exist after both have ended", len(l.processes))
				}
			})
		})
	}
}

func TestStuckProcessesAreBounded(t *testing.T) {
	l := (&fakeProcess{}).launcher()
	for range maxProcesses {
		l.processes <- struct{}{}
	}
	if o := l.run(t.Context(), "/script", nil, "/", limit); !errors.Is(o.err, errTooMany) {
		t.Errorf("%+v", o)
	}
}
