#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# virtio-net by every transport and with every set of features that changes how the driver works: a few MB go to an echo
# server and come back, over QEMU's user network and, with segmentation offload, over a tap.
. test/e2e/lib.sh
exec </dev/null

head -c 2000000 /dev/urandom >"$tmp/data"
addr='"eth0": {"addrs": [{"type": "inet", "method": "static", "addr": "ADDR"}]}'
config="{\"rc\": [{\"bin\": \"/bin/netecho\", \"argv\": [\"1\"]}], \"net\": {\"interfaces\": {$addr}}}"

# machine_with MACHINE ADDRESS QEMU'S-OPTIONS: runs the image until it ends; its status is in $tmp/record.
machine_with() {
	local machine=$1 address=$2
	shift 2
	printf '%s' "${config/ADDR/$address}" >"$tmp/config"
	rm -f "$tmp/record"
	# shellcheck disable=SC2086
	timeout 150 "${enter[@]}" qemu-system-x86_64 -machine $machine -accel tcg -cpu max -m 32 -nodefaults -no-user-config \
		-display none -no-reboot -serial stdio -device isa-debugcon,iobase=0x502,chardev=exit \
		-chardev "file,id=exit,path=$tmp/record" -device isa-debug-exit,iobase=0x501,iosize=1 \
		-fw_cfg "name=opt/kiln/config,file=$tmp/config" -kernel "$tmp/$image" "$@" >"$tmp/log" 2>&1
}

# echo_to ADDRESS PORT: sends the data, there and back.
echo_to() {
	local end=$((SECONDS + 120))
	while [ $SECONDS -lt $end ]; do
		"${enter[@]}" timeout 60 socat -t 20 - "tcp:$1:$2" <"$tmp/data" >"$tmp/back" 2>/dev/null
		cmp -s "$tmp/data" "$tmp/back" && return 0
		kill -0 "$guest" 2>/dev/null || return 1
		sleep 0.1
	done
	return 1
}

# check NAME MACHINE DEVICE [OPTIONS]
check() {
	local name=$1 machine=$2 device=$3 port
	shift 3
	port=$(free_port)
	machine_with "$machine" 10.0.2.15/24 -netdev "user,id=n,hostfwd=tcp:127.0.0.1:$port-:7" -device "$device,netdev=n" "$@" &
	guest=$!
	echo_to 127.0.0.1 "$port"
	ok $? "data goes and comes back: $name"
	wait $guest
	is "$(cat "$tmp/record")" "exit 0" "the guest ends: $name"
	sed 's/^/# /' "$tmp/log" | head -n 5
}

enter=() image=netecho
"$kiln" bake -C virtio -o "$tmp/netecho" "$programs/netecho"
ok $? "the image is baked"
pci=virtio-net-pci,romfile=
check "PCI, transitional" pc $pci
check "PCI, modern" q35 $pci,disable-legacy=on
check "PCI, legacy" pc $pci,disable-modern=on,disable-legacy=off
check "PCI, modern, by the shared line" pc $pci,vectors=0
check "PCI, legacy, by the shared line" q35 $pci,vectors=0,disable-modern=on,disable-legacy=off
check "PCI behind a bridge" "q35 -device pcie-root-port,id=behind,chassis=1" $pci,bus=behind
check "PCI, buffers not merged" pc $pci,mrg_rxbuf=off,guest_tso4=off
check "PCI, no event index" pc $pci,event_idx=off
check "PCI, no offloads" pc $pci,csum=off,guest_csum=off,host_tso4=off,guest_tso4=off
check "PCI, short queues" pc $pci,rx_queue_size=256,tx_queue_size=256,disable-legacy=on
microvm=microvm,acpi=off,auto-kernel-cmdline=on
check "MMIO, legacy" $microvm virtio-net-device
check "MMIO, modern" $microvm virtio-net-device -global virtio-mmio.force-legacy=off
check "MMIO at the machine's places" microvm virtio-net-device
check "MMIO with one I/O APIC" microvm,ioapic2=off virtio-net-device

ns=kiln-virtio-$$
trap 'finish; ip netns del $ns 2>/dev/null' EXIT
if ip netns add $ns 2>/dev/null && ip netns exec $ns ip tuntap add tap0 mode tap vnet_hdr 2>/dev/null; then
	enter=(ip netns exec $ns)
	"${enter[@]}" ip addr add 10.1.0.1/24 dev tap0
	"${enter[@]}" ip link set tap0 up
	for device in "pc $pci" "$microvm virtio-net-device"; do
		machine_with ${device% *} 10.1.0.2/24 -netdev tap,id=n,ifname=tap0,script=no,downscript=no \
			-device "${device#* },netdev=n" &
		guest=$!
		echo_to 10.1.0.2 7
		ok $? "data goes and comes back over a tap: $device"
		wait $guest
		is "$(cat "$tmp/record")" "exit 0" "the guest ends: $device"
	done
	# Joined segments need room for 64 KiB even where memory is short.
	machine_with pc 10.1.0.2/24 -netdev tap,id=n,ifname=tap0,script=no,downscript=no -device $pci,netdev=n -m 2 &
	guest=$!
	echo_to 10.1.0.2 7
	ok $? "data goes and comes back over a tap in 2 MB"
	wait $guest
	# A flood of packets that nobody wants must leave the program its time.
	config=${config/'"/bin/netecho", "argv": ["1"]'/'"/bin/spin", "argv": ["100"]'} image=spin
	"$kiln" bake -C virtio -o "$tmp/spin" "$programs/spin"
	machine_with pc 10.1.0.2/24 -netdev tap,id=n,ifname=tap0,script=no,downscript=no -device $pci,netdev=n &
	guest=$!
	"${enter[@]}" ip neigh replace 10.1.0.2 lladdr 52:54:00:12:34:56 dev tap0
	"${enter[@]}" timeout 300 bash -c 'while :; do head -c 20000000 /dev/zero | dd bs=64 of=/dev/stdout status=none >/dev/udp/10.1.0.2/9; done' 2>/dev/null &
	flood=$!
	wait $guest
	is "$(cat "$tmp/record")" "exit 0" "a program gets on during a flood"
	kill $flood
	wait $flood 2>/dev/null
else
	skip "over a tap" "no network namespace or tap here"
fi
end
