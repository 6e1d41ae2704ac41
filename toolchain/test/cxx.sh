#!/bin/sh
# SPDX-License-Identifier: ISC
# C++: what g++ makes of usual options and of a CMake project; that its programs' notes are precise. What the library does
# is tested by test/guest/cxx_*.cc.
. toolchain/test/tap
[ -d "$sysroot/include/c++" ] || {
	echo "1..0 # SKIP the C++ library is not built (make toolchain-cxx)"
	exit 77
}
triplet=x86_64-kiln-linux-musl
cxx=$bin/$triplet-g++
cd "$tmp" || exit 1

cat >hello.cc <<'END'
#include <iostream>
#include <map>
#include <string>
int main(int argc, char **argv)
{
	std::map<std::string, int> m;
	for (int i = 1; i < argc; i++)
		m[argv[i]]++;
	for (auto &[word, n] : m)
		std::cout << word << ' ' << n << std::endl;
}
END
# builds NAME OPTIONS...: hello.cc with these options does its work.
builds()
{
	name=$1
	shift
	check "$name" "$cxx" -Wall -Werror -o hello hello.cc "$@"
	equal "$name: runs" "$(./hello b a b)" "a 1
b 2"
}
builds "-O2" -O2
readelf -hldW hello >elf
check "is a static PIE" sh -c "grep -q 'Type: *DYN' elf && ! grep -Eq 'INTERP|NEEDED|TEXTREL' elf"
cp hello stripped && "$bin/$triplet-strip" stripped
check "is small: $(wc -c <stripped) bytes stripped, at most 700000" test "$(wc -c <stripped)" -le 700000
builds "-Os" -Os
builds "-flto" -O2 -flto
builds "-static" -static
builds "-static-libstdc++ -static-libgcc" -static-libstdc++ -static-libgcc
builds "-no-pie" -no-pie
builds "-fno-exceptions -fno-rtti" -fno-exceptions -fno-rtti
check "the name c++" "$bin/$triplet-c++" -fsyntax-only hello.cc
check "gcc finds the headers by the language" "$cc" -c -o hello.o hello.cc
check "and links with -lstdc++" "$cc" -o hello hello.o -lstdc++
check "-nostdinc++ finds none" not "$cxx" -nostdinc++ -fsyntax-only hello.cc
dirs=$("$cxx" -v -E -x c++ - </dev/null 2>&1 >/dev/null | sed -n '/^#include </,/^End/s/^ //p' | tr '\n' ' ')
equal "only the sysroot's headers and the compiler's are searched" "$dirs" \
	"$sysroot/include/c++ $sysroot/include/c++/$triplet $sysroot/include/c++/backward $sysroot/include $(
		gcc -print-file-name=include) "

# A C++ program that waits and locks: its notes say which calls it can make.
cat >waits.cc <<'END'
#include <atomic>
#include <chrono>
#include <future>
#include <semaphore>
int main()
{
	std::atomic<int> n = 0;
	std::counting_semaphore<2> s(0);
	auto f = std::async(std::launch::async, [&] { n = 1, n.notify_all(), s.release(); return 1; });
	n.wait(0);
	static int once = f.get();
	return !s.try_acquire_for(std::chrono::seconds(5)) || once != 1;
}
END
check "futures and waiting on atomics" "$cxx" -std=c++20 -O2 -pthread -o waits waits.cc
check "runs" ./waits
check "makes its futex calls without syscall()" sh -c "! nm waits | grep -q ' syscall$'"

cat >sum.c <<'END'
#include <stdio.h>
int main(void)
{
	long sum = 0;
#pragma omp parallel for reduction(+ : sum) num_threads(3)
	for (int i = 0; i < 1000; i++)
		sum += i;
	printf("%ld\n", sum);
}
END
check "-fopenmp" "$cc" -O2 -fopenmp -o sum sum.c
equal "-fopenmp: runs" "$(./sum)" 499500

cat >terminate.cc <<'END'
#include <stdexcept>
int main() { throw std::runtime_error("not caught"); }
END
check "an exception that nobody catches: builds" "$cxx" -o terminate terminate.cc
sh -c ./terminate >out 2>&1
equal "ends the program by SIGABRT" $? 134
check "and is told" grep -q 'what():  not caught' out

if command -v cmake >/dev/null; then
	mkdir project
	cat >project/CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.13)
project(probe CXX)
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
find_package(Threads REQUIRED)
add_library(part part.cc)
add_executable(probe main.cc)
target_link_libraries(probe part Threads::Threads)
enable_testing()
add_test(NAME probe COMMAND probe)
END
	echo '#include <thread>
	int part() { int n = 0; std::thread([&] { n = 7; }).join(); return n; }' >project/part.cc
	echo 'int part(); int main() { return part() - 7; }' >project/main.cc
	check "CMake: configures" cmake -S project -B built -DCMAKE_TOOLCHAIN_FILE="$BUILD/share/kiln/kiln.cmake"
	check "CMake: builds" cmake --build built
	check "CMake: tests run" sh -c "cd built && ctest --output-on-failure"
else
	skip "CMake" "no cmake"
fi
finish
