#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Backtraces that begin in the C library reach main: in gdb, in a core file, in the kernel's report; in threads and behind
# handlers of signals. And none of the debug information that they need is in an image.
set -u
. test/e2e/lib.sh
gdb_or_skip
program=$programs/trouble

# reaches TEXT FUNCTIONS... NAME: frames of these functions stand one behind the other.
reaches() {
	local text=$1 name=${!#} pattern=''
	shift
	while [ $# -gt 1 ]; do pattern+="#[0-9]+ [^#]*\\b$1 \\([^#]*"; shift; done
	like "$(tr '\n' ' ' <<<"$text")" "$pattern" "$name"
}

for p in sandbox qemu; do
	session --batch --ex continue --ex bt --ex continue -P $p "$program" abort
	reaches "$out" raise abort main "$p: gdb, abort"
	like "$out" '^kiln: +#[0-9]+ +[0-9a-f]+ main\+0x' "$p: the kernel's report of it has main"
	session --batch --ex continue --ex bt -P $p "$program" strlen
	reaches "$out" strlen main "$p: gdb, a fault in strlen"
	like "$out" 'strlen \(\) at src/string/strlen.c:[0-9]+' "$p: with musl's own line"
	session --batch --ex 'break turn if turns == 10' --ex continue --ex 'thread apply all bt' --ex kill -P $p "$program" thread
	reaches "$out" __clock_nanosleep nanosleep nap napper start __clone "$p: gdb, a thread that waits in nanosleep"
	session --batch --ex 'break on_signal' --ex continue --ex bt --ex kill -P $p "$program" signal
	like "$(tr '\n' ' ' <<<"$out")" '#0 +on_signal .*#1 +<signal handler called> .*raise .*main \(' "$p: gdb, behind a handler"

	port=$(free_port)
	timeout 60 "$kiln" run -P $p -D "$port" "$program" nap >/dev/null 2>&1 </dev/null &
	started+=($!)
	until_true is_open "$port"
	for _ in $(seq 50); do
		session --batch --ex bt --ex detach ":$port"
		grep -q nap <<<"$out" && break
	done
	reaches "$out" nanosleep nap main "$p: gdb comes while the program waits"
	kill "${started[-1]}"

	# Wherever it is interrupted: in the program, in the kernel, between them.
	port=$(free_port)
	is "$(timeout 60 "$kiln" run -d -P $p -D "$port" -n busy "$program" busy)" busy "$p: a program that is always in system calls"
	args=()
	for _ in $(seq 30); do args+=(--ex bt --ex detach --ex "target remote 127.0.0.1:$port"); done
	session --batch "${args[@]}" --ex kill busy
	is "$(grep -cE '^#[0-9]+ .* main \(argc=2.* at test/programs/trouble.c' <<<"$out")" 30 "$p: gdb comes 30 times, and sees main each time"
	"$kiln" rm -f busy >/dev/null

	timeout 60 "$kiln" run -P $p --core "$tmp/core" "$program" thread >"$tmp/out" 2>&1 </dev/null
	out=$(timeout 30 gdb -nx -q -batch -ex 'thread apply all bt' "$program" "$tmp/core" </dev/null 2>&1)
	reaches "$out" raise abort main "$p: a core file, abort"
	reaches "$out" __clock_nanosleep nanosleep nap napper start __clone "$p: a core file, the thread that waits"
	is "$(grep -c 'Backtrace stopped' <<<"$out")" 0 "$p: they end where nobody called"

	"$kiln" bake -P $p --debug -o "$tmp/all.kiln" "$program"
	cp "$program" "$tmp/trouble" && strip --strip-debug "$tmp/trouble"
	"$kiln" bake -P $p -o "$tmp/little.kiln" "$tmp/trouble"
	ok $(($(stat -c %s "$tmp/all.kiln") - $(stat -c %s "$tmp/little.kiln") > 4096)) "$p: debug information adds nothing to an image"
	session --batch --ex continue --ex bt "$tmp/all.kiln" strlen
	reaches "$out" strlen main "$p: gdb has it from IMAGE.debug"
	like "$out" 'main \(argc=2.* at test/programs/trouble.c:[0-9]+' "$p: the program's own too"
done

# What is behind the sections of a program stays.
cp "$program" "$tmp/archive" && echo 'an archive' >>"$tmp/archive"
"$kiln" bake -P sandbox -o "$tmp/archive.kiln" "$tmp/archive"
ok $(($(tail -c $(($(stat -c %s "$tmp/archive") + 8192)) "$tmp/archive.kiln" | grep -ac 'an archive') - 1)) \
	"a program with more in it than sections goes into the image as it is"
end
