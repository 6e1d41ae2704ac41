/* SPDX-License-Identifier: ISC */
/*
 * Program memory as mappings of the host: RAM is the memfd, what lies behind it is the image's payload. The host merges
 * contiguous mappings by itself. Pages are given at once (MAP_POPULATE) when they are few: one fault of Kiln's then
 * stands for many of the host's.
 *
 * W^X holds for frames, not only for addresses: while a frame of RAM is executable for a program the direct map has it
 * read-only, but for the moment in which the kernel itself writes to it (memory_lend). `exec` remembers those ranges; it
 * is a short list, since programs run from the payload. Those of a process that makes room for another are asleep: not
 * mapped, but left read-only, so that its next turn costs no change of the direct map.
 */
#include "abi/errno.h"
#include "arch/pmap.h"
#include "kernel/debug.h"
#include "kernel/log.h"
#include "kernel/thread.h"
#include "lib/string.h"
#include "platform/platform.h"
#include "sandbox.h"
#include "x86_64/machine.h"

#include <linux/falloc.h>
#include <linux/mman.h>

#define EXEC_FIRST 64u

struct exec_range {
	uintptr_t va;
	paddr_t pa;
	size_t n;
	bool asleep;
};

size_t memory_populate = MEMORY_POPULATE;
bool memory_switching;
static struct exec_range exec_first[EXEC_FIRST], *exec = exec_first;
static unsigned exec_count, exec_room = EXEC_FIRST;
static paddr_t loaded; /* what the host's mappings show */
void (*sandbox_switch)(paddr_t from, paddr_t to);
bool (*sandbox_switch_keep)(paddr_t root);
void (*sandbox_drop)(uintptr_t va, size_t n);
static paddr_t lent[8];
static unsigned lent_count;

uint64_t memory_prot(unsigned prot)
{
	return (prot & PMAP_READ ? PROT_READ : 0) | (prot & PMAP_WRITE ? PROT_WRITE : 0) |
	       (prot & PMAP_EXEC ? PROT_EXEC : 0);
}

#define STATUS_OUT_OF_MEMORY 137

NORETURN static void no_memory(const char *what)
{
	log_err("out of memory: %s", what);
	kernel_exit(STATUS_OUT_OF_MEMORY);
}

/* Here a debugger learns that mappings have changed, and with them perhaps its breakpoints. */
__attribute__((noinline)) void memory_check(long ret, const char *what, uintptr_t va, size_t n)
{
	if (ret == -ENOMEM) /* kernel/vm keeps well below the host's limit unless memory is scattered frame by frame */
		no_memory("the host gives this process no more mappings (vm.max_map_count)");
	if (ret < 0)
		panic("host: %s of %lx, %zu bytes: error %ld", what, va, n, -ret);
}

DEBUG_ADDRESS("on_map", memory_check);

static bool is_ram(paddr_t pa)
{
	return pa < sandbox_boot->mem_size;
}

static bool executable(paddr_t pa)
{
	for (unsigned i = 0; i < exec_count; i++)
		if (pa >= exec[i].pa && pa - exec[i].pa < exec[i].n)
			return true;
	return false;
}

static void direct_protect(paddr_t pa, size_t n, uint64_t prot)
{
	uintptr_t va = page_direct_base + pa;

	memory_check(host_call(__NR_mprotect, va, n, prot), "mprotect", va, n);
}

static void exec_push(uintptr_t va, paddr_t pa, size_t n, bool asleep)
{
	if (exec_count == exec_room) {
		size_t old = ALIGN_UP(exec_room * sizeof *exec, PAGE_SIZE);
		paddr_t more = page_alloc_exact(2 * old / PAGE_SIZE, PAGE_RESERVE);

		if (more == 0)
			no_memory("the table of executable ranges cannot grow");
		memcpy(page_ptr(more), exec, exec_count * sizeof *exec);
		if (exec != exec_first)
			page_put_run(page_addr(exec), old / PAGE_SIZE);
		exec = page_ptr(more);
		exec_room = (unsigned)(2 * old / sizeof *exec);
	}
	exec[exec_count++] = (struct exec_range){va, pa, n, asleep};
}

