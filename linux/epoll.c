/* SPDX-License-Identifier: ISC */
/*
 * epoll(7). An item stands for (open file, descriptor number) in one epoll; it hangs on the file's wait queues for as
 * long as it exists, and a wake-up puts it on the ready list. Waiting looks only at that list: each item there is asked
 * what it is ready for, reported, and, when level-triggered, put back. Items end with EPOLL_CTL_DEL, with their file
 * (file_release_hook) or with the epoll. Nesting is limited in depth, and loops are refused.
 */
#include <linux/eventpoll.h>
#include <linux/fcntl.h>
#include <linux/poll.h>

#include "kernel/heap.h"
#include "kernel/init.h"
#include "lib/tree.h"
#include "linux/calls.h"
#include "linux/fd.h"
#include "linux/task.h"
#include "linux/timespec.h"

#define DEPTH_MAX  5
#define QUEUES_MAX 2u /* wait queues that one file may have */
#define BATCH      16u
#define EVENTS_MAX (INT32_MAX / (int)sizeof(struct epoll_event))
#define ALWAYS     (EPOLLERR | EPOLLHUP) /* told unasked */
#define PRIVATE    (EPOLLET | EPOLLONESHOT | EPOLLEXCLUSIVE | EPOLLWAKEUP)

struct epoll {
	struct file *file; /* it; an epoll has one */
	struct tree items;
	struct list ready; /* struct item.ready */
	struct list all; /* struct item.of_epoll */
	unsigned look; /* `depth` is that of this look */
	int depth;
	struct wait_queue wait, poll_wait; /* threads in epoll_wait; those that poll the epoll itself */
};

struct item {
	struct tree_node node;
	struct list ready; /* empty: not in the list */
	struct list of_file; /* file->watchers */
	struct list of_epoll;
	struct epoll *epoll;
	struct file *file;
	int fd;
	uint32_t events;
	uint64_t data;
	unsigned queues;
	struct wait_entry wait[QUEUES_MAX];
};

static void make_ready(struct item *i)
{
	if (list_empty(&i->ready))
		list_push_back(&i->epoll->ready, &i->ready);
	if (!list_empty(&i->epoll->wait.entries))
		wait_wake(&i->epoll->wait, 1, POLLIN);
	wait_wake_all(&i->epoll->poll_wait, POLLIN);
}

static bool item_woken(struct wait_entry *e, unsigned events)
{
	struct item *i = e->arg;

	if ((i->events & ~PRIVATE) == 0) /* EPOLLONESHOT had its shot */
		return false;
	if (events != 0 && (events & i->events) == 0)
		return false;
	make_ready(i);
	return (i->events & EPOLLEXCLUSIVE) != 0;
}

struct item_table {
	struct poll_table table;
	struct item *item;
};

static void item_add(struct poll_table *pt, struct wait_queue *q)
{
	struct item *i = CONTAINER_OF(pt, struct item_table, table)->item;
	struct wait_entry *e;

	if (i->queues == QUEUES_MAX)
		return;
	e = &i->wait[i->queues++];
	e->fn = item_woken;
	e->arg = i;
	wait_add(q, e);
}

static unsigned item_look(const struct item *i)
{
	struct poll_table none = {NULL};

	return i->file->ops->poll(i->file, &none) & i->events;
}

static int compare(const struct item *i, const struct file *f, int fd)
{
	if (i->file != f)
		return (uintptr_t)f < (uintptr_t)i->file ? -1 : 1;
	return fd < i->fd ? -1 : fd > i->fd;
}

/* The item, or NULL and where it would hang. */
static struct item *find(struct epoll *ep, const struct file *f, int fd, struct tree_node **parent,
			 struct tree_node ***link)
{
	*parent = NULL;
	*link = &ep->items.root;
	while (**link != NULL) {
		struct item *i = TREE_ENTRY(**link, struct item, node);
		int c = compare(i, f, fd);

		if (c == 0)
			return i;
		*parent = **link;
		*link = c < 0 ? &i->node.left : &i->node.right;
	}
	return NULL;
}

