/* SPDX-License-Identifier: ISC */
// USES: kernel/vm.c kernel/vm_range.c kernel/vm_fault.c kernel/vm_remap.c kernel/vm_object.c kernel/heap.c kernel/page.c lib/tree.c kernel/test/fake_ram.c kernel/test/fake_pmap.c
/* Address spaces, one behaviour at a time: where mappings go, what a fault gives, what is refused. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "arch/pmap.h"
#include "test/tap.h"
#include "kernel/heap.h"
#include "kernel/test/fake.h"
#include "kernel/vm.h"

#define MIB 1048576ul
#define GIB (1024 * MIB)
#define RW  (VM_READ | VM_WRITE)

static struct aspace *as;

static uintptr_t map(uintptr_t hint, size_t len, unsigned prot, unsigned flags)
{
	uintptr_t at = hint;
	int err = vm_map(as, &at, len, prot, flags, NULL, 0);

	return err == 0 ? at : (uintptr_t)err;
}

static void unmap(uintptr_t at, size_t len)
{
	if (vm_unmap(as, at, len) != 0)
		abort();
}

static void discard(uintptr_t at, size_t len)
{
	if (vm_discard(as, at, len) != 0)
		abort();
}

static bool touch(uintptr_t at, size_t len)
{
	for (size_t off = 0; off < len; off += PAGE_SIZE)
		if (fake_store(as, at + off, 1) != 0)
			return false;
	return true;
}

static void places(void)
{
	uintptr_t a = map(0, MIB, RW, 0), b = map(0, MIB, VM_READ, 0), c;

	tap_ok(b + MIB == a && a < pmap_user_max(), "mappings go downwards");
	tap_ok(vm_unmap(as, a, MIB) == 0 && map(0, MIB / 2, RW, 0) == a + MIB / 2, "a gap is filled from its top");
	tap_ok(map(0x40000000, MIB, RW, 0) == 0x40000000, "a hint is followed");
	c = map(0x40000000, MIB, RW, 0);
	tap_ok(c != 0x40000000 && c % PAGE_SIZE == 0, "unless something is there");
	tap_ok((int)map(0x40000000, PAGE_SIZE, RW, VM_FIXED_NOREPLACE) == -EEXIST, "or an error, with NOREPLACE");
	tap_ok(map(0x40000000, PAGE_SIZE, VM_READ, VM_FIXED) == 0x40000000, "a fixed one replaces");
	tap_ok(map(0, MIB, RW, VM_32BIT) <= 2 * GIB - MIB, "below 2 GiB if asked for");
	tap_ok((int)map(0, PAGE_SIZE, RW, VM_FIXED) == -ENOMEM &&
		   (int)map(pmap_user_max(), PAGE_SIZE, RW, VM_FIXED) == -ENOMEM,
	       "never outside the program's half");
	tap_ok(vm_find(as, b) != NULL && vm_find(as, pmap_user_max() - 1) == NULL, "vm_find");
}

static void random_places(void)
{
	uintptr_t first = as->mmap_top, stack = as->stack_top;
	struct aspace *other = vm_create();

	tap_ok(other->mmap_top != first && other->stack_top != stack, "another address space, other addresses");
	vm_put(other);
}

static void sparse(void)
{
	size_t before = page_free();
	uintptr_t at = map(0, 40 * GIB, 0, 0);

	tap_ok((intptr_t)at > 0 && before - page_free() <= PAGE_SIZE, "40 GiB that cannot be touched cost nothing");
	tap_ok(vm_protect(as, at + 8 * GIB, MIB, RW) == 0 && touch(at + 8 * GIB, MIB), "a part of them can be used");
	tap_ok(vm_unmap(as, at, 40 * GIB) == 0 && as->resident == 0, "and all given back");
	tap_ok((int)map(0, page_total() + PAGE_SIZE, RW, 0) == -ENOMEM, "more than there is: refused at once");
	at = map(0, 2 * page_total(), RW, VM_NORESERVE);
	tap_ok((intptr_t)at > 0, "unless the program says that it knows");
	unmap(at, 2 * page_total());
	at = map(0, 2 * page_total(), VM_READ, 0);
	tap_ok(vm_protect(as, at, 2 * page_total(), RW) == -ENOMEM, "also by way of mprotect");
	unmap(at, 2 * page_total());
}

static void clusters(void)
{
	uintptr_t at = map(0, 4 * MIB, RW, 0);
	unsigned faults = fake_faults;
	size_t before;

	touch(at, 4 * MIB);
	tap_ok(fake_faults - faults <= 22, "1024 pages upwards take %u faults", fake_faults - faults);
	discard(at, 4 * MIB);
	faults = fake_faults;
	for (size_t off = 4 * MIB; off > 0; off -= PAGE_SIZE)
		fake_store(as, at + off - PAGE_SIZE, 1);
	tap_ok(fake_faults - faults <= 22, "and downwards %u", fake_faults - faults);
	discard(at, 4 * MIB);
	before = as->resident;
	for (size_t off = 0; off < 4 * MIB; off += 32 * PAGE_SIZE)
		fake_store(as, at + off, 1);
	tap_ok(as->resident - before <= 32 * 4 * PAGE_SIZE, "scattered ones give 4 pages each");
	discard(at, 4 * MIB);
	as->resident += GIB; /* as if it were a large program */
	before = as->resident;
	for (size_t off = 0; off < 4 * MIB; off += 32 * PAGE_SIZE)
		fake_store(as, at + off, 1);
	tap_ok(as->resident - before > 32 * 8 * PAGE_SIZE && as->resident - before <= 4 * MIB,
	       "a large program gets more, so that its frames lie in fewer stretches");
	as->resident -= GIB;
	unmap(at, 4 * MIB);
}

