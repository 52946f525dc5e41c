//go:build !darwin || !cgo

package appkit

import "context"

type platform struct{}

// Run returns ErrUnavailable.
func (s *Screen) Run(context.Context) error { return ErrUnavailable }

// Show does nothing.
func (s *Screen) Show() {}

// Copy returns ErrUnavailable.
func (s *Screen) Copy(string) error { return ErrUnavailable }
