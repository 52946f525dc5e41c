package hooks

import (
	"os"
	"os/exec"
	"syscall"
)

func spawn(path string, environ []string, dir string, out *os.File) (*os.Process, error) {
	cmd := exec.Cmd{
		Path: path, Args: []string{path}, Env: environ, Dir: dir, Stdout: out, Stderr: out,
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true},
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return cmd.Process, nil
}
