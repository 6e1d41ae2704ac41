/* SPDX-License-Identifier: ISC */
/*
 * System V shared memory (shmget(2), shmop(2), shmctl(2)). A segment is an object that ranges map, over anonymous memory; each
 * range holds a reference, and the list one until IPC_RMID. So the attachments need no count of their own, forks and ends of
 * processes none of our care, and the last of them frees what was removed. Only shmdt notes its time: an end does not come here.
 */
#include <asm/shmbuf.h>

#include "abi/errno.h"
#include "arch/pmap.h"
#include "kernel/heap.h"
#include "kernel/time.h"
#include "kernel/vm.h"
#include "lib/fmt.h"
#include "linux/calls.h"
#include "linux/ipc_perm.h"
#include "linux/task.h"

#define SHMMNI        4096u
#define SHMMAX        (UINT64_MAX - (1ul << 24))
#define SHM_HUGETLB   04000
#define SHM_NORESERVE 010000
#define SHM_RDONLY    010000
#define SHM_RND       020000
#define SHM_REMAP     040000
#define SHM_EXEC      0100000
#define SHM_LOCKED    02000 /* in mode */

enum { SHM_LOCK = 11, SHM_UNLOCK, SHM_STAT, SHM_INFO, SHM_STAT_ANY };

struct segment {
	struct ipc ipc;
	struct vm_object o, *memory;
	uint64_t size;
	int64_t attached, detached, changed; /* seconds */
	int creator, last;
	char name[16];
};

static struct ipc_kind segments = IPC_KIND_INIT(segments, SHMMNI);

static int64_t now(void)
{
	return (int64_t)(time_real() / NSEC_PER_SEC);
}

static struct segment *of_object(struct vm_object *o)
{
	return CONTAINER_OF(o, struct segment, o);
}

static int segment_page(struct vm_object *o, uint64_t index, bool write, paddr_t *pa, size_t *run)
{
	struct vm_object *m = of_object(o)->memory;

	return m->ops->page(m, index, write, pa, run);
}

static void segment_destroy(struct vm_object *o)
{
	struct segment *s = of_object(o);

	ipc_remove(&segments, &s->ipc);
	vm_object_put(s->memory);
	kfree(s);
}

static const struct vm_object_ops segment_ops = {.page = segment_page, .destroy = segment_destroy};

static struct segment *by_id(int id)
{
	struct ipc *i = ipc_by_id(&segments, id);

	return i != NULL ? CONTAINER_OF(i, struct segment, ipc) : NULL;
}

static unsigned attachments(const struct segment *s)
{
	return s->o.refs - ((s->ipc.perm.mode & IPC_DEST) == 0);
}

static long make(int key, uint64_t size, unsigned flags)
{
	struct segment *s;

	if (size == 0 || size > SHMMAX)
		return -EINVAL;
	if ((flags & SHM_HUGETLB) != 0 || (size > page_total() && (flags & SHM_NORESERVE) == 0))
		return -ENOMEM;
	s = kzalloc(sizeof *s);
	if (s == NULL)
		return -ENOMEM;
	s->memory = vm_anon_object(ALIGN_UP(size, PAGE_SIZE));
	if (s->memory == NULL) {
		kfree(s);
		return -ENOMEM;
	}
	s->size = size;
	s->changed = now();
	s->creator = process_current()->pid;
	ipc_add(&segments, &s->ipc, key, flags);
	fmt_snprintf(s->name, sizeof s->name, "/SYSV%08x", (unsigned)key);
	s->o =
	    (struct vm_object){.ops = &segment_ops, .refs = 1, .name = s->name, .dev = 1, .ino = (uint64_t)s->ipc.id};
	return s->ipc.id;
}

long sys_shmget(int key, size_t size, int flags)
{
	struct ipc *i;
	int err = ipc_find(&segments, key, (unsigned)flags, &i);

	if (err != 0)
		return err;
	if (i == NULL)
		return make(key, size, (unsigned)flags);
	if (size > CONTAINER_OF(i, struct segment, ipc)->size)
		return -EINVAL;
	err = ipc_check(i, (unsigned)flags);
	return err != 0 ? err : i->id;
}

static int place(uintptr_t *addr, size_t len, int flags, unsigned *vm_flags)
{
	if (*addr == 0)
		return (flags & SHM_REMAP) != 0 ? -EINVAL : 0;
	if ((flags & SHM_RND) != 0)
		*addr &= ~(PAGE_SIZE - 1);
	if (!IS_ALIGNED(*addr, PAGE_SIZE) || *addr < pmap_user_min() || len > pmap_user_max() ||
	    *addr > pmap_user_max() - len)
		return -EINVAL;
	*vm_flags |= (flags & SHM_REMAP) != 0 ? VM_FIXED : VM_FIXED_NOREPLACE;
	return 0;
}

