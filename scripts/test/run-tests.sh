#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# scripts/run-tests: what counts as passed, failed and skipped, and that a failure is shown with all that was said about it.
. test/e2e/lib.sh

mkdir -p "$tmp/build/unit"
t() { # NAME: standard input is a test
	{ echo '#!/bin/sh'; cat; } >"$tmp/build/unit/test_$1"
	chmod +x "$tmp/build/unit/test_$1"
}
runs() { # STATUS WANTED-LAST-LINE NAME
	out=$(BUILD=$tmp/build scripts/run-tests "unit/test_$3" 2>&1)
	is "$?: $(tail -n 1 <<<"$out")" "$1: $2" "$3"
}
shows() { like "$out" "^ +$1\$" "it shows: $1"; }
hides() { is "$(grep -E "$1" <<<"$out")" "" "it does not show: $1"; }

t good <<<'echo "ok 1 - one"; echo "ok 2 - two # SKIP none here"; echo 1..2'
runs 0 "1 passed, 0 failed, 1 skipped" good
t skipped <<<'echo "1..0 # SKIP no such thing"; exit 77'
runs 1 "0 passed, 0 failed, 1 skipped" skipped
t bad <<'END'
echo "# about the first"; echo "ok 1 - one"
echo "# before"; echo "not ok 2 - two"; echo "# got:  3"; echo "# want: 4"; echo "of another program"
for i in $(seq 3 60); do echo "# about $i"; echo "ok $i - more"; done
echo "not ok 61 - the last"; echo "# got:  5"
echo 1..61
exit 1
END
runs 1 "59 passed, 2 failed, 0 skipped" bad
for line in '# before' 'not ok 2 - two' '# got:  3' '# want: 4' 'of another program' 'not ok 61 - the last' '# got:  5'; do shows "$line"; done
hides 'about the first|about 4|about 60'
hides '\|'
like "$out" '^FAIL  unit/test_bad \(status 1, plan 61, 59 ok, 2 not ok; [0-9]+ s, load [0-9.]+\)' "the status, the plan, how long it took"
t crashed <<<'echo "ok 1 - one"; echo "not ok 2 - two"; echo "# why"; echo "ok 3 - three"; echo "last words"; kill -SEGV $$'
runs 1 "2 passed, 1 failed, 0 skipped" crashed
shows '# why'
shows '\| last words'
t short <<<'echo "ok 1 - one"; echo "last words"; echo 1..2'
runs 1 "1 passed, 1 failed, 0 skipped" short
shows '\| last words'
t wrong <<<'echo "ok 1 - one"; echo "last words"; echo 1..1; exit 3'
runs 1 "1 passed, 1 failed, 0 skipped" wrong
shows '\| last words'
t mode <<<'[ "$(umask)" = 0022 ] && echo "ok 1 - umask"; echo 1..1'
umask 077
runs 0 "1 passed, 0 failed, 0 skipped" mode
end
