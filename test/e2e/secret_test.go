//go:build e2e

package e2e

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

const (
	password = "s3cret-pa55word"
	shared   = "sh4red-s3cret"
)

// shows reports whether a text has one of the secrets, plain or in base64.
func shows(text []byte) bool {
	for _, s := range []string{password, shared} {
		if bytes.Contains(text, []byte(s)) || bytes.Contains(text, []byte(base64.StdEncoding.EncodeToString([]byte(s)))) {
			return true
		}
	}
	return false
}

// TestAPasswordIsNowhere has passwords accepted and refused in each way there is,
// and then looks at everything that the app and the command line wrote or printed,
// that other processes can see of them, and that the app writes when it crashes.
func TestAPasswordIsNowhere(t *testing.T) {
	h := newHome(t)
	for _, kind := range []string{"connected", "disconnected", "failed"} {
		dir := filepath.Join(h.dir, "hooks", kind+".d")
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		// Its output is in the log, too.
		if err := os.WriteFile(filepath.Join(dir, "a"), []byte("#!/bin/sh\nenv | tee -a \""+filepath.Join(h.dir, "environment")+"\"\necho the hook ran\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(h.dir, "settings.json"), []byte(`{"hooks": true}`), 0o600); err != nil {
		t.Fatal(err)
	}
	a := h.start(scenario, "--verbose")
	follow := a.watchLines()
	look := func(what string, text []byte) {
		t.Helper()
		if shows(text) {
			t.Errorf("a secret is in %s:\n%s", what, text)
		}
	}
	command := func(code int, stdin string, args ...string) {
		t.Helper()
		r := a.run(stdin, args...)
		if r.code != code {
			t.Errorf("want exit code %d: %s", code, r)
		}
		look("what is printed by "+args[0], []byte(r.out+r.errOut))
	}

	// Without its password this service asks for one, and nobody answers.
	command(5, "", "connect", "Coded", "--wait=300ms")
	command(0, "", "disconnect", "Coded", "--wait")
	command(0, password+"\n", "connect", "Coded", "--user", "anna", "--password-stdin", "--wait")
	command(0, shared+"\n", "connect", "Home", "--secret-stdin", "--wait")
	for _, args := range []string{"list --json", "status --json", "show Coded", "show Coded --json", "show Home --json", "nc show Home", "nc status Coded", "explain Coded --json", "statistics Coded", "doctor", "vpnutil list", "settings list --json"} {
		command(0, "", strings.Fields(args)...)
	}
	command(6, password+"\n", "connect", "Old Account", "--password-stdin", "--wait")
	command(3, password+"\n", "connect", "Nowhere", "--password-stdin")
	command(0, shared+"\n", "connect", "Office", "--secret-stdin", "--wait") // which takes none
	command(2, "", "connect", "Office", "--password", password+"x")
	command(0, "", "disconnect", "--all", "--wait")
	command(0, "", "nc", "start", "Home", "--user", "anna", "--password", password, "--secret", shared)
	for _, body := range []string{
		`{"options": {"password": "%s"}, "on": true}`, `{"password": "%s"}`, `{"options": {"pasword": "%s"}}`, `{"options": {"password": ["%s"]}}`,
		`{"options": {"password": "%s"`, `{"options": {"password": "%s"}} x`, `{"options": {"password": "%s"}, "verb": "disconnect"}`,
	} {
		for _, path := range []string{"services/Coded/connect", "services/Coded/toggle", "services/Nowhere/connect", "services/Coded/disconnect", "pause"} {
			_, answer := a.curl("-X", "POST", "http://vpnstatus/v1/"+path, "-d", fmt.Sprintf(body, password))
			look("the answer to "+path, []byte(answer))
		}
	}
	for _, path := range []string{"status", "services", "services/Coded", "services/Home", "explain/Coded", "doctor", "settings"} {
		_, answer := a.curl("http://vpnstatus/v1/" + path)
		look("the answer to "+path, []byte(answer))
	}
	a.eventually("a hook has run", func() error {
		log, err := os.ReadFile(filepath.Join(a.dir, "vpnstatus.log"))
		if err == nil && !bytes.Contains(log, []byte("the hook ran")) {
			err = fmt.Errorf("it is not in the log")
		}
		return err
	})

	if runtime.GOOS == "linux" {
		for _, name := range []string{"cmdline", "environ"} {
			text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", a.cmd.Process.Pid, name))
			if err != nil {
				t.Error(err)
			}
			look("the app's "+name, text)
		}
	}
	// The password of a test address is in the settings, whether it can be used or not.
	file := filepath.Join(a.dir, "settings.json")
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	id := a.list()["Office"].ID
	command(0, "", "connect", "Office", "--wait")
	for _, c := range []struct{ target, problem string }{{"anna:" + password + "@127.0.0.1:1", "settings.probes"}, {"http://anna:" + password + "@127.0.0.1:1/", ""}} {
		text := fmt.Appendf(nil, `{"hooks": true, "probes": {%q: {"target": %q, "interval": "5s"}}}`, id, c.target)
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		a.eventually("the address is read", func() error {
			status, text := a.curl("http://vpnstatus/v1/status")
			if strings.Contains(text, "settings.probes") != (c.problem != "") {
				return fmt.Errorf("status %d, %s", status, text)
			}
			return nil
		})
		for _, line := range []string{"status", "status --json", "explain Office", "explain Office --json", "show Office --json", "doctor", "doctor --json", "list --json"} {
			r := a.run("", strings.Fields(line)...)
			look("what is printed by "+line, []byte(r.out+r.errOut))
		}
	}
	if err := os.WriteFile(file, before, 0o600); err != nil {
		t.Fatal(err)
	}

	// A crash: all goroutines are printed, and nothing else is written.
	command(0, "", "disconnect", "Coded", "--wait")
	command(0, password+"\n", "connect", "Coded", "--password-stdin", "--wait")
	if err := a.cmd.Process.Signal(syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	err = <-a.ended
	if status := a.cmd.ProcessState.Sys().(syscall.WaitStatus); err == nil || !status.Exited() {
		t.Errorf("it ended with %v; only an exit never leaves a core dump", err)
	}
	if text := a.stderr.String(); !strings.Contains(text, "goroutine ") {
		t.Errorf("the app wrote no goroutines:\n%s", text)
	}
	look("what the app wrote to standard error", []byte(a.stderr.String()))
	for what, text := range follow() {
		look("what was printed by "+what, []byte(text))
	}
	files := 0
	err = filepath.WalkDir(a.dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(name)
		files++
		look(name, text)
		return err
	})
	if err != nil || files < 5 { // settings, state, log, hooks
		t.Errorf("%d files, %v", files, err)
	}
}

// TestTheAppListensOnItsSocketAlone: what listens on no network is out of the
// reach of web pages, whatever name they give this machine.
func TestTheAppListensOnItsSocketAlone(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("not shown here: it reads Linux's list of sockets")
	}
	a := newHome(t).start(scenario)
	proc := fmt.Sprintf("/proc/%d/", a.cmd.Process.Pid)
	descriptors, err := os.ReadDir(proc + "fd")
	if err != nil {
		t.Fatal(err)
	}
	inodes := map[string]bool{}
	for _, d := range descriptors {
		if target, err := os.Readlink(proc + "fd/" + d.Name()); err == nil && strings.HasPrefix(target, "socket:[") {
			inodes[strings.Trim(target, "socket:[]")] = true
		}
	}
	unix := 0
	for _, family := range []string{"unix", "tcp", "tcp6", "udp", "udp6", "raw", "raw6"} {
		table, err := os.ReadFile(proc + "net/" + family)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(table)) {
			for _, field := range strings.Fields(line) {
				switch {
				case !inodes[field]:
				case family == "unix" && strings.Contains(line, a.dir):
					unix++
				default:
					t.Errorf("it has a socket of %s: %s", family, line)
				}
			}
		}
	}
	if unix == 0 {
		t.Error("the control socket is not among them")
	}
}
