/* SPDX-License-Identifier: ISC */
/*
 * Futexes: waiters in hash buckets, found by key. The key of private memory is (address space, address), of memory that
 * is mapped shared (object, offset), so that processes meet. Looking at the word and queueing are one step: nobody else
 * is in the kernel meanwhile, but the look may fault and sleep, so the word is read before anything is queued and the
 * last read does not sleep (a page that was just read is present).
 */
#include "linux/futex.h"

#include "abi/errno.h"
#include "arch/uaccess.h"
#include "kernel/vm.h"
#include "linux/calls.h"
#include "linux/task.h"
#include "linux/timespec.h"

#include <linux/futex.h>

#define BUCKETS      64u
#define ROBUST_LIMIT 2048

struct futex_key {
	const void *base;
	uint64_t offset;
};

struct futex_waiter {
	struct list link;
	struct futex_key key;
	struct thread *thread;
	uint32_t bitset;
	bool woken;
};

static struct list buckets[BUCKETS];

static struct list *bucket(const struct futex_key *k)
{
	uint64_t h = ((uint64_t)(uintptr_t)k->base >> 4 ^ k->offset >> 2) * 0x9e3779b97f4a7c15ull;
	struct list *b = &buckets[h >> 58];

	if (b->next == NULL)
		list_init(b);
	return b;
}

static int key_get(uintptr_t addr, bool shared, struct futex_key *k)
{
	struct aspace *as = process_current()->as;

	if (!IS_ALIGNED(addr, 4))
		return -EINVAL;
	*k = (struct futex_key){as, addr};
	if (shared) {
		struct vma *v = vm_find(as, addr);

		if (v == NULL)
			return -EFAULT;
		if (v->object != NULL && (v->flags & VM_SHARED) != 0)
			*k = (struct futex_key){v->object, v->offset + (addr - v->start)};
	}
	return 0;
}

static bool key_same(const struct futex_key *a, const struct futex_key *b)
{
	return a->offset == b->offset && a->base == b->base;
}

static void wake_waiter(struct futex_waiter *w)
{
	list_remove(&w->link);
	w->woken = true;
	thread_wake(w->thread);
}

static long wake_key(const struct futex_key *k, unsigned n, uint32_t bitset)
{
	struct list *b = bucket(k);
	struct futex_waiter *w, *next;
	long woken = 0;

	list_for_each_entry_safe (w, next, b, link) {
		if (n == 0)
			break;
		if (!key_same(&w->key, k) || (w->bitset & bitset) == 0)
			continue;
		wake_waiter(w);
		woken++;
		n--;
	}
	return woken;
}

static long wake(uintptr_t addr, bool shared, unsigned n, uint32_t bitset)
{
	struct futex_key k;
	int err = key_get(addr, shared, &k);

	if (bitset == 0)
		return -EINVAL;
	return err != 0 ? err : wake_key(&k, n, bitset);
}

static long wait(uintptr_t addr, bool shared, uint32_t value, uint64_t deadline, uint32_t bitset);

static long wait_again(struct restart_block *r)
{
	return wait(r->a[0], (r->a[1] & 1) != 0, (uint32_t)(r->a[1] >> 32), r->a[2], (uint32_t)r->a[3]);
}

static long wait(uintptr_t addr, bool shared, uint32_t value, uint64_t deadline, uint32_t bitset)
{
	struct futex_waiter w = {.thread = thread_current(), .bitset = bitset};
	uint32_t now;
	int err = key_get(addr, shared, &w.key);

	if (bitset == 0)
		return -EINVAL;
	if (err != 0)
		return err;
	err = arch_user_load32(addr, &now);
	if (err != 0)
		return err;
	if (now != value)
		return -EAGAIN;
	list_push_back(bucket(&w.key), &w.link);
	err = wait_flag(&w.woken, deadline, WAIT_INTERRUPTIBLE);
	list_remove(&w.link);
	if (err != -EINTR)
		return err;
	if (deadline == TIME_NEVER)
		return -ERESTARTSYS;
	task_current()->restart =
	    (struct restart_block){wait_again, {addr, (uint64_t)value << 32 | (shared ? 1 : 0), deadline, bitset}};
	return -ERESTART_RESTARTBLOCK;
}

