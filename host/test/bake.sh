#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# kiln bake: what it chooses and writes, that the same inputs give the same bytes, and one clear line for every bad input.
set -u
. host/test/lib.bash
mini_libdir
program hello
cd "$work" || exit 1

gives 0 "" "$KILN" bake -o hello.kiln hello
left_nothing "a bake leaves no temporary file"
gives 0 "" "$KILN" bake -o again.kiln hello
cmp -s hello.kiln again.kiln
ok $? "the same inputs give the same bytes"
! ls -A | grep -q '^\.hello'
ok $? "nothing stays beside the image"
[ "$(stat -c %a hello.kiln)" = "$(printf %o $((0666 & ~$(umask))))" ]
ok $? "the image's mode follows the umask"
readelf -S hello.kiln 2>&1 | grep -q 'no sections'
ok $? "the image is stripped"

# The root file system: bytes do not depend on times, order or owners.
mkdir r1 r2
for f in b a c; do echo $f >r1/$f; done
for f in c a b; do echo $f >r2/$f; touch -d 2001-01-01 r2/$f; done
chmod 644 r1/* r2/*
gives 0 "" "$KILN" bake -r r1 -e A=1 -o r1.kiln hello
gives 0 "" "$KILN" bake -r r2 -e A=1 -o r2.kiln hello
cmp -s r1.kiln r2.kiln
ok $? "the same files give the same bytes"
[ "$("$KILN" inspect r1.kiln | grep '^  file' | tr -s ' ')" = $' file 2 /a\n file 2 /b\n file 2 /c' ]
ok $? "inspect lists the files in the image"
at=$(grep -obUaP '\xe2\xe1\xf5\xe0' r1.kiln | head -n 1 | cut -d: -f1)
cp r1.kiln rotten.kiln && printf '\377\377' | dd of=rotten.kiln bs=1 seek=$((at + 14)) conv=notrunc status=none
"$KILN" inspect rotten.kiln 2>&1 | grep -qx 'kiln: rotten.kiln: its file system is corrupt'
ok $? "inspect: a corrupt file system"
gives 0 $'{\n  "env": {\n    "A": "1"\n  }\n}' "$KILN" config print r1.kiln
gives 0 "{}" "$KILN" config print hello.kiln

bad() { # STATUS TEXT ARGS...
	gives "$1" "kiln: $2" "$KILN" bake "${@:3}"
	left_nothing "  and leaves nothing"
}

# Components by the notes of programs, or all of them.
components() { "$KILN" inspect "$1" | sed -n 's/^components *//p'; }
[ "$(components hello.kiln)" = "exit0 file life pc" ]
ok $? "a program without notes gets all of the set: $(components hello.kiln)"
note() { # SITES NUMBER
	printf '.section .note.kiln,"a",@note\n.long 5,12,0x4b01\n.asciz "Kiln"\n.balign 4\n.long %s,1,%s\n' "$1" "$2"
}
with_note() { # NAME SITES NUMBER
	{ cat p.S; note "$2" "$3"; } >n.S && gcc -nostdlib -static -o "$1" n.S
}
with_note exits 1 60
gives 0 "" "$KILN" bake -o exits.kiln exits
[ "$(components exits.kiln)" = "exit0 life pc" ]
ok $? "a note limits the components: $(components exits.kiln)"
with_note lies 0 60
gives 0 "" "$KILN" bake -o lies.kiln lies
[ "$(components lies.kiln)" = "exit0 file life pc" ]
ok $? "a syscall that no note counts: all of them"
with_note anyone 1 0xffffffff
gives 0 "" "$KILN" bake -o anyone.kiln anyone
[ "$(components anyone.kiln)" = "exit0 file life pc" ]
ok $? "a note that says any: all of them"
gives 0 "" "$KILN" bake -C -life -o minus.kiln exits
[ "$(components minus.kiln)" = "exit0 pc" ]
ok $? "-C -life leaves it out: $(components minus.kiln)"
gives 0 "" "$KILN" bake -C bare,+exit7 -o plus.kiln exits
[ "$(components plus.kiln)" = "exit7 life pc" ]
ok $? "-C bare,+exit7: $(components plus.kiln)"
gives 0 "" "$KILN" bake --strace -r r1 -o features.kiln exits
[ "$(components features.kiln)" = "exit0 file life pc strace" ]
ok $? "features bring their components: $(components features.kiln)"
bad 2 "component strace is left out by -C, but strace needs it" --strace -C -strace -o x exits
with_note reads 1 0
gives 0 "" "$KILN" bake -C talking -o talking.kiln reads
[ "$(components talking.kiln)" = "config file pc" ]
ok $? "with: wanted beside another: $(components talking.kiln)"

gives 0 "" "$KILN" bake -C chain -o chain.kiln exits
[ "$(components chain.kiln)" = "exit0 file life needs pc stats" ]
ok $? "with: wanted beside one that a symbol brings in: $(components chain.kiln)"

# The system-call table: entry N at 4 * N, absent ones are zero.
at=$(grep -obUaP '\x3c\xe0\xb1\x7a' exits.kiln | head -n 1 | cut -d: -f1)
[ -n "$at" ] && [ "$(od -An -tx4 -j $((at - 240)) -N 8 exits.kiln | tr -d ' ')" = 0000000000000000 ]
ok $? "the table has exit, and neither read nor write"

