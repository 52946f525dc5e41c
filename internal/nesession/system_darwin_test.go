package nesession

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"vpnstatus/internal/cocoa"
	"vpnstatus/internal/nesession/dictionary"
	"vpnstatus/internal/vpn"
)

// These tests are safe on anyone's Mac: they ask about random configurations
// that nobody has, and start nothing.

const patience = 10 * time.Second

func theLibrary(t *testing.T) *system {
	t.Helper()
	s, err := theSystem()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// needDaemon skips a test on a machine without Apple's daemon, such as a CI runner.
// A daemon that runs and does not answer is a fault that the test shows.
func needDaemon(t *testing.T) *system {
	t.Helper()
	s := theLibrary(t)
	if err := daemonAnswers(); err != nil {
		t.Skip(err)
	}
	return s
}

var daemonAnswers = sync.OnceValue(func() error {
	s, err := theSystem()
	if err != nil {
		return nil // theLibrary has failed
	}
	r, err := s.Create(uuid.New())
	if err != nil {
		return nil
	}
	defer s.Release(r)
	got := make(chan struct{}, 1)
	if err := s.Status(r, func(vpn.Status) { got <- struct{}{} }); err != nil {
		return nil
	}
	select {
	case <-got:
		return nil
	case <-time.After(patience):
	}
	if d, err := AskDaemon(); err == nil && d.Running {
		return nil
	}
	return fmt.Errorf("Apple's VPN daemon nesessionmanager does not run here: no answer within %v", patience)
})

func create(t *testing.T, s API) Ref {
	t.Helper()
	r, err := s.Create(uuid.New())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func wait[T any](t *testing.T, c <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("%s: no answer", what)
		panic("not reached")
	}
}

func TestEveryRequiredSymbolIsThere(t *testing.T) {
	for _, p := range cocoa.Presences() {
		switch {
		case p.Present, strings.HasPrefix(p.Name, "vpnstatus_no_"): // of another test
		case p.Optional:
			t.Logf("optional: %s is missing", p.Part)
		default:
			t.Errorf("%s is missing", p.Part)
		}
	}
}

func TestStatusOfAnUnknownConfiguration(t *testing.T) {
	s := needDaemon(t)
	r := create(t, s)
	got := make(chan vpn.Status, 1)
	if err := s.Status(r, func(st vpn.Status) { got <- st }); err != nil {
		t.Fatal(err)
	}
	if st := wait(t, got, "status"); st != vpn.Invalid && st != vpn.Disconnected {
		t.Errorf("status = %v", st)
	}
	if err := s.Release(r); err != nil {
		t.Error(err)
	}
}

func TestInfoOfAnUnknownConfigurationIsAnswered(t *testing.T) {
	s := needDaemon(t)
	r := create(t, s)
	defer s.Release(r)
	for _, kind := range []InfoType{Statistics, ExtendedStatus} {
		got := make(chan map[string]any, 1)
		if err := s.Info(r, kind, func(tree map[string]any) { got <- tree }); err != nil {
			t.Fatal(err)
		}
		t.Logf("kind %d: %v", kind, wait(t, got, fmt.Sprint("information of kind ", kind)))
	}
}

func TestCancelWithAHandlerBringsOneCancelled(t *testing.T) {
	s := needDaemon(t)
	r := create(t, s)
	got := make(chan Event, 16)
	if err := s.SetHandler(r, func(e Event) { got <- e }); err != nil {
		t.Fatal(err)
	}
	if err := s.SetHandler(r, func(Event) {}); err == nil {
		t.Error("a second handler was accepted")
	}
	if err := s.Cancel(r); err != nil {
		t.Fatal(err)
	}
	for wait(t, got, "cancelled") != Cancelled {
	}
	if err := s.Release(r); err != nil {
		t.Fatal(err)
	}
	// A full round trip on the queue later nothing more may have come.
	other := create(t, s)
	defer s.Release(other)
	done := make(chan struct{})
	if err := s.Status(other, func(vpn.Status) { close(done) }); err != nil {
		t.Fatal(err)
	}
	wait(t, done, "round trip")
	if len(got) > 0 {
		t.Errorf("after the last event came %v", <-got)
	}
}

func TestAReleasedSessionIsAnErrorNotACrash(t *testing.T) {
	s := theLibrary(t)
	r := create(t, s)
	if err := s.Release(r); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"release":     s.Release(r),
		"status":      s.Status(r, func(vpn.Status) { t.Error("answered") }),
		"info":        s.Info(r, Statistics, func(map[string]any) { t.Error("answered") }),
		"set handler": s.SetHandler(r, func(Event) { t.Error("called") }),
		"cancel":      s.Cancel(r),
		"stop":        s.Stop(r),
		"start":       s.Start(r, nil),
		"barrier":     s.Barrier(r),
		"zero":        s.Stop(0),
	} {
		if !errors.Is(err, ErrReleased) {
			t.Errorf("%s: err = %v, want ErrReleased", name, err)
		}
	}
}

