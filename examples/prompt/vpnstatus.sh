# shellcheck shell=bash
# Puts "[vpn] " into the prompt of bash or zsh while a VPN is connected.
#
#   .bashrc:  . ~/.config/vpnstatus.sh; PS1='$(vpn_prompt)'$PS1
#   .zshrc:   . ~/.config/vpnstatus.sh; setopt PROMPT_SUBST; PROMPT='$(vpn_prompt)'$PROMPT

vpn_prompt() {
  local before=$? # the prompt may show it
  vpnstatus status --quiet 2>/dev/null
  case $? in
    0) printf '[vpn] ' ;;
    11) printf '[vpn…] ' ;;
  esac
  return "$before"
}
