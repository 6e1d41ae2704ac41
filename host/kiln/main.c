/* SPDX-License-Identifier: ISC */
/* The command `kiln`: finds the subcommand, prints its error as one line, gives its status. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common.h"

static const struct command commands[] = {
    {"run", "run a program or an image; kiln's exit status is the program's", command_run},
    {"gdb", "debug a program or an image, with the symbols of both", command_gdb},
    {"bake", "link an image from programs, files, configuration and components", command_bake},
    {"ps", "list the images that run", command_ps},
    {"logs", "show what a background image has printed", command_logs},
    {"attach", "show what a background image prints, and type there", command_attach},
    {"stop", "end images that run: SIGTERM, and after a while the end", command_stop},
    {"kill", "send a signal to images that run", command_kill},
    {"start", "start background images that have ended again", command_start},
    {"restart", "stop background images, and start them again", command_restart},
    {"wait", "wait for background images to end; prints their exit status", command_wait},
    {"rm", "forget background images that have ended", command_rm},
    {"prune", "forget all background images that have ended", command_prune},
    {"config", "check a configuration, or print an image's", command_config},
    {"inspect", "show what is inside an image", command_inspect},
    {"profile", "draw a flame graph of what kiln run --profile has written", command_profile},
    {"pkg", "list, build and run upstream programs from their sources", command_pkg},
    {"doctor", "show what this machine offers, and what is missing", command_doctor},
};

#define COMMANDS (sizeof commands / sizeof *commands)

const struct command *command_at(size_t i)
{
	return i < COMMANDS ? &commands[i] : NULL;
}

static int usage(FILE *to)
{
	fputs("usage: kiln COMMAND [options] ...\n\n", to);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(to, "  kiln %-10s%s\n", commands[i].name, commands[i].summary);
	fputs("\nkiln COMMAND --help has each command's options and examples.\n"
	      "Example: kiln run hello                 a Linux program, as a unikernel\n",
	      to);
	return to == stderr ? STATUS_USAGE : 0;
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static int unknown(const char *name)
{
	const char *names[COMMANDS + 1], *nearest;

	for (size_t i = 0; i < COMMANDS; i++)
		names[i] = commands[i].name;
	names[COMMANDS] = NULL;
	nearest = str_nearest(name, names);
	if (nearest)
		fprintf(stderr, "kiln: unknown command \"%s\"; did you mean %s?\n", name, nearest);
	else
		fprintf(stderr, "kiln: unknown command \"%s\"; kiln help lists them\n", name);
	return STATUS_USAGE;
}

/* Whoever started us may have closed descriptors 0 to 2, and ignored signals that we wait for. */
static void settle(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= 2 && fcntl(fd, F_SETFD, 0) == 0);
	if (fd > 2)
		close(fd);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
}

static int run(int argc, char **argv, struct error *err)
{
	const struct command *c;
	char *help[] = {NULL, (char *)"--help", NULL};

	if (argc < 2)
		return usage(stderr);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || (!strcmp(argv[1], "help") && argc == 2))
		return usage(stdout);
	if (!strcmp(argv[1], "__complete"))
		return complete(argc - 2, argv + 2);
	if (!strcmp(argv[1], "help")) {
		c = find(argv[2]);
		if (!c)
			return unknown(argv[2]);
		help[0] = argv[2];
		return c->run(2, help, err);
	}
	c = find(argv[1]);
	return c ? c->run(argc - 1, argv + 1, err) : unknown(argv[1]);
}

int main(int argc, char **argv)
{
	struct error err = {.status = STATUS_FAILURE};
	int status;

	settle();
	status = run(argc, argv, &err);
	if (status >= 0 && (fflush(stdout) != 0 || ferror(stdout)))
		status = error_errno(&err, "standard output");
	if (status >= 0)
		return status;
	fprintf(stderr, "kiln: %s\n", err.text);
	return err.status;
}