static void stacks(void)
{
	uintptr_t top = 0x50000000, at = top - 16 * PAGE_SIZE, other;

	as->stack_limit = 8 * MIB;
	map(at, 16 * PAGE_SIZE, RW, VM_FIXED | VM_GROWSDOWN | VM_STACK);
	tap_ok(touch(at, 16 * PAGE_SIZE) && fake_store(as, at - 1, 1) == 0, "a stack grows");
	tap_ok(fake_store(as, top - 8 * MIB, 1) == 0, "to its limit");
	tap_ok(fake_store(as, top - 8 * MIB - 1, 1) == -EFAULT, "and not further");
	unmap(top - 8 * MIB, 8 * MIB);
	map(at, 16 * PAGE_SIZE, RW, VM_FIXED | VM_GROWSDOWN);
	other = map(at - 2 * MIB, MIB / 2, RW, VM_FIXED);
	tap_ok(fake_store(as, at - MIB / 4, 1) == 0 && fake_store(as, other + MIB / 2 + PAGE_SIZE, 1) == -EFAULT,
	       "a gap stays between it and what lies below");
	tap_ok(vm_protect(as, other, MIB / 2, 0) == 0 && fake_store(as, other + MIB / 2, 1) == 0,
	       "unless that is a guard itself");
	unmap(other, top - other);
	map(at, PAGE_SIZE, RW, VM_FIXED | VM_GROWSDOWN);
	tap_ok(!vm_range_free(as, at - VM_STACK_GAP, PAGE_SIZE) &&
		   map(at - PAGE_SIZE, PAGE_SIZE, RW, 0) != at - PAGE_SIZE,
	       "no mapping is placed into the gap");
	unmap(at, PAGE_SIZE);
}

static void writable_executable(void)
{
	uintptr_t at;
	unsigned lines = fake_log_lines;

	tap_ok((int)map(0, PAGE_SIZE, RW | VM_EXEC, 0) == -EACCES, "writable and executable is refused");
	at = map(0, PAGE_SIZE, RW, 0);
	tap_ok(vm_protect(as, at, PAGE_SIZE, RW | VM_EXEC) == -EACCES, "by mprotect as well");
	tap_ok(fake_log_lines == lines + 1 && strstr(fake_log_last, "--allow-wx") != NULL,
	       "one line names the way out");
	fake_store(as, at, 0xc3);
	tap_ok(fake_exec(as, at) == -EACCES && vm_protect(as, at, PAGE_SIZE, VM_READ | VM_EXEC) == 0 &&
		   fake_exec(as, at) == 0 && fake_store(as, at, 1) == -EACCES,
	       "first the one, then the other works");
	as->allow_wx = true;
	tap_ok(vm_protect(as, at, PAGE_SIZE, RW | VM_EXEC) == 0 && fake_exec(as, at) == 0 && fake_store(as, at, 1) == 0,
	       "allowed, it is both");
	as->allow_wx = false;
	unmap(at, PAGE_SIZE);
}

