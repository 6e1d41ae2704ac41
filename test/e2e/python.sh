#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Debian's python3 as it is: what its modules ask of the system is answered as Linux does; names by a server of the test's, as
# the configuration and the user-mode network have it; a web server reached from outside.
# In a network namespace whose own address is 10.9.0.1.
skip_all() { echo "1..0 # SKIP $1"; exit 77; }
[ "${KILN_PYTHON_TEST:-}" = inside ] || {
	unshare -nm true 2>/dev/null || skip_all "no network namespaces here"
	KILN_PYTHON_TEST=inside exec unshare -nm bash "$0"
}
python=$(readlink -f /usr/bin/python3)
[ -x "$python" ] && [ "$("$python" -c 'import platform; print(platform.libc_ver()[0])')" = glibc ] || skip_all "no python3 of glibc's in /usr/bin"
library=$("$python" -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
. test/e2e/lib.sh
ip link set lo up
ip tuntap add t0 mode tap && ip addr add 10.9.0.1/24 dev t0 && ip link set t0 up ||
	skip_all "no tap devices here"
printf '127.0.0.1 localhost\n10.9.8.7 fixed\n' >"$tmp/hosts"
cp -a /etc "$tmp/etc"
rm -f "$tmp"/etc/{hosts,resolv.conf,nsswitch.conf,gai.conf}
cp "$tmp/hosts" "$tmp/etc/hosts"
printf 'nameserver 127.0.0.1\nsearch kiln.test\n' >"$tmp/etc/resolv.conf"
echo 'hosts: files dns' >"$tmp/etc/nsswitch.conf"
mount --bind "$tmp/etc" /etc
for a in 127.0.0.1 10.9.0.1; do
	"$python" test/e2e/python_dns.py $a one.kiln.test=10.9.0.98 two.kiln.test="10.9.0.${a%%.*}" >"$tmp/dns.$a" 2>&1 &
	started+=($!)
	until_true has "$tmp/dns.$a" ready
done

# A root with the interpreter, its library and what both are linked with; the modules for tests and development left out.
root=$tmp/root
mkdir -p "$root/usr/bin" "$root$library" "$root/etc"
cp "$python" "$root/usr/bin/python3"
cp test/e2e/python_guest.py "$root/guest.py"
cp "$tmp/hosts" "$root/etc/hosts"
tar -C "$library" -c --exclude=./test --exclude='./config-*' --exclude=./lib2to3 --exclude=./idlelib --exclude=./ensurepip \
	--exclude=./pydoc_data . | tar -C "$root$library" -x
for f in "$python" "$library"/lib-dynload/*.so; do
	for l in $(ldd "$f" | grep -o '/[^ ]*'); do [ -e "$root$l" ] || { mkdir -p "$root$(dirname "$l")" && cp -L "$l" "$root$l"; }; done
done
for l in libnss_files.so.2 libnss_dns.so.2 libresolv.so.2; do cp -Ln "/lib/x86_64-linux-gnu/$l" "$root/lib/x86_64-linux-gnu/" 2>/dev/null; done

want=$(timeout 60 "$python" test/e2e/python_guest.py 2>&1)
names=$(timeout 60 "$python" test/e2e/python_guest.py names 2>&1)
like "$names" "10\.9\.0\.98.*10\.9\.0\.127'.*, -2, .*127\.0\.0\.1'.*10\.9\.8\.7'" "names on Linux: by the server, searched, unknown, in hosts"
echo '{"net":{"dns":{"nameservers":["10.9.0.1"],"search":["example.org","kiln.test"]}}}' >"$tmp/own.json"
echo '{"net":{"dns":{"search":["kiln.test"]}}}' >"$tmp/search.json"
for p in sandbox qemu; do
	image=$tmp/$p.kiln
	"$kiln" bake -P $p -r "$root" -o "$image" "$root/usr/bin/python3"
	run() { timeout -k 5 200 "$kiln" run -P $p -m 256M "$@" 2>&1; }
	got=$(run "$image" /guest.py | grep -v allow-wx)
	while read -r line; do is "$(grep "^${line%% *} " <<<"$got")" "$line" "${line%% *} on $p"; done <<<"$want"
	is "$(run -I eth0=user -c "$tmp/search.json" "$image" /guest.py names)" "$names" "names, by the host's server, on $p"
	is "$(run -I eth0=user -c "$tmp/own.json" "$image" /guest.py names)" "${names/10.9.0.127/10.9.0.10}" "names, by the configuration's server, on $p"
	is "$(run -I eth0=user -c "$tmp/own.json" "$image" -c 'print(open("/etc/resolv.conf").read().strip())')" \
		$'nameserver 10.9.0.1\nsearch example.org kiln.test' "resolv.conf from the configuration on $p"

	is "$(run -I eth0=user "$image" -c 'import socket as s; print(s.if_nameindex(), s.if_nametoindex("eth0"))')" \
		"[(1, 'lo'), (2, 'eth0')] 2" "interfaces on $p"

	port=$(free_port)
	"$kiln" run -P $p -m 256M --timeout 300 -p "$port:8000" "$image" -m http.server >"$tmp/log" 2>&1 &
	server=$!
	started+=($server)
	until_true curl -s --max-time 5 "http://127.0.0.1:$port/etc/hosts" -o "$tmp/got"
	cmp "$tmp/got" "$tmp/hosts"
	ok $? "python3 -m http.server on $p"
	curl -s --max-time 150 "http://127.0.0.1:$port/usr/bin/python3" | cmp - "$python"
	ok $? "a large file, too"
	kill -INT $server
	wait $server
	is "$?:$(grep -c 'Keyboard interrupt received' "$tmp/log")" 0:1 "Ctrl-C ends it in order"
done
end
