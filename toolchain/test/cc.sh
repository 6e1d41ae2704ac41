#!/bin/sh
# SPDX-License-Identifier: ISC
# The compiler driver: what it makes, what it says about itself, and that nothing of the host's C library gets in.
. toolchain/test/tap
cd "$tmp" || exit 1
triplet=x86_64-kiln-linux-musl

cat >hello.c <<'END'
#include <stdio.h>
int main(int argc, char **argv)
{
	printf("hello %d %s\n", argc, argc > 1 ? argv[1] : "");
	return 42;
}
END

check "compiles and links" "$cc" -O2 -Wall -Werror -o hello hello.c
equal "the result runs on Linux" "$(./hello world; echo $?)" "hello 2 world
42"
readelf -hldW hello >elf
check "is position-independent" grep -q 'Type: *DYN' elf
check "has no interpreter" not grep -q INTERP elf
check "needs no library" not grep -q NEEDED elf
check "has no text relocations" not grep -q TEXTREL elf
check "is relocated read-only" grep -q GNU_RELRO elf
check "has a stack that is not executable" grep -Eq 'GNU_STACK .* RW ' elf
check "has no segment that is writable and executable" not grep -q 'LOAD.*RWE' elf
cp hello stripped && "$bin/$triplet-strip" stripped
check "is small: $(wc -c <stripped) bytes stripped, at most 30000" test "$(wc -c <stripped)" -le 30000

check "-no-pie" "$cc" -no-pie -o fixed hello.c
check "-no-pie: has a fixed address" sh -c 'readelf -hW fixed | grep -q "Type: *EXEC"'
equal "-no-pie: runs" "$(./fixed x)" "hello 2 x"
check "-static is what it does anyway" "$cc" -static -o static hello.c
equal "-static: runs" "$(./static x)" "hello 2 x"
check "-static-pie likewise" "$cc" -static-pie -o static hello.c
check "-flto" "$cc" -O2 -flto -o lto hello.c
equal "-flto: runs" "$(./lto x)" "hello 2 x"
check "-r" "$cc" -r -o partial.o hello.c
check "-r: links on" "$cc" -o again partial.o
check "a response file" sh -c "echo '-O2 -o \"with space\" hello.c' >args && '$cc' @args && './with space' | grep -q hello"
check "-E" sh -c "'$cc' -E hello.c | grep -q printf"
check "-S" "$cc" -S -o hello.s hello.c
check "-c" "$cc" -c -o hello.o hello.s
check "-MD" sh -c "'$cc' -MD -MF deps -c -o hello.o hello.c && grep -q '$sysroot/include/stdio.h' deps"
check "-MM" sh -c "'$cc' -MM hello.c | grep -q '^hello.o: hello.c'"
check "-### runs nothing" sh -c "'$cc' '-###' -o none hello.c 2>log && ! [ -e none ] && grep -q collect2 log"
check "input from a pipe" sh -c "'$cc' -x c - -o pipe <hello.c && ./pipe | grep -q hello"
check "the name cc" "$bin/$triplet-cc" -c -o hello.o hello.c
check "called by a symbolic link" sh -c "ln -s '$cc' link && ./link -o hello hello.c"
check "called with a relative path" sh -c "cd '$bin' && ./$triplet-gcc -fsyntax-only '$tmp/hello.c'"
check "called from \$PATH" sh -c "PATH='$bin:$PATH' $triplet-gcc -fsyntax-only hello.c"
equal "cpp" "$(echo '__KILN__ __linux__ __x86_64__' | "$bin/$triplet-cpp" -P)" "1 1 1"
equal "not GNU's C library" "$(echo 'defined: __gnu_linux__ __GLIBC__' | "$cc" -E -P -include features.h -)" \
	"defined: __gnu_linux__ __GLIBC__"

echo 'int main(void) { return 1 +; }' >wrong.c
check "a compile error has a status" not "$cc" -c wrong.c
echo 'int missing(void); int main(void) { return missing(); }' >undefined.c
check "an undefined symbol has a status" not "$cc" -o undefined undefined.c
check "a missing library has a status" not "$cc" -o none hello.c -lno-such-library
check "a missing file has a status" not "$cc" -o none no-such-file.c
check "a shared library is refused, with the way out" \
	sh -c "! '$cc' -shared -fPIC -o none.so hello.c 2>log && ! [ -e none.so ] && grep -q -e --disable-shared log"

equal "-dumpmachine" "$("$cc" -dumpmachine)" $triplet
equal "-print-sysroot" "$("$cc" -print-sysroot)" "$sysroot"
equal "-print-file-name: ours" "$("$cc" -print-file-name=libc.a)" "$sysroot/lib/libc.a"
equal "-print-file-name: not the host's" "$("$cc" -print-file-name=libbfd.a)$("$cc" -print-file-name=crt2.o)$(
	"$cc" -print-file-name=libc.so.6)" libbfd.acrt2.olibc.so.6
equal "-print-libgcc-file-name" "$("$cc" -print-libgcc-file-name)" "$sysroot/lib/libgcc.a"
equal "-print-prog-name" "$("$cc" -print-prog-name=ld)" "$bin/$triplet-ld"
equal "-print-search-dirs" "$("$cc" -print-search-dirs | sed -n 's/^libraries: =//p')" "$sysroot/lib"
check "-v names the target" sh -c "'$cc' -v 2>&1 | grep -q '^Target: $triplet$'"
check "--version" sh -c "'$cc' --version | grep -q Foundation"

dirs=$("$cc" -v -E - </dev/null 2>&1 >/dev/null | sed -n '/^#include </,/^End/s/^ //p' | tr '\n' ' ')
equal "only the sysroot's headers and the compiler's are searched" "$dirs" \
	"$sysroot/include $(gcc -print-file-name=include) "
check "no library directory of the host's is searched" sh -c "! '$cc' '-###' hello.c 2>&1 | grep collect2 |
	tr ' ' '\n' | grep '^-L' | grep -v '^-L$sysroot/lib$'"
check "zlib's header and library are not found by accident" \
	sh -c "! echo '#include <zlib.h>' | '$cc' -E - && ! '$cc' hello.c -o none -lz"
mkdir own && echo '#define OWN 1' >own/stdio.h
check "-isystem comes before the C library's headers" sh -c "echo '#include <stdio.h>
	int own = OWN;' | '$cc' -isystem own -x c -c -o own.o -"
check "ld finds the C library" sh -c "'$cc' -c -o hello.o hello.c && '$bin/$triplet-ld' -o by-hand \
	'$sysroot/lib/crt1.o' '$sysroot/lib/crti.o' hello.o -lc '$sysroot/lib/crtn.o' && ./by-hand x | grep -q hello"
for t in ar as nm objcopy objdump ranlib readelf size strip; do
	check "$t is there" "$bin/$triplet-$t" --version
done

cat >smash.c <<'END'
#include <string.h>
int main(int argc, char **argv)
{
	char small[8];
	strcpy(small, argv[argc - 1]);
	return small[0] == 'x';
}
END
"$cc" -O2 -o smash smash.c
equal "a smashed stack kills the program" \
	"$(sh -c './smash aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' 2>/dev/null; echo $?)" 139
check "-fno-stack-protector turns that off" sh -c "'$cc' -O2 -fno-stack-protector -S -o - smash.c |
	{ ! grep -q __stack_chk_fail; }"
finish
