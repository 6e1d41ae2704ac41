#!/bin/sh
# SPDX-License-Identifier: ISC
# The system-call notes of linked programs: as many sites as there are, and no call that is not noted.
. toolchain/test/tap

# sites FILE: system-call instructions in its code.  noted FILE: the notes' sum of sites.  numbers FILE: their numbers.
sites()
{
	objdump -d --no-show-raw-insn "$1" | grep -cw syscall
}
words()
{
	objcopy -O binary --only-section=.note.kiln.calls "$1" "$tmp/notes" && od -An -v -w4 -tu4 "$tmp/notes" | awk '
		NR == at + 1 && $1 != 5 { exit 1 }
		NR == at + 2 { last = at + 5 + $1 / 4 }
		NR == at + 3 && $1 != 19201 { exit 1 }
		NR == at + 6 { print "sites", $1 }
		NR > at + 7 { print $1 == 4294967295 ? "any" : $1 }
		NR == last { at = last }
		BEGIN { last = -1 }'
}
noted()
{
	words "$1" | awk '$1 == "sites" { n += $2 } END { print n + 0 }'
}
numbers()
{
	words "$1" | grep -v sites | sort -nu | tr '\n' ' '
}

cat >"$tmp/hello.c" <<'END'
#include <stdio.h>
int main(void)
{
	printf("hello\n");
	return 0;
}
END
cat >"$tmp/threads.c" <<'END'
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
static void *run(void *arg)
{
	usleep(10);
	return arg;
}
int main(void)
{
	pthread_t t;
	pthread_create(&t, NULL, run, NULL);
	pthread_join(t, NULL);
	FILE *f = fopen("/proc/self/status", "r");
	char line[80];
	return !f || !fgets(line, sizeof line, f) || fclose(f);
}
END
cat >"$tmp/files.c" <<'END'
#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
static void handler(int n)
{
	(void)n;
}
int main(void)
{
	char name[] = "/tmp/kilnXXXXXX", buffer[4];
	char *argv[] = {"true", NULL}, *env[] = {NULL};
	struct pollfd p;
	struct stat st;
	int fd = mkstemp(name), pair[2], status;
	pid_t child;
	DIR *d = opendir("/");
	void *m = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (fd < 0 || !d || !readdir(d) || closedir(d) || write(fd, "abc", 4) != 4 || fsync(fd) || fstat(fd, &st) ||
	    stat(name, &st) || pread(fd, buffer, 4, 0) != 4 || unlink(name) || close(fd))
		return 1;
	signal(SIGUSR1, handler);
	raise(SIGUSR1);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) || send(pair[0], "x", 1, 0) != 1)
		return 2;
	p = (struct pollfd){.fd = pair[1], .events = POLLIN};
	if (poll(&p, 1, 100) != 1 || recv(pair[1], buffer, 1, 0) != 1)
		return 3;
	nanosleep(&(struct timespec){.tv_nsec = 1000}, NULL);
	if (posix_spawn(&child, "/bin/true", NULL, NULL, argv, env) || waitpid(child, &status, 0) != child || status)
		return 4;
	return setuid(getuid()) || munmap(m, 1 << 20) || !realloc(malloc(10), 1 << 18);
}
END
cat >"$tmp/own.c" <<'END'
int main(void)
{
	long n = 39;
	__asm__ volatile("syscall" : "+a"(n) : : "rcx", "r11", "memory");
	return n <= 0;
}
END
cat >"$tmp/any.c" <<'END'
#include <unistd.h>
int main(int argc, char **argv)
{
	(void)argv;
	return syscall(argc + 38) <= 0;
}
END
for p in hello threads files; do
	for options in "" "-Wl,--gc-sections" "-no-pie"; do
		check "$p $options: builds" "$cc" -O2 $options -o "$tmp/$p" "$tmp/$p.c"
		equal "$p $options: every site is noted" "$(noted "$tmp/$p")" "$(sites "$tmp/$p")"
		check "$p $options: each call is known" sh -c "! echo '$(numbers "$tmp/$p")' | grep any"
	done
	echo "# $p can call: $(numbers "$tmp/$p")"
	if ! command -v strace >/dev/null; then
		skip "$p makes no call that is not noted" "no strace"
		continue
	fi
	(cd "$tmp" && strace -f -n -o trace "./$p" >/dev/null)
	# The first execve is the shell's; spawned programs are not ours.
	awk '/execve\("\/bin/ && NR > 1 { other[$1] = 1 } !($1 in other) && match($0, /\[ *[0-9]+\] [a-z]/) && NR > 1 {
		s = substr($0, RSTART + 1, RLENGTH - 4); print s + 0 }' "$tmp/trace" | sort -nu >"$tmp/called"
	extra=
	for n in $(cat "$tmp/called"); do
		case " $(numbers "$tmp/$p")" in
		*" $n "*) ;;
		*) extra="$extra $n" ;;
		esac
	done
	check "$p made some calls" test -s "$tmp/called"
	equal "$p makes no call that is not noted" "$extra" ""
done
check "hello: few calls ($(numbers "$tmp/hello" | wc -w)), writev and exit_group among them" \
	sh -c "set -- $(numbers "$tmp/hello"); [ \$# -le 15 ] && echo \" \$* \" | grep ' 20 .*231 '"

"$cc" -O2 -o "$tmp/own" "$tmp/own.c"
equal "an own syscall instruction is one site more than noted" "$(sites "$tmp/own")" "$(($(noted "$tmp/own") + 1))"
"$cc" -O2 -o "$tmp/any" "$tmp/any.c"
check "syscall() means any call" sh -c "echo '$(numbers "$tmp/any")' | grep -q any"

objdump -d --no-show-raw-insn "$sysroot/lib/libc.a" | awk '
	/file format/ { member = $1 }
	$2 == "syscall" { n++; if (before !~ /^nopl +(0x0)?\(%rax,%rax,1\)$/) { print "# no nop: " member " " $0; bad = 1 } }
	{ before = $0; sub(/^[^\t]*\t/, "", before); sub(/[ \t]+$/, "", before) }
	END { print n; exit bad }' >"$tmp/libc"
check "each of the $(tail -n 1 "$tmp/libc") sites of libc.a has its nop" test "$(wc -l <"$tmp/libc")" = 1
check "and there are some" test "$(tail -n 1 "$tmp/libc")" -gt 400
finish
