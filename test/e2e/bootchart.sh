#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# kiln run --boot-chart: a picture of the start with all of its parts, in order. --stats=SECONDS: lines that add up.
. test/e2e/lib.sh

parts() {
	grep -oE 'data-start="[0-9.]+" data-end="[0-9.]+"><text[^>]*>[^<]*' "$1" | sed 's/data-start="\([0-9.]*\)" data-end="\([0-9.]*\)"><text[^>]*>/\1 \2 /'
}

for p in sandbox qemu microvm; do
	out=$(timeout 60 "$kiln" run -P $p --boot-chart "$tmp/boot.svg" "$programs/status" 7 2>"$tmp/err")
	is "$? $out$(cat "$tmp/err")" "7 " "the program runs as without it on $p"
	xmllint --noout "$tmp/boot.svg"
	ok $? "the picture is well-formed on $p"
	parts "$tmp/boot.svg" >"$tmp/parts"
	first=$([ $p = sandbox ] && echo "tender, boot code" || echo "firmware, boot code")
	is "$(cut -d' ' -f3- "$tmp/parts" | grep -v '^QEMU starts' | tr '\n' ';')" \
		"kiln: image, options;kiln: start;$first;memory;clocks;threads;configuration;drivers;file systems;network;the last parts;the program is loaded;entered;first system call;C library;program;kiln: end;" \
		"all parts, in order on $p"
	# Each begins where the one before ended, and none ends before it begins.
	is "$(awk '{ point = $1 == $2; if ($2 < $1 || (!point && $1 != last)) bad++; if (!point) last = $2 } END { print bad + 0 }' "$tmp/parts")" 0 \
		"one after the other on $p"
	timeout 60 "$kiln" run -P $p --stats=1 "$programs/busy" calls 300000 2500 >"$tmp/out" 2>&1
	grep '^stats: ' "$tmp/out" >"$tmp/stats"
	like "$(head -n 1 "$tmp/stats")" 'seconds +busy% +calls +errors +faults +switches +used KiB +rx KiB +tx KiB' "--stats=1 has a header on $p"
	[ "$(tail -n +2 "$tmp/stats" | grep -vcE '^stats:( +[0-9]+){9}$')" = 0 ]
	ok $? "and lines of numbers on $p"
	calls=$(awk 'NR > 1 { n += $4 } END { print n + 0 }' "$tmp/stats")
	all=$(awk '$4 ~ /^[a-z]/ && NF == 4 { n += $1 } END { print n + 0 }' "$tmp/out")
	[ "$all" -gt 600000 ] && [ "$calls" -le "$all" ]
	ok $? "whose calls ($calls) are some of all ($all) on $p"
	like "$(cat "$tmp/out")" '^ +[1-9][0-9]* page faults served by the kernel' "faults are counted on $p"
done
is "$("$kiln" run --stats=x "$programs/busy" 2>&1)" "kiln: --stats=x: not a number of seconds, 1 to 86400" "a wrong interval"
"$kiln" bake -P sandbox --boot-chart -o "$tmp/chart.kiln" "$programs/status"
"$kiln" run "$tmp/chart.kiln" 3
is $? 3 "an image that could tell and is not asked"
"$kiln" run --boot-chart "$tmp/boot.svg" "$tmp/chart.kiln" 3
is "$? $(parts "$tmp/boot.svg" | grep -c 'C library')" "3 1" "and asked"
"$kiln" run --boot-chart "$tmp/no/where" "$tmp/chart.kiln" 2>"$tmp/err"
is "$? $(cat "$tmp/err")" "1 kiln: --boot-chart $tmp/no/where: No such file or directory" "a file that cannot be written"
end
