#!/bin/bash
# Runs a command while a VPN is connected:  with-vpn.sh NAME COMMAND [ARGUMENT…]
#
# A VPN that was down before is disconnected afterwards. The exit code is that of
# the command, or that of vpnstatus: 5 timed out, 6 needs you, 7 no app.

PATH="$PATH:/opt/homebrew/bin:/usr/local/bin:/Applications/VPNStatus.app/Contents/MacOS"

name=${1:?usage: with-vpn.sh NAME COMMAND [ARGUMENT…]}
shift
vpnstatus status --quiet "$name" 2>/dev/null # connect will say what is wrong
before=$?
((before == 0)) || vpnstatus connect "$name" --wait=60s || exit
if ((before == 10)); then
  # Auto Connect leaves it down for a minute, then it decides as before.
  trap 'vpnstatus disconnect "$name" --for 1m' EXIT
fi
"$@"
