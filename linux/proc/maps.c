/* SPDX-License-Identifier: ISC */
/* /proc/PID/maps: the ranges as they are, neighbours that Linux would have joined not joined. */
#include "kernel/vm.h"
#include "proc.h"

#define NAME_COLUMN 73

static const char *name_of(const struct aspace *as, const struct vma *v)
{
	if (v->object != NULL)
		return v->object->name != NULL       ? v->object->name
		       : (v->flags & VM_SHARED) != 0 ? "/dev/zero (deleted)"
						     : "";
	if ((v->flags & VM_STACK) != 0)
		return "[stack]";
	return v->start < as->brk && v->end > as->brk_start ? "[heap]" : "";
}

int proc_maps(struct text *t, uint64_t arg)
{
	struct process *p = proc_process(arg);
	struct aspace *as;

	if (p == NULL)
		return -ESRCH;
	as = p->as;
	if (as == NULL)
		return 0;
	for (struct vma *v = vm_first(as, 0); v != NULL; v = vm_next(as, v)) {
		const char *name = name_of(as, v);
		uint64_t dev = v->object != NULL ? v->object->dev : 0;
		size_t start = t->len;

		text_printf(t, "%08lx-%08lx %c%c%c%c %08lx %02lx:%02lx %lu ", v->start, v->end,
			    (v->prot & VM_READ) != 0 ? 'r' : '-', (v->prot & VM_WRITE) != 0 ? 'w' : '-',
			    (v->prot & VM_EXEC) != 0 ? 'x' : '-', (v->flags & VM_SHARED) != 0 ? 's' : 'p',
			    v->object != NULL ? v->offset : 0, dev >> 8, dev & 0xff,
			    v->object != NULL ? v->object->ino : 0);
		while (name[0] != '\0' && !t->failed && t->len - start < NAME_COLUMN)
			text_put(t, " ", 1);
		text_printf(t, "%s\n", name);
	}
	return 0;
}
