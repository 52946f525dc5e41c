// Package bench measures the built program as a whole process: how long a
// command takes, how soon the menu is there, and what the app costs while
// nothing happens. It runs on Linux:
//
//	go test -tags bench -run '^$' -bench . ./test/bench
//
// The tests TestDays and TestSoak, which "make soak" runs, put a thousand services under
// load; they fail if something grows or is lost.
//
// The idle benchmark takes a minute; the watchers watch for ten seconds, or for as
// long as -args -watchtime 3m says. Figures of speed are printed, not judged:
// whether they are good depends on the machine. The aims, on a machine of today: list under 20
// ms, of a thousand services under 60 ms; first menu under 150 ms; idle under 30 MB
// and no wake-ups beyond the safety tick of 60 s; an event is printed by watch
// within 5 ms of its snapshot, and within 1 s by each of two hundred watches, with
// the app below 100 MB.
package bench
