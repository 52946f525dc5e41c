// Package hooks runs the person's own scripts when something happens.
//
// It promises that nothing runs unless hooks are switched on, that only files
// run which nobody but the user (or root) could have put there, and that
// scripts that hang, fork, flood or are broken hold nothing up: each has a time
// limit after which it is killed with everything it started, its output is cut
// off and logged, and few run at once. When Run returns no script is left,
// except what has left its process group on purpose.
package hooks
