package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/facts"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

func TestEachCommandReachesTheEngineAsItWas(t *testing.T) {
	in8Hours := autoconnect.Until{Time: time.Now().Add(8 * time.Hour).Round(0).UTC()}
	for _, want := range []engine.Command{
		{Verb: engine.VerbConnect, ID: home, Options: vpn.Options{Username: "ü", Password: "p\"\\", SharedSecret: "s"}, Origin: "cli"},
		{Verb: engine.VerbConnect, ID: home, Origin: "cli"},
		{Verb: engine.VerbDisconnect, ID: office, Until: in8Hours, Origin: "cli"},
		{Verb: engine.VerbDisconnect, ID: office, Origin: "menu"},
		{Verb: engine.VerbToggle, ID: office, Until: autoconnect.Forever, Options: vpn.Options{Username: "me"}, Origin: "url"},
		{Verb: engine.VerbHold, ID: office, Until: autoconnect.Until{Network: facts.Network{Interface: facts.WiFi, SSID: "Café"}}, Origin: "cli"},
		{Verb: engine.VerbHold, ID: office, Until: autoconnect.Forever, Origin: "cli"},
		{Verb: engine.VerbAuto, ID: office, On: true, Origin: "cli"},
		{Verb: engine.VerbAuto, ID: office, Origin: "cli"},
		{Verb: engine.VerbHide, ID: office, On: true, Origin: "cli"},
		{Verb: engine.VerbPause, Until: in8Hours, Origin: "cli"},
		{Verb: engine.VerbPause, Until: autoconnect.Forever, Origin: "cli"},
		{Verb: engine.VerbResume, Origin: "cli"},
		{Verb: engine.VerbResume, ID: office, Origin: "cli"},
		{Verb: engine.VerbTrust, On: true, Origin: "cli"},
		{Verb: engine.VerbTrust, Origin: "cli"},
		{Verb: engine.VerbReload, Origin: "cli"},
	} {
		t.Run(fmt.Sprintf("%s %v", want.Verb, want.On), func(t *testing.T) {
			e := newFake(services()...)
			c := start(t, e).dial(t)
			if err := c.Do(within(t), want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]engine.Command{want}, e.did()); diff != "" {
				t.Errorf("the engine got another command (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("an unknown verb is refused without asking", func(t *testing.T) {
		e := newFake(services()...)
		if err := start(t, e).dial(t).Do(within(t), engine.Command{Verb: "explode", ID: office}); err == nil || len(e.did()) > 0 {
			t.Errorf("error %v, commands %v", err, e.did())
		}
	})
}

func TestAnErrorArrivesAsTheErrorItWas(t *testing.T) {
	ambiguous := &vpn.AmbiguousError{Query: "H", IDs: []vpn.ID{home, home2}, Names: []string{"Home", "Home"}}
	for _, err := range []error{
		fmt.Errorf("Auto Connect for %q: %w", "Office", engine.ErrOnDemand),
		autoconnect.ErrOffNetwork,
		engine.ErrClosed,
		fmt.Errorf("%q: %w", "Office", vpn.ErrNoStatistics),
		&vpn.NotFoundError{Query: "Nowhere"},
		ambiguous,
		&settings.KeyError{Key: "retryDelayMax", Text: "3 is out of range"},
		errors.New("the configuration is disabled"),
	} {
		t.Run(err.Error(), func(t *testing.T) {
			e := newFake(services()...)
			e.err = err
			got := start(t, e).dial(t).Do(within(t), engine.Command{Verb: engine.VerbConnect, ID: office})
			if got == nil || got.Error() != err.Error() {
				t.Fatalf("got %v, want the words %v", got, err)
			}
			for _, sentinel := range sentinels {
				if errors.Is(err, sentinel) != errors.Is(got, sentinel) {
					t.Errorf("errors.Is(_, %v) is %t", sentinel, errors.Is(got, sentinel))
				}
			}
			switch err.(type) {
			case *vpn.NotFoundError, *vpn.AmbiguousError, *settings.KeyError:
				if !reflect.DeepEqual(got, err) {
					t.Errorf("got %#v, want %#v", got, err)
				}
			}
		})
	}
}

func TestWhatTheAppKnowsIsFetched(t *testing.T) {
	e := newFake(services()...)
	b := start(t, e)
	c := b.dial(t)
	ctx := within(t)

	if v := c.Version(); v.Version != "1.2.3" || v.Protocol != Protocol || v.App != "VPNStatus" || v.PID == 0 {
		t.Errorf("version is %+v", v)
	}
	s, err := c.Snapshot(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(e.Latest(), s, cmp.Comparer(sameAddress)); diff != "" {
		t.Errorf("the snapshot changed on its way (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(e.Latest(), c.Latest(), cmp.Comparer(sameAddress)); diff != "" {
		t.Errorf("Latest differs (-want +got):\n%s", diff)
	}
	for _, all := range []bool{false, true} {
		var list List
		if err := c.call(ctx, answerTimeout, http.MethodGet, fmt.Sprintf("/v1/services?all=%t", all), nil, &list); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(NewList(services(), all, time.Now()), list); diff != "" {
			t.Errorf("the list changed on its way (-want +got):\n%s", diff)
		}
	}
	for query, want := range map[string]vpn.ID{"off": office, home2.String(): home2, "a/b?c#d %2F 🦊": slash, "Secret": secret} {
		d, err := service(ctx, c, query)
		if err != nil || d.ID != want || d.Service.ID != want {
			t.Errorf("service %q is %v, %v", query, d.ID, err)
		}
	}
	for _, query := range []string{"../version", "nowhere", "\x00", "\xff"} {
		var missing *vpn.NotFoundError
		if _, err := service(ctx, c, query); !errors.As(err, &missing) {
			t.Errorf("service %q: %v, want that there is none", query, err)
		}
	}
	var ambiguous *vpn.AmbiguousError
	if _, err := service(ctx, c, "home"); !errors.As(err, &ambiguous) || len(ambiguous.IDs) != 2 {
		t.Errorf("service home: %v, want both", err)
	}
	if x, err := c.Explain(ctx, office); err != nil || x.Failures != 3 || x.Warnings[0] != "for "+office.String() {
		t.Errorf("explanation %+v, %v", x, err)
	}
}

func TestTheAppsReportIsFetched(t *testing.T) {
	if r, err := start(t, newFake()).dial(t).Doctor(within(t)); err != nil || r.Version != "1.2.3" || len(r.Checks) != 1 || r.Checks[0].Detail != "read only" {
		t.Errorf("%+v, %v", r, err)
	}
}

func sameAddress(a, b interface{ String() string }) bool { return a.String() == b.String() }

type receivedDetail struct {
	Entry
	Service engine.Service
}

func service(ctx context.Context, c *Client, query string) (d receivedDetail, err error) {
	err = c.call(ctx, answerTimeout, http.MethodGet, "/v1/services/"+url.PathEscape(query), nil, &d)
	return d, err
}

func TestSettingsAreReadAndChanged(t *testing.T) {
	b := start(t, newFake())
	c := b.dial(t)
	ctx := within(t)
	if v, err := c.Settings(ctx); err != nil || v.RetryDelayMax != 120 {
		t.Fatalf("%+v, %v", v, err)
	}
	patch := func(patch string) (v settings.Settings, err error) {
		err = c.call(ctx, answerTimeout, http.MethodPatch, "/v1/settings", json.RawMessage(patch), &v)
		return v, err
	}
	v, err := patch(`{"retryDelayMax": 30, "hidden": ["Test*"]}`)
	if err != nil || v.RetryDelayMax != 30 || b.settings.Current().RetryDelayMax != 30 || v.Hidden[0] != "Test*" {
		t.Fatalf("%+v, %v", v, err)
	}
	if v, err := patch(`{"hidden": null}`); err != nil || len(v.Hidden) > 0 || v.RetryDelayMax != 30 {
		t.Errorf("back to the default: %+v, %v", v, err)
	}
	var bad *settings.KeyError
	for _, half := range []string{`{"retryDelayMax": 3, "hooks": true}`, `{"hooks": true, "retryDelayMax": "x"}`} {
		if _, err := patch(half); !errors.As(err, &bad) || bad.Key != "retryDelayMax" || b.settings.Current().Hooks {
			t.Errorf("half of %s was applied: %v", half, err)
		}
	}
	if _, err := patch(`{"nosuch/key": 1}`); !errors.As(err, &bad) || bad.Key != "nosuch/key" {
		t.Errorf("unknown key: %v", err)
	}
}

func TestShowAndQuitCallTheApp(t *testing.T) {
	b := start(t, newFake())
	c := b.dial(t)
	if err := c.Show(within(t)); err != nil {
		t.Fatal(err)
	}
	<-b.shown
	if err := c.Quit(within(t), "cli"); err != nil {
		t.Fatal(err)
	}
	<-b.quit
}

func TestDialSaysWhatIsWrong(t *testing.T) {
	t.Run("no socket", func(t *testing.T) {
		if _, err := Dial(t.Context(), socketPath(t)); !errors.Is(err, ErrNotRunning) {
			t.Errorf("%v", err)
		}
	})
	t.Run("a socket nobody listens at", func(t *testing.T) {
		path := socketPath(t)
		orphan(t, path)
		if _, err := Dial(t.Context(), path); !errors.Is(err, ErrNotRunning) {
			t.Errorf("%v", err)
		}
	})
	for name, answer := range map[string]string{
		"something else listens":  "SSH-2.0-OpenSSH_9.9\r\n",
		"it answers with garbage": "HTTP/1.1 500 Oops\r\nContent-Length: 3\r\n\r\n<b>",
		"it answers with nothing": "",
		"it answers in half":      "HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n{",
		"it answers with no JSON": "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n<b>",
	} {
		t.Run(name, func(t *testing.T) {
			path := socketPath(t)
			l, err := net.Listen("unix", path)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			go func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					_, _ = c.Read(make([]byte, 4096))
					_, _ = c.Write([]byte(answer))
					_ = c.Close()
				}
			}()
			if c, err := Dial(t.Context(), path); err == nil {
				c.Close()
				t.Error("no error")
			}
		})
	}
}

func TestAnOlderServerRefusesInWords(t *testing.T) {
	path := socketPath(t)
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUpgradeRequired)
		_, _ = w.Write([]byte(`{"error":{"code":"version","message":"speak version 9"}}`))
	})}
	go func() { _ = srv.Serve(l) }()
	defer srv.Close()
	var version *VersionError
	if _, err := Dial(t.Context(), path); !errors.As(err, &version) || version.Error() != "speak version 9" {
		t.Errorf("%v", err)
	}
}

