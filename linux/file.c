/* SPDX-License-Identifier: ISC */
/* Calls on descriptors and on open files of any kind: close(2), dup(2), fcntl(2), ioctl(2), lseek(2), fsync(2). */
#include <asm/ioctls.h>
#include <asm/sockios.h>
#include <linux/close_range.h>
#include <linux/fcntl.h>
#include <linux/resource.h>

#include "linux/file.h"
#include "linux/calls.h"
#include "linux/fd.h"
#include "linux/task.h"

const struct file_async_ops *file_async;
long (*file_lock_hook)(struct file *f, unsigned cmd, struct uptr arg);

long sys_close(int fd)
{
	return fd_close(fd);
}

long sys_close_range(unsigned first, unsigned last, unsigned flags)
{
	struct process *p = process_current();
	unsigned end;

	if (first > last || (flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)) != 0)
		return -EINVAL;
	/* A table is its process's: one shared by several threads cannot be split. */
	if ((flags & CLOSE_RANGE_UNSHARE) != 0 && p->task_count > 1)
		return -EINVAL;
	if ((flags & CLOSE_RANGE_UNSHARE) != 0 && fd_unshare(p) != 0)
		return -ENOMEM;
	end = (unsigned)fd_table_end(p->fds);
	for (unsigned fd = first; fd <= last && fd < end; fd++) {
		if (fd_table_peek(p->fds, (int)fd) == NULL)
			continue;
		if ((flags & CLOSE_RANGE_CLOEXEC) != 0)
			fd_set_cloexec((int)fd, true);
		else if (fd_close((int)fd) != 0)
			return -EBADF;
	}
	return 0;
}

static long dup_min(int fd, int min, bool cloexec)
{
	struct file *f = fd_get_any(fd);

	if (f == NULL)
		return -EBADF;
	return fd_install(f, min, cloexec);
}

long sys_dup(int fd)
{
	return dup_min(fd, 0, false);
}

static long dup_to(int fd, int to, bool cloexec)
{
	struct file *f = fd_get_any(fd);
	int err;

	if (f == NULL)
		return -EBADF;
	err = fd_replace(to, f, cloexec);
	if (err != 0) {
		file_put(f);
		return err;
	}
	return to;
}

long sys_dup2(int fd, int to)
{
	if (fd == to)
		return fd_table_peek(process_current()->fds, fd) == NULL ? -EBADF : to;
	return dup_to(fd, to, false);
}

long sys_dup3(int fd, int to, int flags)
{
	if ((flags & ~O_CLOEXEC) != 0 || fd == to)
		return -EINVAL;
	return dup_to(fd, to, (flags & O_CLOEXEC) != 0);
}

static long control(struct file *f, int fd, unsigned cmd, uintptr_t arg)
{
	const unsigned settable = O_APPEND | O_NONBLOCK | O_NOATIME;

	switch (cmd) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		if (arg >= process_current()->rlimit[RLIMIT_NOFILE].cur)
			return -EINVAL;
		return dup_min(fd, (int)arg, cmd == F_DUPFD_CLOEXEC);
	case F_GETFD: return fd_cloexec(fd) ? FD_CLOEXEC : 0;
	case F_SETFD: fd_set_cloexec(fd, (arg & FD_CLOEXEC) != 0); return 0;
	case F_GETFL: return (long)f->flags;
	}
	if ((f->flags & O_PATH) != 0)
		return -EBADF;
	switch (cmd) {
	case F_SETFL:
		f->flags = (f->flags & ~settable) | ((unsigned)arg & settable);
		return file_async != NULL ? file_async->control(f, fd, cmd, arg) : 0;
	case F_SETOWN:
	case F_GETOWN:
	case F_SETSIG:
	case F_GETSIG:
	case F_SETOWN_EX:
	case F_GETOWN_EX: return file_async != NULL ? file_async->control(f, fd, cmd, arg) : -EINVAL;
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
	case F_OFD_GETLK:
	case F_OFD_SETLK:
	case F_OFD_SETLKW: return file_lock_hook != NULL ? file_lock_hook(f, cmd, UPTR(arg)) : -EINVAL;
	}
	return f->ops->fcntl != NULL ? f->ops->fcntl(f, cmd, arg) : -EINVAL;
}

long sys_fcntl(int fd, unsigned cmd, unsigned long arg)
{
	struct file *f = fd_get_any(fd);
	long n;

	if (f == NULL)
		return -EBADF;
	n = control(f, fd, cmd, arg);
	file_put(f);
	return n;
}

static long device_control(struct file *f, int fd, unsigned cmd, uintptr_t arg)
{
	int on;

	switch (cmd) {
	case FIOCLEX:
	case FIONCLEX: fd_set_cloexec(fd, cmd == FIOCLEX); return 0;
	case FIONBIO:
		if (get_user(on, UPTR(arg)) != 0)
			return -EFAULT;
		f->flags = on != 0 ? f->flags | O_NONBLOCK : f->flags & ~(unsigned)O_NONBLOCK;
		return 0;
	case FIOASYNC:
	case FIOSETOWN:
	case SIOCSPGRP:
	case FIOGETOWN:
	case SIOCGPGRP: return file_async != NULL ? file_async->device_control(f, fd, cmd, arg) : -ENOTTY;
	}
	return f->ops->ioctl != NULL ? f->ops->ioctl(f, cmd, arg) : -ENOTTY;
}

long sys_ioctl(int fd, unsigned cmd, unsigned long arg)
{
	struct file *f = fd_get(fd);
	long n;

	if (f == NULL)
		return -EBADF;
	n = device_control(f, fd, cmd, arg);
	file_put(f);
	return n;
}

long sys_lseek(int fd, int64_t off, int whence)
{
	struct file *f = fd_get(fd);
	long n;

	if (f == NULL)
		return -EBADF;
	n = f->ops->seek != NULL ? f->ops->seek(f, off, whence) : -ESPIPE;
	file_put(f);
	return n;
}

static long sync_file(int fd)
{
	struct file *f = fd_get(fd);
	long n;

	if (f == NULL)
		return -EBADF;
	n = f->ops->sync != NULL ? f->ops->sync(f) : -EINVAL;
	file_put(f);
	return n;
}

long sys_fsync(int fd)
{
	return sync_file(fd);
}

long sys_fdatasync(int fd)
{
	return sync_file(fd);
}
