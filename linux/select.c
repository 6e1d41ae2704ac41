/* SPDX-License-Identifier: ISC */
/* select(2), pselect6(2), over bit sets in program memory. */
#include <linux/poll.h>

#include "kernel/heap.h"
#include "lib/string.h"
#include "linux/calls.h"
#include "linux/fd.h"
#include "linux/poller.h"
#include "linux/task.h"
#include "linux/timespec.h"

#define WORD      64u
#define LOOKED_AT 1024u

/* What makes a descriptor ready in each of the three sets. */
static const unsigned wanted[3] = {
    POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR,
    POLLWRBAND | POLLWRNORM | POLLOUT | POLLERR,
    POLLPRI,
};

struct selection {
	unsigned n, words;
	uint64_t *in[3], *out[3]; /* NULL where the program gave none */
	struct file **file; /* of each asked for */
};

static bool asked(const struct selection *s, unsigned fd)
{
	bool any = false;

	for (unsigned k = 0; k < 3; k++)
		any = any || (s->in[k] != NULL && (s->in[k][fd / WORD] >> fd % WORD & 1) != 0);
	return any;
}

static long look(struct selection *s, struct poll_table *pt)
{
	long ready = 0;

	for (unsigned k = 0; k < 3; k++)
		if (s->out[k] != NULL)
			memset(s->out[k], 0, s->words * sizeof(uint64_t));
	for (unsigned fd = 0; fd < s->n; fd++) {
		struct file *f = s->file[fd];
		unsigned events;

		if (f == NULL)
			continue;
		events = pt != NULL && f->ops->poll != NULL ? f->ops->poll(f, pt) : poller_look(f);
		for (unsigned k = 0; k < 3; k++) {
			uint64_t bit = 1ull << fd % WORD;

			if (s->in[k] == NULL || (s->in[k][fd / WORD] & bit) == 0 || (events & wanted[k]) == 0)
				continue;
			s->out[k][fd / WORD] |= bit;
			ready++;
		}
	}
	return ready;
}

static long wait_for(struct selection *s, uint64_t deadline)
{
	struct poller p;
	long ready = look(s, NULL);
	int err = 0;

	if (ready > 0 || deadline <= time_mono())
		return ready;
	poller_begin(&p);
	ready = look(s, &p.table);
	while (ready == 0 && err == 0) {
		err = poller_wait(&p, deadline);
		ready = look(s, NULL);
	}
	poller_end(&p);
	return ready > 0 || err == -ETIMEDOUT ? ready : err;
}

/* Sets and files are in one piece of memory, mem. */
static long run(struct selection *s, uint64_t *mem, const struct uptr sets[3], uint64_t deadline)
{
	long ready = 0;

	for (unsigned k = 0; k < 3; k++) {
		if (uptr_null(sets[k]))
			continue;
		s->in[k] = mem + 2 * k * s->words;
		s->out[k] = mem + (2 * k + 1) * s->words;
		if (copy_from_user(s->in[k], sets[k], s->words * sizeof *mem) != 0)
			return -EFAULT;
	}
	for (unsigned fd = 0; fd < s->n && ready == 0; fd++) {
		if (!asked(s, fd))
			continue;
		s->file[fd] = fd_get((int)fd);
		if (s->file[fd] == NULL)
			ready = -EBADF;
	}
	if (ready == 0)
		ready = wait_for(s, deadline);
	for (unsigned k = 0; k < 3 && ready >= 0; k++)
		if (s->out[k] != NULL && copy_to_user(sets[k], s->out[k], s->words * sizeof *mem) != 0)
			ready = -EFAULT;
	for (unsigned fd = 0; fd < s->n; fd++)
		if (s->file[fd] != NULL)
			file_put(s->file[fd]);
	return ready;
}

static long select_until(int n, const struct uptr sets[3], uint64_t deadline)
{
	struct selection s = {0};
	uint64_t *mem;
	long ready;
	int end = fd_table_end(process_current()->fds);

	if (n < 0)
		return -EINVAL;
	/* What lies far beyond the table is not looked at, as on Linux. */
	s.n = (unsigned)MIN(n, (int)ALIGN_UP((unsigned)end, LOOKED_AT));
	s.words = (s.n + WORD - 1) / WORD;
	mem = kzalloc(s.words * 6 * sizeof *mem + s.n * sizeof(struct file *) + 1);
	if (mem == NULL)
		return -ENOMEM;
	s.file = (struct file **)(mem + s.words * 6);
	ready = run(&s, mem, sets, deadline);
	kfree(mem);
	return ready;
}

long sys_select(int n, struct uptr in, struct uptr out, struct uptr except, struct uptr timeout)
{
	const struct uptr sets[3] = {in, out, except};
	uint64_t deadline;
	long ready;
	int err = poller_deadline(timeout, true, &deadline);

	if (err != 0)
		return err;
	ready = select_until(n, sets, deadline);
	poller_left(timeout, true, deadline);
	return ready == -EINTR ? -ERESTARTNOHAND : ready;
}

long sys_pselect6(int n, struct uptr in, struct uptr out, struct uptr except, struct uptr timeout, struct uptr mask)
{
	const struct uptr sets[3] = {in, out, except};
	struct {
		uintptr_t set;
		size_t size;
	} m = {0, 0};
	uint64_t deadline, set = 0;
	long ready;
	int err = poller_deadline(timeout, false, &deadline);

	if (err == 0 && !uptr_null(mask))
		err = get_user(m, mask);
	if (err == 0 && m.set != 0)
		err = m.size != sizeof set ? -EINVAL : get_user(set, UPTR(m.set));
	if (err != 0)
		return err;
	if (m.set != 0)
		signal_mask_for_call(set);
	ready = select_until(n, sets, deadline);
	poller_left(timeout, false, deadline);
	if (ready == -EINTR)
		return -ERESTARTNOHAND;
	if (m.set != 0)
		signal_mask_call_done();
	return ready;
}