func TestBarrierReturns(t *testing.T) {
	s := needDaemon(t)
	r := create(t, s)
	defer s.Release(r)
	done := make(chan error, 1)
	go func() { done <- s.Barrier(r) }()
	if err := wait(t, done, "barrier"); err != nil {
		t.Error(err)
	}
}

func TestAThousandCyclesLeaveNothingBehind(t *testing.T) {
	s := needDaemon(t)
	for range 1000 {
		r := create(t, s)
		cancelled := make(chan struct{})
		if err := s.SetHandler(r, func(e Event) {
			if e == Cancelled {
				close(cancelled)
			}
		}); err != nil {
			t.Fatal(err)
		}
		if err := s.Cancel(r); err != nil {
			t.Fatal(err)
		}
		wait(t, cancelled, "cancelled")
		if err := s.Release(r); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.eventBlocks.Lent(); n != 0 {
		t.Errorf("%d handlers are left", n)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.sessions); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
}

func TestDictionariesRoundTrip(t *testing.T) {
	s := theLibrary(t)
	want, err := dictionary.StartOptions(vpn.L2TP, vpn.Options{Username: "ü", Password: "p", SharedSecret: "s"})
	if err != nil {
		t.Fatal(err)
	}
	o := s.xpc.object(want)
	defer s.xpc.release(o)
	for range 1000 {
		if d := cmp.Diff(want, s.xpc.tree(o)); d != "" {
			t.Fatal(d)
		}
	}
	if n := s.xpc.blocks.Lent(); n != 0 {
		t.Errorf("%d visits are left", n)
	}
}

func TestEveryTypeOfValueIsRead(t *testing.T) {
	s := theLibrary(t)
	x := s.xpc
	var (
		setInt64  func(d uintptr, key string, v int64)
		setUint64 func(d uintptr, key string, v uint64)
		setDouble func(d uintptr, key string, v float64)
		setBool   func(d uintptr, key string, v bool)
		setData   func(d uintptr, key string, p *byte, n uint)
		setDate   func(d uintptr, key string, v int64)
		setUUID   func(d uintptr, key string, v *[16]byte)
		newArray  func(values uintptr, n uint) uintptr
		addInt64  func(a uintptr, index uint, v int64)
	)
	for name, fn := range map[string]any{
		"xpc_dictionary_set_int64": &setInt64, "xpc_dictionary_set_uint64": &setUint64, "xpc_dictionary_set_double": &setDouble,
		"xpc_dictionary_set_bool": &setBool, "xpc_dictionary_set_data": &setData, "xpc_dictionary_set_date": &setDate,
		"xpc_dictionary_set_uuid": &setUUID, "xpc_array_create": &newArray, "xpc_array_set_int64": &addInt64,
	} {
		if err := cocoa.Bind(fn, name); err != nil {
			t.Fatal(err)
		}
	}
	const arrayAppend = ^uint(0) // XPC_ARRAY_APPEND
	id := [16]byte(uuid.New())
	d := x.dictionaryCreate(0, 0, 0)
	defer x.release(d)
	setInt64(d, "int64", -7)
	setUint64(d, "uint64", 1<<63)
	setDouble(d, "double", 1.5)
	setBool(d, "yes", true)
	setBool(d, "no", false)
	setData(d, "data", &[]byte{1, 0, 2}[0], 3)
	setDate(d, "date", 1_700_000_000_000_000_001)
	setUUID(d, "uuid", &id)
	x.dictionarySetString(d, "string", "text")
	a := newArray(0, 0)
	addInt64(a, arrayAppend, 1)
	addInt64(a, arrayAppend, 2)
	x.dictionarySetValue(d, "array", a)
	x.release(a)

	want := map[string]any{
		"int64": int64(-7), "uint64": uint64(1 << 63), "double": 1.5, "yes": true, "no": false, "data": []byte{1, 0, 2},
		"date": time.Unix(0, 1_700_000_000_000_000_001), "uuid": uuid.UUID(id), "string": "text", "array": []any{int64(1), int64(2)},
	}
	if diff := cmp.Diff(want, x.tree(d)); diff != "" {
		t.Error(diff)
	}
	if x.tree(0) != nil {
		t.Error("NULL is a dictionary")
	}
}

func TestDeepDictionariesAreCut(t *testing.T) {
	x := theLibrary(t).xpc
	tree := map[string]any{"end": "x"}
	for range 200 {
		tree = map[string]any{"in": tree}
	}
	o := x.object(tree)
	defer x.release(o)
	depth := 0
	for d := x.tree(o); d != nil; depth++ {
		d, _ = d["in"].(map[string]any)
	}
	if depth > maxDepth+1 {
		t.Errorf("%d levels were read", depth)
	}
}

func TestAnArchivedErrorIsRead(t *testing.T) {
	cocoa.Pool(func() {
		class, err := cocoa.ClassNamed("NSError")
		if err != nil {
			t.Fatal(err)
		}
		archiver, err := cocoa.ClassNamed("NSKeyedArchiver")
		if err != nil {
			t.Fatal(err)
		}
		e := class.Send(cocoa.Sel("errorWithDomain:code:userInfo:"), cocoa.String("NEVPNConnectionErrorDomainPlugin"), 23, uintptr(0))
		data, ok := cocoa.Bytes(archiver.Send(cocoa.Sel("archivedDataWithRootObject:requiringSecureCoding:error:"), e, true, uintptr(0)))
		if !ok {
			t.Fatal("the error was not archived")
		}
		tree := map[string]any{"LastDisconnectError": data}
		readDisconnectError(tree)
		if tree["LastDisconnectErrorDomain"] != "NEVPNConnectionErrorDomainPlugin" || tree["LastDisconnectErrorCode"] != int64(23) {
			t.Errorf("tree = %v", tree)
		}
		for _, bad := range []any{nil, "text", []byte{}, []byte("rubbish"), data[:len(data)/2]} {
			tree := map[string]any{"LastDisconnectError": bad}
			readDisconnectError(tree)
			if len(tree) != 1 {
				t.Errorf("%T gave %v", bad, tree)
			}
		}
	})
}

func TestUptimeRuns(t *testing.T) {
	s := theLibrary(t)
	a := s.Uptime()
	if a <= 0 {
		t.Fatalf("uptime = %v", a)
	}
	if b := s.Uptime(); b < a {
		t.Errorf("uptime went from %v to %v", a, b)
	}
}

func TestDaemonIsKnown(t *testing.T) {
	d, err := AskDaemon()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", d)
	if d.Running && d.PID < 0 {
		t.Errorf("pid = %d", d.PID)
	}
	if len(d.Statuses) != 6 {
		t.Errorf("%d statuses", len(d.Statuses))
	}
}
