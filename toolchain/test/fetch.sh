#!/bin/sh
# SPDX-License-Identifier: ISC
# scripts/fetch-source without a network: what is cached is checked, and nothing else is used.
. toolchain/test/tap
cached=${XDG_CACHE_HOME:-$HOME/.cache}/kiln/src
tarball=$(awk '$1 == "musl" { print $5 }' toolchain/sources.txt)
if ! [ -f "$cached/$tarball" ]; then
	skip "fetch-source" "no tarball in the cache"
	finish
fi

# A machine whose mirrors are out of reach.
mkdir -p "$tmp/bin" "$tmp/cache/kiln/src"
printf '#!/bin/sh\nexit 1\n' >"$tmp/bin/apt-get"
chmod +x "$tmp/bin/apt-get"
fetch()
{
	PATH=$tmp/bin:$PATH XDG_CACHE_HOME=$tmp/cache scripts/fetch-source "$@"
}

check "an unknown name fails" not fetch no-such-source "$tmp/none"
check "no source: fails" not fetch musl "$tmp/missing"
check "no source: leaves nothing" not test -e "$tmp/missing"
equal "no source: leaves no half file in the cache" "$(ls "$tmp/cache/kiln/src")" ""
head -c 100000 "$cached/$tarball" >"$tmp/cache/kiln/src/$tarball"
check "a damaged tarball is not used" not fetch musl "$tmp/damaged"
check "a damaged tarball: leaves nothing" not test -e "$tmp/damaged"
cp "$cached/$tarball" "$tmp/cache/kiln/src/"
check "a good tarball needs no network" fetch musl "$tmp/musl"
check "is unpacked" test -f "$tmp/musl/src/locale/iconv.c"
check "is patched" grep -q CVE-2025-26519 "$tmp/musl/src/locale/iconv.c"
check "a directory that is not empty is refused" not fetch musl "$tmp/musl"
check "an own mirror's entries are rewritten, one-line and deb822" sh -c '
	mkdir -p "$1/etc/sources.list.d" && cd "$1/etc" &&
	printf "deb [trusted=yes] file:/nowhere a main\ndeb-src file:/nowhere a main\n#deb file:/other a main\n" >sources.list &&
	printf "Types: deb\nURIs: file:/nowhere\nSuites: b\nComponents: main\n" >sources.list.d/x.sources &&
	printf "Dir::Etc \"%s\";\n" "$1/etc" >apt.conf && rm -f "$1/cache/kiln/src/"* &&
	cd "$2" && ! APT_CONFIG="$1/etc/apt.conf" PATH="$1/bin:$PATH" XDG_CACHE_HOME="$1/cache" scripts/fetch-source musl "$1/x" &&
	cd "$1/cache/kiln/apt/etc/sources.list.d" &&
	[ "$(cat machine.list)" = "deb-src [trusted=yes] file:/nowhere a main" ] &&
	[ "$(head -n 1 machine.sources)" = "Types: deb-src" ]' - "$tmp" "$top"
finish
