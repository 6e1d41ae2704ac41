/* SPDX-License-Identifier: ISC */
/*
 * Memory runs out while a child copies what it writes: the child is killed, the parent keeps what it has and can fork
 * again. Also where the kernel writes for the child (read). Prints what happened.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096ul

static char *p;
static size_t size;

static void fill_by_store(void)
{
	for (size_t i = 0; i < size; i += PAGE)
		p[i] = 2;
}

static void fill_by_read(void)
{
	int fd = open("/dev/zero", O_RDONLY);

	for (size_t i = 0; i < size; i += PAGE)
		if (fd < 0 || read(fd, p + i, PAGE) != (ssize_t)PAGE)
			raise(SIGKILL); /* EFAULT: told of it, not killed */
}

static void try(const char *how, void (*fill)(void))
{
	pid_t pid = fork();
	bool intact = true;
	int status = 0;

	if (pid == 0) {
		fill();
		_exit(0);
	}
	waitpid(pid, &status, 0);
	for (size_t i = 0; i < size; i += PAGE)
		intact &= p[i] == 1;
	printf("%s: child %s, parent %s\n", how,
	       WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? "killed" : "not killed",
	       intact ? "intact" : "damaged");
}

int main(void)
{
	struct sysinfo s;

	sysinfo(&s);
	size = s.freeram / 5 * 3 / PAGE * PAGE;
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return 1;
	memset(p, 1, size);
	try("store", fill_by_store);
	try("read", fill_by_read);
	memset(p, 3, size);
	puts("done");
	return 0;
}
