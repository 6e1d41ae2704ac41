#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The real components: the index is whole, hello gets only what it can use, and bake's and run's options reach the kernel.
set -u
. host/test/lib.bash
CC=$BUILD/bin/x86_64-kiln-linux-musl-gcc
[ -x "$CC" ] || { echo "1..0 # SKIP no cross compiler"; exit 77; }
hello=$work/hello
"$CC" -O2 -o "$hello" examples/hello/hello.c || exit 1
machines="qemu microvm"

"$KILN" bake --list >"$work/list"
ok $? "kiln bake --list reads the index"
for s in virtio generic sandbox; do
	grep -q "^  $s .*[a-z]" "$work/list"
	ok $? "set $s is there and described"
done
undescribed=$(sed -n '/^Components (/,$p' "$work/list" | awk 'NR > 1 && NF < 3 { printf " %s", $1 }')
[ -z "$undescribed" ]
ok $? "every component is described${undescribed:+, but not$undescribed}"
for s in virtio sandbox; do
	"$KILN" bake -C $s -o "$work/$s.kiln" "$hello"
	"$KILN" bake -C $s -o "$work/again.kiln" "$hello"
	cmp -s "$work/$s.kiln" "$work/again.kiln"
	ok $? "hello for $s is the same, byte for byte, each time"
	"$KILN" inspect "$work/$s.kiln" | grep '^components' | grep -qwE 'lwip|net|strace|fs-erofs|virtio-net'
	[ $? = 1 ]
	ok $? "hello for $s has no network, no tracing, no file system"
	objdump -h "$work/$s.kiln" 2>&1 | grep -q debug
	[ $? = 1 ]
	ok $? "no symbols in it"
done
"$KILN" bake --debug -o "$work/d.kiln" "$hello"
nm "$work/d.kiln.debug" 2>/dev/null | grep -q ' kernel_main$'
ok $? "--debug keeps the kernel's symbols"

for p in $machines sandbox; do
	gives 0 "Hello from Kiln!" "$KILN" run -P $p --timeout 60 "$hello"
	gives 200 $'Hello from you!\nargv[1] = a b\nargv[2] = 200' "$KILN" run -P $p --timeout 60 -e NAME=you "$hello" "a b" 200
	"$KILN" run -P $p --timeout 60 --strace=exit_group,writev --stats "$hello" >"$work/out" 2>&1 </dev/null
	grep -q '^exit_group(0)' "$work/out" && ! grep -q 'set_tid_address(' "$work/out" && grep -q 'calls.*name' "$work/out"
	ok $? "$p: --strace=… and --stats"
done
gives 0 "Hello from Kiln!" "$KILN" run -P qemu --timeout 60 -g '-M q35' "$hello"
gives 1 "kiln: $work/virtio.kiln: baked without strace; kiln bake --strace puts it in" "$KILN" run -P qemu --strace "$work/virtio.kiln"

# Two programs by the configuration, with their own arguments, environment and working directory.
printf '{"rc": [{"bin": "/bin/hello", "argv": ["1"], "env": {"NAME": "one"}}, {"bin": "/bin/hello", "argv": ["2"]}], "env": {"NAME": "all"}}' \
	>"$work/two.json"
for p in qemu sandbox; do
	gives 2 $'Hello from one!\nargv[1] = 1\nHello from all!\nargv[1] = 2' "$KILN" run -P $p --timeout 60 -c "$work/two.json" "$hello"
done
left_nothing "nothing is left behind"
finish