static void item_free(struct item *i)
{
	for (unsigned k = 0; k < i->queues; k++)
		wait_remove(&i->wait[k]);
	list_remove(&i->ready);
	list_remove(&i->of_file);
	list_remove(&i->of_epoll);
	tree_remove(&i->epoll->items, &i->node);
	kfree(i);
}

static void file_gone(struct file *f)
{
	while (!list_empty(&f->watchers))
		item_free(LIST_ENTRY(f->watchers.next, struct item, of_file));
}

static void epoll_release(struct file *f)
{
	struct epoll *ep = f->priv;

	while (ep->items.root != NULL)
		item_free(TREE_ENTRY(ep->items.root, struct item, node));
	kfree(ep);
}

static unsigned epoll_poll(struct file *f, struct poll_table *pt)
{
	struct epoll *ep = f->priv;
	struct item *i, *next;

	if (pt->add != NULL)
		pt->add(pt, &ep->poll_wait);
	list_for_each_entry_safe (i, next, &ep->ready, ready) {
		if (item_look(i) != 0)
			return POLLIN | POLLRDNORM;
		list_remove(&i->ready);
	}
	return 0;
}

static const struct file_ops epoll_ops = {
    .kind = "anon_inode:[eventpoll]",
    .mode = 0600,
    .poll = epoll_poll,
    .release = epoll_release,
};

/*
 * What may be watched. A look visits each epoll once, however many ways lead there. The ways up from a file, each of which
 * a wake-up goes, are limited in number by their length, as on Linux.
 */
static unsigned look;

static bool seen(struct epoll *ep)
{
	bool before = ep->look == look;

	ep->look = look;
	return before;
}

static struct epoll *epoll_of(const struct file *f)
{
	return f->ops == &epoll_ops ? f->priv : NULL;
}

/* How many epolls are below ep, one below the other; more than DEPTH_MAX when `top` is among them. */
static int depth_below(struct epoll *ep, const struct epoll *top)
{
	const struct item *i;
	int depth = ep == top ? DEPTH_MAX + 1 : 0;

	if (seen(ep))
		return ep->depth;
	list_for_each_entry (i, &ep->all, of_epoll)
		if (epoll_of(i->file) != NULL && depth <= DEPTH_MAX) {
			int d = 1 + depth_below(epoll_of(i->file), top);

			depth = MAX(d, depth);
		}
	return ep->depth = depth;
}

/* How many epolls watch ep, one above the other. */
static int depth_above(struct epoll *ep)
{
	const struct item *i;
	int depth = 0;

	if (seen(ep))
		return ep->depth;
	list_for_each_entry (i, &ep->file->watchers, of_file) {
		int d = 1 + depth_above(i->epoll);

		depth = MAX(d, depth);
	}
	return ep->depth = depth;
}

/* The depth that there would be below the uppermost epoll if ep watched f, an epoll. */
static int nesting(struct epoll *ep, const struct file *f)
{
	int below;

	look++;
	below = depth_below(epoll_of(f), ep);
	look++;
	return 1 + below + depth_above(ep);
}

static bool count_paths(const struct file *f, unsigned length, unsigned count[DEPTH_MAX])
{
	static const unsigned most[DEPTH_MAX] = {UINT32_MAX, 500, 100, 50, 10};
	const struct item *i;

	list_for_each_entry (i, &f->watchers, of_file)
		if (!list_empty(&i->epoll->file->watchers)
			? length + 1 >= DEPTH_MAX || count_paths(i->epoll->file, length + 1, count)
			: ++count[length] > most[length])
			return true;
	return false;
}

static bool paths_below(struct epoll *ep)
{
	const struct item *i;

	if (seen(ep))
		return false;
	list_for_each_entry (i, &ep->all, of_epoll) {
		unsigned count[DEPTH_MAX] = {0};

		if (epoll_of(i->file) != NULL ? paths_below(epoll_of(i->file)) : count_paths(i->file, 0, count))
			return true;
	}
	return false;
}

