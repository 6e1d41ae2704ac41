/* SPDX-License-Identifier: ISC */
/* Classes of system calls that a filter may name, strace's own: %file are those that take a name of a file, %desc a descriptor. */
#include "classes.h"

#include "lib/string.h"

#include <asm/unistd.h>

static const uint16_t file[] = {
    __NR_access,       __NR_chdir,      __NR_chmod,      __NR_chown,     __NR_chroot,   __NR_creat,     __NR_execve,
    __NR_execveat,     __NR_faccessat,  __NR_faccessat2, __NR_fchmodat,  __NR_fchownat, __NR_futimesat, __NR_getcwd,
    __NR_getxattr,     __NR_lchown,     __NR_lgetxattr,  __NR_link,      __NR_linkat,   __NR_listxattr, __NR_llistxattr,
    __NR_lremovexattr, __NR_lsetxattr,  __NR_lstat,      __NR_mkdir,     __NR_mkdirat,  __NR_mknod,     __NR_mknodat,
    __NR_mount,        __NR_newfstatat, __NR_open,       __NR_openat,    __NR_openat2,  __NR_readlink,  __NR_readlinkat,
    __NR_removexattr,  __NR_rename,     __NR_renameat,   __NR_renameat2, __NR_rmdir,    __NR_setxattr,  __NR_stat,
    __NR_statfs,       __NR_statx,      __NR_symlink,    __NR_symlinkat, __NR_truncate, __NR_umount2,   __NR_unlink,
    __NR_unlinkat,     __NR_utime,      __NR_utimensat,  __NR_utimes,
};
static const uint16_t network[] = {
    __NR_accept, __NR_accept4,    __NR_bind,     __NR_connect, __NR_getpeername, __NR_getsockname, __NR_getsockopt,
    __NR_listen, __NR_recvfrom,   __NR_recvmmsg, __NR_recvmsg, __NR_sendfile,    __NR_sendmmsg,    __NR_sendmsg,
    __NR_sendto, __NR_setsockopt, __NR_shutdown, __NR_socket,  __NR_socketpair,
};
static const uint16_t process[] = {
    __NR_clone,
    __NR_clone3,
    __NR_execve,
    __NR_execveat,
    __NR_exit,
    __NR_exit_group,
    __NR_fork,
    __NR_kill,
    __NR_pidfd_send_signal,
    __NR_rt_sigqueueinfo,
    __NR_rt_tgsigqueueinfo,
    __NR_tgkill,
    __NR_tkill,
    __NR_vfork,
    __NR_wait4,
    __NR_waitid,
};
static const uint16_t memory[] = {
    __NR_brk,      __NR_madvise, __NR_mincore, __NR_mlock,   __NR_mlock2,     __NR_mlockall, __NR_mmap,
    __NR_mprotect, __NR_mremap,  __NR_msync,   __NR_munlock, __NR_munlockall, __NR_munmap,
};
static const uint16_t desc[] = {
    __NR_close,
    __NR_copy_file_range,
    __NR_creat,
    __NR_dup,
    __NR_dup2,
    __NR_dup3,
    __NR_epoll_create,
    __NR_epoll_create1,
    __NR_epoll_ctl,
    __NR_epoll_pwait,
    __NR_epoll_pwait2,
    __NR_epoll_wait,
    __NR_eventfd,
    __NR_eventfd2,
    __NR_execveat,
    __NR_faccessat,
    __NR_faccessat2,
    __NR_fadvise64,
    __NR_fallocate,
    __NR_fchdir,
    __NR_fchmod,
    __NR_fchmodat,
    __NR_fchown,
    __NR_fchownat,
    __NR_fcntl,
    __NR_fdatasync,
    __NR_fgetxattr,
    __NR_flistxattr,
    __NR_flock,
    __NR_fremovexattr,
    __NR_fsetxattr,
    __NR_fstat,
    __NR_fstatfs,
    __NR_fsync,
    __NR_ftruncate,
    __NR_futimesat,
    __NR_getdents,
    __NR_getdents64,
    __NR_ioctl,
    __NR_linkat,
    __NR_lseek,
    __NR_memfd_create,
    __NR_mkdirat,
    __NR_mknodat,
    __NR_mmap,
    __NR_newfstatat,
    __NR_open,
    __NR_openat,
    __NR_openat2,
    __NR_pidfd_open,
    __NR_pidfd_send_signal,
    __NR_pipe,
    __NR_pipe2,
    __NR_poll,
    __NR_ppoll,
    __NR_pread64,
    __NR_preadv,
    __NR_preadv2,
    __NR_pselect6,
    __NR_pwrite64,
    __NR_pwritev,
    __NR_pwritev2,
    __NR_read,
    __NR_readahead,
    __NR_readlinkat,
    __NR_readv,
    __NR_renameat,
    __NR_renameat2,
    __NR_select,
    __NR_sendfile,
    __NR_signalfd,
    __NR_signalfd4,
    __NR_statx,
    __NR_symlinkat,
    __NR_sync_file_range,
    __NR_syncfs,
    __NR_timerfd_create,
    __NR_timerfd_gettime,
    __NR_timerfd_settime,
    __NR_unlinkat,
    __NR_utimensat,
    __NR_write,
    __NR_writev,
};
static const uint16_t signal[] = {
    __NR_kill,
    __NR_pause,
    __NR_pidfd_send_signal,
    __NR_rt_sigaction,
    __NR_rt_sigpending,
    __NR_rt_sigprocmask,
    __NR_rt_sigqueueinfo,
    __NR_rt_sigreturn,
    __NR_rt_sigsuspend,
    __NR_rt_sigtimedwait,
    __NR_rt_tgsigqueueinfo,
    __NR_sigaltstack,
    __NR_signalfd,
    __NR_signalfd4,
    __NR_tgkill,
    __NR_tkill,
};

static const struct {
	const char *name;
	const uint16_t *calls;
	size_t count;
} classes[] = {
    {"%file", file, ARRAY_LEN(file)},       {"%network", network, ARRAY_LEN(network)},
    {"%net", network, ARRAY_LEN(network)},  {"%process", process, ARRAY_LEN(process)},
    {"%memory", memory, ARRAY_LEN(memory)}, {"%desc", desc, ARRAY_LEN(desc)},
    {"%signal", signal, ARRAY_LEN(signal)},
};

bool class_each(const char *name, size_t len, void (*fn)(unsigned long nr))
{
	for (unsigned i = 0; i < ARRAY_LEN(classes); i++) {
		if (strlen(classes[i].name) != len || memcmp(classes[i].name, name, len) != 0)
			continue;
		for (size_t k = 0; k < classes[i].count; k++)
			fn(classes[i].calls[k]);
		return true;
	}
	return false;
}
