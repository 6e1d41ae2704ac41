#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Images that run, on each platform: started, seen, signalled, stopped, restarted, left behind by a killed supervisor.
. test/e2e/lib.sh
kiln=$(cd "$(dirname "$kiln")" && pwd)/kiln
life=$PWD/$programs/life

leave() {
	"$kiln" rm -f $("$kiln" ps -aq) >/dev/null 2>&1
	finish
}
trap leave EXIT

# field NAME KEY: of kiln ps --json
field() {
	"$kiln" ps -a --json | python3 -c 'import json, sys
for i in json.load(sys.stdin):
    if i["name"] == sys.argv[1]: print(i.get(sys.argv[2], ""))' "$1" "$2"
}

said() { # NAME TEXT: the log has it
	"$kiln" logs "$1" 2>/dev/null | grep -qx -- "$2"
}
has_status() { # NAME STATUS
	[ "$(field "$1" status)" = "$2" ]
}
# Every process whose supervisor's work it is: the supervisor, its worker, and what that started.
family() { # PID
	local p
	echo "$1"
	for p in $(pgrep -P "$1"); do family "$p"; done
}

for p in sandbox qemu; do
	n=$p-a
	out=$(timeout 60 "$kiln" run -d -P $p -n $n -m 32M "$life" handle 2>&1)
	is "$?:$out" "0:$n" "run -d prints the name on $p"
	until_true said $n ready
	ok $? "logs has its output"
	like "$("$kiln" ps)" "^$n +$p +$life +up [0-9]+ seconds? +32M" "ps shows it"
	for s in USR1:10 HUP:1 INT:2 QUIT:3; do
		"$kiln" kill -s "${s%:*}" $n >/dev/null
		until_true said $n "signal ${s#*:}"
		ok $? "kill -s ${s%:*} reaches the program"
	done
	"$kiln" wait $n >"$tmp/waited" &
	waiter=$!
	is "$("$kiln" stop $n)" $n "stop prints the name"
	wait $waiter
	is "$?:$(cat "$tmp/waited")" "0:9" "SIGTERM reaches the program; wait tells its status"
	like "$("$kiln" ps -a)" "^$n .*exited \(9\) [0-9]+ seconds? ago" "ps -a shows the end"
	is "$("$kiln" ps -q)" "" "ps does not"
	is "$("$kiln" wait $n):$("$kiln" stop $n)" "9:$n" "wait and stop of one that has ended"
	like "$("$kiln" run -d -P $p -n $n "$life" 2>&1)" "^kiln: -n $n: there is one of this name \(exited\); kiln rm $n ends that\$" "the name is taken"
	is "$("$kiln" rm $n):$("$kiln" ps -aq)" "$n:" "rm forgets it"

	# Grace periods.
	"$kiln" run -d -P $p -n $p-deaf --rm "$life" deaf >/dev/null
	until_true said $p-deaf ready
	"$kiln" wait $p-deaf >"$tmp/waited" &
	waiter=$!
	until_true waits $waiter socket
	"$kiln" stop -t 0.5 $p-deaf >/dev/null
	wait $waiter
	is "$(cat "$tmp/waited"):$("$kiln" ps -aq)" "137:" "stop -t ends one that ignores SIGTERM; --rm forgets it"
	"$kiln" run -d -P $p -n $p-deaf --stop-timeout 0.5 "$life" deaf >/dev/null
	until_true said $p-deaf ready
	"$kiln" stop $p-deaf >/dev/null
	is "$(field $p-deaf exit)" 137 "--stop-timeout is stop's default"
	"$kiln" rm $p-deaf >/dev/null
	"$kiln" run -d -P $p -n $p-time --timeout 1 "$life" >/dev/null
	is "$("$kiln" wait $p-time)" 124 "--timeout"
	"$kiln" rm $p-time >/dev/null

	# Restarts.
	"$kiln" run -d -P $p -n $p-again --restart on-failure:2 "$life" exit 3 >/dev/null
	is "$("$kiln" wait $p-again):$(field $p-again restarts)" "3:2" "--restart on-failure:2 starts it three times"
	is "$("$kiln" logs $p-again | grep -c '^ready')" 3 "and the log has all three"
	"$kiln" rm $p-again >/dev/null
	"$kiln" run -d -P $p -n $p-again --restart on-failure "$life" exit 0 >/dev/null
	is "$("$kiln" wait $p-again):$(field $p-again restarts)" "0:0" "--restart on-failure leaves success alone"
	"$kiln" rm $p-again >/dev/null
	cp "$life" "$tmp/passing"
	"$kiln" run -d -P $p -n $p-again --restart always "$tmp/passing" exit 0 >/dev/null
	rm "$tmp/passing"
	more_than_one() { [ "$(field $p-again restarts)" -ge 2 ]; }
	until_true more_than_one
	ok $? "--restart always, though the program's file is gone"
	"$kiln" stop $p-again >/dev/null
	is "$(field $p-again status)" exited "and stop ends that"
	"$kiln" rm $p-again >/dev/null
	"$kiln" run -d -P $p -n $p-again --restart always "$life" >/dev/null
	until_true said $p-again ready
	"$kiln" kill $p-again >/dev/null
	is "$("$kiln" wait $p-again)" 137 "kill ends one that is always restarted"
	"$kiln" rm $p-again >/dev/null

	# A supervisor that is killed takes everything with it, and is not forgotten.
	"$kiln" run -d -P $p -n $p-dead "$life" deaf >/dev/null
	until_true said $p-dead ready
	pids=$(family "$(field $p-dead pid)")
	kill -KILL "$(field $p-dead pid)"
	gone() { local q; for q in $pids; do [ -d "/proc/$q" ] && ! grep -q '^State:.Z' "/proc/$q/status" && return 1; done; return 0; }
	until_true gone
	ok $? "what it started dies with a killed supervisor: $(wc -w <<<"$pids") processes"
	like "$("$kiln" ps)" "^$p-dead .* dead: its supervisor was killed" "ps shows it as dead"
	is "$("$kiln" wait $p-dead):$("$kiln" kill $p-dead 2>&1)" "137:kiln: $p-dead: not running" "wait does not hang, kill says so"
	sed -i 's/"boot":"[^"]*"/"boot":"another"/' "$XDG_RUNTIME_DIR/kiln/$p-dead/state"
	like "$("$kiln" ps)" "^$p-dead .* dead: this machine was restarted" "or whose machine was restarted"
	is "$("$kiln" prune):$("$kiln" ps -aq)" "$p-dead:" "prune forgets it"

	# In the foreground.
	n=$p-front port=$(free_port)
	: >"$tmp/front"
	"$kiln" run -P $p -n $n -p "$port:80" "$life" handle >"$tmp/front" 2>&1 &
	front=$!
	until_true grep -qx ready "$tmp/front"
	like "$("$kiln" ps)" "^$n +$p +$life +up [0-9]+ seconds?, in the foreground +64M +127.0.0.1:$port->80/tcp" "ps shows it on $p"
	is "$("$kiln" logs $n 2>&1)" "kiln: $n: runs in the foreground, so its output is where it was started" "logs says where its output is"
	like "$("$kiln" run -P sandbox -n $n "$life" 2>&1)" "^kiln: -n $n: there is one of this name \(running\)" "its name is taken"
	like "$("$kiln" rm $n 2>&1)" "^kiln: $n: it runs" "rm leaves it alone"
	"$kiln" wait $n >"$tmp/waited" 2>&1 &
	waiter=$!
	"$kiln" kill -s USR1 $n >/dev/null
	until_true grep -qx 'signal 10' "$tmp/front"
	ok $? "kill -s USR1 reaches the program"
	until_true waits $waiter pidfd
	is "$("$kiln" stop $n)" $n "stop prints the name"
	wait $front
	is "$?:$(tail -n 1 "$tmp/front")" "9:signal 15" "and its SIGTERM reached the program"
	wait $waiter
	is "$?:$(cat "$tmp/waited")" "1:kiln: $n: it ran in the foreground; its exit status went to whoever started it" "wait"
	is "$("$kiln" ps -aq)" "" "and it is forgotten"
	for how in "stop -t 0.5" kill "rm -f"; do
		: >"$tmp/front"
		"$kiln" run -P $p -n $n "$life" deaf >"$tmp/front" 2>&1 &
		front=$!
		until_true grep -qx ready "$tmp/front"
		"$kiln" $how $n >/dev/null
		wait $front
		is "$?:$("$kiln" ps -aq)" "137:" "kiln $how ends one that ignores SIGTERM"
	done
	for k in 1 2 3; do "$kiln" run -P $p "$life" exit 0 >/dev/null; done
	is "$(($(find "$XDG_RUNTIME_DIR/kiln" -mindepth 1 -type d | wc -l) < 2)):$("$kiln" ps -aq)" 1: "many runs leave nothing behind"
