/* SPDX-License-Identifier: ISC */
/*
 * The kernel heap. Small objects come from slabs: one frame each, a header and then objects of one size class; free
 * objects are chained through their first word, objects never used yet are counted by `fresh`, so that a new slab costs
 * nothing to prepare. A class keeps its slabs that have room in a list; a slab that becomes empty goes back to the frame
 * allocator unless it is the class's only one with room. Larger objects are whole frames, their number is the first
 * frame's tag. The two kinds are told apart by alignment: no object in a slab begins at a frame.
 */
#include "kernel/heap.h"

#include "kernel/log.h"
#include "kernel/page.h"
#include "lib/list.h"
#include "lib/string.h"

struct slab {
	struct list link; /* class->partial, or nothing while full */
	void *free;
	uint16_t fresh; /* offset of the first object never used; 0: none left */
	uint16_t used; /* objects out */
	uint16_t class;
	uint16_t magic;
};

#define MAGIC   0x51ab
#define CLASSES ARRAY_LEN(sizes)

/* Multiples of 16; those from 672 on divide a frame's 4064 bytes well. */
static const uint16_t sizes[] = {16,  32,  48,  64,  80,  96,  112, 128,  160,  192, 224,
				 256, 320, 384, 448, 576, 672, 800, 1008, 1344, 2032};
static struct list partial[CLASSES];

static unsigned class_of(size_t n)
{
	unsigned c;

	if (n <= 128)
		return n == 0 ? 0 : (unsigned)(n - 1) / 16;
	for (c = 8; sizes[c] < n; c++)
		;
	return c;
}

static struct slab *slab_new(unsigned class)
{
	paddr_t pa = page_alloc(0, PAGE_RESERVE);
	struct slab *s;

	if (pa == 0)
		return NULL;
	s = page_ptr(pa);
	*s = (struct slab){.fresh = sizeof *s, .class = (uint16_t) class, .magic = MAGIC};
	list_push_front(&partial[class], &s->link);
	return s;
}

static void *slab_alloc(unsigned class)
{
	struct list *head = &partial[class];
	struct slab *s;
	void *p;

	if (head->next == NULL)
		list_init(head);
	s = list_empty(head) ? slab_new(class) : LIST_ENTRY(head->next, struct slab, link);
	if (s == NULL)
		return NULL;
	p = s->free;
	if (p != NULL) {
		s->free = *(void **)p;
	} else {
		p = (char *)s + s->fresh;
		s->fresh = (uint16_t)(s->fresh + sizes[class]);
		if (s->fresh + sizes[class] > PAGE_SIZE)
			s->fresh = 0;
	}
	s->used++;
	if (s->free == NULL && s->fresh == 0)
		list_remove(&s->link);
	return p;
}

static void slab_free(struct slab *s, void *p)
{
	struct list *head = &partial[s->class];

	ASSERT(s->magic == MAGIC && s->used > 0);
	if (s->free == NULL && s->fresh == 0)
		list_push_front(head, &s->link);
	*(void **)p = s->free;
	s->free = p;
	if (--s->used == 0 && s->link.next != s->link.prev) {
		list_remove(&s->link);
		s->magic = 0;
		page_put(page_addr(s));
	}
}

static struct slab *slab_of(void *p)
{
	return (struct slab *)((uintptr_t)p & PAGE_MASK);
}

static size_t capacity(void *p)
{
	if (IS_ALIGNED((uintptr_t)p, PAGE_SIZE))
		return (size_t)page_tag(page_addr(p)) * PAGE_SIZE;
	return sizes[slab_of(p)->class];
}

static void *large_alloc(size_t n, unsigned flags)
{
	size_t frames = n > SIZE_MAX - PAGE_SIZE ? 0 : (n + PAGE_SIZE - 1) / PAGE_SIZE;
	paddr_t pa = page_alloc_exact(frames, PAGE_RESERVE | flags);

	if (pa == 0)
		return NULL;
	page_set_tag(pa, (uint32_t)frames);
	return page_ptr(pa);
}

void *kmalloc(size_t n)
{
	return n <= sizes[CLASSES - 1] ? slab_alloc(class_of(n)) : large_alloc(n, 0);
}

void *kzalloc(size_t n)
{
	void *p;

	if (n > sizes[CLASSES - 1])
		return large_alloc(n, PAGE_ZERO);
	p = slab_alloc(class_of(n));
	if (p != NULL)
		memset(p, 0, n);
	return p;
}

void *krealloc(void *p, size_t n)
{
	void *q;

	if (p != NULL && n <= capacity(p) && n >= capacity(p) / 2)
		return p;
	q = kmalloc(n);
	if (q != NULL && p != NULL) {
		memcpy(q, p, MIN(n, capacity(p)));
		kfree(p);
	}
	return q;
}

void kfree(void *p)
{
	if (p == NULL)
		return;
	if (IS_ALIGNED((uintptr_t)p, PAGE_SIZE))
		page_put_run(page_addr(p), page_tag(page_addr(p)));
	else
		slab_free(slab_of(p), p);
}

char *kstrdup(const char *s)
{
	size_t n = strlen(s) + 1;
	char *p = kmalloc(n);

	if (p != NULL)
		memcpy(p, s, n);
	return p;
}
