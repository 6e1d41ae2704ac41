/* SPDX-License-Identifier: ISC */
/* What kiln's commands share: the options of both run and bake, and the table of commands. */
#ifndef COMMON_H
#define COMMON_H

#include "bake.h"
#include "config.h"
#include "hostlib/options.h"

enum platform { PLATFORM_DEFAULT, PLATFORM_QEMU, PLATFORM_MICROVM, PLATFORM_KVM, PLATFORM_SANDBOX };

struct common {
	const char *components, *root;
	const char *ca_certs; /* --ca-certs: the file */
	enum platform platform;
	bool allow_wx;
	json_t *file; /* -c */
	json_t *env_files; /* --env-file, above that */
	json_t *options; /* what other options say, above both */
};

enum {
	COMMON_ADDR = 100,
	COMMON_CA_CERTS,
	COMMON_COMPONENTS,
	COMMON_CONFIG,
	COMMON_ENV,
	COMMON_ENV_FILE,
	COMMON_PLATFORM,
	COMMON_ROOT,
	COMMON_STATS,
	COMMON_STRACE,
	COMMON_WORKDIR,
	COMMON_WX,
};

/* The rows of a struct option_def table. */
#define COMMON_OPTIONS                                                                                                 \
	{COMMON_PLATFORM, 'P', "platform", "PLATFORM", "qemu, microvm, kvm or sandbox"},                               \
	    {COMMON_COMPONENTS, 'C', "components", "SET[,+C][,-C]", "a component set, plus or minus components"},      \
	    {COMMON_ROOT, 'r', "root", "DIR", "the root file system's content"},                                       \
	    {COMMON_CONFIG, 'c', "config", "FILE", "configuration (JSON); other options override it"},                 \
	    {COMMON_ENV, 'e', "env", "K=V", "environment variable (K: as it is here)"},                                \
	    {COMMON_ENV_FILE, 0, "env-file", "FILE", "a file of them, a line each; -e overrides it"},                  \
	    {COMMON_WORKDIR, 'w', "workdir", "DIR", "working directory of the programs"},                              \
	    {COMMON_ADDR, 'W', "addr", "NAME=dhcp|ADDR/LEN[,gw=ADDR][,dns=ADDR]", "address of an interface"},          \
	    {COMMON_CA_CERTS, 0, "ca-certs", "[=FILE]", "put in this host's certificates of authorities"},             \
	    {COMMON_WX, 0, "allow-wx", NULL, "memory may be writable and executable at once (JITs)"},                  \
	    {COMMON_STRACE, 0, "strace", "[=CALL,...]", "print each system call, as strace does"},                     \
	{                                                                                                              \
		COMMON_STATS, 0, "stats", "[=SECONDS]",                                                                \
		    "print the kernel's counters at exit, and a line every so often"                                   \
	}

#define AUTO_COMMON __attribute__((cleanup(common_free)))

void common_init(struct common *c);
void common_free(struct common *c);
/* Takes one option; 0, 1 when the id is not one of these, or -1. */
int common_option(struct common *c, int id, const char *value, struct error *err);
/* file and options together, checked; a new reference. */
json_t *common_config(const struct common *c, struct error *err);

/* Whether a configuration asks for what "strace" or "stats" gives. */
bool common_wants(const json_t *config, const char *feature);

const char *platform_name(enum platform p);
/* The set an image for this platform is baked from when -C names none. */
const char *platform_set(enum platform p);

struct command {
	const char *name, *summary;
	/* argv[0] is the command's name; the exit status, or -1 with err */
	int (*run)(int argc, char **argv, struct error *err);
};

const struct command *command_at(size_t i); /* NULL behind the last */

/* What a shell asks for at the tab key (complete.c). */
int complete(int count, char **words);

int command_attach(int argc, char **argv, struct error *err);
int command_bake(int argc, char **argv, struct error *err);
int command_config(int argc, char **argv, struct error *err);
int command_gdb(int argc, char **argv, struct error *err);
int command_doctor(int argc, char **argv, struct error *err);
int command_inspect(int argc, char **argv, struct error *err);
int command_kill(int argc, char **argv, struct error *err);
int command_logs(int argc, char **argv, struct error *err);
int command_pkg(int argc, char **argv, struct error *err);
int command_profile(int argc, char **argv, struct error *err);
int command_prune(int argc, char **argv, struct error *err);
int command_ps(int argc, char **argv, struct error *err);
int command_restart(int argc, char **argv, struct error *err);
int command_rm(int argc, char **argv, struct error *err);
int command_run(int argc, char **argv, struct error *err);
const struct option_def *run_options(void);
/* As command_run with -d; it was there before by this name, and has ended. */
int run_again(const char *name, int argc, char **argv, struct error *err);
int command_start(int argc, char **argv, struct error *err);
int command_stop(int argc, char **argv, struct error *err);
int command_wait(int argc, char **argv, struct error *err);

#endif
