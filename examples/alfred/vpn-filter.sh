#!/bin/bash
# The script of a Script Filter. Connect it to a Run Script action with:
#   /usr/local/bin/vpnstatus toggle "$1"

PATH="$PATH:/opt/homebrew/bin:/usr/local/bin:/Applications/VPNStatus.app/Contents/MacOS"

list=$(vpnstatus list --json 2>&1) || {
  jq -n --arg error "$list" '{items: [{title: "No list of VPNs", subtitle: $error, valid: false}]}'
  exit
}

# Alfred runs this again after two seconds, as long as the list is open.
jq '{
  rerun: 2,
  items: [.VPNs[] | {
    uid: .id,
    title: .name,
    subtitle: "\(.status) · \(if .status == "Disconnected" then "connect" else "disconnect" end) with ↩",
    arg: .id,
    autocomplete: .name
  }]
}' <<<"$list"
