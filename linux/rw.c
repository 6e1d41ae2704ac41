/* SPDX-License-Identifier: ISC */
/*
 * read, write and their relatives: from a descriptor and the program's buffers to file_ops. read(2), write(2),
 * readv(2), pread(2). The short way matters here: one look into the table, one reference, one call.
 */
#include <asm/signal.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/resource.h>

#include "linux/calls.h"
#include "fs/vfs.h"
#include "kernel/heap.h"
#include "linux/fd.h"
#include "linux/task.h"

#define RW_MAX    0x7ffff000ul /* as Linux's MAX_RW_COUNT */
#define IOV_LIMIT 1024u
#define IOV_FAST  8u

enum direction { READ, WRITE };

/* RLIMIT_FSIZE: what would lie beyond is not written; nothing of it could be: SIGXFSZ. */
static int limit_size(const struct file *f, struct uio *u, uint64_t pos)
{
	uint64_t max = process_current()->rlimit[RLIMIT_FSIZE].cur;

	if (LIKELY(max == UINT64_MAX) || f->inode == NULL || !S_ISREG(f->inode->mode) || u->left == 0)
		return 0;
	if ((f->flags & O_APPEND) != 0)
		pos = f->inode->size;
	if (pos >= max) {
		signal_own(SIGXFSZ);
		return -EFBIG;
	}
	u->left = MIN(u->left, max - pos);
	return 0;
}

static ssize_t transfer(struct file *f, struct uio *u, uint64_t *pos, enum direction d)
{
	ssize_t n;

	if (d == READ) {
		if (UNLIKELY((f->flags & O_ACCMODE) == O_WRONLY))
			return -EBADF;
		return f->ops->read != NULL ? f->ops->read(f, u, pos) : -EINVAL;
	}
	if (UNLIKELY((f->flags & O_ACCMODE) == O_RDONLY))
		return -EBADF;
	n = limit_size(f, u, *pos);
	if (n == 0)
		n = f->ops->write != NULL ? f->ops->write(f, u, pos) : -EINVAL;
	if (UNLIKELY(n == -EPIPE) && !f->quiet)
		signal_own(SIGPIPE);
	return n;
}

static long simple(int fd, struct uptr buf, size_t count, enum direction d)
{
	struct file *f = fd_get(fd);
	struct uvec v;
	struct uio u;
	long n;

	if (UNLIKELY(f == NULL))
		return -EBADF;
	uio_init_user(&u, &v, buf, MIN(count, RW_MAX));
	n = transfer(f, &u, &f->pos, d);
	file_put(f);
	return n;
}

long sys_read(int fd, struct uptr buf, size_t count)
{
	return simple(fd, buf, count, READ);
}

long sys_write(int fd, struct uptr buf, size_t count)
{
	return simple(fd, buf, count, WRITE);
}

/* Copies and checks the program's vector; *out is `fast` or memory that the caller frees. */
static int vec_get(struct uptr iov, unsigned long count, struct uvec *fast, struct uvec **out)
{
	struct uvec *v = fast;
	size_t left = RW_MAX;

	if (count > IOV_LIMIT)
		return -EINVAL;
	if (count > IOV_FAST) {
		v = kmalloc(count * sizeof *v);
		if (v == NULL)
			return -ENOMEM;
	}
	*out = v;
	if (copy_from_user(v, iov, count * sizeof *v) != 0)
		return -EFAULT;
	for (unsigned i = 0; i < count; i++) {
		if ((ssize_t)v[i].len < 0)
			return -EINVAL;
		if (v[i].len > left)
			v[i].len = left;
		left -= v[i].len;
	}
	return 0;
}

/* pos NULL: the file's own. */
static long vectored(int fd, struct uptr iov, unsigned long count, uint64_t *pos, enum direction d)
{
	struct file *f = fd_get(fd);
	struct uvec fast[IOV_FAST], *v = fast;
	struct uio u;
	long n;

	if (f == NULL)
		return -EBADF;
	n = pos != NULL && f->ops->seek == NULL ? -ESPIPE : vec_get(iov, count, fast, &v);
	if (n == 0) {
		uio_init_vec(&u, v, (unsigned)count, false);
		n = transfer(f, &u, pos != NULL ? pos : &f->pos, d);
	}
	if (v != fast)
		kfree(v);
	file_put(f);
	return n;
}

long sys_readv(int fd, struct uptr iov, unsigned long count)
{
	return vectored(fd, iov, count, NULL, READ);
}

long sys_writev(int fd, struct uptr iov, unsigned long count)
{
	return vectored(fd, iov, count, NULL, WRITE);
}

static long positioned(int fd, struct uptr buf, size_t count, int64_t off, enum direction d)
{
	struct file *f;
	struct uvec v;
	struct uio u;
	uint64_t pos = (uint64_t)off;
	long n;

	if (off < 0)
		return -EINVAL;
	f = fd_get(fd);
	if (f == NULL)
		return -EBADF;
	uio_init_user(&u, &v, buf, MIN(count, RW_MAX));
	n = f->ops->seek == NULL ? -ESPIPE : transfer(f, &u, &pos, d);
	file_put(f);
	return n;
}

long sys_pread64(int fd, struct uptr buf, size_t count, int64_t off)
{
	return positioned(fd, buf, count, off, READ);
}

long sys_pwrite64(int fd, struct uptr buf, size_t count, int64_t off)
{
	return positioned(fd, buf, count, off, WRITE);
}

/* On 64-bit machines the whole offset is in its low half. */
static long positioned_vec(int fd, struct uptr iov, unsigned long count, int64_t off, enum direction d)
{
	uint64_t pos = (uint64_t)off;

	return off < 0 ? -EINVAL : vectored(fd, iov, count, &pos, d);
}

long sys_preadv(int fd, struct uptr iov, unsigned long count, int64_t off, long high)
{
	(void)high;
	return positioned_vec(fd, iov, count, off, READ);
}

long sys_pwritev(int fd, struct uptr iov, unsigned long count, int64_t off, long high)
{
	(void)high;
	return positioned_vec(fd, iov, count, off, WRITE);
}

/* Offset -1 is the file's own position. RWF_HIPRI is a hint, and what is written is as safe as it gets (RWF_SYNC). */
static long with_flags(int fd, struct uptr iov, unsigned long count, int64_t off, int flags, enum direction d)
{
	if ((flags & ~(RWF_HIPRI | RWF_DSYNC | RWF_SYNC)) != 0)
		return -EOPNOTSUPP;
	return off == -1 ? vectored(fd, iov, count, NULL, d) : positioned_vec(fd, iov, count, off, d);
}

long sys_preadv2(int fd, struct uptr iov, unsigned long count, int64_t off, long high, int flags)
{
	(void)high;
	return with_flags(fd, iov, count, off, flags, READ);
}

long sys_pwritev2(int fd, struct uptr iov, unsigned long count, int64_t off, long high, int flags)
{
	(void)high;
	return with_flags(fd, iov, count, off, flags, WRITE);
}
