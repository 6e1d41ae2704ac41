/* SPDX-License-Identifier: ISC */
/*
 * Local sockets that are on their way in each other: nobody can receive them any more, and no reference says so. As Linux
 * does: a socket is garbage when all references to its file are messages in queues of garbage. What is in those queues is
 * let go of, and the sockets end like any others.
 *
 * Every message with files in a socket's queue is counted here, from unix_gc_sent to unix_gc_taken; a message that is
 * being freed is not, so its files look as if a program had them. The search runs at a socket's end while few are on
 * their way, and else whenever they have become twice as many, so that it costs each of them little; and when memory is
 * short.
 */
#include "inet.h"
#include "unix.h"

#define FEW 64u

static struct list flying = LIST_INIT(flying); /* sockets that are on their way */
static unsigned count, limit = FEW;

static struct unix_sock *local(struct file *f)
{
	struct sock *s = sock_of(f);

	return s != NULL && s->family == AF_UNIX ? (struct unix_sock *)s : NULL;
}

void unix_gc_sent(const struct sock_files *files)
{
	for (unsigned i = 0; i < files->count; i++) {
		struct unix_sock *u = local(files->file[i]);

		if (u == NULL || u->flights++ > 0)
			continue;
		u->file = files->file[i];
		list_push_back(&flying, &u->flying_link);
		count++;
	}
}

void unix_gc_taken(const struct sock_files *files)
{
	for (unsigned i = 0; i < files->count; i++) {
		struct unix_sock *u = local(files->file[i]);

		if (u == NULL || --u->flights > 0)
			continue;
		list_remove(&u->flying_link);
		count--;
	}
}

/* The sockets in one queue. */
static void each_queued(struct unix_sock *u, void (*fn)(struct unix_sock *v, struct list *arg), struct list *arg)
{
	struct unix_msg *m;

	list_for_each_entry (m, &u->rx, link)
		for (unsigned i = 0; m->files != NULL && i < m->files->count; i++) {
			struct unix_sock *v = local(m->files->file[i]);

			if (v != NULL)
				fn(v, arg);
		}
}

/* And in those of connections that nobody has accepted. */
static void each_held(struct unix_sock *u, void (*fn)(struct unix_sock *v, struct list *arg), struct list *arg)
{
	struct unix_sock *child;

	each_queued(u, fn, arg);
	list_for_each_entry (child, &u->accepts, accept_link)
		each_queued(child, fn, arg);
}

static void held(struct unix_sock *v, struct list *arg UNUSED)
{
	v->others--;
}

static void reach(struct unix_sock *v, struct list *reached)
{
	if (!v->suspect)
		return;
	v->suspect = false;
	list_push_back(reached, &v->gc_link);
}

void unix_gc(void)
{
	struct list reached = LIST_INIT(reached), garbage = LIST_INIT(garbage), *e;
	struct unix_sock *u, *child;

	list_for_each_entry (u, &flying, flying_link) {
		u->suspect = u->file->refs == u->flights;
		u->others = u->flights;
	}
	list_for_each_entry (u, &flying, flying_link)
		if (u->suspect)
			each_held(u, held, NULL);
	/* Somebody else's queue has it, and so all that it has. */
	list_for_each_entry (u, &flying, flying_link)
		if (u->others > 0)
			reach(u, &reached);
	while ((e = list_pop_front(&reached)) != NULL)
		each_held(LIST_ENTRY(e, struct unix_sock, gc_link), reach, &reached);
	list_for_each_entry (u, &flying, flying_link)
		if (u->suspect)
			list_push_back(&garbage, &u->gc_link);
	while ((e = list_pop_front(&garbage)) != NULL) {
		u = LIST_ENTRY(e, struct unix_sock, gc_link);
		unix_doom(u);
		list_for_each_entry (child, &u->accepts, accept_link)
			unix_doom(child);
	}
	unix_bury();
	limit = MAX(2 * count, FEW);
}

void unix_gc_maybe(bool at_end)
{
	if (count > 0 && (count > limit || (at_end && count <= FEW) || net_pressure()))
		unix_gc();
}
