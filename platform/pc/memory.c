/* SPDX-License-Identifier: ISC */
/*
 * RAM while it is being found: a few ranges of RAM, and what is reserved in them. memory_early takes from the first
 * free bytes behind the kernel's image. What the loader only needs until the kernel runs is reserved too, and stays
 * so: it is less than a page in most cases.
 *
 * RAM is zero when the machine is switched on, but for what firmware has used: nothing below 1 MiB, and nothing of the
 * last FIRMWARE_TOP bytes below 4 GiB, is taken to be zero. A warm reset leaves RAM as it was: MARK, in a page that
 * neither firmware nor loader touches, is there then.
 */
#include "kernel/log.h"
#include "lib/string.h"
#include "platform_pc.h"

#define RANGES       16u
#define MIB          (1ull << 20)
#define GIB          (1ull << 30)
#define FIRMWARE_TOP (20 * MIB) /* SeaBIOS: 16 MiB that it keeps room in, and what it runs in before it boots us */
#define MARK_PA      0x90000u /* SeaBIOS clears what is below */
#define MARK         0x746f6f62206e6c69ull

struct range {
	paddr_t start, end;
};

static struct range ram[RANGES], reserved[RANGES];
static unsigned ram_count, reserved_count;
static paddr_t early;

void memory_reserve(paddr_t start, paddr_t end)
{
	if (start >= end)
		return;
	if (reserved_count == RANGES)
		panic("too many things are in memory at boot");
	reserved[reserved_count++] = (struct range){ALIGN_DOWN(start, PAGE_SIZE), ALIGN_UP(end, PAGE_SIZE)};
}

/* What is reserved and overlaps [start, end) first; NULL: nothing. */
static const struct range *first_reserved(paddr_t start, paddr_t end)
{
	const struct range *first = NULL;

	for (unsigned i = 0; i < reserved_count; i++)
		if (reserved[i].start < end && reserved[i].end > start &&
		    (first == NULL || reserved[i].start < first->start))
			first = &reserved[i];
	return first;
}

static bool in_ram(paddr_t start, paddr_t end)
{
	for (unsigned i = 0; i < ram_count; i++)
		if (start >= ram[i].start && end <= ram[i].end)
			return true;
	return false;
}

void *memory_early(size_t n)
{
	const struct range *r;
	paddr_t pa;

	if (early == 0)
		early = ALIGN_UP(pc_image_pa(kiln_payload_end), PAGE_SIZE);
	n = ALIGN_UP(n, PAGE_SIZE);
	while ((r = first_reserved(early, early + n)) != NULL)
		early = r->end;
	pa = early;
	if (pa + n > GIB)
		panic("the image and what came with it do not fit into the first GiB of memory");
	if (!in_ram(pa, pa + n))
		panic("not enough memory to boot");
	early += n;
	return memset(page_ptr(pa), 0, n);
}

void memory_add(paddr_t start, paddr_t end)
{
	start = MAX(ALIGN_UP(start, PAGE_SIZE), PAGE_SIZE);
	end = ALIGN_DOWN(end, PAGE_SIZE);
	if (start >= end || ram_count == RANGES)
		return;
	ram[ram_count++] = (struct range){start, end};
}

uint64_t memory_size(void)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < ram_count; i++)
		n += ram[i].end - ram[i].start;
	return n;
}

static void give(paddr_t start, paddr_t end, bool zero)
{
	const struct range *r;

	while (start < end && (r = first_reserved(start, end)) != NULL) {
		if (r->start > start)
			page_add_range(start, r->start, zero);
		start = r->end;
	}
	if (start < end)
		page_add_range(start, end, zero);
}

void memory_finish(void)
{
	uint64_t *mark = page_ptr(MARK_PA);
	bool warm = *mark == MARK;
	paddr_t low_top = 0;

	for (unsigned i = 0; i < ram_count; i++) {
		if (ram[i].end > GIB)
			mmu_map_ram(ram[i].start, ram[i].end);
		if (ram[i].end <= 4 * GIB)
			low_top = MAX(low_top, ram[i].end);
	}
	mmu_finish();
	memory_reserve(MARK_PA, MARK_PA + PAGE_SIZE);
	memory_reserve(MIB, early);
	*mark = MARK;
	for (unsigned i = 0; i < ram_count; i++) {
		paddr_t start = ram[i].start, end = ram[i].end, dirty = end;

		if (warm || end <= MIB)
			dirty = start;
		else if (end <= 4 * GIB && low_top < end + FIRMWARE_TOP)
			dirty = low_top > start + FIRMWARE_TOP ? low_top - FIRMWARE_TOP : start;
		give(start, dirty, true);
		give(dirty, end, false);
	}
}
