/* SPDX-License-Identifier: ISC */
/*
 * A system call that traps costs about 1.5 µs, so the second time that a site traps it is replaced by `jmp rel32` to a
 * stub near the text, which enters the kernel at sandbox_call like a function. The first time is only remembered: most
 * sites of a start-up run once, and a patched page of text is a private copy.
 *
 *	before		b8 imm32, imm32 the call's number, or the five-byte nop of Kiln's musl; then syscall. The jump
 *			replaces the five bytes, the syscall stays for those who jump to it.
 *	after		syscall, then 48 3d imm32 (cmp $imm32,%rax). The jump replaces syscall and the start of the cmp,
 *			which the stub does at its end. The stub stands where the third byte of the jump is 0xcc: who
 *			returns behind the old syscall meets int3 and is sent on.
 *	relocated	a move of five bytes between a register and 8(%rsp)… before the syscall moves to the stub.
 *
 * Stubs have slots of SLOT bytes in areas, shared mappings of an object of our own in the program's addresses, which
 * live and are forked like any other, while a patched page of text is its process's own. What a place in a stub stands for
 * in the text, and back, is a pure function of the stub: right for every process that has the area, patched or not. So a
 * stub is never changed, and serves all processes whose text at its site is the same.
 */
#include "abi/errno.h"
#include "abi/sandbox.h"
#include "arch/pmap.h"
#include "kernel/heap.h"
#include "kernel/thread.h"
#include "kernel/uaccess.h"
#include "kernel/vm.h"
#include "lib/string.h"
#include "sandbox.h"
#include "x86_64/regs.h"

#define AREA_SIZE    0x20000ul /* two times 64 KiB, so that every site has slots for `after` */
#define AREA_PAGES   (AREA_SIZE / PAGE_SIZE)
#define SLOT         32u
#define SLOTS        (AREA_SIZE / SLOT)
#define POINTER      (AREA_SIZE - sizeof(uint64_t))
#define RECORDS_MIN  16u
#define SEEN         256u
#define REACH        0x70000000l
#define SEARCH_STEPS 64

#define OP_JMP     0xe9
#define OP_MOV_EAX 0xb8
#define ENTER_SIZE 13u /* lea back(%rip),%rcx; jmp *entry(%rip) */
#define TAIL       (ENTER_SIZE + 2) /* in `after`, behind a syscall that restarted calls return to */

enum shape { NONE, BEFORE, AFTER, RELOCATED };

struct stub {
	uint64_t site; /* of the syscall */
	uint16_t slot;
	uint8_t shape;
	uint8_t moved; /* bytes of the text at the stub's start */
};

struct area {
	struct vm_object object;
	struct list link;
	uintptr_t base;
	paddr_t frame[AREA_PAGES];
	unsigned count, room;
	struct stub *stub;
	uint32_t used[SLOTS / 32];
};

static struct list areas = LIST_INIT(areas);
static uint32_t seen[SEEN];

static const uint8_t nop5[5] = {0x0f, 0x1f, 0x44, 0x00, 0x00};

static int area_page(struct vm_object *o, uint64_t index, bool write UNUSED, paddr_t *pa, size_t *run)
{
	struct area *a = CONTAINER_OF(o, struct area, object);

	if (index >= AREA_PAGES)
		return -ENXIO;
	if (a->frame[index] == 0)
		a->frame[index] = page_alloc(0, PAGE_ZERO);
	if (a->frame[index] == 0)
		return -ENOMEM;
	*pa = a->frame[index];
	*run = 1;
	page_get(*pa);
	return 0;
}

static void area_destroy(struct vm_object *o)
{
	struct area *a = CONTAINER_OF(o, struct area, object);

	for (unsigned i = 0; i < AREA_PAGES; i++)
		if (a->frame[i] != 0)
			page_put(a->frame[i]);
	list_remove(&a->link);
	kfree(a->stub);
	kfree(a);
}

