package hooks

import (
	"context"
	"errors"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// stuck returns a launcher whose scripts start and exit when the channels are
// closed.
func stuck(started, exited <-chan struct{}) *launcher {
	l := newLauncher()
	l.start = func(string, []string, string, *os.File) (process, error) {
		<-started
		return process{wait: func() error { <-exited; return nil }, kill: func() {}}, nil
	}
	return l
}

func TestStuckSystemCallsHoldNothingUp(t *testing.T) {
	for name, start := range map[string]bool{"starting never returns": true, "a process can't be ended": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release, at := make(chan struct{}), make(chan struct{})
				close(at)
				l := stuck(at, release)
				if start {
					l = stuck(release, at)
				}
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
	l := newLauncher()
	for range maxProcesses {
		l.processes <- struct{}{}
	}
	if o := l.run(t.Context(), "/script", nil, "/", limit); !errors.Is(o.err, errTooMany) {
		t.Errorf("%+v", o)
	}
}
