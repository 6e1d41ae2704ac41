#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Files that cannot be written, in full: on a file system of 64 KiB, and /dev/full. Each says so, fails, and leaves nothing half-done.
[ "${KILN_NOSPACE_TEST:-}" = inside ] || {
	unshare -rm true 2>/dev/null || { echo "1..0 # SKIP no mount namespaces here"; exit 77; }
	KILN_NOSPACE_TEST=inside exec unshare -rm bash "$0"
}
. test/e2e/lib.sh
mkdir "$tmp/full"
mount -t tmpfs -o size=64k none "$tmp/full" || { echo "1..0 # SKIP no tmpfs here"; exit 77; }

# fails WANT NAME COMMAND...: status 1, one line.
fails() {
	local want=$1 name=$2 got
	shift 2
	got=$("$@" 2>&1 >/dev/null </dev/null)
	is "$?: ${got//$tmp\//}" "1: kiln: $want" "$name"
}

"$kiln" bake -P sandbox -o "$tmp/image" "$programs/life"
like "$("$kiln" bake -P sandbox -o "$tmp/full/image" "$programs/life" 2>&1)" '^kiln: .*No space left on device$' "an image"
like "$(TMPDIR=$tmp/full "$kiln" run -P sandbox "$programs/life" 2>&1)" '^kiln: .*No space left on device$' "the temporary directory"
is "$(ls -A "$tmp/full")" "" "nothing is left of them"

mkdir -m 700 "$tmp/full/run"
dd if=/dev/zero of="$tmp/full/fill" bs=1k 2>/dev/null
XDG_RUNTIME_DIR=$tmp/full/run fails "full/run/kiln/image/state.new: No space left on device" "run -d" "$kiln" run -d "$tmp/image"
is "$(find "$tmp/full/run/kiln" -mindepth 1 -name '[!.]*')" "" "nothing of it runs or stays"
fails "full/p.svg: No space left on device" "a picture" "$kiln" inspect "$tmp/image" --svg "$tmp/full/p.svg"
fails "--boot-chart: full/b.svg: No space left on device" "a time line" "$kiln" run -P sandbox --boot-chart "$tmp/full/b.svg" "$examples/hello/hello"
is "$(ls "$tmp/full")" "fill
run" "half of a picture does not stay"
out=$("$kiln" run -P sandbox --core "$tmp/full/core" "$programs/debug" crash 2>&1)
is "$?: $(grep -c '^kiln: the core file is not complete: No space left on device$' <<<"$out")" "139: 1" "a core file"
umount "$tmp/full"

# Standard output: no command takes it for written.
for c in "inspect $tmp/image" "bake --list" "ps -a" "run --help" help doctor "pkg list" "config print $tmp/image"; do
	out=$("$kiln" $c 2>&1 >/dev/full)
	is "$?: $out" "1: kiln: standard output: No space left on device" "kiln ${c//$tmp\//} >/dev/full"
	"$kiln" $c >/dev/null
	is "$?" 0 "kiln ${c//$tmp\//}"
done

# An option that is refused later leaves no empty file.
"$kiln" run -P sandbox --profile "$tmp/refused" -t "$programs/life" >/dev/null 2>&1
is "$?: $(ls "$tmp/refused" 2>/dev/null)" "2: " "a profile that is not taken"
end
