#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Programs of every kind find the same at their start as on Linux: static, static-PIE, dynamic, at a fixed address; scripts. And
# what is wrong with a file that cannot be loaded is said in one line.
. test/e2e/lib.sh

src=test/programs/loaded.c
root=$tmp/root
mkdir -p "$root/bin" "$root/lib64" "$root/lib/x86_64-linux-gnu"
cp /lib64/ld-linux-x86-64.so.2 "$root/lib64/"
cp /lib/x86_64-linux-gnu/libc.so.6 "$root/lib/x86_64-linux-gnu/"
cp "$programs/loaded" "$tmp/kiln-static-pie"
gcc -O1 -static -o "$tmp/static" $src
gcc -O1 -static-pie -o "$tmp/static-pie" $src
gcc -O1 -pie -fPIE -o "$tmp/dynamic" $src
gcc -O1 -no-pie -fno-pie -o "$tmp/dynamic-fixed" $src
gcc -O1 -static-pie -Wl,-z,max-page-size=65536 -o "$tmp/aligned" $src

printf '#!/bin/show  one two \n' >"$root/bin/script"
printf '#!/bin/script\n' >"$root/bin/nested"
printf '#!/bin/nothing\n' >"$root/bin/orphan"
printf '#!/bin/loop\n' >"$root/bin/loop"
printf 'just some text that is longer than the header of an ELF file, and no script\n' >"$root/bin/text"
head -c 3000 "$tmp/dynamic" >"$root/bin/half"
chmod +x "$root"/bin/*
cp "$tmp/static" "$root/bin/plain"
chmod -x "$root/bin/plain"

# starts NAME STATUS PATTERN: the rc entry /bin/NAME of the root on $p.
starts() {
	echo "{\"rc\": [{\"bin\": \"/bin/$1\", \"argv\": [\"last one\"]}]}" >"$tmp/config"
	timeout 60 "$kiln" run -P $p -m 16M -r "$root" -c "$tmp/config" "$programs/show" >"$tmp/out" 2>&1
	is $? "$2" "/bin/$1 on $p: status $2"
	like "$(grep -v '^env' "$tmp/out" | tr '\n' '|')" "$3" "/bin/$1 on $p: $3"
}

for p in sandbox qemu; do
	for kind in kiln-static-pie static static-pie dynamic dynamic-fixed aligned; do
		with=()
		[[ $kind == dynamic* ]] && with=(-r "$root")
		"$tmp/$kind" a "b c" >"$tmp/want"
		timeout 60 "$kiln" run -P $p -m 32M "${with[@]}" "$tmp/$kind" a "b c" >"$tmp/out" 2>"$tmp/err"
		is "$(cat "$tmp/out" "$tmp/err")" "$(cat "$tmp/want")" "a $kind program on $p"
	done
	"$kiln" bake -P $p -o "$tmp/addresses.$p" "$programs/addresses"
	for run in 1 2; do timeout 60 "$kiln" run -P $p "$tmp/addresses.$p" >"$tmp/run$run" 2>&1; done
	is "$(cat "$tmp/run1" "$tmp/run2" | sort -u | grep -c '^0x')" 8 "text, heap, mappings and stack are elsewhere in each run on $p"
	starts script 0 '^arg 0 \[/bin/show\]\|arg 1 \[one two\]\|arg 2 \[/bin/script\]\|arg 3 \[last one\]\|'
	starts nested 0 '^arg 0 \[/bin/show\]\|arg 1 \[one two\]\|arg 2 \[/bin/script\]\|arg 3 \[/bin/nested\]\|arg 4 \[last one\]\|'
	starts orphan 127 '^kiln: /bin/orphan: its interpreter \(#!\) was not found\|$'
	starts loop 126 '^kiln: /bin/loop: its interpreter \(#!\) is a script that needs one, and so on\|$'
	starts text 126 '^kiln: /bin/text: not an ELF file\|$'
	starts half 126 '^kiln: /bin/half: a segment lies beyond the end of the file\|$'
	starts plain 126 '^kiln: /bin/plain: not executable\|$'
	starts missing 127 '^kiln: /bin/missing: not found\|$'
done
end
