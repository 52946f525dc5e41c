package terminal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/term"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/menubar"
	"vpnstatus/internal/settings"
)

// framesPerSecond bounds how often the screen is drawn. The library checks that
// often for something to draw, so it is as low as typing allows.
const framesPerSecond = 20

// Options say how the screen is run, on the terminal of this process.
type Options struct {
	Settings func() settings.Settings // in force now; the defaults if nil

	// SettingsChanged receives a value when Settings may differ and the source
	// reports nothing, because it is in another process. It may be nil.
	SettingsChanged <-chan struct{}

	// Env is what the menu shows besides the snapshot. Remote, Updates and Without
	// are the screen's own.
	Env menubar.Env

	// Quit ends the app in another process that the source is; nil if it is this one.
	// It is called on a goroutine, as is Update.
	Quit func(context.Context) error

	// Update looks for a newer version and returns the result in words; nil if this
	// build can't.
	Update func(context.Context) (string, error)

	now     func() time.Time    // for tests; time.Now if nil
	program []tea.ProgramOption // for tests: what they have in place of a terminal
}

// ErrNoTerminal means that there is no terminal to draw on.
var ErrNoTerminal = errors.New("the menu needs a terminal")

// Available returns ErrNoTerminal unless standard output is a terminal that can
// be drawn on, and standard input is one too. The library would read the keys of
// the controlling terminal instead, and keep a script there that runs without input.
func Available() error {
	if !term.IsTerminal(os.Stdin.Fd()) || !term.IsTerminal(os.Stdout.Fd()) || os.Getenv("TERM") == "dumb" {
		return ErrNoTerminal
	}
	return nil
}

// without are the actions that can't be done in a terminal. Commands replace
// AppSettings and AppDiagnostics.
var without = []menubar.AppAction{
	menubar.AppSettings, menubar.AppSettingsFile, menubar.AppVPNSettings, menubar.AppLocationSettings, menubar.AppDiagnostics,
}

// Run shows the menu until the user leaves it or ctx ends; it then returns nil, as
// it does when the app in this process ends. Otherwise the error says why the
// source ended or what is wrong with the terminal. Signals are the caller's: ctx
// should end with them.
func Run(ctx context.Context, src menubar.Source, o Options) error {
	if o.program == nil {
		if err := Available(); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	var p *tea.Program
	m := newModel(ctx, src, o, func(d time.Duration, msg tea.Msg) func() {
		t := time.AfterFunc(d, func() { p.Send(msg) })
		return func() { t.Stop() }
	})
	options := []tea.ProgramOption{
		tea.WithoutSignalHandler(), // the caller's context ends with them, SIGHUP too
		tea.WithFPS(framesPerSecond),
	}
	if os.Getenv("NO_COLOR") != "" {
		// The library ignores values that don't read as true, but any value
		// counts.
		options = append(options, tea.WithColorProfile(colorprofile.ASCII))
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
		// Only the newest snapshot is worth drawing.
		if newest := src.Latest(); newest != drawn {
			drawn = newest
			send(snapshotMsg{newest})
		}
	})
	if ctx.Err() == nil {
		send(endedMsg{err})
	}
}
