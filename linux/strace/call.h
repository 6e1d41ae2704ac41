/* SPDX-License-Identifier: ISC */
/*
 * A call that is being printed, and the printers of its arguments. The table in calls.c says of what kind each argument is.
 * As strace does it, arguments up to the first that the call fills in are printed on the way in, the others on the way out.
 */
#ifndef LINUX_STRACE_CALL_H
#define LINUX_STRACE_CALL_H

#include "line.h"
#include "linux/calls.h"

struct traced {
	unsigned long nr;
	const struct callargs *args;
	long result;
	bool failed; /* the result is an error: nothing was filled in */
	bool broken; /* its beginning was printed, others have printed since */
	unsigned next; /* argument */
	uint64_t since; /* when it began */
	uint64_t saved; /* what an argument that is overwritten was */
	struct line line;
};

/* Argument i of the call, to c->line. */
typedef void call_printer(struct line *l, const struct traced *c, unsigned i);

/* Prints "name(" and the arguments that are known on the way in. */
void call_enter(struct traced *c);
/* The other arguments, ")" and the result. dying: the program will not see it. */
void call_leave(struct traced *c, bool dying);
/* The name, in buf when it has none. */
const char *call_text(unsigned long nr, char *buf, size_t size);

/* files.c, data.c */
call_printer print_dirfd, print_open, print_open_mode, print_open_bits, print_open_how, print_mode, print_device;
call_printer print_stat, print_statx, print_statx_flags, print_statfs, print_iovec_in, print_iovec_out, print_fds;
call_printer print_fcntl_arg, print_buffer_in, print_buffer_out, print_cwd, print_dents, print_offset,
    print_offset_moved;
call_printer print_utimes, print_timevals, print_mount_data;
void print_iovecs(struct line *l, uintptr_t iov, size_t count, long bytes);
void print_file_mode(struct line *l, unsigned mode);
void print_open_words(struct line *l, uint32_t v);
/* " (2001-09-09T01:46:40+0000)" */
void print_date(struct line *l, int64_t sec);
/* memory.c */
call_printer print_map, print_mremap_to, print_mincore;
/* process.c, identity.c */
call_printer print_clone, print_clone_out, print_clone3, print_argv, print_envp, print_status, print_rlimit;
call_printer print_rusage, print_uname, print_sysinfo, print_times, print_cpus, print_int, print_ids, print_id;
call_printer print_cap_header, print_cap_data, print_pointer, print_ulong;
/* control.c */
call_printer print_arch_prctl, print_prctl, print_futex_op, print_futex_value, print_futex_timeout, print_futex_addr;
call_printer print_futex_last, print_membarrier_cpu;
/* signals.c */
call_printer print_signal, print_sigset, print_sigaction, print_siginfo, print_sigstack, print_sigreturn,
    print_sigmask6;
void print_siginfo_at(struct line *l, const void *info);
/* time.c */
call_printer print_timespec, print_timespec_left, print_timeval, print_itimerspec, print_itimerval, print_sigevent;
call_printer print_clock, print_timezone, print_time;
bool print_timespec_at(struct line *l, uintptr_t addr);
/* poll.c */
call_printer print_pollfds, print_fdset, print_epoll_event, print_epoll_events;
void print_poll_result(struct line *l, const struct traced *c);
void print_select_result(struct line *l, const struct traced *c);
/* sockets.c */
call_printer print_family, print_socket_type, print_protocol, print_sockaddr, print_sockaddr_out, print_socklen;
call_printer print_msghdr, print_msghdr_out, print_mmsghdr;
void print_sockaddr_at(struct line *l, uintptr_t addr, size_t len);
/* sockopt.c */
call_printer print_level, print_option, print_option_value;
void print_level_name(struct line *l, int level);
void print_option_name(struct line *l, int level, int option);
/* ioctl.c */
call_printer print_ioctl, print_ioctl_arg;

#endif
