// Package hooks runs the user's own scripts when something happens.
//
// It promises that nothing runs unless hooks are switched on, that only files run
// which nobody but the user (or root) could have put there, and that scripts that
// hang, fork, flood or are broken hold up nothing else: each has a time limit after
// which it is killed with its process group, its output is limited and logged, and
// few run at once. When Run returns no script is left, except processes that left
// their group and those that the kernel does not end.
package hooks
