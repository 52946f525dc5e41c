package macos

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/renameio/v2"
	"howett.net/plist"
)

// BundleID is the identifier of VPNStatus.app.
const BundleID = "io.github.vpnstatus.VPNStatus"

// agentLabel names the launch agent. It replaces the login item where the system
// refuses that because of the app's signature, as it may with a local build
// (docs/internals.md, section 10).
const agentLabel = BundleID + ".login"

// agent is a launch agent that opens the app at login, but not in a session
// without a screen. It runs the system's open command and not the program
// itself, because open does nothing when the app is already running.
type agent struct {
	Label            string   `plist:"Label"`
	Arguments        []string `plist:"ProgramArguments"`
	RunAtLoad        bool     `plist:"RunAtLoad"`
	LimitLoadTo      string   `plist:"LimitLoadToSessionType"`
	AssociatedBundle []string `plist:"AssociatedBundleIdentifiers"` // what System Settings shows
}

// agents is the folder of the user's launch agents.
type agents struct{ dir string }

func (a agents) file() string { return filepath.Join(a.dir, agentLabel+".plist") }

// opens reports whether there is an agent that opens the app at the path. It may
// be that of another copy.
func (a agents) opens(app string) (opens bool) {
	defer func() {
		if recover() != nil { // the decoder panics on some malformed lists
			opens = false
		}
	}()
	data, err := os.ReadFile(a.file())
	if err != nil {
		return false
	}
	var found agent
	_, err = plist.Unmarshal(data, &found)
	return err == nil && found.RunAtLoad && slices.Contains(found.Arguments, app)
}

// put writes the agent. It takes effect at the next log-in.
func (a agents) put(app string) error {
	// XML can't contain control characters.
	if !filepath.IsAbs(app) || !utf8.ValidString(app) || strings.ContainsFunc(app, unicode.IsControl) {
		return fmt.Errorf("writing a launch agent: %q is not the path of an app", app)
	}
	data, err := plist.MarshalIndent(agent{
		Label: agentLabel, Arguments: []string{"/usr/bin/open", "-g", "-a", app, "--args", "--login"}, RunAtLoad: true,
		LimitLoadTo: "Aqua", AssociatedBundle: []string{BundleID},
	}, plist.XMLFormat, "\t")
	if err == nil {
		err = os.MkdirAll(a.dir, 0o755)
	}
	if err == nil {
		// launchd refuses files that others may write to, and may read this one at any
		// moment.
		err = renameio.WriteFile(a.file(), data, 0o644, renameio.WithTempDir(a.dir))
	}
	if err != nil {
		return fmt.Errorf("writing the launch agent %s: %w", a.file(), err)
	}
	return nil
}

// remove removes the agent; there may be none.
func (a agents) remove() error {
	if err := os.Remove(a.file()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("removing the launch agent: %w", err)
	}
	return nil
}

// loginParts are the two ways to launch at login.
type loginParts struct {
	app    string // path of the bundle; empty if this program is in none
	agents agents
	// status and set are those of the system's login item. Errors of set are a
	// *loginCodeError where the system gave a code.
	status func() (LoginStatus, error)
	set    func(on bool) error
	// allowed asks whether the user lets the agent run; nil if there is no way to
	// ask. known is false if the system does not say.
	allowed func(file string) (LoginStatus, bool)
}

// state reports whether the app launches at login in either way.
func (p loginParts) state() (LoginStatus, error) {
	status, err := p.status()
	if err == nil && (status == LoginEnabled || status == LoginRequiresApproval) {
		return status, nil
	}
	if p.app == "" || !p.agents.opens(p.app) {
		return status, err
	}
	if p.allowed != nil {
		if s, known := p.allowed(p.agents.file()); known && s == LoginRequiresApproval {
			return LoginRequiresApproval, nil
		}
	}
	return LoginEnabled, nil
}

// translocated is in the path of an app that macOS runs from a temporary copy,
// because it was not moved since it was downloaded.
const translocated = "/AppTranslocation/"

var errTranslocated = errors.New("switching launch at login on: macOS runs VPNStatus.app from a temporary copy; move it to the Applications folder and open it from there")

// change switches launch at login on or off. Off ends both ways.
func (p loginParts) change(on bool) error {
	if on && strings.Contains(p.app, translocated) {
		return errTranslocated
	}
	err := p.set(on)
	switch {
	case p.app == "":
		return err
	case on && err == nil:
		return p.agents.remove() // one of the two is enough
	case on && replaceable(err):
		return p.agents.put(p.app)
	case on:
		return err
	}
	had := p.agents.opens(p.app)
	if removed := p.agents.remove(); removed != nil {
		return errors.Join(err, removed)
	}
	if had && replaceable(err) {
		return nil // there was no login item
	}
	return err
}

// replaceable reports whether the system refused the login item for a reason that
// does not affect a launch agent.
func replaceable(err error) bool {
	var code *loginCodeError
	if errors.As(err, &code) {
		return code.code == loginInvalidSignature
	}
	return errors.Is(err, ErrNoLoginItems)
}
