/* SPDX-License-Identifier: ISC */
/*
 * The helper shuts itself in: it parses what a guest sends. No capability, nothing to gain by exec, no core file, nobody
 * may trace it, no file (Landlock, where the kernel has it), and a filter that knows the calls libslirp makes once the
 * published ports are bound. Everything else ends the process. The table is `calls`; a row has at most one argument that
 * is looked at.
 */
#include "slirp.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum look { ANY, ONE_OF, WITHOUT };

struct call {
	unsigned nr;
	enum look
	    look; /* ONE_OF: the low half of the argument, without `mask`, is a value; WITHOUT: no bit of value[0] */
	unsigned arg;
	uint32_t mask;
	uint32_t value[4]; /* ends with 0 */
};

/* clang-format off */
static const struct call calls[] = {
	/* The two loops' own. */
	{SYS_poll, ANY, 0, 0, {0}},
	{SYS_recvmmsg, ANY, 0, 0, {0}},
	{SYS_sendmmsg, ANY, 0, 0, {0}},
	{SYS_clock_gettime, ANY, 0, 0, {0}},
	{SYS_alarm, ANY, 0, 0, {0}},
	/* Sockets: TCP, UDP, and ICMP's datagrams, over IPv4. Nothing is bound or listened to any more. */
	{SYS_recvfrom, ANY, 0, 0, {0}},
	{SYS_sendto, ANY, 0, 0, {0}},
	{SYS_recvmsg, ANY, 0, 0, {0}},
	{SYS_sendmsg, ANY, 0, 0, {0}},
	{SYS_socket, ONE_OF, 0, 0, {AF_INET}},
	{SYS_connect, ANY, 0, 0, {0}},
	{SYS_accept, ANY, 0, 0, {0}},
	{SYS_shutdown, ANY, 0, 0, {0}},
	{SYS_close, ANY, 0, 0, {0}},
	{SYS_getsockname, ANY, 0, 0, {0}},
	{SYS_getpeername, ANY, 0, 0, {0}},
	{SYS_getsockopt, ANY, 0, 0, {0}},
	{SYS_setsockopt, ANY, 0, 0, {0}},
	{SYS_fcntl, ONE_OF, 1, 0, {F_SETFD, F_GETFL, F_SETFL}},
	{SYS_ioctl, ONE_OF, 1, 0, {FIONREAD, FIONBIO, SIOCATMARK}},
	/* Memory, never executable, never a file. */
	{SYS_brk, ANY, 0, 0, {0}},
	{SYS_mmap, ONE_OF, 3, MAP_NORESERVE | MAP_STACK, {MAP_PRIVATE | MAP_ANONYMOUS}},
	{SYS_mprotect, WITHOUT, 2, 0, {PROT_EXEC}},
	{SYS_munmap, ANY, 0, 0, {0}},
	{SYS_mremap, ANY, 0, 0, {0}},
	{SYS_madvise, ANY, 0, 0, {0}},
	{SYS_getrandom, ANY, 0, 0, {0}},
	{SYS_restart_syscall, ANY, 0, 0, {0}},
	{SYS_rt_sigreturn, ANY, 0, 0, {0}},
	{SYS_exit_group, ANY, 0, 0, {0}},
};
/* clang-format on */

#define CALLS (sizeof calls / sizeof *calls)
#define PER   9u /* instructions of a row at most */

struct program {
	struct sock_filter code[8 + CALLS * PER];
	unsigned n;
};

static void emit(struct program *p, unsigned code, uint32_t k, unsigned jt, unsigned jf)
{
	p->code[p->n++] = (struct sock_filter){(uint16_t)code, (uint8_t)jt, (uint8_t)jf, k};
}

static void load(struct program *p, size_t offset)
{
	emit(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

/* The number is in A, and A is lost in a row only when the row is the number's. */
static void row(struct program *p, const struct call *c)
{
	unsigned values = 0, at = p->n;

	emit(p, BPF_JMP | BPF_JEQ | BPF_K, c->nr, 0, 0);
	if (c->look != ANY) {
		load(p, offsetof(struct seccomp_data, args) + 8 * c->arg);
		if (c->mask)
			emit(p, BPF_ALU | BPF_AND | BPF_K, ~c->mask, 0, 0);
		while (values < 4 && c->value[values])
			values++;
		for (unsigned i = 0; c->look == ONE_OF && i < values; i++)
			emit(p, BPF_JMP | BPF_JEQ | BPF_K, c->value[i], values - i, 0);
		if (c->look == WITHOUT)
			emit(p, BPF_JMP | BPF_JSET | BPF_K, c->value[0], 0, 1);
		emit(p, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
	}
	emit(p, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
	p->code[at].jf = (uint8_t)(p->n - at - 1);
}

static int filter(struct error *err)
{
	struct program p = {.n = 0};
	struct sock_fprog prog = {.filter = p.code};

	load(&p, offsetof(struct seccomp_data, arch));
	emit(&p, BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
	emit(&p, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
	load(&p, offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < CALLS; i++)
		row(&p, &calls[i]);
	emit(&p, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
	prog.len = (unsigned short)p.n;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) < 0)
		return error_errno(err, "the network helper's filter");
	return 0;
}

/* All that Landlock's first version knows is handled, and nothing is granted. */
static void no_files(void)
{
	struct landlock_ruleset_attr attr = {.handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1};
	int fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);

	if (fd < 0)
		return;
	syscall(SYS_landlock_restrict_self, fd, 0);
	close(fd);
}

static int no_capabilities(struct error *err)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2] = {{0}};

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 && errno != EINVAL)
		return error_errno(err, "the network helper's capabilities");
	return syscall(SYS_capset, &header, none) < 0 ? error_errno(err, "the network helper's capabilities") : 0;
}

int confine(struct error *err)
{
	static const struct rlimit zero;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
	    setrlimit(RLIMIT_CORE, &zero) < 0)
		return error_errno(err, "the network helper");
	if (no_capabilities(err) < 0)
		return -1;
	no_files();
	return filter(err);
}