/* Too many ways lead up from f, or from a file below it. */
static bool too_many_paths(const struct file *f)
{
	unsigned count[DEPTH_MAX] = {0};

	look++;
	return epoll_of(f) != NULL ? paths_below(epoll_of(f)) : count_paths(f, 0, count);
}

static int add(struct file *epf, struct file *f, int fd, const struct epoll_event *ev)
{
	struct epoll *ep = epf->priv;
	struct tree_node *parent, **link;
	struct item_table t = {.table = {item_add}};
	bool nested = f->ops == &epoll_ops || !list_empty(&epf->watchers);
	struct item *i;

	if (f->ops == &epoll_ops && (ev->events & EPOLLEXCLUSIVE) != 0)
		return -EINVAL;
	if (f->ops == &epoll_ops && nesting(ep, f) >= DEPTH_MAX)
		return -ELOOP;
	if (find(ep, f, fd, &parent, &link) != NULL)
		return -EEXIST;
	i = kzalloc(sizeof *i);
	if (i == NULL)
		return -ENOMEM;
	i->epoll = ep;
	i->file = f;
	i->fd = fd;
	i->events = ev->events | ALWAYS;
	i->data = ev->data;
	list_init(&i->ready);
	tree_insert(&ep->items, parent, link, &i->node);
	list_push_back(&f->watchers, &i->of_file);
	list_push_back(&ep->all, &i->of_epoll);
	if (nested && too_many_paths(f)) {
		item_free(i);
		return -EINVAL;
	}
	file_release_hook = file_gone;
	t.item = i;
	if ((f->ops->poll(f, &t.table) & i->events) != 0)
		make_ready(i);
	return 0;
}

static int modify(struct item *i, const struct epoll_event *ev)
{
	if (((i->events | ev->events) & EPOLLEXCLUSIVE) != 0)
		return -EINVAL;
	i->events = ev->events | ALWAYS;
	i->data = ev->data;
	if (list_empty(&i->ready) && item_look(i) != 0)
		make_ready(i);
	return 0;
}

static long control(struct file *epf, int op, struct file *f, int fd, const struct epoll_event *ev)
{
	struct tree_node *parent, **link;
	struct item *i;

	if (epf->ops != &epoll_ops || epf == f)
		return -EINVAL;
	if (f->ops->poll == NULL)
		return -EPERM;
	if ((ev->events & EPOLLEXCLUSIVE) != 0 &&
	    (ev->events & ~(uint32_t)(EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | PRIVATE)) != 0)
		return -EINVAL;
	if (op == EPOLL_CTL_ADD)
		return add(epf, f, fd, ev);
	i = find(epf->priv, f, fd, &parent, &link);
	if (i == NULL)
		return -ENOENT;
	if (op == EPOLL_CTL_MOD)
		return modify(i, ev);
	item_free(i);
	return 0;
}

long sys_epoll_ctl(int epfd, int op, int fd, struct uptr event)
{
	struct epoll_event ev = {0, 0};
	struct file *epf, *f;
	long n;

	if (op != EPOLL_CTL_DEL && get_user(ev, event) != 0)
		return -EFAULT;
	epf = fd_get(epfd);
	if (epf == NULL)
		return -EBADF;
	f = fd_get(fd);
	if (f == NULL) {
		file_put(epf);
		return -EBADF;
	}
	n = op < EPOLL_CTL_ADD || op > EPOLL_CTL_MOD ? -EINVAL : control(epf, op, f, fd, &ev);
	file_put(f);
	file_put(epf);
	return n;
}

