/* SPDX-License-Identifier: ISC */
/* What the system says of itself, and the calls that set little switches. */
#include "abi/errno.h"
#include "kernel/config.h"
#include "kernel/init.h"
#include "kernel/page.h"
#include "kernel/random.h"
#include "lib/string.h"
#include "linux/calls.h"
#include "linux/system.h"
#include "linux/task.h"
#include "linux/timespec.h"

#include <asm/signal.h>
#include <linux/membarrier.h>
#include <linux/personality.h>
#include <linux/prctl.h>
#include <linux/random.h>
#include <linux/sysinfo.h>
#include <linux/utsname.h>

#define RANDOM_CHUNK     256u
#define SECCOMP_DISABLED 0

char system_hostname[SYSTEM_NAME_MAX + 1] = "kiln";
char system_domainname[SYSTEM_NAME_MAX + 1] = "(none)";

static void hostname_init(void)
{
	char name[SYSTEM_NAME_MAX + 1];

	if (config_string("hostname", name, sizeof name) > 0)
		strlcpy(system_hostname, name, sizeof system_hostname);
}
INIT(INIT_LATE, hostname_init);

long sys_uname(struct uptr name)
{
	struct new_utsname u;

	memset(&u, 0, sizeof u);
	strlcpy(u.sysname, "Linux", sizeof u.sysname);
	strlcpy(u.nodename, system_hostname, sizeof u.nodename);
	strlcpy(u.release, SYSTEM_RELEASE, sizeof u.release);
	strlcpy(u.version, SYSTEM_VERSION, sizeof u.version);
	strlcpy(u.machine, "x86_64", sizeof u.machine);
	strlcpy(u.domainname, system_domainname, sizeof u.domainname);
	return put_user(name, u);
}

static long set_name(char *to, struct uptr name, int len)
{
	char buf[SYSTEM_NAME_MAX + 1] = "";

	if (process_current()->creds.euid != 0)
		return -EPERM;
	if (len < 0 || len > SYSTEM_NAME_MAX)
		return -EINVAL;
	if (copy_from_user(buf, name, (size_t)len) != 0)
		return -EFAULT;
	memcpy(to, buf, sizeof buf);
	return 0;
}

long sys_sethostname(struct uptr name, int len)
{
	return set_name(system_hostname, name, len);
}

long sys_setdomainname(struct uptr name, int len)
{
	return set_name(system_domainname, name, len);
}

long sys_sysinfo(struct uptr info)
{
	struct sysinfo s;
	struct process *p;

	memset(&s, 0, sizeof s);
	s.uptime = (long)(time_mono() / NSEC_PER_SEC);
	s.loads[0] = (unsigned long)sched_runnable() << SI_LOAD_SHIFT;
	s.totalram = page_total();
	s.freeram = page_free();
	s.mem_unit = 1;
	list_for_each_entry (p, &process_all, all_link)
		s.procs = (unsigned short)(s.procs + p->task_count);
	return put_user(info, s);
}

long sys_getrandom(struct uptr buf, size_t n, unsigned flags)
{
	char chunk[RANDOM_CHUNK];
	size_t done = 0;

	if ((flags & ~(unsigned)(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE)) != 0 ||
	    (flags & (GRND_RANDOM | GRND_INSECURE)) == (GRND_RANDOM | GRND_INSECURE))
		return -EINVAL;
	n = MIN(n, (size_t)0x7ffff000);
	while (done < n) {
		size_t part = MIN(n - done, sizeof chunk);

		random_bytes(chunk, part);
		if (copy_to_user(uptr_add(buf, done), chunk, part) != 0)
			return done > 0 ? (long)done : -EFAULT;
		done += part;
		/* A long request must not keep others from running, nor a signal waiting. */
		if (done % PAGE_SIZE == 0) {
			if (thread_current()->interrupt)
				return (long)done;
			thread_yield();
		}
	}
	memset(chunk, 0, sizeof chunk);
	return (long)done;
}

long sys_personality(unsigned long persona)
{
	return persona == 0xffffffff || persona == PER_LINUX ? PER_LINUX : -EINVAL;
}

/* There is no log to read; klogctl's questions about its size are answered by an empty one. */
long sys_syslog(int type, struct uptr buf UNUSED, int len)
{
	switch (type) {
	case 0: /* close */
	case 1: /* open */ return 0;
	case 3: /* read all */
	case 4: /* read and clear */ return len < 0 ? -EINVAL : 0;
	case 9: /* unread bytes */
	case 10: /* size of the buffer */ return 0;
	default: return -EINVAL;
	}
}

static long prctl_name(int option, struct uptr arg)
{
	struct task *t = task_current();
	char name[TASK_COMM_LEN] = "";
	long n;

	if (option == PR_GET_NAME)
		return copy_to_user(arg, t->comm, sizeof t->comm);
	n = arch_strncpy_from_user(name, arg.addr, sizeof name - 1);
	if (n < 0)
		return n;
	memcpy(t->comm, name, sizeof name);
	return 0;
}

long sys_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
	struct process *p = process_current();
	int value;

	switch (option) {
	case PR_SET_NAME:
	case PR_GET_NAME: return prctl_name(option, UPTR(a));
	case PR_SET_PDEATHSIG:
		if (a > SIG_COUNT)
			return -EINVAL;
		p->pdeathsig = (unsigned)a;
		return 0;
	case PR_GET_PDEATHSIG: value = (int)p->pdeathsig; return put_user(UPTR(a), value);
	case PR_SET_CHILD_SUBREAPER: p->subreaper = a != 0; return 0;
	case PR_GET_CHILD_SUBREAPER: value = p->subreaper; return put_user(UPTR(a), value);
	case PR_GET_DUMPABLE: return p->dumpable;
	case PR_SET_DUMPABLE:
		if (a > 1)
			return -EINVAL;
		p->dumpable = (unsigned)a;
		return 0;
	case PR_SET_NO_NEW_PRIVS:
		if (a != 1 || b != 0 || c != 0 || d != 0)
			return -EINVAL;
		p->no_new_privs = 1;
		return 0;
	case PR_GET_NO_NEW_PRIVS: return p->no_new_privs;
	case PR_GET_SECCOMP: return SECCOMP_DISABLED;
	case PR_GET_KEEPCAPS:
	case PR_GET_THP_DISABLE: return 0;
	case PR_GET_TIMERSLACK: return 1;
	case PR_SET_TIMERSLACK: return 0; /* a slack that is never used is within what was allowed */
	case PR_GET_TID_ADDRESS: return put_user(UPTR(a), task_current()->clear_child_tid);
	case PR_CAPBSET_READ: return a <= 40 ? 1 : -EINVAL;
	default: return -EINVAL;
	}
}

/* One CPU, and every entry into the kernel is a barrier on it: what is asked for has happened. */
long sys_membarrier(int cmd, unsigned flags, int cpu UNUSED)
{
	const int known = MEMBARRIER_CMD_GLOBAL | MEMBARRIER_CMD_GLOBAL_EXPEDITED |
			  MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED | MEMBARRIER_CMD_PRIVATE_EXPEDITED |
			  MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED;

	if (flags != 0)
		return -EINVAL;
	if (cmd == MEMBARRIER_CMD_QUERY)
		return known;
	return (cmd & known) == cmd && (cmd & (cmd - 1)) == 0 ? 0 : -EINVAL;
}

/* Not here, and known to be asked for by every C library: no line in the log. */
long sys_rseq(struct uptr rseq UNUSED, unsigned len UNUSED, int flags UNUSED, unsigned sig UNUSED)
{
	return -ENOSYS;
}
