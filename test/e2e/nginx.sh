#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Debian's nginx as it is: a master and two workers of another user, files by sendfile, TLS, a proxy, ranges, uploads, under load;
# a new configuration by SIGHUP, a graceful end.
set -- nginx openssl curl wrk
. test/e2e/servers_lib.sh

root=$tmp/root
server_root "$root" nginx:/usr/sbin/nginx
mkdir -p "$root/var/log/nginx" "$root/var/lib/nginx" "$root/www" "$root/etc/nginx"
echo "hello" >"$root/www/index.html"
head -c 3000000 /dev/urandom >"$root/www/big"
seq 20000 >"$root/www/numbers.txt"
openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=server.test -addext subjectAltName=DNS:server.test \
	-keyout "$root/etc/nginx/key.pem" -out "$root/etc/nginx/cert.pem" 2>/dev/null
cat >"$root/etc/nginx/nginx.conf" <<'END'
user nobody nogroup;
worker_processes 2;
daemon off;
pid /run/nginx.pid;
error_log stderr notice;
events { worker_connections 512; }
http {
	access_log off;
	sendfile on;
	tcp_nopush on;
	gzip on;
	gzip_types text/plain;
	types { text/html html; text/plain txt; }
	client_max_body_size 10m;
	client_body_temp_path /tmp/body;
	proxy_temp_path /tmp/proxy;
	server {
		listen 80;
		listen 443 ssl;
		ssl_certificate cert.pem;
		ssl_certificate_key key.pem;
		root /www;
		location /proxy/ { proxy_pass http://unix:/tmp/back:/; }
		location /size { proxy_pass http://127.0.0.1:81; }
	}
	server { listen unix:/tmp/back; root /www; }
	server { listen 81; location / { client_body_in_file_only clean; proxy_pass http://127.0.0.1:82; } }
	server { listen 82; return 200 "$content_length\n"; }
}
END
u=http://10.9.0.2
get() { curl -s --max-time 60 "$@"; }
answers() { [ "$(get --max-time 5 $u/)" = hello ]; }
same() { # NAME CURL-ARGS...: the large file, byte for byte
	local name=$1
	shift
	get "$@" | cmp - "$root/www/big"
	ok $? "$name"
}
times() { [ "$("$kiln" logs "$1" | grep -c "$2")" = "$3" ]; } # NAME PATTERN COUNT

for p in sandbox qemu; do
	n=nginx-$p
	start $n $p -r "$root" "$root/usr/sbin/nginx"
	until_true answers
	is "$(get -w '%{http_code}' $u/ | tr '\n' ' ')" "hello 200" "nginx answers on $p"
	same "a large file by sendfile" $u/big
	same "by TLS, with a certificate that is checked" --cacert "$root/etc/nginx/cert.pem" --resolve server.test:443:10.9.0.2 https://server.test/big
	same "through a proxy over a local socket" $u/proxy/big
	is "$(get -r 1000-2999 $u/big | md5sum)" "$(tail -c +1001 "$root/www/big" | head -c 2000 | md5sum)" "a range"
	is "$(get --compressed $u/numbers.txt | md5sum)" "$(md5sum <"$root/www/numbers.txt")" "compressed"
	is "$(get --data-binary "@$root/www/big" $u/size)" 3000000 "an upload, through files"
	is "$(get -o /dev/null -w '%{http_code}' $u/none)" 404 "nothing of that name"
	loads $u/ 32
	loads $u/big 4
	loads https://10.9.0.2/ 8
	loads $u/proxy/numbers.txt 8
	"$kiln" kill -s HUP $n >/dev/null
	until_true times $n 'worker process . exited with code 0' 2
	until_true times $n 'start worker process [0-9]' 4
	is "$(get $u/)" hello "new workers after SIGHUP, the old ones have ended"
	stops $n 'exit$'
	is "$("$kiln" logs $n | grep -cE 'alert|emerg|crit|exited on signal')" 0 "without a complaint"
	"$kiln" restart $n >/dev/null
	until_true answers
	is "$(get $u/)" hello "restarted"
	"$kiln" kill -s QUIT $n >/dev/null
	is "$(timeout 60 "$kiln" wait $n)" 0 "a graceful end by SIGQUIT"
	"$kiln" rm $n >/dev/null
done
end
