/* SPDX-License-Identifier: ISC */
/* Users, groups, process groups and sessions of a process. Every process starts as root, as in a container. */
#include "abi/errno.h"
#include "fs/groups.h"
#include "kernel/uaccess.h"
#include "linux/calls.h"
#include "linux/task.h"

#include <linux/capability.h>
#include <linux/limits.h>

#define KEEP ((uint32_t)-1)

static struct creds *creds(void)
{
	return &process_current()->creds;
}

long sys_getuid(void)
{
	return creds()->uid;
}

long sys_geteuid(void)
{
	return creds()->euid;
}

long sys_getgid(void)
{
	return creds()->gid;
}

long sys_getegid(void)
{
	return creds()->egid;
}

static bool among(uint32_t id, uint32_t a, uint32_t b, uint32_t c)
{
	return id == KEEP || id == a || id == b || id == c;
}

long sys_setresuid(unsigned ruid, unsigned euid, unsigned suid)
{
	struct creds *c = creds();

	if (c->euid != 0 && (!among(ruid, c->uid, c->euid, c->suid) || !among(euid, c->uid, c->euid, c->suid) ||
			     !among(suid, c->uid, c->euid, c->suid)))
		return -EPERM;
	c->uid = ruid == KEEP ? c->uid : ruid;
	c->euid = euid == KEEP ? c->euid : euid;
	c->suid = suid == KEEP ? c->suid : suid;
	c->fsuid = c->euid;
	return 0;
}

long sys_setresgid(unsigned rgid, unsigned egid, unsigned sgid)
{
	struct creds *c = creds();

	if (c->euid != 0 && (!among(rgid, c->gid, c->egid, c->sgid) || !among(egid, c->gid, c->egid, c->sgid) ||
			     !among(sgid, c->gid, c->egid, c->sgid)))
		return -EPERM;
	c->gid = rgid == KEEP ? c->gid : rgid;
	c->egid = egid == KEEP ? c->egid : egid;
	c->sgid = sgid == KEEP ? c->sgid : sgid;
	c->fsgid = c->egid;
	return 0;
}

long sys_setuid(unsigned uid)
{
	return uid == KEEP          ? -EINVAL
	       : creds()->euid == 0 ? sys_setresuid(uid, uid, uid)
				    : sys_setresuid(KEEP, uid, KEEP);
}

long sys_setgid(unsigned gid)
{
	return gid == KEEP          ? -EINVAL
	       : creds()->euid == 0 ? sys_setresgid(gid, gid, gid)
				    : sys_setresgid(KEEP, gid, KEEP);
}

/* The saved id follows the effective one when the real one is set, or the effective one to something else than it. */
long sys_setreuid(unsigned ruid, unsigned euid)
{
	struct creds *c = creds();
	bool follow = ruid != KEEP || (euid != KEEP && euid != c->uid);

	return sys_setresuid(ruid, euid, !follow ? KEEP : euid == KEEP ? c->euid : euid);
}

long sys_setregid(unsigned rgid, unsigned egid)
{
	struct creds *c = creds();
	bool follow = rgid != KEEP || (egid != KEEP && egid != c->gid);

	return sys_setresgid(rgid, egid, !follow ? KEEP : egid == KEEP ? c->egid : egid);
}

static long put3(struct uptr a, struct uptr b, struct uptr c, uint32_t va, uint32_t vb, uint32_t vc)
{
	return put_user(a, va) != 0 || put_user(b, vb) != 0 || put_user(c, vc) != 0 ? -EFAULT : 0;
}

long sys_getresuid(struct uptr ruid, struct uptr euid, struct uptr suid)
{
	return put3(ruid, euid, suid, creds()->uid, creds()->euid, creds()->suid);
}

long sys_getresgid(struct uptr rgid, struct uptr egid, struct uptr sgid)
{
	return put3(rgid, egid, sgid, creds()->gid, creds()->egid, creds()->sgid);
}

/* They return the former id and say nothing of failure. */
long sys_setfsuid(unsigned uid)
{
	struct creds *c = creds();
	uint32_t was = c->fsuid;

	if (uid != KEEP && (c->euid == 0 || among(uid, c->uid, c->euid, c->suid)))
		c->fsuid = uid;
	return was;
}

long sys_setfsgid(unsigned gid)
{
	struct creds *c = creds();
	uint32_t was = c->fsgid;

	if (gid != KEEP && (c->euid == 0 || among(gid, c->gid, c->egid, c->sgid)))
		c->fsgid = gid;
	return was;
}

long sys_getgroups(int size, struct uptr list)
{
	const struct groups *g = creds()->groups;
	unsigned n = g != NULL ? g->count : 0;

	if (size < 0 || (size != 0 && (unsigned)size < n))
		return -EINVAL;
	if (size != 0 && n != 0 && copy_to_user(list, g->id, n * sizeof *g->id) != 0)
		return -EFAULT;
	return n;
}