static long requeue(uintptr_t from, uintptr_t to, bool shared, unsigned n_wake, unsigned n_move, const uint32_t *expect)
{
	struct futex_key kf, kt;
	struct futex_waiter *w, *next;
	struct list *source, *target;
	long moved = 0, woken;
	uint32_t now;
	int err = key_get(from, shared, &kf);

	if (err == 0)
		err = key_get(to, shared, &kt);
	if (err == 0 && expect != NULL)
		err = arch_user_load32(from, &now);
	if (err != 0)
		return err;
	if (expect != NULL && now != *expect)
		return -EAGAIN;
	woken = wake_key(&kf, n_wake, FUTEX_BITSET_MATCH_ANY);
	source = bucket(&kf);
	target = bucket(&kt);
	list_for_each_entry_safe (w, next, source, link) {
		if (n_move == 0 || key_same(&kf, &kt))
			break;
		if (!key_same(&w->key, &kf))
			continue;
		list_remove(&w->link);
		w->key = kt;
		/* In the same bucket it goes before where we look, so that it is not seen again. */
		if (source == target)
			list_push_front(target, &w->link);
		else
			list_push_back(target, &w->link);
		moved++;
		n_move--;
	}
	return woken + moved;
}

static int apply(unsigned op, uint32_t arg, uint32_t old, uint32_t *new)
{
	switch (op) {
	case FUTEX_OP_SET: *new = arg; return 0;
	case FUTEX_OP_ADD: *new = old + arg; return 0;
	case FUTEX_OP_OR: *new = old | arg; return 0;
	case FUTEX_OP_ANDN: *new = old & ~arg; return 0;
	case FUTEX_OP_XOR: *new = old ^ arg; return 0;
	default: return -ENOSYS;
	}
}

static int compare(unsigned cmp, uint32_t old, uint32_t arg)
{
	switch (cmp) {
	case FUTEX_OP_CMP_EQ: return old == arg;
	case FUTEX_OP_CMP_NE: return old != arg;
	case FUTEX_OP_CMP_LT: return (int32_t)old < (int32_t)arg;
	case FUTEX_OP_CMP_GE: return (int32_t)old >= (int32_t)arg;
	case FUTEX_OP_CMP_LE: return (int32_t)old <= (int32_t)arg;
	case FUTEX_OP_CMP_GT: return (int32_t)old > (int32_t)arg;
	default: return -ENOSYS;
	}
}

static long wake_op(uintptr_t addr, uintptr_t addr2, bool shared, unsigned n, unsigned n2, uint32_t code)
{
	unsigned op = code >> 28 & 7, cmp = code >> 24 & 15;
	/* Both arguments are signed 12-bit numbers. */
	uint32_t op_arg = (uint32_t)((int32_t)(code << 8) >> 20), cmp_arg = (uint32_t)((int32_t)(code << 20) >> 20),
		 old = 0, new, seen = 0;
	struct futex_key k, k2;
	long woken;
	int err = key_get(addr, shared, &k), hit;

	if (err == 0)
		err = key_get(addr2, shared, &k2);
	if ((code >> 28 & FUTEX_OP_OPARG_SHIFT) != 0)
		op_arg = 1u << (op_arg & 31);
	if (err == 0)
		err = arch_user_load32(addr2, &old);
	while (err == 0) {
		err = apply(op, op_arg, old, &new);
		if (err == 0)
			err = arch_user_cmpxchg32(addr2, old, new, &seen);
		if (err == 0 && seen == old)
			break;
		old = seen;
	}
	hit = err == 0 ? compare(cmp, old, cmp_arg) : err;
	if (hit < 0)
		return hit;
	woken = wake_key(&k, n, FUTEX_BITSET_MATCH_ANY);
	return hit ? woken + wake_key(&k2, n2, FUTEX_BITSET_MATCH_ANY) : woken;
}

static int deadline_get(struct uptr timeout, bool absolute, bool real, uint64_t *deadline)
{
	uint64_t ns;
	int err;

	if (!absolute)
		return timespec_deadline(timeout, deadline);
	*deadline = TIME_NEVER;
	if (uptr_null(timeout))
		return 0;
	err = timespec_get(timeout, &ns);
	if (err != 0)
		return err;
	*deadline = real ? time_real_to_mono(ns) : ns;
	return 0;
}

