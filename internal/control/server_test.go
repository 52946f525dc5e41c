package control

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/facts"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

// curl is a client that knows nothing of the protocol.
func (b *bench) curl(t *testing.T, method, path, body string, header ...string) (status int, code Code, text string) {
	t.Helper()
	transport := &http.Transport{
		DialContext:       func(context.Context, string, string) (net.Conn, error) { return net.Dial("unix", b.path) },
		DisableKeepAlives: true,
	}
	r, err := http.NewRequestWithContext(within(t), method, "http://localhost"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	var f faultBody
	if answer.StatusCode != http.StatusOK {
		if err := json.Unmarshal(data, &f); err != nil || f.Error == nil || f.Error.Message == "" {
			t.Fatalf("%s %s: status %d with the body %q, which is not a readable error", method, path, answer.StatusCode, data)
		}
		code = f.Error.Code
	}
	if got := answer.Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("%s %s: content type %q", method, path, got)
	}
	return answer.StatusCode, code, string(data)
}

func TestBadRequestsAreRefusedInWords(t *testing.T) {
	t.Parallel() // it waits for a time limit
	e := newFake(services()...)
	b := start(t, e)
	huge := strings.Repeat(" ", maxBody+1)
	id := "/v1/services/" + office.String()
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		code               Code
		says               string
	}{
		"garbage":                        {"POST", id + "/connect", "\x00\xff{{{", 400, CodeBadRequest, "invalid character"},
		"half an object":                 {"POST", id + "/connect", `{"options":`, 400, CodeBadRequest, "unexpected"},
		"a list":                         {"POST", id + "/connect", `[]`, 400, CodeBadRequest, "be used: a value of the type array does not fit here"},
		"a field of the wrong type":      {"POST", id + "/connect", `{"options":{"username":5}}`, 400, CodeBadRequest, "be used: options.username: a value of the type number does not fit here"},
		"two objects":                    {"POST", id + "/connect", `{}{}`, 400, CodeBadRequest, "more after"},
		"an unknown field":               {"POST", id + "/connect", `{"options":{"pasword":"x"}}`, 400, CodeBadRequest, "pasword"},
		"a field of another request":     {"POST", id + "/auto", `{"on":true,"for":"1h"}`, 400, CodeBadRequest, "for"},
		"a huge body":                    {"POST", id + "/connect", huge, 413, CodeTooLarge, "1048576"},
		"auto without on":                {"POST", id + "/auto", ``, 400, CodeBadRequest, `"on"`},
		"hide without on":                {"POST", id + "/hide", `{}`, 400, CodeBadRequest, `"on"`},
		"trust without on":               {"POST", "/v1/trust", `{}`, 400, CodeBadRequest, `"on"`},
		"a pause of nonsense":            {"POST", "/v1/pause", `{"for":"soon"}`, 400, CodeBadRequest, "soon"},
		"a pause of nothing":             {"POST", "/v1/pause", `{"for":" "}`, 400, CodeBadRequest, "for is empty"},
		"an ID that is none":             {"POST", id + "/connect", `{"id":"x"}`, 400, CodeBadRequest, "used: an ID must be a UUID"},
		"a time that is none":            {"POST", "/v1/pause", `{"until":{"time":"noon"}}`, 400, CodeBadRequest, "used: a time must look like"},
		"a negative pause":               {"POST", "/v1/pause", `{"for":"-5m"}`, 400, CodeBadRequest, "-5m"},
		"a pause of a century":           {"POST", "/v1/pause", `{"for":"876000h"}`, 400, CodeBadRequest, "year"},
		"a pause that has ended":         {"POST", "/v1/pause", `{"until":{"time":"2001-01-01T00:00:00Z"}}`, 400, CodeBadRequest, "past"},
		"a pause with two ends":          {"POST", "/v1/pause", `{"for":"5m","until":{"forever":true}}`, 400, CodeBadRequest, "exclude"},
		"a pause of one service":         {"POST", id + "/pause", ``, 404, CodeNoSuchPath, "pause"},
		"a connect without a service":    {"POST", "/v1/connect", ``, 404, CodeNoSuchPath, "connect"},
		"another verb in the body":       {"POST", id + "/connect", `{"verb":"disconnect"}`, 400, CodeBadRequest, "disconnect"},
		"another service in the body":    {"POST", id + "/connect", `{"id":"` + home.String() + `"}`, 400, CodeBadRequest, home.String()},
		"a service in the body alone":    {"POST", "/v1/resume", `{"id":"` + home.String() + `"}`, 400, CodeBadRequest, home.String()},
		"options of a disconnect":        {"POST", id + "/disconnect", `{"options":{"username":"a"}}`, 400, CodeBadRequest, "options"},
		"a switch of a connect":          {"POST", id + "/connect", `{"on":true}`, 400, CodeBadRequest, "on"},
		"a toggle for nonsense":          {"POST", id + "/toggle", `{"for":"x"}`, 400, CodeBadRequest, "for"},
		"until the network changes, off": {"POST", "/v1/pause", `{"for":"network"}`, 409, CodeOffNetwork, "network"},
		"an unknown service":             {"POST", "/v1/services/nowhere/connect", ``, 404, CodeNotFound, "nowhere"},
		"an ambiguous service":           {"POST", "/v1/services/Home/connect", ``, 409, CodeAmbiguous, home2.String()},
		"an unknown service to explain":  {"GET", "/v1/explain/nowhere", ``, 404, CodeNotFound, "nowhere"},
		"an unknown verb":                {"POST", id + "/explode", ``, 404, CodeNoSuchPath, "explode"},
		"an unknown path":                {"GET", "/v2/status", ``, 404, CodeNoSuchPath, "/v2/status"},
		"the root":                       {"GET", "/", ``, 404, CodeNoSuchPath, ""},
		"a GET that changes":             {"GET", id + "/connect", ``, 405, CodeMethod, "POST"},
		"a POST that reads":              {"POST", "/v1/status", ``, 405, CodeMethod, "GET"},
		"a PUT of all settings":          {"PUT", "/v1/settings", `{}`, 405, CodeMethod, "PATCH"},
		"a method of nobody":             {"BREW", "/v1/status", ``, 405, CodeMethod, "BREW"},
		"a query that can't be read":     {"GET", "/v1/services?all=%zz", ``, 400, CodeBadRequest, "can't be read"},
		"a name that can't be read":      {"GET", "/v1/events?service=%zz", ``, 400, CodeBadRequest, "can't be read"},
		"an unknown parameter":           {"GET", "/v1/events?snapshot=1", ``, 400, CodeBadRequest, "snapshot"},
		"a parameter of nonsense":        {"GET", "/v1/services?all=perhaps", ``, 400, CodeBadRequest, "perhaps"},
		"an unknown setting":             {"PATCH", "/v1/settings", `{"retryDelay":5}`, 400, CodeBadSetting, "retryDelay"},
		"a setting out of range":         {"PATCH", "/v1/settings", `{"retryDelayMax":3}`, 400, CodeBadSetting, "5–3600 (seconds)"},
		"settings that are no JSON":      {"PATCH", "/v1/settings", `retryDelayMax=3`, 400, CodeBadSetting, "JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			status, code, text := b.curl(t, c.method, c.path, c.body)
			if status != c.status || code != c.code {
				t.Errorf("status %d, code %q, want %d and %q: %s", status, code, c.status, c.code, text)
			}
			if !strings.Contains(text, strings.ReplaceAll(c.says, `"`, `\"`)) {
				t.Errorf("%s does not say %q", text, c.says)
			}
		})
	}
	if got := e.did(); len(got) > 0 {
		t.Errorf("the engine was given %v", got)
	}
	if diff := settings.Default(); b.settings.Current().RetryDelayMax != diff.RetryDelayMax {
		t.Error("a refused change was made")
	}
}

