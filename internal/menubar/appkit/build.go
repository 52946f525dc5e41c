package appkit

import (
	"errors"
	"runtime/debug"
	"strings"
)

// buildFlag is the part of the compiler's flags that makes darwinkit v0.5.0
// safe: without it, Go 1.25 and later keep the arrays that it hands to libffi
// on the goroutine's stack (darwinkit issue 286).
const buildFlag = "variablemakehash=qn"

// ErrUnsafeBuild means that the program was compiled without buildFlag.
var ErrUnsafeBuild = errors.New("this program was compiled without the flag -gcflags=all=-d=" + buildFlag +
	", and its menu would crash; build it with make (the commands for the terminal work)")

// CheckBuild returns ErrUnsafeBuild unless the program was compiled with the
// flag that AppKit needs here. Its arguments are those of debug.ReadBuildInfo.
func CheckBuild(info *debug.BuildInfo, ok bool) error {
	if ok && info != nil {
		for _, s := range info.Settings {
			if s.Key == "-gcflags" && strings.HasPrefix(s.Value, "all=") && strings.Contains(s.Value, buildFlag) {
				return nil
			}
		}
	}
	return ErrUnsafeBuild
}
