/* SPDX-License-Identifier: ISC */
/* Supplementary groups (setgroups(2)): a list that never changes, shared by the processes that inherited it. Kernel lock. */
#ifndef FS_GROUPS_H
#define FS_GROUPS_H

#include "kernel/heap.h"

struct groups {
	unsigned refs, count;
	uint32_t id[]; /* ascending */
};

/* NULL is the empty list. */
static inline bool groups_have(const struct groups *g, uint32_t id)
{
	unsigned low = 0, high = g != NULL ? g->count : 0;

	while (low < high) {
		unsigned mid = low + (high - low) / 2;

		if (g->id[mid] == id)
			return true;
		if (g->id[mid] < id)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

static inline struct groups *groups_get(struct groups *g)
{
	if (g != NULL)
		g->refs++;
	return g;
}

static inline void groups_put(struct groups *g)
{
	if (g != NULL && --g->refs == 0)
		kfree(g);
}

#endif
