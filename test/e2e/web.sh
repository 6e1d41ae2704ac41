#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The main job: examples/web and examples/oneshot, baked, run on each platform, fetched with curl and wrk.
# QEMU: published ports on the loopback. Sandbox: a tap in a network namespace of the test's own.
. test/e2e/lib.sh

ns=kiln-web-$$
enter=()
trap 'finish; ip netns del $ns 2>/dev/null' EXIT

# fetch PATH [SECONDS]: from the guest under test.
fetch() {
	"${enter[@]}" curl -s --max-time "${2:-60}" "$base$1"
}

# answers PATH: what it says is in $out. What was sent before it was up is sent again late.
answers() {
	out=$(fetch "$1" 5) && [ -n "$out" ]
}

check_web() {
	local p=$1 out
	until_true answers /hello.txt
	is "$out" "Hello, world!" "the server answers on $p"
	fetch /index.html >"$tmp/index"
	cmp -s "$tmp/index" examples/web/root/www/index.html
	ok $? "a file arrives byte for byte on $p"
	fetch /big.bin >"$tmp/big"
	cmp -s "$tmp/big" "$tmp/root/www/big.bin"
	ok $? "so does one of 3 MB on $p"
	like "$(fetch /status)" 'kernel<td>Linux .*' "the status page tells the kernel on $p"
	like "$(fetch /status)" 'requests served<td>[0-9]+' "and the requests on $p"
	is "$("${enter[@]}" curl -s -o /dev/null -w '%{http_code}' --max-time 60 "$base/none")" 404 "a missing page is 404 on $p"
	is "$("${enter[@]}" curl -s --max-time 60 "$base/hello.txt" "$base/hello.txt" "$base/hello.txt" -w '%{num_connects} ')" \
		"Hello, world!1 Hello, world!0 Hello, world!0 " "keep-alive serves several requests on one connection on $p"
	out=$("${enter[@]}" wrk -t1 -c16 -d2 --timeout 60s "$base/hello.txt" 2>&1)
	like "$out" 'Requests/sec: +[1-9]' "wrk with 16 connections gets answers on $p"
	! grep -qE 'Socket errors|Non-2xx' <<<"$out"
	ok $? "without an error on $p"
	is "$(fetch /hello.txt)" "Hello, world!" "the server still answers on $p"
	kill "$guest"
	wait "$guest" 2>/dev/null
	is $? 143 "it stops when told on $p"
}

mkdir -p "$tmp/root/www"
cp examples/web/root/www/* "$tmp/root/www/"
head -c 3000000 /dev/urandom >"$tmp/root/www/big.bin"

for p in qemu microvm; do
	port=$(free_port) base=http://127.0.0.1:$port
	"$kiln" bake -P $p -r "$tmp/root" -o "$tmp/web.$p" "$examples/web/web" || { ok 1 "bake for $p"; continue; }
	"$kiln" run -P $p -m 32M -p "$port:80" "$tmp/web.$p" >"$tmp/log" 2>&1 &
	guest=$!
	started+=("$guest")
	check_web $p
	port=$(free_port) base=http://127.0.0.1:$port
	timeout 60 "$kiln" run -P $p -p "$port:80" "$examples/oneshot/oneshot" >"$tmp/log" 2>&1 &
	guest=$!
	started+=("$guest")
	until_true answers /
	is "$out" "Once, and only once" "the one-shot server answers on $p"
	wait "$guest"
	is $? 0 "and ends with 0 on $p"
done

ip netns add $ns && ip -n $ns link set lo up && ip -n $ns tuntap add tap0 mode tap && ip -n $ns addr add 10.98.0.1/24 dev tap0 &&
	ip -n $ns link set tap0 up
ok $? "a namespace with a tap"
enter=(ip netns exec $ns) base=http://10.98.0.2:80 # wrk asks /etc/services for the port else
"$kiln" bake -P sandbox -r "$tmp/root" -o "$tmp/web.sandbox" "$examples/web/web"
ok $? "bake for the sandbox"
"${enter[@]}" "$kiln" run -P sandbox -m 32M -I eth0=tap:tap0 -W eth0=10.98.0.2/24 "$tmp/web.sandbox" >"$tmp/log" 2>&1 &
guest=$!
started+=("$guest")
check_web sandbox
timeout 60 "${enter[@]}" "$kiln" run -P sandbox -I eth0=tap:tap0 -W eth0=10.98.0.2/24 "$examples/oneshot/oneshot" >"$tmp/log" 2>&1 &
guest=$!
started+=("$guest")
until_true answers /
is "$out" "Once, and only once" "the one-shot server answers in the sandbox"
wait "$guest"
is $? 0 "and ends with 0 in the sandbox"
end
