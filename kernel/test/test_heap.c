/* SPDX-License-Identifier: ISC */
// USES: kernel/heap.c kernel/page.c kernel/test/fake_ram.c
/* The heap: objects keep their content, do not overlap, and all memory comes back; also when there is little. */
#include <string.h>
#include "test/tap.h"
#include "kernel/heap.h"
#include "kernel/test/fake.h"

#define OBJECTS 3000

static struct object {
	unsigned char *p;
	size_t n;
	unsigned char fill;
} obj[OBJECTS];

static bool intact(const struct object *o)
{
	for (size_t i = 0; i < o->n; i++)
		if (o->p[i] != o->fill)
			return false;
	return (uintptr_t)o->p % 16 == 0;
}

static size_t random_size(void)
{
	size_t top = 1ul << (4 + fake_random() % 11);

	return fake_random() % top;
}

static void drop(struct object *o)
{
	kfree(o->p);
	*o = (struct object){0};
}

static bool step(struct object *o)
{
	size_t n = random_size();
	unsigned char *p;

	if (o->p != NULL && !intact(o))
		return false;
	if (o->p != NULL && fake_random() % 3 != 0) {
		drop(o);
		return true;
	}
	if (o->p != NULL) {
		p = krealloc(o->p, n);
		if (p == NULL)
			return true; /* the old object is still there */
		o->p = p;
		o->n = MIN(o->n, n);
		if (!intact(o))
			return false;
	} else {
		o->p = fake_random() & 1 ? kzalloc(n) : kmalloc(n);
		if (o->p == NULL)
			return true;
	}
	o->n = n;
	o->fill = (unsigned char)fake_random();
	memset(o->p, o->fill, n);
	return true;
}

static bool random_use(unsigned rounds)
{
	bool ok = true;

	while (rounds-- > 0 && ok)
		ok = step(&obj[fake_random() % OBJECTS]);
	for (unsigned i = 0; i < OBJECTS; i++)
		if (obj[i].p != NULL) {
			ok = ok && intact(&obj[i]);
			drop(&obj[i]);
		}
	return ok;
}

int main(void)
{
	size_t before;
	unsigned char *p;
	char *s;

	fake_ram(0x100000, 64 << 20, true);
	before = page_free();
	for (uint64_t seed = 1; seed <= 3; seed++) {
		fake_seed(seed);
		tap_ok(random_use(30000), "random use, seed %lu", (unsigned long)seed);
	}
	tap_ok(before - page_free() <= 21 * PAGE_SIZE, "at most a slab a class is kept: %zu bytes",
	       before - page_free());
	fake_leave(40);
	tap_ok(random_use(20000), "random use with 40 frames");
	fake_leave(0);
	tap_ok(kmalloc(5000) == NULL && kmalloc(SIZE_MAX) == NULL && kmalloc(SIZE_MAX / 2) == NULL,
	       "no memory is NULL");
	fake_leave(SIZE_MAX);
	p = kzalloc(100);
	for (size_t i = 0; i < 100; i++)
		p[0] |= p[i];
	tap_ok(p[0] == 0, "kzalloc clears");
	kfree(p);
	kfree(NULL);
	s = kstrdup("a copy");
	tap_ok(strcmp(s, "a copy") == 0, "kstrdup");
	kfree(s);
	p = kmalloc(10000);
	tap_ok((uintptr_t)p % PAGE_SIZE == 0 && krealloc(p, 12000) == p, "large objects are whole frames");
	kfree(p);
	return tap_end();
}
