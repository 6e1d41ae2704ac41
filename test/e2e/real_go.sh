#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A Go program, static and dynamic: its runtime makes its own system calls and preempts by signals.
. test/e2e/real.sh
need go
mkdir -p "$tmp/root/app"
build() { GO111MODULE=off GOFLAGS= GOCACHE=${GOCACHE:-$tmp/cache} HOME=$tmp timeout 200 go build "$@" test/e2e/real/hello.go >"$tmp/go" 2>&1; }
CGO_ENABLED=0 build -o "$tmp/root/app/static" || { echo "1..0 # SKIP go cannot build here: $(head -1 "$tmp/go")"; exit 77; }
build -o "$tmp/root/app/dynamic" -linkmode=external 2>/dev/null || build -o "$tmp/root/app/dynamic"
for f in $(ldd "$tmp/root/app/dynamic" | sed -n 's|^[^/]*\(/[^ ]*\) (.*|\1|p'); do scripts/mkroot "$tmp/root" "$f"; done
for f in static dynamic; do
	[ -f "$tmp/root/app/$f" ] || continue
	here=("$tmp/root/app/$f")
	program "$tmp/root" /app/$f
done
end
