package autoconnect

import (
	"slices"
	"testing"
	"time"

	"vpnstatus/internal/vpn"
)

// scene is a row of the specification; its name is the fact it checks.
type scene struct {
	name string
	play func(t *testing.T)
}

func play(t *testing.T, scenes []scene) {
	for _, s := range scenes {
		t.Run(s.name, s.play)
	}
}

func TestTheCallerOwnsTheActions(t *testing.T) {
	b := unseenBed(t, Stored{})
	first := b.p.Handle(nil, StatusChanged{ID: idOf(1), Status: vpn.Disconnected}, b.now)
	before := slices.Clone(first)
	b.p.Handle(nil, UserDisconnect{ID: idOf(1)}, b.now)
	if !slices.Equal(first, before) {
		t.Errorf("the next call made %v of %v", first, before)
	}
}

func TestMoments(t *testing.T) {
	if last := time.Date(2261, 12, 31, 23, 59, 59, 0, time.UTC); momentOf(last) == never || int64(momentOf(last)) != last.UnixNano() {
		t.Error("the last day that counts does not")
	}
	for _, at := range []time.Time{{}, time.Date(2262, 1, 1, 0, 0, 0, 0, time.UTC), endOfTime} {
		if momentOf(at) != never {
			t.Errorf("%v comes", at)
		}
	}
}
