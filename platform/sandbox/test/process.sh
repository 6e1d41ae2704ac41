#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The sandbox as a host process: signals reach the program, also while it sleeps or computes; an idle guest does not
# wake up; the process holds nothing but what it was given.
. test/e2e/lib.sh

cat >"$tmp/wait.c" <<'END'
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
static volatile sig_atomic_t got;
static void on(int sig)
{
	got = sig;
}
int main(int argc, char **argv)
{
	struct timespec nap = {0, 1000000};
	signal(SIGTERM, on);
	signal(SIGUSR1, on);
	if (write(1, "ready\n", 6) != 6)
		return 1;
	if (argc > 1 && !strcmp(argv[1], "spin"))
		while (!got)
			;
	else if (argc > 1 && !strcmp(argv[1], "nap"))
		while (!got)
			nanosleep(&nap, NULL);
	else
		while (!got)
			pause();
	return got;
}
END
"$BUILD/bin/x86_64-kiln-linux-musl-gcc" -O2 -o "$tmp/wait" "$tmp/wait.c" && "$kiln" bake -P sandbox -o "$tmp/wait.img" "$tmp/wait"
ok $? "a program that waits is baked"

# start ARGUMENT: runs it; $guest is the process.
start() {
	: >"$tmp/out"
	"$kiln" run -P sandbox -m 4M "$tmp/wait.img" "$1" >"$tmp/out" 2>&1 &
	guest=$!
	started+=("$guest")
	until_true grep -q ready "$tmp/out"
}

# finish_with SIGNAL: sends it, status is the guest's.
finish_with() {
	kill "-$1" "$guest"
	wait "$guest"
}

switches() {
	awk '/ctxt_switches/ { n += $2 } END { print n }' "/proc/$guest/status"
}

for how in pause spin nap; do
	start $how
	ok $? "it runs ($how)"
	finish_with TERM
	is $? 15 "SIGTERM reaches its handler ($how)"
done
start pause
finish_with USR1
is $? 10 "so does SIGUSR1"
start pause
finish_with INT
is $? 130 "SIGINT without a handler ends it"
lost=0
for _ in $(seq 20); do
	start nap
	finish_with TERM
	[ $? = 15 ] || lost=$((lost + 1))
done
is $lost 0 "no signal is lost on the way to sleep"

# Two processes: each has its own memory, however often they take turns.
cat >"$tmp/turns.c" <<'END'
#include <string.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	struct timespec nap = {0, 500000};
	size_t n = 256 << 10, bad = 0;
	char *p = malloc(n);
	int parent = getppid();
	if (p == NULL || argc < 2)
		return 2;
	memset(p, argv[1][0], n);
	for (int i = 0; i < 100; i++) {
		nanosleep(&nap, NULL);
		for (size_t j = 0; j < n; j += 1024)
			bad += p[j] != argv[1][0];
		bad += getppid() != parent;
	}
	printf("%s %zu\n", argv[1], bad);
	return bad != 0;
}
END
"$BUILD/bin/x86_64-kiln-linux-musl-gcc" -O2 -o "$tmp/turns" "$tmp/turns.c" && cp "$tmp/turns" "$tmp/turns2"
echo '{"rc": [{"bin": "/bin/turns", "argv": ["A"], "runmode": "&"}, {"bin": "/bin/turns2", "argv": ["B"]}]}' >"$tmp/two.json"
"$kiln" bake -P sandbox -c "$tmp/two.json" -o "$tmp/two.img" "$tmp/turns" "$tmp/turns2"
like "$(timeout 60 "$kiln" run -P sandbox -m 8M "$tmp/two.img")" '^B 0$' "two processes take turns, each with its own memory"

# Having said that it is ready it goes on for a moment.
start pause
asleep_for_a_second() {
	before=$(switches)
	sleep 1
	[ "$(switches)" = "$before" ]
}
until_true asleep_for_a_second
ok $? "an idle guest does not wake up"
held=$(find "/proc/$guest/fd" -lname "*/lock" -printf '%f\n')
[ "$(wc -w <<<"$held")" = 1 ] && [ "$held" -ge 64 ]
ok $? "it holds its instance's lock, beyond the numbers that the filter knows"
is "$(ls "/proc/$guest/fd" | grep -vx "$held" | tr '\n' ' ')" "0 1 2 3 4 " "and no descriptors but its own"
grep -q 'kiln-tender\|\[stack\]\|\[heap\]' "/proc/$guest/maps"
is $? 1 "tender and host stack are gone from its address space"
grep -q 'wx[ps] ' "/proc/$guest/maps"
is $? 1 "nothing is writable and executable"
is "$(awk '/^Seccomp:/ { print $2 }' "/proc/$guest/status")" 2 "a seccomp filter is on"
is "$(awk '/^NoNewPrivs:/ { print $2 }' "/proc/$guest/status")" 1 "it can gain no privileges"
finish_with TERM
end
