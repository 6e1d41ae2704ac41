/* SPDX-License-Identifier: ISC */
/*
 * The host-call table: which system calls may leave from the gate, with which arguments, and why. The seccomp
 * filter is generated from it and docs/hostcalls.md is printed from it. Whoever runs inside can jump to the
 * gate, so the arguments carry all of the security.
 */
#ifndef HOSTCALLS_H
#define HOSTCALLS_H

#include "lib/base.h"
#include <linux/filter.h>

enum hostcall_region { REGION_USER, REGION_DIRECT, REGION_MEMORY, REGION_PAYLOAD, REGIONS };
enum hostcall_fds { FDS_IN, FDS_OUT, FDS_MEMORY, FDS_IMAGE, FDS_NIC, FDS_DISK, FD_SETS };

/* What differs from run to run. */
struct hostcall_env {
	uint64_t gate_ip; /* address behind the gate's syscall instruction */
	struct {
		uint64_t lo, hi; /* [lo, hi) */
	} region[REGIONS];
	uint32_t fds[FD_SETS]; /* bit n: descriptor n, 0 to 30 */
	int32_t timer;
	bool allow_wx; /* program memory may be writable and executable at once */
	bool allow_fs_base; /* no wrfsbase on this CPU */
};

enum hostcall_kind {
	ARG_UNUSED, /* not looked at by the host */
	ARG_ANY, /* a value or an address inside the process that no check can make safer */
	ARG_IS, /* equals value, with or without the bits of `length` */
	ARG_UP_TO, /* at most value, unsigned */
	ARG_ONE_OF, /* an int below 32 whose bit is in value */
	ARG_FD, /* an int in the set of descriptors `value` */
	ARG_TIMER, /* an int, the timer */
	ARG_PROT, /* protections: below 8 and a bit of value */
	ARG_PROT_WX, /* the same, and read, write and execute at once with allow_wx */
	ARG_IN, /* [arg, arg + argument `length`) lies in region `value`, without overflow */
};

struct hostcall_arg {
	enum hostcall_kind kind;
	uint64_t value;
	unsigned length;
};

struct hostcall {
	unsigned nr;
	bool fs_base_only;
	const char *name;
	struct hostcall_arg arg[6];
	const char *why;
};

extern const struct hostcall hostcalls[];
extern const unsigned hostcalls_count;

/*
 * Writes the filter: at most max instructions to out. Returns their number, 0 when they do not fit.
 * Instruction pointer elsewhere: SECCOMP_RET_TRAP. Another architecture, a call that is not in the table, or
 * none of whose rows fits: SECCOMP_RET_KILL_PROCESS.
 */
unsigned hostcalls_filter(struct sock_filter *out, unsigned max, const struct hostcall_env *env);

/* The table as text, row by row; emit gets pieces that are NUL-terminated. */
void hostcalls_print(void (*emit)(const char *text));

#endif
