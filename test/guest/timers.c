/* SPDX-License-Identifier: ISC */
/* Interval timers, POSIX timers and timerfd. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#include "test/tap.h"
#include "test/wait.h"

static volatile int count, code, value, overrun, notified;
static timer_t timer;

static void handler(int sig, siginfo_t *si, void *uc)
{
	(void)sig;
	(void)uc;
	count++;
	code = si->si_code;
	value = si->si_value.sival_int;
	if (timer_getoverrun(timer) > overrun)
		overrun = timer_getoverrun(timer);
}

static void notify(union sigval v)
{
	notified = v.sival_int;
}

static void wait_for(int n)
{
	EVENTUALLY(count >= n);
}

static void interval(void)
{
	struct itimerval it = {{0, 2000}, {0, 2000}}, old;
	unsigned left;

	count = 0;
	tap_ok(setitimer(ITIMER_REAL, &it, NULL) == 0, "an interval timer");
	wait_for(3);
	tap_ok(count >= 3, "fires again and again");
	tap_ok(getitimer(ITIMER_REAL, &old) == 0 && old.it_interval.tv_usec == 2000 && old.it_value.tv_usec <= 2000,
	       "its state");
	memset(&it, 0, sizeof it);
	tap_ok(setitimer(ITIMER_REAL, &it, &old) == 0 && old.it_interval.tv_usec == 2000,
	       "is stopped and tells what it was");
	count = 0;
	usleep(6000);
	tap_ok(count == 0, "and stays so");
	tap_ok(alarm(1000) == 0 && (left = alarm(0)) > 900 && left <= 1000, "alarm tells the seconds that were left");
	it.it_value.tv_usec = 1000000;
	tap_ok(setitimer(ITIMER_REAL, &it, NULL) == -1 && errno == EINVAL, "too many microseconds");
	tap_ok(setitimer(7, &old, NULL) == -1 && errno == EINVAL, "no such timer");
}

static volatile int prof, vtalrm;

static void on_prof(int sig)
{
	if (sig == SIGPROF)
		prof++;
	else
		vtalrm++;
}

static long long cpu_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

static void *burn(void *arg)
{
	long long end = cpu_ns(CLOCK_THREAD_CPUTIME_ID) + *(int *)arg * 1000000ll;

	while (cpu_ns(CLOCK_THREAD_CPUTIME_ID) < end)
		;
	return NULL;
}

static void cpu_time(void)
{
	struct itimerval it = {{0, 0}, {0, 50000}}, off = {{0, 0}, {0, 0}};
	struct itimerspec its = {{0, 0}, {0, 10000000}};
	struct sigevent ev;
	int ms = 12, set, while_asleep;

	signal(SIGPROF, on_prof);
	signal(SIGVTALRM, on_prof);
	set = setitimer(ITIMER_PROF, &it, NULL);
	usleep(80000);
	while_asleep = prof;
	tap_ok(set == 0, "a timer of CPU time");
	tap_ok(while_asleep == 0, "does not run while the process sleeps");
	burn(&(int){50});
	for (int i = 0; i < 50 && prof == 0; i++)
		burn(&(int){1});
	tap_ok(prof == 1, "and fires once that much was used");
	it.it_interval.tv_usec = 5000;
	setitimer(ITIMER_VIRTUAL, &it, NULL);
	for (int i = 0; i < 100 && vtalrm < 3; i++)
		burn(&ms);
	tap_ok(vtalrm >= 3, "again and again");
	setitimer(ITIMER_VIRTUAL, &off, NULL);
	memset(&ev, 0, sizeof ev);
	ev.sigev_notify = SIGEV_SIGNAL;
	ev.sigev_signo = SIGUSR1;
	count = 0; /* a busy host's time counts as ours where it cannot be told apart, so it may fire at once */
	tap_ok(timer_create(CLOCK_THREAD_CPUTIME_ID, &ev, &timer) == 0 && timer_settime(timer, 0, &its, NULL) == 0,
	       "a POSIX timer of a thread's CPU time");
	for (int i = 0; i < 100 && count == 0; i++)
		burn(&ms);
	tap_ok(count == 1, "fires");
	timer_delete(timer);
}

