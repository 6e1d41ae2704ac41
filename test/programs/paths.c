/* SPDX-License-Identifier: ISC */
/* Does to paths what its arguments say, one after the other, a line of output each: "cat PATH", "put PATH=TEXT", "ls DIR",
 * "rm PATH", "mv PATH=PATH", "sum PATH", "map PATH" (the same by mmap), "fill PATH" (writes until it fails), "share PATH" (a shared mapping and the file are one). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int list(const char *dir)
{
	char *names[512];
	int n = 0;
	DIR *d = opendir(dir);

	if (d == NULL)
		return -1;
	for (struct dirent *e; (e = readdir(d)) != NULL && n < 512;)
		if (e->d_name[0] != '.')
			names[n++] = strdup(e->d_name);
	closedir(d);
	qsort(names, n, sizeof *names, by_name);
	for (int i = 0; i < n; i++)
		printf("%s%s", i > 0 ? " " : "", names[i]);
	putchar('\n');
	return 0;
}

static unsigned long sum(const unsigned char *p, size_t n, unsigned long s)
{
	while (n-- > 0)
		s = s * 31 + *p++;
	return s;
}

static int content(const char *what, const char *path)
{
	static unsigned char buf[65536];
	int fd = open(path, O_RDONLY);
	unsigned long s = 0;
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) != 0)
		return -1;
	if (*what == 'm') {
		void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);

		if (p == MAP_FAILED)
			return -1;
		printf("%lu\n", sum(p, (size_t)st.st_size, 0));
	} else if (*what == 's') {
		while ((n = read(fd, buf, sizeof buf)) > 0)
			s = sum(buf, (size_t)n, s);
		printf("%lu\n", s);
	} else {
		while ((n = read(fd, buf, sizeof buf)) > 0)
			fwrite(buf, 1, (size_t)n, stdout);
	}
	return close(fd);
}

static int fill(const char *path)
{
	static char buf[4096];
	int fd = open(path, O_WRONLY | O_CREAT, 0644);
	long total = 0;
	ssize_t n;

	if (fd < 0)
		return -1;
	while ((n = write(fd, buf, sizeof buf)) > 0)
		total += n;
	printf("%ld %s\n", total, strerror(errno));
	return close(fd);
}

static int share(const char *path)
{
	int fd = open(path, O_RDWR);
	char c[2], *p = fd < 0 ? MAP_FAILED : mmap(NULL, 20000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		return -1;
	c[0] = p[10000]; /* comes in for reading first */
	printf("%s ", pwrite(fd, "PQ", 2, 10000) == 2 && p[10000] == 'P' && c[0] != 'P' ? "seen" : "not seen");
	p[10001] = 'M';
	printf("%s\n", pread(fd, c, 2, 10000) == 2 && c[0] == 'P' && c[1] == 'M' ? "stored" : "not stored");
	return close(fd);
}

static int run(const char *what, char *path)
{
	char *second = strchr(path, '=');

	if (second != NULL)
		*second++ = '\0';
	if (strcmp(what, "ls") == 0)
		return list(path);
	if (strcmp(what, "rm") == 0)
		return unlink(path);
	if (strcmp(what, "mv") == 0)
		return rename(path, second);
	if (strcmp(what, "fill") == 0)
		return fill(path);
	if (strcmp(what, "share") == 0)
		return share(path);
	if (strcmp(what, "put") == 0) {
		int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

		return fd < 0 || write(fd, second, strlen(second)) < 0 || close(fd) != 0 ? -1 : 0;
	}
	return content(what, path);
}

int main(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i += 2) {
		if (run(argv[i], argv[i + 1]) != 0) {
			printf("%s: %s\n", argv[i + 1], strerror(errno));
			fflush(stdout);
			return 1;
		}
		fflush(stdout);
	}
	return 0;
}
