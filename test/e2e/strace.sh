#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# --strace beside strace(1): the same program, the same lines, but for addresses and for calls whose structures are not in words yet.
. test/e2e/lib.sh

calls='chdir|unlink|access|open|write|lseek|fstat|stat|newfstatat|ftruncate|dup2|close|openat|mkdir|rmdir|mmap|mprotect|madvise|munmap|pipe2|read|nanosleep|clock_nanosleep|exit_group|fcntl'
lines() {
	grep -E "^($calls)\(" "$1" | sed -E 's/0x[0-9a-f]{6,}/ADDRESS/g; s/ += /= /'
}
if ! strace -o "$tmp/real" "$programs/traced" 2>"$tmp/err" && [ ! -s "$tmp/real" ]; then
	skip "lines like strace's" "strace cannot trace here: $(head -n 1 "$tmp/err")"
	end
fi
lines "$tmp/real" >"$tmp/want"
[ "$(wc -l <"$tmp/want")" -ge 34 ]
ok $? "strace shows the calls"
for p in sandbox qemu; do
	timeout 60 "$kiln" run -P $p --strace "$programs/traced" >"$tmp/kiln" 2>&1
	is $? 3 "the program runs on $p"
	lines "$tmp/kiln" | sed 's/= /= /' >"$tmp/got"
	diff "$tmp/want" "$tmp/got" >"$tmp/diff"
	ok $? "every line is strace's on $p"
	sed 's/^/# /' "$tmp/diff"
done
end
