package control

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

// virtual is a server whose connections are pipes, so that its time limits pass in
// virtual time. It is used inside of a bubble.
type virtual struct {
	server *Server
	conns  chan net.Conn
	stop   func() // ends the server and waits
}

// startVirtual starts a server that ends with the test.
func startVirtual(t *testing.T, e *fake) *virtual {
	t.Helper()
	v := &virtual{server: NewServer(e, settings.NewMemory(settings.Default()), Options{}), conns: make(chan net.Conn)}
	v.server.peer = func(net.Conn) error { return nil }
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- v.server.Serve(ctx, single{v.conns}) }()
	v.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(v.stop)
	return v
}

// send sends raw bytes on a connection of its own and returns this end of it, which
// is closed with the test.
func (v *virtual) send(t *testing.T, data string) net.Conn {
	t.Helper()
	here, there := net.Pipe()
	t.Cleanup(func() { here.Close() })
	v.conns <- there
	go io.WriteString(here, data)
	return here
}

// client returns a client that has made no handshake. It is closed with the test.
func (v *virtual) client(t *testing.T) *Client {
	t.Helper()
	c := &Client{latest: &engine.Snapshot{}, http: &http.Transport{
		DialContext: func(context.Context, string, string) (net.Conn, error) {
			here, there := net.Pipe()
			v.conns <- there
			return here, nil
		},
		DisableKeepAlives: true,
	}}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	t.Cleanup(c.Close)
	return c
}

// get returns the status and the body of an answer.
func (v *virtual) get(t *testing.T, path string) (int, string) {
	t.Helper()
	c := v.send(t, "GET "+path+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	return readAnswer(t, c)
}

func readAnswer(t *testing.T, c net.Conn) (int, string) {
	t.Helper()
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Error(err)
	}
	return answer.StatusCode, string(data)
}

func TestABodyThatStallsIsAnsweredWith408(t *testing.T) {
	for name, begin := range map[string]string{
		"at once":         "",
		"in the middle":   `{"for":`,
		"chunked, midway": "chunked",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newFake(services()...)
				v := startVirtual(t, e)
				request := "POST /v1/pause HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n" + begin
				if begin == "chunked" {
					request = "POST /v1/pause HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n{\"for\":\r\n"
				}
				start := time.Now()
				c := v.send(t, request)
				status, text := readAnswer(t, c)
				if status != http.StatusRequestTimeout || !strings.Contains(text, `"timeout"`) || !strings.Contains(text, "within 10s") {
					t.Errorf("status %d: %s", status, text)
				}
				if took := time.Since(start); took != bodyTimeout {
					t.Errorf("it was answered after %v", took)
				}
				if n, err := c.Read(make([]byte, 1)); err != io.EOF {
					t.Errorf("the connection stays open: %d bytes, %v", n, err)
				}
				if len(e.did()) > 0 {
					t.Error("half a command was carried out")
				}
			})
		})
	}
}

