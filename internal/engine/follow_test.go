package engine

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

// feed is a source whose subscriptions the test feeds and ends.
type feed struct {
	latest *Snapshot
	subs   []*Subscription
}

func (f *feed) Latest() *Snapshot { return f.latest }
func (f *feed) Subscribe(buffer int) *Subscription {
	f.subs = append(f.subs, NewSubscription(buffer, nil))
	return f.subs[len(f.subs)-1]
}

func TestFollowBeginsWithTheCurrentStateAndSubscribesAgainAfterALoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &feed{latest: &Snapshot{Seq: 1}}
		var got []Update
		ended := make(chan error, 1)
		go func() { ended <- Follow(t.Context(), src, func(u Update) { got = append(got, u) }) }()
		synctest.Wait()
		src.subs[0].Publish(Update{Events: []Event{{To: "a"}}, Snapshot: &Snapshot{Seq: 2}})
		synctest.Wait()
		src.latest = &Snapshot{Seq: 9}
		src.subs[0].End(ErrSlow)
		synctest.Wait()
		src.subs[1].Publish(Update{Events: []Event{{To: "b"}}, Snapshot: &Snapshot{Seq: 10}})
		src.subs[1].End(ErrClosed)
		if err := <-ended; !errors.Is(err, ErrClosed) {
			t.Errorf("it ended with %v", err)
		}
		want := []Update{
			{Snapshot: &Snapshot{Seq: 1}},
			{Snapshot: &Snapshot{Seq: 2}, Events: []Event{{To: "a"}}},
			{Snapshot: &Snapshot{Seq: 9}, Missed: true},
			{Snapshot: &Snapshot{Seq: 10}, Events: []Event{{To: "b"}}},
		}
		if len(got) != len(want) {
			t.Fatalf("%d updates: %+v", len(got), got)
		}
		for i, w := range want {
			if g := got[i]; g.Snapshot.Seq != w.Snapshot.Seq || g.Missed != w.Missed || len(g.Events) != len(w.Events) {
				t.Errorf("update %d is %+v, want %+v", i, g, w)
			}
		}
	})
}

func TestFollowEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- Follow(ctx, &feed{latest: &Snapshot{}}, func(Update) {}) }()
		synctest.Wait()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("it ended with %v", err)
		}
	})
}

// A reader that has stopped reading must not keep the goroutine.
func TestUpdatesEndWithTheContextAlthoughNobodyReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		updates := Updates(ctx, &feed{latest: &Snapshot{Seq: 1}})
		if u := <-updates; u.Snapshot.Seq != 1 {
			t.Errorf("the first update is %+v", u)
		}
		synctest.Wait()
		cancel()
		if u, ok := <-updates; ok {
			t.Errorf("an update after the end: %+v", u)
		}
	})
}
