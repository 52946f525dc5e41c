package faults_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"vpnstatus/internal/simulator"
	"vpnstatus/test/faults"
)

func TestTraceIsTheSameEachTime(t *testing.T) {
	trace := faults.Trace{Seed: 3, Span: 30 * 24 * time.Hour, Kinds: faults.All()}
	a, b := trace.Scenario(), trace.Scenario()
	if !reflect.DeepEqual(a, b) {
		t.Error("two scenarios of one trace differ")
	}
	if err := a.Validate(); err != nil {
		t.Error(err)
	}
	outages := func(s simulator.Scenario) (out []simulator.Step) {
		for _, t := range s.Timeline {
			if t.Do == simulator.DoOutage {
				out = append(out, t)
			}
		}
		return
	}
	trace.Kinds = []faults.Kind{faults.Outages}
	if got, want := outages(trace.Scenario()), outages(a); len(want) == 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("%d outages alone, %d with other faults", len(got), len(want))
	}
}

func TestEveryKindOfFaultHappens(t *testing.T) {
	effects := map[faults.Kind][]simulator.Effect{
		faults.Outages: {simulator.DoOutage}, faults.Drops: {simulator.DoDrop}, faults.Sleep: {simulator.DoSleep},
		faults.Roaming:  {simulator.DoOffline, simulator.DoNetwork},
		faults.Rejected: {simulator.DoCredentials}, faults.Dead: {simulator.DoDead}, faults.Crash: {simulator.DoCrash},
		faults.UserSwitch: {simulator.DoSwitchUser},
	}
	for _, kind := range faults.All() {
		s := faults.Trace{Seed: 5, Span: 30 * 24 * time.Hour, Kinds: []faults.Kind{kind}}.Scenario()
		for _, d := range effects[kind] {
			if !slices.ContainsFunc(s.Timeline, func(t simulator.Step) bool { return t.Do == d }) {
				t.Errorf("%s has no step %q among %d", kind, d, len(s.Timeline))
			}
		}
		if len(effects[kind]) == 0 {
			t.Errorf("no test for %s", kind)
		}
		for i, step := range s.Timeline {
			if step.At < 0 || step.At >= 30*24*time.Hour || i > 0 && step.At < s.Timeline[i-1].At {
				t.Errorf("%s: step %d at %v", kind, i, step.At)
			}
		}
	}
}