func TestARemoteSubscriptionIsLikeTheEngines(t *testing.T) {
	e := newFake(services()...)
	b := start(t, e)
	c := b.dial(t)
	sub := c.Subscribe(8)
	first := <-sub.C()
	if len(first.Events) != 0 || len(first.Snapshot.Services) != 5 {
		t.Fatalf("first update %+v", first)
	}
	event := engine.Event{Kind: engine.EventStatus, ID: office, Name: "Office", From: "Connected", To: "Disconnected"}
	e.publish(func(s *engine.Snapshot) {
		v := *s.Services[0]
		v.Status = vpn.Disconnected
		s.Services[0] = &v
	}, event, engine.Event{Kind: engine.EventNotice, Notice: autoconnect.NoticeDropped})
	u := <-sub.C()
	if len(u.Events) != 2 || u.Events[0] != event || u.Snapshot.Services[0].Status != vpn.Disconnected {
		t.Fatalf("update %+v", u)
	}
	if c.Latest() != u.Snapshot {
		t.Error("Latest is not the snapshot received last")
	}

	second := c.Subscribe(8)
	if u := <-second.C(); u.Snapshot.Seq != 2 {
		t.Errorf("a second subscription begins with %+v", u)
	}
	sub.Close()
	e.publish(nil)
	if u := <-second.C(); u.Snapshot.Seq != 3 {
		t.Errorf("after the first was closed: %+v", u)
	}
	if err := sub.Err(); err != nil {
		t.Errorf("a closed subscription has the error %v", err)
	}
	second.Close()
	eventually(t, "the server forgets the watcher", func() bool { return b.watchers() == 0 })

	third := c.Subscribe(8)
	<-third.C()
	b.stop()
	for range third.C() {
		t.Error("an update after the end")
	}
	if !errors.Is(third.Err(), engine.ErrClosed) {
		t.Errorf("after the app ended: %v", third.Err())
	}
	if s := c.Latest(); s == nil || s.Seq != 3 {
		t.Errorf("Latest after the end is %+v", s)
	}
	if err := c.Do(within(t), engine.Command{Verb: engine.VerbReload}); !errors.Is(err, ErrNotRunning) {
		t.Errorf("a command after the end: %v", err)
	}
}

