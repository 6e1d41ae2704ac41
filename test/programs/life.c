/* SPDX-License-Identifier: ISC */
/*
 * For the life-cycle tests: says "ready", then as its words say: `handle` prints each signal and ends with 9 at SIGTERM,
 * `deaf` ignores it, `exit N` ends at once with N, `lines N` prints N numbered lines first.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void on_signal(int sig)
{
	printf("signal %d\n", sig);
	fflush(stdout);
	if (sig == SIGTERM)
		_exit(9);
}

int main(int argc, char **argv)
{
	static const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGTERM};

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "handle"))
			for (unsigned k = 0; k < sizeof signals / sizeof *signals; k++)
				signal(signals[k], on_signal);
		else if (!strcmp(argv[i], "deaf"))
			signal(SIGTERM, SIG_IGN);
		else if (!strcmp(argv[i], "lines") && i + 1 < argc)
			for (int n = atoi(argv[++i]), k = 1; k <= n; k++)
				printf("line %d of what is kept in the log\n", k);
		else if (!strcmp(argv[i], "exit") && i + 1 < argc)
			return puts("ready"), atoi(argv[++i]);
	}
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}
