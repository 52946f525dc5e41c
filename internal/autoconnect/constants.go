package autoconnect

import "time"

// The limits of Config.RetryDelayMax, the cap of the back-off.
const (
	// DefaultRetryDelay is long enough to spare a server that is down all
	// night, and short enough that the user does not wait for it in the
	// morning.
	DefaultRetryDelay = 120 * time.Second
	// MinRetryDelay: a shorter cap would start again before the server could
	// have answered the previous attempt.
	MinRetryDelay = 5 * time.Second
	// MaxRetryDelay: with fewer attempts than one an hour the user may as well
	// connect manually.
	MaxRetryDelay = time.Hour
)

const (
	// settleQuiet: docking and roaming arrive as a burst of changes.
	settleQuiet = time.Second
	// maxSettle: a network that never calms down must not keep a service down.
	maxSettle = 5 * time.Second

	// wakeGrace: the route is published late after a wake.
	wakeGrace = 2 * time.Second
	// wakePathGrace: the machine counts as offline only after this long
	// without a path.
	wakePathGrace = 30 * time.Second
	// loginGrace: at login the network and the keychain become available while
	// the program already runs. A satisfied path ends it.
	loginGrace = 5 * time.Second

	// retryAtOnce: a session that was stable is worth an attempt at once, but not
	// before a change of the network that ended it is known.
	retryAtOnce = 250 * time.Millisecond
	// retryFirst: a tunnel that dies at once must not make the loop spin.
	retryFirst = time.Second
	// maxRetryShift keeps the doubling from overflowing; 1 s doubled 12 times
	// is above MaxRetryDelay.
	maxRetryShift = 12
	// stableAfter: only a connection of this age resets the count of failures,
	// so that a service that connects and drops in turn does not count as
	// working.
	stableAfter = 60 * time.Second

	// connectWatchdog: a server that answers at all has answered by then.
	connectWatchdog = 60 * time.Second
	// promptWatchdog: the user may have to find the phone that shows the code.
	promptWatchdog = 180 * time.Second
	// startAnswer: a start shows as a status at once, or it was ignored.
	startAnswer = 10 * time.Second
	// verifyAnswer: before a session is stopped as stuck, its status is asked
	// again, because the event that it is up may have been lost.
	verifyAnswer = 3 * time.Second
	// stopAnswer: how long a stop may take.
	stopAnswer = 10 * time.Second

	// slowFailures in a row on one network: the server will not come back
	// soon.
	slowFailures = 10
	// slowEvery is the interval of the slow lane.
	slowEvery = 300 * time.Second
	// classFailures: failed negotiations and crashed plug-ins are usually
	// caused by the server or the profile.
	classFailures = 3
	// authFailures: a third wrong password locks accounts.
	authFailures = 2
	// authDelay: the server may count attempts by the minute.
	authDelay = 5 * time.Second

	// flapDrops of sessions that were not stable, within flapWindow, raise the
	// alarm.
	flapDrops  = 5
	flapWindow = 10 * time.Minute
	// flapFloor is the least delay while the alarm is on. It applies even if
	// the cap is lower, because each attempt does harm by then.
	flapFloor = 60 * time.Second

	probeEvery       = 60 * time.Second // default interval of a liveness probe
	minProbeInterval = 5 * time.Second  // shortest interval accepted
	probeTimeout     = 3 * time.Second  // a slower tunnel is useless to the user
	probeAgain       = 5 * time.Second  // after a miss; longer than a short stall
	probeMisses      = 3                // two may be a roaming Wi-Fi

	// trafficEvery is the pace of the shared tick: at most one wake-up in this
	// time while something is kept up. Both the counters and the probes are read
	// at it.
	trafficEvery = 20 * time.Second
	// lostReadings in a row without a byte coming in are a minute, in which even a
	// slow server answers something.
	lostReadings = 3
	// lostBytes: fewer are keepalives that need no answer.
	lostBytes = 400

	// askTimeout: by then the next question is due.
	askTimeout = 4 * time.Second
	// The pace of the questions: users wait for a server that has been away for
	// minutes, not for one that has been away for hours.
	askEvery      = 5 * time.Second
	askOften      = 10 * time.Minute // … until the outage is this old
	askLessEvery  = 15 * time.Second
	askSeldom     = time.Hour // … until it is this old
	askLeastEvery = 60 * time.Second

	// pendingConnectFor: a manual connect that is impossible now, because there is no network
	// or the service is still going down, is forgotten after this long.
	pendingConnectFor = 2 * time.Minute

	// groupFailures in a row make a member of a group give way to the next.
	groupFailures = 3
)
