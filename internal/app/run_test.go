package app

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestPartsEndInTheOppositeOrderOfTheirStart(t *testing.T) {
	a := &application{log: slog.New(slog.DiscardHandler)}
	var order []string
	a.closers = append(a.closers, func() error { order = append(order, "log"); return nil })
	for _, name := range []string{"settings", "engine", "server"} {
		a.begin(func(ctx context.Context) {
			<-ctx.Done()
			order = append(order, name)
		})
	}
	if err := a.shutdown(); err != nil {
		t.Error(err)
	}
	if want := []string{"server", "engine", "settings", "log"}; !slices.Equal(order, want) {
		t.Errorf("%q, want %q", order, want)
	}
}

func TestAPartThatHangsDoesNotKeepTheAppFromEnding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &application{log: slog.New(slog.DiscardHandler)}
		hang := make(chan struct{})
		a.begin(func(context.Context) { <-hang })
		begun := time.Now()
		if err := a.shutdown(); err == nil || !strings.Contains(err.Error(), "before everything was closed") {
			t.Errorf("error %v", err)
		}
		if took := time.Since(begun); took != shutdownLimit {
			t.Errorf("it took %v", took)
		}
		close(hang)
	})
}
