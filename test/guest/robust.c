/* SPDX-License-Identifier: ISC */
/* Robust mutexes: the next owner learns that the last one died. */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "test/tap.h"

static pthread_mutex_t mutex;

static void *dies(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&mutex);
	return NULL;
}

static void *dies_later(void *arg)
{
	pthread_mutex_lock(&mutex);
	*(volatile int *)arg = 1;
	usleep(5000);
	return NULL;
}

int main(void)
{
	pthread_mutexattr_t attr;
	pthread_t t;
	volatile int locked = 0;
	void *head;
	size_t len;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&mutex, &attr);
	pthread_create(&t, NULL, dies, NULL);
	pthread_join(t, NULL);
	tap_ok(pthread_mutex_lock(&mutex) == EOWNERDEAD, "locking says that the owner died");
	tap_ok(pthread_mutex_consistent(&mutex) == 0 && pthread_mutex_unlock(&mutex) == 0, "it is made consistent");
	tap_ok(pthread_mutex_lock(&mutex) == 0 && pthread_mutex_unlock(&mutex) == 0, "and is as before");
	pthread_create(&t, NULL, dies_later, (void *)&locked);
	while (!locked)
		usleep(500);
	tap_ok(pthread_mutex_lock(&mutex) == EOWNERDEAD, "who waits is woken");
	pthread_join(t, NULL);
	tap_ok(syscall(SYS_set_robust_list, NULL, 1) == -1 && errno == EINVAL, "a list of another size is refused");
	tap_ok(syscall(SYS_get_robust_list, 0, &head, &len) == 0 && len == sizeof(struct robust_list_head),
	       "the list can be asked for");
	return tap_end();
}
