#!/bin/sh
# SPDX-License-Identifier: ISC
# Projects built the usual ways: link tests as configure scripts make them, Autoconf, CMake, pkg-config; from an
# installed copy of the toolchain that was moved.
. toolchain/test/tap
triplet=x86_64-kiln-linux-musl
make -s -f toolchain/toolchain.mk install-toolchain BUILD="$BUILD" DESTDIR="$tmp" PREFIX=/before >"$tmp/log" 2>&1
check "make install-toolchain" test -x "$tmp/before/bin/$triplet-gcc"
mv "$tmp/before" "$tmp/after" && bin=$tmp/after/bin
cd "$tmp" || exit 1
PATH=$bin:$PATH
equal "the moved compiler finds its sysroot" "$($triplet-gcc -print-sysroot)" "$tmp/after/lib/kiln/sysroot"
check "the sysroot is a copy" not test -h "$tmp/after/lib/kiln/sysroot"

# has FUNCTION LIBS...: what configure scripts do to find a function.
has()
{
	printf 'char %s(); int main(void) { return %s(); }\n' "$1" "$1" >conftest.c
	shift
	$triplet-cc -fno-builtin -o conftest conftest.c "$@" && test -s conftest
}
for f in fork pthread_create getaddrinfo epoll_create1 clock_gettime memfd_create; do
	check "$f is found" has $f
done
check "sin is found in -lm" has sin -lm
check "dlopen is found in -ldl" has dlopen -ldl
check "backtrace is not found" not has backtrace
check "deflate is not found in -lz" not has deflate -lz

if command -v autoconf >/dev/null; then
	mkdir auto
	cat >auto/configure.ac <<'END'
AC_INIT([probe], [1])
AC_PROG_CC
AC_CHECK_TOOL([AR], [ar])
AC_CHECK_HEADERS([sys/epoll.h execinfo.h])
AC_CHECK_FUNCS([pipe2 backtrace])
AC_CHECK_SIZEOF([long])
AC_SEARCH_LIBS([pow], [m])
AC_CONFIG_FILES([result])
AC_OUTPUT
END
	echo '@CC@ @AR@ @DEFS@ @cross_compiling@' >auto/result.in
	check "Autoconf: configure --host" sh -c "cd auto && autoconf && ./configure --host=$triplet"
	check "Autoconf: our tools, a cross build, the right functions" sh -c "grep '^$triplet-gcc $triplet-ar ' auto/result |
		grep PIPE2 | grep EPOLL | grep 'SIZEOF_LONG=8' | grep -v BACKTRACE"
else
	skip "Autoconf: configure --host" "no autoconf"
fi

if command -v cmake >/dev/null; then
	mkdir project
	cat >project/CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.13)
project(probe C)
include(CheckFunctionExists)
include(CheckTypeSize)
include(CheckCSourceRuns)
check_function_exists(pipe2 HAVE_PIPE2)
check_function_exists(backtrace HAVE_BACKTRACE)
check_type_size(long SIZEOF_LONG)
check_c_source_runs("int main(void) { return 0; }" RUNS)
find_package(Threads REQUIRED)
find_library(HOST_LIBRARY bfd)
if(NOT HAVE_PIPE2 OR HAVE_BACKTRACE OR NOT SIZEOF_LONG EQUAL 8 OR NOT RUNS OR HOST_LIBRARY OR NOT CMAKE_CROSSCOMPILING)
	message(FATAL_ERROR "wrong: ${HAVE_PIPE2} ${HAVE_BACKTRACE} ${SIZEOF_LONG} ${RUNS} ${HOST_LIBRARY}")
endif()
add_library(part SHARED part.c)
add_executable(probe main.c)
target_link_libraries(probe part Threads::Threads m)
enable_testing()
add_test(NAME probe COMMAND probe)
install(TARGETS probe)
END
	echo 'int part(void) { return 7; }' >project/part.c
	echo 'int part(void); int main(void) { return part() - 7; }' >project/main.c
	check "CMake: configures" cmake -S project -B out -Wno-dev -DCMAKE_TOOLCHAIN_FILE="$tmp/after/share/kiln/kiln.cmake"
	check "CMake: builds" cmake --build out
	check "CMake: tests run" sh -c "cd out && ctest --output-on-failure"
	check "CMake: a library is static" test -f out/libpart.a
	check "CMake: the program is static" sh -c "file=out/probe; readelf -lW \$file | { ! grep -q INTERP; }"
else
	skip "CMake" "no cmake"
fi

if command -v pkg-config >/dev/null; then
	mkdir -p "$tmp/after/lib/kiln/sysroot/lib/pkgconfig"
	printf 'Name: probe\nDescription: probe\nVersion: 1\nLibs: -lprobe\nLibs.private: -lm\n' \
		>"$tmp/after/lib/kiln/sysroot/lib/pkgconfig/probe.pc"
	equal "pkg-config: the sysroot's, static" "$($triplet-pkg-config --libs probe | sed 's/ *$//')" "-lprobe -lm"
	printf 'Name: host\nDescription: host\nVersion: 1\n' >host.pc
	check "pkg-config: not the host's" not env PKG_CONFIG_PATH="$tmp" $triplet-pkg-config --exists host
else
	skip "pkg-config" "no pkg-config"
fi
finish
