#!/bin/bash

# Required parameters:
# @raycast.schemaVersion 1
# @raycast.title Toggle VPN
# @raycast.mode compact

# Optional parameters:
# @raycast.packageName VPNStatus
# @raycast.icon 🔒
# @raycast.description Connects a VPN that is down, disconnects one that is up.
# @raycast.argument1 { "type": "text", "placeholder": "Name" }

PATH="$PATH:/opt/homebrew/bin:/usr/local/bin:/Applications/VPNStatus.app/Contents/MacOS"

# Raycast shows the last line: the status, or the error.
vpnstatus toggle "$1" --wait 2>&1 && echo "$1: $(vpnstatus status "$1")"
