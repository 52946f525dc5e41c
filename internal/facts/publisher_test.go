package facts

import (
	"testing"
	"testing/synctest"
	"time"
)

func published(b *publisher) bool {
	select {
	case <-b.Changed():
		return true
	default:
		return false
	}
}

func TestTheWakeIsTimed(t *testing.T) {
	var f Facts
	f.setAsleep(true, time.Unix(100, 0))
	if !f.Asleep || !f.WokeAt.IsZero() {
		t.Errorf("%+v", f)
	}
	woke := time.Unix(200, 0)
	f.setAsleep(false, woke)
	if f.Asleep || f.WokeAt != woke {
		t.Errorf("%+v", f)
	}
}

func active(is bool) func(*Facts) {
	return func(f *Facts) { f.SessionActive = Known(is, time.Unix(1, 0)) }
}

func TestABurstIsPublishedOnceAndSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newPublisher()
		start := time.Now()
		for i := range 10 {
			b.update(active(i%2 == 0))
			time.Sleep(foldTime / 20)
		}
		if published(b) {
			t.Error("it was published before it was over")
		}
		<-b.Changed()
		if d := time.Since(start); d != foldTime {
			t.Errorf("published after %s", d)
		}
		time.Sleep(time.Hour)
		if published(b) {
			t.Error("it was published twice")
		}
		if b.Current().SessionActive.Value {
			t.Error("the last change is not there")
		}
	})
}

func TestAnEndlessStormIsPublishedAllTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newPublisher()
		n := 0
		for i := range 1000 {
			b.update(active(i%2 == 0))
			time.Sleep(foldTime / 10)
			if published(b) {
				n++
			}
		}
		if n < 90 || n > 100 {
			t.Errorf("published %d times in 100 times foldTime", n)
		}
		b.close()
	})
}

func TestWhatCannotWaitTakesTheRestWithIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newPublisher()
		b.update(active(true))
		b.updateNow(func(f *Facts) { f.setAsleep(true, time.Unix(2, 0)) })
		if !published(b) {
			t.Error("sleep waits")
		}
		time.Sleep(time.Hour)
		if published(b) {
			t.Error("the rest is published again")
		}
	})
}

func TestWhatStaysTheSameIsNotPublished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newPublisher()
		b.update(active(true))
		<-b.Changed()
		b.update(active(true))
		b.updateNow(active(true))
		time.Sleep(time.Hour)
		if published(b) {
			t.Error("nothing is news")
		}
	})
}

func TestAClosedBoardIsQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newPublisher()
		b.update(active(true))
		b.close()
		b.update(active(false))
		time.Sleep(time.Hour)
		if published(b) {
			t.Error("it published")
		}
	})
}

func TestManyPokesAreOneLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looks := 0
		p := &debouncer{delay: time.Second, start: func(f func()) { f() }, run: func() { looks++ }}
		for range 100 {
			p.trigger()
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if looks != 1 {
			t.Errorf("%d looks", looks)
		}
		p.trigger()
		time.Sleep(time.Minute)
		synctest.Wait()
		if looks != 2 {
			t.Errorf("a later trigger: %d looks", looks)
		}
		p.trigger()
		p.stop()
		p.trigger()
		time.Sleep(time.Minute)
		synctest.Wait()
		if looks != 2 {
			t.Errorf("after the end: %d looks", looks)
		}
	})
}

func TestAPokeDuringALookIsNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looks := 0
		var p *debouncer
		p = &debouncer{delay: time.Second, start: func(f func()) { f() }, run: func() {
			if looks++; looks == 1 {
				p.trigger()
			}
		}}
		p.trigger()
		time.Sleep(time.Minute)
		synctest.Wait()
		if looks != 2 {
			t.Errorf("%d looks", looks)
		}
	})
}

func TestLooksDoNotPileUpBehindOneThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var queued []func()
		p := &debouncer{delay: time.Second, start: func(f func()) { queued = append(queued, f) }, run: func() {}}
		for range 100 {
			p.trigger()
			time.Sleep(time.Minute)
			synctest.Wait()
		}
		if len(queued) != 1 {
			t.Errorf("%d looks wait", len(queued))
		}
	})
}

func TestSystemSourceOpensAndClosesAnywhere(t *testing.T) {
	s := NewSystem(nil)
	_ = s.Current()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error("closed twice:", err)
	}
}