long sys_futex(struct uptr addr, int op, unsigned value, unsigned long timeout, struct uptr addr2, unsigned value3)
{
	bool shared = (op & FUTEX_PRIVATE_FLAG) == 0, real = (op & FUTEX_CLOCK_REALTIME) != 0;
	int cmd = op & FUTEX_CMD_MASK, err;
	uint64_t deadline;

	if (real && cmd != FUTEX_WAIT_BITSET)
		return -ENOSYS;
	switch (cmd) {
	case FUTEX_WAIT: value3 = FUTEX_BITSET_MATCH_ANY; /* fall through */
	case FUTEX_WAIT_BITSET:
		err = deadline_get(UPTR(timeout), cmd == FUTEX_WAIT_BITSET, real, &deadline);
		return err != 0 ? err : wait(addr.addr, shared, value, deadline, value3);
	case FUTEX_WAKE: return wake(addr.addr, shared, value, FUTEX_BITSET_MATCH_ANY);
	case FUTEX_WAKE_BITSET: return wake(addr.addr, shared, value, value3);
	case FUTEX_REQUEUE:
	case FUTEX_CMP_REQUEUE:
		if ((int)value < 0 || (int)timeout < 0)
			return -EINVAL;
		return requeue(addr.addr, addr2.addr, shared, value, (unsigned)timeout,
			       cmd == FUTEX_CMP_REQUEUE ? &value3 : NULL);
	case FUTEX_WAKE_OP: return wake_op(addr.addr, addr2.addr, shared, value, (unsigned)timeout, value3);
	default: return -ENOSYS; /* among them priority inheritance */
	}
}

/* The owner of a robust mutex died: marks it and wakes one waiter. */
static bool owner_died(struct task *t, uintptr_t addr, bool pending)
{
	uint32_t old, seen;

	if (!IS_ALIGNED(addr, 4) || arch_user_load32(addr, &old) != 0)
		return false;
	if (pending && old == 0)
		return wake(addr, true, 1, FUTEX_BITSET_MATCH_ANY) >= 0;
	for (;;) {
		if ((old & FUTEX_TID_MASK) != (uint32_t)t->tid)
			return true;
		if (arch_user_cmpxchg32(addr, old, (old & FUTEX_WAITERS) | FUTEX_OWNER_DIED, &seen) != 0)
			return false;
		if (seen == old)
			break;
		old = seen;
	}
	return (old & FUTEX_WAITERS) == 0 || wake(addr, true, 1, FUTEX_BITSET_MATCH_ANY) >= 0;
}

static void robust_exit(struct task *t)
{
	struct robust_list_head head;
	uintptr_t entry, pending, next;

	if (t->robust_list == 0 || get_user(head, UPTR(t->robust_list)) != 0)
		return;
	/* The lowest bit of a pointer says that it is a priority-inheritance mutex; there are none here. */
	pending = (uintptr_t)head.list_op_pending & ~1ul;
	entry = (uintptr_t)head.list.next & ~1ul;
	for (int i = 0; i < ROBUST_LIMIT && entry != t->robust_list; i++) {
		if (get_user(next, UPTR(entry)) != 0)
			break;
		if (entry != pending && !owner_died(t, entry + (uintptr_t)head.futex_offset, false))
			break;
		entry = next & ~1ul;
	}
	if (pending != 0)
		owner_died(t, pending + (uintptr_t)head.futex_offset, true);
}

static void futex_task_exit(struct task *t)
{
	uint32_t zero = 0;

	if (t->process->as == NULL) /* its program could not be loaded */
		return;
	robust_exit(t);
	/* Alone in its memory there is nobody to see it. */
	if (t->process->task_count == 1 && t->process->as->refs == 1)
		return;
	if (t->clear_child_tid != 0 && put_user(UPTR(t->clear_child_tid), zero) == 0)
		wake(t->clear_child_tid, true, 1, FUTEX_BITSET_MATCH_ANY);
}

void futex_watch_exits(void)
{
	task_exit_hook = futex_task_exit;
}

long sys_set_robust_list(struct uptr head, size_t len)
{
	if (len != sizeof(struct robust_list_head))
		return -EINVAL;
	task_current()->robust_list = head.addr;
	futex_watch_exits();
	return 0;
}

long sys_get_robust_list(int tid, struct uptr head, struct uptr len)
{
	struct task *t = tid == 0 ? task_current() : task_find(tid);
	size_t size = sizeof(struct robust_list_head);

	if (t == NULL)
		return -ESRCH;
	return put_user(head, t->robust_list) != 0 || put_user(len, size) != 0 ? -EFAULT : 0;
}
