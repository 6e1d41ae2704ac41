/* SPDX-License-Identifier: ISC */
/* A page table as two levels of host memory over 64 GiB of program addresses, and a program's accesses through it. */
#include <errno.h>
#include <stdlib.h>
#include "arch/pmap.h"
#include "kernel/test/fake.h"
#include "kernel/vm.h"

#define USER_MIN 0x10000ul
#define USER_MAX (64ul << 30)
#define PRESENT  8u
#define LEAF     512ul

struct pmap {
	uint64_t *leaf[USER_MAX / PAGE_SIZE / LEAF]; /* entries: pa | PRESENT | prot */
};

unsigned fake_faults;
size_t fake_pmap_nodes;
size_t fake_pmap_budget = SIZE_MAX;

uintptr_t pmap_user_min(void)
{
	return USER_MIN;
}

uintptr_t pmap_user_max(void)
{
	return USER_MAX;
}

struct pmap *pmap_create(void)
{
	return calloc(1, sizeof(struct pmap));
}

void pmap_expect_switches(void)
{
}

void pmap_destroy(struct pmap *pm)
{
	for (size_t i = 0; i < ARRAY_LEN(pm->leaf); i++) {
		for (size_t j = 0; pm->leaf[i] != NULL && j < LEAF; j++)
			fake_pmap_nodes -= pm->leaf[i][j] != 0;
		free(pm->leaf[i]);
	}
	free(pm);
}

static uint64_t *entry(struct pmap *pm, uintptr_t va, bool make)
{
	uint64_t **leaf;

	if (va < USER_MIN || va >= USER_MAX || va % PAGE_SIZE != 0)
		abort();
	leaf = &pm->leaf[va / PAGE_SIZE / LEAF];
	if (*leaf == NULL && make)
		*leaf = calloc(LEAF, sizeof **leaf);
	return *leaf == NULL ? NULL : &(*leaf)[va / PAGE_SIZE % LEAF];
}

int pmap_map(struct pmap *pm, uintptr_t va, paddr_t pa, size_t npages, unsigned prot)
{
	for (size_t i = 0; i < npages; i++) {
		uint64_t *e = entry(pm, va + i * PAGE_SIZE, true);

		if (fake_pmap_budget == 0)
			return -ENOMEM;
		if (fake_pmap_budget != SIZE_MAX)
			fake_pmap_budget--;
		fake_pmap_nodes += *e == 0;
		*e = (pa + i * PAGE_SIZE) | PRESENT | prot;
	}
	return 0;
}

void pmap_unmap(struct pmap *pm, uintptr_t va, size_t npages)
{
	uintptr_t end = va + npages * PAGE_SIZE;

	for (va = pmap_next(pm, va, end); va < end; va = pmap_next(pm, va, end)) {
		*entry(pm, va, false) = 0;
		fake_pmap_nodes--;
	}
}

void pmap_protect(struct pmap *pm, uintptr_t va, size_t npages, unsigned prot)
{
	uintptr_t end = va + npages * PAGE_SIZE;

	for (va = pmap_next(pm, va, end); va < end; va = pmap_next(pm, va + PAGE_SIZE, end)) {
		uint64_t *e = entry(pm, va, false);

		*e = (*e & PAGE_MASK) | PRESENT | prot;
	}
}

bool pmap_query(struct pmap *pm, uintptr_t va, paddr_t *pa, unsigned *prot)
{
	const uint64_t *e = entry(pm, va, false);

	if (e == NULL || *e == 0)
		return false;
	if (pa != NULL)
		*pa = *e & PAGE_MASK;
	if (prot != NULL)
		*prot = *e & 7;
	return true;
}

uintptr_t pmap_next(struct pmap *pm, uintptr_t va, uintptr_t end)
{
	while (va < end) {
		const uint64_t *e = entry(pm, va, false);

		if (e != NULL && *e != 0)
			return va;
		va = e == NULL ? ALIGN_DOWN(va, LEAF * PAGE_SIZE) + LEAF * PAGE_SIZE : va + PAGE_SIZE;
	}
	return end;
}

size_t pmap_run(struct pmap *pm, uintptr_t *va, uintptr_t end, paddr_t *pa, unsigned *prot)
{
	paddr_t next;
	unsigned other;
	size_t n = 0;

	*va = pmap_next(pm, *va, end);
	while (*va + n * PAGE_SIZE < end && pmap_query(pm, *va + n * PAGE_SIZE, &next, &other)) {
		if (n == 0)
			*pa = next, *prot = other;
		if (next != *pa + n * PAGE_SIZE || other != *prot)
			break;
		n++;
	}
	return n;
}

static int reach(struct aspace *as, uintptr_t va, enum fault_access access, unsigned char **byte)
{
	static const unsigned needs[] = {
	    [FAULT_READ] = PMAP_READ, [FAULT_WRITE] = PMAP_WRITE, [FAULT_EXEC] = PMAP_EXEC};

	for (unsigned i = 0; i < 4; i++) {
		unsigned prot;
		paddr_t pa;
		int err;

		if (va >= USER_MIN && va < USER_MAX && pmap_query(as->pmap, va & PAGE_MASK, &pa, &prot) &&
		    prot & needs[access]) {
			*byte = (unsigned char *)page_ptr(pa) + va % PAGE_SIZE;
			return 0;
		}
		fake_faults++;
		err = vm_fault(as, va, access);
		if (err != 0)
			return err;
	}
	abort(); /* vm_fault claims to have served it again and again */
}

int fake_load(struct aspace *as, uintptr_t va, unsigned char *v)
{
	unsigned char *byte;
	int err = reach(as, va, FAULT_READ, &byte);

	if (err == 0)
		*v = *byte;
	return err;
}

int fake_store(struct aspace *as, uintptr_t va, unsigned char v)
{
	unsigned char *byte;
	int err = reach(as, va, FAULT_WRITE, &byte);

	if (err == 0)
		*byte = v;
	return err;
}

int fake_exec(struct aspace *as, uintptr_t va)
{
	unsigned char *byte;

	return reach(as, va, FAULT_EXEC, &byte);
}
