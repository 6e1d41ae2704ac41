#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Memory that runs out after a fork ends the one that needs it.
. test/e2e/lib.sh

for p in sandbox qemu; do
	timeout 60 "$kiln" run -P $p -m 24M "$programs/forkeat" >"$tmp/out" 2>"$tmp/err"
	is "$?" 0 "a program outlives its children that find no memory on $p"
	is "$(grep -v "^kiln: " "$tmp/out")" "store: child killed, parent intact
read: child killed, parent intact
done" "they are killed, and it keeps its memory on $p"
done
end
