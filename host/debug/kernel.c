/* SPDX-License-Identifier: ISC */
/*
 * The kernel inside, read from outside: threads, their registers, the programs' memory. Where things are say the numbers
 * of the section .debug_kiln (kernel/debug.h). What is read may be in the middle of a change or wrong: every list has an
 * end, every address is only read.
 */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/image.h"
#include "debug.h"
#include "elf_file.h"
#include "hostlib/cleanup.h"

#define PAGE       4096u
#define USER_END   0x800000000000ull
#define PVH_ENTRY  18u
#define FRAME_REGS 20u /* words of struct trapframe that we use; 21 with orig_ax in the middle */
#define PTE_FRAME  0x000ffffffffff000ull
#define VMAS_MAX   70000u

uint64_t kernel_base, kernel_entry, kernel_on_exec, kernel_on_crash, kernel_on_map;
uint64_t kernel_ways_start, kernel_ways_end;

static struct {
	uint64_t cpu, direct_base, fpu_owner, pmap_active, processes, phys_ops, stack_size, frame_size;
	uint64_t cpu_current, thread_kstack, thread_as, thread_task, thread_name, thread_arch;
	uint64_t arch_ksp, arch_fpu, arch_fs_base, arch_gs_base;
	uint64_t as_pmap, as_vmas, as_aux_start, as_aux_end;
	uint64_t vma_link, vma_start, vma_end, vma_prot, vma_object, vma_offset, object_name, object_ops, phys_pa;
	uint64_t task_thread, task_link, task_tid, task_comm, process_link, process_pid, process_tasks, process_as,
	    process_exe;
} k;

static bool known;

static const struct {
	const char *name;
	uint64_t *to;
	bool address;
} numbers[] = {
    {"cpu", &k.cpu, true},
    {"direct_base", &k.direct_base, true},
    {"fpu_owner", &k.fpu_owner, true},
    {"pmap_active", &k.pmap_active, true},
    {"processes", &k.processes, true},
    {"phys_ops", &k.phys_ops, true},
    {"on_exec", &kernel_on_exec, true},
    {"on_crash", &kernel_on_crash, true},
    {"on_map", &kernel_on_map, true},
    {"ways_start", &kernel_ways_start, true},
    {"ways_end", &kernel_ways_end, true},
    {"stack_size", &k.stack_size, false},
    {"frame_size", &k.frame_size, false},
    {"cpu.current", &k.cpu_current, false},
    {"thread.kstack", &k.thread_kstack, false},
    {"thread.as", &k.thread_as, false},
    {"thread.task", &k.thread_task, false},
    {"thread.name", &k.thread_name, false},
    {"thread.arch", &k.thread_arch, false},
    {"arch.ksp", &k.arch_ksp, false},
    {"arch.fpu", &k.arch_fpu, false},
    {"arch.fs_base", &k.arch_fs_base, false},
    {"arch.gs_base", &k.arch_gs_base, false},
    {"aspace.pmap", &k.as_pmap, false},
    {"aspace.vmas", &k.as_vmas, false},
    {"aspace.aux_start", &k.as_aux_start, false},
    {"aspace.aux_end", &k.as_aux_end, false},
    {"vma.link", &k.vma_link, false},
    {"vma.start", &k.vma_start, false},
    {"vma.end", &k.vma_end, false},
    {"vma.prot", &k.vma_prot, false},
    {"vma.object", &k.vma_object, false},
    {"vma.offset", &k.vma_offset, false},
    {"object.name", &k.object_name, false},
    {"object.ops", &k.object_ops, false},
    {"phys.pa", &k.phys_pa, false},
    {"task.thread", &k.task_thread, false},
    {"task.link", &k.task_link, false},
    {"task.tid", &k.task_tid, false},
    {"task.comm", &k.task_comm, false},
    {"process.link", &k.process_link, false},
    {"process.pid", &k.process_pid, false},
    {"process.tasks", &k.process_tasks, false},
    {"process.as", &k.process_as, false},
    {"process.exe", &k.process_exe, false},
};

