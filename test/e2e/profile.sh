#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# kiln run --profile, and the flame graph of it: busy spends four fifths of its time in hot(), under a known chain of callers.
. test/e2e/lib.sh

# share FILE PATTERN: percent of the samples whose stack matches.
share() {
	pattern=$2 awk '{ all += $NF } $0 ~ ENVIRON["pattern"] { n += $NF } END { printf "%d", all ? 100 * n / all : 0 }' "$1"
}

for p in sandbox qemu microvm; do
	timeout 100 "$kiln" run -P $p --timeout 90 --profile "$tmp/$p.folded" "$programs/busy" 400 >"$tmp/out" 2>"$tmp/err"
	is "$? $(cat "$tmp/out")" "0 done" "the program runs and ends as without --profile on $p"
	like "$(cat "$tmp/err")" '^kiln: [0-9]+ samples in ' "one line says how many samples there are on $p"
	[ "$(grep -vcE '^[^; ]+(;[^;]+)* [1-9][0-9]*$' "$tmp/$p.folded")" = 0 ]
	ok $? "every line is a folded stack on $p"
	top=$(sort -t' ' -k2 -n -r "$tmp/$p.folded" | head -n 1)
	like "$top" '^busy;.*main;outer;middle;hot [0-9]+$' "hot is first, with its callers on $p"
	n=$(share "$tmp/$p.folded" ';main;outer;middle;hot [0-9]+$')
	[ "$n" -ge 70 ] && [ "$n" -le 88 ]
	ok $? "with about 80 % of the time on $p ($n)"
	timeout 100 "$kiln" run -P $p --timeout 90 --profile "$tmp/calls.folded" "$programs/busy" calls 100000 1500 >"$tmp/out" 2>"$tmp/err"
	n=$(share "$tmp/calls.folded" ';main;call.*_\[k\]')
	[ "$n" -ge 20 ]
	ok $? "what the kernel does for a program stands on its call on $p ($n %)"
	for seconds in 4 30; do # what a start takes, on a busy machine, is in it
		status=$(timeout 100 "$kiln" run -P $p --timeout $seconds --profile "$tmp/late.folded" "$programs/busy" 1000000 >/dev/null 2>&1; echo $?)
		[ -s "$tmp/late.folded" ] && break
	done
	is "$status $([ "$(share "$tmp/late.folded" ';hot ')" -ge 60 ] && echo hot)" "124 hot" "a profile of a program that --timeout ends on $p"
done

# An image, baked beforehand, with the symbols beside it or without.
"$kiln" bake -P sandbox --profile --debug -o "$tmp/busy.kiln" "$programs/busy"
"$kiln" run --profile "$tmp/image.folded" "$tmp/busy.kiln" calls 100000 1500 >/dev/null 2>&1
like "$(cat "$tmp/image.folded")" ';personality_syscall_\[k\]' "an image with its symbols"
rm "$tmp/busy.kiln.debug"
"$kiln" run --profile "$tmp/image.folded" "$tmp/busy.kiln" calls 100000 1500 >/dev/null 2>&1
like "$(cat "$tmp/image.folded")" ';call;.*kernel_\[k\]' "and without them"
"$kiln" bake -P sandbox -o "$tmp/plain.kiln" "$programs/busy"
err=$("$kiln" run --profile "$tmp/x" "$tmp/plain.kiln" 2>&1)
is "$? $err" "1 kiln: $tmp/plain.kiln: baked without profile; kiln bake --profile puts it in" "an image without the component"
"$kiln" bake -P sandbox --debug -o "$tmp/plain.kiln" "$programs/busy"
[ "$(nm "$tmp/plain.kiln.debug" | grep -cE 'trace_|sample|sandbox_profile')" = 0 ]
ok $? "which has nothing of it"

# Who writes the file can be told to stop, and says when it cannot be written.
mkfifo "$tmp/pipe"
cat "$tmp/pipe" >/dev/null & # sees that it can be written; nobody reads what comes then
"$kiln" run -P sandbox --timeout 60 --profile "$tmp/pipe" "$programs/busy" 1 >"$tmp/out" 2>&1 &
started+=($!)
ended_when_told() { grep -q done "$tmp/out" && ! kill -TERM "${started[-1]}" 2>/dev/null; }
until_true ended_when_told || kill -KILL "${started[-1]}"
wait "${started[-1]}"
is $? 143 "SIGTERM ends kiln when it waits for the file's reader"
err=$(timeout 60 "$kiln" run -P sandbox --profile /dev/full "$programs/busy" 1 2>&1 >/dev/null)
is "$? $err" "1 kiln: --profile: /dev/full: No space left on device" "a full disk"

"$kiln" profile "$tmp/sandbox.folded" -o "$tmp/p.svg" --title 'a <b> & "c"'
is "$?" 0 "kiln profile"
xmllint --noout "$tmp/p.svg"
ok $? "the picture is well-formed"
# The widths are the counts' shares of 1180 px, and what a function called lies within it.
python3 - "$tmp/p.svg" <<'END' >"$tmp/report"
import re, sys
frames = re.findall(r'data-s="(\d+)" data-n="(\d+)" data-d="(\d+)"><title>[^<]*</title><rect x="([\d.]+)" y="\d+" width="([\d.]+)"', open(sys.argv[1]).read())
total = int(frames[0][1])
wrong = [f for f in frames if abs(float(f[4]) - 1180 * int(f[1]) / total) > 0.02 or abs(float(f[3]) - 10 - 1180 * int(f[0]) / total) > 0.02]
print(len(frames) > 4, wrong)
END
is "$(cat "$tmp/report")" "True []" "widths are proportional"
printf 'a<b;c&"d;e\x01\xff_[k] 3\na<b;x 1\n' >"$tmp/odd.folded"
"$kiln" profile "$tmp/odd.folded" && xmllint --noout "$tmp/odd.svg"
ok $? "odd names are escaped"
like "$(cat "$tmp/odd.svg")" 'c&amp;&quot;d: 3 of the samples, 75.00 %' "and shown"
printf 'main 3\nnothing\n' >"$tmp/bad.folded"
is "$("$kiln" profile "$tmp/bad.folded" 2>&1)" "kiln: $tmp/bad.folded: line 2 is no stack as in \"main;function 12\"" "a line that is no stack is named"
: >"$tmp/empty.folded"
is "$("$kiln" profile "$tmp/empty.folded" 2>&1)" "kiln: $tmp/empty.folded: no samples in it" "no samples"
is "$("$kiln" profile "$tmp" 2>&1)" "kiln: $tmp: Is a directory" "a directory"
end
