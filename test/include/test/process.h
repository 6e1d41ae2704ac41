/* SPDX-License-Identifier: ISC */
/* What tests of processes and signals share: handlers, naps that signals do not cut short, a child's status. */
#ifndef TEST_PROCESS_H
#define TEST_PROCESS_H

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

/* fn is of the kind that the flags ask for (SA_SIGINFO), or SIG_DFL, SIG_IGN. */
__attribute__((unused)) static void install(int sig, void *fn, int flags)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof sa);
	sa.sa_handler = fn;
	sa.sa_flags = flags;
	sigaction(sig, &sa, NULL);
}

__attribute__((unused)) static void nap(int ms)
{
	struct timespec ts = {ms / 1000, ms % 1000 * 1000000L};

	while (nanosleep(&ts, &ts) != 0 && errno == EINTR)
		;
}

/* As waitpid(2) gives it; -1: it is no child. */
__attribute__((unused)) static int status_of(pid_t pid)
{
	int status = -1;
	pid_t r;

	do
		r = waitpid(pid, &status, 0);
	while (r == -1 && errno == EINTR);
	return r == pid ? status : -1;
}

#endif
