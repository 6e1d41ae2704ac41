#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Debian's PostgreSQL as it is, as another user: a process for each connection, shared memory of all kinds, parallel queries, a
# backend that is killed and what follows from it, an end in order. Its data is made here and copied when the guest starts.
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1)
set -- "${bin:-no}/postgres" "$bin/pgbench" psql busybox
. test/e2e/servers_lib.sh

root=$tmp/root data=$tmp/cluster version=$(basename "${bin%/bin}")
server_root "$root" "$bin/postgres:$bin/postgres" chroot:/usr/sbin/chroot busybox:/bin/sh
for f in cp chown chmod kill; do ln -s sh "$root/bin/$f"; done
mkdir -p "$root/usr/lib/postgresql/$version/lib" "$root/usr/share/postgresql/$version" "$root/usr/share/zoneinfo"
cp "${bin%/bin}/lib/plpgsql.so" "$root/usr/lib/postgresql/$version/lib/"
cp -r /usr/share/postgresql/"$version"/timezonesets "$root/usr/share/postgresql/$version/"
[ ! -e /usr/share/zoneinfo/UTC ] || cp -L /usr/share/zoneinfo/UTC "$root/usr/share/zoneinfo/"
printf 'root:x:0:0:root:/:/bin/sh\npostgres:x:101:104::/tmp:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\npostgres:x:104:\n' >"$root/etc/group"
chmod 755 "$tmp"
install -d -o 65534 -g 65534 "$data"
setpriv --reuid=65534 --regid=65534 --clear-groups "$bin/initdb" -D "$data" -N --locale=C -U postgres -A trust >"$tmp/init.log" 2>&1 ||
	skip_all "initdb does not run here"
echo "host all all 10.9.0.0/24 trust" >>"$data/pg_hba.conf"
printf "listen_addresses = '*'\nunix_socket_directories = '/tmp'\ntimezone = 'UTC'\nlog_timezone = 'UTC'\n" >>"$data/postgresql.conf"
cp -r "$data" "$root/cluster"
cat >"$root/start.sh" <<END
cp -r /cluster /tmp/data
chown -R postgres:postgres /tmp/data
chmod 700 /tmp/data
exec /usr/sbin/chroot --userspec=postgres:postgres / $bin/postgres -D /tmp/data
END
export PGHOST=10.9.0.2 PGUSER=postgres PGDATABASE=postgres PGCONNECT_TIMEOUT=20
sql() { timeout 100 psql -XqAt "$@" 2>&1; }
answers() { [ "$(sql -c 'select 1')" = 1 ]; }

for p in sandbox qemu; do
	n=postgresql-$p
	start $n $p -m 512M -r "$root" "$root/bin/sh" /start.sh
	until_true answers
	like "$(sql -c 'select version()')" "^PostgreSQL $version" "PostgreSQL answers on $p"
	timeout 200 "$bin/pgbench" -i -s 1 -q >"$tmp/out" 2>&1
	is "$?:$(sql -c 'select count(*) from pgbench_accounts')" 0:100000 "a hundred thousand rows"
	like "$(timeout 200 "$bin/pgbench" -n -c 4 -t 10 2>&1)" 'processed: 40/40' "transactions of four clients at once"
	like "$(timeout 200 "$bin/pgbench" -n -C -c 2 -t 5 -S 2>&1)" 'processed: 10/10' "a connection for each"
	is "$(sql -c 'select sum(abalance) = (select sum(delta) from pgbench_history), (select count(*) from pgbench_history) from pgbench_accounts')" \
		't|40' "what they did is there, once"
	like "$(sql -c 'set max_parallel_workers_per_gather = 2; set parallel_setup_cost = 0; set parallel_tuple_cost = 0;
		set min_parallel_table_scan_size = 0; explain analyze select count(*) from pgbench_accounts where bid > 0')" \
		'Workers Launched: 2' "a query by three processes"
	is "$(sql -c 'do $$ begin perform pg_notify($a$x$a$, $a$y$a$); end $$; create table t as select generate_series(1, 20000) g; create index on t(g);
		select count(*) from t where g % 7 = 0' -c 'vacuum t' -c checkpoint)" 2857 "an index, a procedure, a checkpoint"
	sql -c 'select pg_sleep(300)' >/dev/null &
	started+=($!)
	sleeper() { pid=$(sql -c "select pid from pg_stat_activity where query like 'select pg_sleep%'" | head -n 1); [ -n "$pid" ]; }
	until_true sleeper
	sql -c "copy (select 1) to program 'kill -9 $pid'" >/dev/null
	until_true said $n 'database system was not properly shut down'
	until_true answers
	is "$(sql -c 'select count(*) from pgbench_history')" 40 "a backend was killed: all begin anew, nothing is lost"
	stops $n 'database system is shut down'
	"$kiln" rm $n >/dev/null
done
end
