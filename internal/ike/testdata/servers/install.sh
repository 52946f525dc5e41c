#!/bin/sh
# install.sh FOLDER: gets strongSwan and libreswan of Debian for make test-ike, as
# root. Neither is installed, because their packages conflict and would start
# daemons: each is unpacked into FOLDER. Only the libraries they need are installed.
set -eu
mkdir -p "$1"
cd "$1"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq

# unpack NAME PACKAGE… unpacks packages into FOLDER/NAME.
unpack() {
  name=$1
  shift
  rm -rf "$name" "$name.debs"
  mkdir "$name.debs"
  (cd "$name.debs" && apt-get download -qq "$@")
  for deb in "$name.debs"/*.deb; do
    dpkg-deb -x "$deb" "$name.debs/root"
    # What it depends on, without the packages that are unpacked, nor a firewall.
    dpkg-deb -f "$deb" Depends | tr ',' '\n' | grep -v -e swan -e iptables -e host -e dns-root-data >>"$name.debs/depends"
  done
  apt-get satisfy -y -qq --no-install-recommends "$(paste -sd, "$name.debs/depends")"
  mv "$name.debs/root" "$name"
  rm -rf "$name.debs"
}

unpack strongswan charon-systemd strongswan-libcharon strongswan-swanctl libstrongswan libstrongswan-standard-plugins
unpack libreswan libreswan