static bool reachable(uintptr_t base, uint64_t site)
{
	int64_t d = (int64_t)(base - site);

	return d < REACH && d > -REACH;
}

static bool mapped_here(struct area *a)
{
	struct vma *v = vm_find(thread_current()->as, a->base);

	return v != NULL && v->object == &a->object;
}

/* Right below the program, where neither its heap grows nor its libraries are put next: host calls for all of it are few. */
static uintptr_t find_place(struct aspace *as, uint64_t site)
{
	uintptr_t at = ALIGN_DOWN(site - AREA_SIZE, PAGE_SIZE);

	for (int i = 0; i < SEARCH_STEPS && reachable(at, site) && at >= pmap_user_min() + PAGE_SIZE; i++) {
		struct vma *v;

		if (vm_range_free(as, at - PAGE_SIZE, AREA_SIZE + PAGE_SIZE))
			return at;
		v = vm_first(as, at - PAGE_SIZE);
		if (v == NULL || v->start < AREA_SIZE + PAGE_SIZE)
			break;
		at = v->start - AREA_SIZE;
	}
	return 0;
}

static struct area *area_create(struct aspace *as, uint64_t site)
{
	static const struct vm_object_ops ops = {.page = area_page, .destroy = area_destroy};
	uintptr_t at = find_place(as, site);
	struct area *a = at == 0 ? NULL : kzalloc(sizeof(*a));

	if (a == NULL)
		return NULL;
	a->object = (struct vm_object){.ops = &ops, .refs = 1, .name = "[stubs]"};
	a->base = at;
	list_push_back(&areas, &a->link);
	if (vm_map(as, &at, AREA_SIZE, VM_READ | VM_EXEC, VM_SHARED | VM_FIXED_NOREPLACE | VM_NOWRITE, &a->object, 0) !=
	    0)
		at = 0;
	vm_object_put(&a->object); /* the mapping has its own */
	return at == 0 ? NULL : a;
}

/* The last free slot of `count` from `first` on; 0: there is none. The area's very last holds the pointer to the kernel's entry. */
static unsigned slot_take(struct area *a, unsigned first, unsigned count)
{
	for (unsigned i = MIN(first + count, (unsigned)SLOTS - 1) - 1; i >= MAX(first, 1u); i--)
		if ((a->used[i / 32] >> i % 32 & 1) == 0) {
			a->used[i / 32] |= 1u << i % 32;
			return i;
		}
	return 0;
}

/* In `after` the second byte of stub - (site + 5) is 0xcc: 256 bytes in each 64 KiB. */
static unsigned slot_find(struct area *a, enum shape shape, uint64_t site)
{
	uint64_t first = ALIGN_UP(a->base, 0x10000ul) - 0x10000;
	unsigned slot;

	if (shape != AFTER)
		return slot_take(a, 1, SLOTS);
	first += (site + 5 + 0xcc00) % 0x10000;
	for (; first < a->base + AREA_SIZE; first += 0x10000) {
		uint64_t lo = MAX(ALIGN_UP(first, (uint64_t)SLOT), a->base);

		if (lo - first > 256 - SLOT)
			continue;
		slot = slot_take(a, (unsigned)((lo - a->base) / SLOT), (unsigned)((first + 256 - lo) / SLOT));
		if (slot != 0)
			return slot;
	}
	return 0;
}

/* Writes to the area's frames, whatever the program may do with them. */
static int area_write(struct area *a, size_t offset, const void *bytes, size_t n)
{
	size_t run;
	paddr_t pa;
	int err = area_page(&a->object, offset / PAGE_SIZE, true, &pa, &run);

	if (err != 0)
		return err;
	memcpy((char *)page_ptr(pa) + offset % PAGE_SIZE, bytes, n);
	page_put(pa);
	return 0;
}

