#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The console of the real kernel on every platform: standard input with its end, Ctrl-C and SIGTERM as the program sees them.
set -u
. host/test/lib.bash
CC=$BUILD/bin/x86_64-kiln-linux-musl-gcc
[ -x "$CC" ] || { echo "1..0 # SKIP no cross compiler"; exit 77; }

cat >"$work/in.c" <<'C'
#include <stdio.h>
#include <string.h>
int main(void)
{
	int c;
	unsigned n = 0, sum = 0;
	while ((c = getchar()) != EOF)
		n++, sum = sum * 31 + (unsigned)c;
	printf("%u bytes, sum %u\n", n, sum);
	return 0;
}
C
cat >"$work/sig.c" <<'C'
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static void on(int sig)
{
	printf("signal %d\n", sig);
	exit(9);
}
int main(int argc, char **argv)
{
	if (argc > 1)
		signal(SIGINT, on), signal(SIGTERM, on);
	puts("ready");
	fflush(stdout);
	for (;;)
		if (argc < 3)
			pause();
	return argv == NULL;
}
C
"$CC" -O2 -o "$work/in" "$work/in.c" && "$CC" -O2 -o "$work/sig" "$work/sig.c" || exit 1
head -c 3000 /dev/urandom >"$work/data"
want=$("$work/in" <"$work/data")
for p in qemu microvm sandbox; do
	got=$("$KILN" run -P $p -i --timeout 60 "$work/in" <"$work/data")
	[ "$got" = "$want" ]
	ok $? "$p: -i hands over every byte and the end: $got"
	gives 0 "0 bytes, sum 0" "$KILN" run -P $p --timeout 60 "$work/in"
done
for p in qemu microvm; do
	for args in "" "handle" "handle spin"; do
		for sig in INT TERM; do
			: >"$work/out"
			timeout 60 bash -c "exec \"$KILN\" run -P $p \"$work/sig\" $args" >"$work/out" 2>&1 &
			pid=$!
			until_true grep -q ready "$work/out"
			kill -$sig "$(pgrep -P $pid)"
			wait $pid
			status=$?
			number=$(kill -l $sig)
			if [ -z "$args" ]; then
				[ $status = $((128 + number)) ] && [ "$(cat "$work/out")" = ready ]
			else
				[ $status = 9 ] && [ "$(cat "$work/out")" = $'ready\nsignal '"$number" ]
			fi
			ok $? "$p: SIG$sig reaches the program ${args:-(default action)}: status $status"
		done
	done
done

# In the sandbox kiln is the tender: the kernel inside keeps the grace period.
cat >"$work/deaf.c" <<'C'
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	puts("ready");
	fflush(stdout);
	for (;;)
		if (argc < 2)
			pause();
	return argv == NULL;
}
C
"$CC" -O2 -o "$work/deaf" "$work/deaf.c"
for p in sandbox qemu; do
	for args in "" spin; do
		: >"$work/out"
		timeout 60 env --default-signal=INT "$KILN" run -P $p --stop-timeout 0.5 "$work/deaf" $args >"$work/out" 2>&1 &
		pid=$!
		until_true grep -q ready "$work/out"
		kill -TERM "$(pgrep -P $pid)"
		wait $pid
		status=$?
		[ $status = 143 ]
		ok $? "$p: the end comes after the grace period, asked or not ${args:+($args)}: status $status"
	done
done

# A terminal: the program sees one, lines arrive while output goes on, Ctrl-C is a signal. `script` makes the terminal.
cat >"$work/tty.c" <<'C'
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static void on(int sig)
{
	printf("signal %d\n", sig);
	exit(9);
}
int main(void)
{
	char line[100];
	ssize_t n;
	signal(SIGINT, on);
	printf("ready %d %d\n", isatty(0), isatty(1));
	fflush(stdout);
	while ((n = read(0, line, sizeof line)) > 0) {
		printf("%zd line %.*s", n, (int)n, line);
		fflush(stdout);
	}
	printf("end\n");
	return 0;
}
C
"$CC" -O2 -o "$work/tty" "$work/tty.c"
mkfifo "$work/keys"
for p in qemu microvm sandbox; do
	for last in '\004' '\003'; do
		: >"$work/out"
		timeout -k 5 60 script -qfec "exec $KILN run -P $p -it --timeout 50 $work/tty" "$work/log" <"$work/keys" >"$work/out" 2>&1 &
		pid=$!
		exec 3>"$work/keys"
		until_true grep -q 'ready 1 1' "$work/out"
		printf 'one\n' >&3
		until_true grep -q '4 line one' "$work/out"
		printf 'two and more\n' >&3
		until_true grep -q '13 line two and more' "$work/out"
		printf "$last" >&3
		wait $pid
		status=$?
		exec 3>&-
		[ "$last" = '\004' ] && want=0 word=end || want=9 word='signal 2'
		[ $status = $want ] && tr -d '\r' <"$work/out" | grep -qE "^(\\^C)?$word\$"
		ok $? "$p: a terminal, lines, then $last: status $status"
	done
done
finish