done

"$kiln" run -d -P microvm -n micro "$life" handle >/dev/null
until_true said micro ready
"$kiln" stop micro >/dev/null
is "$("$kiln" wait micro)" 9 "stop's SIGTERM reaches the program on microvm, too"
"$kiln" rm micro >/dev/null

# What keeps it from starting is said, and nothing stays.
out=$("$kiln" run -d -P qemu -n no -g '-device nosuchthing' "$life" 2>&1)
is $? 125 "QEMU that does not start: status 125"
like "$out" "nosuchthing" "and its words"
is "$("$kiln" ps -aq)" "" "and nothing stays"
"$kiln" run -d -P sandbox -n no -I eth0=fd:0 "$life" </dev/null >"$tmp/out" 2>&1
[ $? = 125 ] && grep -q '^kiln: .*eth0=fd:0' "$tmp/out" && [ -z "$("$kiln" ps -aq)" ]
ok $? "a tender that does not start: $(cat "$tmp/out")"

# What the machine leaves behind, and what that leaves, ends with it.
mkdir "$tmp/bin"
cat >"$tmp/bin/qemu-system-x86_64" <<'END'
#!/bin/sh
sh -c 'sleep 300 & echo $! >"$0"; wait' "$LEFT" &
while [ ! -s "$LEFT" ]; do sleep 0.01; done
exit 3
END
chmod +x "$tmp/bin/qemu-system-x86_64"
LEFT=$tmp/left PATH=$tmp/bin:$PATH timeout 60 "$kiln" run -d -P qemu -n left "$life" >"$tmp/out" 2>&1
is $? 125 "a machine that leaves processes behind does not keep its supervisor"
kill -0 "$(cat "$tmp/left")" 2>/dev/null
is "$?:$("$kiln" ps -aq)" "1:" "none of them stays, nor the supervisor"

