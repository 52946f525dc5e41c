//go:build bench && linux

package bench

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"hash"
	"hash/fnv"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/simulator"
	"vpnstatus/internal/vpn"
	"vpnstatus/test/faults"
)

var soakDays = flag.Int("days", 10, "how many virtual days TestDays lasts")

// daysCommand is how often TestDays sends a command.
const daysCommand = 10 * time.Second

// TestDays is ten days in virtual time of the whole engine with a thousand simulated
// services, of which fifty are under Auto Connect, through all kinds of faults, with
// a command every ten seconds and two hundred watchers, of which fifty never read. Goroutines and
// memory must not grow from day to day, and each watcher that reads must have read
// what the engine has logged.
func TestDays(t *testing.T) { synctest.Test(t, days) }

func days(t *testing.T) {
	begin := realTime()
	span := time.Duration(*soakDays) * 24 * time.Hour
	sim, err := simulator.New(faults.Trace{Seed: 1, Span: span, Services: manyServices, Kinds: faults.All()}.Scenario(), simulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	list, err := sim.Configurations(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	conf := settings.Default()
	conf.AutoConnect = make(map[vpn.ID]bool)
	for i := range soakAuto {
		conf.AutoConnect[list[i*len(list)/soakAuto].ID] = true
	}
	jitter := rand.New(rand.NewPCG(1, 1))
	logged := newTally()
	e := engine.New(engine.Options{
		Backend: sim, Facts: sim.Facts(), Settings: settings.NewMemory(conf), Log: slog.New(logged),
		Jitter: func() float64 { return 0.5 + jitter.Float64() },
		Ask:    func(ctx context.Context, server string, _ vpn.Protocol) error { return sim.Ask(ctx, server) },
	})

	var following sync.WaitGroup
	var readers []*tally
	for range soakReaders {
		v := newTally()
		readers = append(readers, v)
		following.Go(func() {
			if err := engine.Follow(context.Background(), e, v.update); !errors.Is(err, engine.ErrClosed) {
				t.Errorf("a watcher ended with: %v", err)
			}
		})
	}
	unread := make([]*engine.Subscription, soakUnread)
	for i := range unread {
		unread[i] = e.Subscribe(1024)
	}
	synctest.Wait() // the watchers have subscribed
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = e.Run(ctx) })

	var goroutines []int
	var memory []float64
	commands, dropped := 0, 0
	rng := rand.New(rand.NewPCG(1, 2))
	ids := make([]vpn.ID, len(list))
	for i, c := range list {
		ids[i] = c.ID
	}
	for day := range *soakDays {
		for end := time.Now().Add(24 * time.Hour); time.Now().Before(end); commands++ {
			time.Sleep(daysCommand)
			if err := e.Do(t.Context(), soakCommand(ids, rng)); err != nil {
				t.Fatalf("on day %d: %v", day, err)
			}
			for i, s := range unread {
				if s.Err() != nil {
					dropped++
					unread[i] = e.Subscribe(1024)
				}
			}
		}
		// Calls that are under way have goroutines too, so the least of several counts.
		least := 0
		for i := range 20 {
			time.Sleep(time.Second)
			synctest.Wait()
			if n := runtime.NumGoroutine(); i == 0 || n < least {
				least = n
			}
		}
		goroutines = append(goroutines, least)
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		memory = append(memory, float64(m.HeapAlloc)/1e6)
	}
	cancel()
	running.Wait()
	following.Wait()
	if err := sim.Close(); err != nil {
		t.Error(err)
	}

	for i, r := range readers {
		if r.missed || r.n != logged.n || r.sum.Sum64() != logged.sum.Sum64() {
			t.Errorf("watcher %d has read %d events, and %d were logged, or others", i, r.n, logged.n)
		}
	}
	if first, last := goroutines[0], goroutines[*soakDays-1]; last > first+soakUnderWay {
		t.Errorf("goroutines grew from day to day: %d", goroutines)
	}
	if first, last := memory[0], memory[*soakDays-1]; last > 1.1*first+4 {
		t.Errorf("memory grew from day to day: %.1f MB", memory)
	}
	t.Logf("%d days in %v", *soakDays, (realTime() - begin).Round(time.Second))
	t.Logf("%d commands, %d events, each read by %d watchers; those that never read were dropped %d times", commands, logged.n, len(readers), dropped)
	t.Logf("goroutines at the end of each day: %d", goroutines)
	t.Logf("MB in use: %.1f", memory)
}

// tally is a log or a watcher that counts events and adds up what they are.
type tally struct {
	n      int
	sum    hash.Hash64
	missed bool
}

func newTally() *tally { return &tally{sum: fnv.New64a()} }

func (v *tally) note(text string) {
	v.n++
	_, _ = fmt.Fprintln(v.sum, text) // never fails
}

func (v *tally) update(u engine.Update) {
	v.missed = v.missed || u.Missed
	for _, e := range u.Events {
		if e.Kind != engine.EventPause { // is logged as a command
			v.note(eventText(&e))
		}
	}
}

// Enabled makes tally a slog.Handler.
func (v *tally) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelInfo }

// WithAttrs is not used by the engine.
func (v *tally) WithAttrs([]slog.Attr) slog.Handler { panic("unexpected") }

// WithGroup is not used by the engine.
func (v *tally) WithGroup(string) slog.Handler { panic("unexpected") }

// Handle counts the records of events.
func (v *tally) Handle(_ context.Context, r slog.Record) error {
	record := map[string]string{"msg": r.Message}
	r.Attrs(func(a slog.Attr) bool {
		record[a.Key] = a.Value.String()
		return true
	})
	if _, text := loggedEvent(record); text != "" {
		v.note(text)
	}
	return nil
}

// realTime is the running time, outside the bubble too.
func realTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		panic(err)
	}
	return time.Duration(t.Nano())
}
