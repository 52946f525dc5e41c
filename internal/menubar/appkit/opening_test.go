package appkit

import (
	"testing"
	"time"
)

func TestWindowAskedForBeforeLaunchingHasFinishedIsShownThen(t *testing.T) {
	var o opening
	shown := ""
	o.show(func() { shown += "first " })
	o.show(func() { shown += "second " })
	if shown != "" {
		t.Errorf("shown while launching: %s", shown)
	}
	o.finish(time.Unix(100, 0))
	if shown != "second " {
		t.Errorf("shown when launching has finished: %q", shown)
	}
	o.show(func() { shown += "third" })
	if shown != "second third" {
		t.Errorf("shown: %q", shown)
	}
}

func TestReopeningSoonAfterTheStartShowsNothing(t *testing.T) {
	var o opening
	start := time.Unix(100, 0)
	if o.reopens(start) {
		t.Error("a window opens while launching")
	}
	o.finish(start)
	if o.reopens(start.Add(reopenGrace-1)) || !o.reopens(start.Add(reopenGrace)) {
		t.Error("a window opens at the wrong time")
	}
}
