/* SPDX-License-Identifier: ISC */
/* open(2), openat2(2), creat(2). */
#include <linux/fcntl.h>
#include <linux/openat2.h>

#include "linux/at.h"
#include "linux/calls.h"
#include "linux/task.h"

static long open_at(int dirfd, struct uptr path, unsigned flags, unsigned mode, unsigned lookup)
{
	struct file *f;
	struct at a;
	int err = at_begin(&a, dirfd, path);

	if (err != 0)
		return err;
	mode &= 07777u & ~process_current()->umask;
	err = vfs_open(&a.ctx, a.base, a.path, flags, mode, lookup, &f);
	at_end(&a);
	if (err != 0)
		return err;
	return fd_install(f, 0, (flags & O_CLOEXEC) != 0);
}

long sys_openat(int dirfd, struct uptr path, int flags, unsigned mode)
{
	return open_at(dirfd, path, (unsigned)flags, mode, 0);
}

long sys_open(struct uptr path, int flags, unsigned mode)
{
	return open_at(AT_FDCWD, path, (unsigned)flags, mode, 0);
}

long sys_creat(struct uptr path, unsigned mode)
{
	return open_at(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode, 0);
}

long sys_openat2(int dirfd, struct uptr path, struct uptr how, size_t size)
{
	const uint64_t known = O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND | O_NONBLOCK | O_SYNC |
			       FASYNC | O_DIRECT | O_LARGEFILE | O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_CLOEXEC |
			       O_PATH | O_TMPFILE;
	static const struct {
		uint64_t resolve;
		unsigned lookup;
	} map[] = {
	    {RESOLVE_NO_XDEV, LOOKUP_NO_XDEV},         {RESOLVE_NO_MAGICLINKS, LOOKUP_NO_MAGICLINKS},
	    {RESOLVE_NO_SYMLINKS, LOOKUP_NO_SYMLINKS}, {RESOLVE_BENEATH, LOOKUP_BENEATH},
	    {RESOLVE_IN_ROOT, LOOKUP_IN_ROOT},
	};
	unsigned lookup = 0;
	struct open_how h;

	if (size < sizeof h)
		return -EINVAL;
	if (get_user(h, how) != 0)
		return -EFAULT;
	for (size_t off = sizeof h; off < size; off++) {
		char c;

		if (size > 4096)
			return -E2BIG;
		if (get_user(c, uptr_add(how, off)) != 0)
			return -EFAULT;
		if (c != 0)
			return -E2BIG;
	}
	for (unsigned i = 0; i < ARRAY_LEN(map); i++) {
		if ((h.resolve & map[i].resolve) == 0)
			continue;
		lookup |= map[i].lookup;
		h.resolve &= ~map[i].resolve;
	}
	if (h.resolve != 0 || (h.flags & ~known) != 0 || (h.mode & ~07777ull) != 0)
		return -EINVAL;
	if ((lookup & (LOOKUP_BENEATH | LOOKUP_IN_ROOT)) == (LOOKUP_BENEATH | LOOKUP_IN_ROOT))
		return -EINVAL;
	if (h.mode != 0 && (h.flags & (O_CREAT | __O_TMPFILE)) == 0)
		return -EINVAL;
	return open_at(dirfd, path, (unsigned)h.flags, (unsigned)h.mode, lookup);
}
