package cli

import (
	"context"
	"os"
	"os/signal"
	"slices"
	"syscall"
)

// untilSignal returns a context that the first terminating signal cancels; a
// second one ends the process. caught returns the first signal, or nil. stop
// leaves signals to the system again.
func untilSignal(parent context.Context) (ctx context.Context, caught func() os.Signal, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, endingSignals()...)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer signal.Stop(signals)
		select {
		case s := <-signals:
			cancel(&signalError{s})
		case <-ctx.Done():
		}
	}()
	caught = func() os.Signal {
		if e, ok := context.Cause(ctx).(*signalError); ok {
			return e.signal
		}
		return nil
	}
	return ctx, caught, func() { cancel(nil); <-done }
}

// signalError is the cause of a context that a signal has ended.
type signalError struct{ signal os.Signal }

func (e *signalError) Error() string { return e.signal.String() }

// endingSignals are those that end the program. A signal that was ignored from
// the start, as nohup does with SIGHUP, stays ignored.
func endingSignals() []os.Signal {
	all := []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}
	return slices.DeleteFunc(all, signal.Ignored)
}

// dieOf ends the process as the signal would have, so that a shell stops a loop
// around a command that the user interrupts.
func dieOf(s os.Signal) {
	signal.Reset(s)
	if number, ok := s.(syscall.Signal); ok {
		_ = syscall.Kill(os.Getpid(), number) // the process ends here
	}
	select {}
}
