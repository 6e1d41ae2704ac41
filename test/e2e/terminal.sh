#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# kiln run -it, as a user sees it: raw mode and its end, the window's size, the terminal's signals, job control. Linux runs the
# same programs first, as the reference.
. test/e2e/lib.sh

# play NAME COMMAND...: the user of test/programs/terminal.c does what standard input says.
play() {
	local name=$1 out
	shift
	out=$(timeout 100 "$programs/terminal" "$@" 2>&1)
	is "$out" "" "$name"
}

on() { # PLATFORM PROGRAM [ARG...]: how it is run there
	local p=$1
	shift
	if [ "$p" = linux ]; then command=("$@"); else command=("$kiln" run -P "$p" -it "$@"); fi
}

for p in linux sandbox qemu microvm; do
	on $p "$programs/screen"
	play "$p: lines, echo, the window's size" "${command[@]}" <<-'EOF'
		see terminal 111\r\nforeground 1, session 1\r\nsize 24 80\r\n
		type ab\177c\n
		see ab\010 \010c\r\n61.63.0a.
		resize 30 100
		see size 30 100
		type \003
		see ^C
		see interrupted\r\n
		type \032
		see ^Z
		see asked to stop\r\n
		type \004
		status 0
		settings cooked
	EOF
	play "$p: a raw terminal" "${command[@]}" <<-'EOF'
		see size
		type raw\n
		see raw\r\nraw
		settings raw
		type \003
		see 03.
		type \n
		see 0a.
		type \020\002\004
		see 10.
		kill 15
		status 7
	EOF
	on $p "$programs/jobs"
	play "$p: job control" "${command[@]}" <<-'EOF'
		see shell
		type run\n
		see job here
		type one\n
		see job got one
		type \032
		see job stopped by 20
		type huh\n
		see what?
		type bg\n
		see job stopped by 21
		type fg\n
		type two\n
		see job got two
		type \003
		see job killed by 2
		type run\n
		see job here
		type \004
		see job ended with 3
		type exit\n
		status 0
	EOF
done
for p in sandbox qemu; do
	on $p "$programs/screen" deaf
	play "$p: the terminal is given back: SIGTERM" "${command[@]}" <<-'EOF'
		see size
		settings raw
		kill 15
		status 143
		settings cooked
	EOF
	play "$p: SIGKILL" "${command[@]}" <<-'EOF'
		see size
		settings raw
		kill 9
		status 137
		settings cooked
	EOF
	play "$p: SIGSEGV" "${command[@]}" <<-'EOF'
		see size
		settings raw
		kill 11
		status 139
		settings cooked
	EOF
	play "$p: while kiln is stopped" "${command[@]}" <<-'EOF'
		see size
		settings raw
		kill 20
		stopped
		settings cooked
		kill 18
		settings raw
		type \003
		status 130
		settings cooked
	EOF
	on $p "$programs/screen"
	play "$p: a hangup is SIGHUP" "${command[@]}" <<-'EOF'
		see size
		kill 1
		status 8
	EOF
	# What was baked without a line discipline has the host's.
	"$kiln" bake -P $p -C "$([ $p = qemu ] && echo virtio || echo sandbox),-dev,-pty" -o "$tmp/image" "$programs/screen" &&
		play "$p: an image without a line discipline" "$kiln" run -it "$tmp/image" <<-'EOF'
			see size
			settings cooked
			type ab\n
			see 61.62.0a.
			type \004
			status 0
		EOF
	"$kiln" bake -P $p -C "$([ $p = qemu ] && echo virtio || echo sandbox),+tty" -o "$tmp/image" "$programs/screen" &&
		play "$p: an image with one" "$kiln" run -it "$tmp/image" <<-'EOF'
			see size 24 80
			settings raw
			type \004
			status 0
		EOF
done
end
