#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A guest on a tap in a network namespace of our own: ping, HTTP both ways, many connections, loss, DHCP and DNS.
# TAP; for the sandbox and QEMU. The server also runs natively, as the reference for what it answers.
set -u
BUILD=${BUILD:-build}
kiln=$PWD/$BUILD/bin/kiln
ns=kiln-net-$$
tmp=$(mktemp -d)
count=0 failed=0
pids=()

ok() { # STATUS NAME
	count=$((count + 1))
	[ "$1" = 0 ] || failed=$((failed + 1))
	echo "$([ "$1" = 0 ] || echo "not ")ok $count - $2"
}
skip() {
	echo "1..0 # SKIP $1"
	exit 77
}
end() {
	for p in ${pids[@]+"${pids[@]}"}; do kill "$p" 2>/dev/null; done
	ip netns del "$ns" 2>/dev/null
	rm -rf "$tmp"
}
in_ns() { ip netns exec "$ns" "$@"; }

[ "$(id -u)" = 0 ] || skip "needs root for a network namespace"
[ -c /dev/net/tun ] || skip "no /dev/net/tun"
for c in ip ping curl dnsmasq nft; do command -v $c >/dev/null || skip "no $c"; done
trap end EXIT
ip netns add "$ns" || skip "no network namespaces"
in_ns sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
in_ns ip link set lo up
in_ns ip tuntap add ktap mode tap vnet_hdr
in_ns ip addr add 10.77.0.1/24 dev ktap
in_ns ip link set ktap up
for p in transfer resolve; do
	"$BUILD/bin/x86_64-kiln-linux-musl-gcc" -O2 -o "$tmp/$p" test/net/$p.c || { ok 1 "build $p"; echo 1..1; exit 1; }
done
head -c 3000000 /dev/urandom >"$tmp/upload"

native() {
	(exec ip netns exec "$ns" "$tmp/transfer" 8080) &
	pids+=($!)
	for _ in $(seq 50); do
		in_ns curl -s "http://127.0.0.1:8080/10" >"$tmp/x" && [ -s "$tmp/x" ] && break
		sleep 0.1
	done
	want_get=$(in_ns curl -s http://127.0.0.1:8080/3000000 | sha256sum)
	want_put=$(in_ns curl -s -H Expect: -T "$tmp/upload" http://127.0.0.1:8080/)
}

get() { [ "$(in_ns curl -s --max-time "$1" http://10.77.0.2/3000000 | sha256sum)" = "$want_get" ]; }
put() { [ "$(in_ns curl -s --max-time "$1" -H Expect: -T "$tmp/upload" http://10.77.0.2/)" = "$want_put" ]; }

server() { # PLATFORM
	local guest n up=1
	(exec ip netns exec "$ns" timeout 200 "$kiln" run -P "$1" -m 32M -I eth0=tap:ktap -W eth0=10.77.0.2/24,gw=10.77.0.1 \
		"$tmp/transfer" >"$tmp/out" 2>&1) &
	guest=$!
	pids+=($guest)
	for _ in $(seq 100); do
		in_ns ping -q -c 1 -W 1 10.77.0.2 >/dev/null 2>&1 && { up=0; break; }
		sleep 0.1
	done
	ok $up "$1: answers a ping"
	in_ns ping -q -f -c 500 -w 20 10.77.0.2 >"$tmp/ping" 2>&1
	grep -q ' 0% packet loss' "$tmp/ping"
	ok $? "$1: and a flood of 500"
	in_ns ping -q -c 3 -i 0.2 -s 4000 -w 10 10.77.0.2 >"$tmp/ping" 2>&1
	grep -q ' 0% packet loss' "$tmp/ping"
	ok $? "$1: and fragmented ones"
	get 30
	ok $? "$1: 3 MB from the guest"
	put 30
	ok $? "$1: 3 MB to the guest"
	n=$(in_ns curl -s --max-time 60 --parallel --parallel-max 100 "http://10.77.0.2/[1000-1199]" | wc -c)
	[ "$n" = 219900 ]
	ok $? "$1: 200 connections, 100 at a time ($n bytes)"
	in_ns nft -f - <<-END
		table inet loss {
			chain in { type filter hook input priority 0; iifname ktap numgen random mod 100 < 2 counter drop; }
			chain out { type filter hook output priority 0; oifname ktap numgen random mod 100 < 2 counter drop; }
		}
	END
	get 60
	ok $? "$1: 3 MB from the guest with 2 % loss in each direction"
	put 60
	ok $? "$1: 3 MB to the guest with 2 % loss"
	in_ns nft delete table inet loss
	in_ns curl -s --max-time 5 http://10.77.0.2/exit
	wait $guest
	[ $? = 42 ]
	ok $? "$1: the server's exit status"
}

dhcp() { # PLATFORM
	in_ns timeout 60 "$kiln" run -P "$1" -m 32M -I eth0=tap:ktap "$tmp/resolve" one.kiln.test localhost >"$tmp/out" 2>&1
	grep -q '^one.kiln.test is 10.77.0.99$' "$tmp/out" && grep -q '^localhost is 127.0.0.1$' "$tmp/out"
	ok $? "$1: address, gateway and name server by DHCP, names by DNS" || sed 's/^/# /' "$tmp/out"
}

native
server sandbox
server qemu
(exec ip netns exec "$ns" dnsmasq --no-daemon --conf-file=/dev/null --interface=ktap --bind-interfaces --no-ping --no-resolv --no-hosts --pid-file= \
	--dhcp-range=10.77.0.50,10.77.0.90,1h --dhcp-leasefile="$tmp/leases" --local=/kiln.test/ --address=/one.kiln.test/10.77.0.99 \
	>"$tmp/dnsmasq" 2>&1) &
pids+=($!)
for _ in $(seq 200); do grep -qs 'DHCP, IP range' "$tmp/dnsmasq" && break; sleep 0.05; done
dhcp sandbox
dhcp qemu
echo "1..$count"
exit $((failed != 0))
