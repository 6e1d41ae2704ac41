/* SPDX-License-Identifier: ISC */
/* Arguments of calls that make, wait for, limit and describe processes and the system. */
#include "call.h"
#include "names.h"

#include "linux/names_of.h"

#include <asm/signal.h>
#include <asm/unistd.h>
#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/sysinfo.h>
#include <linux/times.h>
#include <linux/utsname.h>

#define LIST_MAX 1000u
#define TICKS    100
#define CPUS_MAX 1024ul
#define FOREVER  (~0ull)

static void clone_flags(struct line *l, uint64_t flags, int sig)
{
	if (flags != 0)
		line_flags(l, flags, &names_clone);
	if (sig != 0 || flags == 0) {
		line_add(l, flags != 0 ? "|" : "");
		line_signal(l, sig);
	}
}

void print_clone(struct line *l, const struct traced *c, unsigned i)
{
	uint64_t flags = CALLARG(c->args, i);

	line_add(l, "child_stack=");
	line_address(l, CALLARG(c->args, 1));
	line_add(l, ", flags=");
	clone_flags(l, flags & ~(uint64_t)CSIGNAL, (int)(flags & CSIGNAL));
}

static void filled_in_id(struct line *l, const struct traced *c, uintptr_t addr)
{
	int id;

	if (c->failed)
		line_address(l, addr);
	else if (line_fetch(l, &id, addr, sizeof id))
		line_add(l, "[%d]", id);
}

void print_clone_out(struct line *l, const struct traced *c, unsigned i)
{
	uint64_t flags = CALLARG(c->args, 0);
	const char *gap = "";

	(void)i;
	if ((flags & (CLONE_PARENT_SETTID | CLONE_PIDFD)) != 0) {
		line_add(l, "parent_tid=");
		filled_in_id(l, c, CALLARG(c->args, 2));
		gap = ", ";
	}
	if ((flags & CLONE_SETTLS) != 0) {
		line_add(l, "%stls=%#lx", gap, CALLARG(c->args, 4));
		gap = ", ";
	}
	if ((flags & (CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID)) != 0) {
		line_add(l, "%schild_tidptr=", gap);
		line_address(l, CALLARG(c->args, 3));
	}
}

void print_clone3(struct line *l, const struct traced *c, unsigned i)
{
	struct clone_args a;

	if (!line_fetch(l, &a, CALLARG(c->args, i), CLONE_ARGS_SIZE_VER0))
		return;
	line_add(l, "{flags=");
	line_flags(l, a.flags, &names_clone);
	if ((a.flags & CLONE_PIDFD) != 0)
		line_add(l, ", pidfd=%#lx", (unsigned long)a.pidfd);
	if ((a.flags & (CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID)) != 0)
		line_add(l, ", child_tid=%#lx", (unsigned long)a.child_tid);
	if ((a.flags & CLONE_PARENT_SETTID) != 0)
		line_add(l, ", parent_tid=%#lx", (unsigned long)a.parent_tid);
	line_add(l, ", exit_signal=");
	line_signal(l, (int)a.exit_signal);
	line_add(l, ", stack=");
	line_address(l, a.stack);
	line_add(l, ", stack_size=");
	line_hex(l, a.stack_size);
	if ((a.flags & CLONE_SETTLS) != 0)
		line_add(l, ", tls=%#lx", (unsigned long)a.tls);
	line_add(l, "}");
	if (c->failed || (a.flags & (CLONE_PIDFD | CLONE_PARENT_SETTID)) == 0)
		return;
	line_add(l, " => {");
	if ((a.flags & CLONE_PIDFD) != 0) {
		line_add(l, "pidfd=");
		filled_in_id(l, c, a.pidfd);
	}
	if ((a.flags & CLONE_PARENT_SETTID) != 0) {
		line_add(l, (a.flags & CLONE_PIDFD) != 0 ? ", parent_tid=" : "parent_tid=");
		filled_in_id(l, c, a.parent_tid);
	}
	line_add(l, "}");
}

void print_argv(struct line *l, const struct traced *c, unsigned i)
{
	uintptr_t at = CALLARG(c->args, i), p = 0;

	if (at == 0 || get_user(p, UPTR(at)) != 0) {
		line_address(l, at);
		return;
	}
	line_add(l, "[");
	for (unsigned n = 0; get_user(p, UPTR(at + n * sizeof p)) == 0 && p != 0; n++) {
		line_add(l, n > 0 ? ", " : "");
		if (n == ITEMS_SHOWN) {
			line_add(l, "...");
			break;
		}
		line_string(l, p, STRING_SHOWN);
	}
	line_add(l, "]");
}

void print_envp(struct line *l, const struct traced *c, unsigned i)
{
	uintptr_t at = CALLARG(c->args, i), p = 0;
	unsigned n = 0;

	line_address(l, at);
	if (at == 0 || get_user(p, UPTR(at)) != 0)
		return;
	while (n < LIST_MAX && get_user(p, UPTR(at + n * sizeof p)) == 0 && p != 0)
		n++;
	line_add(l, " /* %u var%s%s */", n, n == 1 ? "" : "s", p != 0 ? ", unterminated" : "");
}