static void shared_memory(void)
{
	struct vm_object *o = vm_anon_object(10 * PAGE_SIZE + 100), *far = vm_anon_object(UINT64_MAX);
	struct aspace *other = vm_create();
	uintptr_t a = 0, b = 0;
	unsigned char v = 0;
	size_t before = page_free();

	tap_ok(vm_map(as, &a, MIB, RW, VM_SHARED, o, 0) == 0 &&
		   vm_map(other, &b, MIB, VM_READ, VM_SHARED, o, PAGE_SIZE) == 0,
	       "an object in two address spaces");
	tap_ok(fake_store(as, a + PAGE_SIZE + 7, 42) == 0 && fake_load(other, b + 7, &v) == 0 && v == 42,
	       "is one memory");
	tap_ok(fake_store(as, a + 11 * PAGE_SIZE, 1) == -ENXIO, "beyond its end is -ENXIO");
	tap_ok(fake_store(as, a + 10 * PAGE_SIZE + 200, 9) == 0, "in the last page it is not");
	vm_object_unmap(o, 1, UINT64_MAX);
	tap_ok(!pmap_query(as->pmap, a + PAGE_SIZE, NULL, NULL) && !pmap_query(other->pmap, b, NULL, NULL),
	       "pages can be taken out of all address spaces");
	tap_ok(fake_load(other, b + 7, &v) == 0 && v == 42, "and come back with their content");
	tap_ok(vm_discard(as, a, PAGE_SIZE) == 0 && fake_store(as, a, 5) == 0 && vm_discard(as, a, PAGE_SIZE) == 0 &&
		   fake_load(as, a, &v) == 0 && v == 5,
	       "discarding a mapping does not change the object");
	vm_put(other);
	unmap(a, MIB);
	vm_object_put(o);
	tap_ok(page_free() + 2 * PAGE_SIZE >= before, "its memory goes with it");
	tap_ok(vm_map(as, &a, PAGE_SIZE, RW, VM_SHARED, far, 1ull << 62) == 0 && fake_store(as, a, 7) == 0 &&
		   vm_map(as, &a, PAGE_SIZE, RW, VM_SHARED | VM_FIXED, far, 0) == 0 && fake_load(as, a, &v) == 0 &&
		   v == 0 && vm_map(as, &a, PAGE_SIZE, RW, VM_SHARED | VM_FIXED, far, 1ull << 62) == 0 &&
		   fake_load(as, a, &v) == 0 && v == 7,
	       "pages may be far apart");
	unmap(a, PAGE_SIZE);
	vm_object_put(far);
}

/* An object whose page() "sleeps": the range it was asked for is replaced meanwhile. */
static int slow_page(struct vm_object *o, uint64_t index, bool write, paddr_t *pa, size_t *run)
{
	(void)o, (void)write;
	*pa = page_alloc(0, PAGE_ZERO);
	*run = 1;
	if (index == 0 && vm_unmap(as, 0x60000000, PAGE_SIZE) != 0)
		abort();
	return *pa == 0 ? -ENOMEM : 0;
}

static void slow_destroy(struct vm_object *o)
{
	o->name = "gone";
}

static void blocking(void)
{
	static const struct vm_object_ops ops = {.page = slow_page, .destroy = slow_destroy};
	struct vm_object o = {.ops = &ops, .refs = 1, .name = "slow"};
	uintptr_t at = 0x60000000;
	size_t before = page_free();
	unsigned char v;

	tap_ok(vm_map(as, &at, PAGE_SIZE, RW, VM_FIXED, &o, 0) == 0 && fake_load(as, at, &v) == -EFAULT,
	       "a range that vanishes while its page is fetched");
	vm_object_put(&o);
	tap_ok(strcmp(o.name, "gone") == 0 && before - page_free() <= 2 * PAGE_SIZE, "leaves nothing behind");
}

/* An object whose pages have one frame for readers and another one from the first write on. */
static paddr_t two_frames[2];

static int two_page(struct vm_object *o, uint64_t index, bool write, paddr_t *pa, size_t *run)
{
	(void)o, (void)index;
	*pa = two_frames[write];
	*run = 1;
	page_get(*pa);
	return 0;
}

