#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Random operations of processes on each other give here what they give on Linux. What Linux does one way or the other, as
# it has more than one CPU, counts for nothing.
. test/e2e/lib.sh

[ "$(id -u)" = 0 ] || { skip "processes as on Linux" "not root, as programs in an image are"; end; }
for p in sandbox qemu; do
	"$kiln" bake -P $p -o "$tmp/image" "$programs/procrandom"
	wrong="" same=0
	for s in $([ $p = sandbox ] && seq 12 || seq 4); do
		timeout 60 "$programs/procrandom" "$s" 800 >"$tmp/want"
		timeout 60 "$programs/procrandom" "$s" 800 >"$tmp/again"
		cmp -s "$tmp/want" "$tmp/again" || continue
		same=$((same + 1))
		timeout 60 "$kiln" run -P $p -m 48M "$tmp/image" "$s" 800 >"$tmp/got" 2>&1
		cmp -s "$tmp/want" "$tmp/got" || wrong="$wrong $s: $(diff "$tmp/want" "$tmp/got" | head -n 4 | tr '\n' ' ')"
	done
	is "$wrong" "" "random operations as on Linux on $p"
	[ $same -gt 2 ]
	ok $? "most of them are certain"
done
end