static void swap(uint32_t *a, uint32_t *b)
{
	uint32_t was = *a;

	*a = *b;
	*b = was;
}

static void sort(uint32_t *id, unsigned n)
{
	for (unsigned gap = n / 2; gap > 0; gap /= 2)
		for (unsigned i = gap; i < n; i++)
			for (unsigned k = i; k >= gap && id[k - gap] > id[k]; k -= gap)
				swap(&id[k - gap], &id[k]);
}

long sys_setgroups(size_t size, struct uptr list)
{
	struct groups *g = NULL;

	if (creds()->euid != 0)
		return -EPERM;
	if (size > NGROUPS_MAX)
		return -EINVAL;
	if (size != 0) {
		g = kmalloc(sizeof *g + size * sizeof *g->id);
		if (g == NULL)
			return -ENOMEM;
		g->refs = 1;
		g->count = (unsigned)size;
		if (copy_from_user(g->id, list, size * sizeof *g->id) != 0) {
			kfree(g);
			return -EFAULT;
		}
		sort(g->id, g->count);
	}
	groups_put(creds()->groups);
	creds()->groups = g;
	return 0;
}

/* Capabilities follow the effective user: root has all, another none. They cannot be given up one by one. */
#define CAPABILITIES ((1ull << (CAP_LAST_CAP + 1)) - 1)

static int cap_header(struct uptr header, struct __user_cap_header_struct *h, struct process **p)
{
	const uint32_t version = _LINUX_CAPABILITY_VERSION_3;

	if (get_user(*h, header) != 0)
		return -EFAULT;
	if (h->version != _LINUX_CAPABILITY_VERSION_3)
		return put_user(header, version) != 0 ? -EFAULT : -EINVAL;
	*p = h->pid == 0 ? process_current() : process_find(h->pid);
	return h->pid < 0 ? -EINVAL : *p == NULL ? -ESRCH : 0;
}

static void cap_of(const struct process *p, struct __user_cap_data_struct d[2])
{
	uint64_t all = p->creds.euid == 0 ? CAPABILITIES : 0;

	d[0] = (struct __user_cap_data_struct){(uint32_t)all, (uint32_t)all, 0};
	d[1] = (struct __user_cap_data_struct){(uint32_t)(all >> 32), (uint32_t)(all >> 32), 0};
}

long sys_capget(struct uptr header, struct uptr data)
{
	struct __user_cap_header_struct h;
	struct __user_cap_data_struct d[2];
	struct process *p;
	int err = cap_header(header, &h, &p);

	if (err != 0)
		return err == -EINVAL && uptr_null(data) ? 0 : err;
	cap_of(p, d);
	return uptr_null(data) ? 0 : copy_to_user(data, d, sizeof d);
}

long sys_capset(struct uptr header, struct uptr data)
{
	struct __user_cap_header_struct h;
	struct __user_cap_data_struct d[2], have[2];
	struct process *p;
	int err = cap_header(header, &h, &p);

	if (err != 0)
		return err;
	if (p != process_current())
		return -EPERM;
	if (copy_from_user(d, data, sizeof d) != 0)
		return -EFAULT;
	cap_of(p, have);
	for (unsigned i = 0; i < 2; i++)
		if (d[i].effective != have[i].effective || d[i].permitted != have[i].permitted)
			return -EPERM;
	return 0;
}

static struct process *find(int pid)
{
	return pid == 0 ? process_current() : process_find(pid);
}

long sys_getpgid(int pid)
{
	struct process *p = find(pid);

	return p != NULL ? p->pgid : -ESRCH;
}

long sys_getpgrp(void)
{
	return process_current()->pgid;
}

long sys_getsid(int pid)
{
	struct process *p = find(pid);

	return p != NULL ? p->sid : -ESRCH;
}

static bool group_in_session(int pgid, int sid)
{
	struct process *p;

	list_for_each_entry (p, &process_all, all_link)
		if (p->pgid == pgid && p->sid == sid)
			return true;
	return false;
}

long sys_setpgid(int pid, int pgid)
{
	struct process *self = process_current(), *p = find(pid);

	if (pgid < 0)
		return -EINVAL;
	if (p == NULL || (p != self && p->parent != self))
		return -ESRCH;
	if (p->sid == self->sid && p != self && p->execed)
		return -EACCES;
	if (pgid == 0)
		pgid = p->pid;
	if (p->sid == p->pid || p->sid != self->sid || (pgid != p->pid && !group_in_session(pgid, p->sid)))
		return -EPERM;
	p->pgid = pgid;
	return 0;
}

long sys_setsid(void)
{
	struct process *self = process_current(), *p;

	list_for_each_entry (p, &process_all, all_link)
		if (p->pgid == self->pid)
			return -EPERM;
	self->sid = self->pgid = self->pid;
	return self->pid;
}