static uint8_t *put32(uint8_t *at, uint64_t to, uint64_t end)
{
	int32_t v = (int32_t)(to - end);

	memcpy(at, &v, 4);
	return at + 4;
}

/* The stub's code at address `at`; returns its length. */
static size_t assemble(uint8_t *code, uint64_t at, uint64_t pointer, const struct stub *s, const uint8_t *text)
{
	uint8_t *p = code;
	uint64_t back = s->shape == AFTER ? at + TAIL : s->site + 2;

	if (s->moved > 0) {
		memcpy(p, text - s->moved, s->moved);
		p += s->moved;
	}
	*p++ = 0x48;
	*p++ = 0x8d;
	*p++ = 0x0d;
	p = put32(p, back, at + (uint64_t)(p - code) + 4);
	*p++ = 0xff;
	*p++ = 0x25;
	p = put32(p, pointer, at + (uint64_t)(p - code) + 4);
	if (s->shape == AFTER) {
		memcpy(p, text, 8); /* the syscall and the cmp */
		p += 8;
		*p++ = OP_JMP;
		p = put32(p, s->site + 8, at + (uint64_t)(p - code) + 4);
	}
	return (size_t)(p - code);
}

/* The whole instruction of five bytes that may be moved: mov disp8(%rsp),%r64 or mov %r64,disp8(%rsp). */
static bool movable(const uint8_t *b)
{
	return (b[0] & 0xf8) == 0x48 && (b[1] == 0x89 || b[1] == 0x8b) && (b[2] & 0xc7) == 0x44 && b[3] == 0x24;
}

/* text: the syscall's first byte, six bytes before and eight from it on are readable. */
static enum shape recognise(const uint8_t *text, uint64_t nr)
{
	uint32_t imm;

	if (memcmp(text - 5, nop5, 5) == 0)
		return BEFORE;
	memcpy(&imm, text - 4, 4);
	if (text[-5] == OP_MOV_EAX && imm == nr && (text[-6] & 0xf0) != 0x40)
		return BEFORE;
	if (text[2] == 0x48 && text[3] == 0x3d)
		return AFTER;
	return movable(text - 5) ? RELOCATED : NONE;
}

static bool write_stub(struct area *a, const struct stub *s, const uint8_t *text)
{
	uint64_t entry = (uint64_t)sandbox_call;
	uint8_t code[SLOT];
	size_t n = assemble(code, a->base + s->slot * SLOT, a->base + POINTER, s, text);

	return area_write(a, POINTER, &entry, sizeof(entry)) == 0 && area_write(a, s->slot * SLOT, code, n) == 0;
}

/* A new record. */
static struct stub *record(struct area *a)
{
	if (a->count == a->room) {
		unsigned room = a->room == 0 ? RECORDS_MIN : 2 * a->room;
		struct stub *more = krealloc(a->stub, room * sizeof(*more));

		if (more == NULL)
			return NULL;
		a->stub = more;
		a->room = room;
	}
	return &a->stub[a->count];
}

/* The stub for the same text at the same place, that another process (or this one, before it mapped it anew) has. */
static struct stub *find_stub(struct area *a, const struct stub *want, const uint8_t *text)
{
	for (struct stub *s = a->stub; s < a->stub + a->count; s++) {
		size_t at = s->slot * SLOT, n;
		uint8_t code[SLOT];

		if (s->site != want->site || s->shape != want->shape || s->moved != want->moved)
			continue;
		n = assemble(code, a->base + at, a->base + POINTER, s, text);
		if (memcmp((char *)page_ptr(a->frame[at / PAGE_SIZE]) + at % PAGE_SIZE, code, n) == 0)
			return s;
	}
	return NULL;
}

/* The jump that stands in the text, and where. */
static uint64_t make_jump(const struct area *a, const struct stub *s, uint8_t jump[5])
{
	uint64_t from = s->shape == AFTER ? s->site : s->site - 5;

	jump[0] = OP_JMP;
	put32(jump + 1, a->base + s->slot * SLOT, from + 5);
	return from;
}

