/* SPDX-License-Identifier: ISC */
// USES: kernel/vm.c kernel/vm_range.c kernel/vm_fault.c kernel/vm_fork.c kernel/vm_cow.c kernel/vm_remap.c kernel/vm_object.c kernel/heap.c kernel/page.c lib/tree.c kernel/test/fake_ram.c kernel/test/fake_pmap.c
/*
 * Address spaces against a model that knows of each page of a window whether it is mapped, its protection and its
 * content. Random calls and accesses must agree with it, and in the end all memory must be back. Then again with little
 * memory: then calls may fail with -ENOMEM, but must not corrupt anything. And again with forks: up to four address spaces,
 * each with a model of its own.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "test/tap.h"
#include "kernel/test/fake.h"
#include "kernel/vm.h"

#define WINDOW     0x10000000ul
#define PAGES      512ul
#define FILE_PAGES 64u

enum kind { HOLE, ANON, FILE_PRIVATE, SHARED };

/* The window's pages. `value`: the byte that all accesses to the page use, at its first address. */
struct model {
	enum kind kind;
	unsigned prot;
	unsigned char value; /* ANON, and FILE_PRIVATE once written */
	bool own; /* FILE_PRIVATE: written */
	unsigned index; /* page of the object */
};

#define PROCESSES 4u

static struct process {
	struct model model[PAGES];
	struct aspace *as; /* NULL: none */
} process[PROCESSES];
/* The current one's. */
static struct model *model;
static struct aspace *as;
static unsigned char shared_value[FILE_PAGES];
static struct vm_object *file, *shared;

static unsigned char file_value(unsigned index)
{
	return (unsigned char)(index * 3 + 1);
}

static uintptr_t address(size_t page)
{
	return WINDOW + page * PAGE_SIZE;
}

static unsigned char expected(const struct model *m)
{
	if (m->kind == SHARED)
		return shared_value[m->index];
	return m->kind == FILE_PRIVATE && !m->own ? file_value(m->index) : m->value;
}

static unsigned random_prot(void)
{
	static const unsigned choice[] = {0,       VM_READ, VM_READ | VM_WRITE, VM_READ | VM_WRITE, VM_READ | VM_EXEC,
					  VM_WRITE};

	return choice[fake_random() % ARRAY_LEN(choice)];
}

/* A failure is right only when memory is short, and then only as -ENOMEM. */
static bool agree(const char *what, int got, int want, bool short_of_memory)
{
	if (got == want || (short_of_memory && got == -ENOMEM))
		return true;
	tap_note("%s: %d instead of %d", what, got, want);
	return false;
}

static bool do_map(size_t page, size_t n, bool tight)
{
	enum kind kind = (enum kind)(1 + fake_random() % 3);
	unsigned prot = random_prot(), first = (unsigned)(fake_random() % 8);
	uintptr_t at = address(page);
	int err;

	if (kind != ANON)
		n = MIN(n, FILE_PAGES - first);
	err = vm_map(as, &at, n * PAGE_SIZE, prot, VM_FIXED | (kind == SHARED ? VM_SHARED : 0),
		     kind == ANON     ? NULL
		     : kind == SHARED ? shared
				      : file,
		     (uint64_t)first * PAGE_SIZE);
	if (err == 0)
		for (size_t i = 0; i < n; i++)
			model[page + i] = (struct model){.kind = kind, .prot = prot, .index = first + (unsigned)i};
	return agree("map", err, 0, tight) && at == address(page);
}

static bool do_unmap(size_t page, size_t n, bool tight)
{
	int err = vm_unmap(as, address(page), n * PAGE_SIZE);

	if (err == 0)
		memset(&model[page], 0, n * sizeof *model);
	return agree("unmap", err, 0, tight);
}

static bool do_protect(size_t page, size_t n, bool tight)
{
	unsigned prot = random_prot();
	size_t mapped = 0;
	int err;

	while (mapped < n && model[page + mapped].kind != HOLE)
		mapped++;
	if (tight)
		n = mapped;
	if (n == 0)
		return true;
	err = vm_protect(as, address(page), n * PAGE_SIZE, prot);
	if (tight && err != 0) { /* a part of it may be done: ask */
		for (size_t i = 0; i < n; i++)
			model[page + i].prot = vm_find(as, address(page + i))->prot;
		return err == -ENOMEM;
	}
	for (size_t i = 0; i < mapped; i++)
		model[page + i].prot = prot;
	return agree("protect", err, mapped < n ? -ENOMEM : 0, tight);
}

static bool do_discard(size_t page, size_t n)
{
	if (vm_discard(as, address(page), n * PAGE_SIZE) != 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		model[page + i].value = 0;
		model[page + i].own = false;
	}
	return true;
}

static bool same_range(const struct model *a, const struct model *b)
{
	return a->kind == b->kind && a->prot == b->prot && (a->kind == ANON || a->index + 1 == b->index);
}

