/* SPDX-License-Identifier: ISC */
/* `kiln run -D`: what goes between the machine and gdb (host/debug), for qemu.c and sandbox.c to start. */
#ifndef DEBUGGER_H
#define DEBUGGER_H

#include "hostlib/error.h"
#include "hostlib/str.h"

struct launch;

struct debugger {
	const char *where; /* -D's word: a port, or the path of a socket; NULL: no debugger */
	const char *paused; /* "entry" or "program": where the machine waits; NULL: nowhere */
	int symbols_fd; /* -1: none */
	char *program; /* what gdb shall load; NULL: what is in the image */
	const char *root; /* where it finds libraries */
};

int debugger_set_where(struct debugger *d, const char *word, struct error *err);
int debugger_set_paused(struct debugger *d, const char *word, struct error *err);
/* Opens the symbols of an image; that there are none, or another's, is a note on standard error. */
int debugger_symbols(struct debugger *d, const char *image, const char *symbols, struct error *err);
/* What stands before the machine's command. record: where QEMU writes the exit status, or -1. */
void debugger_wrap(const struct launch *l, struct strv *argv, int record);
void debugger_free(struct debugger *d);

#endif
