//go:build bench && linux

package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"hash"
	"hash/fnv"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/control"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/vpn"
)

var soakTime = flag.Duration("soak", 10*time.Minute, "how long TestSoak puts the app under load")

const (
	soakReaders  = 150
	soakUnread   = 50  // watchers that never read
	soakActive   = 23  // services that make two events a second
	soakAuto     = 50  // services under Auto Connect
	soakCommands = 100 // a second
	soakParts    = 10  // the time is divided into so many; the first is for warming up
	// soakUnderWay is how many calls of the engine may be under way at any time
	// without load, each with a goroutine of its own.
	soakUnderWay = 5
	// soakLeave is longer than the app waits for a watcher that does not read.
	soakLeave = 8 * time.Second
)

// soakMark is a service that no command of the load concerns.
var soakMark = busyID(manyServices - 1)

// soakBounds recognises the first and the last event that count, by their service and
// the status that it comes to.
type soakBounds struct{ begun, ended bool }

// counts reports whether an event counts.
func (b *soakBounds) counts(e *engine.Event) bool {
	counts := b.begun && !b.ended
	if e.Kind == engine.EventStatus && e.ID == soakMark {
		b.begun = b.begun || e.To == vpn.Disconnected.String()
		b.ended = b.ended || b.begun && e.To == vpn.Connected.String()
	}
	return counts
}

// TestSoak runs the program with a thousand services under the load of two hundred
// watchers, of which fifty never read, and a hundred commands a second. It fails
// if a command is refused, if a watcher that reads is dropped or misses an event
// that the engine has logged, and if goroutines, file descriptors or memory grow
// after the first tenth of the time.
func TestSoak(t *testing.T) {
	scenario := busy(t, manyServices, soakActive)
	idle := soak(t, scenario)
	time.Sleep(2 * time.Second) // until the connections of the start have ended
	want := idle.goroutines(t)

	app := soak(t, scenario)
	time.Sleep(2 * time.Second)
	descriptors := app.descriptors(t)

	var readers []*reader
	for i := range soakReaders {
		readers = append(readers, read(t, app.socket, i == 0))
	}
	for i, r := range readers {
		r.await(t, i, r.ready)
	}
	logged := readLog(t, app.log)
	unread := ignore(t, app.socket)
	// Readers and log count from the end of a connection until it is there again.
	app.do(t, engine.Command{Verb: engine.VerbDisconnect, ID: soakMark})
	begin := time.Now()
	load := app.load(t)
	took := time.Since(begin)
	app.do(t, engine.Command{Verb: engine.VerbConnect, ID: soakMark})
	for i, r := range readers {
		r.await(t, i, r.done)
	}
	dropped := unread.end()
	logged.await(t)

	var lag lengths
	first := readers[0]
	for i, r := range readers {
		switch {
		case r.err != nil:
			t.Errorf("watcher %d ended after %d events: %v", i, r.count, r.err)
		case r.count != first.count || r.sum.Sum64() != first.sum.Sum64():
			t.Errorf("watcher %d has read %d events, the first watcher %d, or others", i, r.count, first.count)
		}
		lag = append(lag, r.lag...)
	}
	if i := differ(first.kept, logged.events); i >= 0 {
		t.Errorf("%d events are logged, the watchers have read %d; they differ from number %d on: %v", len(logged.events), len(first.kept), i, [][]string{around(logged.events, i), around(first.kept, i)})
	}
	if logged.commands != load.commands || first.count < load.commands/2 {
		t.Errorf("%d commands were answered, %d are logged, and there were %d events", load.commands, logged.commands, first.count)
	}

	time.Sleep(soakLeave)
	if n := app.descriptors(t); n != descriptors {
		t.Errorf("%d file descriptors are open after the load, %d were before", n, descriptors)
	}
	after := resident(t, app.pid)
	peak := float64(number(t, fmt.Sprintf("/proc/%d/status", app.pid), "VmHWM:")) / 1000
	got := app.goroutines(t)
	sum := func(m map[string]int) (n int) {
		for _, v := range m {
			n += v
		}
		return n
	}
	if sum(got) > sum(want)+soakUnderWay {
		t.Errorf("%d goroutines are left after the load, an app without load has %d", sum(got), sum(want))
		for what, n := range got {
			if n > want[what] {
				t.Errorf("%d more of %s", n-want[what], what)
			}
		}
	}
	load.memory.steady(t, "MB resident", 0.1, 8)
	heap := app.heap(t, begin.Sub(app.started))
	// What clients are just being sent is in use too, so the least counts.
	if early, late := heap.least(1, soakParts/2), heap.least(soakParts/2, soakParts); late > early*1.1+2 {
		t.Errorf("MB in use grew from %.0f to %.0f: %v", early, late, heap)
	}
	load.descriptors.steady(t, "file descriptors", 0, 10)
	load.threads.steady(t, "threads", 0.1, 4)

	t.Logf("%v, %d processors, %d services, %d watchers that read, %d that never do", took.Round(time.Second), runtime.NumCPU(), manyServices, soakReaders, soakUnread)
	t.Logf("%d commands, %.0f/s, and %d lists", load.commands, float64(load.commands)/took.Seconds(), load.lists)
	t.Logf("%d events, %.0f/s, each read by every watcher that reads; watchers that never read were dropped %d times", first.count, float64(first.count)/took.Seconds(), dropped)
	t.Logf("answer to a command: %v", load.answers)
	t.Logf("list of all services: %v", load.listing)
	t.Logf("event to watcher: %v", lag)
	t.Logf("MB resident: %v; at most %.0f, without clients %.0f", &load.memory, peak, after)
	t.Logf("MB in use after a collection: %v", heap)
	t.Logf("file descriptors: %v; before and after %d", &load.descriptors, descriptors)
	t.Logf("threads: %v", &load.threads)
	t.Logf("goroutines: %d after the load, %d in an app without load", sum(got), sum(want))
}

