#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A Rust program with its standard library: threads, sockets, processes, files.
. test/e2e/real.sh
need rustc
mkdir -p "$tmp/root/app"
timeout 250 rustc --edition 2021 -O -o "$tmp/root/app/hello" test/e2e/real/hello.rs >"$tmp/log" 2>&1 || { echo "1..0 # SKIP rustc cannot build here: $(head -1 "$tmp/log")"; exit 77; }
for f in $(ldd "$tmp/root/app/hello" | sed -n 's|^[^/]*\(/[^ ]*\) (.*|\1|p'); do scripts/mkroot "$tmp/root" "$f"; done
here=("$tmp/root/app/hello" x)
program "$tmp/root" /app/hello x
end
