#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Random system calls with random arguments, with one thread and with two: the program may end as it likes, the kernel not.
. test/e2e/lib.sh

for p in sandbox qemu microvm; do
	"$kiln" bake -P $p -o "$tmp/chaos.$p" "$programs/chaos" || { ok 1 "bake for $p"; continue; }
	seeds=12
	[ $p = sandbox ] && seeds=30
	for m in 32M 3M; do
		wrong=""
		for seed in $(seq $seeds); do
			timeout -s KILL 60 "$kiln" run -P $p -m $m "$tmp/chaos.$p" "$seed" 2000 >"$tmp/out" 2>&1 </dev/null
			st=$?
			if [ $st = 255 ] || [ $st = 125 ] || grep -aq 'panic' "$tmp/out"; then wrong="$wrong $seed:$st"; fi
			# Killed by us: it hung. The program's own death by SIGKILL is one for want of memory, and says so.
			if [ $st = 137 ] && ! grep -aq 'out of memory' "$tmp/out"; then wrong="$wrong $seed:hung"; fi
		done
		is "$wrong" "" "$seeds programs that call at random, with $m on $p"
	done
done
end
