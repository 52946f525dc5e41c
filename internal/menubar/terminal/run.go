package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/term"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/menubar"
	"vpnstatus/internal/settings"
)

// framesPerSecond bounds how often the screen is drawn. The library looks that
// often whether there is something to draw, so it is no higher than typing needs.
const framesPerSecond = 20

// Options say how the screen is run. The zero value runs it on the terminal of
// this process.
type Options struct {
	Settings func() settings.Settings // in force now; nil: the defaults

	// SettingsChanged receives a value when Settings may differ and the source
	// reports nothing, because it is in another process. Nil: never.
	SettingsChanged <-chan struct{}

	// Env is what the menu shows besides the snapshot. Without is filled in with
	// the actions that neither the screen nor App can do.
	Env menubar.Env

	// App does actions of the program that a terminal cannot do by itself, and
	// returns a message for the user. It is called on its own goroutine. Nil:
	// there are none. Copying, About and quitting are done here.
	App func(ctx context.Context, a menubar.Action) (string, error)

	// Diagnostics returns a report to copy; nil: none.
	Diagnostics func() string

	Input   io.Reader        // nil: the terminal
	Output  io.Writer        // nil: standard output
	Environ []string         // nil: os.Environ(); TERM and NO_COLOR count
	Now     func() time.Time // nil: time.Now

	program []tea.ProgramOption // for tests: the size where there is no terminal
}

// ErrNoTerminal refuses to draw where nothing can be drawn.
var ErrNoTerminal = errors.New("the menu needs a terminal; use the commands list and watch instead")

// appActions are the actions of the program that only App can do.
var appActions = []menubar.AppAction{
	menubar.AppLogin, menubar.AppLoginSettings, menubar.AppVPNSettings,
	menubar.AppLocationSettings, menubar.AppSettingsFile, menubar.AppUpdate,
}

// Run shows the menu until the user leaves it, ctx ends, or the program is
// ended by a signal; it then returns nil. Otherwise the error says why the
// source ended or what is wrong with the terminal.
func Run(ctx context.Context, src menubar.Source, o Options) error {
	if o.Environ == nil {
		o.Environ = os.Environ()
	}
	if o.Output == nil {
		if !term.IsTerminal(os.Stdout.Fd()) || variable(o.Environ, "TERM") == "dumb" {
			return ErrNoTerminal
		}
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	var p *tea.Program
	m := newModel(ctx, src, o, func(d time.Duration, msg tea.Msg) func() {
		t := time.AfterFunc(d, func() { p.Send(msg) })
		return func() { t.Stop() }
	})
	options := []tea.ProgramOption{
		tea.WithoutSignalHandler(), // the context above hears them, SIGHUP too
		tea.WithFPS(framesPerSecond),
		tea.WithEnvironment(o.Environ),
	}
	if variable(o.Environ, "NO_COLOR") != "" {
		// The library heeds only values that read as true; any value counts.
		options = append(options, tea.WithColorProfile(colorprofile.ASCII))
	}
	if o.Input != nil {
		options = append(options, tea.WithInput(o.Input))
	}
	if o.Output != nil {
		options = append(options, tea.WithOutput(o.Output))
	}
	p = tea.NewProgram(m, append(options, o.program...)...)

	release := src.Attend()
	defer release()

	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	wg.Go(func() { follow(ctx, src, p.Send) })
	wg.Go(func() {
		for {
			select {
			case <-o.SettingsChanged:
				p.Send(refreshMsg{})
			case <-ctx.Done():
				return
			}
		}
	})
	defer context.AfterFunc(ctx, p.Quit)()

	if _, err := p.Run(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("drawing the menu in the terminal: %w", err)
	}
	return m.ended
}

// follow sends snapshots until ctx or the source ends.
func follow(ctx context.Context, src menubar.Source, send func(tea.Msg)) {
	var drawn *engine.Snapshot
	err := engine.Follow(ctx, src, func(engine.Update) {
		// Only the newest is worth drawing.
		if newest := src.Latest(); newest != drawn {
			drawn = newest
			send(snapshotMsg{newest})
		}
	})
	if ctx.Err() == nil {
		send(endedMsg{err})
	}
}

// variable returns a variable as a shell does: the last one counts.
func variable(environ []string, name string) string {
	for _, e := range slices.Backward(environ) {
		if v, ok := strings.CutPrefix(e, name+"="); ok {
			return v
		}
	}
	return ""
}
