/* SPDX-License-Identifier: ISC */
/*
 * `kiln __complete WORD...`: what may stand where the last word (perhaps empty) stands, a line each, for a shell's
 * completion (host/completion/kiln.bash). Options are those of the table that the command itself gives to options_next,
 * and the placeholders of their values say what is proposed: words in small letters as they are, FILE, DIR, PLATFORM, SET,
 * K=V and [=CALL,...] by name. Lines that begin with ':' are for the shell: ":files", ":dirs", ":variables".
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common.h"
#include "components.h"
#include "hostlib/cleanup.h"
#include "instance.h"
#include "pkg.h"

static const char *option = ""; /* "--name=" when its value is completed: stands before every proposal */

/* Prints a word that begins as what was typed. before: what stands in front of it in the same word. */
static void propose(const char *typed, const char *before, const char *word)
{
	AUTO_FREE char *whole = xasprintf("%s%s", before, word);

	if (!strncmp(whole, typed, strlen(typed)))
		printf("%s%s\n", option, whole);
}

static void instances(const char *typed, bool only_alive)
{
	struct instance *list;
	struct error ignored;
	int n = instance_list(&list, &ignored);

	for (int k = 0; k < n; k++)
		if (list[k].alive || !only_alive)
			propose(typed, "", list[k].name);
	if (n >= 0)
		instance_list_free(list, n);
}

static void packages(const char *typed)
{
	AUTO_FREE char *directory = recipe_directory();
	struct dirent **entries;
	int n = scandir(directory, &entries, NULL, alphasort);

	for (int k = 0; k < n; k++) {
		AUTO_FREE char *path = xasprintf("%s/%s/recipe", directory, entries[k]->d_name);

		if (!access(path, F_OK))
			propose(typed, "", entries[k]->d_name);
		free(entries[k]);
	}
	if (n >= 0)
		free(entries);
}

/* SET, or behind a comma +COMPONENT and -COMPONENT. */
static void sets(const char *typed, bool with_components)
{
	AUTO_INDEX struct index x = {0};
	const char *comma = strrchr(typed, ',');
	AUTO_FREE char *before = xstrndup(typed, comma ? (size_t)(comma + 1 - typed) : 0);
	struct error ignored;

	if (index_load(&x, &ignored) < 0)
		return;
	for (unsigned k = 0; k < x.sets && !comma; k++)
		propose(typed, "", x.set[k].name);
	for (unsigned k = 0; k < x.components; k++) {
		AUTO_FREE char *plus = xasprintf("%s+", before);
		AUTO_FREE char *minus = xasprintf("%s-", before);

		if (comma) {
			propose(typed, plus, x.component[k].name);
			propose(typed, minus, x.component[k].name);
		} else if (with_components) {
			propose(typed, "", x.component[k].name);
		}
	}
}

static void calls(const char *typed)
{
	static const char *const names[] = {
#define CALL(number, name, kinds) #name,
#include "linux/names.h"
#undef CALL
	};
	const char *comma = strrchr(typed, ',');
	AUTO_FREE char *before = xstrndup(typed, comma ? (size_t)(comma + 1 - typed) : 0);

	for (size_t k = 0; k < sizeof names / sizeof *names; k++)
		propose(typed, before, names[k]);
}

static void platforms(const char *typed)
{
	for (int p = PLATFORM_DEFAULT + 1; platform_name((enum platform)p); p++)
		propose(typed, "", platform_name((enum platform)p));
}

/* One alternative of a placeholder: "tap:IF" proposes "tap:", "on-failure[:N]" "on-failure", "IF" nothing. */
static void alternative(const char *typed, const char *before, const char *word, size_t n)
{
	AUTO_FREE char *copy = xstrndup(word, n);

	if (!strcmp(copy, "PLATFORM"))
		platforms(typed);
	if (!islower((unsigned char)*copy))
		return;
	copy[strcspn(copy, "[,")] = '\0';
	if (strchr(copy, ':'))
		strchr(copy, ':')[1] = '\0';
	propose(typed, before, copy);
}

static void value(const char *arg, const char *typed)
{
	const char *eq = strchr(typed, '='), *p = arg;
	AUTO_FREE char *before = xstrndup(typed, eq ? (size_t)(eq + 1 - typed) : 0);

	if (strstr(arg, "CALL")) {
		calls(typed);
	} else if (!strncmp(arg, "SET[", 4) || !strcmp(arg, "SET")) {
		sets(typed, !arg[3]);
	} else if (!strcmp(arg, "K=V")) {
		puts(":variables");
	} else if (strstr(arg, "FILE") || !strcmp(arg, "IMAGE")) {
		puts(":files");
	} else if (!strcmp(arg, "DIR") || !strncmp(arg, "HOSTDIR", 7)) {
		puts(":dirs");
	} else {
		/* NAME=this|that: behind the '=' of what was typed */
		if (strchr(arg, '=') && !eq)
			return;
		if (strchr(arg, '='))
			p = strchr(arg, '=') + 1;
		for (; *p; p += strcspn(p, "|"), p += *p == '|')
			alternative(typed, before, p, strcspn(p, "|"));
	}
}

/* Of the command, and what it passes on to another. */
static const struct option_def *tables[2];

static const struct option_def *find(const char *word, size_t n)
{
	for (unsigned k = 0; k < 2; k++)
		for (const struct option_def *d = tables[k]; d && (d->id || d->help); d++)
			if (d->id && d->name && strlen(d->name) == n && !strncmp(d->name, word, n))
				return d;
	return NULL;
}

