/* SPDX-License-Identifier: ISC */
/*
 * Command-line options from a table: -x VALUE, -xVALUE, --name VALUE, --name=VALUE, clustered letters, "--". The
 * caller loops:
 *
 *	while ((id = options_next(&o, err)) > 0)
 *		switch (id) …  o.value is the value (NULL: an optional one that is not there)
 *
 * OPTION_WORD: a word that is no option, in o.value; the caller goes on, or stops and takes options_rest. An unknown
 * option is a usage error that names the word and the nearest known one.
 */
#ifndef HOSTLIB_OPTIONS_H
#define HOSTLIB_OPTIONS_H

#include <stdio.h>

#include "hostlib/error.h"

#define OPTION_WORD 1
#define OPTION_HELP 2 /* -h, --help: always known */
#define OPTION_USER 3 /* first id of a table */

struct option_def {
	int id; /* 0 ends the table; with help set, a heading */
	char letter;
	const char *name; /* without the dashes; NULL: letter only */
	const char *arg; /* placeholder of the value; NULL: takes none; "[=X]" (with the bracket): optional */
	const char *help;
};

struct options {
	const struct option_def *defs;
	int argc;
	char **argv;
	int index; /* next word */
	const char *cluster; /* rest of a word like -it */
	const char *value;
	int only_words; /* "--" was seen */
};

/* v[0] is the program's or command's name. */
#define OPTIONS_INIT(d, c, v)                                                                                          \
	{                                                                                                              \
		.defs = (d), .argc = (c), .argv = (v), .index = 1                                                      \
	}

/* id, 0 at the end, or -1. */
int options_next(struct options *o, struct error *err);
/* For a command that takes one word: OPTION_WORD's goes to *word, once; and after the loop, id is its last result and `question`
 * what to say when there was no word. 0 or -1. */
int options_take_word(const struct options *o, const char **word, struct error *err);
int options_need_word(int id, const char *word, const char *question, struct error *err);
/* The words after the one that was OPTION_WORD just now, that one included. */
char **options_rest(struct options *o);
/* For completion: while this is set, options_next gives its table there and fails. */
extern const struct option_def **options_catch;
void options_help(const struct option_def *defs, FILE *to);

#endif
