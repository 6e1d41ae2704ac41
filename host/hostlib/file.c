/* SPDX-License-Identifier: ISC */
/* Whole files, and the place of this program's data. */
#include "hostlib/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hostlib/cleanup.h"

int file_map(struct file_map *m, const char *path, struct error *err)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *p;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(err, "%s", path);
	if (S_ISDIR(st.st_mode))
		return error_set(err, "%s: a directory", path);
	if (!S_ISREG(st.st_mode))
		return error_set(err, "%s: not a regular file", path);
	m->size = (size_t)st.st_size;
	m->data = (const uint8_t *)"";
	if (!m->size)
		return 0;
	p = mmap(NULL, m->size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return error_errno(err, "%s", path);
	m->data = p;
	return 0;
}

void file_unmap(struct file_map *m)
{
	if (m->size)
		munmap((void *)(uintptr_t)m->data, m->size);
	m->size = 0;
}

int file_write_fd(int fd, const void *data, size_t n)
{
	const char *p = data;

	while (n) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -1;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

int file_write(const char *path, const void *data, size_t n, unsigned mode, struct error *err)
{
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	struct stat st;

	if (fd >= 0 && file_write_fd(fd, data, n) == 0)
		return 0;
	error_errno(err, "%s", path);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) /* half of it is of no use */
		unlink(path);
	return -1;
}

int file_copy(int to, int from, uint64_t off, uint64_t n)
{
	AUTO_FREE char *buf = NULL;
	off_t at = (off_t)off;
	ssize_t done;

	while (n) {
		done = copy_file_range(from, &at, to, NULL, n, 0);
		if (done <= 0)
			break;
		n -= (uint64_t)done;
	}
	if (n)
		buf = xmalloc(1 << 16);
	while (n) {
		done = pread(from, buf, n < 1 << 16 ? n : 1 << 16, at);
		if (done <= 0) {
			if (!done)
				errno = EIO; /* shorter than it was */
			return -1;
		}
		if (file_write_fd(to, buf, (size_t)done) < 0)
			return -1;
		at += done;
		n -= (uint64_t)done;
	}
	return 0;
}

const char *file_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

const char *file_libdir(void)
{
	static char dir[PATH_MAX + 16];
	const char *env = getenv("KILN_LIBDIR");
	char *slash;
	ssize_t n;

	if (env && *env)
		return env;
	if (dir[0])
		return dir;
	n = readlink("/proc/self/exe", dir, PATH_MAX);
	dir[n > 0 ? n : 0] = '\0';
	for (int up = 0; up < 2; up++) {
		slash = strrchr(dir, '/');
		if (slash)
			*slash = '\0';
	}
	strcat(dir, "/lib/kiln");
	return dir;
}