// soaked is an app under test.
type soaked struct {
	pid      int
	started  time.Time
	socket   string
	log      string // file
	stderr   string // file
	end      func(os.Signal)
	client   *control.Client
	services []vpn.ID
}

// soak starts an app.
func soak(t *testing.T, scenario string) *soaked {
	t.Helper()
	auto := make(map[vpn.ID]bool)
	for i := range soakAuto {
		auto[busyID(soakActive+i)] = true
	}
	settings, err := json.Marshal(map[string]any{"autoConnect": auto})
	if err != nil {
		t.Fatal(err)
	}
	dir := homeWith(t, string(settings))
	a := &soaked{socket: filepath.Join(dir, "control.sock"), log: filepath.Join(dir, "vpnstatus.log"), stderr: filepath.Join(dir, "stderr")}
	stderr, err := os.Create(a.stderr)
	if err != nil {
		t.Fatal(err)
	}
	defer stderr.Close()
	app := command(environment(dir), "--headless", "--demo="+scenario)
	app.Env = append(app.Env, "GODEBUG=gctrace=1")
	app.Stderr = stderr
	a.started = time.Now()
	if err := app.Start(); err != nil {
		t.Fatal(err)
	}
	a.pid = app.Process.Pid
	a.end = func(s os.Signal) {
		_ = app.Process.Signal(s)
		_ = app.Wait()
	}
	t.Cleanup(func() { a.end(syscall.SIGTERM) })
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		if a.client, err = control.Dial(t.Context(), a.socket); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	t.Cleanup(a.client.Close)
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		v, err := a.client.Snapshot(t.Context())
		if err == nil && len(v.Services) == manyServices && !slices.ContainsFunc(v.Services, func(s *engine.Service) bool { return !s.Known }) {
			for _, s := range v.Services {
				if s.ID != soakMark {
					a.services = append(a.services, s.ID)
				}
			}
			return a
		}
		if time.Now().After(deadline) {
			t.Fatalf("the app does not know its services: %v", err)
		}
	}
}

func (a *soaked) do(t *testing.T, c engine.Command) {
	t.Helper()
	if err := a.client.Do(t.Context(), c); err != nil {
		t.Fatalf("%s: %v", c.Verb, err)
	}
}

// descriptors counts the open files.
func (a *soaked) descriptors(t *testing.T) int {
	t.Helper()
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", a.pid))
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}

// collection is what Go prints of a garbage collection: the seconds since the start,
// and the MB in use at its beginning, at its end, and of these in use after it.
var collection = regexp.MustCompile(`(?m)^gc \d+ @([0-9.]+)s .*, \d+->\d+->(\d+) MB`)

// heap returns the memory that was still in use after each collection of the load,
// which began so long after the start of the app.
func (a *soaked) heap(t *testing.T, begin time.Duration) *series {
	t.Helper()
	text, err := os.ReadFile(a.stderr)
	if err != nil {
		t.Fatal(err)
	}
	s := &series{}
	for _, m := range collection.FindAllSubmatch(text, -1) {
		seconds, _ := strconv.ParseFloat(string(m[1]), 64) // digits
		mb, _ := strconv.ParseFloat(string(m[2]), 64)
		if since := time.Duration(seconds*float64(time.Second)) - begin; since >= 0 && since < *soakTime {
			s.note(int(since/(*soakTime/soakParts)), mb)
		}
	}
	return s
}

