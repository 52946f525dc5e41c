package appbuild

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// mac is a folder with stand-ins for what packaging/app.sh calls on macOS. Each
// call is a line of the file "calls".
type mac struct {
	t   *testing.T
	dir string
}

// newMac returns a Mac whose app runs for so many questions after it was asked to quit.
func newMac(t *testing.T, questions string) mac {
	m := mac{t, t.TempDir()}
	m.write("bin/osascript", `#!/bin/sh
case "$*" in
*"to quit"*) echo quit >>"$MAC/calls" ;;
*"is running"*)
	left=$(cat "$MAC/questions")
	if test "$left" = never || test "$left" -le 0; then echo false; exit; fi
	if grep -qs quit "$MAC/calls"; then echo $((left - 1)) >"$MAC/questions"; fi
	echo true ;;
esac
`)
	m.write("bin/ditto", "#!/bin/sh\necho ditto >>\"$MAC/calls\"\nmkdir -p \"${2%/*}\"\ncp -R \"$1\" \"$2\"\n")
	m.write("bin/sleep", "#!/bin/sh\n")
	m.write("questions", questions)
	m.write("built/VPNStatus.app/Contents/MacOS/vpnstatus", "#!/bin/sh\necho \"new $*\" >>\"$MAC/calls\"\n")
	for _, name := range []string{"vpnstatus", "vpnutil"} {
		text, err := os.ReadFile("../../../packaging/bin/" + name)
		if err != nil {
			t.Fatal(err)
		}
		m.write("built/VPNStatus.app/Contents/Resources/bin/"+name, string(text))
	}
	return m
}

func (m mac) write(name, text string) {
	m.t.Helper()
	if err := write(filepath.Join(m.dir, name), []byte(text), 0o755); err != nil {
		m.t.Fatal(err)
	}
}

func (m mac) read(name string) string {
	m.t.Helper()
	text, err := os.ReadFile(filepath.Join(m.dir, name))
	if err != nil {
		m.t.Fatal(err)
	}
	return string(text)
}

func (m mac) run(args ...string) (string, error) {
	cmd := exec.Command("sh", append([]string{"../../../packaging/app.sh"}, args...)...)
	cmd.Env = append(os.Environ(), "MAC="+m.dir, "PATH="+filepath.Join(m.dir, "bin")+":"+os.Getenv("PATH"),
		"APPLICATIONS="+filepath.Join(m.dir, "Applications"), "BIN="+filepath.Join(m.dir, "local"))
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (m mac) install() (string, error) {
	return m.run("install", filepath.Join(m.dir, "built/VPNStatus.app"))
}

// calls runs an installed command with the arguments verb and "two words", and
// checks how that called the program.
func (m mac) calls(command, verb, want string) {
	m.t.Helper()
	cmd := exec.Command(filepath.Join(m.dir, "local", command), verb, "two words")
	cmd.Env = append(os.Environ(), "MAC="+m.dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		m.t.Fatalf("%v: %s", err, out)
	}
	if got := m.read("calls"); !strings.HasSuffix(got, want) {
		m.t.Errorf("calls\n%s", got)
	}
}

const installed = "Applications/VPNStatus.app/Contents/MacOS/vpnstatus"

func TestInstallReplacesARunningAppAndItsLoginItem(t *testing.T) {
	m := newMac(t, "3")
	m.write(installed, "#!/bin/sh\necho \"old $*\" >>\"$MAC/calls\"\ntest \"$*\" = login && echo on\n")
	if out, err := m.install(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if got, want := m.read("calls"), "old login\nquit\nold login off\nditto\nnew login on\n"; got != want {
		t.Errorf("calls\n%swant\n%s", got, want)
	}
}

func TestInstallForTheFirstTimeTouchesNoLoginItem(t *testing.T) {
	m := newMac(t, "never")
	if out, err := m.install(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if got := m.read("calls"); got != "ditto\n" {
		t.Errorf("calls\n%s", got)
	}
}

func TestInstallStopsWhileTheAppKeepsRunning(t *testing.T) {
	m := newMac(t, "100")
	m.write(installed, "#!/bin/sh\n")
	out, err := m.install()
	if err == nil || !strings.Contains(out, "still running") {
		t.Errorf("%v: %s", err, out)
	}
	if got := m.read("calls"); strings.Contains(got, "ditto") {
		t.Errorf("the bundle was replaced:\n%s", got)
	}
}

func TestTheCommandRunsTheProgramInTheBundle(t *testing.T) {
	m := newMac(t, "never")
	// What may have been there before; writing through it would destroy the program.
	old := filepath.Join(m.dir, "local", "vpnstatus")
	if err := os.MkdirAll(filepath.Dir(old), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(m.dir, installed), old); err != nil {
		t.Fatal(err)
	}
	if out, err := m.install(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	m.calls("vpnstatus", "list", "new list two words\n")
}

func TestVpnutilIsTheProgramInTheBundleToo(t *testing.T) {
	m := newMac(t, "never")
	for range 2 { // the second time over its own
		if out, err := m.install(); err != nil || out != "" {
			t.Fatalf("%v: %s", err, out)
		}
	}
	m.calls("vpnutil", "status", "new vpnutil -- status two words\n")
}

func TestTheVpnutilOfSomebodyElseIsLeftAlone(t *testing.T) {
	m := newMac(t, "never")
	m.write("local/vpnutil", "another program")
	if out, err := m.install(); err != nil || !strings.Contains(out, "was not replaced") {
		t.Errorf("install: %v: %s", err, out)
	}
	if out, err := m.run("uninstall"); err != nil {
		t.Errorf("uninstall: %v: %s", err, out)
	}
	if got := m.read("local/vpnutil"); got != "another program" {
		t.Errorf("it is now %q", got)
	}
}

func TestUninstallRemovesAppCommandAndLoginItem(t *testing.T) {
	m := newMac(t, "1")
	if out, err := m.install(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if out, err := m.run("uninstall"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if got := m.read("calls"); !strings.HasSuffix(got, "new login off\n") && !strings.Contains(got, "new login off\nquit\n") {
		t.Errorf("calls\n%s", got)
	}
	for _, name := range []string{"Applications/VPNStatus.app", "local/vpnstatus", "local/vpnutil"} {
		if _, err := os.Lstat(filepath.Join(m.dir, name)); !os.IsNotExist(err) {
			t.Errorf("%s is still there: %v", name, err)
		}
	}
}
