package app

import (
	"errors"
	"slices"
	"testing"

	"vpnstatus/internal/vpn"
)

// recorder is a session that remembers what it was asked for.
type recorder struct {
	vpn.Session
	calls []string
}

func (r *recorder) Start(vpn.Options) error { r.calls = append(r.calls, "start"); return nil }
func (r *recorder) Stop() error             { r.calls = append(r.calls, "stop"); return nil }
func (r *recorder) Flush() error            { r.calls = append(r.calls, "flush"); return nil }
func (r *recorder) Close() error            { r.calls = append(r.calls, "close"); return nil }

type recorders struct {
	vpn.Backend
	session *recorder
}

func (r recorders) Open(vpn.ID) (vpn.Session, error) { return r.session, nil }

func TestWhatWasAskedLeavesTheProcessBeforeTheSessionCloses(t *testing.T) {
	for name, test := range map[string]struct {
		use  func(vpn.Session) error
		want []string
	}{
		"nothing asked":   {func(vpn.Session) error { return nil }, []string{"close"}},
		"start":           {func(s vpn.Session) error { return s.Start(vpn.Options{}) }, []string{"start", "flush", "close"}},
		"stop":            {func(s vpn.Session) error { return s.Stop() }, []string{"stop", "flush", "close"}},
		"flushed already": {func(s vpn.Session) error { return errors.Join(s.Stop(), s.Flush()) }, []string{"stop", "flush", "close"}},
	} {
		r := &recorder{}
		s, err := flushing{recorders{session: r}}.Open(vpn.ID{})
		if err != nil {
			t.Fatal(err)
		}
		if err := test.use(s); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(r.calls, test.want) {
			t.Errorf("%s: %q, want %q", name, r.calls, test.want)
		}
	}
}
