#!/bin/bash
# Prints the names of the VPNs that are up, for the status line of tmux.

PATH="$PATH:/opt/homebrew/bin:/usr/local/bin:/Applications/VPNStatus.app/Contents/MacOS"

# tmux would take "#" for the beginning of a format.
vpnstatus list --json 2>/dev/null |
  jq -r '[.VPNs[] | select(.status == "Connected").name] | join(", ") | select(. != "") | "VPN: \(gsub("#"; "##"))"'