long sys_shmat(int id, unsigned long addr, int flags)
{
	struct segment *s = by_id(id);
	unsigned prot = VM_READ, vm_flags = VM_SHARED, want = 0444;
	size_t len;
	int err;

	if (s == NULL)
		return -EINVAL;
	len = ALIGN_UP(s->size, PAGE_SIZE);
	err = place(&addr, len, flags, &vm_flags);
	if (err != 0)
		return err;
	if ((flags & SHM_RDONLY) != 0) {
		vm_flags |= VM_NOWRITE;
	} else {
		prot |= VM_WRITE;
		want |= 0222;
	}
	if ((flags & SHM_EXEC) != 0) {
		prot |= VM_EXEC;
		want |= 0111;
	}
	err = ipc_check(&s->ipc, want);
	if (err == 0)
		err = vm_map(process_current()->as, &addr, len, prot, vm_flags, &s->o, 0);
	if (err != 0)
		return err == -EEXIST ? -EINVAL : err;
	s->attached = now();
	s->last = process_current()->pid;
	return (long)addr;
}

/* All of what one attachment at addr has become: parts may be protected differently, or gone. */
long sys_shmdt(unsigned long addr)
{
	struct aspace *as = process_current()->as;
	struct segment *s = NULL;
	struct vma *v, *next;
	uintptr_t end = 0;

	if (!IS_ALIGNED(addr, PAGE_SIZE))
		return -EINVAL;
	for (v = vm_first(as, addr); v != NULL && (s == NULL || v->start < end); v = next) {
		uintptr_t from = v->start, to = v->end;

		next = vm_next(as, v);
		if (from < addr || v->object == NULL || v->object->ops != &segment_ops || from - addr != v->offset)
			continue;
		if (s == NULL) {
			s = of_object(v->object);
			vm_object_get(&s->o);
			end = addr + ALIGN_UP(s->size, PAGE_SIZE);
		}
		if (v->object == &s->o && vm_unmap(as, from, to - from) != 0)
			break;
	}
	if (s == NULL)
		return -EINVAL;
	s->detached = now();
	s->last = process_current()->pid;
	vm_object_put(&s->o);
	return 0;
}

static long put_stat(struct segment *s, struct uptr to, bool any, long result)
{
	struct shmid64_ds ds = {
	    .shm_perm = s->ipc.perm,
	    .shm_segsz = s->size,
	    .shm_atime = s->attached,
	    .shm_dtime = s->detached,
	    .shm_ctime = s->changed,
	    .shm_cpid = s->creator,
	    .shm_lpid = s->last,
	    .shm_nattch = attachments(s),
	};
	int err = any ? 0 : ipc_check(&s->ipc, 0444);

	if (err != 0)
		return err;
	return put_user(to, ds) != 0 ? -EFAULT : result;
}

static void remove(struct segment *s)
{
	if ((s->ipc.perm.mode & IPC_DEST) != 0)
		return;
	s->ipc.perm.mode |= IPC_DEST;
	s->ipc.perm.key = IPC_PRIVATE;
	vm_object_put(&s->o);
}

static long change(struct segment *s, int command, struct uptr arg)
{
	struct shmid64_ds ds;
	int err = ipc_check_owner(&s->ipc);

	if (command == IPC_SET && get_user(ds, arg) != 0)
		return -EFAULT;
	if (err != 0)
		return err;
	if (command == IPC_RMID) {
		remove(s);
		return 0;
	}
	if (command == IPC_SET) {
		ipc_set(&s->ipc, &ds.shm_perm);
		s->changed = now();
	} else if (command == SHM_LOCK) { /* nothing is ever taken away from it */
		s->ipc.perm.mode |= SHM_LOCKED;
	} else {
		s->ipc.perm.mode &= ~(unsigned)SHM_LOCKED;
	}
	return 0;
}

static long limits(struct uptr to)
{
	struct shminfo64 info = {.shmmax = SHMMAX, .shmmin = 1, .shmmni = SHMMNI, .shmseg = SHMMNI, .shmall = SHMMAX};

	if (put_user(to, info) != 0)
		return -EFAULT;
	return segments.count == 0 ? 0 : (long)segments.count - 1;
}

long sys_shmctl(int id, int command, struct uptr arg)
{
	struct segment *s;
	struct ipc *i;

	if (id < 0 || command < 0)
		return -EINVAL;
	switch (command) {
	case IPC_INFO: return limits(arg);
	case SHM_STAT:
	case SHM_STAT_ANY:
		i = ipc_by_index(&segments, id);
		if (i == NULL)
			return -EINVAL;
		return put_stat(CONTAINER_OF(i, struct segment, ipc), arg, command == SHM_STAT_ANY, i->id);
	case IPC_STAT:
	case IPC_SET:
	case IPC_RMID:
	case SHM_LOCK:
	case SHM_UNLOCK: break;
	default: return -EINVAL;
	}
	s = by_id(id);
	if (s == NULL)
		return -EINVAL;
	return command == IPC_STAT ? put_stat(s, arg, false, 0) : change(s, command, arg);
}
