#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Debian's memcached as it is: threads, both protocols' clients at once, more data than it may keep, expiry, an end in order.
set -- memcached python3
. test/e2e/servers_lib.sh

root=$tmp/root
server_root "$root" memcached:/usr/bin/memcached
for p in sandbox qemu; do
	n=memcached-$p
	start $n $p -r "$root" "$root/usr/bin/memcached" -u nobody -m 32 -t 4 -v
	timeout 250 python3 test/e2e/memcached_client.py 10.9.0.2 $([ $p = sandbox ] && echo 500 || echo 100) >"$tmp/out" 2>&1
	while read -r status name; do
		[ "$status" = ok ]
		ok $? "$name on $p"
	done <"$tmp/out"
	is "$(tail -n 1 "$tmp/out")" "ok done" "all of it"
	stops $n 'Exiting normally|Signal handled'
	"$kiln" rm $n >/dev/null
done
end
