/* SPDX-License-Identifier: ISC */
/*
 * The configuration on the host's side: read (strictly, or in Rumprun's form with a translation), checked against what
 * docs/run.md lists, merged. Errors name the path of what is wrong.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include <jansson.h>
#include <stdbool.h>

#include "hostlib/error.h"
#include "hostlib/str.h"

static inline void config_free(json_t **j)
{
	json_decref(*j);
}

#define AUTO_JSON __attribute__((cleanup(config_free)))

/*
 * The checked configuration in `text`, in today's form, or NULL. warnings has a line for each thing that was
 * translated from Rumprun's form, and for what may be said and has no effect yet. `cmdline` has become `rc`.
 */
json_t *config_parse(const char *text, size_t size, struct strv *warnings, struct error *err);
/* As config_parse for a file; the error names it. Warnings go to stderr. */
json_t *config_load(const char *path, struct error *err);

/* Checks a document against the schema. */
int config_check(const json_t *doc, struct error *err);

/* What may be said of mounts and cannot be done yet: an error for who is about to run or bake it. */
int config_check_mounts(const json_t *doc, struct error *err);

/* Puts over's values above base's: objects are merged, everything else is replaced. Both must be objects. */
void config_merge(json_t *base, const json_t *over);
/* The object at the key, made if it is not there. */
json_t *config_object(json_t *parent, const char *key);

/* Options: "K=V" (or "K": this process's value) into env; NAME=dhcp|auto|ADDR/LEN[,gw=ADDR][,dns=ADDR] into net. */
int config_set_env(json_t *doc, const char *word, struct error *err);
/* The lines of --env-file; the error names the line. */
int config_env_lines(json_t *doc, const char *text, size_t size, struct error *err);
int config_env_file(json_t *doc, const char *path, struct error *err);
int config_set_addr(json_t *doc, const char *word, struct error *err);

/* Splits a command line with shell-like quoting. */
int config_split(const char *line, struct strv *words, struct error *err);
/* A document in Rumprun's form: 1 and today's, with a warning for each translation; 0: it is none; -1: it is a wrong one. */
int rumprun_load(const char *text, size_t size, json_t **doc, struct strv *warnings, struct error *err);

/* An address of the family (4, 6; 0: either). */
bool config_is_addr(const char *s, int family);

#endif
