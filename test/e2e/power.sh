#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The power button, pressed by QEMU's monitor, is SIGTERM for the program; with no handler it ends.
. test/e2e/lib.sh

# press NAME STATUS PLATFORM OPTIONS PROGRAM...: until the program has said something, then the button.
press() {
	local name=$1 want=$2 platform=$3 options=$4 pid
	shift 4
	rm -f "$tmp"/mon.*
	mkfifo "$tmp/mon.in" "$tmp/mon.out" "$tmp/mon.keys"
	exec 3<>"$tmp/mon.in" 4<>"$tmp/mon.out" 5<>"$tmp/mon.keys"
	: >"$tmp/out" # the shell in the background may come later than the first look
	timeout -k 5 60 "$kiln" run -P "$platform" -i --timeout 50 -g "-chardev pipe,id=mon,path=$tmp/mon -mon mon $options" "$@" \
		>"$tmp/out" 2>&1 <&5 &
	pid=$!
	until_true has "$tmp/out" size
	echo system_powerdown >&3
	wait $pid
	is $? "$want" "$name"
	exec 3>&- 4>&- 5>&-
}

press "a handler runs" 7 qemu "" "$programs/screen"
press "without a handler the program ends" 143 qemu "" "$programs/screen" deaf
press "of a q35" 7 qemu "-M q35" "$programs/screen"
press "of a microvm with ACPI" 7 microvm "-M microvm,accel=tcg,isa-serial=on,rtc=on,pic=on,acpi=on" "$programs/screen"
if [ -r /usr/share/qemu/qboot.rom ]; then
	press "with firmware that does not set it up" 7 qemu "-bios /usr/share/qemu/qboot.rom" "$programs/screen"
else
	skip "with firmware that does not set it up" "no qboot.rom"
fi
end