// transport is a server that is a function.
type transport func(path string) io.ReadCloser

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: f(r.URL.Path), Request: r}, nil
}

func TestAnAnswerThatIsLateReplacesNoNewerSnapshot(t *testing.T) {
	events, feed := io.Pipe()
	c := &Client{latest: &engine.Snapshot{}, http: transport(func(path string) io.ReadCloser {
		if path == "/v1/events" {
			return events
		}
		return io.NopCloser(strings.NewReader(`{"seq": 1, "loaded": true}`))
	})}
	c.ctx, c.cancel = context.WithCancel(t.Context())
	defer c.Close()
	sub := c.Subscribe(1)
	if _, err := io.WriteString(feed, `{"type": "snapshot", "snapshot": {"seq": 2}}`); err != nil {
		t.Fatal(err)
	}
	<-sub.C()
	if s, err := c.Snapshot(t.Context()); err != nil || s.Seq != 1 {
		t.Errorf("fetched %+v, %v", s, err)
	}
	if s := c.Latest(); s.Seq != 2 {
		t.Errorf("the latest is number %d", s.Seq)
	}
	feed.Close()
}

func TestAFullSubscriptionIsDroppedAndTold(t *testing.T) {
	e := newFake(services()...)
	c := start(t, e).dial(t)
	slow, quick := c.Subscribe(1), c.Subscribe(64)
	<-quick.C()
	eventually(t, "the slow one has its first update", func() bool { return len(slow.C()) == 1 })
	for range 3 {
		e.publish(nil)
		<-quick.C()
	}
	// It must not be read before: its connection may lag behind that of the quick one.
	eventually(t, "the slow one is dropped", func() bool { return slow.Err() != nil })
	n := 0
	for range slow.C() {
		n++
	}
	if n != 1 || !errors.Is(slow.Err(), engine.ErrSlow) {
		t.Errorf("%d updates, then %v", n, slow.Err())
	}
}

