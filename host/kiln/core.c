/* SPDX-License-Identifier: ISC */
/*
 * kiln run --core: the guest names the pieces of its core file (abi/trace.h), which are copied out of its memory here. It
 * is not trusted: pieces lie in its memory, a file holds at most twice that memory (pages may be mapped more than once), how
 * large holes make it look and how many files there are has a limit, and names have only letters, digits and a few signs.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hostlib/cleanup.h"
#include "hostlib/file.h"
#include "trace.h"

#define HOLE_MAX (1ull << 46)
#define FILES    100u /* of one run */
#define WRITTEN  1
#define FAILED   2

static bool is_other(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode) && !S_ISDIR(st.st_mode);
}

static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int trace_core_set(struct trace *t, const char *path, struct error *err)
{
	AUTO_FREE char *dir = xstrndup(path, (size_t)(file_base(path) - path));

	t->core = path;
	if (is_other(path)) /* a file takes its place */
		return error_set(err, "--core %s: neither a file nor a directory", path);
	if (access(is_directory(path) ? path : *dir ? dir : ".", W_OK) < 0)
		return error_errno(err, "--core %s", path);
	return 0;
}

static char *file_name(const struct trace *t, const struct trace_core *r)
{
	char comm[sizeof r->comm + 1] = "";

	memcpy(comm, r->comm, sizeof r->comm);
	for (char *p = comm; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("._+-", *p))
			*p = '_';
	return is_directory(t->core) ? xasprintf("%s/core.%s.%u", t->core, comm, r->pid) : xstrdup(t->core);
}

/* A new file in the place of an old one, so that nobody's link is written through. */
static void begin(struct trace *t, const struct trace_core *r)
{
	AUTO_FREE char *path = file_name(t, r);

	if (t->core_fd >= 0)
		close(t->core_fd);
	t->core_fd = -1;
	if (t->cores == FILES) {
		fprintf(stderr, "kiln: %s: not written: there are %u core files of this run\n", path, FILES);
		return;
	}
	t->cores++;
	t->core_room = 2 * t->bytes;
	if (unlink(path) < 0 && errno != ENOENT)
		fprintf(stderr, "kiln: %s: %s\n", path, strerror(errno));
	t->core_fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (t->core_fd < 0)
		fprintf(stderr, "kiln: %s: %s\n", path, strerror(errno));
	else
		fprintf(stderr, "kiln: core file: %s\n", path);
}

static bool put(struct trace *t, uint64_t pa, uint64_t size)
{
	off_t end = lseek(t->core_fd, 0, SEEK_CUR);

	errno = EFBIG;
	if (pa == TRACE_CORE_HOLE)
		return size <= HOLE_MAX && end <= (off_t)HOLE_MAX && lseek(t->core_fd, (off_t)size, SEEK_CUR) >= 0;
	errno = pa > t->bytes || size > t->bytes - pa ? EFAULT : EFBIG;
	if (errno == EFAULT || size > t->core_room)
		return false;
	t->core_room -= size;
	return file_write_fd(t->core_fd, t->map + pa, size) == 0;
}

void trace_core(struct trace *t, const struct trace_core *r)
{
	const struct trace_piece *piece = (const struct trace_piece *)(const void *)(r + 1);
	bool good;

	errno = EINVAL;
	good = t->core != NULL && r->count <= (r->record.size - sizeof *r) / sizeof *piece;

	if (good && r->record.flags & TRACE_CORE_FIRST)
		begin(t, r);
	good = good && t->core_fd >= 0;
	for (uint32_t i = 0; good && i < r->count; i++)
		good = put(t, piece[i].pa, piece[i].size);
	if (t->core_fd >= 0 && (!good || r->record.flags & TRACE_CORE_LAST)) {
		/* A hole at the end has a size too. */
		if (ftruncate(t->core_fd, lseek(t->core_fd, 0, SEEK_CUR)) < 0)
			good = false;
		if (!good)
			fprintf(stderr, "kiln: the core file is not complete: %s\n", strerror(errno));
		close(t->core_fd);
		t->core_fd = -1;
	}
	if (r->answer < t->bytes)
		__atomic_store_n(t->map + r->answer, good ? WRITTEN : FAILED, __ATOMIC_RELEASE);
}
