#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A guest on a tap in a network namespace of our own: ping, HTTP both ways, many connections, loss, DHCP and DNS.
# TAP; for the sandbox and QEMU. The server also runs natively, as the reference for what it answers.
set -u
skip_all() { echo "1..0 # SKIP $1"; exit 77; }
[ "$(id -u)" = 0 ] || skip_all "needs root for a network namespace"
[ -c /dev/net/tun ] || skip_all "no /dev/net/tun"
for c in ip ping curl dnsmasq nft python3; do command -v $c >/dev/null || skip_all "no $c"; done
. test/e2e/lib.sh
ns=kiln-net-$$
trap 'finish; ip netns del $ns 2>/dev/null' EXIT
in_ns() { ip netns exec "$ns" "$@"; }

ip netns add "$ns" || skip_all "no network namespaces"
in_ns sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
in_ns ip link set lo up
in_ns ip tuntap add ktap mode tap vnet_hdr
in_ns ip addr add 10.77.0.1/24 dev ktap
in_ns ip link set ktap up
for p in transfer resolve; do
	"$BUILD/bin/x86_64-kiln-linux-musl-gcc" -O2 -o "$tmp/$p" test/net/$p.c || { ok 1 "build $p"; end; }
done
head -c 3000000 /dev/urandom >"$tmp/upload"

native() {
	ip netns exec "$ns" "$tmp/transfer" 8080 &
	started+=($!)
	until_true in_ns curl -s "http://127.0.0.1:8080/10" -o "$tmp/x"
	want_get=$(in_ns curl -s http://127.0.0.1:8080/3000000 | sha256sum)
	want_put=$(in_ns curl -s -H Expect: -T "$tmp/upload" http://127.0.0.1:8080/)
}

get() { in_ns curl -s --max-time 150 http://10.77.0.2/3000000 | sha256sum; }
put() { in_ns curl -s --max-time 150 -H Expect: -T "$tmp/upload" http://10.77.0.2/; }

server() { # PLATFORM
	local guest
	ip netns exec "$ns" timeout 500 "$kiln" run -P "$1" -m 32M -I eth0=tap:ktap -W eth0=10.77.0.2/24,gw=10.77.0.1 "$tmp/transfer" >"$tmp/out" 2>&1 &
	guest=$!
	started+=($guest)
	until_true in_ns ping -q -c 1 -W 5 10.77.0.2 >/dev/null 2>&1
	ok $? "$1: answers a ping"
	is "$(in_ns python3 test/net/echoes.py 10.77.0.2 500 32 56)" "500 of 500" "$1: and a flood of 500"
	is "$(in_ns python3 test/net/echoes.py 10.77.0.2 10 2 4000)" "10 of 10" "$1: and fragmented ones"
	is "$(get)" "$want_get" "$1: 3 MB from the guest"
	is "$(put)" "$want_put" "$1: 3 MB to the guest"
	is "$(in_ns curl -s --max-time 150 --no-progress-meter --parallel --parallel-max 100 "http://10.77.0.2/[1000-1199]" | wc -c)" 219900 \
		"$1: 200 connections, 100 at a time"
	in_ns nft -f - <<-END
		table inet loss {
			chain in { type filter hook input priority 0; iifname ktap numgen random mod 100 < 2 counter drop; }
			chain out { type filter hook output priority 0; oifname ktap numgen random mod 100 < 2 counter drop; }
		}
	END
	is "$(get)" "$want_get" "$1: 3 MB from the guest with 2 % loss in each direction"
	is "$(put)" "$want_put" "$1: 3 MB to the guest with 2 % loss"
	in_ns nft delete table inet loss
	in_ns curl -s --max-time 60 http://10.77.0.2/exit
	wait $guest
	is $? 42 "$1: the server's exit status"
}

dhcp() { # PLATFORM
	ip netns exec "$ns" timeout 100 "$kiln" run -P "$1" -m 32M -I eth0=tap:ktap "$tmp/resolve" one.kiln.test localhost >"$tmp/out" 2>&1
	is "$(grep ' is ' "$tmp/out")" $'one.kiln.test is 10.77.0.99\nlocalhost is 127.0.0.1' \
		"$1: address, gateway and name server by DHCP, names by DNS"
}

native
server sandbox
server qemu
ip netns exec "$ns" dnsmasq --no-daemon --conf-file=/dev/null --interface=ktap --bind-interfaces --no-ping --no-resolv --no-hosts --pid-file= \
	--dhcp-range=10.77.0.50,10.77.0.90,1h --dhcp-leasefile="$tmp/leases" --local=/kiln.test/ --address=/one.kiln.test/10.77.0.99 \
	>"$tmp/dnsmasq" 2>&1 &
started+=($!)
until_true has "$tmp/dnsmasq" 'DHCP, IP range'
dhcp sandbox
dhcp qemu
end
