#!/bin/bash
# <xbar.title>VPNStatus</xbar.title>
# <xbar.version>v1.0</xbar.version>
# <xbar.desc>Shows the VPNs of this Mac; a click connects or disconnects one.</xbar.desc>
# <xbar.dependencies>vpnstatus,jq</xbar.dependencies>
# <swiftbar.hideRunInTerminal>true</swiftbar.hideRunInTerminal>
# <swiftbar.refreshOnOpen>true</swiftbar.refreshOnOpen>

PATH="$PATH:/opt/homebrew/bin:/usr/local/bin:/Applications/VPNStatus.app/Contents/MacOS"

list=$(vpnstatus list --json 2>&1) || {
  code=$?
  echo "| sfimage=exclamationmark.shield"
  echo "---"
  if ((code == 7)); then
    echo "VPNStatus is not running"
    echo "Open VPNStatus | bash=/usr/bin/open param1=-a param2=VPNStatus terminal=false refresh=true"
  else
    echo "${list//|//}"
  fi
  exit
}

# A name may hold anything, and "|" would end the title. IDs are plain.
jq -r --arg vpnstatus "$(command -v vpnstatus)" '
  def changing: IN("Connecting", "Disconnecting", "Reasserting");
  def symbol:
    if any(.[]; changing) then "arrow.triangle.2.circlepath"
    elif any(.[]; . == "Connected") then "lock.shield.fill"
    else "shield.slash" end;

  "| sfimage=\([.VPNs[].status] | symbol)",
  "---",
  (.VPNs[]
    | (.name | gsub("\\|"; "/")) + (if .status | changing then " (\(.status))" else "" end)
    + " | checked=\(.status == "Connected") symbolize=false emojize=false"
    + " bash=\"\($vpnstatus)\" param1=toggle param2=\(.id) terminal=false refresh=true")
' <<<"$list"
