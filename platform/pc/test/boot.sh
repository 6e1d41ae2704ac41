#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Boots images on QEMU's machines without the help of `kiln run`: every machine and CPU, every way the configuration comes,
# little memory, a warm reset; and breaks the kernel on purpose.
. test/e2e/lib.sh
exec </dev/null

# vm IMAGE MACHINE [QEMU'S OPTIONS]: prints the console's output and a last line "status N" (none: no record was written).
vm() {
	local image=$1 machine=$2
	shift 2
	rm -f "$tmp/record"
	timeout 150 qemu-system-x86_64 -machine "$machine" -accel tcg -nodefaults -no-user-config -display none -no-reboot \
		-serial stdio -device isa-debugcon,iobase=0x502,chardev=exit -chardev "file,id=exit,path=$tmp/record" \
		-device isa-debug-exit,iobase=0x501,iosize=1 -kernel "$image" "$@" 2>&1
	sed -n 's/^exit /status /p' "$tmp/record"
}

"$kiln" bake -o "$tmp/hello" "$examples/hello/hello" && "$kiln" bake -o "$tmp/show" "$programs/show" &&
	"$kiln" bake -C virtio,+pc-selftest -o "$tmp/selftest" "$examples/hello/hello"
ok $? "images are baked"

microvm=microvm,acpi=off,auto-kernel-cmdline=on
for machine in pc q35 microvm $microvm $microvm,pit=off,pic=off; do
	for cpu in max qemu64; do
		is "$(vm "$tmp/hello" $machine -cpu $cpu -m 64)" $'Hello from Kiln!\nstatus 0' "hello on $machine with $cpu"
	done
done

config='{"cmdline": "/bin/show one \"two words\"", "env": {"A": "b"}}'
for machine in pc microvm; do
	like "$(vm "$tmp/show" $machine -m 64 -fw_cfg "name=opt/kiln/config,string=${config//,/,,}")" "two words" \
		"the configuration comes by fw_cfg on $machine"
	printf '%s' "$config" >"$tmp/config"
	like "$(vm "$tmp/show" $machine -m 64 -initrd "$tmp/config")" "two words" "by a module on $machine"
	like "$(vm "$tmp/show" $machine -m 64 -append "quiet $config")" "two words" "by the command line on $machine"
	like "$(vm "$tmp/show" $machine -m 64 -append "$config" -initrd "$tmp/config" \
		-fw_cfg 'name=opt/kiln/config,string={"cmdline": "/bin/show three"}')" "three" "fw_cfg is first on $machine"
done

for machine in pc q35 microvm; do
	is "$(vm "$tmp/hello" $machine -cpu max -m 3)" $'Hello from Kiln!\nstatus 0' "hello with 3 MB on $machine"
	like "$(vm "$tmp/hello" $machine -cpu max -m 5000)" "status 0" "hello with 5000 MB on $machine"
done

# Fresh memory is zero, whatever firmware has left there, and after a warm reset too; then the console's input.
mkfifo "$tmp/in"
exec 3<>"$tmp/in"
# wait_for N PATTERN: until that many lines of the log have it.
has_lines() { [ "$(grep -c "$2" "$tmp/log")" -ge "$1" ]; }
wait_for() { until_true has_lines "$@"; }
"$kiln" bake -o "$tmp/fresh" "$programs/fresh"
for case in "pc 16" "pc 64" "q35 64" "microvm 32"; do
	set -- $case
	: >"$tmp/log"
	vm "$tmp/fresh" $1 -m $2 -monitor "unix:$tmp/monitor,server=on,wait=off" -action reboot=reset \
		<"$tmp/in" >"$tmp/log" &
	wait_for 1 'fresh:'
	ok $? "memory is zero at first on $1 with $2 MB"
	echo system_reset | socat - "unix-connect:$tmp/monitor" >/dev/null
	wait_for 2 'fresh:'
	ok $? "and after a warm reset"
	echo hello >&3
	wait_for 1 '^got hello'
	ok $? "the console gives input"
	wait $!
	is "$(tail -n 1 "$tmp/log")" "status 0" "and the program ends"
	grep '^stale' "$tmp/log" | sed 's/^/# /'
done

# A start-up's code, as the emulator sees it, beyond that of a machine that ends at once.
blocks() {
	vm "$1" "$2" -cpu max -m 64 -d in_asm -D "$tmp/blocks" >/dev/null
	grep -c '^IN:' "$tmp/blocks"
}
cc -c -o "$tmp/null.o" test/bench/null.S && ld -Ttext=0x100000 -e _start -o "$tmp/null" "$tmp/null.o" 2>/dev/null
ok $? "the guest that ends at once is built"
for machine in pc $microvm; do
	n=$(($(blocks "$tmp/hello" $machine) - $(blocks "$tmp/null" $machine)))
	[ $n -gt 500 ] && [ $n -le 3000 ]
	ok $? "hello takes at most 3000 blocks on $machine ($n)"
done

declare -A panic=(
	[write-text]="page fault in the kernel: vector 14, code 3" [direct-write-text]="page fault in the kernel: vector 14, code 3"
	[write-constant]="page fault in the kernel: vector 14, code 3"
	[direct-write-constant]="page fault in the kernel: vector 14, code 3"
	[execute-data]="page fault in the kernel: vector 14, code 11" [direct-execute-data]="page fault in the kernel: vector 14, code 11"
	[read-null]="page fault in the kernel: vector 14, code 0, ip [0-9a-f]+, address 8" [lost-stack]="double fault in the kernel"
	[overflow-stack]="kernel stack overflow in thread init")
for test in "${!panic[@]}"; do
	out=$(vm "$tmp/selftest" pc -cpu max -m 64 -fw_cfg "name=opt/kiln/config,string={\"selftest\": \"$test\"}")
	like "$out" "panic: ${panic[$test]}" "the kernel: $test"
	like "$out" "status 255" "$test ends with the panic's status"
	[ "$test" != write-text ] || like "$out" "^kiln:   from ffffffff801" "and where it came from is shown"
done
like "$(vm "$tmp/selftest" pc -m 64)" "status 0" "nothing breaks unasked"
end
