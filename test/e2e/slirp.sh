#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The sandbox's user-mode network, run by a user without privileges: the web server with curl and wrk, UDP, DNS, transfers both
# ways and outwards, what a guest may not reach, and what is left when one of the two processes ends.
# All in a network namespace whose own address is 10.9.0.1, with a resolv.conf that names 127.0.0.1.
[ "${KILN_SLIRP_TEST:-}" = inside ] || {
	unshare -nm true 2>/dev/null || { echo "1..0 # SKIP no network namespaces here"; exit 77; }
	KILN_SLIRP_TEST=inside exec unshare -nm bash "$0"
}
. test/e2e/lib.sh
slirp=$BUILD/lib/kiln/kiln-slirp
user=(setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --ambient-caps=-all --bounding-set=-all)
chmod 755 "$tmp"
# This user may not reach the checkout where it is. Not below $tmp, which is removed at the end with all that is in it.
"${user[@]}" test -x "$PWD/$kiln" || { mount --bind . /mnt && cd /mnt; } || exit 1
mkdir -m 1777 "$tmp/tmp"
export TMPDIR=$tmp/tmp XDG_CACHE_HOME=$tmp/tmp
ip link set lo up
ip tuntap add t0 mode tap && ip addr add 10.9.0.1/24 dev t0 && ip link set t0 up
ok $? "an address that is not the loopback's"
echo "nameserver 127.0.0.1" >"$tmp/resolv.conf"
mount --bind "$tmp/resolv.conf" /etc/resolv.conf

# helpers: those of this namespace.
helpers() { pgrep -f '^[^ ]*/kiln-slirp ' --ns $$ --nslist net; }
no_helpers() { [ -z "$(helpers)" ]; }
gone() { until_true no_helpers; }
run() { "${user[@]}" timeout -k 5 100 "$kiln" run -P sandbox "$@"; }
# background ARGS...: in $guest, with its output in $tmp/log.
background() {
	: >"$tmp/log" # the shell in the background may come later than the first look
	"${user[@]}" "$kiln" run -P sandbox --timeout 300 "$@" >"$tmp/log" 2>&1 &
	guest=$!
	started+=("$guest")
}
guest() { run -r "$tmp/root" "${net[@]}" "$programs/reach" "$@" 2>&1; }