func TestAnAppThatStartsAnswersOnceItKnows(t *testing.T) {
	starting := func() *fake {
		e := newFake(services()...)
		e.latest.Loaded, e.latest.Services = false, nil
		return e
	}
	arrive := func(e *fake, after time.Duration, known bool) {
		time.Sleep(after)
		e.publish(func(s *engine.Snapshot) {
			s.Loaded, s.Services = true, services()
			if !known {
				office := *s.Services[0]
				office.Known, office.Status = false, vpn.Invalid
				s.Services[0] = &office
			}
		})
	}
	paths := []string{"/v1/services", "/v1/services/Office", "/v1/services/Office/statistics", "/v1/explain/Office"}
	t.Run("when the list and the statuses have arrived", func(t *testing.T) {
		for _, path := range paths {
			synctest.Test(t, func(t *testing.T) {
				e := starting()
				v := startVirtual(t, e)
				go func() {
					arrive(e, time.Second, false)
					arrive(e, time.Second, true)
				}()
				begin := time.Now()
				status, text := v.get(t, path)
				if status == http.StatusNotFound || strings.Contains(text, `"status":null`) || strings.Contains(text, "Invalid") || strings.Contains(text, `"VPNs":[]`) {
					t.Errorf("%s: %d %s", path, status, text)
				}
				if took := time.Since(begin); took < 2*time.Second || took > 2*time.Second && !strings.HasSuffix(path, "statistics") {
					t.Errorf("%s: answered after %v", path, took)
				}
			})
		}
	})
	t.Run("a command waits for the list alone", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			e := starting()
			v := startVirtual(t, e)
			go arrive(e, time.Second, false)
			c := v.send(t, "POST /v1/services/Office/connect HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
			if status, text := readAnswer(t, c); status != http.StatusOK || len(e.did()) != 1 || e.did()[0].ID != office {
				t.Errorf("%d %s", status, text)
			}
		})
	})
	t.Run("without a list it says so", func(t *testing.T) {
		for _, path := range append(paths, "/v1/events?services=1") {
			synctest.Test(t, func(t *testing.T) {
				v := startVirtual(t, starting())
				begin := time.Now()
				status, text := v.get(t, path)
				if status != http.StatusServiceUnavailable || !strings.Contains(text, `"not-ready"`) || time.Since(begin) != startTimeout {
					t.Errorf("%s: %d %s after %v", path, status, text, time.Since(begin))
				}
				begin = time.Now()
				if status, _ := v.get(t, path); status != http.StatusServiceUnavailable || time.Since(begin) > 0 {
					t.Errorf("%s, later: %d after %v", path, status, time.Since(begin))
				}
			})
		}
	})
	t.Run("a list that could not be loaded is reported at once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			e := starting()
			e.latest.Problems = []engine.Problem{{Key: "backend", Text: "The list of VPNs could not be loaded: no entitlement"}}
			v := startVirtual(t, e)
			begin := time.Now()
			if status, text := v.get(t, "/v1/services"); status != http.StatusServiceUnavailable || !strings.Contains(text, "no entitlement") || time.Since(begin) > 0 {
				t.Errorf("%d %s", status, text)
			}
		})
	})
	t.Run("a status that does not arrive delays nobody later", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			e := starting()
			v := startVirtual(t, e)
			arrive(e, 0, false)
			begin := time.Now()
			if status, text := v.get(t, "/v1/services"); status != http.StatusOK || !strings.Contains(text, `"name":"Office","status":null`) || time.Since(begin) != startTimeout {
				t.Errorf("%d %s after %v", status, text, time.Since(begin))
			}
			begin = time.Now()
			if status, _ := v.get(t, "/v1/services"); status != http.StatusOK || time.Since(begin) > 0 {
				t.Errorf("later: %d after %v", status, time.Since(begin))
			}
		})
	})
	t.Run("an app that ends meanwhile says so", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			v := startVirtual(t, starting())
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				time.Sleep(time.Second)
				v.stop()
			}()
			if status, text := v.get(t, "/v1/services"); status != http.StatusServiceUnavailable || !strings.Contains(text, `"closing"`) {
				t.Errorf("%d %s", status, text)
			}
			<-ended
		})
	})
}

func TestAStatusThatIsNotKnownIsNullEverywhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		list := services()
		list[0].Known, list[0].Status = false, vpn.Invalid
		e := newFake(list...)
		v := startVirtual(t, e)
		for _, path := range []string{"/v1/status", "/v1/services", "/v1/services/Office"} {
			status, text := v.get(t, path)
			if status != http.StatusOK || strings.Contains(text, `"Invalid"`) || !strings.Contains(text, `"status":null`) {
				t.Errorf("%s: %d %s", path, status, text)
			}
		}
		c := v.client(t)
		for name, read := range map[string]func() (*engine.Snapshot, error){
			"fetched": func() (*engine.Snapshot, error) { return c.Snapshot(t.Context()) },
			"received": func() (s *engine.Snapshot, err error) {
				enough := errors.New("enough")
				err = c.watch(t.Context(), nil, func(l Line) error { s = l.Snapshot; return enough })
				if errors.Is(err, enough) {
					err = nil
				}
				return s, err
			},
		} {
			s, err := read()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(e.Latest(), s, cmp.Comparer(sameAddress)); diff != "" {
				t.Errorf("%s, it changed on its way (-want +got):\n%s", name, diff)
			}
		}
	})
}

