package cocoa

import (
	"fmt"
	"log/slog"
	"runtime/debug"
)

// Guard ends a panic: it is deferred at each entry from C, because a panic that
// unwinds into C ends the process. The panic is logged with where it happened.
//
//	defer cocoa.Guard("status callback")
func Guard(where string) {
	if r := recover(); r != nil {
		slog.Error("a callback of the system failed", "where", where, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
	}
}
