/* SPDX-License-Identifier: ISC */
/* Users, groups, capabilities, and single values that calls fill in. */
#include "call.h"
#include "names.h"

#include <asm/unistd.h>
#include <linux/capability.h>

void print_id(struct line *l, const struct traced *c, unsigned i)
{
	int id = (int)CALLARG(c->args, i);

	line_add(l, id == -1 ? "%d" : "%u", id);
}

static void id_item(struct line *l, const void *one, const void *p)
{
	(void)p;
	line_add(l, "%u", *(const unsigned *)one);
}

/* getgroups, setgroups: the list behind its length. */
void print_ids(struct line *l, const struct traced *c, unsigned i)
{
	long n = (int)CALLARG(c->args, i - 1);

	if (c->nr == __NR_getgroups && n > 0)
		n = c->result;
	if (n < 0 || (c->nr == __NR_getgroups && CALLARG(c->args, i) == 0))
		line_address(l, CALLARG(c->args, i));
	else
		line_list(l, CALLARG(c->args, i), (size_t)n, sizeof(unsigned), id_item, NULL);
}

void print_int(struct line *l, const struct traced *c, unsigned i)
{
	int v;

	if (line_fetch(l, &v, CALLARG(c->args, i), sizeof v))
		line_add(l, "[%d]", v);
}

void print_ulong(struct line *l, const struct traced *c, unsigned i)
{
	unsigned long v;

	if (line_fetch(l, &v, CALLARG(c->args, i), sizeof v))
		line_add(l, "[%lu]", v);
}

void print_pointer(struct line *l, const struct traced *c, unsigned i)
{
	uintptr_t v;

	if (!line_fetch(l, &v, CALLARG(c->args, i), sizeof v))
		return;
	line_add(l, "[");
	line_address(l, v);
	line_add(l, "]");
}

static const char *const capabilities[] = {"CHOWN",
					   "DAC_OVERRIDE",
					   "DAC_READ_SEARCH",
					   "FOWNER",
					   "FSETID",
					   "KILL",
					   "SETGID",
					   "SETUID",
					   "SETPCAP",
					   "LINUX_IMMUTABLE",
					   "NET_BIND_SERVICE",
					   "NET_BROADCAST",
					   "NET_ADMIN",
					   "NET_RAW",
					   "IPC_LOCK",
					   "IPC_OWNER",
					   "SYS_MODULE",
					   "SYS_RAWIO",
					   "SYS_CHROOT",
					   "SYS_PTRACE",
					   "SYS_PACCT",
					   "SYS_ADMIN",
					   "SYS_BOOT",
					   "SYS_NICE",
					   "SYS_RESOURCE",
					   "SYS_TIME",
					   "SYS_TTY_CONFIG",
					   "MKNOD",
					   "LEASE",
					   "AUDIT_WRITE",
					   "AUDIT_CONTROL",
					   "SETFCAP",
					   "MAC_OVERRIDE",
					   "MAC_ADMIN",
					   "SYSLOG",
					   "WAKE_ALARM",
					   "BLOCK_SUSPEND",
					   "AUDIT_READ",
					   "PERFMON",
					   "BPF",
					   "CHECKPOINT_RESTORE"};

static void set(struct line *l, const char *name, uint64_t v)
{
	const char *gap = "";

	line_add(l, "%s=", name);
	if (v == 0)
		line_add(l, "0");
	for (unsigned i = 0; i < ARRAY_LEN(capabilities); i++) {
		if ((v >> i & 1) == 0)
			continue;
		line_add(l, "%s1<<CAP_%s", gap, capabilities[i]);
		gap = "|";
	}
	v &= ~((1ull << ARRAY_LEN(capabilities)) - 1);
	if (v != 0)
		line_add(l, "%s%#lx", gap, (unsigned long)v);
}

void print_cap_header(struct line *l, const struct traced *c, unsigned i)
{
	static const struct name versions[] = {N(_LINUX_CAPABILITY_VERSION_1), N(_LINUX_CAPABILITY_VERSION_2),
					       N(_LINUX_CAPABILITY_VERSION_3)};
	static const struct names names = NAMES(versions, NULL, "_LINUX_CAPABILITY_VERSION_???");
	struct __user_cap_header_struct h;

	if (!line_fetch(l, &h, CALLARG(c->args, i), sizeof h))
		return;
	line_add(l, "{version=");
	line_name(l, h.version, &names);
	line_add(l, ", pid=%d}", h.pid);
}

void print_cap_data(struct line *l, const struct traced *c, unsigned i)
{
	struct __user_cap_data_struct d[2] = {{0}};
	struct __user_cap_header_struct h;
	size_t n;

	if (get_user(h, UPTR(CALLARG(c->args, 0))) != 0) {
		line_address(l, CALLARG(c->args, i));
		return;
	}
	n = h.version == _LINUX_CAPABILITY_VERSION_1 ? 1 : 2;
	if (!line_fetch(l, d, CALLARG(c->args, i), n * sizeof d[0]))
		return;
	set(l, "{effective", d[0].effective | (uint64_t)d[1].effective << 32);
	set(l, ", permitted", d[0].permitted | (uint64_t)d[1].permitted << 32);
	set(l, ", inheritable", d[0].inheritable | (uint64_t)d[1].inheritable << 32);
	line_add(l, "}");
}
