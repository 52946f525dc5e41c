package cli

import (
	"fmt"

	"vpnstatus/internal/settings"
)

// ExitCode is a code that a command can end with.
type ExitCode struct {
	Code    int
	Meaning string
}

// ExitCodes lists the exit codes for documentation, and for the help of the
// program.
func ExitCodes() []ExitCode {
	return []ExitCode{
		{exitDone, "done"},
		{exitFailed, "failed"},
		{exitUsage, "usage"},
		{exitNotFound, "no such VPN"},
		{exitAmbiguous, "ambiguous name"},
		{exitTimeout, "timed out"},
		{exitNeedsUser, "needs the user"},
		{exitNotRunning, "the app is not running"},
	}
}

// QuietExitCodes lists those of `status --quiet`.
func QuietExitCodes() []ExitCode {
	return []ExitCode{
		{exitDone, "connected"},
		{exitDisconnected, "disconnected"},
		{exitTransition, "in transition"},
	}
}

// exitCodesHelp is the paragraph about exit codes in the program's help.
func exitCodesHelp() string {
	text := "Exit codes:"
	for _, c := range ExitCodes() {
		text += fmt.Sprintf("\n  %d  %s", c.Code, c.Meaning)
	}
	return text
}

// Variable is an environment variable that the program reads.
type Variable struct{ Name, Effect string }

// Variables lists the environment variables for documentation.
func Variables() []Variable {
	return []Variable{
		{settings.HomeVariable, "One folder for settings, hooks, log and socket, instead of the usual ones. The app and its commands need the same."},
		{"NO_COLOR", "If not empty, output has no colours. Nor has it where it does not go to a terminal, or with TERM=dumb."},
		{strictVariable, "With 1 vpnutil ends with the exit codes above instead of always 0."},
		{"XDG_CONFIG_HOME, XDG_RUNTIME_DIR", "Where the folders of settings and socket are on other systems than macOS."},
	}
}
