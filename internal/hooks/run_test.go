package hooks

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long to wait for what must happen; it costs nothing when all
// is well.
const patience = 10 * time.Second

// script writes a shell script.
func script(t *testing.T, text string) string {
	t.Helper()
	return write(t, filepath.Join(t.TempDir(), "script"), "#!/bin/sh\n"+text, 0o700)
}

// write writes a file with exactly these rights. Nothing is forked meanwhile: a
// child would hold the file open for writing, and it could not be run.
func write(t *testing.T, path, text string, mode os.FileMode) string {
	t.Helper()
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

// alive returns a fifo that a script opens as descriptor 3. started is closed
// when the script has written to it, gone once nobody has it open any more: the
// script and all it started are gone.
func alive(t *testing.T) (fifo string, started, gone <-chan struct{}) {
	t.Helper()
	fifo = filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	first, end := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(end)
		f, err := os.Open(fifo)
		if err != nil {
			t.Error(err)
			return
		}
		defer f.Close()
		if _, err := f.Read(make([]byte, 1)); err != nil {
			t.Error(err)
			return
		}
		close(first)
		if _, err := io.Copy(io.Discard, f); err != nil {
			t.Error(err)
		}
	}()
	return fifo, first, end
}

func await(t *testing.T, gone <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-gone:
	case <-time.After(patience):
		t.Fatal(what)
	}
}

func TestScriptsEnd(t *testing.T) {
	for name, test := range map[string]struct {
		path   string
		output string
		err    string // empty: none
	}{
		"in order":                {script(t, "echo hello; echo world >&2"), "hello\nworld", ""},
		"with an error":           {script(t, "echo oops; exit 3"), "oops", "exit status 3"},
		"without standard input":  {script(t, "cat; read x || echo nothing"), "nothing", ""},
		"by their own hand":       {script(t, "kill -9 $$"), "", "signal: killed"},
		"with odd output":         {script(t, `printf 'a\377b'`), "a\uFFFDb", ""},
		"missing interpreter":     {write(t, filepath.Join(t.TempDir(), "x"), "#!/no/such/program\n", 0o700), "", "names a program that does not exist"},
		"no interpreter at all":   {write(t, filepath.Join(t.TempDir(), "x"), "echo hello\n", 0o700), "", "must be like #!/bin/sh"},
		"empty file":              {write(t, filepath.Join(t.TempDir(), "x"), "", 0o700), "", "must be like #!/bin/sh"},
		"gone since it was found": {filepath.Join(t.TempDir(), "x"), "", "does not exist"},
		"in its own folder":       {script(t, `test -x ./script && echo yes`), "yes", ""},
		"with nothing inherited":  {script(t, `echo "$PATH|$VPNSTATUS_HOME|$GOPATH"`), "/usr/bin:/bin||", ""},
		"without open files":      {script(t, `for n in 3 4 5 6 7 8 9; do (: <&$n) 2>/dev/null && echo "$n is open"; done; echo done`), "done", ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := newLauncher().run(t.Context(), test.path, []string{"PATH=/usr/bin:/bin"}, filepath.Dir(test.path), patience)
			if o.output != test.output || o.truncated {
				t.Errorf("output %q, want %q", o.output, test.output)
			}
			if (o.err == nil) != (test.err == "") || o.err != nil && !strings.Contains(o.err.Error(), test.err) {
				t.Errorf("error %v, want %q", o.err, test.err)
			}
		})
	}
}

func TestHangingScriptIsKilled(t *testing.T) {
	for name, text := range map[string]string{
		"one that sleeps":           "sleep 1000",
		"one that ignores signals":  `trap "" TERM INT HUP; while :; do sleep 1000; done`,
		"one that waits for others": "sleep 1000 & sleep 1000 & wait",
	} {
		t.Run(name, func(t *testing.T) {
			o := newLauncher().run(t.Context(), script(t, text), nil, "/", 50*time.Millisecond)
			if !errors.Is(o.err, errLimit) {
				t.Errorf("it ended with %v", o.err)
			}
			if o.took > patience {
				t.Errorf("it took %s", o.took)
			}
		})
	}
}