#define NUMBERS (sizeof numbers / sizeof *numbers)

/* The section of that name in an ELF file; NULL: it has none. */
static const uint8_t *section(const struct file_map *m, const char *name, uint64_t *size)
{
	struct elf_section s;

	for (unsigned i = 0; elf_file_section(m, &i, &s);)
		if (!strcmp(s.name, name)) {
			*size = s.header.sh_size;
			return s.data;
		}
	return NULL;
}

bool kernel_load(struct error *err)
{
	AUTO_FILE_MAP struct file_map m = {0};
	const uint8_t *at, *end;
	uint64_t size, value;
	bool seen[NUMBERS] = {false};

	if (file_map(&m, settings.symbols, err) < 0)
		return false;
	if (!elf_file_is_elf(&m) || !(at = section(&m, ".debug_kiln", &size))) {
		error_set(err, "%s: not the symbols of an image", settings.symbols);
		return false;
	}
	for (end = at + size; (size_t)(end - at) > sizeof value;) {
		const char *name = (const char *)at + sizeof value;
		size_t n = strnlen(name, (size_t)(end - at) - sizeof value);

		memcpy(&value, at, sizeof value);
		for (unsigned i = 0; i < NUMBERS; i++) {
			if (strlen(numbers[i].name) != n || memcmp(name, numbers[i].name, n) != 0)
				continue;
			*numbers[i].to = value + (numbers[i].address ? kernel_base : 0);
			seen[i] = true;
		}
		at += sizeof value + n + 1;
		if (at > end)
			break;
	}
	for (unsigned i = 0; i < NUMBERS; i++)
		if (!seen[i] && numbers[i].to != &kernel_on_map) { /* the sandbox alone has that one */
			error_set(err, "%s: made by another version of Kiln (\"%s\" is missing)", settings.symbols,
				  numbers[i].name);
			return false;
		}
	known = true;
	return true;
}

int kernel_image(bool *sandbox, struct error *err)
{
	AUTO_FILE_MAP struct file_map m = {0};
	struct elf_note n = {0};
	const char *wrong;
	bool found = false;

	if (file_map(&m, settings.image, err) < 0)
		return -1;
	wrong = elf_file_check(&m);
	if (wrong)
		return error_set(err, "%s: %s", settings.image, wrong);
	while (elf_file_note(&m, &n)) {
		if (n.type == IMAGE_NOTE_PLATFORM && n.owner_size == sizeof IMAGE_NOTE_OWNER &&
		    !memcmp(n.owner, IMAGE_NOTE_OWNER, n.owner_size)) {
			*sandbox = n.size == sizeof "sandbox" && !memcmp(n.desc, "sandbox", n.size);
			found = true;
		}
		if (n.type == PVH_ENTRY && n.owner_size == sizeof "Xen" && !memcmp(n.owner, "Xen", 4) && n.size >= 4) {
			uint32_t entry;

			memcpy(&entry, n.desc, sizeof entry);
			kernel_entry = entry;
		}
	}
	if (!found || (!*sandbox && !kernel_entry))
		return error_set(err, "%s: not an image that can be debugged", settings.image);
	return 0;
}

/* A word of the kernel's memory; 0 when it cannot be read. */
static uint64_t word(uint64_t at)
{
	uint64_t v = 0;

	return machine->read(at, &v, sizeof v) < 0 ? 0 : v;
}

static uint32_t number(uint64_t at)
{
	uint32_t v = 0;

	return machine->read(at, &v, sizeof v) < 0 ? 0 : v;
}

/* A string of the kernel's. */
static void text(uint64_t at, char *to, size_t size)
{
	memset(to, 0, size);
	for (size_t n = 0; at && n + 1 < size; n++)
		if (machine->read(at + n, to + n, 1) < 0 || !to[n]) {
			to[n] = '\0';
			return;
		}
}

