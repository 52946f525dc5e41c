package app

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/menubar"
	"vpnstatus/internal/urlscheme"
)

// errAsking refuses a URL while the question about another one is open, since
// a web page may open a hundred.
var errAsking = errors.New("the link was not followed: the question about another one is still open")

// links follows the URLs that other programs open.
type links struct {
	source menubar.Source
	show   func()
	// ask puts a question to the user and returns whether the answer is yes.
	// It may block indefinitely.
	ask    func(question, detail, button string) bool
	asking atomic.Bool
}

// loadTime is how long a link waits for the list of VPNs: the link itself may
// have started the app.
const loadTime = 10 * time.Second

// loaded returns the first state that has the list of VPNs and their statuses, or
// the latest one if there is none within loadTime.
func loaded(ctx context.Context, src engine.Source) *engine.Snapshot {
	ctx, cancel := context.WithTimeout(ctx, loadTime)
	defer cancel()
	s, err := snapshot(ctx, src)
	if err != nil {
		return src.Latest()
	}
	return s
}

// follow carries out what a URL asks for after the user has confirmed it. A
// refusal by the user is not an error.
func (l *links) follow(ctx context.Context, text string) error {
	r, err := urlscheme.Parse(text)
	if err != nil {
		return err
	}
	if r.Verb == urlscheme.Open {
		l.show()
		return nil
	}
	a, err := r.Resolve(loaded(ctx, l.source), time.Now())
	if err != nil {
		return err
	}
	if !l.asking.CompareAndSwap(false, true) {
		return errAsking
	}
	defer l.asking.Store(false)
	if !l.ask(a.Question, a.Detail, a.Button) {
		return nil
	}
	return l.source.Do(ctx, a.Command)
}