func TestAWatchBeginsWithTheServicesItIsAbout(t *testing.T) {
	about := func(id vpn.ID) engine.Event { return engine.Event{Kind: engine.EventStatus, ID: id, To: "Connecting"} }
	for name, c := range map[string]struct {
		names    []string
		services []vpn.ID
		events   []vpn.ID
	}{
		"all that are not hidden, and every event": {nil, []vpn.ID{office, home, home2, slash}, []vpn.ID{{}, office, secret, home}},
		"those named":                    {[]string{"Off", home2.String()}, []vpn.ID{office, home2}, []vpn.ID{office}},
		"a hidden one that is named":     {[]string{"Secret"}, []vpn.ID{secret}, []vpn.ID{secret}},
		"one that is named twice":        {[]string{"Office", "office"}, []vpn.ID{office}, []vpn.ID{office}},
		"a name that needs to be quoted": {[]string{"a/b?c#d %2F 🦊"}, []vpn.ID{slash}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			e := newFake(services()...)
			b := start(t, e)
			var got []Line
			err := b.dial(t).Watch(within(t), c.names, func(l Line) error {
				if got = append(got, l); len(got) == len(c.services) {
					e.publish(nil, engine.Event{Kind: engine.EventPause, To: "paused"}, about(office), about(secret))
					e.publish(nil, about(home))
				}
				if len(got) == len(c.services)+len(c.events) {
					go b.stop()
				}
				return nil
			})
			if !errors.Is(err, engine.ErrClosed) {
				t.Errorf("it ended with %v", err)
			}
			var ids, events []vpn.ID
			for _, l := range got {
				switch l.Type {
				case LineService:
					ids = append(ids, l.Service.ID)
				case LineEvent:
					events = append(events, l.Event.ID)
				}
			}
			if !slices.Equal(ids, c.services) || !slices.Equal(events, c.events) {
				t.Errorf("services %v, events %v", ids, events)
			}
			if last := got[len(got)-1]; last.Type != LineClosing || last.Error == nil || last.Error.Code != CodeClosing {
				t.Errorf("the last line is %+v", last)
			}
		})
	}
	t.Run("a name that fits none is an error", func(t *testing.T) {
		var missing *vpn.NotFoundError
		err := start(t, newFake(services()...)).dial(t).Watch(within(t), []string{"nowhere"}, func(Line) error { return errors.New("a line") })
		if !errors.As(err, &missing) {
			t.Error(err)
		}
	})
}