/* Takes [lo, hi) out of entry i; what stands before and behind stays, as other entries. */
static void exec_cut(unsigned i, size_t lo, size_t hi)
{
	struct exec_range r = exec[i];

	exec[i] = exec[--exec_count];
	if (lo > 0)
		exec_push(r.va, r.pa, lo, r.asleep);
	if (hi < r.n)
		exec_push(r.va + hi, r.pa + hi, r.n - hi, r.asleep);
}

/* Frames that are asleep are not any more: true if these were all of them. */
static bool exec_wake(paddr_t pa, size_t n)
{
	size_t found = 0;

	for (unsigned i = 0; i < exec_count;) {
		paddr_t start = exec[i].pa, lo = MAX(pa, start), hi = MIN(pa + n, start + exec[i].n);

		if (!exec[i].asleep || lo >= hi) {
			i++;
			continue;
		}
		found += hi - lo;
		exec_cut(i, lo - start, hi - start);
	}
	return found == n;
}

/* True: it is the rest of the last one. */
static bool exec_extend(uintptr_t va, paddr_t pa, size_t n)
{
	struct exec_range *last;

	if (exec_count == 0)
		return false;
	last = &exec[exec_count - 1];
	if (last->asleep || last->va + last->n != va || last->pa + last->n != pa)
		return false;
	last->n += n;
	return true;
}

static void exec_add(uintptr_t va, paddr_t pa, size_t n)
{
	if (!exec_wake(pa, n))
		direct_protect(pa, n, PROT_READ);
	if (!exec_extend(va, pa, n))
		exec_push(va, pa, n, false);
}

/* Frames that were executable may be written again, but for those that are at another address. */
static void direct_release(paddr_t pa, size_t n)
{
	paddr_t end = pa + n, run = pa;

	for (; pa <= end; pa += PAGE_SIZE) {
		if (pa < end && !executable(pa))
			continue;
		if (run < pa)
			direct_protect(run, pa - run, PROT_READ | PROT_WRITE);
		run = pa + PAGE_SIZE;
	}
}

/* [va, va + n) is not executable from now on. */
static void exec_remove(uintptr_t va, size_t n)
{
	for (unsigned i = 0; i < exec_count;) {
		struct exec_range r = exec[i];
		uintptr_t lo = MAX(va, r.va), hi = MIN(va + n, r.va + r.n);
		paddr_t pa = r.pa + (lo - r.va);

		if (r.asleep || lo >= hi) {
			i++;
			continue;
		}
		exec_cut(i, lo - r.va, hi - r.va);
		if (!memory_switching) {
			direct_release(pa, hi - lo);
			continue;
		}
		exec_wake(pa, hi - lo);
		exec_push(lo, pa, hi - lo, true);
		i = 0; /* all may stand elsewhere now */
	}
}

static void map_payload(uintptr_t va, paddr_t pa, size_t n, unsigned prot)
{
	uint64_t offset = pa - sandbox_boot->payload_pa + sandbox_boot->payload_offset;

	if ((prot & PMAP_WRITE) != 0)
		panic("the payload cannot be mapped writable");
	memory_check(host_call(__NR_mmap, va, n, memory_prot(prot),
			       MAP_PRIVATE | MAP_FIXED | (n <= memory_populate ? MAP_POPULATE : 0),
			       sandbox_boot->image_fd, offset),
		     "mmap", va, n);
}

void platform_map(uintptr_t va, paddr_t pa, size_t n, unsigned prot)
{
	if (sandbox_drop != NULL)
		sandbox_drop(va, n);
	if (exec_count > 0)
		exec_remove(va, n);
	if (!is_ram(pa)) {
		map_payload(va, pa, n, prot);
		return;
	}
	if ((prot & PMAP_EXEC) != 0)
		exec_add(va, pa, n);
	memory_check(host_call(__NR_mmap, va, n, memory_prot(prot),
			       MAP_SHARED | MAP_FIXED | (n <= memory_populate ? MAP_POPULATE : 0), sandbox_boot->mem_fd,
			       pa),
		     "mmap", va, n);
}