static void posix(void)
{
	struct sigevent ev;
	struct itimerspec its = {{0, 0}, {0, 2000000}}, old;
	struct timespec ts;
	sigset_t set;
	int n;

	memset(&ev, 0, sizeof ev);
	ev.sigev_notify = SIGEV_SIGNAL;
	ev.sigev_signo = SIGUSR1;
	ev.sigev_value.sival_int = 42;
	tap_ok(timer_create(CLOCK_MONOTONIC, &ev, &timer) == 0, "a POSIX timer");
	count = 0;
	tap_ok(timer_settime(timer, 0, &its, NULL) == 0, "is set");
	tap_ok(timer_gettime(timer, &old) == 0 && old.it_value.tv_sec == 0 && old.it_value.tv_nsec <= 2000000,
	       "its state");
	wait_for(1);
	tap_ok(count == 1 && code == SI_TIMER && value == 42 && overrun == 0, "sends its signal with its value");
	tap_ok(timer_gettime(timer, &old) == 0 && old.it_value.tv_nsec == 0, "and is done");
	clock_gettime(CLOCK_MONOTONIC, &ts);
	its.it_value = ts;
	count = 0;
	timer_settime(timer, TIMER_ABSTIME, &its, NULL);
	wait_for(1);
	tap_ok(count == 1, "an absolute time that is past fires at once");
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	its = (struct itimerspec){{0, 1000000}, {0, 1000000}};
	count = 0;
	timer_settime(timer, 0, &its, NULL);
	usleep(20000);
	memset(&its, 0, sizeof its);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	tap_ok(count >= 1 && overrun >= 5, "missed expirations are counted: %d", overrun);
	tap_ok(timer_delete(timer) == 0 && timer_gettime(timer, &old) == -1 && errno == EINVAL, "deleted");
	ev.sigev_notify = SIGEV_THREAD;
	ev.sigev_notify_function = notify;
	ev.sigev_value.sival_int = 7;
	tap_ok(timer_create(CLOCK_REALTIME, &ev, &timer) == 0, "one that starts a thread");
	its.it_value.tv_nsec = 1000000;
	timer_settime(timer, 0, &its, NULL);
	tap_ok(EVENTUALLY(notified == 7), "which runs");
	timer_delete(timer);
	ev.sigev_notify = SIGEV_NONE;
	for (n = 0; n < 100000 && timer_create(CLOCK_MONOTONIC, &ev, &timer) == 0; n++)
		;
	tap_ok(n > 100 && n < 100000 && errno == EAGAIN, "timers end at a limit");
	ev.sigev_notify = 99;
	tap_ok(timer_create(CLOCK_MONOTONIC, &ev, &timer) == -1 && errno == EINVAL, "no such notification");
	ev.sigev_notify = SIGEV_SIGNAL;
	tap_ok(timer_create(98, &ev, &timer) == -1 && errno == EINVAL, "no such clock");
}

static void *wait_for_end(void *arg)
{
	pthread_mutex_lock(arg);
	return NULL;
}

/* A timer on the CPU clock of a thread that has ended. */
static void of_the_dead(void)
{
	struct itimerspec its = {{3600, 0}, {3600, 0}}, now;
	struct sigevent ev = {.sigev_notify = SIGEV_NONE};
	pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
	struct timespec ts;
	clockid_t clock;
	timer_t t;
	pthread_t p;

	pthread_mutex_lock(&m);
	pthread_create(&p, NULL, wait_for_end, &m);
	pthread_getcpuclockid(p, &clock);
	tap_ok(timer_create(clock, &ev, &t) == 0 && timer_settime(t, 0, &its, NULL) == 0 &&
		   timer_gettime(t, &now) == 0 && now.it_value.tv_sec > 3000,
	       "a timer on another thread's CPU time");
	pthread_mutex_unlock(&m);
	pthread_join(p, NULL);
	EVENTUALLY(clock_gettime(clock, &ts) != 0);
	tap_ok(timer_gettime(t, &now) == 0 && now.it_value.tv_sec == 0 && now.it_value.tv_nsec == 0,
	       "stands still when that has ended");
	tap_ok(timer_settime(t, 0, &its, NULL) == -1 && errno == ESRCH, "and cannot be set: ESRCH");
	timer_delete(t);
}

static void files(void)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	struct itimerspec its = {{0, 1000000}, {0, 3000000}}, old;
	struct pollfd p = {.fd = fd, .events = POLLIN};
	uint64_t n = 0;

	tap_ok(fd >= 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) && (fcntl(fd, F_GETFL) & O_NONBLOCK), "a timerfd");
	tap_ok(read(fd, &n, sizeof n) == -1 && errno == EAGAIN && poll(&p, 1, 0) == 0, "not yet");
	tap_ok(timerfd_settime(fd, 0, &its, NULL) == 0 && poll(&p, 1, PATIENCE_MS) == 1 && p.revents == POLLIN,
	       "poll sees it");
	tap_ok(read(fd, &n, sizeof n) == 8 && n >= 1, "read tells how often");
	usleep(10000);
	tap_ok(read(fd, &n, sizeof n) == 8 && n >= 5, "and counts what was missed: %lu", (unsigned long)n);
	tap_ok(timerfd_gettime(fd, &old) == 0 && old.it_interval.tv_nsec == 1000000 && old.it_value.tv_nsec <= 1000000,
	       "its state");
	tap_ok(read(fd, &n, 4) == -1 && errno == EINVAL, "a short buffer");
	fcntl(fd, F_SETFL, 0);
	tap_ok(read(fd, &n, sizeof n) == 8 && n >= 1, "a blocking read waits");
	tap_ok(timerfd_settime(0, 0, &its, NULL) == -1 && errno == EINVAL && timerfd_settime(99, 0, &its, NULL) == -1 &&
		   errno == EBADF,
	       "other files");
	close(fd);
	tap_ok(timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0) == -1 && errno == EINVAL, "no such clock");
}

int main(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof sa);
	sa.sa_sigaction = handler;
	sa.sa_flags = SA_SIGINFO;
	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGALRM, &sa, NULL);
	interval();
	cpu_time();
	of_the_dead();
	posix();
	files();
	return tap_end();
}