mkdir -p "$tmp/root/www"
cp examples/web/root/www/* "$tmp/root/www/"
head -c 20000000 /dev/urandom >"$tmp/root/www/big.bin"
"${user[@]}" "$kiln" bake -P sandbox -r "$tmp/root" -o "$tmp/tmp/web.img" "$examples/web/web"
ok $? "bake"

# A server on two ports, one of them at another address.
background -m 32M -p 8080:80 -p 127.0.0.2:8081:80 "$tmp/tmp/web.img"
until_true curl -s --max-time 5 http://127.0.0.1:8080/hello.txt -o "$tmp/out"
is "$(cat "$tmp/out")" "Hello, world!" "the server answers at a published port"
is "$(curl -s --max-time 60 http://127.0.0.2:8081/hello.txt)" "Hello, world!" "and at a second one, at another address"
curl -s --max-time 60 http://10.9.0.1:8080/ >/dev/null
is $? 7 "but not at an address that nobody named"
curl -s --max-time 100 http://127.0.0.1:8080/big.bin | cmp -s - "$tmp/root/www/big.bin"
ok $? "20 MB arrive byte for byte"
out=$(wrk -t1 -c32 -d2 --timeout 60s http://127.0.0.1:8080/hello.txt 2>&1)
like "$out" 'Requests/sec: +[1-9]' "wrk with 32 connections gets answers"
! grep -qE 'Socket errors|Non-2xx' <<<"$out"
ok $? "without an error"
echo "# $(grep Requests/sec <<<"$out")"
helper=$(helpers)
is "$(grep -c . <<<"$helper")" 1 "there is one helper"
is "$(awk '/^(CapEff|NoNewPrivs|Seccomp):/ { printf "%s ", $2 }' "/proc/$helper/status")" "0000000000000000 1 2 " \
	"it has no capability, no new privileges, and a filter"
is "$(find "/proc/$helper/fd" -type l ! -lname 'socket:*' ! -lname /dev/null)" "" "and nothing open but its sockets"
is "$(tr -d '\0' <"/proc/$helper/environ" | wc -c)" 0 "and no environment"
out=$(run -p 8080:80 "$tmp/tmp/web.img" 2>&1)
is "$? $out" "1 kiln: -p: cannot listen on 127.0.0.1:8080: Address already in use" "a port in use is one line"
kill "$guest"
wait "$guest" 2>/dev/null
gone
ok $? "the helper ends with the guest"

if [ ${#user[@]} != 0 ]; then
	out=$(run -p 80:80 "$tmp/tmp/web.img" 2>&1)
	is "$? $out" "1 kiln: -p: cannot listen on 127.0.0.1:80: Permission denied" "a port that is not for everybody is one line"
fi
"${user[@]}" "$slirp" --fd 40 -p udp:127.0.0.1:5301:53 -p udp:127.0.0.1:5301:53 sh -c 'echo started' >"$tmp/out" 2>&1
is "$? $(cat "$tmp/out")" "125 kiln: -p: cannot listen on 127.0.0.1:5301: Address already in use" "found by the helper itself, nothing starts"
gone
ok $? "and no helper stays"

# Uploads, and many connections one after the other.
"$BUILD/bin/x86_64-kiln-linux-musl-gcc" -O2 -o "$tmp/tmp/transfer" test/net/transfer.c
head -c 20000000 /dev/urandom >"$tmp/upload"
"$tmp/tmp/transfer" 8090 &
started+=($!)
until_true curl -s http://127.0.0.1:8090/10 -o "$tmp/out"
want=$(curl -s -H Expect: -T "$tmp/upload" http://127.0.0.1:8090/)
background -m 32M -p 0.0.0.0:8091:8091 -W eth0=dhcp "$tmp/tmp/transfer" 8091
until_true curl -s --max-time 5 http://10.9.0.1:8091/10 -o "$tmp/out"
is "$(wc -c <"$tmp/out")" 10 "a port bound to all addresses, a guest that asked DHCP"
is "$(curl -s --max-time 100 -H Expect: -T "$tmp/upload" http://127.0.0.1:8091/)" "$want" "20 MB go in unharmed"
is "$(curl -s --max-time 100 -Z --no-progress-meter --parallel-max 50 'http://127.0.0.1:8091/[1000-1099]' | wc -c)" 104950 "a hundred requests, fifty at a time"
kill "$guest"
wait "$guest" 2>/dev/null

# UDP from outside, and a helper that dies: the guest does not.
background -p 5300:5300/udp "$programs/reach" echo 5300
until_true has "$tmp/log" ready
is "$("$programs/reach" udp 127.0.0.1 5300 hello)" "you said hello" "a datagram and its answer"
is "$("$programs/reach" udp 127.0.0.1 5300 end)" "you said end" "and the last one's, behind which the guest ends"
wait "$guest"
is $? 0 "a UDP server ends by itself"
background -p 8080:80 "$programs/reach" beat 20
until_true has "$tmp/log" 'beat 2'
kill -9 "$(helpers)"
wait "$guest"
is $? 0 "the guest goes on without its helper"
like "$(cat "$tmp/log")" 'beat 19' "to its end"
like "$(cat "$tmp/log")" 'eth0: its other end is gone' "and says what is gone"
background -p 8080:80 "$programs/reach" beat 1000
until_true has "$tmp/log" 'beat 2'
kill -9 "$(pgrep -x kiln-tender --ns $$ --nslist net)"
wait "$guest"
gone
ok $? "no helper stays when the guest is killed"

# Outwards: the namespace's own address, names, and not the loopback.
net=(-I eth0=user)
socat TCP-LISTEN:9000,fork,reuseaddr OPEN:"$tmp/upload" 2>/dev/null &
started+=($!)
socat -T 3 -b 65536 UDP-LISTEN:9001,fork PIPE &
started+=($!)
dnsmasq --no-daemon --conf-file=/dev/null --listen-address=127.0.0.1 --bind-interfaces --no-resolv --no-hosts --pid-file= \
	--address=/one.kiln.test/10.9.0.99 >"$tmp/dnsmasq" 2>&1 &
started+=($!)
listens() { ss -Hlnu | grep -q ":$1 "; }
until_true is_open 9000 && until_true listens 9001 && until_true listens 53
is "$(guest get 10.9.0.1 9000)" "20000000 bytes, sum $(od -An -v -tu1 -w1 "$tmp/upload" | awk '{ s += $1 } END { printf "%d", s }')" "a guest fetches 20 MB"
is "$(guest udp 10.9.0.1 9001 word)" word "a guest's datagram is answered"
is "$(guest big 10.9.0.1 9001 60000)" "60000 bytes come back" "also one of 60,000 bytes"
is "$(guest name one.kiln.test)" 10.9.0.99 "names are resolved by the host's server"
is "$(net=(-I eth0=user -W eth0=dhcp); guest name one.kiln.test)" 10.9.0.99 "also with DHCP"
net=(-I eth0=user -e PATIENCE=3)
like "$(guest tcp 10.0.2.2 9000)" 'connect: (Connection refused|.*unreachable)' "the host's loopback is refused at 10.0.2.2"
like "$(guest tcp 127.0.0.1 9000)" 'connect: Connection refused' "and 127.0.0.1 is the guest's own"
like "$(guest tcp 10.0.2.3 9000)" 'connect: (Operation in progress|Connection refused|.*unreachable)' "the name server's address is for names alone"
like "$(guest tcp 0.0.0.0 9000)" 'connect: ' "0.0.0.0 does not lead out"
like "$(guest udp 10.0.2.2 9001 word)" 'recv: ' "no datagram reaches it either"
net=(-I eth0=user,host-loopback=yes)
is "$(guest tcp 10.0.2.2 9000)" connected "it is reached when the user says so"
is "$(guest udp 10.0.2.2 9001 word)" word "by datagrams too"
like "$(net=(-I eth0=user,loop=yes); guest tcp 1.1.1.1 1)" 'kiln: -I eth0=user,loop=yes: "loop=yes": not host-loopback=yes or host-loopback=no' "a wrong word is named"
like "$(net=(-I eth0=user -I eth1=user); guest tcp 10.0.3.2 9000)" 'connect: ' "two networks of this kind"

# Frames as nobody should send them.
gcc -std=gnu11 -O1 -Wall -Wextra -Werror -o "$tmp/tmp/frames" host/slirp/test/frames.c
ok $? "build the frame generator"
"${user[@]}" timeout 200 "$slirp" --fd 40 "$tmp/tmp/frames" 40 200000 >"$tmp/out" 2>&1
is "$? $(cat "$tmp/out")" "0 200000 frames, still there" "random frames do not kill the helper"
gone
ok $? "nothing is left"
end
