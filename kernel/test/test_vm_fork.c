/* SPDX-License-Identifier: ISC */
// USES: kernel/vm.c kernel/vm_range.c kernel/vm_fault.c kernel/vm_fork.c kernel/vm_cow.c kernel/vm_remap.c kernel/vm_object.c kernel/heap.c kernel/page.c lib/tree.c kernel/test/fake_ram.c kernel/test/fake_pmap.c
/* vm_fork, one behaviour at a time: who sees whose writes, which frames are copied, what a lack of memory leaves. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "arch/pmap.h"
#include "test/tap.h"
#include "kernel/test/fake.h"
#include "kernel/vm.h"

#define MIB 1048576ul
#define RW  (VM_READ | VM_WRITE)
#define AT  0x40000000ul

static struct aspace *parent, *child;

static void map(struct aspace *as, uintptr_t at, size_t pages, unsigned prot, unsigned flags, struct vm_object *o)
{
	if (vm_map(as, &at, pages * PAGE_SIZE, prot, flags | VM_FIXED, o, 0) != 0)
		abort();
}

static void store(struct aspace *as, uintptr_t at, unsigned char v)
{
	if (fake_store(as, at, v) != 0)
		abort();
}

static int load(struct aspace *as, uintptr_t at)
{
	unsigned char v = 0;
	int err = fake_load(as, at, &v);

	return err != 0 ? err : v;
}

static paddr_t frame(struct aspace *as, uintptr_t at)
{
	paddr_t pa;

	return pmap_query(as->pmap, at, &pa, NULL) ? pa : 0;
}

static struct aspace *fork_of(struct aspace *as)
{
	struct aspace *to;

	if (vm_fork(as, &to) != 0)
		abort();
	return to;
}

static void start(void)
{
	parent = vm_create();
	map(parent, AT, 16, RW, 0, NULL);
	for (unsigned i = 0; i < 16; i++)
		store(parent, AT + i * PAGE_SIZE, (unsigned char)(i + 1));
	child = fork_of(parent);
}

static void stop(void)
{
	vm_put(parent);
	vm_put(child);
}

static void both_directions(void)
{
	size_t before;

	start();
	before = page_free();
	tap_ok(load(child, AT) == 1 && frame(child, AT) == frame(parent, AT) && page_free() == before,
	       "what is only read is one frame");
	store(child, AT, 50);
	tap_ok(load(parent, AT) == 1 && load(child, AT) == 50, "the child's write stays its own");
	store(parent, AT + 8 * PAGE_SIZE, 60);
	tap_ok(load(parent, AT + 8 * PAGE_SIZE) == 60 && load(child, AT + 8 * PAGE_SIZE) == 9,
	       "and the parent's its own");
	tap_ok(before - page_free() < 16 * PAGE_SIZE, "pages that nobody wrote are not copied");
	tap_ok(child->resident == parent->resident && child->mapped == parent->mapped, "both count all of it");
	stop();
}

static void last_owner(void)
{
	paddr_t pa;
	size_t before;

	start();
	pa = frame(parent, AT);
	vm_put(child);
	before = page_free();
	store(parent, AT, 70);
	store(parent, AT + 15 * PAGE_SIZE, 71);
	tap_ok(frame(parent, AT) == pa && page_free() == before, "the last owner writes without a copy");
	child = fork_of(parent);
	store(child, AT, 72);
	before = page_free();
	store(parent, AT, 73);
	tap_ok(frame(parent, AT) == pa && page_free() == before, "also when the other one has its copy");
	stop();
}

static void kernel_writes(void)
{
	unsigned char v = 80, back = 0;

	start();
	tap_ok(vm_write(child, AT, &v, 1) == 0 && load(parent, AT) == 1 && load(child, AT) == 80, "vm_write copies");
	tap_ok(vm_zero(parent, AT + PAGE_SIZE, 8) == 0 && load(child, AT + PAGE_SIZE) == 2 &&
		   load(parent, AT + PAGE_SIZE) == 0,
	       "vm_zero too");
	stop();
	start();
	if (vm_protect(parent, AT, 16 * PAGE_SIZE, VM_READ | VM_EXEC) != 0)
		abort();
	vm_put(child);
	child = fork_of(parent);
	tap_ok(vm_write(parent, AT, &v, 1) == 0 && fake_exec(parent, AT) == 0 && load(child, AT) == 1,
	       "a patch of text stays where it was made");
	tap_ok(vm_read(child, AT, &back, 1) == 0 && back == 1 && fake_store(child, AT, 1) == -EACCES,
	       "and text stays text");
	stop();
}

static void changes_of_ranges(void)
{
	uintptr_t to = 0;

	start();
	tap_ok(vm_protect(child, AT, 8 * PAGE_SIZE, VM_READ) == 0 && vm_protect(child, AT, 8 * PAGE_SIZE, RW) == 0,
	       "mprotect there and back");
	store(child, AT, 90);
	tap_ok(load(parent, AT) == 1 && load(child, AT) == 90, "gives no right to others' frames");
	tap_ok(vm_remap(child, AT, 16 * PAGE_SIZE, 32 * PAGE_SIZE, true, true, &(uintptr_t){AT + MIB}) == 0, "mremap");
	store(child, AT + MIB + PAGE_SIZE, 91);
	store(child, AT + MIB + 20 * PAGE_SIZE, 92);
	tap_ok(load(parent, AT + PAGE_SIZE) == 2 && load(child, AT + MIB + PAGE_SIZE) == 91 &&
		   load(child, AT + MIB + 2 * PAGE_SIZE) == 3,
	       "neither does it");
	tap_ok(vm_discard(parent, AT, 16 * PAGE_SIZE) == 0 && load(parent, AT + 2 * PAGE_SIZE) == 0 &&
		   load(child, AT + MIB + 2 * PAGE_SIZE) == 3,
	       "MADV_DONTNEED here leaves the other");
	tap_ok(vm_unmap(child, AT + MIB, 32 * PAGE_SIZE) == 0 && vm_map(child, &to, MIB, RW, 0, NULL, 0) == 0 &&
		   load(child, to) == 0 && child->resident <= 16 * PAGE_SIZE,
	       "munmap, and new memory is new");
	stop();
}

static void generations(void)
{
	struct aspace *third;

	start();
	store(child, AT, 100);
	third = fork_of(child);
	store(third, AT, 101);
	store(third, AT + PAGE_SIZE, 102);
	store(parent, AT + PAGE_SIZE, 103);
	tap_ok(load(parent, AT) == 1 && load(child, AT) == 100 && load(third, AT) == 101, "a grandchild has its own");
	tap_ok(load(parent, AT + PAGE_SIZE) == 103 && load(child, AT + PAGE_SIZE) == 2 &&
		   load(third, AT + PAGE_SIZE) == 102,
	       "each of the three");
	vm_put(child);
	tap_ok(load(third, AT + 2 * PAGE_SIZE) == 3, "and outlives who made it");
	child = third;
	stop();
}

static void kinds(void)
{
	struct vm_object *shared = vm_anon_object(MIB), *file = vm_phys_object(512 * MIB, 4 * PAGE_SIZE, "file");
	size_t before = page_free();

	parent = vm_create();
	page_ptr(512 * MIB);
	memset(page_ptr(512 * MIB), 7, 4 * PAGE_SIZE);
	map(parent, AT, 4, RW, VM_SHARED, shared);
	map(parent, AT + MIB, 4, RW, VM_DONTFORK, NULL);
	map(parent, AT + 2 * MIB, 4, RW, VM_WIPEONFORK, NULL);
	map(parent, AT + 3 * MIB, 4, RW, 0, file);
	map(parent, AT + 4 * MIB, 4, RW, VM_LOCKED, NULL);
	for (unsigned i = 0; i < 5; i++)
		store(parent, AT + i * MIB, 5);
	load(parent, AT + 3 * MIB + PAGE_SIZE);
	parent->brk_start = AT, parent->brk = AT + 100, parent->limit = 99 * MIB, parent->env_end = 123;
	parent->map_flags = VM_LOCKED;
	child = fork_of(parent);
	tap_ok(load(child, AT + MIB) == -EFAULT && load(parent, AT + MIB) == 5, "VM_DONTFORK stays behind");
	tap_ok(load(child, AT + 2 * MIB) == 0 && load(parent, AT + 2 * MIB) == 5 &&
		   (vm_find(child, AT + 2 * MIB)->flags & VM_WIPEONFORK) != 0,
	       "VM_WIPEONFORK is empty, again and again");
	store(child, AT, 6);
	store(child, AT + PAGE_SIZE, 8);
	tap_ok(load(parent, AT) == 6 && load(parent, AT + PAGE_SIZE) == 8, "shared memory stays shared");
	store(child, AT + 3 * MIB, 6);
	tap_ok(load(parent, AT + 3 * MIB) == 5 && load(child, AT + 3 * MIB + PAGE_SIZE) == 7 &&
		   frame(child, AT + 3 * MIB + PAGE_SIZE) == 512 * MIB + PAGE_SIZE,
	       "a private file: copies are copied, the payload stays in place");
	tap_ok(vm_find(child, AT + 4 * MIB)->flags == 0 && child->map_flags == 0, "locks are not inherited");
	tap_ok(child->brk == AT + 100 && child->limit == 99 * MIB && child->env_end == 123 &&
		   child->mmap_top == parent->mmap_top,
	       "break, limits and notes are");
	stop();
	vm_object_put(shared);
	vm_object_put(file);
	tap_ok(page_free() + 8 * PAGE_SIZE >= before, "nothing is lost");
}

static void failures(void)
{
	struct aspace *to = NULL;
	size_t before, resident;
	unsigned failed = 0;
	bool intact = true;

	start();
	map(parent, AT + MIB, 4, RW, 0, NULL);
	store(parent, AT + MIB, 1);
	vm_put(child);
	for (unsigned i = 0; i < 16; i++)
		store(parent, AT + i * PAGE_SIZE, (unsigned char)(i + 1));
	before = page_free();
	resident = parent->resident;
	for (fake_pmap_budget = 0; vm_fork(parent, &to) != 0; fake_pmap_budget = ++failed) {
		for (unsigned i = 0; i < 16; i++)
			intact &= load(parent, AT + i * PAGE_SIZE) == (int)i + 1;
		intact &= page_free() == before && parent->resident == resident;
		store(parent, AT, 1);
	}
	fake_pmap_budget = SIZE_MAX;
	tap_ok(failed > 10 && intact, "a fork that fails at any page changes nothing");
	child = to;
	fake_leave(9);
	tap_ok(vm_fork(parent, &to) == -ENOMEM, "the kernel's reserve is not for forks");
	tap_ok(fake_store(child, AT, 1) == -ENOMEM && load(child, AT) == 1 && load(parent, AT) == 1,
	       "a copy for which there is no memory is an error, and the page stays");
	fake_leave(SIZE_MAX);
	fake_pmap_budget = 0;
	tap_ok(fake_store(child, AT, 9) == -ENOMEM && load(child, AT) == 1, "for want of a page table too");
	fake_pmap_budget = SIZE_MAX;
	tap_ok(fake_store(child, AT, 9) == 0 && load(child, AT) == 9 && load(parent, AT) == 1, "later it works");
	stop();
}

static void many(void)
{
	size_t before = page_free();

	start();
	for (unsigned i = 0; i < 5000; i++) {
		struct aspace *next = fork_of(i % 3 == 0 ? parent : child);

		store(next, AT + i % 16 * PAGE_SIZE, (unsigned char)i);
		store(parent, AT + i % 5 * PAGE_SIZE, (unsigned char)i);
		vm_put(child);
		child = next;
	}
	stop();
	tap_ok(before - page_free() <= 8 * PAGE_SIZE && fake_pmap_nodes == 0, "thousands of forks leave nothing");
}

/* Scattered writes of a large program copy clusters, so that the host's mappings do not run out. */
static void stretches(void)
{
	size_t n = 0, pages = 8 * MIB / PAGE_SIZE;

	parent = vm_create();
	map(parent, AT, pages, RW, 0, NULL);
	for (size_t i = 0; i < pages; i++)
		store(parent, AT + i * PAGE_SIZE, 1);
	child = fork_of(parent);
	for (size_t i = 0; i < pages; i += 2)
		store(child, AT + i * PAGE_SIZE, 2);
	for (size_t i = 1; i < pages; i++)
		n += frame(child, AT + i * PAGE_SIZE) != frame(child, AT + (i - 1) * PAGE_SIZE) + PAGE_SIZE;
	tap_ok(n < pages / 16, "%zu stretches after a write to every second of %zu pages", n, pages);
	stop();
}

int main(void)
{
	fake_ram(0x100000, 64 * MIB, true);
	both_directions();
	last_owner();
	kernel_writes();
	changes_of_ranges();
	generations();
	kinds();
	failures();
	many();
	stretches();
	return tap_end();
}
