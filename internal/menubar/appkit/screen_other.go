//go:build !darwin || !cgo

package appkit

import "context"

type platform struct{}

func (platform) missing() error { return ErrUnavailable }

// Run returns ErrUnavailable.
func (s *Screen) Run(context.Context) error { return s.missing() }

// Show does nothing.
func (s *Screen) Show() {}

// Copy returns ErrUnavailable.
func (s *Screen) Copy(string) error { return s.missing() }
