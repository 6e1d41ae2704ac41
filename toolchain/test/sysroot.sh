#!/bin/sh
# SPDX-License-Identifier: ISC
# toolchain/build-sysroot: a build that fails leaves nothing behind, and says why.
. toolchain/test/tap
cached=${XDG_CACHE_HOME:-$HOME/.cache}/kiln/src
build=toolchain/build-sysroot
[ ! -d "$sysroot/include/c++" ] || build=toolchain/build-cxx
equal "what is built is found again" "$($build)" "$(readlink -f "$sysroot")"

# build: with an empty cache but for the sources, and with $tmp/bin before everything else.
build()
{
	rm -rf "$tmp/cache"
	mkdir -p "$tmp/cache/kiln"
	ln -s "$cached" "$tmp/cache/kiln/src"
	PATH=$tmp/bin:$PATH XDG_CACHE_HOME=$tmp/cache setsid -w toolchain/build-sysroot >"$tmp/out" 2>"$tmp/err"
}
mkdir "$tmp/bin"
for tool in make as; do
	printf '#!/bin/sh\necho "%s: out of order" >&2\nexit 1\n' $tool >"$tmp/bin/$tool"
	chmod +x "$tmp/bin/$tool"
	check "$tool fails: so does the build" not build
	check "$tool fails: it is said" grep -q "$tool: out of order" "$tmp/err"
	equal "$tool fails: no sysroot is left" "$(cat "$tmp/out"; find "$tmp/cache/kiln" -mindepth 1 -maxdepth 1 -type d)" ""
	rm "$tmp/bin/$tool"
done
printf '#!/bin/sh\nkill -INT 0\nsleep 10\n' >"$tmp/bin/make"
chmod +x "$tmp/bin/make"
check "interrupted: it fails" not build
equal "interrupted: nothing is left" "$(find "$tmp/cache/kiln" -mindepth 1 -maxdepth 1 -type d)" ""
finish
