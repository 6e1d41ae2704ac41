#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Debian's ip and ss as they are: they see the network as it is, and sockets as on Linux.
. test/e2e/lib.sh
ip=$(command -v ip) && ss=$(command -v ss) || { echo "1..0 # SKIP no iproute2"; exit 77; }

root=$tmp/root
mkdir -p "$root/usr/bin"
for b in "$ip" "$ss"; do
	cp -L "$b" "$root/usr/bin/"
	for l in $(ldd "$b" | grep -o '/[^ ]*'); do
		mkdir -p "$root$(dirname "$l")"
		[ -e "$root$l" ] || cp -L "$l" "$root$l"
	done
done

# What Linux says in a network of its own.
alone() { unshare -rn sh -c "$ip link set lo up && exec \"\$@\"" - "$@" 2>&1; }
# The first line that ip has of lo, but for what another kernel has otherwise: MTU, queueing.
lo() { sed -n 's/mtu [0-9]* qdisc [a-z]* //; s/ *$//; /^1:/p' <<<"$1"; }
for p in sandbox qemu microvm; do
	image=$tmp/$p.kiln
	"$kiln" bake -P $p -r "$root" -o "$image" "$programs/listen" || exit
	run() { timeout -k 5 100 "$kiln" run -P $p -m 64M -I eth0=user "$@" 2>&1; }
	got=$(run -W eth0=10.0.2.77/24,gw=10.0.2.2 "$image" /usr/bin/ip -4 addr)
	like "$got" '^ +inet 127\.0\.0\.1/8 scope host lo' "ip addr: lo on $p"
	like "$got" '^ +inet 10\.0\.2\.77/24 brd 10\.0\.2\.255 scope global eth0' "and the address that was given"
	if want=$(alone "$ip" link show dev lo); then
		is "$(lo "$(run "$image" /usr/bin/ip link show dev lo)")" "$(lo "$want")" "ip link on $p: lo as on Linux"
		for o in -Htln -Huln -Hxl; do
			want=$(alone "$programs/listen" "$ss" $o | sed 's/ [0-9]* \+\* 0/ * 0/')
			is "$(run "$image" /usr/bin/ss $o | sed 's/ [0-9]* \+\* 0/ * 0/; /kiln:/d')" "$want" "ss $o on $p as on Linux"
		done
	else
		skip "as on Linux" "no network namespaces here"
	fi
	got=$(run "$image" /usr/bin/ip route)
	like "$got" '^default via 10\.0\.2\.2 dev eth0' "ip route: the gateway on $p"
	like "$got" '^10\.0\.2\.0/24 dev eth0 proto kernel scope link src 10\.0\.2\.15' "and the network"
	like "$(run "$image" /usr/bin/ip route get 192.0.2.1)" '^192\.0\.2\.1 via 10\.0\.2\.2 dev eth0 src 10\.0\.2\.15' "the way out"
	like "$(run "$image" /usr/bin/ip addr add 192.0.2.1/24 dev eth0)" 'not supported' "the configuration decides on addresses on $p"
	like "$(run "$image" /usr/bin/ip link show dev nix0)" 'does not exist' "no such interface on $p"
done
end