# Logs.
"$kiln" run -d -P sandbox -n log --log-size 8K "$life" lines 2000 exit 5 >/dev/null
"$kiln" wait log >/dev/null
size=$(cat "$XDG_RUNTIME_DIR"/kiln/log/log* | wc -c)
[ "$size" -le 8192 ] && [ "$size" -gt 4096 ]
ok $? "--log-size 8K keeps the last $size bytes"
is "$("$kiln" logs --tail 3 log)" $'line 1999 of what is kept in the log\nline 2000 of what is kept in the log\nready' "--tail 3 across the two files"
is "$("$kiln" logs --tail 0 log)" "" "--tail 0"
"$kiln" rm log >/dev/null
"$kiln" run -d -P sandbox -n log "$life" handle >/dev/null
timeout 200 "$kiln" logs -f log >"$tmp/followed" &
follower=$!
until_true grep -qx ready "$tmp/followed"
"$kiln" kill -s USR2 log >/dev/null
until_true grep -qx 'signal 12' "$tmp/followed"
ok $? "logs -f shows what comes"
"$kiln" stop log >/dev/null
wait $follower
is "$?:$(tail -n 1 "$tmp/followed")" "0:signal 15" "and ends with the image"
"$kiln" rm log >/dev/null

# Names of their own, one winner, everything at once.
a=$("$kiln" run -d -P sandbox "$life")
b=$("$kiln" run -d -P sandbox "$life")
is "$a $b" "life life-2" "without -n the program's name, numbered"
like "$("$kiln" logs lief 2>&1)" '^kiln: lief: nothing of this name; did you mean life\?$' "a wrong name finds the nearest"
for k in 1 2 3 4 5 6; do "$kiln" run -d -P sandbox -n race "$life" >"$tmp/race$k" 2>"$tmp/lost$k" & done
wait
is "$(cat "$tmp"/race?):$(cat "$tmp"/lost? | grep -c 'there is one of this name')" "race:5" "of six of one name, one starts"
for k in 1 2 3; do "$kiln" stop race >/dev/null 2>&1 & "$kiln" ps -a >/dev/null & "$kiln" rm race >/dev/null 2>&1 & done
wait
"$kiln" rm -f race >/dev/null 2>&1
is "$("$kiln" rm -f life life-2 2>&1):$("$kiln" ps -aq)" $'life\nlife-2:' "rm -f of two that run"
"$kiln" stop nobody none >"$tmp/out" 2>&1
is "$?:$(wc -l <"$tmp/out")" 1:2 "every name that is not there has its line"
is "$(stat -c %a "$XDG_RUNTIME_DIR/kiln")" 700 "the directory is private"
chmod 755 "$XDG_RUNTIME_DIR/kiln"
like "$("$kiln" ps 2>&1)" "^kiln: $XDG_RUNTIME_DIR/kiln: not a directory that is yours alone" "one that is not is refused"
chmod 700 "$XDG_RUNTIME_DIR/kiln"

# A published port.
port=$(free_port)
"$kiln" run -d -P qemu -n port -p "$port:80" "$life" >/dev/null
like "$("$kiln" ps)" "127.0.0.1:$port->80/tcp" "ps shows the ports"
"$kiln" rm -f port >/dev/null
is_open "$port"
is $? 1 "and when rm is back the port is free"

mkdir "$XDG_RUNTIME_DIR/kiln/odd"
like "$("$kiln" ps)" '^odd +dead: it was never started *$' "one of which nothing is known"
is "$("$kiln" prune)" odd "is forgotten, too"
is "$(ls -A "$XDG_RUNTIME_DIR/kiln")" .lock "nothing is left"
end
