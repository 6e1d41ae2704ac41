#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A thousand times all sorts of files: the kernel's memory is as free as before.
. test/e2e/lib.sh

for p in sandbox qemu; do
	is "$(timeout 100 "$kiln" run -P $p -m 32M "$programs/leak" 2>&1)" 0 "files leave no memory taken on $p"
done
end
