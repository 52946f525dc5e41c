package control

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"vpnstatus/internal/engine"
)

// events answers GET /v1/events with a line of JSON for each event. The first
// line has the whole snapshot; with ?services=1 there is a line for each service
// instead. ?service=NAME, which may be repeated, leaves out everything that
// concerns other services. ?snapshots=1 adds a snapshot after each change,
// ?attend=1 keeps traffic figures up to date while the watcher is connected.
func (s *Server) events(w http.ResponseWriter, r *http.Request) error {
	if err := readBody(w, r); err != nil {
		return err
	}
	query, err := parseQuery(r)
	if err != nil {
		return err
	}
	names := query["service"]
	delete(query, "service")
	set, err := flags(r.URL.Path, query, "services", "snapshots", "attend")
	if err != nil {
		return err
	}
	watcher := &watcher{snapshots: set["snapshots"], services: set["services"], wake: make(chan struct{}, 1)}
	if set["services"] || names != nil {
		v, err := s.settled(r, (*engine.Snapshot).AllKnown)
		if err != nil {
			return err
		}
		if watcher.selection, err = Select(v, names); err != nil {
			return err
		}
	}
	first, err := s.hub.join(r.Context(), watcher)
	if err != nil {
		return err
	}
	defer s.hub.leave(watcher)
	if set["attend"] {
		defer s.engine.Attend()()
	}
	out := &lines{w: w, control: http.NewResponseController(w)}
	w.Header().Set("Content-Type", "application/x-ndjson")
	if set["services"] {
		for line := range watcher.selection.Opening(first.snapshot, time.Now()) {
			out.write(encode(line.Type, line))
		}
	} else {
		out.write(first.line())
	}
	out.flush()
	s.pump(r, watcher, out)
	return nil
}

// pump writes what is pending for the watcher until either side ends.
func (s *Server) pump(r *http.Request, w *watcher, out *lines) {
	for out.err == nil {
		closing := false
		select {
		case <-r.Context().Done():
			return
		case <-s.closing:
			closing = true
		case <-w.wake:
		}
		p := s.hub.take(w)
		for _, line := range p.lines {
			out.write(line)
		}
		if p.snapshot != nil && p.err == nil {
			out.write(p.snapshot.line())
		}
		switch {
		case p.err != nil:
			s.farewell(out, p.err)
			return
		case closing:
			s.farewell(out, engine.ErrClosed)
			return
		}
		out.flush()
	}
	if errors.Is(out.err, os.ErrDeadlineExceeded) {
		s.log.Warn("control: a watcher stopped reading and was dropped")
		return
	}
	s.log.Debug("control: a watcher is gone", "error", out.err)
}

// farewell sends the last line, which has the reason for the end.
func (s *Server) farewell(out *lines, err error) {
	last := Line{Type: LineClosing, Error: faultOf(err)}
	if errors.Is(err, engine.ErrSlow) {
		s.log.Warn("control: a watcher read too slowly and was dropped")
		last.Type = LineDropped
	}
	out.write(encode(last.Type, last))
	out.flush()
}

// lines writes lines of JSON. After an error it writes nothing more.
type lines struct {
	w       http.ResponseWriter
	control *http.ResponseController
	err     error
}

// A Unix socket reports at once that its other end is gone, so there is no
// keep-alive. A client that stops reading costs a goroutine for writeTimeout.
func (l *lines) write(line []byte) {
	if l.err == nil {
		l.err = l.control.SetWriteDeadline(time.Now().Add(writeTimeout))
	}
	if l.err == nil {
		_, l.err = l.w.Write(line)
	}
}

func (l *lines) flush() {
	if l.err == nil {
		l.err = l.control.Flush()
	}
	if l.err != nil {
		l.err = fmt.Errorf("writing to a watcher: %w", l.err)
	}
}
