/* SPDX-License-Identifier: ISC */
/*
 * Intrusive balanced binary search tree (a treap whose priorities are hashed node addresses, so a node stores none).
 * The caller descends and compares; `update`, if set, recomputes what a node knows about its subtree from the node and
 * its children, and is called bottom-up wherever a subtree changed. Expected depth O(log n). The caller locks.
 */
#ifndef LIB_TREE_H
#define LIB_TREE_H

#include "lib/base.h"

struct tree_node {
	struct tree_node *left, *right, *parent;
};

struct tree {
	struct tree_node *root;
	void (*update)(struct tree_node *n);
};

#define TREE_ENTRY(p, type, m) CONTAINER_OF(p, type, m)

#pragma GCC visibility push(default)
/* Hangs n where a search for its key ended: *link (NULL now) is &tree->root or a child field of parent. */
void tree_insert(struct tree *t, struct tree_node *parent, struct tree_node **link, struct tree_node *n);
void tree_remove(struct tree *t, struct tree_node *n);
/* What the caller knows about n changed: updates n and its ancestors. */
void tree_changed(struct tree *t, struct tree_node *n);
#pragma GCC visibility pop

#endif