/* Reports up to `max` ready items; each is asked again, as the list only says what was woken. */
static long collect(struct epoll *ep, struct uptr to, int max)
{
	struct epoll_event batch[BATCH];
	struct list again = LIST_INIT(again);
	long done = 0;
	unsigned n = 0;
	struct list *e;

	while (done + (long)n < max && (e = list_pop_front(&ep->ready)) != NULL) {
		struct item *i = LIST_ENTRY(e, struct item, ready);
		unsigned events = item_look(i);

		if (events == 0)
			continue;
		batch[n++] = (struct epoll_event){events, i->data};
		if ((i->events & EPOLLONESHOT) != 0)
			i->events &= PRIVATE;
		else if ((i->events & EPOLLET) == 0)
			list_push_back(&again, &i->ready);
		if (n == BATCH) {
			if (copy_to_user(uptr_add(to, (size_t)done * sizeof *batch), batch, n * sizeof *batch) != 0)
				break;
			done += n;
			n = 0;
		}
	}
	if (!list_empty(&ep->ready)) /* there is more: somebody else may take it */
		wait_wake(&ep->wait, 1, POLLIN);
	while ((e = list_pop_front(&again)) != NULL)
		list_push_back(&ep->ready, e);
	if (n > 0 && copy_to_user(uptr_add(to, (size_t)done * sizeof *batch), batch, n * sizeof *batch) != 0)
		return done > 0 ? done : -EFAULT;
	return done + n;
}

static long epoll_until(int epfd, struct uptr to, int max, uint64_t deadline)
{
	struct file *f;
	struct epoll *ep;
	long n;
	int err = 0;

	if (max <= 0 || max > EVENTS_MAX)
		return -EINVAL;
	f = fd_get(epfd);
	if (f == NULL)
		return -EBADF;
	if (f->ops != &epoll_ops) {
		file_put(f);
		return -EINVAL;
	}
	ep = f->priv;
	for (;;) {
		n = collect(ep, to, max);
		if (n != 0 || err != 0 || deadline == 0)
			break;
		err = wait_event(&ep->wait, !list_empty(&ep->ready), deadline, WAIT_INTERRUPTIBLE);
	}
	file_put(f);
	return n != 0 || err == -ETIMEDOUT ? n : err;
}

static uint64_t ms_deadline(int timeout)
{
	return timeout < 0 ? TIME_NEVER : timeout == 0 ? 0 : time_add(time_mono(), (uint64_t)timeout * 1000000);
}

long sys_epoll_wait(int epfd, struct uptr to, int max, int timeout)
{
	return epoll_until(epfd, to, max, ms_deadline(timeout));
}

static long masked(int epfd, struct uptr to, int max, uint64_t deadline, struct uptr mask, size_t size)
{
	uint64_t set;
	long n;

	if (uptr_null(mask))
		return epoll_until(epfd, to, max, deadline);
	if (size != sizeof set)
		return -EINVAL;
	if (get_user(set, mask) != 0)
		return -EFAULT;
	signal_mask_for_call(set);
	n = epoll_until(epfd, to, max, deadline);
	if (n != -EINTR)
		signal_mask_call_done();
	return n;
}

long sys_epoll_pwait(int epfd, struct uptr to, int max, int timeout, struct uptr mask, size_t size)
{
	return masked(epfd, to, max, ms_deadline(timeout), mask, size);
}

long sys_epoll_pwait2(int epfd, struct uptr to, int max, struct uptr timeout, struct uptr mask, size_t size)
{
	uint64_t ns, deadline = TIME_NEVER;
	int err;

	if (!uptr_null(timeout)) {
		err = timespec_get(timeout, &ns);
		if (err != 0)
			return err;
		deadline = ns == 0 ? 0 : time_add(time_mono(), ns);
	}
	return masked(epfd, to, max, deadline, mask, size);
}

long sys_epoll_create1(int flags)
{
	struct epoll *ep;
	struct file *f;

	if ((flags & ~EPOLL_CLOEXEC) != 0)
		return -EINVAL;
	ep = kzalloc(sizeof *ep);
	if (ep == NULL)
		return -ENOMEM;
	list_init(&ep->ready);
	list_init(&ep->all);
	wait_queue_init(&ep->wait);
	wait_queue_init(&ep->poll_wait);
	f = file_create(&epoll_ops, O_RDWR, ep);
	if (f == NULL) {
		kfree(ep);
		return -ENOMEM;
	}
	ep->file = f;
	return fd_install(f, 0, (flags & EPOLL_CLOEXEC) != 0);
}

long sys_epoll_create(int size)
{
	return size <= 0 ? -EINVAL : sys_epoll_create1(0);
}
