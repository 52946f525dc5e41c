#!/bin/sh
# Has Apple notarise the signed bundle, and attaches its ticket:
#
#   notarise.sh BUNDLE ARGUMENT…     the arguments tell notarytool who asks
set -eu
bundle=$1
shift
archive=$(mktemp -d)/VPNStatus.zip
ditto -c -k --keepParent "$bundle" "$archive"
xcrun notarytool submit "$archive" --wait "$@"
rm -r "${archive%/*}"
xcrun stapler staple "$bundle"
spctl --assess --type execute --verbose=2 "$bundle"