gives 0 "" "$KILN" bake --debug -o sym.kiln hello
nm sym.kiln.debug 2>/dev/null | grep -q ' entry$'
ok $? "--debug keeps the symbols beside the image"
cmp -s hello.kiln sym.kiln
ok $? "--debug changes nothing in the image"

# One line for what is wrong.
bad 2 "which program? kiln bake -o IMAGE PROGRAM..." -o x
bad 2 "-o IMAGE is missing" hello
bad 2 "unknown option --roto; did you mean --root?" --roto x
bad 2 "unknown option -q (in \"-q\"); --help lists them" -q
bad 2 "-o needs a value: -o IMAGE" hello -o
bad 2 "--allow-wx takes no value, but there is \"1\"" --allow-wx=1
bad 1 "nothere: No such file or directory" -o x nothere
bad 1 "r1: a directory" -o x r1
bad 1 "hello and r1/../hello: both would be /bin/hello in the image" -o x hello r1/../hello
echo text >text && bad 1 "text: not an ELF file" -o x text
echo '#!/bin/sh' >script && bad 1 "script: a script, not an ELF file" -o x script
: >empty && bad 1 "empty: not an ELF file" -o x empty
head -c 40 hello >cut && bad 1 "cut: truncated ELF file" -o x cut
head -c 4096 hello >cut2 && bad 1 "cut2: truncated ELF file (a segment lies beyond its end)" -o x cut2
gcc -c -x c -o obj.o /dev/null && bad 1 "obj.o: an object file, not linked to a program yet" -o x obj.o
cp hello arm && printf '\xb7' | dd of=arm bs=1 seek=18 conv=notrunc status=none
bad 1 "arm: a program for another machine; only x86-64 is supported" -o x arm
cp hello small && printf '\x01' | dd of=small bs=1 seek=4 conv=notrunc status=none
bad 1 "small: a 32-bit program; only x86-64 is supported" -o x small
echo 'int main(void) { return 0; }' | gcc -x c -o dynamic -
bad 1 "dynamic: needs the interpreter /lib64/ld-linux-x86-64.so.2, which is not in the image: give its libraries with -r DIR" \
	-o x dynamic
bad 1 "dynamic: needs the interpreter /lib64/ld-linux-x86-64.so.2, which is not in r1" -r r1 -o x dynamic
bad 1 "hello.kiln: an image already; kiln run starts it" -o x hello.kiln
bad 1 "norootdir: No such file or directory" -r norootdir -o x hello
bad 1 "text: not a directory (-r takes the directory that becomes the root file system)" -r text -o x hello
bad 1 "cannot write nodir/x: No such file or directory" -o nodir/x hello
bad 1 "r1: a directory; -o takes the image's name" -o r1 hello
bad 1 "-o hello would replace the program" -o hello hello
bad 2 "no component set \"virtoi\"; did you mean virtio?" -C virtoi -o x hello
bad 2 "no component \"exot0\"; did you mean exit0?" -C +exot0 -o x hello
bad 2 "-P quemu: no such platform; there are qemu, microvm, kvm and sandbox" -P quemu -o x hello
bad 2 "-w here: not an absolute path" -w here -o x hello
bad 2 "-e =1: no name before the '='" -e =1 -o x hello
echo '{"rc": [{"bin": "/bin/other"}]}' >rc.json
bad 1 "rc[0].bin: \"/bin/other\" is not in the image" -c rc.json -o x hello
"$KILN" bake -C dangling -o x hello 2>&1 | grep -q '^kiln: cannot link: .*undefined reference'
ok $? "a symbol that no component has is named"
bad 1 "cannot write /proc/x: No such file or directory" -o /proc/x hello
chmod 500 r1
KILN_LIBDIR=/nowhere gives 1 "kiln: cannot read the index of components: /nowhere/components/index: No such file or directory" \
	"$KILN" bake -o x hello
head -c 5000 hello.kiln >cut.kiln
"$KILN" inspect cut.kiln >out 2>&1
[ $? = 1 ] && grep -qx 'kiln: cut.kiln: truncated ELF file .*' out
ok $? "inspect: a truncated image: $(cat out)"
gives 1 "kiln: hello: a program, not an image; kiln bake makes one of it" "$KILN" inspect hello
[ ! -e x ]
ok $? "no bad bake has left an image"

"$KILN" bake --list | grep -Eq '^  virtio +[0-9]+  the test.s machine'
ok $? "--list shows a set with its size and text"
"$KILN" bake --describe talking | grep -q 'only with file'
ok $? "--describe shows what a component depends on"
gives 2 'kiln: no component set or component "nix"; kiln bake --list shows them' "$KILN" bake --describe nix

# Interrupted, it leaves nothing. The "linker" waits until it is killed.
mkdir bin && printf '#!/bin/sh\necho >%s/linking\nexec sleep 600\n' "$work" >bin/ld && chmod +x bin/ld
PATH=$work/bin:$PATH "$KILN" bake -o late.kiln hello 2>/dev/null &
pid=$!
until_true test -e linking
kill -TERM $pid
wait $pid 2>/dev/null
[ $? = 143 ]
ok $? "SIGTERM ends a bake"
left_nothing "an interrupted bake leaves no temporary file"
! ls -A | grep -q late
ok $? "an interrupted bake leaves no image"
finish