// goroutines ends the app by SIGQUIT, upon which Go prints all goroutines, and
// returns how many there were by what has started them.
func (a *soaked) goroutines(t *testing.T) map[string]int {
	t.Helper()
	a.end(syscall.SIGQUIT)
	text, err := os.ReadFile(a.stderr)
	if err != nil {
		t.Fatal(err)
	}
	_, dump, ok := strings.Cut(string(text), "SIGQUIT: quit")
	if !ok {
		t.Fatalf("the app has printed no goroutines: %.1000s", text)
	}
	counts := make(map[string]int)
	for block := range strings.SplitSeq(dump, "\n\n") {
		if !strings.HasPrefix(block, "goroutine ") {
			continue
		}
		_, starter, ok := strings.Cut(block, "\ncreated by ")
		if starter, _, _ = strings.Cut(starter, " in goroutine"); !ok {
			starter = "main"
		}
		counts[starter]++
	}
	return counts
}

// loaded is what was measured under load.
type loaded struct {
	commands, lists              int
	answers, listing             lengths
	memory, descriptors, threads series
}

// load sends commands for soakTime and measures meanwhile.
func (a *soaked) load(t *testing.T) *loaded {
	l := &loaded{}
	var mu sync.Mutex
	var failed error
	due := make(chan engine.Command, soakCommands)
	var workers sync.WaitGroup
	for range 16 {
		workers.Go(func() {
			for c := range due {
				begin := time.Now()
				err := a.client.Do(context.Background(), c)
				took := time.Since(begin)
				mu.Lock()
				if l.commands++; err != nil && failed == nil {
					failed = fmt.Errorf("%s, after %v: %w", c.Verb, took, err)
				}
				l.answers = append(l.answers, took)
				mu.Unlock()
			}
		})
	}
	stop := make(chan struct{})
	workers.Go(func() {
		for tick := time.NewTicker(time.Second); ; {
			select {
			case <-stop:
				return
			case <-tick.C:
			}
			begin := time.Now()
			answer, err := get(a.socket, "/v1/services")
			if err == nil {
				_, err = io.Copy(io.Discard, answer.Body)
				answer.Body.Close()
			}
			mu.Lock()
			if l.lists++; err != nil && failed == nil {
				failed = fmt.Errorf("the list: %w", err)
			}
			l.listing = append(l.listing, time.Since(begin))
			mu.Unlock()
		}
	})
	part := *soakTime / soakParts
	every := max(part/60, 50*time.Millisecond)
	rng := rand.New(rand.NewPCG(1, 2))
	begin := time.Now()
	measured := begin
	for tick := time.NewTicker(time.Second / soakCommands); time.Since(begin) < *soakTime; <-tick.C {
		due <- soakCommand(a.services, rng)
		if time.Since(measured) < every {
			continue
		}
		measured = time.Now()
		n := int(measured.Sub(begin) / part)
		l.memory.note(n, resident(t, a.pid))
		l.descriptors.note(n, float64(a.descriptors(t)))
		l.threads.note(n, float64(number(t, fmt.Sprintf("/proc/%d/status", a.pid), "Threads:")))
	}
	close(stop)
	close(due)
	workers.Wait()
	if failed != nil {
		t.Errorf("a request failed: %v", failed)
	}
	return l
}

// soakOrigin shows in the log which commands are of the load.
const soakOrigin = "soak"

func soakCommand(services []vpn.ID, rng *rand.Rand) engine.Command {
	c := engine.Command{ID: services[rng.IntN(len(services))], Origin: soakOrigin}
	switch n := rng.IntN(100); {
	case n < 40:
		c.Verb = engine.VerbConnect
	case n < 80:
		c.Verb = engine.VerbDisconnect
	case n < 90:
		c.Verb = engine.VerbToggle
	case n < 95:
		c.Verb, c.Until = engine.VerbHold, autoconnect.Until{Time: time.Now().Add(time.Hour)}
	default:
		c.Verb = engine.VerbResume
	}
	return c
}

// get sends a request over a connection of its own. The caller closes the body.
func get(socket, path string) (*http.Response, error) {
	c, err := net.Dial("unix", socket)
	if err != nil {
		return nil, err
	}
	if _, err := io.WriteString(c, request(path)); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	r, err := http.ReadResponse(bufio.NewReaderSize(c, 16<<10), nil)
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	if r.StatusCode != http.StatusOK {
		return nil, errors.Join(errors.New(r.Status), c.Close())
	}
	r.Body = struct {
		io.Reader
		io.Closer
	}{r.Body, c}
	return r, nil
}

