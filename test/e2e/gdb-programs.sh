#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# kiln gdb and more than one program: symbols of those that are started later come by themselves, breakpoints stay where they
# are through switches between processes, however many; and what the program reads.
set -u
. test/e2e/lib.sh
gdb_or_skip
program=$programs/trouble

# counted POINTS... -- ARGS...: how often each is reached when none of them stops, in $hits.
counted() {
	local options=() n=1
	while [ "$1" != -- ]; do
		n=$((n + 1))
		options+=(--ex "break $1" --ex "ignore $n 99")
		shift
	done
	shift
	session --batch --ex 'set breakpoint pending on' "${options[@]}" --ex continue --ex 'info breakpoints' "$@"
	hits=$(sed -n 's/^.*already hit \([0-9]*\) time.*/\1/p' <<<"$out" | xargs)
}

# none_missed TIMES... NAME: what was counted. One that was to be stepped over while another thread came to the next is reported
# twice (docs/debugging.md), which a busy host makes happen.
none_missed() {
	local name=${!#} least=${*:1:$#-1} n missed=0
	set -- $hits
	for n in $least; do [ "${1:-0}" -ge "$n" ] && [ "$1" -le $((n + 2)) ] || missed=1; shift; done
	ok $((missed + $#)) "$name"
	[ $missed = 0 ] || echo "# got: $hits, want: $least"
}

mkdir -p "$tmp/root/bin"
gcc -g -O0 -no-pie -static -o "$tmp/root/bin/fixed" test/programs/trouble.c
cp "$tmp/root/bin/fixed" "$tmp/root/bin/again"
cp "$programs/debug" "$tmp/root/bin/tool"
printf '{"rc":[{"bin":"/bin/trouble"}]}' >"$tmp/first.json"
printf 'one\ntwo\n' >"$tmp/words"

for p in sandbox qemu; do
	all=
	"$kiln" bake -P $p --debug -o "$tmp/both.kiln" "$program" "$programs/debug"
	both=(-c "$tmp/first.json" "$tmp/both.kiln" both /bin/debug)
	session --batch --ex 'set breakpoint pending on' --ex 'break count_up' --ex 'break turn' --ex continue --ex continue --ex continue \
		--ex continue --ex continue --ex 'info threads' --ex 'info sharedlibrary' --ex 'delete' --ex continue "${both[@]}"
	like "$out" 'hit Breakpoint 2(\.[0-9]+)?, count_up \(by=[123]\) at test/programs/debug.c' "$p: a breakpoint in the second program"
	like "$out" 'hit Breakpoint 3, turn \(n=[012]\) at test/programs/trouble.c' "$p: and in the first"
	like "$out" 'Yes +.*/debug$' "$p: the second is a library to gdb"
	like "$out" 'Thread [0-9]+ "debug".* at test/programs/debug.c' "$p: its threads have their lines"
	like "$out" '^the other one ended with 12$' "$p: both go on to the end"

	counted turn trouble.c:32 trouble.c:33 worker count_up debug.c:36 debug.c:38 -- "${both[@]}"
	none_missed 3 3 3 3 6 6 3 "$p: seven breakpoints in two programs, none is missed"
	like "$out" '^the other one ended with 12$' "$p: and to the end"
	counted turn trouble.c:32 trouble.c:33 -- -P $p -r "$tmp/root" "$tmp/root/bin/fixed" both /bin/again both /bin/again signal
	none_missed 6 6 6 "$p: nor when each takes the other's place in memory"
	like "$out" '^the other one ended with 5$' "$p: and to the end"

	"$kiln" bake -P $p --debug -r "$tmp/root" -o "$tmp/root.kiln" "$program"
	counted count_up worker -- -c "$tmp/first.json" "$tmp/root.kiln" both /bin/tool
	none_missed 6 3 "$p: in a program of the image's root file system"

	session --batch --ex 'tbreak both' --ex continue --ex next --ex next --ex 'stepi 200' --ex bt --ex next --ex continue -P $p "$program" both \
		/bin/trouble signal
	like "$out" '#[0-9]+ .* both \(argv=0x[0-9a-f]+\)' "$p: steps, through system calls and beside the start of another"
	like "$out" 'exited with code 05' "$p: and on to the end"

	session --batch -S --ex 'break count_up' --ex 'tbreak both' --ex continue --ex continue --ex 'bt' --ex 'delete' --ex continue "${both[@]}"
	like "$out" 'Temporary breakpoint [0-9]+, both ' "$p: -S, the first program's symbols come too"
	like "$out" '#1 .* worker \(arg=' "$p: -S, and the second one's"

	session --batch --ex 'break turn' --ex continue --ex continue --ex continue --ex continue --ex continue --ex continue --ex continue \
		-P $p -r "$tmp/root" "$program" both /bin/fixed both /bin/trouble signal
	like "$out" 'turn \(n=2\)' "$p: a program from the root directory, at a fixed address, and the same one again"
	like "$out" '^the other one ended with 5$' "$p: all of them end"

	session --batch --stdin "$tmp/words" --ex continue -P $p "$program" read
	like "$out" '^read: two$' "$p: --stdin is what the program reads"
	like "$out" 'exited with code 07' "$p: to its end"
	session --batch --ex continue -P $p "$program" read
	like "$out" 'exited with code 07' "$p: without it there is nothing to read"
	is "$(grep -iE 'packet|warning|error|cannot (access|insert)' <<<"$all" | grep -v "Source file is more recent")" "" "$p: no complaint in all of it"
done
out=$("$kiln" gdb --stdin /nowhere "$program" 2>&1)
is "$?: $out" "1: kiln: /nowhere: No such file or directory" "a file that is not there"

# --tty: another terminal than gdb's.
timeout 120 python3 - "$kiln" "$program" <<'E' >"$tmp/tty"
import os, pty, subprocess, sys
there, here = pty.openpty()
gdb = subprocess.Popen([sys.argv[1], "gdb", "--batch", "--tty", os.ttyname(here), "--ex", "continue", "-P", "sandbox",
                        sys.argv[2], "read"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
for line in gdb.stdout:
    if b"breakpoint 1, main" in line:
        break
os.write(there, b"typed\n")
seen = b""
while b"read: typed" not in seen:
    seen += os.read(there, 1000)
os.write(there, b"\4")
print(gdb.communicate(timeout=100)[0].decode())
E
like "$(cat "$tmp/tty")" 'exited with code 010' "--tty: the program reads and writes there"
end