// The first status of a service is no event, since nothing has happened to it. A
// watch must learn it all the same.
func TestAWatchLearnsAFirstStatusThatArrivesLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		known := services()
		list := services()
		for _, i := range []int{0, 3} { // Office, and Secret which is hidden
			list[i].Known, list[i].Status = false, vpn.Invalid
		}
		e := newFake(list[:4]...)
		v := startVirtual(t, e)
		c := v.client(t)
		var got []string
		err := c.Watch(t.Context(), nil, func(l Line) error {
			switch {
			case l.Service != nil:
				text := l.Service.Name + " is not known"
				if l.Service.Status != nil {
					text = l.Service.Name + " is " + l.Service.Status.String()
				}
				got = append(got, text)
			case l.Event != nil:
				got = append(got, l.Event.Name+" "+l.Event.To)
			}
			switch len(got) {
			case 3: // the opening
				e.publish(nil, engine.Event{Kind: engine.EventPause, Name: "all", To: "paused"})
				e.publish(func(s *engine.Snapshot) { s.Services = slices.Concat(known[:1], list[1:4]) })
				added := *known[4]
				added.Name, added.Known = "New", false
				e.publish(func(s *engine.Snapshot) { s.Services = append(s.Services, &added) }, engine.Event{Kind: engine.EventList, ID: slash, Name: "New", To: "added"})
				now := added
				now.Known = true
				e.publish(func(s *engine.Snapshot) { s.Services[4], s.Services[3] = &now, known[3] })
				e.publish(nil, engine.Event{Kind: engine.EventPause, Name: "all", To: "resumed"})
			case 8:
				return io.EOF
			}
			return nil
		})
		if err != io.EOF {
			t.Error(err)
		}
		want := []string{"Office is not known", "Home is Disconnected", "Home is Disconnected", "all paused", "Office is Connected", "New added", "New is Disconnected", "all resumed"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

// A watch must not fetch what it does not print.
func TestAWatchOfOneServiceReceivesLittle(t *testing.T) {
	e := newFake(many(1000)...)
	b := start(t, e)
	c := b.raw(t, "GET /v1/events?services=1&service=Office%20500 HTTP/1.1\r\nHost: x\r\n\r\n")
	eventually(t, "it watches", func() bool { return b.watchers() == 1 })
	for range 100 {
		e.publish(nil, engine.Event{Kind: engine.EventStatus, ID: home})
	}
	e.publish(nil, engine.Event{Kind: engine.EventStatus, ID: e.Latest().Services[500].ID, To: "the last one"})
	var data []byte
	for in := bufio.NewScanner(c); in.Scan() && !bytes.Contains(data, []byte("the last one")); {
		data = append(data, in.Bytes()...)
	}
	if len(data) > 2000 || !strings.Contains(string(data), "Office 500") || !strings.Contains(string(data), "the last one") {
		t.Errorf("%d bytes:\n%.3000s", len(data), data)
	}
}

// many returns services with names and IDs of their own.
func many(n int) []*engine.Service {
	list := make([]*engine.Service, n)
	for i := range list {
		list[i] = &engine.Service{Configuration: vpn.Configuration{ID: vpn.ID{14: byte(i >> 8), 15: byte(i)}, Name: fmt.Sprintf("Office %d", i), Enabled: true}, Known: true, Status: vpn.Disconnected}
	}
	return list
}

func TestAnEventIsEncodedOnceForAllWatchers(t *testing.T) {
	e := newFake(services()...)
	h := newHub(e)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); h.run(ctx) }()
	defer func() { cancel(); <-done }()
	var watchers []*watcher
	for range 3 {
		w := &watcher{snapshots: true, wake: make(chan struct{}, 1)}
		if _, err := h.join(ctx, w); err != nil {
			t.Fatal(err)
		}
		watchers = append(watchers, w)
	}
	e.publish(nil, engine.Event{Kind: engine.EventNetwork, To: "Café"})
	var first pending
	for i, w := range watchers {
		<-w.wake
		p := h.take(w)
		if len(p.lines) != 1 || p.snapshot == nil {
			t.Fatalf("watcher %d has %+v", i, p)
		}
		if i == 0 {
			first = p
		}
		if &p.lines[0][0] != &first.lines[0][0] || p.snapshot != first.snapshot {
			t.Errorf("watcher %d has a copy of its own", i)
		}
	}
}

// A reader of snapshots that is slower than the changes gets the newest ones,
// and is not dropped.
func TestASlowReaderOfSnapshotsSkipsOldOnes(t *testing.T) {
	e := newFake(services()...)
	b := start(t, e)
	ctx := within(t)
	var seqs []uint64
	events := 0
	err := b.dial(t).watch(ctx, url.Values{"snapshots": {"1"}}, func(l Line) error {
		switch {
		case l.Event != nil:
			events++
		case l.Snapshot != nil:
			if len(seqs) == 0 {
				long := engine.Event{Kind: engine.EventNetwork, To: strings.Repeat("x", 500)}
				for range 1000 {
					e.publish(nil, long)
				}
			}
			seqs = append(seqs, l.Snapshot.Seq)
			if l.Snapshot.Seq == e.Latest().Seq {
				b.stop()
			}
		}
		return nil
	})
	if !errors.Is(err, engine.ErrClosed) {
		t.Fatal(err)
	}
	if events != 1000 || len(seqs) >= 1000 || !slices.IsSorted(seqs) || seqs[len(seqs)-1] != 1001 {
		t.Errorf("%d events, %d snapshots, the last is %d", events, len(seqs), seqs[len(seqs)-1])
	}
}