static struct stub *make_stub(struct area *a, const struct stub *want, const uint8_t *text)
{
	struct stub *s = record(a);

	if (s == NULL)
		return NULL;
	*s = *want;
	s->slot = (uint16_t)slot_find(a, s->shape, s->site);
	if (s->slot == 0 || !write_stub(a, s, text))
		return NULL;
	a->count++;
	return s;
}

static bool patch_with(struct area *a, uint64_t site, enum shape shape, const uint8_t *text)
{
	bool moves = shape == RELOCATED || (shape == BEFORE && text[-5] == OP_MOV_EAX);
	struct stub want = {.site = site, .shape = (uint8_t)shape, .moved = moves ? 5 : 0}, *s;
	uint8_t jump[5];

	s = find_stub(a, &want, text);
	if (s == NULL)
		s = make_stub(a, &want, text);
	return s != NULL && vm_write(thread_current()->as, make_jump(a, s, jump), jump, sizeof(jump)) == 0;
}

static bool seen_before(uint64_t site)
{
	uint32_t *s = &seen[(site ^ site >> 8 ^ site >> 16) % SEEN];
	bool again = *s == (uint32_t)site;

	*s = (uint32_t)site;
	return again;
}

void patch_trapped(struct trapframe *tf)
{
	struct aspace *as = thread_current()->as;
	uint64_t site = tf->ip - 2;
	uint8_t bytes[14];
	enum shape shape;
	struct area *a;
	struct vma *v;

	if ((sandbox_boot->sandbox_flags & SANDBOX_NO_PATCH) != 0 || !seen_before(site))
		return;
	v = vm_find(as, site);
	if (v == NULL || (v->prot & VM_WRITE) != 0 || (v->flags & VM_SHARED) != 0 || site - 6 < v->start ||
	    site + 8 > v->end)
		return;
	if (copy_from_user(bytes, UPTR(site - 6), sizeof(bytes)) != 0)
		return;
	shape = recognise(bytes + 6, tf->orig_ax);
	if (shape == NONE)
		return;
	list_for_each_entry (a, &areas, link)
		if (reachable(a->base, site) && mapped_here(a) && patch_with(a, site, shape, bytes + 6))
			return;
	a = area_create(as, site);
	if (a != NULL)
		patch_with(a, site, shape, bytes + 6);
}

uint64_t patch_report(uint64_t ip)
{
	struct area *a;

	list_for_each_entry (a, &areas, link) {
		if (ip - a->base >= AREA_SIZE || !mapped_here(a))
			continue;
		for (unsigned i = 0; i < a->count; i++) {
			const struct stub *s = &a->stub[i];
			uint64_t at = ip - (a->base + s->slot * SLOT);

			if (at >= SLOT)
				continue;
			if (at < s->moved)
				return s->site - s->moved + at;
			if (s->shape != AFTER || at < TAIL)
				return s->site;
			return at == TAIL ? s->site + 2 : s->site + 8;
		}
	}
	return ip;
}

/* The text may be another by now. */
static bool still_there(struct area *a, const struct stub *s)
{
	uint8_t want[5], have[5];
	uint64_t from = make_jump(a, s, want);

	return mapped_here(a) && copy_from_user(have, UPTR(from), sizeof(have)) == 0 &&
	       memcmp(want, have, sizeof(have)) == 0;
}

uint64_t patch_resume(uint64_t ip)
{
	struct area *a;

	list_for_each_entry (a, &areas, link)
		for (unsigned i = 0; i < a->count; i++) {
			const struct stub *s = &a->stub[i];
			uint64_t at = a->base + s->slot * SLOT;

			if (ip != (s->shape == AFTER ? s->site + 2 : s->site) || !still_there(a, s))
				continue;
			return s->shape == AFTER ? at + TAIL : at + s->moved;
		}
	return ip;
}
