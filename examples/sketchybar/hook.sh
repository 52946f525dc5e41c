#!/bin/bash
# Updates the item at once. Copy it into the folders hooks/connected.d and
# hooks/disconnected.d, and run: vpnstatus settings set hooks on

PATH="$PATH:/opt/homebrew/bin:/usr/local/bin"
sketchybar --trigger vpn_change
