/* SPDX-License-Identifier: ISC */
/* The scheduler and address spaces for a debugger. Nobody calls the function: what counts is the section it fills. */
#include "kernel/debug.h"

#include "kernel/page.h"
#include "kernel/thread.h"
#include "kernel/vm.h"

DEBUG_ADDRESS("cpu", cpu_boot);
DEBUG_ADDRESS("direct_base", page_direct_base);

void kernel_debug(void);

void kernel_debug(void)
{
	DEBUG_CONST("stack_size", THREAD_STACK_SIZE);
	DEBUG_FIELD("cpu.current", struct cpu, current);
	DEBUG_FIELD("thread.kstack", struct thread, kstack);
	DEBUG_FIELD("thread.as", struct thread, as);
	DEBUG_FIELD("thread.task", struct thread, task);
	DEBUG_FIELD("thread.name", struct thread, name);
	DEBUG_FIELD("thread.arch", struct thread, arch);
	DEBUG_FIELD("aspace.pmap", struct aspace, pmap);
	DEBUG_FIELD("aspace.vmas", struct aspace, vmas);
	DEBUG_FIELD("aspace.aux_start", struct aspace, aux_start);
	DEBUG_FIELD("aspace.aux_end", struct aspace, aux_end);
	DEBUG_FIELD("vma.link", struct vma, link);
	DEBUG_FIELD("vma.start", struct vma, start);
	DEBUG_FIELD("vma.end", struct vma, end);
	DEBUG_FIELD("vma.prot", struct vma, prot);
	DEBUG_FIELD("vma.object", struct vma, object);
	DEBUG_FIELD("vma.offset", struct vma, offset);
	DEBUG_FIELD("object.name", struct vm_object, name);
}
