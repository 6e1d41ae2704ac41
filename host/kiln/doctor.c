/* SPDX-License-Identifier: ISC */
/* `kiln doctor`: what this machine offers, a line each; what is missing, and what that means. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hostlib/cleanup.h"
#include "hostlib/process.h"
#include "launch.h"

#ifndef HWCAP2_FSGSBASE
#define HWCAP2_FSGSBASE 2
#endif

static const struct option_def options[] = {{0, 0, NULL, NULL, NULL}};

static int help(void)
{
	fputs("usage: kiln doctor\n\n"
	      "Shows what this machine offers for building and running images, and what is missing.\n\n"
	      "Example: kiln doctor\n",
	      stdout);
	return 0;
}

static void line(const char *what, bool good, const char *text)
{
	printf("%-10s %-4s %s\n", what, good ? "yes" : "no", text);
}

/* A program's presence, and the first line it prints about its version. */
static void program(const char *what, const char *name, const char *option, const char *without)
{
	AUTO_FREE char *path = process_find(name);
	AUTO_STR struct str out = {0};
	char *argv[] = {path, (char *)(uintptr_t)option, NULL};
	struct error err;

	if (!path) {
		line(what, false, without);
		return;
	}
	if (option)
		process_run(argv, &out, &err);
	if (out.p)
		out.p[strcspn(out.p, "\n")] = '\0';
	line(what, true, out.p ? out.p : path);
}

static void kvm(void)
{
	const char *missing = kvm_missing();

	line("kvm", !missing, missing ? missing : "runs guests");
}

static void tap(void)
{
	AUTO_CLOSE int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	line("tap", fd >= 0,
	     fd >= 0 ? "/dev/net/tun opens" : "/dev/net/tun does not open: only user-mode networks (-p)");
}

static void seccomp(void)
{
	uint32_t action = SECCOMP_RET_TRAP;

	if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0)
		line("seccomp", true, "filters with SECCOMP_RET_TRAP: the sandbox works");
	else
		line("seccomp", false, "no filters with SECCOMP_RET_TRAP: the sandbox does not work");
}

static void fsgsbase(void)
{
	bool has = getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE;

	line("fsgsbase", has,
	     has ? "fast thread switches in the sandbox" : "thread switches in the sandbox take a host call");
}

static void data(void)
{
	AUTO_INDEX struct index x = {0};
	AUTO_FREE char *text = NULL;
	struct error err;

	if (index_load(&x, &err) < 0) {
		line("components", false, err.text);
		return;
	}
	text = xasprintf("%u components and %u sets in %s", x.components, x.sets, x.dir);
	line("components", true, text);
}

int command_doctor(int argc, char **argv, struct error *err)
{
	struct options o = OPTIONS_INIT(options, argc, argv);
	int id;

	while ((id = options_next(&o, err)) > 0) {
		if (id == OPTION_HELP)
			return help();
		return error_usage(err, "\"%s\" is one word too many", o.value);
	}
	if (id < 0)
		return -1;
	data();
	program("ld", "ld", "--version", "install binutils: kiln bake cannot link");
	program("erofs", "mkfs.erofs", NULL, "install erofs-utils: kiln bake -r cannot make file systems");
	program("qemu", "qemu-system-x86_64", "--version", "install qemu-system-x86: only the sandbox runs images");
	kvm();
	tap();
	seccomp();
	fsgsbase();
	program("gdb", "gdb", "--version", "install gdb to debug images");
	return 0;
}
