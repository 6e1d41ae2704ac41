/* SPDX-License-Identifier: ISC */
/* Arguments and results of poll, select and epoll. */
#include "call.h"
#include "names.h"

#include <asm/poll.h>
#include <asm/unistd.h>
#include <linux/eventpoll.h>
#include <linux/time_types.h>

#define FDS_MAX  1024
#define SET_BITS 64

static void pollfd_item(struct line *l, const void *one, const void *p)
{
	const struct pollfd *f = one;

	(void)p;
	line_add(l, "{fd=%d", f->fd);
	if (f->fd >= 0) {
		line_add(l, ", events=");
		line_flags(l, (uint16_t)f->events, &names_poll);
	}
	line_add(l, "}");
}

void print_pollfds(struct line *l, const struct traced *c, unsigned i)
{
	size_t n = (unsigned)CALLARG(c->args, i + 1);

	line_list(l, CALLARG(c->args, i), n, sizeof(struct pollfd), pollfd_item, NULL);
}

static void time_left(struct line *l, const struct traced *c, const char *before, bool nano)
{
	struct __kernel_timespec t;
	uintptr_t at = CALLARG(c->args, c->nr == __NR_ppoll ? 2 : 4);

	if (at != 0 && get_user(t, UPTR(at)) == 0)
		line_add(l, nano ? "%sleft {tv_sec=%ld, tv_nsec=%ld}" : "%sleft {tv_sec=%ld, tv_usec=%ld}", before,
			 (long)t.tv_sec, (long)t.tv_nsec);
}

void print_poll_result(struct line *l, const struct traced *c)
{
	uintptr_t at = CALLARG(c->args, 0);
	unsigned n = (unsigned)CALLARG(c->args, 1), shown = 0;
	struct pollfd f;

	if (c->result == 0) {
		line_add(l, " (Timeout)");
		return;
	}
	line_add(l, " ([");
	for (unsigned i = 0; i < n && shown < ITEMS_SHOWN && get_user(f, UPTR(at + i * sizeof f)) == 0; i++) {
		if (f.revents == 0)
			continue;
		line_add(l, "%s{fd=%d, revents=", shown++ > 0 ? ", " : "", f.fd);
		line_flags(l, (uint16_t)f.revents, &names_poll);
		line_add(l, "}");
	}
	line_add(l, "]");
	if (c->nr == __NR_ppoll)
		time_left(l, c, ", ", true);
	line_add(l, ")");
}

static bool set_has(uintptr_t set, int fd)
{
	uint64_t word;

	return get_user(word, UPTR(set + (uintptr_t)(fd / SET_BITS) * sizeof word)) == 0 &&
	       (word >> fd % SET_BITS & 1) != 0;
}

/* [3 5]; false: the set is empty. */
static bool set_words(struct line *l, uintptr_t set, int count)
{
	const char *gap = "";

	line_add(l, "[");
	for (int fd = 0; fd < MIN(count, FDS_MAX); fd++) {
		if (!set_has(set, fd))
			continue;
		line_add(l, "%s%d", gap, fd);
		gap = " ";
	}
	line_add(l, "]");
	return *gap != '\0';
}

void print_fdset(struct line *l, const struct traced *c, unsigned i)
{
	uint64_t word;

	if ((int)CALLARG(c->args, 0) < 0)
		line_address(l, CALLARG(c->args, i));
	else if (line_fetch(l, &word, CALLARG(c->args, i), sizeof word))
		set_words(l, CALLARG(c->args, i), (int)CALLARG(c->args, 0));
}

void print_select_result(struct line *l, const struct traced *c)
{
	static const char *const kinds[] = {"in", "out", "except"};
	unsigned start = l->len;
	const char *gap = " (";

	if (c->result == 0) {
		line_add(l, " (Timeout)");
		return;
	}
	for (unsigned i = 0; i < ARRAY_LEN(kinds); i++) {
		unsigned before = l->len;

		if (CALLARG(c->args, i + 1) == 0)
			continue;
		line_add(l, "%s%s ", gap, kinds[i]);
		if (set_words(l, CALLARG(c->args, i + 1), (int)CALLARG(c->args, 0)))
			gap = ", ";
		else
			l->len = before;
	}
	time_left(l, c, gap, c->nr == __NR_pselect6);
	if (l->len > start)
		line_add(l, ")");
}

static void event_item(struct line *l, const void *one, const void *p)
{
	const struct epoll_event *e = one;

	(void)p;
	line_add(l, "{events=");
	line_flags(l, e->events, &names_epoll);
	line_add(l, ", data={u32=%u, u64=%lu}}", (uint32_t)e->data, (unsigned long)e->data);
}

void print_epoll_event(struct line *l, const struct traced *c, unsigned i)
{
	struct epoll_event e;

	if ((int)CALLARG(c->args, 1) == EPOLL_CTL_DEL)
		line_address(l, CALLARG(c->args, i));
	else if (line_fetch(l, &e, CALLARG(c->args, i), sizeof e))
		event_item(l, &e, NULL);
}

void print_epoll_events(struct line *l, const struct traced *c, unsigned i)
{
	line_list(l, CALLARG(c->args, i), (size_t)c->result, sizeof(struct epoll_event), event_item, NULL);
}