/* Moves a stretch that is one range to a random place, or shrinks or grows it there. */
static bool do_remap(size_t page, size_t n, bool tight)
{
	size_t to = fake_random() % PAGES, len = 1, new_len, i;
	static struct model moved[PAGES];
	uintptr_t at = address(to);
	int err;

	if (model[page].kind == HOLE)
		return true;
	while (len < n && same_range(&model[page + len - 1], &model[page + len]))
		len++;
	new_len = MIN(1 + fake_random() % (2 * len), PAGES - to);
	if (model[page].kind != ANON)
		new_len = MIN(new_len, FILE_PAGES - model[page].index);
	if (to < page + len && page < to + new_len)
		return vm_remap(as, address(page), len * PAGE_SIZE, new_len * PAGE_SIZE, true, true, &at) == -EINVAL;
	err = vm_remap(as, address(page), len * PAGE_SIZE, new_len * PAGE_SIZE, true, true, &at);
	if (err != 0) { /* only the target's old mappings are lost, and the tail that does not come along */
		for (i = 0; i < new_len; i++)
			if (vm_find(as, address(to + i)) == NULL)
				model[to + i].kind = HOLE;
		for (i = new_len; i < len; i++)
			if (vm_find(as, address(page + i)) == NULL)
				model[page + i].kind = HOLE;
		return agree("remap", err, 0, tight);
	}
	for (i = 0; i < new_len; i++) {
		moved[i] =
		    i < len ? model[page + i] : (struct model){.kind = model[page].kind, .prot = model[page].prot};
		moved[i].index = model[page].index + (unsigned)i;
	}
	memset(&model[page], 0, len * sizeof *model);
	memcpy(&model[to], moved, new_len * sizeof *model);
	return at == address(to);
}

static bool do_load(size_t page, bool tight)
{
	unsigned char v = 0;
	struct model *m = &model[page];
	int err = fake_load(as, address(page), &v);

	if (m->kind == HOLE || m->prot == 0)
		return agree("load", err, m->kind == HOLE ? -EFAULT : -EACCES, false);
	if (err == 0 && v != expected(m))
		tap_note("page %zu kind %d holds %u, not %u", page, (int)m->kind, v, expected(m));
	return agree("load", err, 0, tight) && (err != 0 || v == expected(m));
}

static bool do_store(size_t page, bool tight)
{
	unsigned char v = (unsigned char)fake_random();
	struct model *m = &model[page];
	int err = fake_store(as, address(page), v);

	if (m->kind == HOLE || !(m->prot & VM_WRITE))
		return agree("store", err, m->kind == HOLE ? -EFAULT : -EACCES, false);
	if (err == 0) {
		m->own = true;
		m->value = v;
		if (m->kind == SHARED)
			shared_value[m->index] = v;
	}
	return agree("store", err, 0, tight);
}

/* Kernel's copies: any private page can be written, whatever its protection. */
static bool do_copy(size_t page, bool tight)
{
	unsigned char v = (unsigned char)fake_random(), back = 0;
	struct model *m = &model[page];
	bool refused = m->kind == HOLE || (m->kind == SHARED && !(m->prot & VM_WRITE));
	int err = vm_write(as, address(page), &v, 1);

	if (err == 0 && !refused) {
		m->own = true;
		m->value = v;
		if (m->kind == SHARED)
			shared_value[m->index] = v;
	}
	if (!agree("write", err, refused ? -EFAULT : 0, tight))
		return false;
	if (m->kind == HOLE)
		return vm_read(as, address(page), &back, 1) == -EFAULT;
	err = vm_read(as, address(page), &back, 1);
	return agree("read", err, 0, tight) && (err != 0 || back == expected(m));
}

/* The ranges themselves: sorted, merged, as the model has them; counts add up. */
static bool consistent(void)
{
	size_t mapped = 0, present = 0, count = 0;
	struct vma *v, *prev = NULL;

	list_for_each_entry (v, &as->vmas, link) {
		if (v->start >= v->end || (prev != NULL && prev->end > v->start))
			return false;
		if (prev != NULL && prev->end == v->start && prev->prot == v->prot && prev->object == v->object &&
		    (v->object == NULL || prev->offset + prev->end - prev->start == v->offset))
			return false;
		mapped += v->end - v->start;
		count++;
		prev = v;
	}
	for (size_t i = 0; i < PAGES; i++) {
		v = vm_find(as, address(i));
		if ((v == NULL) != (model[i].kind == HOLE) || (v != NULL && v->prot != model[i].prot))
			return false;
		present += fake_pmap_nodes > 0;
	}
	return mapped == as->mapped && count == as->count;
}

static bool all_consistent(void)
{
	struct aspace *now = as;
	struct model *model_now = model;
	size_t resident = 0;
	bool ok = true;

	for (unsigned i = 0; i < PROCESSES; i++) {
		if (process[i].as == NULL)
			continue;
		as = process[i].as;
		model = process[i].model;
		ok &= consistent();
		resident += as->resident;
	}
	as = now;
	model = model_now;
	return ok && resident == fake_pmap_nodes * PAGE_SIZE;
}