func request(path string) string {
	return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
}

// reader is a watcher that reads all lines, and takes note of the events that count.
type reader struct {
	ready chan struct{} // closed when it has read all services
	done  chan struct{} // closed at the last event that counts, or the end

	// Valid when done is closed.
	err   error
	count int
	sum   hash.Hash64 // of all events
	kept  []string    // the events as the log has them; of the first reader only
	lag   lengths
}

func read(t *testing.T, socket string, keep bool) *reader {
	t.Helper()
	answer, err := get(socket, "/v1/events?services=1")
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{ready: make(chan struct{}), done: make(chan struct{}), sum: fnv.New64a()}
	go func() {
		defer close(r.done)
		defer answer.Body.Close()
		r.err = r.lines(bufio.NewReaderSize(answer.Body, 64<<10), keep)
	}()
	return r
}

func (r *reader) await(t *testing.T, i int, c chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(patience):
		t.Fatalf("watcher %d has not read what there is", i)
	}
}

func (r *reader) lines(in *bufio.Reader, keep bool) error {
	services, mark := 0, []byte(soakMark.String())
	var bounds soakBounds
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return err
		}
		switch {
		case bytes.HasPrefix(line, []byte(`{"type":"service"`)):
			if services++; services == manyServices {
				close(r.ready)
			}
			continue
		case !bytes.HasPrefix(line, []byte(`{"type":"event"`)):
			return fmt.Errorf("it was sent %s", line)
		}
		counts := bounds.begun // decoding each line would be a load of its own
		if keep || bytes.Contains(line, mark) {
			var l control.Line
			if err := json.Unmarshal(line, &l); err != nil {
				return err
			}
			counts = bounds.counts(l.Event)
			if keep && counts {
				r.kept = append(r.kept, eventText(l.Event))
			}
		}
		if counts {
			r.count++
			_, _ = r.sum.Write(line) // never fails
			_, rest, _ := bytes.Cut(line, []byte(`"at":"`))
			at, _, _ := bytes.Cut(rest, []byte(`"`))
			when, err := time.Parse(time.RFC3339Nano, string(at))
			if err != nil {
				return err
			}
			r.lag = append(r.lag, time.Since(when))
		}
		if bounds.ended {
			return nil
		}
	}
}

// unread is the watchers that never read. The app drops them, and they come
// again.
type unread struct {
	stop    chan struct{}
	dropped chan int
}

func ignore(t *testing.T, socket string) *unread {
	t.Helper()
	u := &unread{stop: make(chan struct{}), dropped: make(chan int, 1)}
	open := func(i int) int32 {
		fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err == nil {
			err = unix.Connect(fd, &unix.SockaddrUnix{Name: socket})
		}
		if err == nil {
			// Snapshots of a thousand services fill the buffer at once, events in time.
			_, err = unix.Write(fd, []byte(request("/v1/events"+[]string{"", "?services=1", "?snapshots=1"}[i%3])))
		}
		if err != nil {
			t.Errorf("a watcher that does not read: %v", err)
		}
		return int32(fd)
	}
	fds := make([]unix.PollFd, soakUnread)
	for i := range fds {
		fds[i] = unix.PollFd{Fd: open(i), Events: unix.POLLRDHUP}
	}
	go func() {
		n := 0
		defer func() { u.dropped <- n }()
		for {
			select {
			case <-u.stop:
				for _, f := range fds {
					_ = unix.Close(int(f.Fd))
				}
				return
			default:
			}
			if _, err := unix.Poll(fds, 100); err != nil && err != unix.EINTR {
				t.Errorf("watching those that do not read: %v", err)
			}
			for i := range fds {
				if f := &fds[i]; f.Revents != 0 {
					n++
					_ = unix.Close(int(f.Fd))
					f.Fd, f.Revents = open(i), 0
				}
			}
		}
	}()
	return u
}

// end returns how often one was dropped.
func (u *unread) end() int {
	close(u.stop)
	return <-u.dropped
}

// logged reads the log, which begins again when it is large.
type logged struct {
	done chan struct{} // closed at the last event that counts

	// Valid when done is closed.
	events   []string
	commands int // of the load
}

