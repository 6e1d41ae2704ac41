/* SPDX-License-Identifier: ISC */
/* Clocks and sleeps. Only lower bounds and order are checked: how late a sleep ends depends on the machine. */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>
#include "test/tap.h"

static int64_t now(clockid_t clock)
{
	struct timespec ts;

	return clock_gettime(clock, &ts) == 0 ? ts.tv_sec * 1000000000ll + ts.tv_nsec : -1;
}

int main(void)
{
	static const clockid_t clocks[] = {CLOCK_REALTIME,          CLOCK_MONOTONIC,     CLOCK_PROCESS_CPUTIME_ID,
					   CLOCK_THREAD_CPUTIME_ID, CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE,
					   CLOCK_MONOTONIC_COARSE,  CLOCK_BOOTTIME};
	struct timespec ts = {0, 5000000}, res;
	struct timeval tv;
	struct rusage ru;
	struct sysinfo si;
	struct tms tms;
	clockid_t cpu;
	int64_t a, b, bad = 0;
	volatile unsigned long spin = 0;

	for (unsigned i = 0; i < sizeof clocks / sizeof *clocks; i++)
		tap_ok(now(clocks[i]) >= 0 && clock_getres(clocks[i], &res) == 0 && res.tv_sec == 0 && res.tv_nsec > 0,
		       "clock %d", clocks[i]);
	tap_ok(clock_gettime(99, &ts) == -1 && errno == EINVAL && clock_getres(99, &res) == -1 && errno == EINVAL,
	       "no such clock");
	tap_ok(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, 8) == -1 && errno == EFAULT, "a bad address");
	tap_ok(now(CLOCK_REALTIME) > 1600000000ll * 1000000000, "the wall clock is set");
	a = now(CLOCK_MONOTONIC);
	for (int i = 0; i < 20000; i++, a = b) {
		b = now(CLOCK_MONOTONIC);
		bad += b < a;
	}
	tap_ok(bad == 0, "the monotonic clock does not go back");
	a = now(CLOCK_MONOTONIC);
	tap_ok(nanosleep(&ts, NULL) == 0 && now(CLOCK_MONOTONIC) - a >= 5000000, "nanosleep is not short");
	a = now(CLOCK_MONOTONIC) + 4000000;
	ts = (struct timespec){a / 1000000000, a % 1000000000};
	tap_ok(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == 0 && now(CLOCK_MONOTONIC) >= a,
	       "an absolute sleep");
	tap_ok(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == 0, "one that is past returns at once");
	a = now(CLOCK_REALTIME) + 4000000;
	ts = (struct timespec){a / 1000000000, a % 1000000000};
	tap_ok(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &ts, NULL) == 0 && now(CLOCK_REALTIME) >= a,
	       "by the wall clock");
	ts = (struct timespec){0, 1000000000};
	tap_ok(nanosleep(&ts, NULL) == -1 && errno == EINVAL, "too many nanoseconds");
	ts = (struct timespec){-1, 0};
	tap_ok(nanosleep(&ts, NULL) == -1 && errno == EINVAL, "a negative time");
	a = now(CLOCK_PROCESS_CPUTIME_ID);
	while (now(CLOCK_PROCESS_CPUTIME_ID) - a < 3000000)
		spin++;
	tap_ok(spin > 0, "work uses CPU time");
	a = now(CLOCK_PROCESS_CPUTIME_ID);
	b = now(CLOCK_MONOTONIC);
	ts = (struct timespec){0, 20000000};
	nanosleep(&ts, NULL);
	a = now(CLOCK_PROCESS_CPUTIME_ID) - a;
	b = now(CLOCK_MONOTONIC) - b;
	tap_ok(a <= b - 19000000, "sleep does not");
	tap_ok(clock_getcpuclockid(0, &cpu) == 0 && now(cpu) > 0, "the clock of a process");
	tap_ok(pthread_getcpuclockid(pthread_self(), &cpu) == 0 && now(cpu) > 0, "the clock of a thread");
	tap_ok(gettimeofday(&tv, NULL) == 0 && tv.tv_usec < 1000000 && time(NULL) >= tv.tv_sec,
	       "gettimeofday and time agree");
	tap_ok(getrusage(RUSAGE_SELF, &ru) == 0 &&
		   ru.ru_utime.tv_sec * 1000000 + ru.ru_utime.tv_usec + ru.ru_stime.tv_usec > 0 && ru.ru_maxrss > 0,
	       "getrusage");
	tap_ok(times(&tms) != (clock_t)-1, "times");
	tap_ok(sysinfo(&si) == 0 && si.totalram > 0 && si.freeram <= si.totalram && si.procs > 0, "sysinfo");
	return tap_end();
}
