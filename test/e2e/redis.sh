#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Debian's redis-server as it is: under load, with snapshots by fork while data changes, an append-only file, and a second server
# in the same image that finds the data of the first.
set -- redis-check-rdb redis-cli redis-benchmark
. test/e2e/servers_lib.sh

root=$tmp/root
server_root "$root" redis-check-rdb:/bin/redis-server
cat >"$tmp/twice.json" <<'END'
{ "rc": [ { "bin": "/bin/redis-server", "argv": ["/redis.conf"], "runmode": "" },
	  { "bin": "/bin/redis-server", "argv": ["/redis.conf"], "runmode": "" } ] }
END
cat >"$root/redis.conf" <<'END'
bind 10.9.0.2
protected-mode no
enable-debug-command yes
dir /tmp
appendonly yes
save ""
unixsocket /tmp/redis.sock
END
cli() { timeout 60 redis-cli -h 10.9.0.2 "$@" 2>&1; }
answers() { [ "$(timeout 5 redis-cli -h 10.9.0.2 ping 2>/dev/null)" = PONG ]; }
info() { cli info "$1" | tr -d '\r' | sed -n "s/^$2://p"; }
idle() { [ "$(info persistence rdb_bgsave_in_progress)$(info persistence aof_rewrite_in_progress)" = 00 ]; }
# bench COUNT ARGS...: every request is answered without an error.
bench() {
	local n=$1 out
	shift
	out=$(timeout 200 redis-benchmark -h 10.9.0.2 --csv -n "$n" -c 20 "$@" 2>&1)
	[ $? = 0 ] && ! grep -iE '^-|error|refused|reset' <<<"$out"
	ok $? "$n times $*, 20 clients"
}

for p in sandbox qemu; do
	n=5000
	[ $p = sandbox ] || n=1000
	"$kiln" bake -P $p -r "$root" -c "$tmp/twice.json" -o "$tmp/$p.kiln" "$root/bin/redis-server"
	start redis-$p $p "$tmp/$p.kiln"
	until_true answers
	is "$(cli set a 1) $(cli incr a) $(cli get a)" "OK 2 2" "redis answers on $p"
	bench $n -t set,get,lpush,lrange_100
	bench $n -t set,get -P 16 -r 10000 -d 500
	cli debug populate 20000 key 100 >/dev/null
	is "$(cli bgsave)" "Background saving started" "a snapshot in a child"
	bench $n -t set -r 20000 -d 200
	until_true idle
	is "$(info persistence rdb_last_bgsave_status)" ok "is written while data changes"
	is "$(cli bgrewriteaof)" "Background append only file rewriting started" "the append-only file anew, in a child"
	bench $n -t incr -r 5000
	until_true idle
	is "$(info persistence aof_last_bgrewrite_status)" ok "is written, too"
	digest=$(cli debug digest)
	is "$(cli debug reload)$(cli debug digest)" "OK$digest" "a snapshot that is read again has the same data"
	is "$(cli debug loadaof)$(cli debug digest)" "OK$digest" "so has the append-only file"
	cli shutdown >/dev/null
	until_true said redis-$p 'DB loaded from append only file'
	until_true answers
	is "$(cli debug digest)" "$digest" "the next server has the data of the first"
	is "$(cli --pipe <<<$'SET x 1\r\nSET y 2\r\n' | grep -o 'errors: [0-9]*, replies: [0-9]*')" "errors: 0, replies: 2" "redis-cli --pipe"
	like "$(timeout 20 redis-cli -h 10.9.0.2 <<<$'MULTI\nINCR x\nINCR y\nEXEC' 2>&1 | tr '\n' ' ')" "QUEUED QUEUED 2 3" "a transaction"
	is "$(cli eval 'return redis.call("incr", KEYS[1])' 1 x)" 3 "a script"
	stops redis-$p 'bye bye'
	"$kiln" rm redis-$p >/dev/null
done
end
