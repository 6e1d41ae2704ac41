/* SPDX-License-Identifier: ISC */
/* Intrusive circular doubly-linked list; an empty head points to itself. The caller locks. */
#ifndef LIB_LIST_H
#define LIB_LIST_H

#include "lib/base.h"

struct list {
	struct list *prev, *next;
};

#define LIST_INIT(name)                                                                                                \
	{                                                                                                              \
		&(name), &(name)                                                                                       \
	}
#define LIST_ENTRY(p, type, m) CONTAINER_OF(p, type, m)
#define list_for_each_entry(e, head, m)                                                                                \
	for (e = LIST_ENTRY((head)->next, __typeof__(*e), m); &e->m != (head);                                         \
	     e = LIST_ENTRY(e->m.next, __typeof__(*e), m))
/* The entry may be removed (and freed) in the body. */
#define list_for_each_entry_safe(e, n, head, m)                                                                        \
	for (e = LIST_ENTRY((head)->next, __typeof__(*e), m), n = LIST_ENTRY(e->m.next, __typeof__(*e), m);            \
	     &e->m != (head); e = n, n = LIST_ENTRY(n->m.next, __typeof__(*n), m))

static inline void list_init(struct list *h)
{
	h->prev = h->next = h;
}

static inline bool list_empty(const struct list *h)
{
	return h->next == h;
}

static inline void list_insert_after(struct list *at, struct list *e)
{
	e->prev = at;
	e->next = at->next;
	at->next->prev = e;
	at->next = e;
}

static inline void list_push_front(struct list *h, struct list *e)
{
	list_insert_after(h, e);
}

static inline void list_push_back(struct list *h, struct list *e)
{
	list_insert_after(h->prev, e);
}

/* Leaves e as an empty list, so that a second removal and list_empty(e) are well defined. */
static inline void list_remove(struct list *e)
{
	e->prev->next = e->next;
	e->next->prev = e->prev;
	list_init(e);
}

static inline struct list *list_pop_front(struct list *h)
{
	struct list *e = h->next;

	if (e == h)
		return NULL;
	list_remove(e);
	return e;
}

#endif
