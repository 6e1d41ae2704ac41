#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# kiln attach, start and restart; kiln run -d with -i, -t and with what looks inside.
. test/e2e/lib.sh
kiln=$(cd "$(dirname "$kiln")" && pwd)/kiln
leave() {
	"$kiln" rm -f $("$kiln" ps -aq) >/dev/null 2>&1
	finish
}
trap leave EXIT

said() { # NAME TEXT: the log has it
	"$kiln" logs "$1" 2>/dev/null | grep -q -- "$2"
}
play() { # NAME COMMAND...: the user of test/programs/terminal.c does what standard input says
	local name=$1
	shift
	is "$(timeout 100 "$programs/terminal" "$@" 2>&1)" "" "$name"
}
head -c 100000 /dev/urandom >"$tmp/bytes"
sum=$(od -An -v -tu1 -w1 "$tmp/bytes" | awk '{ s = (s * 31 + $1) % 1000003 } END { print s }')

for p in sandbox qemu; do
	# Lines.
	n=$p-lines
	"$kiln" run -di -P $p -n $n "$programs/typed" >/dev/null
	until_true said $n ready
	mkfifo "$tmp/keys"
	: >"$tmp/out"
	timeout 150 "$kiln" attach $n <"$tmp/keys" >"$tmp/out" &
	attached=$!
	timeout 150 "$kiln" attach --no-stdin $n >"$tmp/other" </dev/null &
	other=$!
	exec 3>"$tmp/keys"
	echo one >&3
	until_true grep -qx 'got one' "$tmp/out"
	ok $? "a line and its answer on $p"
	echo two | timeout 150 "$kiln" attach $n >/dev/null &
	second=$!
	until_true grep -qx 'got two' "$tmp/out"
	ok $? "two may type; the end of one's input is not the guest's"
	{ echo count 100000; cat "$tmp/bytes"; } >&3 &
	writer=$!
	until_true grep -qx "100000 bytes, sum $sum" "$tmp/out"
	ok $? "100 KB that wait to be read arrive as they were: $(grep sum "$tmp/out")"
	wait $writer
	echo end 7 >&3
	wait $attached
	is $? 7 "it ends with the program, and has its status"
	wait $other
	is "$?:$(tail -n 1 "$tmp/other")" "7:100000 bytes, sum $sum" "so does one that only looks"
	wait $second
	is $? 7 "and one whose input has ended"
	exec 3>&-
	rm "$tmp/keys"

	# Started again.
	is "$("$kiln" attach $n 2>&1)" "kiln: $n: not running; kiln start $n starts it again" "attach to one that has ended"
	is "$("$kiln" start $n)" $n "start"
	echo end 6 | timeout 150 "$kiln" attach $n >/dev/null
	is "$?:$("$kiln" wait $n)" 6:6 "and it reads again"
	is "$("$kiln" logs $n | grep -c ready)" 2 "the log goes on"
	is "$("$kiln" restart $n)" $n "restart of one that has ended"
	is "$("$kiln" start $n 2>&1)" "kiln: $n: it runs already" "start of one that runs"
	is "$("$kiln" restart -t 2 $n)" $n "restart of one that runs"
	until_true said $n ready
	"$kiln" attach $n </dev/null >/dev/null &
	attached=$!
	started+=($attached)
	until_true waits $attached signalfd
	kill -TERM $attached
	wait $attached
	is $? 143 "SIGTERM reaches the program"
	is "$("$kiln" ps -aq)" $n "which is still known"
	"$kiln" rm $n >/dev/null

	# A terminal.
	n=$p-terminal
	"$kiln" run -dit -P $p -n $n "$programs/screen" >/dev/null
	until_true said $n size
	play "a terminal on $p: lines, the window's size, Ctrl-C; Ctrl-P Ctrl-Q leaves it" "$kiln" attach $n <<-'EOF'
		settings raw
		type ab\177c\n
		see ab\010 \010c\r\n61.63.0a.
		resize 30 100
		see size 30 100
		type \003
		see interrupted\r\n
		type \020\021
		see runs on
		status 0
		settings cooked
	EOF
	is "$("$kiln" ps -q)" $n "it runs on"
	play "and is found again; a Ctrl-P alone is the program's" "$kiln" attach $n <<-'EOF'
		settings raw
		type raw\n
		see raw\r\nraw
		type \020x
		see 10.
		see 78.
		type \n
		see 0a.
		kill 15
		status 7
		settings cooked
	EOF
	"$kiln" rm $n >/dev/null

	# What looks inside.
	n=$p-seen
	"$kiln" run -d -P $p -n $n --stats --strace=writev "$programs/life" handle >/dev/null
	until_true said $n ready
	"$kiln" kill -s HUP $n >/dev/null
	until_true said $n 'signal 1$'
	"$kiln" stop $n >/dev/null
	is "$("$kiln" wait $n)" 9 "its status is the program's on $p"
	like "$("$kiln" logs $n)" '^writev\(1, .*, 2\) = 10' "--strace is in the log"
	like "$("$kiln" logs $n)" 'calls' "so is --stats"
	"$kiln" rm $n >/dev/null
	"$kiln" run -d -P $p -n $n --profile "$tmp/$p.folded" --boot-chart "$tmp/$p.svg" "$programs/busy" 30 >/dev/null
	is "$("$kiln" wait $n)" 0 "with a profile and a boot chart"
	grep -q 'hot' "$tmp/$p.folded" && grep -q '<svg' "$tmp/$p.svg"
	ok $? "both are written"
	rm "$tmp/$p.svg"
	"$kiln" rm $n >/dev/null
	"$kiln" run -d -P $p -n $n --boot-chart "$tmp/$p.svg" "$programs/life" deaf >/dev/null
	until_true said $n ready
	"$kiln" stop -t 0.3 $n >/dev/null
	is "$("$kiln" wait $n)" 137 "one that had to be ended"
	grep -q '<svg' "$tmp/$p.svg"
	ok $? "has its chart, too"
	"$kiln" rm $n >/dev/null
done

"$kiln" run -P sandbox -n front "$programs/life" >"$tmp/front" 2>&1 &
front=$!
until_true grep -qx ready "$tmp/front"
is "$("$kiln" attach front 2>&1)" "kiln: front: runs in the foreground, where it was started" "attach to one in the foreground"
is "$("$kiln" restart front 2>&1)" "kiln: front: runs in the foreground, where it was started" "restart of one"
"$kiln" kill front >/dev/null
wait $front
like "$("$kiln" attach none 2>&1)" '^kiln: none: nothing of this name' "attach to nothing"
is "$("$kiln" run -dt "$programs/life" 2>&1)" "kiln: -t: only with -i" "-t without -i"
cp "$programs/life" "$tmp/passing"
"$kiln" run -d -P sandbox -n gone "$tmp/passing" exit 3 >/dev/null
"$kiln" wait gone >/dev/null
rm "$tmp/passing"
like "$("$kiln" start gone 2>&1):$("$kiln" wait gone)" '^kiln: .*passing: No such file.*:3$' "start says what is missing, and what was stays"
end
