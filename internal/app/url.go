package app

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"vpnstatus/internal/menubar"
	"vpnstatus/internal/urlscheme"
)

// errAsking refuses a URL while the question about another one is open: a web
// page may open a hundred.
var errAsking = errors.New("the link was not followed: the question about another one is still open")

// links follows the URLs that other programs open.
type links struct {
	source menubar.Source
	show   func()
	// ask puts a question to the person and returns whether the answer is
	// yes. It may take as long as it likes.
	ask    func(question, detail, button string) bool
	asking atomic.Bool
}

// follow does what a URL asks for, after asking. That the person said no is no
// error.
func (l *links) follow(ctx context.Context, text string) error {
	r, err := urlscheme.Parse(text)
	if err != nil {
		return err
	}
	a, err := r.Resolve(l.source.Latest(), time.Now())
	switch {
	case err != nil:
		return err
	case a.Open:
		l.show()
		return nil
	case a.Question == "": // nothing is done unasked
		return errors.New("the link was not followed: there is no question for it")
	case !l.asking.CompareAndSwap(false, true):
		return errAsking
	}
	defer l.asking.Store(false)
	if !l.ask(a.Question, a.Detail, a.Button) {
		return nil
	}
	return l.source.Do(ctx, a.Command)
}
