package engine

import (
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/vpn"
)

// A machine under load answers late, or not at all. Ten thousand drops of
// services whose server ends them, on a network that is calm, with the question
// for the cause answered late, after the next events, or never.
func TestAStarvedMachineTakesNoDropForAStopByTheUser(t *testing.T) {
	t.Parallel()
	const services, drops = 10, 10_000
	names := make([]string, services)
	ids := make([]int, services)
	for i := range names {
		names[i], ids[i] = string(rune('A'+i)), i
	}
	rng := rand.New(rand.NewPCG(1, 1))
	b := newFake(names...)
	b.log = slog.DiscardHandler
	run(t, b, autoOn(ids...), func(x *bench) {
		x.after(time.Minute)
		for i := range services {
			slow := rand.New(rand.NewPCG(2, uint64(i)))
			s := x.session(i)
			b.mu.Lock()
			s.slow = func() time.Duration {
				return [...]time.Duration{0, time.Second, 4 * time.Second, time.Hour}[slow.IntN(4)]
			}
			b.mu.Unlock()
		}
		held, dropped := 0, 0
		sub := x.Subscribe(1 << 10)
		var counting sync.WaitGroup
		counting.Go(func() {
			for u := range sub.C() {
				for _, e := range u.Events {
					switch {
					case e.Notice == autoconnect.NoticeHeld:
						held++
					case e.Kind == EventStatus && e.To == vpn.Disconnected.String():
						dropped++
					}
				}
			}
		})
		for n := 0; n < drops; {
			if x.session(rng.IntN(services)).end(vpn.StopServerTerminated) {
				n++
			}
			time.Sleep(time.Duration(rng.IntN(15)) * time.Second)
		}
		x.after(10 * time.Minute)
		sub.Close()
		counting.Wait()
		if held > 0 || dropped < drops {
			t.Errorf("%d holds after %d drops, of which there should be at least %d", held, dropped, drops)
		}
		for i := range services {
			if v := x.service(i); v.Status != vpn.Connected {
				t.Errorf("%s is %v at the end: %s", v.Name, v.Status, v.Policy.Reason.Key)
			}
		}
	})
}