func TestWhatCurlSendsIsUnderstood(t *testing.T) {
	e := newFake(services()...)
	e.publish(func(s *engine.Snapshot) { s.Facts.SSID = facts.Known("Café", time.Now()) })
	b := start(t, e)
	for _, c := range []struct {
		path, body string
		check      func(engine.Command) bool
	}{
		{"/v1/services/Office/connect", "", func(c engine.Command) bool { return c.Verb == engine.VerbConnect && c.ID == office }},
		{"/v1/services/off/disconnect", "{}", func(c engine.Command) bool { return c.Verb == engine.VerbDisconnect && c.Until.IsZero() }},
		{"/v1/services/off/disconnect", `{"for":"30m"}`, func(c engine.Command) bool { return near(c.Until.Time, 30*time.Minute) }},
		{"/v1/services/off/toggle", `{"for":"30m","options":{"username":"me"}}`, func(c engine.Command) bool {
			return c.Verb == engine.VerbToggle && near(c.Until.Time, 30*time.Minute) && c.Options.Username == "me"
		}},
		{"/v1/services/off/hold", " \n", func(c engine.Command) bool { return c.Verb == engine.VerbHold && c.Until == autoconnect.Forever }},
		{"/v1/services/off/hold", `{"for":"network"}`, func(c engine.Command) bool { return c.Until.Network == facts.Network{SSID: "Café"} }},
		{"/v1/services/off/resume", "", func(c engine.Command) bool { return c.Verb == engine.VerbResume && c.ID == office }},
		{"/v1/pause", "", func(c engine.Command) bool { return c.Verb == engine.VerbPause && c.Until == autoconnect.Forever }},
		{"/v1/pause", `{"for":"forever"}`, func(c engine.Command) bool { return c.Until == autoconnect.Forever }},
		{"/v1/resume", "", func(c engine.Command) bool { return c.Verb == engine.VerbResume }},
		{"/v1/trust", `{"on":false}`, func(c engine.Command) bool { return c.Verb == engine.VerbTrust && !c.On }},
		{"/v1/reload", `{"origin":"script"}`, func(c engine.Command) bool { return c.Verb == engine.VerbReload && c.Origin == "script" }},
	} {
		before := len(e.did())
		// What curl -d says it sends, whatever it is.
		status, _, text := b.curl(t, "POST", c.path, c.body, "Content-Type", "application/x-www-form-urlencoded")
		got := e.did()
		if status != 200 || strings.TrimSpace(text) != `{"ok":true}` || len(got) != before+1 || !c.check(got[before]) {
			t.Errorf("POST %s %s: %d %s, commands %+v", c.path, c.body, status, text, got[before:])
			continue
		}
		if c.body != `{"origin":"script"}` && got[before].Origin != "socket" {
			t.Errorf("origin %q", got[before].Origin)
		}
	}
}

