#!/bin/bash
# Shows the names of the VPNs that are up. sketchybar sets NAME.

PATH="$PATH:/opt/homebrew/bin:/usr/local/bin:/Applications/VPNStatus.app/Contents/MacOS"

list=$(vpnstatus list --json 2>/dev/null) || {
  sketchybar --set "$NAME" drawing=off
  exit
}
up=$(jq -r '[.VPNs[] | select(.status == "Connected").name] | join(", ")' <<<"$list")
if [[ $up ]]; then
  sketchybar --set "$NAME" drawing=on icon.color=0xff30d158 label="$up"
else
  sketchybar --set "$NAME" drawing=on icon.color=0xff8e8e93 label="off"
fi
