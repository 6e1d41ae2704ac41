/* SPDX-License-Identifier: ISC */
/* Threads that compute, lock, call, take signals and are preempted, all at once: every register must stay whose it is. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include "test/tap.h"

#define THREADS 6
#define ROUNDS  400

static atomic_int wrong, handled, done;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long guarded;
static pthread_t threads[THREADS];

static void handler(int sig)
{
	volatile double x = 1.5;

	for (int i = 0; i < 50; i++)
		x = x * 1.0001 + sig;
	handled++;
	if (sig == SIGUSR2)
		syscall(SYS_getppid);
}

/* Eleven integer and three vector registers hold known values across a stretch of code with a call in the middle. */
static int registers_kept(uint64_t seed, long call)
{
	uint64_t bad;
	double v = (double)seed, out;

	__asm__ volatile(
	    "movq %[s], %%rbx; lea 1(%%rbx), %%r12; lea 2(%%rbx), %%r13; lea 3(%%rbx), %%r14; lea 4(%%rbx), %%r15\n"
	    "lea 5(%%rbx), %%rdi; lea 6(%%rbx), %%rsi; lea 7(%%rbx), %%rdx; lea 8(%%rbx), %%r8; lea 9(%%rbx), %%r9; "
	    "lea 10(%%rbx), %%r10\n"
	    "movsd %[v], %%xmm3; movsd %[v], %%xmm9; movsd %[v], %%xmm15; pcmpeqd %%xmm6, %%xmm6\n"
	    "movq %[c], %%rax; testq %%rax, %%rax; js 1f; syscall\n"
	    "1: mov $2000, %%ecx\n2: dec %%ecx; jnz 2b\n"
	    "subq %[s], %%rbx; subq %[s], %%r12; xorq $1, %%r12; orq %%r12, %%rbx; subq %[s], %%r13; xorq $2, %%r13; "
	    "orq %%r13, %%rbx; subq %[s], %%r14; xorq $3, %%r14; orq %%r14, %%rbx; subq %[s], %%r15; xorq $4, %%r15; "
	    "orq %%r15, %%rbx; subq %[s], %%rdi; xorq $5, %%rdi; orq %%rdi, %%rbx; subq %[s], %%rsi; xorq $6, %%rsi; "
	    "orq %%rsi, %%rbx; subq %[s], %%rdx; xorq $7, %%rdx; orq %%rdx, %%rbx; subq %[s], %%r8; xorq $8, %%r8; orq "
	    "%%r8, %%rbx; subq %[s], %%r9; xorq $9, %%r9; orq %%r9, %%rbx; subq %[s], %%r10; xorq $10, %%r10; orq "
	    "%%r10, %%rbx\n"
	    "movq %%rbx, %[b]; subsd %%xmm9, %%xmm3; subsd %[v], %%xmm15; addsd %%xmm15, %%xmm3; movsd %%xmm3, %[o]\n"
	    : [b] "=m"(bad), [o] "=m"(out)
	    : [s] "m"(seed), [v] "m"(v), [c] "m"(call)
	    : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "xmm3",
	      "xmm6", "xmm9", "xmm15", "cc", "memory");
	return bad == 0 && out == 0;
}

static void *work(void *arg)
{
	uint64_t id = (uint64_t)(uintptr_t)arg;
	struct timespec ts, last = {0, 0};

	for (uint64_t i = 0; i < ROUNDS; i++) {
		wrong += !registers_kept(id << 32 | i, i % 2 ? SYS_getppid : -1);
		pthread_mutex_lock(&mutex);
		guarded++;
		pthread_mutex_unlock(&mutex);
		clock_gettime(CLOCK_MONOTONIC, &ts);
		wrong += ts.tv_sec < last.tv_sec || (ts.tv_sec == last.tv_sec && ts.tv_nsec < last.tv_nsec);
		last = ts;
		if (i % 16 == id)
			usleep(50);
		if (i % 8 == 0)
			pthread_kill(threads[(id + i) % THREADS], SIGUSR2);
	}
	done++;
	while (done < THREADS) /* nobody goes before the last signal was sent */
		usleep(500);
	return NULL;
}

int main(void)
{
	struct itimerval it = {{0, 1000}, {0, 1000}}, off = {{0, 0}, {0, 0}};
	struct sigaction sa;

	memset(&sa, 0, sizeof sa);
	sa.sa_handler = handler;
	sa.sa_flags = SA_RESTART;
	sigaction(SIGALRM, &sa, NULL);
	sigaction(SIGUSR2, &sa, NULL);
	pthread_mutex_lock(&mutex);
	for (uintptr_t i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, work, (void *)i);
	setitimer(ITIMER_REAL, &it, NULL);
	pthread_mutex_unlock(&mutex);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	setitimer(ITIMER_REAL, &off, NULL);
	tap_ok(wrong == 0, "no register and no clock went wrong: %d", wrong);
	tap_ok(guarded == (long)THREADS * ROUNDS, "the mutex held");
	tap_ok(handled > 100, "signals arrived");
	return tap_end();
}
