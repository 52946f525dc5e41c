package control

import (
	"errors"
	"net/http"
	"os"
	"time"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/plaintext"
)

// events answers GET /v1/events with a line of JSON for each event; the first
// line has the whole snapshot. ?snapshots=1 adds a snapshot after each change,
// ?attend=1 keeps traffic figures up to date while the watcher is connected,
// ?quiet=1 sends no lines at all, for clients that only attend.
func (s *Server) events(w http.ResponseWriter, r *http.Request) error {
	if err := readBody(w, r); err != nil {
		return err
	}
	set, err := flags(r, "snapshots", "attend", "quiet")
	if err != nil {
		return err
	}
	out := &lines{w: w, control: http.NewResponseController(w)}
	w.Header().Set("Content-Type", "application/x-ndjson")
	if set["attend"] {
		defer s.engine.Attend()()
	}
	if set["quiet"] {
		out.flush()
		select {
		case <-r.Context().Done():
		case <-s.closing:
		}
		return nil
	}

	sub := s.engine.Subscribe(watcherBuffer)
	defer sub.Close()
	first := s.engine.Latest()
	out.send(Line{Type: LineSnapshot, Snapshot: first})
	for out.err == nil {
		select {
		case <-r.Context().Done():
			return nil
		case <-s.closing:
			out.send(Line{Type: LineClosing, Error: faultOf(engine.ErrClosed)})
			return nil
		case u, ok := <-sub.C():
			if !ok {
				s.farewell(out, sub.Err())
				return nil
			}
			if u.Snapshot != nil && u.Snapshot.Seq <= first.Seq {
				continue // included in the first line already
			}
			for i := range u.Events {
				out.queue(Line{Type: LineEvent, Event: &u.Events[i]})
			}
			if set["snapshots"] {
				out.queue(Line{Type: LineSnapshot, Snapshot: u.Snapshot})
			}
			out.flush()
		}
	}
	if errors.Is(out.err, os.ErrDeadlineExceeded) {
		s.log.Warn("control: a watcher stopped reading and was dropped")
		return nil
	}
	s.log.Debug("control: a watcher is gone", "error", out.err)
	return nil
}

// farewell sends the last line, which has the reason for the end.
func (s *Server) farewell(out *lines, err error) {
	f := faultOf(err)
	if errors.Is(err, engine.ErrSlow) {
		s.log.Warn("control: a watcher read too slowly and was dropped")
		out.send(Line{Type: LineDropped, Error: f})
		return
	}
	out.send(Line{Type: LineClosing, Error: f})
}

// lines writes lines of JSON, each batch within writeTimeout. After an error it
// writes nothing more.
type lines struct {
	w       http.ResponseWriter
	control *http.ResponseController
	buf     []byte
	err     error
}

func (l *lines) send(v Line) {
	l.queue(v)
	l.flush()
}

func (l *lines) queue(v Line) {
	data, err := plaintext.JSON(v, "")
	if err != nil {
		data, _ = plaintext.JSON(Line{Type: v.Type, Error: &Fault{Code: CodeInternal, Message: err.Error()}}, "") // texts only
	}
	l.buf = append(l.buf, data...)
}

func (l *lines) flush() {
	if l.err != nil {
		return
	}
	// A Unix socket reports at once that its other end is gone, so there is no
	// keep-alive. A client that stops reading costs a goroutine for
	// writeTimeout.
	l.err = l.control.SetWriteDeadline(time.Now().Add(writeTimeout))
	if l.err == nil {
		_, l.err = l.w.Write(l.buf)
	}
	if l.err == nil {
		l.err = l.control.Flush()
	}
	l.buf = l.buf[:0]
}
