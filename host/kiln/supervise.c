/* SPDX-License-Identifier: ISC */
/* One child, waited for without handlers: the signals are blocked and taken one by one. */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "launch.h"
#include "terminal.h"

static void signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGCHLD);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGQUIT);
	sigaddset(set, SIGUSR1);
	sigaddset(set, SIGUSR2);
	sigaddset(set, SIGALRM);
	terminal_signals(set);
}

/* It asks for no end. */
static bool only_passed_on(int sig)
{
	return sig == SIGQUIT || sig == SIGUSR1 || sig == SIGUSR2;
}

void supervise_prepare(void)
{
	sigset_t set;

	signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* The next signal; 0 when `end` (0: never) has come. */
static int next_signal(double end, siginfo_t *info)
{
	struct timespec ts;
	sigset_t set;
	double left;
	int sig;

	signals(&set);
	for (;;) {
		left = end > 0 ? end - now() : 1e6;
		if (left <= 0)
			return 0;
		ts.tv_sec = (time_t)left;
		ts.tv_nsec = (long)((left - (double)ts.tv_sec) * 1e9);
		sig = sigtimedwait(&set, info, &ts);
		if (sig > 0 && !terminal_took(sig))
			return sig;
	}
}

static bool ended(pid_t child, int *status)
{
	return waitpid(child, status, WNOHANG) == child;
}

static void stop(pid_t child, int *status)
{
	double end = now() + GRACE_SECONDS;

	kill(child, SIGTERM);
	kill(child, SIGCONT);
	while (!ended(child, status)) {
		if (next_signal(end, NULL))
			continue;
		kill(child, SIGKILL);
		while (waitpid(child, status, 0) < 0 && errno == EINTR)
			;
		return;
	}
}

/* True when the child, asked to, has ended. */
static bool ended_on_request(pid_t child, siginfo_t info, double grace, supervise_ask *ask, int *status)
{
	double end = isinf(grace) ? 0 : now() + grace;
	int sig;

	do {
		if (info.si_signo == SIGALRM || !ask(child, info.si_signo, info.si_code == SI_KERNEL))
			return false;
		while ((sig = next_signal(end, &info)) == SIGCHLD)
			if (ended(child, status))
				return true;
	} while (sig && (isinf(grace) || only_passed_on(sig)));
	return false;
}

enum supervise_end supervise(const struct launch *l, pid_t child, supervise_ask *ask, int *status, int *signal)
{
	double end = l->timeout > 0 ? now() + l->timeout : 0;

	for (;;) {
		siginfo_t info;
		int sig = next_signal(end, &info);

		if (only_passed_on(sig)) {
			ask(child, sig, info.si_code == SI_KERNEL);
			continue;
		}
		if (sig && sig != SIGCHLD) {
			*signal = sig;
			if (!ended_on_request(child, info, l->grace, ask, status)) {
				if (isinf(l->grace)) /* only SIGALRM comes here */
					*signal = SIGKILL;
				stop(child, status);
			}
			return END_SIGNAL;
		}
		if (ended(child, status))
			return END_ITSELF;
		if (!sig) {
			stop(child, status);
			return END_TIMEOUT;
		}
	}
}
