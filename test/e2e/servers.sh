#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# More of Debian's servers as they are, those that are installed here: a proxy that starts itself anew, a web server, a broker; and
# a database in a file.
. test/e2e/servers_lib.sh

u=http://10.9.0.2
get() { curl -s --max-time 60 "$@"; }
answers() { [ "$(get --max-time 5 "$1")" = hello ]; }
here() { # PLATFORM PROGRAM...: false, and a test that is skipped, when one is missing
	local p=$1 x
	shift
	for x; do command -v "$x" >/dev/null || { skip "$x on $p" "not installed"; return 1; }; done
}
mkdir "$tmp/www"
echo hello >"$tmp/www/index.html"
seq 100000 >"$tmp/www/numbers"

proxy() {
	local p=$1 n=haproxy-$1 root=$tmp/haproxy-$1
	here $p haproxy || return
	server_root "$root" haproxy:/usr/sbin/haproxy
	cat >"$root/h.cfg" <<-END
		global
		  master-worker
		  nbthread 2
		defaults
		  mode http
		  timeout connect 60s
		  timeout client 60s
		  timeout server 60s
		frontend f
		  bind :80
		  http-request return status 200 content-type text/plain string "hello" if { path / }
		  default_backend b
		backend b
		  server s 10.9.0.1:8099
	END
	start $n $p -r "$root" "$root/usr/sbin/haproxy" -f /h.cfg
	until_true answers $u/
	is "$(get $u/numbers | md5sum)" "$(md5sum <"$tmp/www/numbers")" "haproxy passes a file on, on $p"
	loads $u/ 16
	"$kiln" kill -s USR2 $n >/dev/null
	until_true said $n 'Former worker .* exited with code 0'
	is "$(get $u/)" hello "it executes itself anew"
	timeout 60 "$kiln" stop -t 50 $n >/dev/null
	said $n 'All workers exited'
	ok $? "and ends in order when it is stopped"
	"$kiln" rm $n >/dev/null
}

web() {
	local p=$1 n=lighttpd-$1 root=$tmp/lighttpd-$1 modules
	here $p lighttpd || return
	server_root "$root" lighttpd:/usr/sbin/lighttpd
	mkdir -p "$root/usr/lib"
	modules=$(readlink -f "$(command -v lighttpd)")
	cp -r "${modules%/sbin/lighttpd}/lib/lighttpd" "$root/usr/lib/"
	cp -r "$tmp/www" "$root/www"
	cat >"$root/l.conf" <<-END
		server.document-root = "/www"
		server.port = 80
		server.modules = ( "mod_indexfile" )
		server.upload-dirs = ( "/tmp" )
		index-file.names = ( "index.html" )
		server.username = "nobody"
	END
	start $n $p -r "$root" "$root/usr/sbin/lighttpd" -D -f /l.conf
	until_true answers $u/
	is "$(get $u/numbers | md5sum)" "$(md5sum <"$tmp/www/numbers")" "lighttpd sends a file on $p"
	loads $u/ 16
	loads $u/numbers 4
	is "$("$kiln" logs $n | grep -c failed)" 0 "without a complaint"
	stops $n 'server stopped' '[01]' # on Linux too it is 1 at times, when clients have just left
	"$kiln" rm $n >/dev/null
}

broker() {
	local p=$1 n=mosquitto-$1 root=$tmp/mosquitto-$1 sub
	here $p mosquitto mosquitto_sub mosquitto_pub || return
	server_root "$root" mosquitto:/usr/sbin/mosquitto
	printf 'listener 1883 0.0.0.0\nallow_anonymous true\npersistence true\npersistence_location /tmp/\n' >"$root/m.conf"
	start $n $p -r "$root" "$root/usr/sbin/mosquitto" -c /m.conf -v
	until_true said $n 'version .* running'
	timeout 100 mosquitto_sub -h 10.9.0.2 -t 'a/#' -C 200 -q 1 >"$tmp/sub" &
	sub=$!
	started+=($sub)
	until_true said $n 'SUBACK'
	seq 200 | timeout 100 mosquitto_pub -h 10.9.0.2 -t a/b -l -q 1
	wait $sub
	is "$(md5sum <"$tmp/sub")" "$(seq 200 | md5sum)" "mosquitto passes two hundred messages on, on $p"
	timeout 20 mosquitto_pub -h 10.9.0.2 -t r -m kept -r
	is "$(timeout 20 mosquitto_sub -h 10.9.0.2 -t r -C 1)" kept "and one that is kept"
	stops $n 'Saving in-memory database'
	"$kiln" rm $n >/dev/null
}

database() {
	local p=$1 root=$tmp/sqlite-$1
	here $p sqlite3 || return
	server_root "$root" sqlite3:/usr/bin/sqlite3
	is "$(timeout 100 "$kiln" run -P $p -m 128M -r "$root" "$root/usr/bin/sqlite3" /tmp/x.db "pragma journal_mode = wal; create table t(a, b);
		with recursive c(x) as (values(1) union all select x + 1 from c where x < 20000) insert into t select x, hex(randomblob(20)) from c;
		create index i on t(b); select count(*), max(a) from t; delete from t where a > 100; vacuum; pragma integrity_check" 2>&1 | tr '\n' ' ')" \
		"wal 20000|20000 ok " "sqlite3 on $p"
}

python3 -m http.server 8099 -b 10.9.0.1 -d "$tmp/www" >/dev/null 2>&1 &
started+=($!)
for p in sandbox qemu; do
	proxy $p
	web $p
	broker $p
	database $p
done
end
