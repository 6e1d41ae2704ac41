#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Networks as the options attach them, with the example web server: published ports, taps, several interfaces, DHCP, UDP.
set -u
[ "${KILN_NET_TEST:-}" = inside ] || {
	unshare -n true 2>/dev/null || { echo "1..0 # SKIP no network namespaces here"; exit 77; }
	KILN_NET_TEST=inside exec unshare -n bash "$0"
}
. host/test/lib.bash
CC=$BUILD/bin/x86_64-kiln-linux-musl-gcc
[ -x "$CC" ] || { echo "1..0 # SKIP no cross compiler"; exit 77; }
web=$work/web
"$CC" -O2 -pthread -o "$web" examples/web/web.c || exit 1
want=$(cat examples/web/root/www/hello.txt)
ip link set lo up
for i in 0 1; do
	ip tuntap add tap$i mode tap && ip addr add 10.9.$i.1/24 dev tap$i && ip link set tap$i up ||
		{ echo "1..0 # SKIP no tap devices here"; exit 77; }
done

answers_or_ended() { # URL PID
	answer=$(curl -s --max-time 5 "http://$1/hello.txt")
	[ "$answer" = "$want" ] || ! kill -0 "$2" 2>/dev/null
}
# serves NAME URLS OPTIONS...: the server, run with the options, answers at each URL and ends by SIGTERM.
serves() {
	local name=$1 urls=$2 pid got=yes u
	shift 2
	timeout -k 5 100 "$KILN" run -m 16M -r examples/web/root "$@" "$web" >"$work/out" 2>&1 &
	pid=$!
	for u in $urls; do
		until_true answers_or_ended "$u" $pid
		[ "$answer" = "$want" ] || got="no answer at $u"
	done
	[ "$got" = yes ]
	ok $? "$name: $got"
	[ "$got" = yes ] || sed 's/^/# /' "$work/out"
	kill $pid 2>/dev/null
	wait $pid
	[ $? = 143 ]
	ok $? "$name: SIGTERM ends it with 143"
}

for p in qemu microvm sandbox; do
	serves "$p, -p" 127.0.0.1:8080 -P $p -p 8080:80
	serves "$p, -p twice" "127.0.0.1:8080 127.0.0.2:8081" -P $p -p 8080:80 -p 127.0.0.2:8081:80
	serves "$p, -p by DHCP" 127.0.0.1:8080 -P $p -p 8080:80 -W eth0=dhcp
	serves "$p, -p at an address of ours" 127.0.0.1:8080 -P $p -p 8080:80 -W eth0=192.168.7.9/24
done
for p in qemu microvm sandbox; do
	serves "$p, a tap" 10.9.0.2 -P $p -I eth0=tap:tap0 -W eth0=10.9.0.2/24,gw=10.9.0.1
	serves "$p, two taps" "10.9.0.2 10.9.1.2" -P $p -I eth0=tap:tap0 -I eth1=tap:tap1 -W eth0=10.9.0.2/24 -W eth1=10.9.1.2/24
done
gives 1 "kiln: -I eth0=tap:tap9: there is no interface tap9" "$KILN" run -P qemu --timeout 60 -I eth0=tap:tap9 -r examples/web/root "$web"
finish
