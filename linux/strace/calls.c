/* SPDX-License-Identifier: ISC */
/* A call in words: its arguments by the kinds that the table gives them, and its result. */
#include "call.h"
#include "names.h"
#include "table.h"

#include "lib/fmt.h"
#include "linux/call_names.h"
#include "linux/names_of.h"

#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/membarrier.h>

#define MAX_ERROR     4095
#define RESULT_COLUMN 40 /* of the line, as in strace */
#define NAME_BYTES    24

static void print_address(struct line *l, const struct traced *c, unsigned i)
{
	line_address(l, CALLARG(c->args, i));
}

static void print_hex(struct line *l, const struct traced *c, unsigned i)
{
	line_hex(l, CALLARG(c->args, i));
}

static void print_unsigned(struct line *l, const struct traced *c, unsigned i)
{
	line_add(l, "%u", (unsigned)CALLARG(c->args, i));
}

/* 0xffffffff asks. */
static void print_persona(struct line *l, const struct traced *c, unsigned i)
{
	uint32_t v = (uint32_t)CALLARG(c->args, i);

	line_add(l, v == 0 ? "PER_LINUX" : "%#x", v);
}

static void print_resumed(struct line *l, const struct traced *c, unsigned i)
{
	char buf[NAME_BYTES];

	(void)i;
	line_add(l, "<... resuming interrupted %s ...>", call_text(c->saved, buf, sizeof buf));
}

static void print_text(struct line *l, const struct traced *c, unsigned i)
{
	line_string(l, CALLARG(c->args, i), STRING_SHOWN);
}

static void print_nothing(struct line *l, const struct traced *c, unsigned i)
{
	(void)l;
	(void)c;
	(void)i;
}

enum when { IN, IN_MAYBE, OUT, LATE, LATE_MAYBE }; /* MAYBE: the printer may leave the argument out */

static const struct kind {
	call_printer *print;
	const struct names *flags, *value;
	uint8_t when, kept;
} kinds[] = {
#define KIND(name, when, printer, kept) [name] = {printer, NULL, NULL, when, kept},
#define FLAGS(name, table)              [name] = {NULL, &table, NULL, IN, 0},
#define VALUE(name, table)              [name] = {NULL, NULL, &table, IN, 0},
#include "kinds.h"
#undef KIND
#undef FLAGS
#undef VALUE
};

static const struct kind *kind(const struct traced *c, unsigned i)
{
	return &kinds[call_kind(c->nr, i)];
}

static const char *types(const struct traced *c)
{
	const struct call_name *n = call_name(c->nr);

	return n != NULL ? n->kinds : "?";
}

static unsigned arguments(const struct traced *c)
{
	const char *t = types(c);
	unsigned n = 0;

	if (*t == '?')
		return CALL_ARGUMENTS;
	if (*t == '\0')
		return call_kind(c->nr, 0) != BY_TYPE; /* what strace shows of a call without any */
	while (n < CALL_ARGUMENTS && t[n] != '\0')
		n++;
	return n;
}

static void by_type(struct line *l, const struct traced *c, unsigned i)
{
	uintptr_t v = CALLARG(c->args, i);
	const char *t = types(c);

	switch (*t == '?' ? '?' : t[i]) {
	case 's': line_string(l, v, LINE_BYTES); return;
	case 'p': line_address(l, v); return;
	case 'f': print_dirfd(l, c, i); return;
	case 'd': line_add(l, "%d", (int)v); return;
	case 'l': line_add(l, "%ld", (long)v); return;
	case 'n': line_add(l, "%u", (unsigned)v); return;
	case 'x': line_hex(l, (unsigned)v); return;
	case 'o': line_add(l, "%#03o", (unsigned)v); return;
	case 'u': line_add(l, "%lu", v); return;
	default: line_hex(l, v);
	}
}

static bool maybe(const struct kind *k)
{
	return k->when == IN_MAYBE || k->when == LATE_MAYBE;
}

/* comma: it stands there already. */
static void argument(struct traced *c, unsigned i, bool comma)
{
	const struct kind *k = kind(c, i);
	struct line *l = &c->line;
	unsigned before = l->len, start;

	if (i > 0 && !comma)
		line_add(l, ", ");
	start = l->len;
	if (k->when == OUT && c->failed)
		print_address(l, c, i);
	else if (k->flags != NULL)
		line_flags(l, (uint32_t)CALLARG(c->args, i), k->flags);
	else if (k->value != NULL)
		line_name(l, (uint32_t)CALLARG(c->args, i), k->value);
	else if (k->print != NULL)
		k->print(l, c, i);
	else
		by_type(l, c, i);
	if (maybe(k) && l->len == start)
		l->len = before;
}

const char *call_text(unsigned long nr, char *buf, size_t size)
{
	const struct call_name *n = call_name(nr);

	if (n != NULL)
		return n->name;
	fmt_snprintf(buf, size, "syscall_%#lx", nr);
	return buf;
}