func near(at time.Time, d time.Duration) bool { return time.Until(at.Add(-d)).Abs() < 10*time.Second }

func TestStrangersAreRefused(t *testing.T) {
	b := start(t, newFake())
	for name, c := range map[string]struct {
		header [2]string
		status int
		code   Code
	}{
		"another version of the protocol": {[2]string{protocolHeader, "2"}, 426, CodeVersion},
		"a version of nonsense":           {[2]string{protocolHeader, "x"}, 426, CodeVersion},
		"a web page":                      {[2]string{"Origin", "https://example.com"}, 403, CodeForbidden},
		"a browser":                       {[2]string{"Sec-Fetch-Site", "cross-site"}, 403, CodeForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			if status, code, text := b.curl(t, "GET", "/v1/status", "", c.header[0], c.header[1]); status != c.status || code != c.code {
				t.Errorf("%d %s: %s", status, code, text)
			}
		})
	}
	t.Run("the same version is welcome", func(t *testing.T) {
		if status, _, _ := b.curl(t, "GET", "/v1/version", "", protocolHeader, "1"); status != 200 {
			t.Errorf("status %d", status)
		}
	})
	t.Run("another user", func(t *testing.T) {
		s := NewServer(newFake(), settings.NewMemory(settings.Default()), Options{})
		if status, text := ask(t, s, errors.New("user 502 is at the other end"), "GET", "/v1/status", ""); status != 403 || !strings.Contains(text, "502") {
			t.Errorf("%d %s", status, text)
		}
	})
}

