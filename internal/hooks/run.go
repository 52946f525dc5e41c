package hooks

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
	"unicode"
)

// outputMost is how much of a script's output is kept; the rest is read and
// thrown away, so that a script that says much can still finish.
const outputMost = 64 << 10

// drainTime is how long output may still come after the script and its process
// group have ended. Only what has left the group can hold the pipe open then.
const drainTime = 100 * time.Millisecond

// outcome is how a script ended.
type outcome struct {
	output    string // at most outputMost bytes, valid UTF-8
	truncated bool
	took      time.Duration
	err       error // nil: exit code 0
}

// errLimit ends a script that took too long.
var errLimit = errors.New("it took too long and was killed")

// errQuit ends a script because the program ends.
var errQuit = errors.New("it was killed because VPNStatus ended")

// run runs a script until it ends, the limit is reached, or ctx ends. Then
// everything in its process group is killed.
func run(ctx context.Context, path string, environ []string, dir string, limit time.Duration) outcome {
	started := time.Now()
	r, w, err := os.Pipe()
	if err != nil {
		return outcome{err: fmt.Errorf("starting %s: %w", path, err)}
	}
	defer r.Close()
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, path)
	cmd.Args = []string{path}
	cmd.Env = environ
	cmd.Dir = dir
	cmd.Stdout, cmd.Stderr = w, w // files: Wait does not wait for whoever inherits them
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return killGroup(cmd.Process.Pid) }
	if err := cmd.Start(); err != nil {
		_ = w.Close() // nobody has it
		return outcome{err: startError(err), took: time.Since(started)}
	}
	_ = w.Close() // the script's is another descriptor
	read := make(chan outcome, 1)
	go func() { read <- collect(r) }()

	err = cmd.Wait()
	// What the script left behind. The group's number can't have been given
	// away so soon: numbers go round.
	_ = killGroup(cmd.Process.Pid)
	_ = r.SetReadDeadline(time.Now().Add(drainTime)) // it is a pipe: that is supported
	o := <-read
	o.took = time.Since(started)
	switch cause := context.Cause(ctx); {
	case err == nil:
	case errors.Is(cause, errLimit):
		o.err = errLimit
	case cause != nil:
		o.err = errQuit
	default:
		o.err = err
	}
	return o
}

// startError says what is wrong with a script that can't be run.
func startError(err error) error {
	switch {
	case errors.Is(err, syscall.ENOENT):
		return fmt.Errorf("its first line names a program that is not there: %w", err)
	case errors.Is(err, syscall.ENOEXEC):
		return fmt.Errorf("it is neither a program nor a script; its first line must be such as #!/bin/sh: %w", err)
	}
	return err
}

func killGroup(pid int) error {
	if err := syscall.Kill(-pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) && !errors.Is(err, syscall.EPERM) {
		return err
	}
	// macOS answers EPERM for a group of which only the dead are left.
	return os.ErrProcessDone
}

// collect reads to the end and keeps the beginning.
func collect(r *os.File) outcome {
	var kept []byte
	var o outcome
	buffer := make([]byte, 16<<10)
	for {
		n, err := r.Read(buffer)
		take := min(n, outputMost-len(kept))
		kept = append(kept, buffer[:take]...)
		o.truncated = o.truncated || take < n
		if err != nil {
			o.output = strings.TrimSpace(strings.ToValidUTF8(string(kept), "\uFFFD"))
			return o
		}
	}
}

// path is where scripts find programs: what the system brings along.
const path = "/usr/bin:/bin:/usr/sbin:/sbin"

// inherited are the variables that scripts get from this program beside
// VPNSTATUS_*: who the user is and in which language.
var inherited = []string{"HOME", "USER", "LOGNAME", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE", "TZ"}

// baseEnviron returns what all scripts get.
func baseEnviron(lookup func(string) (string, bool)) []string {
	list := []string{"PATH=" + path}
	for _, name := range inherited {
		if v, ok := lookup(name); ok {
			list = append(list, variable(name, v))
		}
	}
	return list
}

// variable writes a variable; control characters, which scripts trip over and
// the system refuses, are left out.
func variable(name, value string) string {
	return name + "=" + strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(value, "\uFFFD"))
}