/* What a later argument points at before the call changes it. */
static void keep(struct traced *c, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		unsigned kept = kind(c, i)->kept;
		uintptr_t at = CALLARG(c->args, i);

		/* A message's is its second word. */
		if (kept == 12 && arch_copy_from_user(&c->saved, at + 8, 4) != 0)
			c->saved = 0;
		else if (kept != 0 && kept != 12 && arch_copy_from_user(&c->saved, at, kept) != 0)
			c->saved = 0;
	}
}

void call_enter(struct traced *c)
{
	unsigned n = arguments(c), i = 0;
	char buf[NAME_BYTES];

	c->line.limit = LINE_BYTES - LINE_RESULT;
	line_add(&c->line, "%s(", call_text(c->nr, buf, sizeof buf));
	keep(c, n);
	for (; i < n && kind(c, i)->when <= IN_MAYBE; i++)
		argument(c, i, false);
	if (i > 0 && i < n && !maybe(kind(c, i)))
		line_add(&c->line, ", ");
	c->next = i;
}

static const char *restart_text(long err)
{
	switch (err) {
	case ERESTARTSYS: return "ERESTARTSYS (To be restarted if SA_RESTART is set)";
	case ERESTARTNOHAND: return "ERESTARTNOHAND (To be restarted if no handler)";
	case ERESTART_RESTARTBLOCK: return "ERESTART_RESTARTBLOCK (Interrupted by signal)";
	default: return NULL;
	}
}

static void error(struct line *l, long err)
{
	if (restart_text(err) != NULL)
		line_add(l, "? %s", restart_text(err));
	else if (error_name((int)err) != NULL)
		line_add(l, "-1 %s (%s)", error_name((int)err), error_text((int)err));
	else
		line_add(l, "-1 (errno %ld)", err);
}

static void result_flags(struct line *l, long r, const char *what, const struct names *n)
{
	line_hex(l, (uint64_t)r);
	if (r == 0)
		return;
	line_add(l, " (%s", what);
	line_flags(l, (uint64_t)r, n);
	line_add(l, ")");
}

static void fcntl_result(struct line *l, const struct traced *c)
{
	switch ((int)CALLARG(c->args, 1)) {
	case F_GETFD: result_flags(l, c->result, "flags ", &names_fd_flags); return;
	case F_GET_SEALS: result_flags(l, c->result, "seals ", &names_seals); return;
	case F_GETFL:
		line_hex(l, (uint64_t)c->result);
		line_add(l, " (flags ");
		print_open_words(l, (uint32_t)c->result);
		line_add(l, ")");
		return;
	default: line_add(l, "%ld", c->result);
	}
}

static void result(struct line *l, const struct traced *c)
{
	switch (c->nr) {
	case __NR_mmap:
	case __NR_mremap:
	case __NR_brk: line_hex(l, (uint64_t)c->result); return;
	case __NR_umask: line_add(l, "%#03lo", (unsigned long)c->result); return;
	case __NR_fcntl: fcntl_result(l, c); return;
	case __NR_membarrier:
		if (CALLARG(c->args, 0) == MEMBARRIER_CMD_QUERY)
			result_flags(l, c->result, "", &names_membarrier);
		else
			line_add(l, "%ld", c->result);
		return;
	default: line_add(l, "%ld", c->result);
	}
	if (c->nr == __NR_poll || c->nr == __NR_ppoll)
		print_poll_result(l, c);
	else if (c->nr == __NR_select || c->nr == __NR_pselect6)
		print_select_result(l, c);
	else if (c->nr == __NR_time)
		print_date(l, c->result);
	else if (c->nr == __NR_personality && c->result == 0)
		line_add(l, " (PER_LINUX)");
	else if (c->nr == __NR_sched_getscheduler || c->nr == __NR_rt_sigtimedwait) {
		line_add(l, " (");
		if (c->nr == __NR_rt_sigtimedwait)
			line_signal(l, (int)c->result);
		else
			line_name(l, (uint32_t)c->result, &names_sched);
		line_add(l, ")");
	}
}

void call_leave(struct traced *c, bool dying)
{
	unsigned n = arguments(c), first = c->next;
	struct line *l = &c->line;

	c->failed = c->result < 0 && c->result >= -MAX_ERROR;
	for (unsigned i = first; i < n; i++)
		argument(c, i, i == first && !maybe(kind(c, i)));
	if (l->len == l->limit - 1)
		l->len -= (unsigned)sizeof "..." - 1;
	l->limit = LINE_BYTES;
	line_add(l, l->len == LINE_BYTES - LINE_RESULT - (unsigned)sizeof "..." ? "...) " : ") ");
	line_add(l, "%*s= ", l->len < RESULT_COLUMN ? RESULT_COLUMN - (int)l->len : 0, "");
	if (dying)
		line_add(l, "?");
	else if (c->failed)
		error(l, -c->result);
	else
		result(l, c);
}
