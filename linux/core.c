/* SPDX-License-Identifier: ISC */
/*
 * Core files ("kiln.core": true): the launcher writes the file, out of guest memory, from the pieces that we name
 * (abi/trace.h); so nothing is copied here but headers and notes. Written as Linux does: PT_NOTE with every thread's
 * registers, the one that crashed first; a PT_LOAD for each mapping, with its content, the program's file's too, since
 * nobody else has that at the path that the guest knows. All is done in the thread that crashed, in the kernel, so nothing changes meanwhile. RLIMIT_CORE and
 * PR_SET_DUMPABLE are obeyed.
 */
#include "arch/pmap.h"
#include "kernel/config.h"
#include "kernel/init.h"
#include "kernel/log.h"
#include "kernel/time.h"
#include "kernel/trace.h"
#include "kernel/uaccess.h"
#include "kernel/vm.h"
#include "lib/string.h"
#include "linux/corefile.h"
#include "linux/sigqueue.h"
#include "linux/task.h"

#include <asm/resource.h>
#include <linux/elf.h>

#define RING_BYTES   (4ul << 20) /* as the profile has it: there is one ring */
#define PIECES       64u
#define BUFFER_PAGES 4u
#define WAIT_NS      (60ull * NSEC_PER_SEC) /* for the launcher; it may be stopped by a debugger, or the disk be slow */
#define ANSWER_NONE  0
#define ANSWER_GOOD  1
#define HOLE_SMALL   (64ul << 20) /* what nobody touched is zero in the file too, in mappings up to this size */
#define NAME_OWNER   8u
#define XSTATE_NOTE  0x202u /* NT_X86_XSTATE */

/* asm/elf.h's are the CPU's in another shape; these are those of sys/procfs.h. */
struct prstatus {
	int32_t signo, code, err;
	int16_t cursig;
	uint64_t sigpend, sighold;
	int32_t pid, ppid, pgrp, sid;
	uint64_t times[8];
	uint64_t reg[CORE_REGS];
	int32_t fpvalid;
};

struct prpsinfo {
	char state, sname, zomb, nice;
	uint64_t flag;
	uint32_t uid, gid;
	int32_t pid, ppid, pgrp, sid;
	char fname[16], args[80];
};

_Static_assert(sizeof(struct prstatus) == 336 && sizeof(struct prpsinfo) == 136, "as sys/procfs.h has them");

static struct {
	struct trace_core head;
	struct trace_piece piece[PIECES];
} record;

/* Bytes of ours on their way: 0 is the launcher's answer, the rest is filled with headers and notes. */
static uint8_t *buffer;
static size_t used;
static bool measuring, failed;
static uint64_t written; /* bytes of the file so far */

static void flush(unsigned flags)
{
	uint64_t end = time_mono() + WAIT_NS;
	size_t n = sizeof record.head + record.head.count * sizeof record.piece[0];

	record.head.record.type = TRACE_CORE;
	record.head.record.flags |= (uint16_t)flags;
	record.head.answer = page_addr(buffer);
	buffer[0] = ANSWER_NONE;
	if (!failed && trace_begin(n)) {
		trace_add(&record, n);
		trace_end();
		while (READ_ONCE(buffer[0]) == ANSWER_NONE && time_mono() < end)
			__builtin_ia32_pause();
	}
	failed |= buffer[0] != ANSWER_GOOD;
	record.head.record.flags = 0;
	record.head.count = 0;
	used = 8;
}

static void add(uint64_t pa, uint64_t size)
{
	unsigned n = record.head.count;

	written += size;
	if (measuring || size == 0)
		return;
	if (n > 0 && (pa == TRACE_CORE_HOLE ? record.piece[n - 1].pa == pa
					    : record.piece[n - 1].pa + record.piece[n - 1].size == pa)) {
		record.piece[n - 1].size += size;
		return;
	}
	if (n == PIECES) {
		flush(0);
		n = 0;
	}
	record.piece[n].pa = pa;
	record.piece[n].size = size;
	record.head.count = n + 1;
}

static void put(const void *data, size_t n)
{
	const char *p = data;

	if (measuring) {
		written += n;
		return;
	}
	while (n > 0) {
		size_t part = MIN(n, BUFFER_PAGES * PAGE_SIZE - used);

		if (part == 0 || record.head.count == PIECES) {
			flush(0);
			continue;
		}
		memcpy(buffer + used, p, part);
		add(page_addr(buffer + used), part);
		used += part;
		p += part;
		n -= part;
	}
}

static void put_zeros(uint64_t n)
{
	add(TRACE_CORE_HOLE, n);
}

