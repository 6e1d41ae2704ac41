#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# make install into a directory of its own: what is there, and that all of it works from there alone; make uninstall.
set -u
. host/test/lib.bash
[ -e "$BUILD/lib/kiln/toolchain-cxx.stamp" ] || { echo "1..0 # SKIP the C++ compiler is not built (make toolchain-cxx)"; exit 77; }
unset KILN_LIBDIR
make_it() { make --no-print-directory BUILD="$(realpath --relative-to=. "$BUILD")" "$@" >"$work/make" 2>&1; }
dest=$work/dest prefix=/opt/kiln

for round in 1 2; do
	make_it install DESTDIR="$dest" PREFIX=$prefix
	ok $? "make install, time $round"
	[ $round = 1 ] && (cd "$dest" && find . ! -type d | sort) >"$work/first"
done
(cd "$dest" && find . ! -type d | sort) | cmp -s - "$work/first"
ok $? "a second time changes nothing"
is_in() { [ -e "$dest$prefix/$1" ]; ok $? "$1"; }
for f in bin/kiln bin/x86_64-kiln-linux-musl-{gcc,g++,ar} lib/kiln/kiln-tender lib/kiln/components/index share/man/man1/kiln-run.1 \
	share/man/man1/kiln-ps.1 share/bash-completion/completions/kiln share/kiln/kiln.cmake; do is_in $f; done
[ -z "$(find "$dest" -name '*.stamp' -o -name '*.d' -o -name '*.new' -o -name '*.lock')" ] && [ -z "$(ls "$dest" | grep -v opt)" ]
ok $? "nothing of the build"
here=$(pwd -P)
[ -z "$(find "$dest" -type l -lname "$here*")" ] && ! grep -rIlF -e "$here/" -e "$work" "$dest$prefix" >"$work/found"
ok $? "nothing that points to the build: $(head -n 3 "$work/found")"

# It works where it stands, and after a move.
mv "$dest$prefix" "$work/moved"
cat >"$work/hello.c" <<'C'
#include <stdio.h>
int main(int argc, char **argv) { printf("hello %s\n", argc > 1 ? argv[1] : ""); return argc; }
C
cat >"$work/hello.cc" <<'C'
#include <iostream>
int main() { try { throw 42; } catch (int n) { std::cout << "caught " << n << std::endl; } }
C
cd "$work" || exit 1
inside() { env -i PATH="$work/moved/bin:/usr/bin:/bin" HOME="$work" XDG_RUNTIME_DIR="$work" TMPDIR="$TMPDIR" "$@"; }
gives 0 "" inside x86_64-kiln-linux-musl-gcc -O2 -o hello hello.c
gives 0 "" inside x86_64-kiln-linux-musl-g++ -O2 -o hellocc hello.cc
for p in sandbox qemu; do
	gives 2 "hello you" inside kiln run -P $p --timeout 60 hello you
	gives 0 "caught 42" inside kiln run -P $p --timeout 60 hellocc
	gives 0 "" inside kiln bake -P $p -o $p.kiln hello
	gives 1 "hello " inside kiln run --timeout 60 $p.kiln
done
gives 0 "again" inside kiln run -d -P sandbox -n again hello
[ "$(inside kiln wait again)" = 1 ] && [ "$(inside kiln logs again)" = "hello " ]
ok $? "in the background"
gives 0 "again" inside kiln rm again
inside kiln doctor | grep -q '^components *yes'
ok $? "kiln doctor finds the components"
inside kiln pkg list | grep -q '^zlib '
ok $? "kiln pkg list finds the packages"
if command -v man >/dev/null; then
	inside man -M "$work/moved/share/man" -P cat kiln-logs 2>/dev/null | grep -q 'background image'
	ok $? "man kiln-logs"
fi
# shellcheck disable=SC2016
got=$(inside bash -c '. moved/share/bash-completion/completions/kiln; COMP_LINE="kiln ins" COMP_WORDS=(kiln ins) COMP_CWORD=1; _kiln kiln; echo "${COMPREPLY[*]}"')
[ "$got" = inspect ]
ok $? "completion: $got"

cd "$here" && mv "$work/moved" "$dest$prefix" || exit 1
touch "$dest$prefix/bin/another"
make_it uninstall DESTDIR="$dest" PREFIX=$prefix
[ $? = 0 ] && [ "$(cd "$dest" && find . ! -type d)" = ./opt/kiln/bin/another ]
ok $? "make uninstall removes it all, and nothing else: $(cd "$dest" && find . ! -type d | head -n 3 | tr '\n' ' ')"
finish
