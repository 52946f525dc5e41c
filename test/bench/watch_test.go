//go:build bench && linux

package bench

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"vpnstatus/internal/vpn"
)

var watchTime = flag.Duration("watchtime", 10*time.Second, "how long BenchmarkWatchers watches")

const (
	manyServices = 1000
	manyWatchers = 200
)

// busy writes a scenario with services of which some re-establish themselves all
// the time, and returns its path. Each of them makes two events a second.
func busy(b testing.TB, services, active int) string {
	b.Helper()
	type service struct {
		ID       vpn.ID `json:"id"`
		Name     string `json:"name"`
		Protocol string `json:"protocol"`
		Server   string `json:"server"`
		Status   string `json:"status"`
		Reassert string `json:"reassert"`
	}
	type step struct {
		At       string   `json:"at"`
		Do       string   `json:"do"`
		Services []string `json:"services"`
		For      string   `json:"for"`
		Every    string   `json:"every"`
	}
	scenario := struct {
		Name     string    `json:"name"`
		Services []service `json:"services"`
		Timeline []step    `json:"timeline,omitempty"`
	}{Name: "busy"}
	for i := range services {
		name := fmt.Sprintf("Office %d", i)
		scenario.Services = append(scenario.Services, service{busyID(i), name, "IKEv2", fmt.Sprintf("vpn%d.example.com", i), "connected", "100ms"})
		if i < active {
			at := time.Second + time.Second*time.Duration(i)/time.Duration(active)
			scenario.Timeline = append(scenario.Timeline, step{at.String(), "reassert", []string{name}, "200ms", "1s"})
		}
	}
	data, err := json.Marshal(scenario)
	if err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(b.TempDir(), "busy.json")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

// busyID is the ID of a service of busy.
func busyID(i int) vpn.ID { return uuid.UUID{0: 1, 14: byte(i >> 8), 15: byte(i)} }

// event is when something happened and how much later its line was there.
type event struct {
	at  time.Time
	lag time.Duration
}

// follower is one `watch --json` and what it has printed.
type follower struct {
	cmd  *exec.Cmd
	done chan struct{}

	mu       sync.Mutex
	services int
	events   []event
	lastLine string // type of the last line
}

func follow(b *testing.B, environ []string) *follower {
	b.Helper()
	f := &follower{cmd: command(environ, "watch", "--json"), done: make(chan struct{})}
	f.cmd.Stderr = os.Stderr
	out, err := f.cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := f.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	go func() {
		defer close(f.done)
		for in := bufio.NewScanner(out); in.Scan(); {
			f.line(in.Bytes(), time.Now())
		}
	}()
	b.Cleanup(func() {
		_ = f.cmd.Process.Kill()
		<-f.done
		_ = f.cmd.Wait()
	})
	return f
}

func (f *follower) line(data []byte, now time.Time) {
	var l struct {
		Type  string
		Event struct{ At time.Time }
	}
	_ = json.Unmarshal(data, &l) // a line that is not JSON has no type
	f.mu.Lock()
	defer f.mu.Unlock()
	switch f.lastLine = l.Type; l.Type {
	case "service":
		f.services++
	case "event":
		f.events = append(f.events, event{l.Event.At, now.Sub(l.Event.At)})
	}
}

// await waits until the follower has printed the services.
func (f *follower) await(b *testing.B, services int) {
	b.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		f.mu.Lock()
		n := f.services
		f.mu.Unlock()
		if n == services {
			return
		}
		if time.Now().After(deadline) {
			b.Fatalf("a watch has printed %d services of %d", n, services)
		}
	}
}

// BenchmarkWatchers is two hundred `watch --json` of a thousand services with 46
// events a second. It fails if a watcher is dropped or misses an event.
func BenchmarkWatchers(b *testing.B) {
	environ := home(b)
	app := start(b, environ, busy(b, manyServices, 23))
	var watchers []*follower
	for range manyWatchers {
		watchers = append(watchers, follow(b, environ))
	}
	for _, f := range watchers {
		f.await(b, manyServices)
	}
	begin := time.Now()
	var oldest time.Duration
	for b.Loop() {
		for end := time.Now().Add(*watchTime); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
			for i, f := range watchers {
				f.mu.Lock()
				age, last := time.Since(begin), f.lastLine
				if n := len(f.events); n > 0 && f.events[n-1].at.After(begin) {
					age = time.Since(f.events[n-1].at)
				}
				f.mu.Unlock()
				if last == "dropped" || last == "closing" {
					b.Fatalf("watch %d ended with the line %q", i, last)
				}
				oldest = max(oldest, age)
			}
		}
	}
	end := time.Now().Add(-time.Second) // younger ones may be under way
	b.ReportMetric(resident(b, app.Process.Pid), "MB-resident")
	b.ReportMetric(float64(number(b, fmt.Sprintf("/proc/%d/status", app.Process.Pid), "VmHWM:"))/1000, "MB-peak")
	var lags []time.Duration
	for i, f := range watchers {
		var own []time.Duration
		f.mu.Lock()
		for _, e := range f.events {
			if e.at.After(begin) && e.at.Before(end) {
				own = append(own, e.lag)
			}
		}
		f.mu.Unlock()
		if len(own) == 0 || i > 0 && len(own) != len(lags)/i {
			b.Fatalf("watch %d has printed %d events, those before it %d", i, len(own), len(lags))
		}
		lags = append(lags, own...)
	}
	b.ReportMetric(float64(len(lags)/len(watchers))/end.Sub(begin).Seconds(), "events/s")
	b.ReportMetric(float64(oldest.Microseconds())/1000, "ms/newest-age-max")
	report(b, lags)
	b.ReportMetric(float64(slices.Max(lags).Microseconds())/1000, "ms/max")
}

// BenchmarkWatchLatency is from the time of an event, which is that of its
// snapshot, until `watch --json` has printed it.
func BenchmarkWatchLatency(b *testing.B) {
	environ := home(b)
	start(b, environ, busy(b, 10, 5))
	f := follow(b, environ)
	f.await(b, 10)
	var lags []time.Duration
	for b.Loop() {
		for {
			time.Sleep(100 * time.Millisecond)
			f.mu.Lock()
			n := len(f.events)
			f.mu.Unlock()
			if n >= 100 {
				break
			}
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range f.events {
		lags = append(lags, e.lag)
	}
	report(b, lags)
}
