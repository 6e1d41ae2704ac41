#!/bin/sh
# SPDX-License-Identifier: ISC
# Builds the sandbox's prototypes with the host's compiler and runs them; TAP of each, one after the other, as one plan.
set -u
here=$(cd "$(dirname "$0")/.." && pwd)
out=$(mktemp -d) || exit 1
trap 'rm -rf "$out"' EXIT
count=0
failed=0
result() { # good name
	count=$((count + 1))
	if [ "$1" = 0 ]; then echo "ok $count - $2"; else
		echo "not ok $count - $2"
		failed=1
	fi
}
for source in "$here"/*.c; do
	name=$(basename "$source" .c)
	if ! ${CC:-gcc} -O2 -std=gnu11 -mno-red-zone -Wall -Wextra -Wshadow -Werror -o "$out/$name" "$source"; then
		result 1 "$name: builds"
		continue
	fi
	timeout 60 "$out/$name" >"$out/log"
	result $? "$name"
	sed 's/^/    /;s/^    # /# '"$name"': /' "$out/log"
done
echo "1..$count"
exit $failed
