#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The files in /etc that programs expect: there by default, as musl and Debian's glibc read them; the root's own win.
. test/e2e/lib.sh

want='user root home / group root
nobody 65534
host kiln kiln
localhost 127.0.0.1
myself 127.0.1.1
time 2023-11-14 22:13:20 UTC'
mkdir -p "$tmp/own/etc"
echo 'root:x:0:0:me:/home/me:/bin/sh' >"$tmp/own/etc/passwd"
printf '127.0.0.1 localhost\n10.1.2.3 web1\n' >"$tmp/own/etc/hosts"

# A root of Debian's own programs with their libraries.
deb=$tmp/deb
mkdir -p "$deb/bin"
for f in /usr/bin/id /usr/bin/getent /usr/bin/date $(readlink -f /usr/bin/python3); do
	[ -x "$f" ] && cp "$f" "$deb/bin/"
	for l in $(ldd "$f" 2>/dev/null | grep -o '/[^ ]*'); do mkdir -p "$deb$(dirname "$l")" && cp -Ln "$l" "$deb$l"; done
done
for l in libnss_files.so.2 libnss_dns.so.2 libresolv.so.2; do cp -Ln "/lib/x86_64-linux-gnu/$l" "$deb/lib/x86_64-linux-gnu/" 2>/dev/null; done
mkdir -p "$deb/usr/share/zoneinfo/Europe"
cp -L /usr/share/zoneinfo/Europe/Berlin "$deb/usr/share/zoneinfo/Europe/" 2>/dev/null

for p in sandbox qemu; do
	run() { timeout 100 "$kiln" run -P $p "$@" 2>&1; }
	is "$(run "$programs/whoami")" "$want" "all by default on $p"
	echo '{"hostname":"web1"}' >"$tmp/c.json"
	like "$(run -c "$tmp/c.json" "$programs/whoami")" '^host web1 web1$' "the host's name from the configuration on $p"
	is "$(run -c "$tmp/c.json" -r "$tmp/own" "$programs/whoami" | grep -E 'user|myself|nobody')" 'user root home /home/me group root
nobody -1
myself 10.1.2.3' "the root's own files win on $p"
	like "$(run -p "$(free_port):80" "$programs/whoami")" '^myself 10.0.2.15$' "with a network the name is its address on $p"
	like "$(run -e TZ=CET-1CEST,M3.5.0,M10.5.0/3 "$programs/whoami")" '^time 2023-11-14 23:13:20 CET$' "TZ is heeded on $p"
	printf 'authority\n' >"$tmp/ca.pem"
	is "$(run --ca-certs="$tmp/ca.pem" "$programs/paths" cat /etc/ssl/certs/ca-certificates.crt)" authority "--ca-certs on $p"
	mkdir -p "$tmp/own/etc/ssl/certs" && echo mine >"$tmp/own/etc/ssl/certs/ca-certificates.crt"
	is "$(run -r "$tmp/own" --ca-certs="$tmp/ca.pem" "$programs/paths" cat /etc/ssl/certs/ca-certificates.crt)" mine "the root's own wins on $p"
	is "$(run --ca-certs="$tmp/none" "$programs/paths" ls /)" "kiln: --ca-certs: $tmp/none: No such file or directory" "a bundle that is not there on $p"
	is "$(run -r "$deb" /usr/bin/id)" "uid=0(root) gid=0(root) groups=0(root)" "Debian's id on $p"
	is "$(run -r "$deb" /usr/bin/getent passwd nobody)" "nobody:x:65534:65534:nobody:/:/sbin/nologin" "getent passwd on $p"
	like "$(run -r "$deb" /usr/bin/getent hosts kiln)" '^127.0.1.1 +kiln$' "getent hosts on $p"
	# Where the loopback is all there is, glibc finds no address of a kind to offer, there as here.
	is "$(run -r "$deb" /usr/bin/getent ahostsv4 kiln)" "" "getent ahostsv4 without a network on $p"
	like "$(run -p "$(free_port):80" -r "$deb" /usr/bin/getent ahostsv4 kiln)" '^10.0.2.15 ' "and with one"
	is "$(run -r "$deb" /usr/bin/date -d @1700000000)" "Tue Nov 14 22:13:20 UTC 2023" "date on $p"
	if [ -f "$deb/usr/share/zoneinfo/Europe/Berlin" ]; then
		is "$(run -r "$deb" -e TZ=Europe/Berlin /usr/bin/date -d @1700000000)" "Tue Nov 14 23:13:20 CET 2023" "a zone of the root's on $p"
	else
		skip "a zone of the root's on $p" "no zoneinfo here"
	fi
done
end
