#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# kiln gdb and run -D on both platforms: main, threads, breakpoints in program and kernel, steps, watchpoints, signals, the
# first instruction, a running image; and never a word about packets.
set -u
. test/e2e/lib.sh
gdb_or_skip
program=$programs/debug

for p in sandbox qemu; do
	all=
	session --batch --ex bt --ex 'info threads' --ex 'print argc' --ex 'info auxv' --ex continue -P $p "$program" one
	is $status 0 "$p: a session ends with 0"
	like "$out" 'main \(argc=2, argv=0x[0-9a-f]+\) at .*debug.c:[0-9]+' "$p: stops at main, with its arguments"
	like "$out" '\* 1 +Thread 1 "debug".* main' "$p: the thread has a number and a name"
	like "$out" 'AT_ENTRY' "$p: the auxiliary vector"
	like "$out" '^no name 12$' "$p: the program's output"
	like "$out" 'exited with code 014' "$p: the exit status"

	session --batch --ex 'tbreak count_up' --ex continue --ex 'info threads' --ex 'thread apply all bt' --ex 'print by' --ex finish \
		--ex 'delete' --ex 'watch counter' --ex continue --ex 'delete' --ex continue -P $p "$program"
	like "$out" 'hit Temporary breakpoint 2, count_up \(by=[123]\)' "$p: a breakpoint in a thread"
	like "$out" '\* [2-4] +Thread [2-4] "debug".* count_up' "$p: that thread is the current one"
	like "$out" '^  1 +Thread 1 "debug" \(waits\)' "$p: the others are there"
	like "$out" 'in worker \(arg=0x[123]\)' "$p: each has a backtrace"
	like "$out" '^\$1 = [123]$' "$p: print"
	like "$out" '^Value returned is \$2 = ' "$p: finish"
	like "$out" 'Old value = [0-9]+' "$p: a watchpoint"
	like "$out" 'exited with code 014' "$p: and on to the end"

	session --batch --ex next --ex next --ex 'print text' --ex 'print count_up(5)' --ex 'break sched_user_return' \
		--ex 'break personality_syscall' --ex 'delete 2' --ex continue --ex bt --ex delete --ex 'stepi 20' --ex continue \
		-P $p "$program"
	like "$out" '^\$1 = 0x[0-9a-f]+ "no name"' "$p: steps over calls"
	like "$out" '^\$2 = 5$' "$p: a function is called"
	like "$out" 'personality_syscall \(tf=0x[0-9a-f]+\) at linux/' "$p: a breakpoint in the kernel"
	like "$out" '<signal handler called>' "$p: a backtrace from the kernel into the program"
	like "$out" 'exited with code 021' "$p: what was changed is changed"

	session --batch --ex continue --ex bt --ex 'info threads' --ex 'print $_siginfo.si_signo' --ex 'up 4' --ex 'print text' \
		--ex continue -P $p "$program" crash
	like "$out" 'received signal SIGSEGV' "$p: stops where a fault would end the program"
	like "$out" '^#3 .*deeper \(depth=3, where=0x0\)' "$p: with the program's backtrace"
	like "$out" '^\$1 = 11$' "$p: and the signal's details"
	like "$out" '"crashing"' "$p: and its variables"
	like "$out" 'exited with code 0213' "$p: then it ends by it"

	session -S --batch --ex 'info registers' --ex 'x/2i $pc' --ex stepi --ex stepi --ex 'info registers rip' --ex 'tbreak kernel_main' \
		--ex 'break main' --ex continue --ex bt --ex continue --ex 'info threads' --ex continue -P $p "$program"
	like "$out" 'kernel_main \(\) at kernel/main.c' "$p: -S begins before the kernel"
	like "$out" '^#1 .* (pc_start|sandbox_main)' "$p: whose backtrace is right"
	like "$out" 'hit Breakpoint [0-9]+, main \(argc=1' "$p: and finds the program's main later"
	like "$out" 'exited with code 014' "$p: and goes on to the end"

	port=$(free_port)
	: >"$tmp/out"
	timeout 60 "$kiln" run -P $p -D "$port" "$program" loop >"$tmp/out" 2>&1 </dev/null &
	started+=($!)
	until_true has "$tmp/out" loop
	session --batch --ex 'info threads' --ex 'print go_on' --ex detach ":$port"
	like "$out" '^\* 1 +Thread 1 "debug"' "$p: a debugger comes to an image that runs"
	session --batch --ex 'print go_on' --ex 'set var go_on=0' --ex detach ":$port"
	like "$out" '^\$1 = 1$' "$p: and another one after it"
	wait "${started[-1]}"
	is $? 12 "$p: the image goes on without them, to its own status"
	is "$(cat "$tmp/out")" $'loop\nno name 12' "$p: and prints only its own"

	port=$(free_port)
	timeout 60 "$kiln" run -P $p -D "$port" -S "$program" >"$tmp/out" 2>&1 </dev/null &
	started+=($!)
	until_true is_open "$port"
	out=$(timeout 30 gdb -nx -q -batch -ex 'set architecture i386:x86-64' -ex "target remote 127.0.0.1:$port" \
		-ex 'info registers rip' -ex stepi -ex 'info threads' -ex kill "$program" </dev/null 2>&1)
	all+=$out
	like "$out" '^rip ' "$p: any gdb may connect to -D -S"
	wait "${started[-1]}"
	is $? 137 "$p: kill ends the image"
	is "$(grep -iE 'packet|warning|error|cannot access' <<<"$all" | grep -v 'Source file is more recent')" "" "$p: no complaint in all of it"

	timeout 60 "$kiln" gdb -P $p --batch -m 32M --ex continue -- "$programs/streams" lines 1 >"$tmp/out" 2>"$tmp/err" </dev/null
	like "$(cat "$tmp/out")" '^line 1 on 1$' "$p: options in any order"
	is "$(grep -v 'Source file is more recent' "$tmp/err")" "line 1 on 2" "$p: the program's standard error is not gdb's output"
