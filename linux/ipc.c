/* SPDX-License-Identifier: ISC */
/* Keys, ids and rights of System V objects. Ids count upwards, so that an old one does not soon name something else. */
#include "linux/ipc_perm.h"

#include "abi/errno.h"
#include "fs/groups.h"
#include "linux/task.h"

int ipc_check(const struct ipc *i, unsigned flags)
{
	const struct creds *c = &process_current()->creds;
	unsigned want = flags >> 6 | flags >> 3 | flags, have = i->perm.mode;

	if (c->euid == i->perm.uid || c->euid == i->perm.cuid)
		have >>= 6;
	else if (c->egid == i->perm.gid || c->egid == i->perm.cgid || groups_have(c->groups, i->perm.gid) ||
		 groups_have(c->groups, i->perm.cgid))
		have >>= 3;
	return c->euid == 0 || (want & ~have & 7) == 0 ? 0 : -EACCES;
}

int ipc_check_owner(const struct ipc *i)
{
	uint32_t euid = process_current()->creds.euid;

	return euid == 0 || euid == i->perm.uid || euid == i->perm.cuid ? 0 : -EPERM;
}

int ipc_find(struct ipc_kind *k, int key, unsigned flags, struct ipc **found)
{
	struct ipc *i;

	*found = NULL;
	if (key != IPC_PRIVATE) {
		list_for_each_entry (i, &k->all, link) {
			if (i->perm.key != key)
				continue;
			if ((flags & IPC_CREAT) != 0 && (flags & IPC_EXCL) != 0)
				return -EEXIST;
			*found = i;
			return 0;
		}
		if ((flags & IPC_CREAT) == 0)
			return -ENOENT;
	}
	return k->count < k->most ? 0 : -ENOSPC;
}

struct ipc *ipc_by_id(struct ipc_kind *k, int id)
{
	struct ipc *i;

	list_for_each_entry (i, &k->all, link)
		if (i->id == id)
			return i;
	return NULL;
}

struct ipc *ipc_by_index(struct ipc_kind *k, int index)
{
	struct ipc *i;

	list_for_each_entry (i, &k->all, link)
		if (index-- == 0)
			return i;
	return NULL;
}

void ipc_add(struct ipc_kind *k, struct ipc *i, int key, unsigned flags)
{
	const struct creds *c = &process_current()->creds;

	do
		k->last_id = k->last_id == INT32_MAX ? 0 : k->last_id + 1;
	while (ipc_by_id(k, k->last_id) != NULL);
	i->id = k->last_id;
	i->perm = (struct ipc64_perm){
	    .key = key, .uid = c->euid, .gid = c->egid, .cuid = c->euid, .cgid = c->egid, .mode = flags & 0777};
	list_push_back(&k->all, &i->link);
	k->count++;
}

void ipc_remove(struct ipc_kind *k, struct ipc *i)
{
	list_remove(&i->link);
	k->count--;
}

void ipc_set(struct ipc *i, const struct ipc64_perm *to)
{
	i->perm.uid = to->uid;
	i->perm.gid = to->gid;
	i->perm.mode = (i->perm.mode & ~0777u) | (to->mode & 0777u);
}
