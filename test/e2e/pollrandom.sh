#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Random operations on pipes, eventfds and epolls give here what they give on Linux, edges and nested epolls included.
. test/e2e/lib.sh

for p in sandbox qemu; do
	"$kiln" bake -P $p -o "$tmp/image" "$programs/pollrandom"
	wrong=""
	for s in $([ $p = sandbox ] && seq 20 || seq 4); do
		"$programs/pollrandom" "$s" 4000 >"$tmp/want"
		timeout 60 "$kiln" run -P $p -m 32M "$tmp/image" "$s" 4000 >"$tmp/got" 2>&1
		cmp -s "$tmp/want" "$tmp/got" || wrong="$wrong $s: $(diff "$tmp/want" "$tmp/got" | head -n 4 | tr '\n' ' ')"
	done
	is "$wrong" "" "random operations as on Linux on $p"
done
end
