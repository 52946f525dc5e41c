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
	o.finish(time.Unix(100, 0), func() {})
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
	o.finish(start, func() {})
	if o.reopens(start.Add(reopenGrace-1)) || !o.reopens(start.Add(reopenGrace)) {
		t.Error("a window opens at the wrong time")
	}
}

func TestAlertsComeAfterLaunchingAndAfterTheWindow(t *testing.T) {
	var o opening
	if o.mayAlert() {
		t.Error("an alert may be shown while launching")
	}
	order := ""
	o.show(func() { order += "window " })
	o.finish(time.Unix(100, 0), func() {
		if !o.mayAlert() {
			t.Error("the alerts that wait are refused at the end of launching")
		}
		order += "alerts"
	})
	if order != "window alerts" {
		t.Errorf("shown at the end of launching: %q", order)
	}
}