func TestAnAppThatCrashesEndsTheSubscription(t *testing.T) {
	path := socketPath(t)
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	taken := make(chan net.Conn, 8)
	go func() {
		ended <- NewServer(newFake(), settings.NewMemory(settings.Default()), Options{}).Serve(ctx, &spied{l, taken})
	}()
	c, err := Dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	sub := c.Subscribe(4)
	<-sub.C()
	// A crash closes all connections without a word.
	for len(taken) > 0 {
		(<-taken).Close()
	}
	for range sub.C() {
	}
	if !errors.Is(sub.Err(), ErrNotRunning) {
		t.Errorf("%v", sub.Err())
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// spied tells which connections it has accepted.
type spied struct {
	net.Listener
	taken chan<- net.Conn
}

func (l *spied) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.taken <- c
	}
	return c, err
}

func TestClosingTheClientEndsEverything(t *testing.T) {
	e := newFake()
	b := start(t, e)
	c := b.dial(t)
	sub := c.Subscribe(4)
	release := c.Attend()
	eventually(t, "somebody attends", func() bool { return e.attendants() == 1 })
	c.Close()
	for range sub.C() {
	}
	if !errors.Is(sub.Err(), engine.ErrClosed) {
		t.Errorf("%v", sub.Err())
	}
	eventually(t, "nobody attends", func() bool { return e.attendants() == 0 })
	release()
	if late := c.Subscribe(1); !errors.Is(late.Err(), engine.ErrClosed) {
		t.Errorf("a subscription after Close: %v", late.Err())
	}
	c.Attend()()
}

func TestAttendLastsUntilReleased(t *testing.T) {
	e := newFake()
	c := start(t, e).dial(t)
	first, second := c.Attend(), c.Attend()
	eventually(t, "two attend", func() bool { return e.attendants() == 2 })
	first()
	first()
	eventually(t, "one attends", func() bool { return e.attendants() == 1 })
	second()
	eventually(t, "nobody attends", func() bool { return e.attendants() == 0 })
}

func TestStatisticsAreReadOnRequest(t *testing.T) {
	t.Run("at once when they are known", func(t *testing.T) {
		list := services()
		list[0].Statistics = &vpn.Statistics{BytesIn: 7}
		c := start(t, newFake(list...)).dial(t)
		if v, err := c.Statistics(within(t), office); err != nil || v.BytesIn != 7 {
			t.Errorf("%+v, %v", v, err)
		}
	})
	t.Run("after the engine has read them because somebody looks", func(t *testing.T) {
		e := newFake(services()...)
		e.onAttend = func() {
			e.publish(func(s *engine.Snapshot) {
				v := *s.Services[0]
				v.Statistics = &vpn.Statistics{BytesOut: 9}
				s.Services[0] = &v
			})
		}
		if v, err := start(t, e).dial(t).Statistics(within(t), office); err != nil || v.BytesOut != 9 {
			t.Errorf("%+v, %v", v, err)
		}
		if e.attendants() != 0 {
			t.Error("the engine is still asked to read them")
		}
	})
	t.Run("not for a service that is down", func(t *testing.T) {
		if _, err := start(t, newFake(services()...)).dial(t).Statistics(within(t), home); !errors.Is(err, vpn.ErrNoStatistics) {
			t.Errorf("%v", err)
		}
	})
	t.Run("not for a service that is removed meanwhile", func(t *testing.T) {
		e := newFake(services()...)
		e.onAttend = func() { e.publish(func(s *engine.Snapshot) { s.Services = nil }) }
		var missing *vpn.NotFoundError
		if _, err := start(t, e).dial(t).Statistics(within(t), office); !errors.As(err, &missing) {
			t.Errorf("%v", err)
		}
	})
	t.Run("not when the engine ends meanwhile", func(t *testing.T) {
		e := newFake(services()...)
		e.onAttend = func() { e.end(engine.ErrClosed) }
		if _, err := start(t, e).dial(t).Statistics(within(t), office); !errors.Is(err, engine.ErrClosed) {
			t.Errorf("%v", err)
		}
	})
	t.Run("not for one that is not there", func(t *testing.T) {
		var missing *vpn.NotFoundError
		if _, err := start(t, newFake()).dial(t).Statistics(within(t), uuid.New()); !errors.As(err, &missing) {
			t.Errorf("%v", err)
		}
	})
}

