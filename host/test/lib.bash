# SPDX-License-Identifier: ISC
# For the shell tests of host/test: TAP, and a data directory with the test platform of host/test/mini.
export LC_ALL=C
BUILD=$(cd "${BUILD:-build}" && pwd)
KILN=$BUILD/bin/kiln
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export TMPDIR=$work/tmp XDG_CACHE_HOME=$work/cache XDG_RUNTIME_DIR=$work/run
mkdir -m 700 "$TMPDIR" "$XDG_CACHE_HOME" "$XDG_RUNTIME_DIR"
count=0 failed=0

# ok RESULT NAME: RESULT is a command's status.
ok() {
	count=$((count + 1))
	[ "$1" = 0 ] && echo "ok $count - $2" && return
	failed=$((failed + 1))
	echo "not ok $count - $2"
}

# gives STATUS TEXT COMMAND...: the command's exit status, and all that it prints.
gives() {
	local status=$1 text=$2 got
	shift 2
	got=$("$@" 2>&1 </dev/null)
	set -- $? "$status" "$text" "$@"
	[ "$1" = "$2" ] && [ "$got" = "$3" ]
	ok $? "${*:4}: ${3//$'\n'/ }"
	[ "$1" = "$2" ] && [ "$got" = "$3" ] || printf '# status %s\n# %s\n' "$1" "${got//$'\n'/$'\n'# }"
}

# until_true COMMAND...: tries it for two minutes; false when it never was.
until_true() {
	local end=$((SECONDS + 120))
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

# left_nothing: no temporary file is left behind.
left_nothing() {
	[ -z "$(ls -A "$TMPDIR")" ]
	ok $? "$1"
}

finish() {
	echo "1..$count"
	[ "$failed" = 0 ]
	exit
}

# The test platform: its components, an index, and a sandbox whose tender is a shell script.
mini_libdir() {
	local dir=$work/lib f n
	mkdir -p "$dir/components"
	cp host/test/mini/pc.ld "$dir/components/pc.ld"
	cp host/test/mini/pc.ld "$dir/components/sandbox.ld"
	cp host/test/mini/tender "$dir/kiln-tender"
	for f in host/test/mini/*.S; do
		n=$(basename "$f" .S)
		gcc -c "$f" -o "$dir/components/$n.o"
		echo "component $n $(stat -c %s "$dir/components/$n.o")"
	done >"$dir/components/index"
	cp "$dir/components/pc.o" "$dir/components/sandbox.o"
	{ echo "component sandbox 10"; cat host/test/mini/components.txt; } >>"$dir/components/index"
	export KILN_LIBDIR=$dir
}

# program NAME: a static Linux program that does nothing.
program() {
	printf '.globl _start\n_start: mov $60, %%eax\nxor %%edi, %%edi\nsyscall\n' >"$work/p.S"
	gcc -nostdlib -static -o "$work/$1" "$work/p.S"
}
