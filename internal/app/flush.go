package app

import (
	"errors"
	"sync/atomic"

	"vpnstatus/internal/vpn"
)

// flushing is a backend whose sessions, when closed, first have what was asked
// of them leave the process: a click just before Quit must not be lost.
type flushing struct{ vpn.Backend }

func (f flushing) Open(id vpn.ID) (vpn.Session, error) {
	s, err := f.Backend.Open(id)
	if err != nil {
		return nil, err
	}
	return &flushingSession{Session: s}, nil
}

type flushingSession struct {
	vpn.Session
	asked atomic.Bool
}

func (s *flushingSession) Start(o vpn.Options) error {
	s.asked.Store(true)
	return s.Session.Start(o)
}

func (s *flushingSession) Stop() error {
	s.asked.Store(true)
	return s.Session.Stop()
}

func (s *flushingSession) Flush() error {
	s.asked.Store(false)
	return s.Session.Flush()
}

func (s *flushingSession) Close() error {
	var err error
	if s.asked.Load() {
		if err = s.Flush(); errors.Is(err, vpn.ErrClosed) {
			err = nil // closed before: nothing is left to be sent
		}
	}
	return errors.Join(err, s.Session.Close())
}