func TestTheListIsASupersetOfVpnutils(t *testing.T) {
	data, err := json.Marshal(NewList(services()[:1], false, time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"schema":1`, `"VPNs":[{"name":"Office","status":"Connected","id":"` + office.String() + `","protocol":"IKEv2","server":"vpn.example.com","autoConnect":true,"state":"satisfied","reason":""`, `"address":"10.1.2.3"`} {
		if !strings.Contains(string(data), want) {
			t.Errorf("%s lacks %s", data, want)
		}
	}
	if data, _ := json.Marshal(NewList(nil, true, time.Now())); string(data) != `{"schema":1,"VPNs":[]}` {
		t.Errorf("the empty list is %s", data)
	}
}

// An app that is stuck accepts connections and answers nothing.
func TestDialEndsWithItsContext(t *testing.T) {
	path := socketPath(t)
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		_, _ = c.Read(make([]byte, 4096)) // the request: Dial waits for the answer now
		cancel(errors.New("the user gave up"))
		_, _ = io.Copy(io.Discard, c)
	}()
	begin := time.Now()
	if c, err := Dial(ctx, path); err == nil {
		c.Close()
		t.Fatal("no error")
	}
	if took := time.Since(begin); took >= dialTimeout {
		t.Errorf("it took %v", took)
	}
}

// stuck is the connection to an app that answers nothing, or the head of an answer
// and no more.
type stuck struct{ head bool }

func (s stuck) RoundTrip(r *http.Request) (*http.Response, error) {
	if s.head {
		body, _ := io.Pipe()
		context.AfterFunc(r.Context(), func() { _ = body.Close() })
		return &http.Response{StatusCode: http.StatusOK, Body: body}, nil
	}
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestAnAppThatStopsAnsweringIsNotWaitedFor(t *testing.T) {
	for name, c := range map[string]struct {
		app  stuck
		ask  func(context.Context, *Client) error
		want time.Duration
		text string
	}{
		"a command": {stuck{}, func(ctx context.Context, c *Client) error {
			return c.Do(ctx, engine.Command{Verb: engine.VerbPause})
		}, answerTimeout, "did not answer within 15s: POST /v1/pause (process 123, /run/x.sock)"},
		"half an answer": {stuck{head: true}, func(ctx context.Context, c *Client) error {
			_, err := c.Snapshot(ctx)
			return err
		}, answerTimeout, "did not answer within 15s: GET /v1/status (process 123, /run/x.sock)"},
		"the report": {stuck{}, func(ctx context.Context, c *Client) error {
			_, err := c.Doctor(ctx)
			return err
		}, doctorTimeout, "did not answer within 30s: GET /v1/doctor"},
		"events": {stuck{}, func(ctx context.Context, c *Client) error {
			return c.Watch(ctx, nil, func(Line) error { return nil })
		}, answerTimeout, "did not answer within 15s: GET /v1/events"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := &Client{path: "/run/x.sock", version: Version{PID: 123}, http: c.app}
				begin := time.Now()
				err := c.ask(t.Context(), client)
				if took := time.Since(begin); !errors.Is(err, ErrNoAnswer) || !strings.Contains(err.Error(), c.text) || took != c.want {
					t.Errorf("after %v: %v", took, err)
				}
			})
		})
	}
}

func TestEventsMayBeFarApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		client := &Client{http: stuck{head: true}}
		begin := time.Now()
		err := client.Watch(ctx, nil, func(Line) error { return nil })
		if took := time.Since(begin); !errors.Is(err, context.DeadlineExceeded) || took != time.Hour {
			t.Errorf("after %v: %v", took, err)
		}
	})
}