func readLog(t *testing.T, path string) *logged {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Seek(0, io.SeekEnd); err != nil {
		t.Fatal(err)
	}
	l := &logged{done: make(chan struct{})}
	go func() {
		defer close(l.done)
		defer func() { file.Close() }()
		var bounds soakBounds
		in, line := bufio.NewReader(file), ""
		for last := false; !bounds.ended; {
			text, err := in.ReadString('\n')
			line += text
			if err == nil {
				if strings.Contains(line, " msg=command ") && strings.Contains(line, "origin="+soakOrigin) {
					l.commands++
				}
				record := make(map[string]string)
				for _, m := range loggedValue.FindAllStringSubmatch(line, -1) {
					record[m[1]] = m[2]
				}
				if e, text := loggedEvent(record); text != "" && bounds.counts(&e) {
					l.events = append(l.events, text)
				}
				line = ""
				continue
			}
			// A file that was replaced gets no more lines; there may have been
			// some since the end was seen.
			next, err := os.Open(path)
			switch {
			case errors.Is(err, fs.ErrNotExist): // it is about to be made
			case err != nil:
				t.Errorf("reading the log: %v", err)
			case !replaced(file, next):
				next.Close()
			case !last:
				next.Close()
				last = true
				continue
			default:
				file.Close()
				file, last = next, false
				in.Reset(file)
				continue
			}
			select {
			case <-t.Context().Done():
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	return l
}

func replaced(a, b *os.File) bool {
	x, err := a.Stat()
	y, err2 := b.Stat()
	return err == nil && err2 == nil && !os.SameFile(x, y)
}

func (l *logged) await(t *testing.T) {
	t.Helper()
	select {
	case <-l.done:
	case <-time.After(patience):
		t.Fatal("the log does not have the last event")
	}
}

var loggedValue = regexp.MustCompile(` (msg|id|from|to|notice|what)=("(?:[^"\\]|\\.)*"|\S*)`)

// loggedKinds are the events that are logged, by the message.
var loggedKinds = map[string]engine.EventKind{
	"status": engine.EventStatus, "decision": engine.EventPolicy, "notice": engine.EventNotice, "list": engine.EventList, "network": engine.EventNetwork,
}

// loggedEvent returns the event that a record of the log is about, as far as the
// record has it, and its text; "" if it is about none.
func loggedEvent(record map[string]string) (engine.Event, string) {
	kind, ok := loggedKinds[record["msg"]]
	if !ok {
		return engine.Event{}, ""
	}
	e := engine.Event{Kind: kind, From: record["from"], To: record["to"] + record["what"], Notice: autoconnect.Notice(record["notice"])}
	_ = e.ID.UnmarshalText([]byte(record["id"])) // the network's has none
	return e, eventText(&e)
}

// eventText is what of an event is logged.
func eventText(e *engine.Event) string {
	return strings.Join([]string{string(e.Kind), e.ID.String(), e.From, e.To, string(e.Notice)}, " ")
}

// differ returns where two lists differ first; -1 if they don't.
func differ(a, b []string) int {
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || a[i] != b[i] {
			return i
		}
	}
	return -1
}

func around(list []string, i int) []string {
	return list[min(len(list), max(0, i-1)):min(len(list), i+2)]
}

// lengths are measured lengths of time.
type lengths []time.Duration

func (l lengths) String() string {
	if len(l) == 0 {
		return "none"
	}
	slices.Sort(l)
	at := func(share float64) float64 { return float64(l[int(share*float64(len(l)-1))].Microseconds()) / 1000 }
	return fmt.Sprintf("median %.2f ms, 90 %% %.2f ms, 99 %% %.2f ms, 99.9 %% %.2f ms, longest %.2f ms", at(0.5), at(0.9), at(0.99), at(0.999), at(1))
}

// series is a figure over the parts of the time.
type series [soakParts][]float64

func (s *series) note(part int, v float64) {
	part = min(part, soakParts-1)
	s[part] = append(s[part], v)
}

// medians returns one for each part in which there was a measurement.
func (s *series) medians() (list []float64) {
	for _, part := range s {
		if slices.Sort(part); len(part) > 0 {
			list = append(list, part[len(part)/2])
		}
	}
	return list
}

// least returns the least of the parts.
func (s *series) least(from, to int) float64 {
	least := math.Inf(1)
	for _, part := range s[from:to] {
		for _, v := range part {
			least = min(least, v)
		}
	}
	return least
}

func (s *series) String() string { return fmt.Sprintf("%.0f", s.medians()) }

// steady fails if the figure has grown since the second part by more than a
// share of it and an amount.
func (s *series) steady(t *testing.T, what string, share, amount float64) {
	t.Helper()
	m := s.medians()
	if len(m) < 3 {
		t.Errorf("%s: too few parts in which it was measured: %v", what, s)
	} else if first, last := m[1], m[len(m)-1]; last > first*(1+share)+amount {
		t.Errorf("%s grew from %.1f to %.1f: %v", what, first, last, s)
	}
}
