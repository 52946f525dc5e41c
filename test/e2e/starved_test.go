//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// Five VPNs drop again and again while programs of usual priority take all processors
// from an app of the lowest. None of the drops is taken for a stop by the user; the
// one stop by another program is.
func TestAStarvedAppTakesNoDropForAStopByTheUser(t *testing.T) {
	h := newHomeAlone(t)
	h.nice = true
	type object = map[string]any
	services := []object{{"name": "Stopped", "protocol": "IKEv2", "server": "vpn.example", "autoConnect": true, "status": "connected", "disconnect": "20ms"}}
	timeline := []object{{"at": "5s", "do": "stop", "services": []string{"Stopped"}}}
	for i, protocol := range []string{"IKEv2", "IPSec", "L2TP", "Fjord VPN", "L2TP"} {
		name := fmt.Sprint("VPN ", i)
		services = append(services, object{"name": name, "protocol": protocol, "server": "vpn.example", "autoConnect": true, "status": "connected", "connect": "20ms"})
		timeline = append(timeline, object{"at": fmt.Sprintf("%dms", 3000+500*i), "do": "drop", "services": []string{name}, "every": "3s"})
	}
	data, err := json.Marshal(object{"services": services, "timeline": timeline})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(h.dir, "starved.json")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	a := h.start("--demo=" + file)
	w := a.watch()
	var load []*exec.Cmd
	relieve := func() {
		for _, c := range load {
			_ = c.Process.Kill()
			_ = c.Wait() // killed
		}
		load = nil
	}
	t.Cleanup(relieve)
	for range runtime.NumCPU() {
		c := exec.Command("sh", "-c", "while :; do :; done")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		load = append(load, c)
	}
	for drops := 0; drops < 15; {
		if l := w.next("the next drop"); l.Event.Kind == "status" && l.Event.To == "Disconnected" {
			drops++
		}
	}
	asked := time.Now()
	a.list()
	t.Logf("a list took %v", time.Since(asked))
	relieve()
	a.becomes("Stopped", "Disconnected", "held")
	all := a.list()
	for name, v := range all {
		if v.State == "held" && name != "Stopped" {
			t.Errorf("%s: %+v", name, v)
		}
	}
	a.terminate(syscall.SIGTERM)
}
