#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# OpenJDK: threads, collector, JIT, an HTTP server, a child. The image allows memory that is writable and executable.
. test/e2e/real.sh
need java javac
java=$(readlink -f "$(command -v java)")
home=${java%/bin/java}
root=$tmp/root
javac -d "$tmp/root/app" test/e2e/real/Hello.java 2>"$tmp/log" || { echo "1..0 # SKIP javac cannot build here: $(head -1 "$tmp/log")"; exit 77; }
mkdir -p "$root${home%/*}"
tar -C / -c --exclude='*/jmods' --exclude='*/legal' --exclude='*/man' --exclude='*/include' --exclude='*/src.zip' "${home#/}" | tar -C "$root" -x
# shellcheck disable=SC2046
scripts/mkroot "$root" $(find "$home/conf" "$home/lib" -type l -exec readlink -f {} + | grep -v "^$home/") \
	$(ldd "$java" "$home"/lib/lib{java,nio,net,zip,jimage,jli,verify}.so "$home/lib/server/libjvm.so" | sed -n 's|^[^/]*\(/[^ ]*\) (.*|\1|p' | grep -v "^$home/" | sort -u)
here=("$java" -Xmx128m -cp "$root/app" Hello "$java")
options=(-m 1G)
program "$root" "$java" -Xmx128m -cp /app Hello "$java"
end
