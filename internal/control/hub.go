package control

import (
	"context"
	"sync"
	"time"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/plaintext"
	"vpnstatus/internal/vpn"
)

// hub distributes what the engine publishes to the watchers. It is the engine's
// only subscriber on their behalf and encodes each event once, so that neither
// the engine nor the memory in use notices how many watchers there are.
type hub struct {
	source engine.Source
	ready  chan struct{} // closed when the hub has subscribed

	mu       sync.Mutex
	watchers map[*watcher]struct{}
	last     *encodedSnapshot // the newest one that a watcher wanted, or nil
	ended    error            // why the source has ended, or nil
}

// watcher is one reader of GET /v1/events.
type watcher struct {
	snapshots bool          // it wants a snapshot after each change
	services  bool          // it wants lines of services
	wake      chan struct{} // has an element if there is something to take

	// Guarded by hub.mu.
	selection Selection
	from      uint64 // number of the snapshot it begins with
	pending   pending
}

// pending is what a watcher has not taken yet.
type pending struct {
	lines    [][]byte         // shared with other watchers: read only
	size     int              // of the lines
	snapshot *encodedSnapshot // the newest one; those between are left out
	err      error            // why there will be no more
}

// encodedSnapshot is a snapshot and its line in the stream, which is made when
// the first watcher wants it and shared by all.
type encodedSnapshot struct {
	snapshot *engine.Snapshot
	line     func() []byte
}

func newHub(src engine.Source) *hub {
	return &hub{source: src, ready: make(chan struct{}), watchers: make(map[*watcher]struct{})}
}

// run follows the source until it ends or ctx does. It is called once.
func (h *hub) run(ctx context.Context) {
	ready := sync.OnceFunc(func() { close(h.ready) })
	err := engine.Follow(ctx, h.source, func(u engine.Update) {
		h.publish(u)
		ready()
	})
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = err
	for w := range h.watchers {
		h.endLocked(w, err)
	}
	ready()
}

// join adds a watcher and returns the state that it begins with: every later
// change is delivered to it. The caller must call leave.
func (h *hub) join(ctx context.Context, w *watcher) (*encodedSnapshot, error) {
	select {
	case <-h.ready:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.watchers) >= maxWatchers {
		return nil, fault(CodeBusy, "%d programs watch already", maxWatchers)
	}
	first := h.encodedLocked(h.source.Latest())
	w.from = first.snapshot.Seq
	if w.services {
		w.selection.Begin(first.snapshot)
	}
	h.watchers[w] = struct{}{}
	if h.ended != nil {
		h.endLocked(w, h.ended)
	}
	return first, nil
}

func (h *hub) leave(w *watcher) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.watchers, w)
}

// take returns what is pending for a watcher.
func (h *hub) take(w *watcher) pending {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := w.pending
	w.pending = pending{err: p.err}
	return p
}

// publish offers an update to all watchers. It never waits for one.
func (h *hub) publish(u engine.Update) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.watchers) == 0 {
		h.last = nil
		return
	}
	lines := make([][]byte, len(u.Events))
	for i := range u.Events {
		lines[i] = encode(LineEvent, Line{Type: LineEvent, Event: &u.Events[i]})
	}
	for w := range h.watchers {
		switch {
		case w.pending.err != nil:
		case u.Missed:
			h.endLocked(w, engine.ErrSlow) // the events between are lost
		case u.Snapshot.Seq <= w.from:
		default:
			h.offerLocked(w, u, lines)
		}
	}
}

func (h *hub) offerLocked(w *watcher, u engine.Update, lines [][]byte) {
	p := &w.pending
	for i, line := range lines {
		if w.selection.Wants(&u.Events[i]) {
			p.lines = append(p.lines, line)
			p.size += len(line)
		}
	}
	if w.services {
		for _, line := range w.selection.Arrived(u, time.Now()) {
			data := encode(line.Type, line)
			p.lines = append(p.lines, data)
			p.size += len(data)
		}
	}
	if w.snapshots {
		p.snapshot = h.encodedLocked(u.Snapshot)
	}
	switch {
	case p.size > watcherBacklog:
		h.endLocked(w, engine.ErrSlow)
	case len(p.lines) > 0 || p.snapshot != nil:
		w.signal()
	}
}

func (h *hub) endLocked(w *watcher, err error) {
	w.pending.err = err
	w.signal()
}

func (w *watcher) signal() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (h *hub) encodedLocked(s *engine.Snapshot) *encodedSnapshot {
	if h.last == nil || h.last.snapshot != s {
		h.last = &encodedSnapshot{s, sync.OnceValue(func() []byte { return encode(LineSnapshot, snapshotLine{LineSnapshot, factual(s)}) })}
	}
	return h.last
}

// factual returns a snapshot for JSON: a status that is not known is null.
func factual(s *engine.Snapshot) any {
	if s.AllKnown() {
		return s
	}
	services := make([]any, len(s.Services))
	for i, v := range s.Services {
		services[i] = factualService(v)
	}
	return struct {
		*engine.Snapshot
		Services []any `json:"services"`
	}{s, services}
}

func factualService(v *engine.Service) any {
	if v.Known {
		return v
	}
	return struct {
		*engine.Service
		Status *vpn.Status `json:"status"`
	}{v, nil}
}

// snapshotLine is a Line with a snapshot that factual returned.
type snapshotLine struct {
	Type     LineType `json:"type"`
	Snapshot any      `json:"snapshot"`
}

// encode returns a line of the stream, with its line feed.
func encode(t LineType, line any) []byte {
	data, err := plaintext.JSON(line, "")
	if err != nil {
		data, _ = plaintext.JSON(Line{Type: t, Error: &Fault{Code: CodeInternal, Message: err.Error()}}, "") // texts only
	}
	return data
}