func TestWhatScriptLeavesBehindIsKilled(t *testing.T) {
	fifo, started, gone := alive(t)
	ended := make(chan outcome)
	go func() {
		ended <- newLauncher().run(t.Context(), script(t, "exec 3>"+fifo+"; echo >&3; sleep 1000 & (sleep 1000; sleep 1000) & echo done"), []string{"PATH=" + path}, "/", patience)
	}()
	await(t, started, "it did not start")
	if o := <-ended; o.err != nil || o.output != "done" {
		t.Errorf("%+v", o)
	}
	await(t, gone, "something still runs")
}

func TestScriptEndsWithProgram(t *testing.T) {
	fifo, started, gone := alive(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := make(chan outcome)
	go func() {
		ended <- newLauncher().run(ctx, script(t, "exec 3>"+fifo+"; sleep 1000 & echo >&3; wait"), []string{"PATH=" + path}, "/", patience)
	}()
	await(t, started, "it did not start")
	cancel(errQuit)
	if o := <-ended; !errors.Is(o.err, errQuit) {
		t.Errorf("it ended with %v", o.err)
	}
	await(t, gone, "something still runs")
}

func TestFloodIsCutOff(t *testing.T) {
	o := newLauncher().run(t.Context(), script(t, "yes a-line-of-some-length | head -c 3000000; echo end >&2"), []string{"PATH=" + path}, "/", patience)
	if o.err != nil || !o.truncated || len(o.output) > maxOutput || len(o.output) < maxOutput-100 {
		t.Errorf("%d bytes, cut %t, %v", len(o.output), o.truncated, o.err)
	}
	o = newLauncher().run(t.Context(), script(t, "yes"), []string{"PATH=" + path}, "/", 50*time.Millisecond)
	if !errors.Is(o.err, errLimit) || !o.truncated && len(o.output) > maxOutput {
		t.Errorf("an endless flood: %d bytes, %v", len(o.output), o.err)
	}
}

func TestProcessThatLeftTheGroupHoldsNothingUp(t *testing.T) {
	const perl = "/usr/bin/perl"
	if _, err := os.Stat(perl); err != nil {
		t.Skip("needs perl to make a session of its own:", err)
	}
	fifo, started, gone := alive(t)
	killer := filepath.Join(t.TempDir(), "killer")
	if err := syscall.Mkfifo(killer, 0o600); err != nil {
		t.Fatal(err)
	}
	// It keeps the output open until the test says so.
	text := "exec 3>" + fifo + "; " + perl + ` -MPOSIX -e 'if (fork) { exit } POSIX::setsid(); open my $o, ">&=3"; syswrite $o, "x"; open my $f, "<", "` + killer + `"; <$f>'; read x < ` + killer + `.go; echo done`
	if err := syscall.Mkfifo(killer+".go", 0o600); err != nil {
		t.Fatal(err)
	}
	ended := make(chan outcome)
	go func() {
		ended <- newLauncher().run(t.Context(), script(t, text), []string{"PATH=" + path}, "/", patience)
	}()
	await(t, started, "it did not start")
	release(t, killer+".go") // only now may the script end
	if o := <-ended; o.err != nil || o.output != "done" || o.took > patience/2 {
		t.Errorf("%+v", o)
	}
	release(t, killer)
	await(t, gone, "it did not end")
}

// release lets whoever reads from a fifo go on.
func release(t *testing.T, fifo string) {
	t.Helper()
	f, err := os.OpenFile(fifo, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("\n"); err != nil {
		t.Error(err)
	}
	_ = f.Close()
}

func TestVariablesAreClean(t *testing.T) {
	if got, want := variable("X", "a\x00b\nc\xffd é"), "X=a b cd é"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	got := baseEnviron(func(name string) (string, bool) { return "v", name == "HOME" || name == "SECRET" })
	if strings.Join(got, " ") != "PATH="+path+" HOME=v" {
		t.Errorf("%q", got)
	}
}
