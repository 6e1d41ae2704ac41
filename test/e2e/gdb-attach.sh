#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A debugger and an image that runs in the background: kiln gdb NAME comes in, detaches, is killed; the image goes on. And
# what --core leaves of one.
set -u
. test/e2e/lib.sh
gdb_or_skip
program=$programs/debug here=$PWD
trap '"$kiln" kill one >/dev/null 2>&1; finish' EXIT

# killed COMMANDS...: gdb joins, executes the commands, says so and is killed.
killed() {
	local port=$1
	shift
	: >"$tmp/gdb"
	mkfifo "$tmp/pipe"
	gdb -nx -q -ex 'set pagination off' -ex 'set confirm off' -ex "target remote 127.0.0.1:$port" "$@" "$program" \
		<"$tmp/pipe" >"$tmp/gdb" 2>&1 &
	started+=($!)
	exec 4>"$tmp/pipe"
	until_true has "$tmp/gdb" here
	sleep 0.2
	kill -9 "${started[-1]}"
	wait "${started[-1]}" 2>/dev/null
	exec 4>&-
	rm "$tmp/pipe"
}

for p in sandbox qemu; do
	port=$(free_port)
	is "$(timeout 30 "$kiln" run -d -P $p -D "$port" -n one "$program" loop)" one "$p: it runs in the background"
	out=$(timeout 60 "$kiln" gdb --batch --ex bt --ex 'print go_on' --ex 'info breakpoints' --ex detach one </dev/null 2>&1)
	like "$out" 'main \(argc=2, .* at test/programs/debug.c' "$p: gdb joins it by its name, where it waits in the C library"
	like "$out" '^\$1 = 1$' "$p: and sees its variables"
	is "$("$kiln" ps -q | grep -cx one)" 1 "$p: it goes on when gdb detaches"
	mkdir "$tmp/here" && echo "no program" >"$tmp/here/one"
	out=$(cd "$tmp/here" && timeout 60 "$here/$kiln" gdb --batch --ex 'print go_on' --ex detach one </dev/null 2>&1)
	like "$out" '^kiln: note: one runs, and is what is debugged; ./one is the file$' "$p: though there is a file of that name"
	like "$out" '^\$1 = 1$' "$p: as it says"
	like "$(cd "$tmp/here" && timeout 60 "$here/$kiln" gdb --batch ./one </dev/null 2>&1)" '^kiln: ./one: ' "$p: which ./one is"
	rm -r "$tmp/here"

	killed "$port" -ex 'break usleep' -ex continue -ex 'echo here\n'
	like "$(cat "$tmp/gdb")" 'hit Breakpoint 1, usleep' "$p: gdb stands at a breakpoint, and is killed"
	out=$(timeout 60 "$kiln" gdb --batch --ex 'x/4xb usleep' --ex 'print go_on' --ex detach one </dev/null 2>&1)
	like "$out" '^\$1 = 1$' "$p: it goes on, and the next one may come"
	is "$(grep -c 'usleep>:.*0xcc' <<<"$out")" 0 "$p: no breakpoint was left"
	killed "$port" -ex 'break abort' -ex 'echo here\n' -ex continue
	out=$(timeout 60 "$kiln" gdb --batch --ex 'set var go_on=0' one </dev/null 2>&1)
	is "$(timeout 30 "$kiln" wait one)" 12 "$p: killed while it runs: neither; and gdb's end lets it go on to its own"
	is "$("$kiln" logs one)" $'loop\nno name 12' "$p: which printed only its own"
	"$kiln" rm one >/dev/null

	mkdir "$tmp/cores"
	timeout 30 "$kiln" run -d -P $p --core "$tmp/cores" --restart on-failure:1 -n one "$program" crash >/dev/null
	is "$(timeout 60 "$kiln" wait one)" 139 "$p: one that crashes in the background has its status"
	is "$(ls "$tmp/cores")" core.debug.1 "$p: and leaves its core file"
	is "$("$kiln" logs one | grep -c "^kiln: core file: $tmp/cores/core.debug.1$")" 2 "$p: each time that it was started"
	out=$(timeout 30 gdb -nx -q -batch -ex bt "$program" "$tmp/cores/core.debug.1" </dev/null 2>&1)
	like "$out" '^#4 .* in main \(argc=2' "$p: which gdb reads"
	"$kiln" rm one >/dev/null
	rm -r "$tmp/cores"
done
end
