#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Standard output and standard error: apart where the host's are, in order where they are one, on every platform; what Linux
# gives for the same program is the reference. What Kiln itself says is on standard error.
. test/e2e/lib.sh
program=$programs/streams

# apart COMMAND...: descriptor 1 through a pipe into $tmp/out, 2 through another one into $tmp/err; its status.
apart() {
	{ { timeout 100 "$@" 2>&3 3>&- < <(:); echo $? >"$tmp/status"; } | cat >"$tmp/out"; } 3>&1 | cat >"$tmp/err"
	return "$(<"$tmp/status")"
}

# together COMMAND...: what came through one pipe.
together() {
	timeout 100 "$@" 2>&1 < <(:) | cat
}

# on_terminal COMMAND-LINE: what a terminal shows that is all three of them but for what the line says.
on_terminal() {
	timeout 100 script -qec "$1" /dev/null </dev/null | tr -d '\r'
}

# with_socket COMMAND...: descriptor 2 is a socket, as under sshd; what comes out of it.
with_socket() {
	timeout 100 python3 -c 'import socket, subprocess, sys
a, b = socket.socketpair()
p = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=b)
b.close()
while text := a.recv(1000): sys.stdout.buffer.write(text)
p.wait()' "$@"
}

for p in sandbox qemu microvm; do
	run=("$kiln" run -P $p -m 32M)
	for verb in mix what "lines 300"; do
		read -ra words <<<"$verb"
		apart "$program" "${words[@]}"
		want=$? want_out=$(<"$tmp/out") want_err=$(<"$tmp/err")
		apart "${run[@]}" -i "$program" "${words[@]}"
		is "$?" "$want" "$p: $verb: the status"
		is "$(<"$tmp/out")" "$want_out" "$p: standard output is as on Linux"
		is "$(<"$tmp/err")" "$want_err" "$p: so is standard error"
		is "$(together "${run[@]}" -i "$program" "${words[@]}")" "$(together "$program" "${words[@]}")" "$p: in one pipe, in the order of the writes"
	done

	# Files, as a shell opens them, and whatever else there is.
	want="before on 1"
	echo "what was there" >"$tmp/err"
	"${run[@]}" "$program" crash >"$tmp/out" 2>>"$tmp/err"
	is "$?:$(<"$tmp/out")" "139:$want" "$p: a report is not on standard output"
	is "$(sed -n 1,2p "$tmp/err")" $'what was there\nbefore on 2' "$p: 2>>file keeps what was there"
	like "$(<"$tmp/err")" '^kiln: .*SIGSEGV' "$p: and has the report"
	"${run[@]}" "$program" lines 3 2<>"$tmp/out" >/dev/null
	is "$(sed -n 1,3p "$tmp/out")" $'line 1 on 2\nline 2 on 2\nline 3 on 2' "$p: 2<>file"
	is "$("${run[@]}" "$program" lines 2 2>&-)" $'line 1 on 1\nline 2 on 1' "$p: 2>&-: nothing of it comes elsewhere"
	is "$("${run[@]}" "$program" lines 2 2>&1 >&-)" $'line 1 on 2\nline 2 on 2' "$p: >&-, likewise"
	is "$(with_socket "${run[@]}" "$program" lines 2)" $'line 1 on 2\nline 2 on 2' "$p: a socket"
	"${run[@]}" --strace=writev --stats "$program" lines 1 >"$tmp/out" 2>"$tmp/err"
	is "$(<"$tmp/out")" 'line 1 on 1' "$p: with --strace and --stats, standard output is the program's alone"
	like "$(<"$tmp/err")" '^writev\(2, .*line 1 on 2' "$p: --strace is on standard error"
	like "$(<"$tmp/err")" 'calls' "$p: so is --stats"

	# Readers that are late, or go.
	is "$("${run[@]}" "$program" lines 6000 2>/dev/null | (sleep 1; sha1sum))" "$("$program" lines 6000 2>/dev/null | sha1sum)" "$p: a slow reader gets everything"
	is "$("${run[@]}" "$program" lines 3000 2>&1 >/dev/null | (sleep 1; sha1sum))" "$("$program" lines 3000 2>&1 >/dev/null | sha1sum)" "$p: also of standard error"
	timeout 100 "${run[@]}" "$program" lines 1000000000 2>/dev/null | head -n 1 >/dev/null
	is "${PIPESTATUS[0]}" 141 "$p: who has no reader any more gets SIGPIPE"
	timeout 100 "${run[@]}" "$program" lines 1000000000 2>&1 >/dev/null | head -n 1 >/dev/null
	is "${PIPESTATUS[0]}" 141 "$p: also of standard error"
	timeout 100 "${run[@]}" "$program" lines 1000000000 2>&1 | head -n 1 >/dev/null
	is "${PIPESTATUS[0]}" 141 "$p: also of both in one"

	# Terminals.
	is "$(on_terminal "${run[*]} -i $program what" | grep -o '^[012]: terminal [01], access [0-9]')" \
		$'0: terminal 1, access 2\n1: terminal 1, access 2\n2: terminal 1, access 2' "$p: on a terminal all are terminals"
	is "$(on_terminal "${run[*]} -i $program what 2>/dev/null" | grep -o '^[12]: terminal [01]')" \
		$'1: terminal 1\n2: terminal 0' "$p: but for one that is redirected"
	is "$(on_terminal "${run[*]} -i $program what >$tmp/out"; grep -o '^[12]: terminal [01]' "$tmp/out")" \
		$'1: terminal 0\n2: terminal 1' "$p: or the other"
	is "$(on_terminal "${run[*]} $program lines 50" | sha1sum)" "$(together "$program" lines 50 | sha1sum)" "$p: what is written first is seen first"
	is "$(on_terminal "${run[*]} -it $program what 2>$tmp/err" | grep -o '[012]: terminal [01]')" \
		$'0: terminal 1\n1: terminal 1\n2: terminal 1' "$p: -it is one terminal for all"

	for k in 1 2 3; do
		timeout 100 "${run[@]}" -i "$program" lines 1 </dev/zero >/dev/null 2>&1
		is "$?:$("$kiln" ps -aq)" 7: "$p: input that nobody reads does not keep it, nor change its status"
	done

	# Errors: QEMU does not tell.
	if [ $p = sandbox ]; then
		"${run[@]}" "$program" write >/dev/full
		is $? 28 "$p: ENOSPC where Linux gives it"
	fi

	# In the background.
	"$kiln" run -d -P $p -n bg "$program" lines 20 >/dev/null
	"$kiln" wait bg >/dev/null
	is "$("$kiln" logs bg)" "$(together "$program" lines 20)" "$p: the log has both, in order"
	"$kiln" rm bg >/dev/null
done
end
