/* SPDX-License-Identifier: ISC */
/* `kiln run -d`: hands a prepared launch over to a supervisor in the background (warden.h). */
#ifndef DETACH_H
#define DETACH_H

#include "launch.h"
#include "see.h"
#include "warden.h"

struct detach {
	bool on; /* -d */
	bool remove; /* --rm */
	struct restart_policy restart; /* --restart */
	uint64_t log_size; /* --log-size */
	struct see *see; /* --core and the like */
	int argc; /* kiln run's words, to start it again */
	char **argv;
	const char *again; /* start it again by this name; NULL: for the first time */
};

int detach_set_restart(struct detach *d, const char *word, struct error *err);
/* Whether the options go together; before anything is baked. */
int detach_check(const struct detach *d, struct error *err);
/* words: the program or image and its arguments. The status of the command: 0 once the guest is up, or what went wrong. */
int detach_run(const struct detach *d, const struct launch *l, char **words, int count, struct error *err);

#endif
