#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Several programs in an image: order, pipes, the background, whose status counts; programs that cannot start.
. test/e2e/lib.sh

# run PLATFORM CONFIG: output to $tmp/out, the status is left in $st.
run() {
	printf '%s' "$2" >"$tmp/config.json"
	timeout 60 "$kiln" run -P "$1" -c "$tmp/config.json" "$programs/filter" >"$tmp/out" 2>&1
	st=$?
}
bin='"bin":"/bin/filter"'

for p in sandbox qemu; do
	run $p "{\"rc\":[{$bin,\"argv\":[\"say\",\"one\"]},{$bin,\"argv\":[\"say\",\"two\",\"0\",\"4\"]}]}"
	is "$st $(tr '\n' ' ' <"$tmp/out")" "4 one two " "one after the other, the last one's status, on $p"
	run $p "{\"rc\":[{$bin,\"argv\":[\"say\",\"through a pipe\"],\"runmode\":\"|\"},{$bin,\"argv\":[\"upper\",\"5\"]}]}"
	is "$st $(cat "$tmp/out")" "5 THROUGH A PIPE" "a pipe on $p"
	run $p "{\"rc\":[{$bin,\"argv\":[\"say\",\"late\",\"9000\"],\"runmode\":\"&\"},{$bin,\"argv\":[\"say\",\"soon\",\"0\",\"6\"]}]}"
	is "$st $(cat "$tmp/out")" "6 soon" "the background does not keep the image on $p"
	run $p "{\"rc\":[{$bin,\"argv\":[\"say\",\"late\",\"50\"],\"runmode\":\"&\"},{$bin,\"argv\":[\"say\",\"soon\",\"0\",\"7\"],\"runmode\":\"&\"}]}"
	is "$st $(LC_ALL=C sort "$tmp/out" | tr '\n' ' ')" "7 late soon " "a list that ends in the background is waited for on $p"
	run $p '{"rc":[{"bin":"/bin/absent"}]}'
	is "$st $(cat "$tmp/out")" "127 kiln: /bin/absent: not found" "a program that is not there on $p"
	run $p "{\"rc\":[{$bin,\"workdir\":\"/absent\"}]}"
	is "$st $(cat "$tmp/out")" "126 kiln: /absent: not found" "a directory that is not there on $p"
	timeout 60 "$kiln" run -P $p --strace=write,exit_group "$programs/status" 3 >"$tmp/out" 2>&1
	is "$? $(cat "$tmp/out")" "3 exit_group(3)                           = ?
+++ exited with 3 +++" "--strace prints the calls named on $p"
	timeout 60 "$kiln" run -P $p --stats "$programs/status" 3 >"$tmp/out" 2>&1
	like "$(cat "$tmp/out")" '^ +1 +0 +[0-9]+  set_tid_address$' "--stats counts calls on $p"
done
end
