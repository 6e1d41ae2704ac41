#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# --strace beside strace(1): a program made for it gives the same lines, but for addresses and numbers of processes; the guest tests
# give lines of the same shapes (strace_compare). Filters name the same calls.
. test/e2e/lib.sh

if ! strace -o "$tmp/real" "$programs/traced" 2>"$tmp/err" && [ ! -s "$tmp/real" ]; then
	skip "lines like strace's" "strace cannot trace here: $(head -n 1 "$tmp/err")"
	end
fi

# An image's program is not started by a call. Addresses have other lengths, so do the blanks behind them.
lines() {
	sed -E '/^execve\(/d; s/0x[0-9a-f]{6,}/ADDRESS/g; s/^(set_tid_address.*= |tkill\()[0-9]+/\1PID/; /ADDRESS|PID/s/ += / = /' "$1"
}
same() { # WHAT
	lines "$tmp/real" >"$tmp/want"
	lines "$tmp/kiln" >"$tmp/got"
	diff "$tmp/want" "$tmp/got" >"$tmp/diff"
	ok $? "$1"
	sed 's/^/# /' "$tmp/diff"
}
[ "$(wc -l <"$tmp/real")" -ge 150 ]
ok $? "strace shows the calls"
for p in sandbox qemu microvm; do
	strace -o "$tmp/real" "$programs/traced"
	timeout 60 "$kiln" run -P $p --strace "$programs/traced" >"$tmp/kiln" 2>&1
	is $? 3 "the program runs on $p"
	same "every line is strace's on $p"
done
for class in %file %network %memory %desc %signal %process close,read; do
	strace -o "$tmp/real" -e trace=$class "$programs/traced"
	timeout 60 "$kiln" run -P sandbox --strace=$class "$programs/traced" >"$tmp/kiln" 2>&1
	same "--strace=$class names what strace's does"
done
timeout 60 "$kiln" run -P sandbox --strace=%fiel "$programs/traced" >"$tmp/out" 2>&1
is "$? $(cat "$tmp/out")" '2 kiln: --strace=%fiel: no system call or class "%fiel"; did you mean %file?' "another class is an error"

# Not signals, timers and threads: their stress is hundreds of thousands of lines of the same few calls.
list="clocks exec fs_fd fs_files fs_names fs_pipe fs_poll fs_proc futex identity jobs mm_advise mm_file mm_map mm_remap net_epoll
	net_tcp net_udp net_unix process registers robust signalfd tty_pty waiting"
here=$PWD
mkdir "$tmp/linux" "$tmp/shown"
for t in $list; do
	(cd "$tmp/linux" && timeout 60 strace -f -o "$t" "$here/$BUILD/guest/$t" >/dev/null 2>&1 </dev/null)
	timeout 60 "$kiln" run -P sandbox --strace "$BUILD/guest/$t" >"$tmp/shown/$t" 2>&1 </dev/null
done
(cd "$tmp" && "$here/test/e2e/strace_compare" linux/* "$tmp/real" -- shown/*) >"$tmp/compared"
while read -r word number rest; do
	case $word in
	ok) ok 0 "${rest#- }" ;;
	not) ok 1 "${rest#- }" ;;
	'#') echo "# $number $rest" ;;
	esac
done <"$tmp/compared"
[ -s "$tmp/compared" ]
ok $? "they were compared"
end
