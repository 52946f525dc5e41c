//go:build !darwin || !cgo

package appkit

import (
	"context"
	"errors"
	"testing"

	"go.uber.org/goleak"
)

func runTests(m *testing.M) { goleak.VerifyTestMain(m) }

func TestWithoutAppKitRunSaysSo(t *testing.T) {
	s := New(Options{})
	if err := s.Run(context.Background()); !errors.Is(err, ErrUnavailable) {
		t.Error(err)
	}
	if err := s.Copy("x"); !errors.Is(err, ErrUnavailable) {
		t.Error(err)
	}
	s.Show()
}
