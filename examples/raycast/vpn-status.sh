#!/bin/bash

# Required parameters:
# @raycast.schemaVersion 1
# @raycast.title VPN
# @raycast.mode inline
# @raycast.refreshTime 30s

# Optional parameters:
# @raycast.packageName VPNStatus
# @raycast.icon 🔒
# @raycast.description Shows which VPNs are connected.

PATH="$PATH:/opt/homebrew/bin:/usr/local/bin:/Applications/VPNStatus.app/Contents/MacOS"

list=$(vpnstatus list --json 2>&1) || { echo "$list"; exit 1; }
jq -r '[.VPNs[] | select(.status == "Connected").name] | join(", ") | if . == "" then "Not connected" else . end' <<<"$list"
