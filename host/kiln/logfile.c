/* SPDX-License-Identifier: ISC */
/* Logs of background images: one writer, readers that follow it through rotation by the file that they have open. */
#include "logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hostlib/cleanup.h"
#include "hostlib/file.h"

static void rotate(struct logfile *l)
{
	close(l->fd);
	rename(l->path, l->old);
	l->fd = open(l->path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	l->size = 0;
}

int logfile_open(struct logfile *l, const struct instance *i, uint64_t limit, struct error *err)
{
	*l = (struct logfile){instance_file(i, "log"), instance_file(i, "log.1"), -1, 0, limit / 2};
	l->fd = open(l->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	l->size = l->fd < 0 ? 0 : (uint64_t)lseek(l->fd, 0, SEEK_END);
	if (l->fd >= 0 && l->size >= l->half)
		rotate(l);
	return l->fd < 0 ? error_errno(err, "%s", l->path) : 0;
}

void logfile_add(struct logfile *l, const char *bytes, size_t n)
{
	while (n) {
		size_t k = l->half - l->size < n ? l->half - l->size : n;

		if (file_write_fd(l->fd, bytes, k) < 0)
			return;
		l->size += k;
		bytes += k;
		n -= k;
		if (l->size == l->half)
			rotate(l);
	}
}

static int take_in(struct str *s, int fd)
{
	char buf[1 << 14];
	ssize_t n;

	while ((n = read(fd, buf, sizeof buf)) != 0)
		if (n > 0)
			str_add_n(s, buf, (size_t)n);
		else if (errno != EINTR)
			return -1;
	return 0;
}

/* Where the last `lines` lines begin. */
static size_t tail(const struct str *s, long lines)
{
	size_t at = s->len;

	if (lines < 0)
		return 0;
	while (at > 0) {
		if (s->p[at - 1] == '\n' && at < s->len && --lines <= 0)
			break;
		at--;
	}
	return lines || at ? at : 0;
}

static bool same_file(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_ino == y.st_ino && x.st_dev == y.st_dev;
}

int logfile_print(struct logfile_reader *r, const struct instance *i, long lines, struct error *err)
{
	AUTO_FREE char *old = instance_file(i, "log.1");
	AUTO_CLOSE int before = -1;
	AUTO_STR struct str s = {0};
	size_t at;

	/* log first: if it is renamed now, both are the same file. */
	r->path = instance_file(i, "log");
	r->fd = open(r->path, O_RDONLY | O_CLOEXEC);
	before = open(old, O_RDONLY | O_CLOEXEC);
	if (before >= 0 && (r->fd < 0 || !same_file(before, r->fd)))
		take_in(&s, before);
	if (r->fd >= 0 && take_in(&s, r->fd) < 0)
		return error_errno(err, "%s", r->path);
	at = lines == 0 ? s.len : tail(&s, lines);
	if (s.len > at && file_write_fd(1, s.p + at, s.len - at) < 0)
		return error_errno(err, "standard output");
	return 0;
}

int logfile_more(struct logfile_reader *r, struct error *err)
{
	for (;;) {
		AUTO_STR struct str s = {0};
		int next;

		/* Whether another file has taken its name is looked at first: then this one is complete. */
		next = open(r->path, O_RDONLY | O_CLOEXEC);
		if (r->fd >= 0)
			take_in(&s, r->fd);
		if (s.len && file_write_fd(1, s.p, s.len) < 0) {
			error_errno(err, "standard output");
			close(next);
			return -1;
		}
		if (next < 0)
			return 0;
		if (r->fd >= 0 && same_file(next, r->fd)) {
			close(next);
			return 0;
		}
		if (r->fd >= 0)
			close(r->fd);
		r->fd = next;
	}
}

int logfile_watch(const struct instance *i)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (fd < 0 || inotify_add_watch(fd, i->path, IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE) >= 0)
		return fd;
	close(fd);
	return -1;
}

void logfile_watched(int fd)
{
	char buf[4096];

	while (read(fd, buf, sizeof buf) > 0)
		;
}

void logfile_close(struct logfile_reader *r)
{
	if (r->fd >= 0)
		close(r->fd);
	free(r->path);
}
