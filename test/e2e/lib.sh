# SPDX-License-Identifier: ISC
# For the shell tests: TAP, a scratch directory, instances of the test's own, and the platforms. Source it from the top of the checkout.
umask 022
BUILD=${BUILD:-build}
kiln=$BUILD/bin/kiln
programs=$BUILD/programs
examples=$BUILD/examples
tmp=$(mktemp -d)
export XDG_RUNTIME_DIR=$tmp/run
mkdir -m 700 "$XDG_RUNTIME_DIR"
count=0 bad=0
started=()

finish() {
	local p
	for p in "${started[@]}"; do kill "$p" 2>/dev/null; done
	rm -rf "$tmp"
}
trap finish EXIT

# ok CONDITION-STATUS NAME
ok() {
	count=$((count + 1))
	if [ "$1" = 0 ]; then echo "ok $count - $2"; else echo "not ok $count - $2"; bad=$((bad + 1)); fi
}

# is GOT WANT NAME
is() {
	[ "$1" = "$2" ]
	ok $? "$3"
	[ "$1" = "$2" ] || printf '# got:  %s\n# want: %s\n' "$1" "$2"
}

# like GOT PATTERN NAME: an extended regular expression.
like() {
	grep -qE -- "$2" <<<"$1"
	local st=$?
	ok $st "$3"
	[ $st = 0 ] || printf '# got:  %s\n# want: %s\n' "$1" "$2"
}

skip() {
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}

end() {
	echo "1..$count"
	[ "$bad" = 0 ]
	exit
}

# gdb_or_skip: and none of the user's settings for it.
gdb_or_skip() {
	command -v gdb >/dev/null || { echo "1..0 # SKIP no gdb"; exit 77; }
	export HOME=$tmp
}

# session ARGS...: kiln gdb's output and status in $out and $status; the outputs one behind the other in $all.
all=
session() {
	out=$(timeout 60 "$kiln" gdb "$@" </dev/null 2>&1)
	status=$?
	all+=$out$'\n'
}

# until_true COMMAND...: tries it for two minutes; false when it never was.
until_true() {
	local end=$((SECONDS + 120))
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

# has FILE PATTERN: the file is there and has a line like that (extended regular expression).
has() {
	grep -qsE -- "$2" "$1"
}

# waits PID KIND: that process sleeps, and has an open file of that kind (pidfd, signalfd, socket).
waits() {
	grep -qs '^State:.S' "/proc/$1/status" && [ -n "$(find "/proc/$1/fd" -lname "*$2*" 2>/dev/null)" ]
}

# is_open PORT: somebody listens on 127.0.0.1.
is_open() {
	(exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# free_port: one below those that the system gives to connections, as nobody may take it before it is used.
free_port() {
	local p=$((20000 + RANDOM % 12000))
	while is_open "$p"; do p=$((p + 1)); done
	echo "$p"
}