func TestTooManyWatchersAreRefusedInWords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := startVirtual(t, newFake(services()...))
		var conns []net.Conn
		for range maxWatchers {
			c := v.send(t, "GET /v1/events?services&service=Office HTTP/1.1\r\nHost: x\r\n\r\n")
			if _, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil {
				t.Fatal(err)
			}
			conns = append(conns, c)
		}
		if status, text := v.get(t, "/v1/events"); status != http.StatusServiceUnavailable || !strings.Contains(text, `"busy"`) {
			t.Errorf("%d %s", status, text)
		}
		if status, _ := v.get(t, "/v1/version"); status != http.StatusOK {
			t.Errorf("another request: %d", status)
		}
		conns[0].Close()
		synctest.Wait()
		c := v.send(t, "GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n")
		if answer, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || answer.StatusCode != http.StatusOK {
			t.Errorf("after one has left: %v, %v", answer, err)
		}
	})
}

func TestConnectionsBeyondTheLimitWaitUntilARequestEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newFake(services()...)
		e.slow = make(chan struct{})
		v := startVirtual(t, e)
		var busy []net.Conn
		for range maxConnections {
			busy = append(busy, v.send(t, "POST /v1/reload HTTP/1.1\r\nHost: x\r\n\r\n"))
			synctest.Wait()
		}
		time.AfterFunc(time.Second, func() { close(e.slow) })
		go func() {
			for _, c := range busy {
				_, _ = io.Copy(io.Discard, c)
			}
		}()
		begin := time.Now()
		if status, _ := v.get(t, "/v1/version"); status != http.StatusOK || time.Since(begin) != time.Second {
			t.Errorf("status %d after %v", status, time.Since(begin))
		}
		if n := len(e.did()); n != maxConnections {
			t.Errorf("%d commands were carried out", n)
		}
	})
}

func TestNobodyWaitsForClientsThatDoNotReadAndTheirConnectionsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := startVirtual(t, newFake(many(300)...))
		var unread []net.Conn
		for range 10 {
			for _, path := range []string{"/v1/events", "/v1/events?services=1", "/v1/status", "/v1/services"} {
				unread = append(unread, v.send(t, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n"))
			}
		}
		synctest.Wait()
		begin := time.Now()
		for _, path := range []string{"/v1/version", "/v1/services", "/v1/status", "/v1/explain/Office%201"} {
			if status, _ := v.get(t, path); status != http.StatusOK || time.Since(begin) > 0 {
				t.Errorf("%s: %d after %v", path, status, time.Since(begin))
			}
		}
		time.Sleep(writeTimeout)
		synctest.Wait()
		for i, c := range unread {
			_ = c.SetReadDeadline(time.Now()) // it is a pipe
			if n, err := c.Read(make([]byte, 1)); err != io.EOF {
				t.Errorf("connection %d is open after %v: %d bytes, %v", i, writeTimeout, n, err)
			}
		}
	})
}

func TestControlCharactersLeaveTheSocketEscaped(t *testing.T) {
	name := "a\u009b2J\u202e\u2066b\u200d\ufeff\u00ad\x7f\x1b"
	list := services()
	list[0].Name = name
	e := newFake(list...)
	b := start(t, e)
	for _, path := range []string{"/v1/status", "/v1/services", "/v1/services/" + office.String(), "/v1/services/" + url.PathEscape(name) + "x"} {
		_, _, text := b.curl(t, "GET", path, "")
		if i := strings.IndexFunc(strings.TrimSuffix(text, "\n"), mustBeEscaped); i >= 0 {
			t.Errorf("%s: %q", path, text[i:min(len(text), i+20)])
		}
	}
	c := b.raw(t, "GET /v1/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	eventually(t, "it watches", func() bool { return b.watchers() == 1 })
	e.publish(nil, engine.Event{Kind: engine.EventNetwork, To: name})
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	back := ""
	for in := bufio.NewScanner(answer.Body); in.Scan(); {
		if strings.ContainsFunc(in.Text(), mustBeEscaped) {
			t.Errorf("a line is %q", in.Text())
		}
		var l Line
		if err := json.Unmarshal(in.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		if l.Event != nil {
			back = l.Event.To
			go b.stop()
		}
	}
	if back != name {
		t.Errorf("the event arrives with %q", back)
	}
}

func mustBeEscaped(r rune) bool {
	return r < ' ' || r >= 0x7f && r <= 0x9f || r == 0xad || r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0xfeff
}
