/* SPDX-License-Identifier: ISC */
/* `kiln doctor`: what this machine offers, a line each; what is missing, and what that means. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hostlib/cleanup.h"
#include "hostlib/process.h"
#include "instance.h"
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
	printf("%-11s %-4s %s\n", what, good ? "yes" : "no", text);
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

/* A process of its own tries: it cannot come back. */
static bool unshares(int what)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0)
		_exit(unshare(what) < 0 ? 1 : 0);
	while (pid > 0 && waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return pid > 0 && status == 0;
}

static void namespaces(void)
{
	bool has = unshares(CLONE_NEWUSER);

	line("userns", has,
	     has ? "user namespaces for everybody"
		 : "no user namespaces (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone)");
}

static void quick_start(void)
{
	bool has = access("/usr/share/qemu/qboot.rom", R_OK) == 0;

	line("qboot", has,
	     has ? "machines start 150 ms faster" : "install qemu-system-data: machines start with SeaBIOS");
}

static void user_network(void)
{
	AUTO_FREE char *path = xasprintf("%s/kiln-slirp", file_libdir());
	bool has = access(path, X_OK) == 0;

	line("slirp", has,
	     has ? "the sandbox has a user-mode network (-p)" : "install libslirp-dev and build Kiln again");
}

static void compiler(void)
{
	AUTO_FREE char *beside = xasprintf("%s/../../bin/x86_64-kiln-linux-musl-gcc", file_libdir());
	AUTO_FREE char *found = process_find("x86_64-kiln-linux-musl-gcc");
	bool has = found || access(beside, X_OK) == 0;

	line("compiler", has,
	     found ? found
	     : has ? "beside kiln; put its directory into $PATH"
		   : "no x86_64-kiln-linux-musl-gcc: make toolchain; other static programs run, too");
}

/* Platforms that this version does not start itself yet. */
static void xen(void)
{
	AUTO_FREE char *xl = process_find("xl");
	bool host = access("/proc/xen/capabilities", R_OK) == 0;

	line("xen", host && xl,
	     !xl     ? "install xen-utils-common for xl; Kiln has no platform xen yet"
	     : !host ? "xl is there, but this is no Xen host; Kiln has no platform xen yet"
		     : "a Xen host with xl; Kiln has no platform xen yet");
}

static void firecracker(void)
{
	AUTO_FREE char *path = process_find("firecracker");

	line("firecracker", path != NULL,
	     path ? "there; Kiln has no platform firecracker yet"
		  : "not in $PATH (no Debian package: the project's release); Kiln has no platform for it yet");
}

static void background(void)
{
	struct instance *list;
	struct error err;
	int n = instance_list(&list, &err), alive = 0;
	AUTO_FREE char *text = NULL;

	for (int k = 0; k < n; k++)
		alive += list[k].alive;
	text =
	    n < 0 ? xstrdup(err.text) : xasprintf("%d images in the background run, %d have ended", alive, n - alive);
	if (n >= 0)
		instance_list_free(list, n);
	line("background", n >= 0, text);
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
	quick_start();
	kvm();
	tap();
	user_network();
	seccomp();
	namespaces();
	fsgsbase();
	background();
	compiler();
	xen();
	firecracker();
	program("gdb", "gdb", "--version", "install gdb to debug images");
	return 0;
}