static void another_frame(void)
{
	static const struct vm_object_ops ops = {.page = two_page, .destroy = slow_destroy};
	struct vm_object o = {.ops = &ops, .refs = 1, .name = "two"};
	uintptr_t at = 0x60000000;
	size_t resident = as->resident;
	unsigned char v = 0;

	two_frames[0] = page_alloc(0, PAGE_ZERO);
	two_frames[1] = page_alloc(0, PAGE_ZERO);
	tap_ok(vm_map(as, &at, PAGE_SIZE, RW, VM_FIXED | VM_SHARED, &o, 0) == 0 && fake_load(as, at, &v) == 0 &&
		   page_refs(two_frames[0]) == 2,
	       "a shared page that was read");
	tap_ok(fake_store(as, at, 7) == 0 && *(unsigned char *)page_ptr(two_frames[1]) == 7 &&
		   *(unsigned char *)page_ptr(two_frames[0]) == 0,
	       "is another frame for a write, if the object says so");
	tap_ok(page_refs(two_frames[0]) == 1 && page_refs(two_frames[1]) == 2 && as->resident == resident + PAGE_SIZE,
	       "the first one is let go");
	unmap(at, PAGE_SIZE);
	vm_object_put(&o);
	page_put(two_frames[0]);
	page_put(two_frames[1]);
}

static void limits(void)
{
	uintptr_t at;

	as->limit = as->mapped + MIB;
	tap_ok((int)map(0, MIB + PAGE_SIZE, RW, 0) == -ENOMEM, "the limit of the address space");
	at = map(0, MIB, RW, 0);
	tap_ok((intptr_t)at > 0 && map(at, MIB, VM_READ, VM_FIXED) == at, "replacing does not count twice");
	tap_ok(vm_remap(as, at, MIB, 2 * MIB, true, false, &at) == -ENOMEM, "mremap counts as well");
	unmap(at, MIB);
	as->limit = SIZE_MAX;
}

static void out_of_memory(void)
{
	uintptr_t at = map(0, page_total() / 2, RW, 0);

	fake_leave(200);
	tap_ok(!touch(at, page_total() / 2) && fake_store(as, at + page_total() / 2 - 1, 1) == -ENOMEM,
	       "no memory left: -ENOMEM");
	tap_ok(page_free() >= 8 * PAGE_SIZE, "the kernel keeps its reserve");
	tap_ok(vm_unmap(as, at, page_total() / 2) == 0 && page_free() >= 190 * PAGE_SIZE, "and can give it back");
	fake_leave(SIZE_MAX);
}

static void moving(void)
{
	uintptr_t a = map(0, 8 * PAGE_SIZE, RW, 0), b = 0, to;
	unsigned char v = 0;

	fake_store(as, a, 7);
	map(a - PAGE_SIZE, PAGE_SIZE, 0, VM_FIXED);
	tap_ok(vm_remap(as, a, 8 * PAGE_SIZE, 4 * PAGE_SIZE, false, false, &b) == 0 && b == a &&
		   vm_find(as, a + 4 * PAGE_SIZE) == NULL,
	       "shrink");
	tap_ok(vm_remap(as, a, 4 * PAGE_SIZE, 8 * PAGE_SIZE, false, false, &b) == 0 && b == a, "grow in place");
	map(a + 8 * PAGE_SIZE, PAGE_SIZE, 0, VM_FIXED);
	tap_ok(vm_remap(as, a, 8 * PAGE_SIZE, 9 * PAGE_SIZE, false, false, &b) == -ENOMEM, "there is something behind");
	tap_ok(vm_remap(as, a, 8 * PAGE_SIZE, MIB, true, false, &to) == 0 && to != a && vm_find(as, a) == NULL &&
		   fake_load(as, to, &v) == 0 && v == 7,
	       "so it moves with its content");
	tap_ok(vm_remap(as, to, 0, PAGE_SIZE, true, false, &b) == -EINVAL, "length 0 is for shared memory");
	tap_ok(vm_remap(as, to, 2 * GIB, 3 * GIB, true, false, &b) == -EFAULT, "not one mapping: -EFAULT");
	unmap(to, MIB);
}

int main(void)
{
	fake_ram(0x100000, 64 * MIB, true);
	as = vm_create();
	random_places();
	sparse();
	places();
	clusters();
	stacks();
	writable_executable();
	shared_memory();
	blocking();
	another_frame();
	limits();
	moving();
	out_of_memory();
	vm_put(as);
	return tap_end();
}
