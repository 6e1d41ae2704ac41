/* SPDX-License-Identifier: ISC */
/*
 * What the System V objects share (svipc(7)): a key by which processes find one, an id by which they name it, an owner and
 * rights. Objects of a kind stand in a list of their own, oldest first. Kernel lock.
 */
#ifndef LINUX_IPC_PERM_H
#define LINUX_IPC_PERM_H

#include <linux/ipc.h>

#include "lib/list.h"

#define IPC_DEST 01000 /* in mode: it has no key any more, and ends with its last use */

struct ipc {
	struct list link;
	int id;
	struct ipc64_perm perm;
};

struct ipc_kind {
	struct list all; /* struct ipc */
	int last_id;
	unsigned count, most;
};

#define IPC_KIND_INIT(kind, limit)                                                                                     \
	{                                                                                                              \
		.all = LIST_INIT((kind).all), .last_id = -1, .most = limit                                             \
	}

#pragma GCC visibility push(default)
/* 0 when the current process may do what the mode bits in `flags` say, else -EACCES. */
int ipc_check(const struct ipc *i, unsigned flags) MUST_CHECK;
/* 0 when it may change or remove it, else -EPERM. */
int ipc_check_owner(const struct ipc *i) MUST_CHECK;
/* shmget and the like up to what is of a kind: 0 and *i is the one that exists, or NULL and one is to be made; -errno. */
int ipc_find(struct ipc_kind *k, int key, unsigned flags, struct ipc **i) MUST_CHECK;
/* By its id, or by its place in the list; NULL: there is none. */
struct ipc *ipc_by_id(struct ipc_kind *k, int id);
struct ipc *ipc_by_index(struct ipc_kind *k, int index);
/* A new one of the current process's. */
void ipc_add(struct ipc_kind *k, struct ipc *i, int key, unsigned flags);
void ipc_remove(struct ipc_kind *k, struct ipc *i);
/* IPC_SET's part: owner and rights. */
void ipc_set(struct ipc *i, const struct ipc64_perm *to);
#pragma GCC visibility pop
#endif
