#!/bin/sh
# Makes the files of a release twice from the last commit, in clones at different
# places, at different times and with different umasks, and fails if a byte
# differs. Both use the caches of the machine: what is compared is what depends on
# the folder, the time and the order of files.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# build UMASK ZONE FOLDER
build() {
	git clone --quiet . "$3"
	(umask "$1" && TZ=$2 && export TZ && cd "$3" && make dist)
}
build 022 UTC "$work/first"
build 027 Asia/Kathmandu "$work/a second place with another name"
diff -r "$work/first/dist" "$work/a second place with another name/dist"
echo "Both builds are the same, byte for byte."
