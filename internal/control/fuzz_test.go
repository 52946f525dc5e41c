package control

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"vpnstatus/internal/engine"
)

// answering is a server that gives the same answer to every request.
type answering struct {
	status int
	body   []byte
}

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: a.status, Body: io.NopCloser(bytes.NewReader(a.body)), Request: r}, nil
}

// FuzzClient gives a client any answer: it reports an error, or values that can be
// used without a further check.
func FuzzClient(f *testing.F) {
	for _, body := range []string{
		``, `null`, `{}`, `[]`, `{"error":{"code":"not-found","message":"x"}}`, `{"error":{"code":"ambiguous","message":"x","candidates":[{}]}}`,
		`{"seq":1,"loaded":true,"services":[{"id":"` + office.String() + `","name":"Office","status":"Connected"}]}`, `{"services":[null]}`,
		`{"type":"service","service":{"name":"Office"}}` + "\n" + `{"type":"event","event":{"kind":"status"}}` + "\n" + `{"type":"closing"}`,
		`{"type":"snapshot","snapshot":{"seq":2}}` + "\n" + `{"type":"dropped","error":{"code":"slow"}}`, `{"type":"snapshot","snapshot":{"services":[null]}}`,
	} {
		f.Add(http.StatusOK, []byte(body))
		f.Add(http.StatusBadRequest, []byte(body))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		c := &Client{latest: &engine.Snapshot{}, http: answering{status, body}}
		c.ctx, c.cancel = t.Context(), func() {}
		use := func(s *engine.Snapshot) {
			for _, v := range s.Services {
				NewEntry(v, time.Time{})
			}
			_, _ = s.Find("Office") // whether it is there does not matter
		}
		if s, err := c.Snapshot(t.Context()); err == nil {
			use(s)
		} else if err.Error() == "" {
			t.Errorf("%d %q is an error without words", status, body)
		}
		lines := 0
		if err := c.Watch(t.Context(), nil, func(Line) error { lines++; return nil }); err == nil {
			t.Errorf("%d %q: watching ended without an error after %d lines", status, body, lines)
		}
		sub := c.Subscribe(64)
		for u := range sub.C() {
			use(u.Snapshot)
		}
		if err := sub.Err(); err == nil || errors.Is(err, engine.ErrSlow) && status != http.StatusOK {
			t.Errorf("%d %q: the subscription ended with %v", status, body, err)
		}
		c.running.Wait()
		use(c.Latest())
	})
}
