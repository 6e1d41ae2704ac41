/* SPDX-License-Identifier: ISC */
/*
 * Images that run, or ran in the background (docs/lifecycle.md). Each has a private directory ROOT/NAME with
 *
 *	state     JSON, replaced by rename: what its supervisor (warden.c) last said
 *	lock      locked for as long as the supervisor lives, whatever becomes of it: an OFD lock; in the foreground a
 *	          process's lock, which fcntl names the holder of, and which outlives its exec
 *	control   the supervisor's socket (control.h)
 *	log, log.1
 *
 * Whether an instance lives is asked of the lock, never of a process id. ROOT/.lock is held while one is made or removed.
 * One in the foreground has state and lock alone, and is forgotten with its end.
 */
#ifndef INSTANCE_H
#define INSTANCE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "hostlib/error.h"
#include "hostlib/str.h"

struct instance {
	char *name, *path; /* the directory */
	json_t *state; /* an object, perhaps empty */
	bool alive; /* a supervisor holds its lock */
	pid_t holder; /* in the foreground: the process that does; else 0 */
};

#define AUTO_INSTANCE __attribute__((cleanup(instance_free)))

enum instance_claim {
	CLAIM_EXACT = 1, /* the name must be free; else NAME-2, NAME-3 … is taken */
	CLAIM_FOREGROUND = 2, /* by this process, in the foreground */
	CLAIM_AGAIN = 4, /* the one of this name, which does not live; its log stays */
};

/* Makes the directory and takes the lock (*lock_fd, closed on exec). The name is checked as well. */
int instance_create(struct instance *i, const char *name, unsigned claim, int *lock_fd, struct error *err);
/* Letters, digits, then also "_.-". */
int instance_check_name(const char *name, struct error *err);
/* The one of this name; the error names the nearest there is. instance_free also after a failure. */
int instance_open(struct instance *i, const char *name, struct error *err);
/* All, by name; what ended in the foreground is forgotten; to be freed by instance_list_free. The count, or -1. */
int instance_list(struct instance **list, struct error *err);
void instance_list_free(struct instance *list, int count);
int instance_save(const struct instance *i, struct error *err);
/* Removes one that does not live. */
int instance_remove(const char *name, struct error *err);
/* Its supervisor removes it: the lock is ours. */
int instance_remove_own(const struct instance *i, struct error *err);
void instance_free(struct instance *i);

char *instance_file(const struct instance *i, const char *name);
/* "running", "starting", "restarting", "exited", or "dead": its supervisor is gone without a word. */
const char *instance_status(const struct instance *i);
bool instance_foreground(const struct instance *i);
/* Why it is dead. */
const char *instance_reason(const struct instance *i);
/* A number of the state, 0 when it is not there. */
int64_t instance_number(const struct instance *i, const char *key);
const char *instance_text(const struct instance *i, const char *key); /* "" when it is not there */
/* This boot's id, for the state. */
const char *instance_boot(void);

#endif
