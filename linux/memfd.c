/* SPDX-License-Identifier: ISC */
/* memfd_create(2): a tmpfs file without a name. */
#include <linux/fcntl.h>
#include <linux/memfd.h>

#include "fs/tmpfs.h"
#include "lib/string.h"
#include "linux/calls.h"
#include "linux/fd.h"

#define NAME_MAX_BYTES 249u

long sys_memfd_create(struct uptr name, unsigned flags)
{
	char text[6 + NAME_MAX_BYTES + 1] = "memfd:";
	struct file *f;
	long n;

	if ((flags & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING)) != 0) /* no huge pages */
		return -EINVAL;
	n = copy_string_from_user(text + 6, name, NAME_MAX_BYTES + 1);
	if (n < 0)
		return n == -ENAMETOOLONG ? -EINVAL : n;
	n = tmpfs_unnamed(text, (flags & MFD_ALLOW_SEALING) != 0 ? 0 : F_SEAL_SEAL, &f);
	if (n != 0)
		return n;
	return fd_install(f, 0, (flags & MFD_CLOEXEC) != 0);
}
