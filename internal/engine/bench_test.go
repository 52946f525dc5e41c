package engine

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

// thousand runs an engine with a thousand services in real time.
func thousand(b *testing.B, change func(*settings.Settings)) (*Engine, *fakeBackend, func()) {
	b.Helper()
	names := make([]string, 1000)
	for i := range names {
		names[i] = fmt.Sprintf("Service %d", i)
	}
	backend := newFake(names...)
	s := settings.Default()
	if change != nil {
		change(&s)
	}
	e := New(Options{Backend: backend, Facts: online(), Settings: settings.NewMemory(s), Jitter: func() float64 { return 1 }})
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = e.Run(ctx) })
	for len(e.Latest().Services) < 1000 {
		time.Sleep(time.Millisecond)
	}
	return e, backend, func() { cancel(); wg.Wait() }
}

// BenchmarkStatusEvents shows how many status events a second the engine takes
// with 1,000 services. Goal: 50,000.
func BenchmarkStatusEvents(b *testing.B) {
	e, backend, stop := thousand(b, nil)
	defer stop()
	sessions := make([]*fakeSession, 1000)
	for i := range sessions {
		sessions[i] = backend.sessions[idOf(i)]
	}
	first := e.Latest().Seq
	states := []vpn.Status{vpn.Connecting, vpn.Connected, vpn.Reasserting, vpn.Connected, vpn.Disconnecting}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		sessions[i%1000].events <- vpn.Event{Status: states[(i/1000)%len(states)]}
	}
	for _, s := range sessions {
		for len(s.events) > 0 {
			time.Sleep(50 * time.Microsecond)
		}
	}
	// One command behind all events: when it is answered, they are handled.
	if err := e.Do(context.Background(), Command{Verb: VerbReload}); err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(e.Latest().Seq-first), "snapshots")
}

// BenchmarkDropToStart shows how much later than the policy's delay the start
// call is made, with 1,000 services. Goal: under 5 ms at the 99th percentile.
func BenchmarkDropToStart(b *testing.B) {
	const drops = 300
	for range b.N {
		on := make([]int, drops)
		for i := range on {
			on[i] = i
		}
		e, backend, stop := thousand(b, autoOn(on...))
		for i := range drops {
			backend.sessions[idOf(i)].set(vpn.Connected)
		}
		for i := range drops {
			for e.Latest().Service(idOf(i)).Policy.State != autoconnect.Satisfied {
				time.Sleep(time.Millisecond)
			}
		}
		dropped := make([]time.Time, drops)
		started := make(chan time.Duration, drops)
		for i := range drops {
			s := backend.sessions[idOf(i)]
			backend.mu.Lock()
			s.onStart = func() { started <- time.Since(dropped[i]) - time.Second }
			backend.mu.Unlock()
			dropped[i] = time.Now()
			s.drop(vpn.StopNotResponding)
			time.Sleep(5 * time.Millisecond)
		}
		late := make([]time.Duration, 0, drops)
		for range drops {
			late = append(late, <-started)
		}
		stop()
		slices.Sort(late)
		b.ReportMetric(float64(late[len(late)/2].Microseconds())/1000, "median-ms")
		b.ReportMetric(float64(late[len(late)*99/100].Microseconds())/1000, "p99-ms")
	}
}