static struct guest_thread *list;
static unsigned count, room;
static bool fresh;
static uint64_t current;

void kernel_forget(void)
{
	fresh = false;
}

static struct guest_thread *add(void)
{
	if (count == room)
		list = xrealloc(list, (room = 2 * room + 16) * sizeof *list);
	list[count] = (struct guest_thread){0};
	return &list[count++];
}

static void add_tasks(uint64_t process)
{
	uint64_t head = process + k.process_tasks, at = word(head);
	int pid = (int)number(process + k.process_pid);

	for (; at && at != head && count < THREADS_MAX; at = word(at)) {
		uint64_t task = at - k.task_link;
		struct guest_thread *t = add();

		t->tid = (int)number(task + k.task_tid);
		t->pid = pid;
		t->thread = word(task + k.task_thread);
		t->as = word(t->thread + k.thread_as);
		t->current = t->thread == current;
		text(task + k.task_comm, t->name, 17);
	}
}

static void add_kernel(void)
{
	struct guest_thread *t = add();

	t->tid = THREAD_KERNEL;
	t->thread = current;
	t->current = true;
	strcpy(t->name, "kernel");
	if (current) {
		strcpy(t->name, "kernel: ");
		text(word(current + k.thread_name), t->name + 8, sizeof t->name - 8);
	}
}

unsigned kernel_threads(const struct guest_thread **out)
{
	bool running = false;

	if (!fresh) {
		count = 0;
		current = known ? word(k.cpu + k.cpu_current) : 0;
		if (current)
			for (uint64_t at = word(k.processes), n = 0;
			     at && at != k.processes && n < THREADS_MAX && count < THREADS_MAX; at = word(at), n++)
				add_tasks(at - k.process_link);
		for (unsigned i = 0; i < count; i++)
			running |= list[i].current;
		if (!running)
			add_kernel();
		fresh = true;
	}
	*out = list;
	return count;
}

const struct guest_thread *kernel_thread(int tid)
{
	const struct guest_thread *t;
	unsigned n = kernel_threads(&t);

	for (unsigned i = 0; i < n; i++)
		if (t[i].tid == tid)
			return &t[i];
	return NULL;
}

const struct guest_thread *kernel_current(void)
{
	const struct guest_thread *t;
	unsigned n = kernel_threads(&t);

	for (unsigned i = 0; i < n; i++)
		if (t[i].current)
			return &t[i];
	return NULL; /* cannot be: kernel_threads adds it */
}

/* In the order of struct trapframe (arch/x86_64): register, or -1. */
static const int frame_regs[] = {R_R8 + 7, R_R8 + 6,  R_R8 + 5, R_R8 + 4, R_BP,    R_BX, R_R8 + 3,
				 R_R8 + 2, R_R8 + 1,  R_R8,     R_AX,     R_CX,    R_DX, R_SI,
				 R_DI,     R_ORIG_AX, R_IP,     R_CS,     R_FLAGS, R_SP, R_SS};

#define FRAME_WORDS (sizeof frame_regs / sizeof *frame_regs)

static uint64_t frame_at(const struct guest_thread *t)
{
	return word(t->thread + k.thread_kstack) + k.stack_size - k.frame_size;
}

/* A thread that has not been in a program yet: where the kernel goes on with it. */
static int kernel_context(const struct guest_thread *t, struct regs *r)
{
	static const int order[] = {R_R8 + 7, R_R8 + 6, R_R8 + 5, R_R8 + 4, R_BP, R_BX, R_IP};
	uint64_t sp = word(t->thread + k.thread_arch + k.arch_ksp);

	for (unsigned i = 0; i < sizeof order / sizeof *order; i++)
		regs_set(r, (unsigned)order[i], word(sp + 8 * i));
	regs_set(r, R_SP, sp + 8 * (sizeof order / sizeof *order));
	return sp ? 0 : -1;
}

