#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Processes in images: programs that call others, what is left when the list ends, what --strace shows, and bad programs that
# meet limits: the image stays usable, can be stopped, and ends with the right status.
. test/e2e/lib.sh

want='shell: 1
hello from sh
system: 0
system: 500
system: 9
sh: nothing: not found
system: 7f00
read: from a pipe
pclose 0
12 bytes
pclose 0
pclose 300'

# run STATUS NAME ARGUMENT…: kiln run of what follows, its output in $tmp/out.
run() {
	local status=$1 name=$2
	shift 2
	timeout 100 "$kiln" run -P $p --timeout 90 "$@" >"$tmp/out" 2>&1 </dev/null
	is $? "$status" "$name on $p"
}

for p in sandbox qemu; do
	"$kiln" bake -P $p -o "$tmp/family" "$programs/family" "$programs/sh"
	echo '{"rc": [{"bin": "/bin/family"}]}' >"$tmp/config"
	run 17 "system() and popen() of two baked programs" -c "$tmp/config" "$tmp/family"
	is "$(cat "$tmp/out")" "$want" "they do on $p as on Linux"
	mkdir -p "$tmp/root/bin"
	cp "$programs/sh" "$tmp/root/bin/sh"
	run 17 "and of one in the root file system" -r "$tmp/root" "$programs/family"
	is "$(cat "$tmp/out")" "$want" "which does the same on $p"

	run 21 "a process that is left behind does not keep the image" "$programs/family" orphan
	run 60 "a chain of sixty processes" -m 48M "$programs/family" depth 60
	echo '{"rc": [{"bin": "/bin/family", "argv": ["orphan"], "runmode": "&"}, {"bin": "/bin/family", "argv": ["depth", "3"]}]}' \
		>"$tmp/config"
	run 3 "a list beside which others run" -c "$tmp/config" "$programs/family"

	echo '{"rc": [{"bin": "/bin/greedy", "argv": ["threads"]}, {"bin": "/bin/none"}]}' >"$tmp/config"
	run 127 "a program that is not there, after one with threads" -m 32M -c "$tmp/config" "$programs/greedy"
	like "$(cat "$tmp/out")" '^kiln: /bin/none: not found$' "with a line on $p"

	run 3 "--strace of several processes" --strace "$programs/family" depth 3
	like "$(cat "$tmp/out")" '^(fork|clone)\(.*\) += 2$' "the line of a fork on $p"
	like "$(cat "$tmp/out")" '^--- SIGCHLD \{si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=2, si_uid=0, si_status=2, ' "a signal that is ignored on $p"
	like "$(cat "$tmp/out")" '^\[pid +2\] exit_group\(2\) += \?$' "and of the child's end on $p"

	run 33 "a fork bomb is survived" -m 32M "$programs/greedy" bomb
	is "$(cat "$tmp/out")" "the bomb is gone: No such process" "and nothing else is said on $p"
	run 33 "also one of thousands of processes" -m 512M "$programs/greedy" bomb
	run 34 "a maker of zombies meets a limit" -m 32M "$programs/greedy" zombies
	is "$(cat "$tmp/out")" "Resource temporarily unavailable after many zombies" "which says EAGAIN on $p"
	run 35 "a leak of descriptors meets a limit" -m 32M "$programs/greedy" leak
	is "$(cat "$tmp/out")" "many descriptors, many children" "and the image works on $p"
	run 38 "a connection waits while there are no files" -m 8M "$programs/greedy" accept
	is "$(cat "$tmp/out")" "accept: Too many open files in system" "and accept says so on $p"
	run 37 "a maker of threads meets a limit" -m 32M "$programs/greedy" threads
	is "$(cat "$tmp/out")" "Resource temporarily unavailable after many threads" "which says EAGAIN on $p"
	run 137 "no memory for what the kernel copies to a program" -m 16M "$programs/greedy" copy
	like "$(cat "$tmp/out")" '^kiln: greedy \(1\): out of memory at [0-9a-f]+ \(ip [0-9a-f]+\); give the image more with -m$' "a line on $p"
	run 36 "whoever has most memory goes when none is left" -m 16M "$programs/greedy" hog
	like "$(cat "$tmp/out")" '^kiln: greedy \(2\): out of memory: it has most, [0-9]+ KiB; give the image more with -m$' \
		"with a line on $p"
	run 124 "a fork bomb is ended from outside" -m 32M --timeout 3 "$programs/greedy" hang
	timeout 60 "$kiln" run -P $p -m 32M "$programs/greedy" hang >"$tmp/out" 2>&1 </dev/null &
	pid=$!
	started+=($pid)
	until_true has "$tmp/out" 'a hundred'
	kill -TERM $pid
	wait $pid
	is $? 143 "and by SIGTERM on $p"
done
end
