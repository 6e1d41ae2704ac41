/* SPDX-License-Identifier: ISC */
// USES: lib/tree.c
/* The tree against a sorted array: order, parent links, what update computed, and that it does not degenerate. */
#include <stdlib.h>
#include "test/tap.h"
#include "lib/tree.h"

struct item {
	struct tree_node node;
	unsigned key;
	unsigned count; /* nodes in the subtree, by update */
};

static struct item items[2000];
static bool in[2000];

static struct item *item_of(struct tree_node *n)
{
	return n == NULL ? NULL : TREE_ENTRY(n, struct item, node);
}

static unsigned count(struct tree_node *n)
{
	return n == NULL ? 0 : item_of(n)->count;
}

static void recount(struct tree_node *n)
{
	item_of(n)->count = 1 + count(n->left) + count(n->right);
}

static struct tree tree = {.update = recount};

static void insert(struct item *it)
{
	struct tree_node *parent = NULL, **link = &tree.root;

	while (*link != NULL) {
		parent = *link;
		link = it->key < item_of(parent)->key ? &parent->left : &parent->right;
	}
	tree_insert(&tree, parent, link, &it->node);
}

/* Nodes of the subtree, or -1 when something is wrong; all keys lie in [low, high). */
static int check(struct tree_node *n, struct tree_node *parent, unsigned low, unsigned high, int depth, int *deepest)
{
	int l, r;

	if (depth > *deepest)
		*deepest = depth;
	if (n == NULL)
		return 0;
	if (n->parent != parent || item_of(n)->key < low || item_of(n)->key >= high)
		return -1;
	l = check(n->left, n, low, item_of(n)->key, depth + 1, deepest);
	r = check(n->right, n, item_of(n)->key + 1, high, depth + 1, deepest);
	return l < 0 || r < 0 || count(n) != (unsigned)(1 + l + r) ? -1 : 1 + l + r;
}

int main(void)
{
	int expect = 0, deepest = 0;
	bool ok = true;

	for (unsigned i = 0; i < ARRAY_LEN(items); i++) {
		items[i].key = i;
		insert(&items[i]);
	}
	tap_ok(check(tree.root, NULL, 0, 2000, 0, &deepest) == 2000, "insertion in order");
	tap_ok(deepest < 60, "depth %d with 2000 nodes", deepest);
	while (tree.root != NULL)
		tree_remove(&tree, tree.root);
	srand(1);
	for (unsigned i = 0; i < 20000 && ok; i++) {
		unsigned k = (unsigned)rand() % 2000;

		if (in[k])
			tree_remove(&tree, &items[k].node);
		else
			insert(&items[k]);
		in[k] = !in[k];
		expect += in[k] ? 1 : -1;
		if (i % 100 == 0)
			ok = check(tree.root, NULL, 0, 2000, 0, &deepest) == expect;
	}
	tap_ok(ok && check(tree.root, NULL, 0, 2000, 0, &deepest) == expect, "random insertion and removal");
	return tap_end();
}
