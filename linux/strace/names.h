/* SPDX-License-Identifier: ISC */
/* The tables of constants. */
#ifndef LINUX_STRACE_NAMES_H
#define LINUX_STRACE_NAMES_H

#include "line.h"

extern const struct names names_open, names_access, names_at, names_faccess, names_whence;
extern const struct names names_statx_flags, names_statx_mask, names_statx_attributes, names_fcntl;
extern const struct names names_fd_flags, names_seals, names_lock_types, names_flock, names_rename;
extern const struct names names_falloc, names_fadvise, names_sync_range, names_rwf, names_resolve;
extern const struct names names_mount, names_umount, names_xattr, names_memfd, names_close_range;
extern const struct names names_prot, names_map, names_map_types, names_mremap, names_msync, names_advice, names_mlock;
extern const struct names names_mlockall, names_clone, names_wait, names_waitid;
extern const struct names names_rlimits, names_rusage, names_priority, names_sched, names_arch_prctl;
extern const struct names names_prctl, names_futex, names_futex_ops, names_futex_cmps, names_membarrier;
extern const struct names names_membarrier_flags, names_getrandom, names_how, names_sa, names_ss;
extern const struct names names_sfd, names_clocks, names_itimers, names_timer_abstime, names_tfd;
extern const struct names names_efd, names_poll, names_epoll, names_epoll_ops;
extern const struct names names_epoll_create, names_shutdown, names_msg, names_sock_flags;

#endif
