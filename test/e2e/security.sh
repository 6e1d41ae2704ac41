#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# What a program must not do ends it with the exact status, on every platform as on Linux; and the next image still runs.
. test/e2e/lib.sh

declare -A want=(
	[write-text]=139 [write-rodata]=139 [exec-data]=139 [exec-stack]=139 [exec-heap]=139 [read-null]=139 [jump-null]=139
	[overflow-stack]=139 [smash-stack]=139 [write-kernel]=139 [read-kernel]=139 [write-direct-map]=139 [non-canonical]=139
	[hlt]=139 [cli]=139 [out]=139 [write-cr3]=139 [divide]=136 [ud2]=132 [int3]=133 [abort]=134 [unmapped-low]=139
	[kernel-pointer]=0 [protected-page]=139
)
for c in "${!want[@]}"; do
	("$programs/break" "$c") >/dev/null 2>&1
	is $? "${want[$c]}" "$c on linux"
done
for p in sandbox qemu microvm; do
	"$kiln" bake -P $p -o "$tmp/break.$p" "$programs/break" || { ok 1 "bake for $p"; continue; }
	for c in "${!want[@]}"; do
		timeout 60 "$kiln" run -P $p "$tmp/break.$p" "$c" >"$tmp/out" 2>&1
		is $? "${want[$c]}" "$c on $p"
		case ${want[$c]} in 0) continue ;; esac
		like "$(cat "$tmp/out")" '^kiln: .*(SIG[A-Z]+)' "$c on $p is reported with its signal"
	done
	out=$(timeout 60 "$kiln" run -P $p "$tmp/break.$p" read-null 2>&1)
	like "$out" 'rip|RIP' "registers are shown on $p"
	like "$out" 'read_null' "the backtrace is symbolised on $p"
	like "$out" '0x0*8([^0-9a-f]|$)' "the faulting address is shown on $p"
	timeout 60 "$kiln" run -P $p "$programs/wx" >"$tmp/out" 2>&1
	is $? 0 "writable and executable memory is refused on $p"
	like "$(cat "$tmp/out")" 'allow-wx' "and the line names the way out on $p"
	timeout 60 "$kiln" run -P $p --allow-wx "$programs/wx" >"$tmp/out" 2>&1
	is $? 1 "--allow-wx gives it on $p"
done
end
