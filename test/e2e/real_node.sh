#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# nodejs: its JIT, workers, thread pool, HTTP, WebAssembly. The image allows memory that is writable and executable.
. test/e2e/real.sh
need node
[ "$(node -p 'process.versions.node.split(".")[0] >= 18')" = true ] || { echo "1..0 # SKIP node is older than 18"; exit 77; }
files=("$(node -p process.execPath)")
[ ! -d /usr/share/nodejs ] || files+=(/usr/share/nodejs) # Debian's has part of its library there
scripts/mkroot "$tmp/root" "${files[@]}"
cp test/e2e/real/hello.js "$tmp/root/hello.js"
here=(node test/e2e/real/hello.js)
options=(-m 1G)
program "$tmp/root" "$(node -p process.execPath)" /hello.js
end
