// Package e2e drives the built program from outside, as users and scripts do:
// by the command line, by curl on the control socket, by editing the settings
// file, by signals, and by keys in a terminal. Run it with
//
//	go test -tags e2e -count=1 ./test/e2e
//
// It needs curl, jq, Lua 5.4, tmux and zsh. Nothing in it waits for a fixed time; what it expects
// is polled for with a generous deadline, so a slow machine only takes longer.
package e2e
