/* SPDX-License-Identifier: ISC */
/*
 * Writes to descriptors 1 and 2 in the ways that programs have, and says on descriptor 1 what they are. By its first word:
 * `mix` a child, an exec and duplicates write; `what` tells of 0, 1 and 2; `lines N` writes N lines to each in turn; `write` gives
 * the error of a write to 1 as its status; `crash`.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void both(const char *who)
{
	dprintf(1, "%s on 1\n", who);
	dprintf(2, "%s on 2\n", who);
}

static void mix(char **argv)
{
	int kept, fd;

	both("parent");
	if (fork() == 0) {
		both("child");
		dup2(1, 2);
		both("child, both to 1");
		_exit(0);
	}
	wait(NULL);
	kept = dup(1);
	dup2(2, 1);
	both("parent, both to 2");
	if (fork() == 0) {
		execl(argv[0], argv[0], "again", NULL);
		_exit(1);
	}
	wait(NULL);
	dup2(kept, 1);
	fd = open("/dev/stderr", O_WRONLY);
	dprintf(fd, "by /dev/stderr: %s\n", fd >= 0 ? "" : strerror(errno));
	fd = open("/dev/stdout", O_WRONLY);
	dprintf(fd, "by /dev/stdout: %s\n", fd >= 0 ? "" : strerror(errno));
	fd = open("/proc/self/fd/2", O_WRONLY);
	dprintf(fd, "by /proc/self/fd/2\n");
	close(2);
	if (write(2, "no", 2) < 0)
		dprintf(1, "closed: %s\n", strerror(errno));
	dup2(fd, 2);
	both("again");
}

static void what(void)
{
	for (int fd = 0; fd < 3; fd++) {
		char path[32], link[64] = "";
		struct stat st = {0}, by_path = {0};

		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		fstat(fd, &st);
		stat(path, &by_path);
		if (readlink(path, link, sizeof link - 1) < 0)
			strcpy(link, "none");
		link[strcspn(link, ":")] = '\0'; /* the number is not of interest */
		dprintf(1, "%d: terminal %d, access %d, type %o, %s, the same by its path %d\n", fd, isatty(fd),
			fcntl(fd, F_GETFL) & O_ACCMODE, (unsigned)st.st_mode & S_IFMT, isatty(fd) ? "" : link,
			st.st_ino == by_path.st_ino);
	}
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	if (!strcmp(verb, "mix"))
		mix(argv);
	else if (!strcmp(verb, "again"))
		both("executed");
	else if (!strcmp(verb, "what"))
		what();
	for (int i = 1; !strcmp(verb, "lines") && argc > 2 && i <= atoi(argv[2]); i++) {
		dprintf(1, "line %d on 1\n", i);
		dprintf(2, "line %d on 2\n", i);
	}
	if (!strcmp(verb, "write"))
		return write(1, "x", 1) == 1 ? 0 : errno;
	if (!strcmp(verb, "crash")) {
		both("before");
		*(volatile int *)0 = 1;
	}
	return 7;
}
