/* SPDX-License-Identifier: ISC */
/* The futex call itself: each operation and each error. */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "test/tap.h"
#include "test/wait.h"

static uint32_t word, word2;
static volatile int results[8], errors[8], arrived;

struct waiter {
	int index, op;
	uint32_t *word, bitset;
	struct timespec *timeout;
	pid_t tid;
};

static long futex(uint32_t *addr, int op, uint32_t val, void *timeout, uint32_t *addr2, uint32_t val3)
{
	return syscall(SYS_futex, addr, op, val, timeout, addr2, val3);
}

static void *wait_thread(void *arg)
{
	struct waiter *w = arg;

	w->tid = gettid();
	__atomic_fetch_add(&arrived, 1, __ATOMIC_SEQ_CST);
	results[w->index] = (int)futex(w->word, w->op, 0, w->timeout, NULL, w->bitset);
	errors[w->index] = errno;
	return NULL;
}

static pthread_t thread[8];
static struct waiter waiters[8];

static void start(int index, int op, uint32_t *addr, uint32_t bitset)
{
	int before = arrived;

	waiters[index] = (struct waiter){index, op, addr, bitset, NULL, 0};
	results[index] = 99;
	pthread_create(&thread[index], NULL, wait_thread, &waiters[index]);
	while (arrived == before)
		usleep(500);
	EVENTUALLY(wait_is_asleep(getpid(), waiters[index].tid)); /* it says so just before it waits */
}

static void on_alarm(int sig)
{
	(void)sig;
}

int main(void)
{
	struct timespec ts = {0, 3000000}, bad = {0, 1000000000}, abs, before, after;
	struct sigaction sa = {.sa_handler = on_alarm};
	uint32_t *mapped;
	long r;

	tap_ok(futex(&word, FUTEX_WAIT, 1, NULL, NULL, 0) == -1 && errno == EAGAIN, "the word has another value");
	tap_ok(futex((uint32_t *)((char *)&word + 1), FUTEX_WAIT, 0, NULL, NULL, 0) == -1 && errno == EINVAL,
	       "a crooked address");
	tap_ok(futex((uint32_t *)8, FUTEX_WAIT, 0, NULL, NULL, 0) == -1 && errno == EFAULT,
	       "an address with nothing there");
	tap_ok(futex(&word, FUTEX_WAIT, 0, &bad, NULL, 0) == -1 && errno == EINVAL, "a bad timeout");
	tap_ok(futex(&word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0) == -1 && errno == EINVAL, "no bits");
	tap_ok(futex(&word, 99, 0, NULL, NULL, 0) == -1 && errno == ENOSYS, "an unknown operation");
	clock_gettime(CLOCK_MONOTONIC, &before);
	r = futex(&word, FUTEX_WAIT_PRIVATE, 0, &ts, NULL, 0);
	tap_ok(r == -1 && errno == ETIMEDOUT, "a relative timeout");
	clock_gettime(CLOCK_MONOTONIC, &after);
	tap_ok((after.tv_sec - before.tv_sec) * 1000000000l + after.tv_nsec - before.tv_nsec >= 3000000,
	       "which is not shortened");
	abs = after;
	tap_ok(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, &abs, NULL, ~0u) == -1 && errno == ETIMEDOUT,
	       "an absolute one that is past");
	clock_gettime(CLOCK_REALTIME, &abs);
	abs.tv_nsec += 2000000;
	if (abs.tv_nsec >= 1000000000)
		abs.tv_sec++, abs.tv_nsec -= 1000000000;
	tap_ok(futex(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &abs, NULL, ~0u) == -1 && errno == ETIMEDOUT,
	       "by the wall clock");
	tap_ok(futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0) == 0, "nobody to wake");

	for (int i = 0; i < 3; i++)
		start(i, FUTEX_WAIT_PRIVATE, &word, 0);
	tap_ok(futex(&word, FUTEX_WAKE_PRIVATE, 2, NULL, NULL, 0) == 2, "two of three are woken");
	pthread_join(thread[0], NULL);
	pthread_join(thread[1], NULL);
	tap_ok(results[0] == 0 && results[1] == 0 && results[2] == 99, "the two that came first");
	tap_ok(futex(&word, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0) == 1, "and the third");
	pthread_join(thread[2], NULL);

	start(0, FUTEX_WAIT_BITSET_PRIVATE, &word, 1);
	start(1, FUTEX_WAIT_BITSET_PRIVATE, &word, 2);
	tap_ok(futex(&word, FUTEX_WAKE_BITSET_PRIVATE, 9, NULL, NULL, 2) == 1, "wake by bits");
	pthread_join(thread[1], NULL);
	tap_ok(results[0] == 99 && futex(&word, FUTEX_WAKE_BITSET_PRIVATE, 9, NULL, NULL, 5) == 1,
	       "and the other bits");
	pthread_join(thread[0], NULL);

	for (int i = 0; i < 4; i++)
		start(i, FUTEX_WAIT_PRIVATE, &word, 0);
	tap_ok(futex(&word, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void *)2, &word2, 1) == -1 && errno == EAGAIN,
	       "requeue compares");
	tap_ok(futex(&word, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void *)2, &word2, 0) == 3,
	       "requeue wakes one and moves two");
	tap_ok(futex(&word, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0) == 1, "one was left");
	tap_ok(futex(&word2, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0) == 2, "two wait at the other word");
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);

	start(0, FUTEX_WAIT_PRIVATE, &word, 0);
	start(1, FUTEX_WAIT_PRIVATE, &word2, 0);
	word2 = 5;
	r = futex(&word, FUTEX_WAKE_OP_PRIVATE, 1, (void *)1, &word2, FUTEX_OP(FUTEX_OP_ADD, 3, FUTEX_OP_CMP_EQ, 5));
	tap_ok(r == 2 && word2 == 8, "wake-op changes a word and wakes at both: %ld, %u", r, word2);
	pthread_join(thread[0], NULL);
	pthread_join(thread[1], NULL);
	start(0, FUTEX_WAIT_PRIVATE, &word, 0);
	r = futex(&word, FUTEX_WAKE_OP_PRIVATE, 1, (void *)1, &word2,
		  FUTEX_OP((FUTEX_OP_SET | FUTEX_OP_OPARG_SHIFT), 4, FUTEX_OP_CMP_LT, 0));
	tap_ok(r == 1 && word2 == 16, "with a shifted argument and a comparison that fails");
	pthread_join(thread[0], NULL);

	mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	start(0, FUTEX_WAIT, mapped, 0);
	tap_ok(futex(mapped, FUTEX_WAKE, 1, NULL, NULL, 0) == 1, "shared memory");
	pthread_join(thread[0], NULL);

	sigaction(SIGALRM, &sa, NULL);
	ualarm(2000, 2000); /* again and again: the first may come too early */
	tap_ok(futex(&word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0) == -1 && errno == EINTR, "a signal ends the wait");
	sa.sa_flags = SA_RESTART;
	sigaction(SIGALRM, &sa, NULL);
	ts = (struct timespec){0, 20000000};
	r = futex(&word, FUTEX_WAIT_PRIVATE, 0, &ts, NULL, 0);
	tap_ok(r == -1 && (errno == EINTR || errno == ETIMEDOUT), "with a timeout it ends, SA_RESTART or not");
	return tap_end();
}