void platform_unmap(uintptr_t va, size_t n)
{
	if (sandbox_drop != NULL)
		sandbox_drop(va, n);
	if (exec_count > 0)
		exec_remove(va, n);
	memory_check(host_call(__NR_munmap, va, n), "munmap", va, n);
}

/* The frames of RAM in a range that becomes executable, run by run. */
static void exec_add_mapped(uintptr_t va, size_t n)
{
	struct pmap *pm = page_ptr(loaded);
	uintptr_t end = va + n;
	paddr_t pa;

	for (va = pmap_next(pm, va, end); va < end; va = pmap_next(pm, va + PAGE_SIZE, end))
		if (pmap_query(pm, va, &pa, NULL) && is_ram(pa))
			exec_add(va, pa, PAGE_SIZE);
}

void platform_protect(uintptr_t va, size_t n, unsigned prot)
{
	if (exec_count > 0)
		exec_remove(va, n);
	if ((prot & PMAP_EXEC) != 0)
		exec_add_mapped(va, n);
	memory_check(host_call(__NR_mprotect, va, n, memory_prot(prot)), "mprotect", va, n);
}

bool platform_discard(paddr_t pa, size_t n)
{
	return is_ram(pa) &&
	       host_call(__NR_fallocate, sandbox_boot->mem_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, pa, n) == 0;
}

bool memory_lend(uintptr_t va)
{
	paddr_t pa = ALIGN_DOWN(va - page_direct_base, PAGE_SIZE);

	if (va - page_direct_base >= sandbox_boot->mem_size || !executable(pa))
		return false;
	if (lent_count == ARRAY_LEN(lent))
		memory_take_back();
	lent[lent_count++] = pa;
	direct_protect(pa, PAGE_SIZE, PROT_READ | PROT_WRITE);
	this_cpu()->events = 1; /* so that the way out takes it back */
	return true;
}

void memory_take_back(void)
{
	while (lent_count > 0)
		if (executable(lent[--lent_count]))
			direct_protect(lent[lent_count], PAGE_SIZE, PROT_READ);
}

/* Frames that a program executed and that are free now: the kernel may write to them again. They were an address space's
 * that is no more, or set aside of another than the loaded one, whose frames are not free. */
void x86_frames_lost(void)
{
	for (unsigned i = 0; i < exec_count;) {
		struct exec_range r = exec[i];
		size_t lo = 0, hi;

		while (lo < r.n && page_refs(r.pa + lo) > 0)
			lo += PAGE_SIZE;
		for (hi = lo; hi < r.n && page_refs(r.pa + hi) == 0;)
			hi += PAGE_SIZE;
		if (lo == hi) {
			i++;
		} else if (r.asleep) {
			exec_cut(i, lo, hi);
			direct_release(r.pa + lo, hi - lo);
		} else {
			platform_unmap(r.va + lo, hi - lo);
		}
		/* Another stands at i then, or what is left of this one. */
	}
}

void x86_root_init(uint64_t *root UNUSED)
{
}

void x86_tlb_flush(uintptr_t va UNUSED, size_t n UNUSED)
{
}

/* One by one, all of a table; sandbox_switch does better. */
static void show(struct pmap *pm)
{
	uintptr_t va = x86_user_min;
	unsigned prot;
	paddr_t pa;

	for (size_t n; (n = pmap_run(pm, &va, x86_user_max, &pa, &prot)) > 0; va += n * PAGE_SIZE)
		if (prot != 0)
			platform_map(va, pa, n * PAGE_SIZE, prot);
}

void x86_root_load(paddr_t root)
{
	paddr_t from = loaded;

	loaded = root;
	if (sandbox_switch != NULL) {
		sandbox_switch(from, root);
		return;
	}
	if (from != 0)
		platform_unmap(x86_user_min, x86_user_max - x86_user_min);
	show(page_ptr(root));
}

bool x86_root_keep(paddr_t root)
{
	if (sandbox_switch_keep != NULL)
		return sandbox_switch_keep(root);
	platform_unmap(x86_user_min, x86_user_max - x86_user_min);
	loaded = 0;
	return false;
}
