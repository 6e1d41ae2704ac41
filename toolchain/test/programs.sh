#!/bin/sh
# SPDX-License-Identifier: ISC
# Programs that use the C library broadly link, and run on Linux.
. toolchain/test/tap
cd "$tmp" || exit 1

# program NAME OPTIONS...: compiles standard input, and runs it.
program()
{
	name=$1
	shift
	cat >program.c
	check "$name: builds" "$cc" -O2 -Wall -Wextra -Werror -o program program.c "$@"
	check "$name: runs" ./program
	rm -f program
}

program "threads" -pthread <<'END'
#include <pthread.h>
#include <stdio.h>
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t reached = PTHREAD_COND_INITIALIZER;
static _Thread_local int mine = 5;
static int count;
static void *run(void *arg)
{
	mine++;
	pthread_mutex_lock(&mutex);
	if (++count == 4)
		pthread_cond_signal(&reached);
	pthread_mutex_unlock(&mutex);
	return mine == 6 ? arg : NULL;
}
static void unlock(void *arg)
{
	pthread_mutex_unlock(arg);
}
static void *sleeper(void *arg)
{
	pthread_mutex_lock(&mutex);
	pthread_cleanup_push(unlock, &mutex);
	for (;;)
		pthread_cond_wait(&reached, &mutex);
	pthread_cleanup_pop(1);
	return arg;
}
int main(void)
{
	pthread_t t[4];
	int numbers[4];
	void *result;
	for (int i = 0; i < 4; i++)
		if (pthread_create(&t[i], NULL, run, &numbers[i]))
			return 1;
	pthread_mutex_lock(&mutex);
	while (count < 4)
		pthread_cond_wait(&reached, &mutex);
	pthread_mutex_unlock(&mutex);
	for (int i = 0; i < 4; i++)
		if (pthread_join(t[i], &result) || result != &numbers[i])
			return 2;
	if (pthread_create(&t[0], NULL, sleeper, NULL) || pthread_cancel(t[0]) || pthread_join(t[0], &result))
		return 3;
	return result == PTHREAD_CANCELED && mine == 5 ? 0 : 4;
}
END

program "names and sockets" <<'END'
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <arpa/inet.h>
int main(void)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM}, *list;
	if (getaddrinfo("127.0.0.1", "80", &hints, &list))
		return 1;
	const struct sockaddr_in *a = (const void *)list->ai_addr;
	return ntohs(a->sin_port) != 80 || strcmp(inet_ntoa(a->sin_addr), "127.0.0.1");
}
END

program "mathematics" -lm <<'END'
#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <tgmath.h>
int main(int argc, char **argv)
{
	volatile double x = argc, y = atof(argc > 1 ? argv[1] : "0.5");
	volatile long double z = x;
	return !(sin(x) > 0.84 && pow(x + 1, 10) == 1024 && expl(z) > 2.71828L && fabs(csqrt(-x) - I) < 1e-9 && y == 0.5 &&
		 (__int128)x * 3 / (__int128)argc == 3);
}
END

program "atomics, setjmp, locale, wide characters, regular expressions" -pthread -ldl -lrt <<'END'
#include <locale.h>
#include <regex.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>
static atomic_long n;
static jmp_buf env;
int main(void)
{
	char s[32];
	wchar_t w[8];
	regex_t r;
	struct tm tm = {.tm_year = 70, .tm_mday = 1};
	if (!setjmp(env))
		longjmp(env, 1);
	setlocale(LC_ALL, "C.UTF-8");
	strftime(s, sizeof s, "%F", &tm);
	atomic_fetch_add(&n, 2);
	return strcmp(s, "1970-01-01") || mbstowcs(w, "\xc3\xa9!", 8) != 2 || w[0] != 0xe9 || n != 2 ||
	       regcomp(&r, "^a+(b|c)$", REG_EXTENDED) || regexec(&r, "aab", 0, NULL, 0);
}
END

program "stack unwinding" -fexceptions <<'END'
#include <stdio.h>
#include <unwind.h>
static int frames;
static _Unwind_Reason_Code step(struct _Unwind_Context *context, void *arg)
{
	(void)arg;
	frames++;
	return _Unwind_GetIP(context) ? _URC_NO_REASON : _URC_END_OF_STACK;
}
__attribute__((noinline)) static int deep(int n)
{
	if (n)
		return deep(n - 1) + n;
	_Unwind_Backtrace(step, NULL);
	return 0;
}
int main(int argc, char **argv)
{
	(void)argv;
	return deep(argc + 8) != 45 || frames < 3;
}
END

program "unwinding in a program with keys for threads" -fexceptions <<'END'
#include <pthread.h>
#include <unwind.h>
static _Unwind_Reason_Code step(struct _Unwind_Context *context, void *arg)
{
	++*(int *)arg;
	return _Unwind_GetIP(context) ? _URC_NO_REASON : _URC_END_OF_STACK;
}
int main(void)
{
	pthread_key_t key;
	int frames = 0;
	if (pthread_key_create(&key, NULL))
		return 1;
	_Unwind_Backtrace(step, &frames);
	return frames < 1;
}
END

program "kernel headers" <<'END'
#include <asm/prctl.h>
#include <linux/futex.h>
#include <linux/if_tun.h>
#include <linux/io_uring.h>
#include <linux/netlink.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
int main(void)
{
	return ARCH_SET_FS != 0x1002 || SYS_futex != 202 || TUNSETIFF == 0;
}
END

program "Korean text that is not valid (CVE-2025-26519)" <<'END'
#include <iconv.h>
#include <string.h>
int main(void)
{
	iconv_t cd = iconv_open("UTF-8", "EUC-KR");
	for (int lead = 0xc7; lead < 0xff; lead++) {
		char in[2] = {lead, 0x41}, out[16], *from = in, *to = out;
		size_t left = 2, room = sizeof out;
		if (iconv(cd, &from, &left, &to, &room) != (size_t)-1)
			return 1;
	}
	char in[] = "\xb0\xa1\x81\x41\xc6\x52", out[16] = "", *from = in, *to = out;
	size_t left = 6, room = sizeof out;
	return iconv(cd, &from, &left, &to, &room) || memcmp(out, "\xea\xb0\x80\xea\xb0\x82\xed\x9e\xa3", 9);
}
END
finish