void print_status(struct line *l, const struct traced *c, unsigned i)
{
	int s;

	if (c->result == 0) {
		line_address(l, CALLARG(c->args, i));
		return;
	}
	if (!line_fetch(l, &s, CALLARG(c->args, i), sizeof s))
		return;
	if ((s & 0x7f) == 0) {
		line_add(l, "[{WIFEXITED(s) && WEXITSTATUS(s) == %d}]", s >> 8 & 0xff);
		return;
	}
	if (s == 0xffff) {
		line_add(l, "[{WIFCONTINUED(s)}]");
		return;
	}
	line_add(l, (s & 0xff) == 0x7f ? "[{WIFSTOPPED(s) && WSTOPSIG(s) == " : "[{WIFSIGNALED(s) && WTERMSIG(s) == ");
	line_signal(l, (s & 0xff) == 0x7f ? s >> 8 & 0xff : s & 0x7f);
	line_add(l, (s & 0xff) != 0x7f && (s & 0x80) != 0 ? " && WCOREDUMP(s)}]" : "}]");
}

static void limit(struct line *l, const char *name, uint64_t v)
{
	if (v == FOREVER)
		line_add(l, "%s=RLIM64_INFINITY", name);
	else if (v > 1024 && v % 1024 == 0)
		line_add(l, "%s=%lu*1024", name, (unsigned long)(v / 1024));
	else
		line_add(l, "%s=%lu", name, (unsigned long)v);
}

void print_rlimit(struct line *l, const struct traced *c, unsigned i)
{
	uint64_t pair[2];

	if (!line_fetch(l, pair, CALLARG(c->args, i), sizeof pair))
		return;
	limit(l, "{rlim_cur", pair[0]);
	limit(l, ", rlim_max", pair[1]);
	line_add(l, "}");
}

void print_rusage(struct line *l, const struct traced *c, unsigned i)
{
	struct rusage u;

	if (line_fetch(l, &u, CALLARG(c->args, i), sizeof u))
		line_add(l, "{ru_utime={tv_sec=%ld, tv_usec=%ld}, ru_stime={tv_sec=%ld, tv_usec=%ld}, ...}",
			 (long)u.ru_utime.tv_sec, (long)u.ru_utime.tv_usec, (long)u.ru_stime.tv_sec,
			 (long)u.ru_stime.tv_usec);
}

void print_uname(struct line *l, const struct traced *c, unsigned i)
{
	uintptr_t at = CALLARG(c->args, i);

	line_add(l, "{sysname=");
	line_string(l, at + offsetof(struct new_utsname, sysname), sizeof((struct new_utsname *)0)->sysname);
	line_add(l, ", nodename=");
	line_string(l, at + offsetof(struct new_utsname, nodename), sizeof((struct new_utsname *)0)->nodename);
	line_add(l, ", ...}");
}

void print_sysinfo(struct line *l, const struct traced *c, unsigned i)
{
	struct sysinfo s;

	if (!line_fetch(l, &s, CALLARG(c->args, i), sizeof s))
		return;
	line_add(l, "{uptime=%ld, loads=[%lu, %lu, %lu], totalram=%lu, freeram=%lu, sharedram=%lu, bufferram=%lu",
		 (long)s.uptime, (unsigned long)s.loads[0], (unsigned long)s.loads[1], (unsigned long)s.loads[2],
		 (unsigned long)s.totalram, (unsigned long)s.freeram, (unsigned long)s.sharedram,
		 (unsigned long)s.bufferram);
	line_add(l, ", totalswap=%lu, freeswap=%lu, procs=%u, totalhigh=%lu, freehigh=%lu, mem_unit=%u}",
		 (unsigned long)s.totalswap, (unsigned long)s.freeswap, (unsigned)s.procs, (unsigned long)s.totalhigh,
		 (unsigned long)s.freehigh, s.mem_unit);
}

static void ticks(struct line *l, const char *name, long n)
{
	line_add(l, "%s=%ld", name, n);
	if (n != 0)
		line_add(l, " /* %ld.%02ld s */", n / TICKS, n % TICKS);
}

void print_times(struct line *l, const struct traced *c, unsigned i)
{
	struct tms t;

	if (!line_fetch(l, &t, CALLARG(c->args, i), sizeof t))
		return;
	ticks(l, "{tms_utime", t.tms_utime);
	ticks(l, ", tms_stime", t.tms_stime);
	ticks(l, ", tms_cutime", t.tms_cutime);
	ticks(l, ", tms_cstime", t.tms_cstime);
	line_add(l, "}");
}

void print_cpus(struct line *l, const struct traced *c, unsigned i)
{
	size_t bytes = c->nr == __NR_sched_getaffinity ? (size_t)c->result : CALLARG(c->args, 1);
	uintptr_t at = CALLARG(c->args, i);
	const char *gap = "";
	uint8_t byte = 0;

	if (!line_fetch(l, &byte, at, sizeof byte))
		return;
	line_add(l, "[");
	for (unsigned cpu = 0; cpu < MIN(bytes * 8, CPUS_MAX); cpu++) {
		if (get_user(byte, UPTR(at + cpu / 8)) != 0 || (byte >> cpu % 8 & 1) == 0)
			continue;
		line_add(l, "%s%u", gap, cpu);
		gap = " ";
	}
	line_add(l, "]");
}
