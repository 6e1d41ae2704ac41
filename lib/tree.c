/* SPDX-License-Identifier: ISC */
/*
 * Invariant: a parent's priority is at least its children's. A new node is rotated up until that holds; a node to be
 * removed is rotated down, each time against its stronger child, until it has at most one child.
 */
#include "lib/tree.h"

static uint64_t priority(const struct tree_node *n)
{
	uint64_t h = (uintptr_t)n * 0x9e3779b97f4a7c15u;

	return (h ^ h >> 32) * 0xd6e8feb86659fd93u;
}

static void update(struct tree *t, struct tree_node *n)
{
	if (t->update != NULL)
		t->update(n);
}

static void replace_child(struct tree *t, struct tree_node *parent, struct tree_node *old, struct tree_node *new)
{
	if (parent == NULL)
		t->root = new;
	else if (parent->left == old)
		parent->left = new;
	else
		parent->right = new;
	if (new != NULL)
		new->parent = parent;
}

/* n takes its parent's place, the parent becomes its child. */
static void rotate_up(struct tree *t, struct tree_node *n)
{
	struct tree_node *p = n->parent, *moved;

	replace_child(t, p->parent, p, n);
	if (p->left == n) {
		moved = p->left = n->right;
		n->right = p;
	} else {
		moved = p->right = n->left;
		n->left = p;
	}
	if (moved != NULL)
		moved->parent = p;
	p->parent = n;
	update(t, p);
}

void tree_changed(struct tree *t, struct tree_node *n)
{
	if (t->update == NULL)
		return;
	for (; n != NULL; n = n->parent)
		t->update(n);
}

void tree_insert(struct tree *t, struct tree_node *parent, struct tree_node **link, struct tree_node *n)
{
	*n = (struct tree_node){.parent = parent};
	*link = n;
	while (n->parent != NULL && priority(n) > priority(n->parent))
		rotate_up(t, n);
	tree_changed(t, n);
}

void tree_remove(struct tree *t, struct tree_node *n)
{
	while (n->left != NULL && n->right != NULL)
		rotate_up(t, priority(n->left) > priority(n->right) ? n->left : n->right);
	replace_child(t, n->parent, n, n->left != NULL ? n->left : n->right);
	tree_changed(t, n->parent);
}
