package cocoa

import (
	"fmt"
	"log/slog"
	"runtime/debug"
)

// Guard recovers from a panic and logs it. It is deferred at each entry from C,
// since a panic that unwinds into C ends the process.
//
//	defer cocoa.Guard("status callback")
func Guard(where string) {
	if r := recover(); r != nil {
		slog.Error("a callback of the system failed", "where", where, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
	}
}