int kernel_saved(const struct guest_thread *t, struct regs *r)
{
	uint64_t frame[FRAME_WORDS], fpu;
	uint8_t area[512];

	/* The vector registers of who had the CPU last are still in it. */
	if (word(k.fpu_owner) == t->thread) {
		if (machine->registers(r) < 0)
			return -1;
	} else {
		memset(r, 0, sizeof *r);
		fpu = word(t->thread + k.thread_arch + k.arch_fpu);
		if (fpu && machine->read(fpu, area, sizeof area) == 0)
			regs_from_fxsave(r, area);
		regs_set(r, R_FS_BASE, word(t->thread + k.thread_arch + k.arch_fs_base));
		regs_set(r, R_GS_BASE, word(t->thread + k.thread_arch + k.arch_gs_base));
	}
	if (machine->read(frame_at(t), frame, sizeof frame) < 0)
		return -1;
	if (!frame[16])
		return kernel_context(t, r);
	for (unsigned i = 0; i < FRAME_WORDS; i++)
		regs_set(r, (unsigned)frame_regs[i], frame[i]);
	return 0;
}

int kernel_set_saved(const struct guest_thread *t, const struct regs *r)
{
	uint64_t frame[FRAME_WORDS];

	if (machine->read(frame_at(t), frame, sizeof frame) < 0 || !frame[16])
		return -1;
	for (unsigned i = 0; i < FRAME_WORDS; i++)
		if (frame_regs[i] != R_CS && frame_regs[i] != R_SS)
			frame[i] = regs_get(r, (unsigned)frame_regs[i]);
	return machine->write(frame_at(t), frame, sizeof frame);
}

/* Where the kernel sees a frame. */
static uint64_t direct(uint64_t pa)
{
	return word(k.direct_base) + pa;
}

/* The entry for `at` in an address space's page table (arch/x86_64/pmap.c); 0: not present. */
static uint64_t page_entry(uint64_t as, uint64_t at)
{
	uint64_t table = word(as + k.as_pmap), entry = 0;

	for (int shift = 39; shift >= 12; shift -= 9) {
		entry = table ? word(table + (at >> shift & 511) * 8) : 0;
		if (!entry)
			return 0;
		table = direct(entry & PTE_FRAME);
	}
	return entry;
}

/* Where the kernel sees the page; 0: not present. */
static uint64_t present(uint64_t as, uint64_t at)
{
	uint64_t entry = page_entry(as, at);

	return entry ? direct(entry & PTE_FRAME) : 0;
}

bool kernel_no_code(const struct guest_thread *t, uint64_t at)
{
	return known && at < USER_END && t && t->as && page_entry(t->as, at) >> 63 != 0;
}

/* What a page will hold that nobody has touched yet; false: nothing is mapped, or it must be read first. */
static bool absent(uint64_t as, uint64_t page, uint8_t *to)
{
	uint64_t head = as + k.as_vmas, at = word(head);

	for (unsigned n = 0; at && at != head && n < VMAS_MAX; at = word(at), n++) {
		uint64_t v = at - k.vma_link, start = word(v + k.vma_start), object;

		if (start > page)
			return false;
		if (word(v + k.vma_end) <= page)
			continue;
		object = word(v + k.vma_object);
		if (!object) {
			memset(to, 0, PAGE);
			return true;
		}
		if (word(object + k.object_ops) != k.phys_ops)
			return false;
		at = direct(word(object + k.phys_pa) + word(v + k.vma_offset) + (page - start));
		return machine->read(at, to, PAGE) == 0;
	}
	return false;
}

static bool read_page(const struct guest_thread *t, uint64_t at, void *to, size_t n)
{
	uint8_t page[PAGE];
	uint64_t from;

	if (at >= USER_END || !t || !t->as || !known)
		return machine->read(at, to, n) == 0;
	if (word(k.pmap_active) == word(t->as + k.as_pmap) && machine->read(at, to, n) == 0)
		return true;
	from = present(t->as, at & ~(uint64_t)(PAGE - 1));
	if (from)
		return machine->read(from + at % PAGE, to, n) == 0;
	if (!absent(t->as, at & ~(uint64_t)(PAGE - 1), page))
		return false;
	memcpy(to, page + at % PAGE, n);
	return true;
}

