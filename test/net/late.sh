#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A DHCP server that comes after the programs were started without an address: the name servers that it tells are written then.
set -u
skip() { echo "1..0 # SKIP $1"; exit 77; }
[ "${KILN_LATE_TEST:-}" = inside ] || {
	unshare -n true 2>/dev/null || skip "no network namespaces here"
	command -v dnsmasq >/dev/null || skip "no dnsmasq"
	KILN_LATE_TEST=inside exec unshare -n bash "$0"
}
. test/e2e/lib.sh
ip link set lo up
ip tuntap add t0 mode tap vnet_hdr && ip addr add 10.77.0.1/24 dev t0 && ip link set t0 up || skip "no tap devices here"
"$kiln" run -P sandbox --timeout 90 -I eth0=tap:t0 -W eth0=dhcp "$programs/reach" late one.kiln.test >"$tmp/out" 2>&1 &
guest=$!
started+=("$guest")
until_true has "$tmp/out" 'no address by DHCP'
is "$(cat "$tmp/out")" "kiln: eth0: no address by DHCP in 10 s; it goes on trying" "programs start without an address"
dnsmasq --no-daemon --conf-file=/dev/null --interface=t0 --bind-interfaces --no-ping --no-resolv --no-hosts --pid-file= \
	--dhcp-range=10.77.0.50,10.77.0.90,1h --dhcp-leasefile="$tmp/leases" --local=/kiln.test/ --address=/one.kiln.test/10.77.0.99 \
	>"$tmp/dnsmasq" 2>&1 &
started+=($!)
wait "$guest"
is "$? $(tail -n 1 "$tmp/out")" "0 10.77.0.99" "later a name is found"
end
