package cli

import (
	"testing"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/vpn"
)

func TestWaitingForAConnectEnds(t *testing.T) {
	rejected := vpn.Cause{Family: vpn.FamilyPPP, Code: 19}
	silent := vpn.Cause{Message: "no answer"}
	down := func(change func(*engine.Service)) *engine.Snapshot {
		return &engine.Snapshot{Services: []*engine.Service{service(1, "Office", func(v *engine.Service) {
			v.Policy.State = autoconnect.Manual
			if change != nil {
				change(v)
			}
		})}}
	}
	up := down(func(v *engine.Service) { v.Status = vpn.Connected })
	for _, c := range []struct {
		name    string
		watches bool // did not ask for the connect itself
		fresh   bool // was not seen connecting yet
		then    []*engine.Snapshot
		code    int // exitDone as long as it waits
		done    bool
	}{
		{"when it is up", false, false, []*engine.Snapshot{up}, exitDone, true},
		{"not while it is down before it connects", false, true, []*engine.Snapshot{down(nil), down(nil)}, exitDone, false},
		{"when it is removed", false, false, []*engine.Snapshot{{}}, exitNotFound, false},
		{"with the cause of a failure", false, false, []*engine.Snapshot{down(func(v *engine.Service) { v.Info.Cause = silent })}, exitFailed, false},
		{"with a cause that needs the user", false, false, []*engine.Snapshot{down(func(v *engine.Service) { v.Info.Cause = rejected })}, exitNeedsUser, false},
		{"when Auto Connect needs the user", false, false, []*engine.Snapshot{down(func(v *engine.Service) {
			v.Policy.State, v.Policy.Since = autoconnect.NeedsUser, testNow
		})}, exitNeedsUser, false},
		{"not for what needed the user before it was asked for", false, false, []*engine.Snapshot{down(func(v *engine.Service) {
			v.Policy.State, v.Policy.Since = autoconnect.NeedsUser, testNow.Add(-time.Hour)
			v.Status = vpn.Connecting
		})}, exitDone, false},
		{"not at once where the cause may follow", false, false, []*engine.Snapshot{down(nil)}, exitDone, false},
		{"without a cause after a while", false, false, []*engine.Snapshot{down(nil), down(nil)}, exitFailed, false},
		{"not while Auto Connect tries again", false, false, []*engine.Snapshot{
			down(func(v *engine.Service) { v.Policy.State = autoconnect.Backoff }), down(func(v *engine.Service) { v.Policy.State = autoconnect.Backoff }),
		}, exitDone, false},
		{"not for one who only watches", true, false, []*engine.Snapshot{down(nil), down(nil)}, exitDone, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			asked := testNow
			if c.watches {
				asked = time.Time{}
			}
			w := newWaiter(down(nil).Services[0], vpn.Connected, asked)
			w.tried = !c.fresh
			var err error
			for i, s := range c.then {
				if err = w.update(engine.Update{Snapshot: s}, testNow.Add(time.Duration(i)*causeGrace)); err != nil {
					break
				}
			}
			if exitCode(err) != c.code || w.done != c.done {
				t.Errorf("%v (exit code %d, want %d), done: %t", err, exitCode(err), c.code, w.done)
			}
		})
	}
}
