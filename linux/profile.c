/* SPDX-License-Identifier: ISC */
/*
 * --profile ("kiln.profile": true): samples for the launcher, which unwinds and names them (abi/trace.h). The platform calls
 * `sample` some thousand times a second, wherever the CPU is, in the kernel too: from an NMI or a signal, so it may
 * neither fault nor rely on a structure that is being changed. A sample is the registers and what lies on the stacks:
 * the kernel's as it stands, the program's through its page table. Whoever waits is not seen: samples are time on
 * the CPU.
 *
 * Where programs have their text is told at system calls, when the ranges of the address space have changed.
 */
#include "arch/context.h"
#include "arch/pmap.h"
#include "abi/boot.h"
#include "kernel/config.h"
#include "kernel/init.h"
#include "kernel/log.h"
#include "kernel/trace.h"
#include "kernel/vm.h"
#include "lib/string.h"
#include "linux/syscall.h"
#include "linux/task.h"
#include "platform/platform.h"
#include "platform/sample.h"
#include "x86_64/regs.h"

#define RING_BYTES (4ul << 20)
#define USER_STACK 8192u
#define NAME_BYTES 128u
#define PROCESSES  32u /* whose maps are remembered; others are told again */
#define HLT        0xf4
#define SAMPLE_MAX (sizeof(struct trace_sample) + THREAD_STACK_SIZE + USER_STACK)

_Static_assert(sizeof(struct trapframe) == TRACE_REGS * 8, "struct pt_regs");

static struct known {
	int pid;
	struct aspace *as;
	uint64_t generation, maps; /* maps: of what was told, a sum */
} known[PROCESSES];

/* The bytes of the kernel's stack in use. */
static size_t kernel_stack(const struct thread *t, uintptr_t sp)
{
	uintptr_t low = (uintptr_t)t->kstack, top = low + THREAD_STACK_SIZE;

	if (t->kstack == NULL || sp < low || sp >= top)
		return 0;
	return (t->as != NULL ? top - sizeof(struct trapframe) : top) - sp;
}

static uint32_t add_user_stack(struct pmap *pm, uintptr_t sp)
{
	uintptr_t at = sp, end = sp + USER_STACK;
	paddr_t pa;

	while (at < end && at >= pmap_user_min() && at < pmap_user_max()) {
		uintptr_t off = at % PAGE_SIZE;
		size_t n = MIN(PAGE_SIZE - off, end - at);

		if (!pmap_query(pm, ALIGN_DOWN(at, PAGE_SIZE), &pa, NULL))
			break;
		trace_add((const char *)page_ptr(pa) + off, n);
		at += n;
	}
	return (uint32_t)(at - sp);
}

static void sample(const struct trapframe *tf, bool in_kernel)
{
	const struct thread *t = thread_current();
	const struct trapframe *user = in_kernel ? NULL : tf;
	uintptr_t sp = tf->sp;
	struct trace_sample s = {.record = {.type = TRACE_SAMPLE, .flags = in_kernel ? TRACE_IN_KERNEL : 0}};
	size_t stack = 0;

	if (t == NULL || (t == this_cpu()->idle && platform_sample_idle(tf)))
		return;
	if (!trace_begin(SAMPLE_MAX))
		return;
	if (in_kernel) {
		stack = kernel_stack(t, sp);
		memcpy(s.kernel_regs, tf, sizeof *tf);
		if (stack > 0 && t->as != NULL)
			user = arch_trapframe((struct thread *)(uintptr_t)t);
	}
	if (user != NULL)
		memcpy(s.regs, user, sizeof *user);
	if (t->task != NULL) {
		s.pid = (uint32_t)t->task->process->pid;
		s.tid = (uint32_t)t->task->tid;
		memcpy(s.comm, t->task->comm, sizeof s.comm);
	} else {
		strlcpy(s.comm, t->name, sizeof s.comm);
	}
	s.kernel_bytes = (uint32_t)stack;
	trace_add(&s, sizeof s);
	trace_add((const void *)sp, stack);
	if (user != NULL && t->as != NULL)
		s.user_bytes = add_user_stack(t->as->pmap, user->sp);
	trace_patch(offsetof(struct trace_sample, user_bytes), &s.user_bytes, sizeof s.user_bytes);
	trace_end();
}

static void tell(const struct process *p, const struct vma *v)
{
	const char *name = v->object != NULL && v->object->name != NULL ? v->object->name : "";
	struct trace_map m = {.record = {.type = TRACE_MAP},
			      .pid = (uint32_t)p->pid,
			      .start = v->start,
			      .end = v->end,
			      .offset = v->offset};

	if (!trace_begin(sizeof m + NAME_BYTES))
		return;
	trace_add(&m, sizeof m);
	trace_add(name, strnlen(name, NAME_BYTES - 1));
	trace_add("", 1);
	trace_end();
}

static uint64_t sum(struct aspace *as)
{
	uint64_t s = 1;

	for (struct vma *v = vm_first(as, 0); v != NULL; v = vm_next(as, v))
		if ((v->prot & VM_EXEC) != 0)
			s = (s ^ v->start ^ v->end << 20 ^ v->offset << 7 ^ (uintptr_t)v->object) * 0x9e3779b97f4a7c15;
	return s;
}

static void tell_maps(void)
{
	struct process *p = process_current();
	struct known *k = &known[(unsigned)p->pid % PROCESSES];
	struct aspace *as = p->as;
	uint64_t now;

	if (as == NULL || (k->pid == p->pid && k->as == as && k->generation == as->generation))
		return;
	now = sum(as);
	if (k->pid != p->pid || k->as != as || k->maps != now)
		for (struct vma *v = vm_first(as, 0); v != NULL; v = vm_next(as, v))
			if ((v->prot & VM_EXEC) != 0)
				tell(p, v);
	*k = (struct known){p->pid, as, as->generation, now};
}

static void on_enter(unsigned long nr UNUSED, const struct callargs *a UNUSED)
{
	tell_maps();
}

static void on_exit(unsigned long nr UNUSED, const struct callargs *a UNUSED, long result UNUSED)
{
	tell_maps();
}

static struct syscall_watcher watcher = {.enter = on_enter, .exit = on_exit};

static void profile_init(void)
{
	struct trace_kernel k = {.record = {.type = TRACE_KERNEL}, .base = platform_boot_info()->kernel_base};
	int err;

	if (!config_bool("kiln.profile", false))
		return;
	err = trace_open(RING_BYTES);
	if (err == 0)
		err = platform_sample_start(sample);
	if (err != 0) {
		log_err("no profile: error %d", -err);
		return;
	}
	if (trace_begin(sizeof k)) {
		trace_add(&k, sizeof k);
		trace_end();
	}
	syscall_watch(&watcher);
}
INIT(INIT_LATE, profile_init);