static void put_note(const char *owner, uint32_t type, const void *data, size_t n)
{
	Elf64_Nhdr h = {.n_namesz = (uint32_t)strlen(owner) + 1, .n_descsz = (uint32_t)n, .n_type = type};
	char name[NAME_OWNER] = "";

	memcpy(name, owner, h.n_namesz);
	put(&h, sizeof h);
	put(name, sizeof name);
	put(data, n);
	put_zeros(ALIGN_UP(n, 4ul) - n);
}

static void put_thread(struct task *t, int sig, const siginfo_t *info)
{
	static uint8_t state[CORE_XSTATE_MAX];
	struct process *p = t->process;
	struct prstatus s = {.signo = sig,
			     .code = info->si_code,
			     .cursig = (int16_t)sig,
			     .sigpend = t->pending.set | p->pending.set,
			     .sighold = t->sigmask,
			     .pid = t->tid,
			     .ppid = p->parent != NULL ? p->parent->pid : 0,
			     .pgrp = p->pgid,
			     .sid = p->sid,
			     .fpvalid = 1};
	size_t n;

	core_regs(t, s.reg);
	put_note("CORE", NT_PRSTATUS, &s, sizeof s);
	n = core_xstate(t, state);
	put_note("CORE", NT_PRFPREG, state, CORE_FPREGS);
	if (n > 0)
		put_note("LINUX", XSTATE_NOTE, state, n);
}

static void put_process(struct task *t)
{
	struct process *p = t->process;
	struct prpsinfo s = {.sname = 'R',
			     .nice = (char)t->nice,
			     .uid = p->creds.uid,
			     .gid = p->creds.gid,
			     .pid = p->pid,
			     .ppid = p->parent != NULL ? p->parent->pid : 0,
			     .pgrp = p->pgid,
			     .sid = p->sid};
	size_t n = MIN(p->as->arg_end - p->as->arg_start, sizeof s.args - 1);

	memcpy(s.fname, t->comm, sizeof s.fname);
	if (n > 0 && vm_read(p->as, p->as->arg_start, s.args, n) == 0)
		for (size_t i = 0; i + 1 < n; i++)
			if (s.args[i] == '\0')
				s.args[i] = ' ';
	put_note("CORE", NT_PRPSINFO, &s, sizeof s);
}

static void put_auxv(struct aspace *as)
{
	uint64_t aux[64] = {0};
	size_t n = MIN(as->aux_end - as->aux_start, sizeof aux);

	if (n > 0 && vm_read(as, as->aux_start, aux, n) == 0)
		put_note("CORE", NT_AUXV, aux, n);
}

static bool of_file(const struct vma *v)
{
	return v->object != NULL && v->object->name != NULL && v->object->name[0] == '/';
}

/* NT_FILE: count, page size, (start, end, offset in pages) of each mapped file, then their names. */
static void put_files(struct aspace *as)
{
	uint64_t head[2] = {0, PAGE_SIZE};
	size_t names = 0;
	Elf64_Nhdr h = {.n_namesz = 5, .n_type = NT_FILE};

	for (struct vma *v = vm_first(as, 0); v != NULL; v = vm_next(as, v)) {
		if (!of_file(v))
			continue;
		head[0]++;
		names += strlen(v->object->name) + 1;
	}
	h.n_descsz = (uint32_t)(sizeof head + head[0] * 24 + names);
	put(&h, sizeof h);
	put("CORE\0\0\0", NAME_OWNER);
	put(head, sizeof head);
	for (struct vma *v = vm_first(as, 0); v != NULL; v = vm_next(as, v)) {
		uint64_t range[3] = {v->start, v->end, v->offset >> PAGE_SHIFT};

		if (of_file(v))
			put(range, sizeof range);
	}
	for (struct vma *v = vm_first(as, 0); v != NULL; v = vm_next(as, v))
		if (of_file(v))
			put(v->object->name, strlen(v->object->name) + 1);
	put_zeros(ALIGN_UP((uint64_t)h.n_descsz, 4ul) - h.n_descsz);
}

static void put_notes(struct task *self, int sig, const siginfo_t *info)
{
	struct task *t;

	put_thread(self, sig, info);
	put_process(self);
	put_note("CORE", NT_SIGINFO, info, sizeof *info);
	put_auxv(self->process->as);
	put_files(self->process->as);
	list_for_each_entry (t, &self->process->tasks, link)
		if (t != self)
			put_thread(t, sig, info);
}

/* The bytes of a mapping that go into the file; all that was touched, and what costs nothing. */
static uint64_t content(struct aspace *as, const struct vma *v)
{
	uint64_t end = v->start;

	if (v->prot != 0 && v->end - v->start <= HOLE_SMALL && (v->object == NULL || v->object->in_place))
		return v->end - v->start;
	for (uintptr_t va = pmap_next(as->pmap, v->start, v->end); va < v->end;
	     va = pmap_next(as->pmap, va + PAGE_SIZE, v->end))
		end = va + PAGE_SIZE;
	return end - v->start;
}

