#!/bin/sh
# Quits, installs and removes VPNStatus.app on macOS; the Makefile calls it.
#
#   app.sh quit                  end the running app and wait for its end
#   app.sh install BUILT         put the bundle BUILT and the commands in place
#   app.sh commands              put the commands in place
#   app.sh uninstall             remove all
#
# APPLICATIONS and BIN name the folders of the app and of the commands, which are
# vpnstatus and vpnutil.
set -eu

id=io.github.vpnstatus.VPNStatus
app=${APPLICATIONS:-/Applications}/VPNStatus.app
program=$app/Contents/MacOS/vpnstatus
bin=${BIN:-/usr/local/bin}

# An app that macOS has never seen is an error of osascript, and not running.
running() { test "$(osascript -e "application id \"$id\" is running" 2>/dev/null)" = true; }

# quit waits, since the app stops its hooks and writes its state before it ends.
quit() {
	running || return 0
	osascript -e "tell application id \"$id\" to quit" >/dev/null 2>&1 || true
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
		running || return 0
		sleep 0.5
	done
	echo "VPNStatus is still running after six seconds: quit it, then try again." >&2
	exit 1
}

# The commands are links to scripts in the bundle; bin/vpnstatus says why they are
# scripts. A vpnutil that is somebody else's stays.
commands() {
	mkdir -p "$bin" && link vpnstatus || return 1
	if test -e "$bin/vpnutil" && ! ours "$bin/vpnutil"; then
		echo "$bin/vpnutil is another program and was not replaced; vpnstatus vpnutil does the same."
	else
		link vpnutil
	fi
}

# link NAME links to the command NAME, in place of what is there.
link() { rm -f "$bin/$1" && ln -s "$app/Contents/Resources/bin/$1" "$bin/$1"; }

# ours FILE: it is a link into the app, which may be gone.
ours() { case $(readlink "$1" 2>/dev/null) in */VPNStatus.app/*) ;; *) false ;; esac }

# A login item refers to the bundle that registered it: it is taken off before
# the bundle is replaced, and put back.
install() {
	login=off
	if test -x "$program"; then login=$("$program" login 2>/dev/null) || login=off; fi
	quit
	case $login in on*) "$program" login off || true ;; esac
	rm -rf "$app"
	ditto "$1" "$app"
	case $login in on*) "$program" login on || true ;; esac
	if ! commands 2>/dev/null; then
		echo "The commands need your password: sudo env BIN='$bin' APPLICATIONS='${app%/*}' sh packaging/app.sh commands"
	fi
}

uninstall() {
	if test -x "$program"; then "$program" login off || true; fi
	quit
	rm -rf "$app"
	for name in vpnstatus vpnutil; do
		if test $name = vpnutil && ! ours "$bin/$name"; then continue; fi
		rm -f "$bin/$name" 2>/dev/null || echo "To remove the command: sudo rm '$bin/$name'"
	done
}

case ${1-} in
quit) quit ;;
install) install "$2" ;;
commands) commands ;;
uninstall) uninstall ;;
*)
	echo "usage: app.sh quit | install BUILT | commands | uninstall" >&2
	exit 2
	;;
esac
