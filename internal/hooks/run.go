package hooks

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"vpnstatus/internal/plaintext"
)

const (
	// maxOutput is how much of a script's output is kept, in bytes. The rest is
	// read and discarded, so that a script that prints a lot can still finish.
	maxOutput = 64 << 10
	// drainTime is how long output may still come after the script and its
	// process group have ended. Only a process that left the group can hold the
	// pipe open by then.
	drainTime = 100 * time.Millisecond
	// killTime is how long a killed script may take to disappear. It needs
	// milliseconds, unless the kernel holds it, such as on a dead network
	// volume.
	killTime = 2 * time.Second
	// maxProcesses is how many scripts may exist, including those that could
	// not be killed. Each holds a thread of this process.
	maxProcesses = 16
)

// outcome is how a script ended.
type outcome struct {
	output    string // at most maxOutput bytes, valid UTF-8
	truncated bool
	took      time.Duration
	err       error // nil if the exit code was 0
}

var (
	errLimit   = errors.New("it took too long and was killed")
	errQuit    = errors.New("it was killed because VPNStatus ended")
	errStuck   = errors.New("it was killed but did not exit")
	errTooMany = errors.New("it was not started: too many scripts were killed but did not exit")
)

// process is a script that runs.
type process struct {
	wait func() error // returns once it has exited, with an error unless the exit code was 0
	kill func()       // kills its process group
}

// launcher starts scripts.
type launcher struct {
	// start starts a script as the leader of a process group, with no standard
	// input and out as its output. It may block. Tests replace it.
	start func(path string, environ []string, dir string, out *os.File) (process, error)

	processes chan struct{} // has an element for each process that exists
}

func newLauncher() *launcher {
	return &launcher{start: launch, processes: make(chan struct{}, maxProcesses)}
}

// run runs a script until it ends, the limit is reached, or ctx ends; then
// everything in its process group is killed. It returns within killTime after
// the limit or the end of ctx, even if a system call hangs.
func (l *launcher) run(ctx context.Context, path string, environ []string, dir string, limit time.Duration) outcome {
	select {
	case l.processes <- struct{}{}:
	default:
		return outcome{err: errTooMany}
	}
	started := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errLimit)
	defer cancel()
	ended := make(chan outcome, 1)
	go func() {
		o := l.execute(ctx, path, environ, dir)
		<-l.processes
		ended <- o
	}()
	var o outcome
	select {
	case o = <-ended:
	case <-ctx.Done():
		timer := time.NewTimer(killTime)
		defer timer.Stop()
		select {
		case o = <-ended:
		case <-timer.C:
			o.err = fmt.Errorf("%w: %w", context.Cause(ctx), errStuck)
		}
	}
	o.took = time.Since(started)
	return o
}

// execute is run without a time limit.
func (l *launcher) execute(ctx context.Context, path string, environ []string, dir string) (o outcome) {
	r, w, err := os.Pipe()
	if err != nil {
		return outcome{err: fmt.Errorf("starting %s: %w", path, err)}
	}
	defer r.Close()
	p, err := l.start(path, environ, dir, w)
	_ = w.Close() // the script has a descriptor of its own
	if err != nil {
		return outcome{err: startError(err)}
	}
	read := make(chan outcome, 1)
	go func() { read <- collect(r) }()

	exited := make(chan error, 1)
	go func() { exited <- p.wait() }()
	select {
	case err = <-exited:
	case <-ctx.Done():
		p.kill()
		err = <-exited
	}
	// Kill what the script left behind. Its number is not given to another process
	// while its group has members, and otherwise not this soon.
	p.kill()
	_ = r.SetReadDeadline(time.Now().Add(drainTime)) // pipes support it
	o = <-read
	if o.err = err; err != nil && ctx.Err() != nil {
		o.err = context.Cause(ctx)
	}
	return o
}

// startError explains why a script can't be run.
func startError(err error) error {
	switch {
	case errors.Is(err, syscall.ENOENT):
		return fmt.Errorf("its first line names a program that does not exist: %w", err)
	case errors.Is(err, syscall.ENOEXEC):
		return fmt.Errorf("it is neither a program nor a script; its first line must be like #!/bin/sh: %w", err)
	}
	return err
}

func launch(path string, environ []string, dir string, out *os.File) (process, error) {
	p, err := spawn(path, environ, dir, out)
	if err != nil {
		return process{}, err
	}
	wait := func() error {
		state, err := p.Wait()
		switch {
		case err != nil:
			return fmt.Errorf("waiting for it: %w", err)
		case !state.Success():
			return errors.New(state.String())
		}
		return nil
	}
	group := -p.Pid
	// An error means that no process is left in the group: macOS returns EPERM if
	// there are only zombies.
	return process{wait, func() { _ = syscall.Kill(group, syscall.SIGKILL) }}, nil
}

// collect reads to the end and keeps the beginning.
func collect(r *os.File) outcome {
	var kept []byte
	var o outcome
	buffer := make([]byte, 16<<10)
	for {
		n, err := r.Read(buffer)
		take := min(n, maxOutput-len(kept))
		kept = append(kept, buffer[:take]...)
		o.truncated = o.truncated || take < n
		if err != nil {
			o.output = strings.TrimSpace(strings.ToValidUTF8(string(kept), "\uFFFD"))
			return o
		}
	}
}

// path is the PATH of scripts: the system's programs.
const path = "/usr/bin:/bin:/usr/sbin:/sbin"

// inherited are the variables of this program that scripts get besides
// VPNSTATUS_*: who the user is and in which language.
var inherited = []string{"HOME", "USER", "LOGNAME", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE", "TZ"}

// baseEnviron returns what all scripts get.
func baseEnviron(lookup func(string) (string, bool)) []string {
	list := []string{"PATH=" + path}
	for _, name := range inherited {
		if v, ok := lookup(name); ok {
			list = append(list, name+"="+v)
		}
	}
	return list
}

// variable returns an environment variable on one line, without control
// characters: scripts rarely expect them, and the system refuses NUL.
func variable(name, value string) string { return name + "=" + plaintext.Line(value) }
