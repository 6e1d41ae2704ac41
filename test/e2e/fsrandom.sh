#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Random file operations give here what they give on Linux's tmpfs: in an empty directory, and in one of the embedded root,
# where each change is made in the layer above it.
. test/e2e/lib.sh

if [ "$(stat -f -c %T /dev/shm)" != tmpfs ]; then
	skip "file operations as on Linux" "/dev/shm is not a tmpfs"
	end
fi
[ "$(id -u)" = 0 ] || { skip "file operations as on Linux" "not root, as programs in an image are"; end; }
here=$(mktemp -d /dev/shm/kiln-XXXXXX)
trap 'rm -rf "$here"; finish' EXIT

mkdir -p "$tmp/root/full/w/d/e"
seq 1 3000 >"$tmp/root/full/w/a"
seq 1 900 >"$tmp/root/full/w/d/a"
: >"$tmp/root/full/w/d/e/a"
ln "$tmp/root/full/w/a" "$tmp/root/full/w/d/b"
ln -s d "$tmp/root/full/w/l"
ln -s a "$tmp/root/full/w/b"

for p in sandbox qemu; do
	"$kiln" bake -P $p -r "$tmp/root" -o "$tmp/image" "$programs/fsrandom"
	seeds=$([ $p = sandbox ] && seq 12 || seq 3)
	for dir in empty full; do
		wrong=""
		for s in $seeds; do
			rm -rf "$here/dir"
			mkdir "$here/dir"
			if [ $dir = empty ]; then chmod 1777 "$here/dir"; else cp -a "$tmp/root/full/." "$here/dir"; fi
			"$programs/fsrandom" "$s" 2500 "$here/dir" >"$tmp/want"
			timeout 60 "$kiln" run -P $p -m 32M "$tmp/image" "$s" 2500 $([ $dir = empty ] && echo /tmp || echo /full) >"$tmp/got" 2>&1
			cmp -s "$tmp/want" "$tmp/got" || wrong="$wrong $s: $(diff "$tmp/want" "$tmp/got" | head -n 4 | tr '\n' ' ')"
		done
		is "$wrong" "" "random operations as on Linux in a directory that was $dir, on $p"
	done
done
end
