/* SPDX-License-Identifier: ISC */
/* Makes and ends all sorts of files over and over, and prints by how many kB free memory shrank (MemFree of /proc/meminfo). */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROUNDS 500

static char buf[65536];

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

static long mem_free(void)
{
	int fd = open("/proc/meminfo", O_RDONLY);
	ssize_t n = read(fd, buf, sizeof buf - 1);

	must(n > 0, "/proc/meminfo");
	buf[n] = '\0';
	close(fd);
	return atol(strstr(buf, "MemFree:") + 8);
}

static void polled(void)
{
	int p[2], ep = epoll_create1(0), outer = epoll_create1(0), e = eventfd(1, 0);
	struct epoll_event ev = {.events = EPOLLIN};
	struct pollfd v[20];

	must(pipe(p) == 0 && write(p[1], buf, 30000) == 30000, "pipe");
	must(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &ev) == 0 && epoll_ctl(ep, EPOLL_CTL_ADD, e, &ev) == 0 &&
		 epoll_ctl(outer, EPOLL_CTL_ADD, ep, &ev) == 0 && epoll_wait(outer, &ev, 1, 0) == 1,
	     "epoll");
	for (int i = 0; i < 20; i++)
		v[i] = (struct pollfd){p[0], POLLIN, 0};
	must(poll(v, 20, 0) == 20, "poll");
	close(ep);
	close(p[0]);
	close(p[1]);
	close(e);
	close(outer);
}

static void contents(void)
{
	struct flock l = {.l_type = F_WRLCK, .l_len = 5};
	int fd = open("/tmp/x", O_RDWR | O_CREAT, 0600), m = memfd_create("m", 0);
	char *p;

	must(write(fd, buf, 50000) == 50000 && flock(fd, LOCK_EX) == 0 && fcntl(fd, F_SETLK, &l) == 0 &&
		 ftruncate(fd, 3) == 0,
	     "file");
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	must(p != MAP_FAILED, "mmap");
	p[0] = 1;
	munmap(p, 4096);
	close(fd);
	must(write(m, buf, 10000) == 10000, "memfd");
	close(m);
	fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);
	must(write(fd, buf, 5000) == 5000, "O_TMPFILE");
	close(fd);
}

static void names(void)
{
	static const char long_name[] = "/tmp/a-name-that-does-not-fit-where-the-short-one-was";
	int fd = -1;

	must(rename("/tmp/x", long_name) == 0 && symlink("x", "/tmp/l") == 0 && link(long_name, "/tmp/z") == 0,
	     "names");
	must(unlink("/tmp/l") == 0 && unlink("/tmp/z") == 0 && unlink(long_name) == 0, "unlink");
	must(mkdir("/tmp/d", 0700) == 0 && mkdir("/tmp/d/e", 0700) == 0 && rmdir("/tmp/d/e") == 0 &&
		 rmdir("/tmp/d") == 0,
	     "mkdir");
	must(mkfifo("/tmp/f", 0600) == 0 && (fd = open("/tmp/f", O_RDWR)) >= 0 && write(fd, "x", 1) == 1, "fifo");
	close(fd);
	unlink("/tmp/f");
	must(open("/none/x", O_RDONLY) < 0, "nothing there");
}

static void made_when_read(void)
{
	struct stat st;
	DIR *d = opendir("/proc/self/fd");
	int fd = open("/proc/self/maps", O_RDONLY);

	must(d != NULL && read(fd, buf, 4096) > 0, "/proc/self");
	while (readdir(d) != NULL)
		;
	closedir(d);
	close(fd);
	must(readlink("/proc/self/exe", buf, 100) > 0 && stat("/proc/self/fd/1", &st) == 0, "links");
}

static void round_of_all(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		polled();
		contents();
		names();
		made_when_read();
	}
}

int main(void)
{
	long before;

	round_of_all(); /* what stays for good is made once */
	before = mem_free();
	round_of_all();
	round_of_all();
	printf("%ld\n", before - mem_free());
	return 0;
}
