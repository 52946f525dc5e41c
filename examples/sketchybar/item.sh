#!/bin/bash
# Adds the item. In sketchybarrc:  source "$CONFIG_DIR/vpnstatus/item.sh"

vpn=(
  icon="VPN"
  script="$CONFIG_DIR/vpnstatus/plugin.sh"
  click_script="open vpnstatus://open"
  update_freq=10
)
sketchybar --add event vpn_change \
  --add item vpn right \
  --set vpn "${vpn[@]}" \
  --subscribe vpn vpn_change system_woke
