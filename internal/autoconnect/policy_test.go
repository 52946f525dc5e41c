package autoconnect

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"vpnstatus/internal/facts"
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

// times calls f with every moment in a struct and its parts, and the name of its
// field, but for what the user and the system have set.
func times(v reflect.Value, f func(string, *time.Time)) {
	for i := range v.NumField() {
		field := reflect.NewAt(v.Field(i).Type(), v.Field(i).Addr().UnsafePointer()).Elem()
		name := v.Type().String() + "." + v.Type().Field(i).Name
		switch at := field.Addr().Interface().(type) {
		case *time.Time:
			f(name, at)
		case *[flapDrops]time.Time:
			for i := range at {
				f(name, &at[i])
			}
		case *Until, *facts.Facts:
		default:
			if field.Kind() == reflect.Struct {
				times(field, f)
			}
		}
	}
}

func TestAClockThatIsSetBackLeavesNothingFarAhead(t *testing.T) {
	b := newBed(t)
	parts := func(f func(string, *time.Time)) {
		times(reflect.ValueOf(&b.p.all[0]).Elem(), f)
		times(reflect.ValueOf(&b.p.world.here).Elem(), f)
	}
	n := 0
	parts(func(_ string, at *time.Time) { *at = t0.AddDate(1, 0, 0); n++ })
	b.handle(ClockJumped{Gap: -365 * 24 * time.Hour})
	parts(func(name string, at *time.Time) {
		if at.After(t0.Add(MaxRetryDelay)) {
			t.Errorf("%s is %v from now", name, at.Sub(t0))
		}
	})
	if n < 20 {
		t.Errorf("only %d moments", n)
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