static bool write_page(const struct guest_thread *t, uint64_t at, const void *from, size_t n)
{
	uint64_t to;

	if (at >= USER_END || !t || !t->as || !known)
		return machine->write(at, from, n) == 0;
	if (word(k.pmap_active) == word(t->as + k.as_pmap) && machine->write(at, from, n) == 0)
		return true;
	to = present(t->as, at & ~(uint64_t)(PAGE - 1));
	return to && machine->write(to + at % PAGE, from, n) == 0;
}

size_t kernel_read(const struct guest_thread *t, uint64_t at, void *to, size_t n)
{
	size_t done = 0;

	while (done < n) {
		size_t part = PAGE - (at + done) % PAGE;

		part = part < n - done ? part : n - done;
		if (!read_page(t, at + done, (uint8_t *)to + done, part))
			break;
		done += part;
	}
	return done;
}

size_t kernel_read_any(const struct guest_thread *t, uint64_t at, void *to, size_t n)
{
	const struct guest_thread *other;
	unsigned threads = kernel_threads(&other);
	size_t done = kernel_read(t, at, to, n);

	for (unsigned i = 0; !done && at < USER_END && i < threads; i++)
		if (t && other[i].as != t->as)
			done = kernel_read(&other[i], at, to, n);
	return done;
}

size_t kernel_write(const struct guest_thread *t, uint64_t at, const void *from, size_t n)
{
	size_t done = 0;

	while (done < n) {
		size_t part = PAGE - (at + done) % PAGE;

		part = part < n - done ? part : n - done;
		if (!write_page(t, at + done, (const uint8_t *)from + done, part))
			break;
		done += part;
	}
	return done;
}

bool kernel_auxv(const struct guest_thread *t, uint64_t *start, uint64_t *end)
{
	if (!t || !t->as)
		return false;
	*start = word(t->as + k.as_aux_start);
	*end = word(t->as + k.as_aux_end);
	return *start && *end > *start && *end - *start < PAGE;
}

/* The process of a thread: the list has it. */
static uint64_t process_of(const struct guest_thread *t)
{
	for (uint64_t at = word(k.processes), n = 0; at && at != k.processes && n < THREADS_MAX; at = word(at), n++)
		if ((int)number(at - k.process_link + k.process_pid) == t->pid)
			return at - k.process_link;
	return 0;
}

void kernel_exe(const struct guest_thread *t, char *path, size_t size)
{
	uint64_t process = known && t && t->as ? process_of(t) : 0;

	text(process ? word(process + k.process_exe) : 0, path, size);
}

void kernel_mapped(void (*fn)(void *ctx, const struct guest_thread *t, uint64_t start, const char *name), void *ctx)
{
	unsigned n = 0; /* of all that is looked at */

	for (uint64_t p = word(k.processes); known && p && p != k.processes && n < VMAS_MAX; p = word(p), n++) {
		uint64_t process = p - k.process_link, as = word(process + k.process_as);
		struct guest_thread t = {.pid = (int)number(process + k.process_pid), .as = as};
		uint64_t head = as + k.as_vmas, at = as ? word(head) : 0;
		char name[256];

		text(word(process + k.process_exe), name, sizeof name);
		fn(ctx, &t, 0, name);
		for (; at && at != head && n < VMAS_MAX; at = word(at), n++) {
			uint64_t v = at - k.vma_link, object = word(v + k.vma_object);

			if (!object || word(v + k.vma_offset))
				continue;
			text(word(object + k.object_name), name, sizeof name);
			if (*name)
				fn(ctx, &t, word(v + k.vma_start), name);
		}
	}
}