done

# Names as people give them.
mkdir "$tmp/a b"
cp "$program" "$tmp/a b/it's \"1\""
session --batch --ex bt --ex continue -P sandbox "$tmp/a b/it's \"1\""
like "$out" '^#0 +main ' "a program with blanks and quotes in its name"
like "$out" 'exited with code 014' "runs"
session -S --batch --ex 'break main' --ex continue --ex bt -P sandbox "$tmp/a b/it's \"1\""
like "$out" '^#0 +main ' "with -S, too"
is "$("$kiln" gdb :70000 2>&1)" "kiln: :70000: not a port" "a port that is none"

# Interrupted while the image is made: nothing stays.
mkdir "$tmp/bin" "$tmp/temporary"
printf '#!/bin/sh\n: >"%s"\nexec sleep 300\n' "$tmp/linking" >"$tmp/bin/ld"
chmod +x "$tmp/bin/ld"
PATH=$tmp/bin:$PATH TMPDIR=$tmp/temporary "$kiln" gdb -P sandbox "$program" >/dev/null 2>&1 </dev/null &
started+=($!)
until_true [ -e "$tmp/linking" ]
kill -TERM "${started[-1]}"
is_empty() { [ -z "$(ls -A "$1")" ]; }
until_true is_empty "$tmp/temporary"
is "$(ls -A "$tmp/temporary")" "" "a session that is ended before it began leaves nothing"

# -D PATH: the socket goes with the image; one that was left behind is no obstacle, anything else is.
debugged() { timeout 60 "$kiln" run -P sandbox -D "$tmp/socket" "$programs/life" exit 3 2>&1 </dev/null; echo "$?"; }
python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$tmp/socket"
like "$(debugged)" '^3$' "a socket that was left behind gives way"
is "$(ls "$tmp/socket" 2>&1)" "ls: cannot access '$tmp/socket': No such file or directory" "none is left at the end"
echo mine >"$tmp/socket"
like "$(debugged)" "^kiln: $tmp/socket: Address already in use$" "a file is not overwritten"
is "$(cat "$tmp/socket")" mine "and stays"
end
