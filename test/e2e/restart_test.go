//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestWishesAndHoldsSurviveEachSignal(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		t.Run(signal.String(), func(t *testing.T) {
			h := newHome(t)
			a := h.start(scenario)
			a.ok("auto", "Home", "on")
			a.ok("auto", "Office", "on")
			a.becomes("Office", "Connected", "satisfied")
			id := a.list()["Office"].ID
			a.ok("disconnect", "Office", "--wait")
			if signal == syscall.SIGTERM {
				a.terminate(signal)
			} else {
				// The app does not make the user wait for the disk.
				a.eventually("the hold is written", func() error {
					data, err := os.ReadFile(filepath.Join(a.dir, "state.json"))
					if err == nil && !strings.Contains(strings.ToLower(string(data)), strings.ToLower(id)) {
						err = fmt.Errorf("the state is %s", data)
					}
					return err
				})
				if err := a.cmd.Process.Signal(signal); err != nil {
					t.Fatal(err)
				}
				<-a.ended
			}
			b := h.start(scenario)
			b.becomes("Office", "Disconnected", "held")
			if l := b.list(); !l["Home"].AutoConnect || !l["Office"].AutoConnect {
				t.Errorf("after the start: %+v", l)
			}
			b.terminate(syscall.SIGTERM)
		})
	}
}
