// Package hooks runs the user's own scripts when something happens.
//
// Nothing runs unless hooks are switched on, and only files run that nobody but the
// user (or root) could have put there. Scripts that hang, fork or print without end
// don't affect anything else: each is killed with its process group after a time
// limit, its output is limited and logged, and few run at once. When Run returns no
// script is left, except processes that left their group and those that the kernel
// does not end.
package hooks