func TestAnInstanceWithoutAScreenSaysSo(t *testing.T) {
	for _, path := range []string{"/v1/show", "/v1/quit"} {
		s := NewServer(newFake(), settings.NewMemory(settings.Default()), Options{})
		if status, text := ask(t, s, nil, "POST", path, ""); status != 501 || !strings.Contains(text, string(CodeUnsupported)) {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
}

func TestAMistakeInOneRequestIsAnsweredAndTheServerGoesOn(t *testing.T) {
	e := newFake(services()...)
	e.panics = true
	b := start(t, e)
	if status, code, text := b.curl(t, "POST", "/v1/reload", ""); status != 500 || code != CodeInternal {
		t.Errorf("%d %s: %s", status, code, text)
	}
	if status, _, _ := b.curl(t, "GET", "/v1/status", ""); status != 200 {
		t.Errorf("afterwards: status %d", status)
	}
}

func TestHalfRequestsAndGarbageDoNotStopTheServer(t *testing.T) {
	t.Parallel() // it waits for a time limit
	b := start(t, newFake(services()...))
	var open []net.Conn
	for _, data := range []string{
		"", "GET", "GET /v1/status HTTP/1.1\r\nHost: x\r\n", "\x16\x03\x01\x02\x00", "POST /v1/pause HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{",
		"POST /v1/pause HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", "GET /v1/status HTTP/9.9\r\n\r\n",
		"GET /" + strings.Repeat("x", 2*maxHeader) + " HTTP/1.1\r\nHost: x\r\n\r\n", "POST /v1/pause HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n",
	} {
		c, err := net.Dial("unix", b.path)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := io.WriteString(c, data); err != nil {
			t.Fatal(err)
		}
		open = append(open, c)
	}
	for range 3 {
		if status, _, _ := b.curl(t, "GET", "/v1/status", ""); status != 200 {
			t.Fatalf("status %d", status)
		}
	}
	for _, c := range open {
		c.Close()
	}
	if got := b.engine.did(); len(got) > 0 {
		t.Errorf("half a request had an effect: %v", got)
	}
}

func TestEventsAreLinesOfJSON(t *testing.T) {
	e := newFake(services()...)
	b := start(t, e)
	for _, snapshots := range []bool{false, true} {
		t.Run(fmt.Sprintf("snapshots %t", snapshots), func(t *testing.T) {
			c, err := net.Dial("unix", b.path)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			fmt.Fprintf(c, "GET /v1/events?snapshots=%t&attend HTTP/1.1\r\nHost: x\r\n\r\n", snapshots)
			answer, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := answer.Header.Get("Content-Type"); got != "application/x-ndjson" {
				t.Errorf("content type %q", got)
			}
			lines := bufio.NewScanner(answer.Body)
			next := func() (l Line) {
				t.Helper()
				if !lines.Scan() {
					t.Fatalf("no more lines: %v", lines.Err())
				}
				if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
					t.Fatalf("%s: %v", lines.Bytes(), err)
				}
				return l
			}
			if l := next(); l.Type != LineSnapshot || len(l.Snapshot.Services) != 5 {
				t.Errorf("first line %+v", l)
			}
			if e.attendants() != 1 {
				t.Errorf("%d attend", e.attendants())
			}
			e.publish(nil, engine.Event{Kind: engine.EventPause, To: "paused"}, engine.Event{Kind: engine.EventNetwork, To: "Café"})
			if l := next(); l.Type != LineEvent || l.Event.To != "paused" {
				t.Errorf("second line %+v", l)
			}
			if l := next(); l.Type != LineEvent || l.Event.To != "Café" {
				t.Errorf("third line %+v", l)
			}
			if snapshots {
				if l := next(); l.Type != LineSnapshot || l.Snapshot.Seq != e.Latest().Seq {
					t.Errorf("fourth line %+v", l)
				}
			}
			c.Close()
			eventually(t, "the watcher is forgotten", func() bool { return b.watchers() == 0 && e.attendants() == 0 })
		})
	}
}

func TestWatchersAreToldWhenTheProgramEnds(t *testing.T) {
	for name, end := range map[string]func(*bench){
		"by the server": func(b *bench) { b.stop() },
		"by the engine": func(b *bench) { b.engine.end(engine.ErrClosed) },
	} {
		t.Run(name, func(t *testing.T) {
			b := start(t, newFake(services()...))
			c := b.dial(t)
			var once sync.Once
			var last LineType
			err := c.Watch(within(t), nil, func(l Line) error {
				once.Do(func() { go end(b) })
				last = l.Type
				return nil
			})
			if last != LineClosing || !errors.Is(err, engine.ErrClosed) {
				t.Errorf("last line %q, error %v", last, err)
			}
		})
	}
}

func TestWatchEndsWhenTheCallerWants(t *testing.T) {
	c := start(t, newFake(services()...)).dial(t)
	enough := errors.New("enough")
	if err := c.Watch(within(t), nil, func(Line) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(within(t))
	if err := c.Watch(ctx, nil, func(Line) error { cancel(); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// big is a service whose name fills the buffers of a socket soon.
func big() *engine.Service {
	return &engine.Service{Configuration: vpn.Configuration{ID: home, Name: strings.Repeat("x", 1<<18)}}
}

func TestAWatcherThatStopsReadingIsDroppedAndToldSo(t *testing.T) {
	t.Parallel() // it waits for a time limit
	e := newFake(big())
	b := start(t, e)
	c, err := net.Dial("unix", b.path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "GET /v1/events?snapshots=1 HTTP/1.1\r\nHost: x\r\n\r\n")
	eventually(t, "it watches", func() bool { return b.watchers() == 1 })
	// It does not read: the server can't get rid of the first line.
	long := engine.Event{Kind: engine.EventNetwork, To: strings.Repeat("x", 64<<10)}
	for range watcherBacklog/(64<<10) + 1 {
		e.publish(nil, long)
	}
	eventually(t, "it is dropped", func() bool {
		b.server.hub.mu.Lock()
		defer b.server.hub.mu.Unlock()
		for w := range b.server.hub.watchers {
			return errors.Is(w.pending.err, engine.ErrSlow)
		}
		return false
	})
	if status, _, _ := b.curl(t, "GET", "/v1/version", ""); status != 200 {
		t.Errorf("meanwhile others get status %d", status)
	}
	// Within the limit it wakes up and reads what there is.
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	var last Line
	for lines := json.NewDecoder(answer.Body); ; {
		var l Line
		if err := lines.Decode(&l); err != nil {
			if err != io.EOF {
				t.Errorf("the stream did not end in order: %v", err)
			}
			break
		}
		last = l
	}
	if last.Type != LineDropped || last.Error == nil || last.Error.Code != CodeSlow {
		t.Errorf("the last line is of type %q, error %+v", last.Type, last.Error)
	}
}

func TestServeEndsEvenWhenAWatcherDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newFake(services()...)
		v := startVirtual(t, e)
		v.send(t, "GET /v1/events?snapshots=1 HTTP/1.1\r\nHost: x\r\n\r\n")
		synctest.Wait()
		if len(v.server.hub.watchers) != 1 {
			t.Fatal("it does not watch")
		}
		e.publish(nil)
		begin := time.Now()
		v.stop()
		if took := time.Since(begin); took < shutdownTimeout || took > shutdownTimeout+time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

func TestServeReportsAListenerThatFails(t *testing.T) {
	l, err := Listen(socketPath(t))
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := NewServer(newFake(), settings.NewMemory(settings.Default()), Options{}).Serve(within(t), l); err == nil {
		t.Error("no error")
	}
}

func TestManyClientsAtOnce(t *testing.T) {
	e := newFake(services()...)
	b := start(t, e)
	failed := make(chan error, 16)
	for range cap(failed) {
		go func() {
			c, err := Dial(context.Background(), b.path)
			if err != nil {
				failed <- err
				return
			}
			defer c.Close()
			sub := c.Subscribe(64)
			defer sub.Close()
			for range 20 {
				if err := c.Do(context.Background(), engine.Command{Verb: engine.VerbReload, Origin: "cli"}); err != nil {
					failed <- err
					return
				}
				c.Latest()
			}
			failed <- nil
		}()
	}
	for range 50 {
		e.publish(nil, engine.Event{Kind: engine.EventStatus})
	}
	for range cap(failed) {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	if got := len(e.did()); got != 20*cap(failed) {
		t.Errorf("%d commands arrived", got)
	}
}

// FuzzRequest sends any request to the server: it must answer in words, and
// give the engine nothing but what the protocol knows.
func FuzzRequest(f *testing.F) {
	f.Add("POST", "/v1/services/Office/connect", `{"options":{"username":"a"}}`)
	f.Add("POST", "/v1/pause", `{"for":"30m"}`)
	f.Add("PATCH", "/v1/settings", `{"autoConnect":{"x":null},"rules":[{}]}`)
	f.Add("GET", "/v1/services/..%2f..", ``)
	f.Add("GET", "/v1/services?all=1", ``)
	f.Fuzz(func(t *testing.T, method, path, body string) {
		if strings.Contains(path, "events") {
			return // does not end by itself
		}
		u, err := url.Parse("http://localhost" + path)
		if err != nil || u.Path == "" || strings.ContainsAny(method+u.RequestURI(), " \r\n") || method == "" {
			return // would be another request
		}
		if _, err := http.NewRequest(method, u.String(), nil); err != nil {
			return // net/http refuses it, in plain text
		}
		e := newFake(services()...)
		status, text := ask(t, NewServer(e, settings.NewMemory(settings.Default()), Options{}), nil, method, u.RequestURI(), body)
		if status >= 500 && status != http.StatusNotImplemented {
			t.Fatalf("%s %q %q: %d %s", method, path, body, status, text)
		}
		if status >= 400 {
			var b faultBody
			if err := json.Unmarshal([]byte(text), &b); err != nil || b.Error == nil || b.Error.Message == "" {
				t.Fatalf("%s %q %q: %d %s", method, path, body, status, text)
			}
		}
		for _, c := range e.did() {
			if c.Verb == "" || c.Origin == "" {
				t.Fatalf("command %+v", c)
			}
		}
	})
}

// ask gives one request to a server that listens nowhere. peer is what is said of
// who asks.
func ask(t *testing.T, s *Server, peer error, method, target, body string) (status int, text string) {
	t.Helper()
	here, there := net.Pipe()
	l := single{make(chan net.Conn, 1)}
	l.conns <- there
	s.peer = func(net.Conn) error { return peer }
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	go fmt.Fprintf(here, "%s %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", method, target, len(body), body)
	answer, err := http.ReadResponse(bufio.NewReader(here), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%s %q: %v", method, target, err)
	}
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatalf("%s %q: %v", method, target, err)
	}
	cancel()
	here.Close()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(data)
}

// single is a listener with one connection, to be closed once.
type single struct{ conns chan net.Conn }

func (l single) Accept() (net.Conn, error) {
	if c, ok := <-l.conns; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}
func (l single) Addr() net.Addr { return nil }
func (l single) Close() error   { close(l.conns); return nil }

func TestTheDocumentationHasEveryPathAndCode(t *testing.T) {
	page, err := os.ReadFile("../../docs/control.md")
	if err != nil {
		t.Fatal(err)
	}
	lacks := func(path string) {
		t.Helper()
		if !strings.Contains(string(page), "http://x"+strings.NewReplacer("{service}", "Office", "{key}", "retryDelayMax").Replace(path)) {
			t.Errorf("docs/control.md lacks %s", path)
		}
	}
	for _, pattern := range NewServer(newFake(), settings.NewMemory(settings.Default()), Options{}).patterns {
		if _, path, _ := strings.Cut(pattern, " "); !strings.Contains(path, "{verb}") {
			lacks(path)
		}
	}
	for verb, takes := range commands {
		if takes.service {
			lacks("/v1/services/{service}/" + string(verb))
		}
	}
	for code, status := range codeStatus {
		if !strings.Contains(string(page), fmt.Sprintf("| %d | `%s` |", status, code)) {
			t.Errorf("docs/control.md lacks %d %s", status, code)
		}
	}
}

func TestMalformedRequestsAreRefused(t *testing.T) {
	t.Parallel() // it waits for a time limit
	b := start(t, newFake(services()...))
	for data, status := range map[string]string{
		"\r\n\r\n":                              "400",
		"GET /v1/status HTTP/9.9\r\n\r\n":       "505",
		"GET v1/status HTTP/1.1\r\n\r\n":        "400",
		strings.Repeat("x", 2*maxHeader):        "431",
		"GET /v1/status HTTP/1.1\r\nx\r\n\r\n":  "400",
		"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n": "404",
	} {
		answer, err := http.ReadResponse(bufio.NewReader(b.raw(t, data)), nil)
		if err != nil {
			t.Fatalf("%.40q: %v", data, err)
		}
		if !strings.HasPrefix(answer.Status, status) {
			t.Errorf("%.40q: %s, want %s", data, answer.Status, status)
		}
	}
}

// raw sends bytes on a connection of its own.
func (b *bench) raw(t *testing.T, data string) *net.UnixConn {
	t.Helper()
	c, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: b.path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() }) // it may be closed already
	if _, err := io.WriteString(c, data); err != nil {
		t.Fatal(err)
	}
	return c
}

const rawPause = "POST /v1/pause HTTP/1.1\r\nHost: x\r\nContent-Length: 13\r\n\r\n{\"for\":\"30m\"}"

// A client such as `printf … | socat` closes its half of the connection as soon
// as it has sent everything.
func TestACommandIsCarriedOutAndAnsweredAfterTheClientHasClosedItsHalf(t *testing.T) {
	e := newFake(services()...)
	e.slow = make(chan struct{})
	b := start(t, e)
	c := b.raw(t, rawPause)
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the engine has the command", func() bool { return len(e.did()) == 1 })
	close(e.slow) // the server had time to notice the end
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("%v, %v", answer, err)
	}
}

func TestACommandIsCarriedOutAlthoughTheClientLeaves(t *testing.T) {
	e := newFake(services()...)
	e.slow = make(chan struct{})
	b := start(t, e)
	_ = b.raw(t, rawPause).Close()
	eventually(t, "the engine has the command", func() bool { return len(e.did()) == 1 })
	close(e.slow)
	b.stop()
	if err := e.cutOff(); err != nil {
		t.Errorf("the command was cut off: %v", err)
	}
}

func TestARequestOfHalvesIsReadWhole(t *testing.T) {
	e := newFake(services()...)
	b := start(t, e)
	c := b.raw(t, rawPause[:len(rawPause)-5])
	if _, err := io.WriteString(c, rawPause[len(rawPause)-5:]); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil || answer.StatusCode != http.StatusOK || len(e.did()) != 1 {
		t.Errorf("%v, %v", answer, err)
	}
}