/* A page of a file that lies in memory and was not touched; 0: none. */
static paddr_t untouched(const struct vma *v, uintptr_t va)
{
	size_t run;
	paddr_t pa;

	if (v->object == NULL || !v->object->in_place ||
	    v->object->ops->page(v->object, (v->offset + (va - v->start)) >> PAGE_SHIFT, false, &pa, &run) != 0)
		return 0;
	page_put(pa);
	return pa;
}

static void put_memory(struct aspace *as, const struct vma *v)
{
	uintptr_t end = v->start + content(as, v);
	paddr_t pa;

	for (uintptr_t va = v->start; va < end && !failed; va += PAGE_SIZE) {
		if (!pmap_query(as->pmap, va, &pa, NULL))
			pa = untouched(v, va);
		if (pa == 0 && v->object == NULL) { /* as many as there are */
			uintptr_t next = pmap_next(as->pmap, va, end);

			put_zeros(next - va);
			va = next - PAGE_SIZE;
		} else if (pa == 0) {
			put_zeros(PAGE_SIZE);
		} else if (page_refs(pa) > 0) {
			add(pa, PAGE_SIZE);
		} else { /* the payload, which need not be where the launcher sees it */
			put(page_ptr(pa), PAGE_SIZE);
		}
	}
}

static void put_headers(struct aspace *as, uint64_t notes)
{
	Elf64_Ehdr e = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
			.e_type = ET_CORE,
			.e_machine = CORE_MACHINE,
			.e_version = EV_CURRENT,
			.e_phoff = sizeof e,
			.e_ehsize = sizeof e,
			.e_phentsize = sizeof(Elf64_Phdr),
			.e_phnum = (uint16_t)(as->count + 1)};
	uint64_t at = sizeof e + (as->count + 1) * sizeof(Elf64_Phdr);
	Elf64_Phdr ph = {.p_type = PT_NOTE, .p_offset = at, .p_filesz = notes, .p_align = 4};

	put(&e, sizeof e);
	put(&ph, sizeof ph);
	at = ALIGN_UP(at + notes, PAGE_SIZE);
	for (struct vma *v = vm_first(as, 0); v != NULL; v = vm_next(as, v)) {
		ph = (Elf64_Phdr){.p_type = PT_LOAD,
				  .p_flags = (v->prot & VM_READ ? PF_R : 0u) | (v->prot & VM_WRITE ? PF_W : 0u) |
					     (v->prot & VM_EXEC ? PF_X : 0u),
				  .p_offset = at,
				  .p_vaddr = v->start,
				  .p_filesz = content(as, v),
				  .p_memsz = v->end - v->start,
				  .p_align = PAGE_SIZE};
		put(&ph, sizeof ph);
		at += ph.p_filesz;
	}
}

static void put_all(struct task *t, int sig, const siginfo_t *info)
{
	struct aspace *as = t->process->as;
	uint64_t start, notes;

	/* Sizes first: what is written in between reads memory only. */
	measuring = true;
	written = 0;
	put_notes(t, sig, info);
	notes = written;
	measuring = false;
	written = 0;
	put_headers(as, notes);
	start = written;
	put_notes(t, sig, info);
	ASSERT(written == start + notes);
	put_zeros(ALIGN_UP(written, PAGE_SIZE) - written);
	for (struct vma *v = vm_first(as, 0); v != NULL && !failed; v = vm_next(as, v))
		put_memory(as, v);
}

static bool dump(const struct trapframe *tf UNUSED, int sig, const siginfo_t *info)
{
	struct task *t = task_current();
	struct process *p = t->process;

	if (p->rlimit[RLIMIT_CORE].cur == 0 || p->dumpable == 0 || p->as->count >= UINT16_MAX - 1)
		return false;
	failed = false;
	used = 8;
	record.head.count = 0;
	record.head.pid = (uint32_t)p->pid;
	memcpy(record.head.comm, t->comm, sizeof record.head.comm);
	record.head.record.flags = TRACE_CORE_FIRST;
	put_all(t, sig, info);
	flush(TRACE_CORE_LAST);
	return !failed;
}

static void init(void)
{
	paddr_t pa;

	if (!config_bool("kiln.core", false))
		return;
	pa = page_alloc_exact(BUFFER_PAGES, PAGE_RESERVE);
	if (pa == 0 || trace_open(RING_BYTES) != 0) {
		log_warn("kiln.core: no memory");
		return;
	}
	buffer = page_ptr(pa);
	process_core_limit = UINT64_MAX;
	core_dump_hook = dump;
}
INIT(INIT_LATE, init);
