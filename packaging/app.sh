#!/bin/sh
# Quits, installs and removes VPNStatus.app on macOS; the Makefile calls it.
#
#   app.sh quit                  end the running app and wait for its end
#   app.sh install BUILT         put the bundle BUILT and the command in place
#   app.sh uninstall             remove both
#
# APPLICATIONS and BIN name the folders of the app and of the command.
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

# The command is a script: through a symbolic link macOS would see a process
# without a bundle, which may neither notify nor launch at login. An old link is
# removed first, since writing to it would overwrite the program.
command_script() {
	mkdir -p "$bin" && rm -f "$bin/vpnstatus" &&
		printf '#!/bin/sh\nexec "%s" "$@"\n' "$program" >"$bin/vpnstatus" && chmod 755 "$bin/vpnstatus"
}

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
	if ! command_script 2>/dev/null; then
		echo "The command needs your password: sudo env BIN='$bin' APPLICATIONS='${app%/*}' sh packaging/app.sh command"
	fi
}

uninstall() {
	if test -x "$program"; then "$program" login off || true; fi
	quit
	rm -rf "$app"
	rm -f "$bin/vpnstatus" 2>/dev/null || echo "To remove the command: sudo rm '$bin/vpnstatus'"
}

case ${1-} in
quit) quit ;;
install) install "$2" ;;
command) command_script ;;
uninstall) uninstall ;;
*)
	echo "usage: app.sh quit | install BUILT | command | uninstall" >&2
	exit 2
	;;
esac