static const struct option_def *find_letter(char letter)
{
	for (unsigned k = 0; k < 2; k++)
		for (const struct option_def *d = tables[k]; d && (d->id || d->help); d++)
			if (d->id && d->letter == letter)
				return d;
	return NULL;
}

/* The option whose value the next word is, or NULL. */
static const struct option_def *wants_value(const char *word)
{
	const struct option_def *d;

	if (word[0] != '-' || !word[1])
		return NULL;
	if (word[1] == '-') {
		d = strchr(word, '=') ? NULL : find(word + 2, strlen(word + 2));
		return d && d->arg && d->arg[0] != '[' ? d : NULL;
	}
	for (word++; *word; word++) {
		d = find_letter(*word);
		if (d && d->arg && d->arg[0] != '[')
			return word[1] ? NULL : d;
	}
	return NULL;
}

static void options_of(const char *typed)
{
	for (unsigned k = 0; k < 2; k++)
		for (const struct option_def *d = tables[k]; d && (d->id || d->help); d++)
			if (d->id && d->name && strncmp(d->help, "not in this", 11) != 0)
				propose(typed, "--", d->name);
	propose(typed, "", "--help");
}

/* The words of the command that are no options. n of them are there. */
static void word_of(const char *command, unsigned n, const char *first, const char *typed)
{
	static const char *const config[] = {"check", "print", NULL}, *const pkg[] = {"list", "build", "run", NULL};
	const char *const *verbs = !strcmp(command, "config") ? config : !strcmp(command, "pkg") ? pkg : NULL;

	if (!strcmp(command, "stop") || !strcmp(command, "kill") || !strcmp(command, "wait") ||
	    !strcmp(command, "restart") || (!strcmp(command, "attach") && !n)) {
		instances(typed, true);
	} else if (!strcmp(command, "rm") || !strcmp(command, "start") || (!strcmp(command, "logs") && !n)) {
		instances(typed, false);
	} else if (!strcmp(command, "help")) {
		for (size_t k = 0; !n && command_at(k); k++)
			propose(typed, "", command_at(k)->name);
	} else if (verbs && !n) {
		for (; *verbs; verbs++)
			propose(typed, "", *verbs);
	} else if (!strcmp(command, "pkg") && n == 1 && strcmp(first, "list") != 0) {
		packages(typed);
	} else if (strcmp(command, "ps") != 0 && strcmp(command, "logs") != 0 && strcmp(command, "attach") != 0 &&
		   strcmp(command, "prune") != 0 && strcmp(command, "doctor") != 0) {
		if (!strcmp(command, "gdb") && !n)
			instances(typed, true);
		puts(":files");
	}
}

/* The table that the command has, learnt by asking it for help: that does nothing. NULL: it reads no options. */
static const struct option_def *table_of(const char *name, const char *verb)
{
	char *words[] = {xstrdup(name), xstrdup(verb ? verb : "--help"), xstrdup("--help"), NULL};
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC), out = dup(1);
	const struct option_def *table = NULL;
	struct error ignored;

	fflush(stdout);
	dup2(null, 1);
	options_catch = &table;
	for (size_t k = 0; command_at(k); k++)
		if (!strcmp(command_at(k)->name, name))
			command_at(k)->run(verb ? 3 : 2, words, &ignored);
	options_catch = NULL;
	fflush(stdout);
	dup2(out, 1);
	close(out);
	close(null);
	for (size_t k = 0; k < 3; k++)
		free(words[k]);
	return table;
}

static void command_words(const char *command, int count, char **words)
{
	const struct option_def *open_value = NULL;
	const char *typed = words[count - 1], *first = "", *eq = strchr(typed, '=');
	AUTO_FREE char *with_name = xstrndup(typed, eq ? (size_t)(eq + 1 - typed) : 0);
	/* What follows the program or image is the program's. */
	bool program = !strcmp(command, "run") || !strcmp(command, "gdb"), only_words = false;
	unsigned n = 0;

	tables[0] = table_of(command, !strcmp(command, "pkg") && count > 2 ? words[1] : NULL);
	tables[1] = !strcmp(command, "gdb") ? table_of("run", NULL) : NULL;
	for (int i = 1; i < count - 1; i++) {
		if (open_value) {
			open_value = NULL;
		} else if (!only_words && !strcmp(words[i], "--")) {
			only_words = true;
		} else if (only_words || words[i][0] != '-' || !words[i][1]) {
			first = n++ ? first : words[i];
			only_words |= program;
		} else {
			open_value = wants_value(words[i]);
		}
	}
	if (open_value) {
		value(open_value->arg, typed);
	} else if (!only_words && !strncmp(typed, "--", 2) && eq) {
		open_value = find(typed + 2, (size_t)(eq - typed - 2));
		option = with_name;
		if (open_value && open_value->arg)
			value(open_value->arg, eq + 1);
		option = "";
	} else if (!only_words && *typed == '-') {
		options_of(typed);
	} else {
		word_of(command, n, first, typed);
	}
}

int complete(int count, char **words)
{
	bool known = count > 1 && !strcmp(words[0], "help");

	for (size_t k = 0; command_at(k); k++) {
		if (count == 1)
			propose(words[0], "", command_at(k)->name);
		known |= count > 1 && !strcmp(command_at(k)->name, words[0]);
	}
	if (count == 1)
		propose(words[0], "", "help");
	else if (known)
		command_words(words[0], count, words);
	return 0;
}