static void become(unsigned i)
{
	as = process[i].as;
	model = process[i].model;
}

/* Another one's turn, a fork of the current one, or the end of one. */
static bool do_fork(bool tight)
{
	unsigned i = (unsigned)(fake_random() % PROCESSES);
	struct aspace *to;
	int err;

	if (process[i].as == as)
		return true;
	if (process[i].as != NULL && fake_random() % 2 == 0) {
		become(i);
		return true;
	}
	if (process[i].as != NULL) {
		vm_put(process[i].as);
		process[i].as = NULL;
		return true;
	}
	err = vm_fork(as, &to);
	if (err == 0) {
		process[i].as = to;
		memcpy(process[i].model, model, sizeof process[i].model);
	}
	return agree("fork", err, 0, tight);
}

static bool random_use(unsigned rounds, bool tight, bool forks)
{
	bool ok = true;

	while (rounds-- > 0 && ok) {
		size_t page = fake_random() % PAGES, n = 1 + fake_random() % MIN(PAGES - page, 40ul);
		unsigned what = (unsigned)(fake_random() % 40);

		if (forks && fake_random() % 32 == 0)
			ok = do_fork(tight);
		else if (what < 2)
			ok = do_map(page, n, tight);
		else if (what < 3)
			ok = do_unmap(page, n, tight);
		else if (what < 5)
			ok = do_protect(page, n, tight);
		else if (what < 6)
			ok = do_discard(page, n);
		else if (what < 8)
			ok = do_remap(page, n, tight);
		else if (what < 20)
			ok = do_load(page, tight);
		else if (what < 37)
			ok = do_store(page, tight);
		else
			ok = do_copy(page, tight);
		if (!ok)
			tap_note("operation %u at page %zu, %zu pages", what, page, n);
		if (ok && rounds % 64 == 0 && !all_consistent()) {
			tap_note("the ranges are not what they should be");
			ok = false;
		}
	}
	return ok;
}

static void start(void)
{
	memset(process, 0, sizeof process);
	memset(shared_value, 0, sizeof shared_value);
	process[0].as = vm_create();
	become(0);
	shared = vm_anon_object(FILE_PAGES * PAGE_SIZE);
}

static void stop(void)
{
	for (unsigned i = 0; i < PROCESSES; i++)
		if (process[i].as != NULL)
			vm_put(process[i].as);
	vm_object_put(shared);
}

int main(void)
{
	paddr_t payload = 512ul << 20; /* behind RAM: not counted, never written */
	unsigned char intact = 1;
	size_t before;

	fake_ram(0x100000, 64ul << 20, true);
	for (unsigned i = 0; i < FILE_PAGES; i++)
		memset(page_ptr(payload + i * PAGE_SIZE), file_value(i), PAGE_SIZE);
	file = vm_phys_object(payload, FILE_PAGES * PAGE_SIZE, "file");
	start();
	stop();
	before = page_free();
	for (uint64_t seed = 1; seed <= 6; seed++) {
		fake_seed(seed);
		start();
		tap_ok(random_use(40000, false, false), "random use, seed %lu", (unsigned long)seed);
		stop();
	}
	tap_ok(page_free() + 24 * PAGE_SIZE >= before, "all memory is back");
	for (uint64_t seed = 1; seed <= 6; seed++) {
		fake_seed(seed);
		start();
		fake_leave(20 + 30 * seed);
		tap_ok(random_use(20000, true, false), "random use with %lu frames", 20 + 30 * (unsigned long)seed);
		fake_leave(SIZE_MAX);
		stop();
	}
	for (uint64_t seed = 1; seed <= 5; seed++) {
		fake_seed(seed);
		start();
		tap_ok(random_use(15000, false, true), "random use with forks, seed %lu", (unsigned long)seed);
		stop();
		start();
		fake_leave(40 + 90 * seed);
		tap_ok(random_use(10000, true, true), "and with %lu frames", 40 + 90 * (unsigned long)seed);
		fake_leave(SIZE_MAX);
		stop();
	}
	for (unsigned i = 0; i < FILE_PAGES; i++)
		intact &= *(unsigned char *)page_ptr(payload + i * PAGE_SIZE + 5) == file_value(i);
	tap_ok(intact, "the payload was never written");
	for (size_t budget = 0; budget < 400; budget += 7) {
		fake_seed(budget);
		start();
		fake_pmap_budget = budget;
		intact &= random_use(400, true, budget % 2 == 0);
		fake_pmap_budget = SIZE_MAX;
		intact &= all_consistent();
		stop();
	}
	tap_ok(intact, "random use while page tables cannot grow");
	tap_ok(page_free() + 24 * PAGE_SIZE >= before && fake_pmap_nodes == 0, "all memory is back");
	vm_object_put(file);
	return tap_end();
}
