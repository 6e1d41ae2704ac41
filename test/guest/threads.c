/* SPDX-License-Identifier: ISC */
/* Threads: creation, joining, thread-local storage, mutexes, preemption, many of them. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "test/tap.h"
#include "test/wait.h"

static _Thread_local int local = 5;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static volatile int shared, stop;
static volatile unsigned long spins[2];

static void *returns(void *arg)
{
	local++;
	return (void *)((intptr_t)arg + local);
}

static void *tid_of(void *arg)
{
	*(pid_t *)arg = (pid_t)syscall(SYS_gettid);
	return NULL;
}

static void *adds(void *arg)
{
	for (int i = 0; i < *(int *)arg; i++) {
		pthread_mutex_lock(&mutex);
		int was = shared;

		if (i % 64 == 0)
			sched_yield();
		shared = was + 1;
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

static void *spin(void *arg)
{
	while (!stop)
		spins[(intptr_t)arg]++;
	return NULL;
}

static void *floats(void *arg)
{
	double x = (double)(intptr_t)arg, sum = 0;

	for (int i = 0; i < 20000000 && !stop; i++)
		sum += x;
	for (int i = 1; i < 2000000; i++)
		sum = sum + x - x;
	return (void *)(intptr_t)(sum / x >= 0 && (long)(sum / x) * x == sum);
}

static void *waits(void *arg)
{
	pthread_mutex_lock(&mutex);
	while (!shared)
		pthread_cond_wait(&cond, &mutex);
	++*(int *)arg;
	pthread_mutex_unlock(&mutex);
	return NULL;
}

static void *sleeps(void *arg)
{
	(void)arg;
	pause();
	return NULL;
}

static void *posts(void *arg)
{
	usleep(1000);
	sem_post(arg);
	return NULL;
}

int main(void)
{
	pthread_t t[64];
	void *result;
	int n = 2000, bad = 0, woken = 0;
	pid_t tid = 0;
	sem_t sem;
	struct timespec until;
	cpu_set_t cpus;

	pthread_create(&t[0], NULL, returns, (void *)10);
	pthread_join(t[0], &result);
	tap_ok((intptr_t)result == 16 && local == 5, "a thread returns a value and has its own variables");
	pthread_create(&t[0], NULL, tid_of, &tid);
	pthread_join(t[0], NULL);
	tap_ok(tid != getpid() && tid > 0 && syscall(SYS_gettid) == getpid(), "thread ids");
	for (int i = 0; i < 8; i++)
		pthread_create(&t[i], NULL, adds, &n);
	for (int i = 0; i < 8; i++)
		pthread_join(t[i], NULL);
	tap_ok(shared == 16000, "a mutex excludes: %d", shared);
	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 64; i++)
			bad += pthread_create(&t[i], NULL, returns, (void *)(intptr_t)i) != 0;
		for (int i = 0; i < 64; i++)
			bad += pthread_join(t[i], &result) != 0 || (intptr_t)result != i + 6;
	}
	tap_ok(bad == 0, "1280 threads, 64 at a time");
	for (int i = 0; i < 2; i++)
		pthread_create(&t[i], NULL, spin, (void *)(intptr_t)i);
	tap_ok(EVENTUALLY(spins[0] > 0 && spins[1] > 0), "threads that never call the kernel all run");
	stop = 1;
	pthread_join(t[0], NULL);
	pthread_join(t[1], NULL);
	for (int i = 0; i < 20; i++) { /* a slice begins, all sleep for a moment, then one spins */
		sched_yield();
		usleep(200);
		stop = 0;
		pthread_create(&t[0], NULL, spin, (void *)0);
		usleep(300);
		stop = 1;
		pthread_join(t[0], NULL);
	}
	tap_ok(true, "a sleeper wakes beside a spinning thread, after an idle moment too");
	stop = 0;
	for (int i = 0; i < 2; i++)
		pthread_create(&t[i], NULL, floats, (void *)(intptr_t)(i + 3));
	usleep(30000);
	stop = 1;
	pthread_join(t[0], &result);
	bad = result == NULL;
	pthread_join(t[1], &result);
	tap_ok(!bad && result != NULL, "floating-point registers survive preemption");
	shared = 0;
	for (int i = 0; i < 16; i++)
		pthread_create(&t[i], NULL, waits, &woken);
	usleep(2000);
	pthread_mutex_lock(&mutex);
	shared = 1;
	pthread_cond_broadcast(&cond);
	pthread_mutex_unlock(&mutex);
	for (int i = 0; i < 16; i++)
		pthread_join(t[i], NULL);
	tap_ok(woken == 16, "a broadcast wakes all that wait");
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += 5000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&mutex);
	tap_ok(pthread_cond_timedwait(&cond, &mutex, &until) == ETIMEDOUT, "a wait for a condition ends in time");
	pthread_mutex_unlock(&mutex);
	sem_init(&sem, 0, 0);
	pthread_create(&t[0], NULL, posts, &sem);
	tap_ok(sem_wait(&sem) == 0, "a semaphore");
	pthread_join(t[0], NULL);
	pthread_create(&t[0], NULL, sleeps, NULL);
	usleep(1000);
	tap_ok(pthread_cancel(t[0]) == 0 && pthread_join(t[0], &result) == 0 && result == PTHREAD_CANCELED,
	       "a sleeping thread is cancelled");
	tap_ok(sched_getaffinity(0, sizeof cpus, &cpus) == 0 && CPU_COUNT(&cpus) >= 1, "there is a CPU");
	tap_ok(syscall(SYS_clone, 0x10000, 0, 0, 0, 0) == -1 && errno == EINVAL,
	       "CLONE_THREAD without CLONE_SIGHAND is refused");
	pthread_create(&t[0], NULL, sleeps, NULL); /* main's return ends it */
	return tap_end();
}
