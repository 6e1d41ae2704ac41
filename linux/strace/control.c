/* SPDX-License-Identifier: ISC */
/* Calls whose arguments depend on an operation: prctl, arch_prctl, futex. */
#include "call.h"
#include "names.h"

#include <asm/prctl.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <linux/prctl.h>

#define NAME_BYTES 15 /* of a thread's name */
#define COMMAND    (~(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME))

void print_arch_prctl(struct line *l, const struct traced *c, unsigned i)
{
	int code = (int)CALLARG(c->args, 0);

	if (!c->failed && (code == ARCH_GET_FS || code == ARCH_GET_GS))
		print_pointer(l, c, i);
	else
		line_address(l, CALLARG(c->args, i));
}

/* Argument i of prctl, which has as many as the option takes. */
void print_prctl(struct line *l, const struct traced *c, unsigned i)
{
	uintptr_t v = CALLARG(c->args, i);

	switch ((int)CALLARG(c->args, 0)) {
	case PR_GET_DUMPABLE:
	case PR_GET_KEEPCAPS:
	case PR_GET_SECCOMP:
	case PR_GET_TIMERSLACK:
	case PR_GET_SECUREBITS: return;
	case PR_SET_NAME:
		if (i == 1)
			line_string(l, v, NAME_BYTES);
		return;
	case PR_GET_NAME:
		if (i == 1 && c->failed)
			line_address(l, v);
		else if (i == 1)
			line_string(l, v, NAME_BYTES + 1);
		return;
	case PR_SET_PDEATHSIG:
		if (i == 1)
			line_signal(l, (int)v);
		return;
	case PR_GET_PDEATHSIG:
	case PR_GET_CHILD_SUBREAPER:
	case PR_GET_TID_ADDRESS:
		if (i == 1 && c->failed)
			line_address(l, v);
		else if (i == 1)
			print_int(l, c, i);
		return;
	case PR_SET_CHILD_SUBREAPER:
	case PR_SET_DUMPABLE:
	case PR_SET_KEEPCAPS:
	case PR_SET_TIMERSLACK:
		if (i == 1)
			line_add(l, "%lu", v);
		return;
	case PR_SET_NO_NEW_PRIVS:
		if (i == 1) {
			line_add(l, "%lu", v);
			return;
		}
		line_hex(l, v);
		return;
	default: line_hex(l, v);
	}
}

static int command(const struct traced *c)
{
	return (int)CALLARG(c->args, 1) & COMMAND;
}

void print_futex_op(struct line *l, const struct traced *c, unsigned i)
{
	int op = (int)CALLARG(c->args, i), cmd = op & COMMAND;
	bool known = false;

	for (unsigned k = 0; k < names_futex.count; k++)
		known |= names_futex.rows[k].value == (uint32_t)cmd;
	if (!known) {
		line_add(l, "%#x /* FUTEX_??? */", (unsigned)op);
		return;
	}
	line_name(l, (uint32_t)cmd, &names_futex);
	line_add(l, "%s%s", (op & FUTEX_PRIVATE_FLAG) != 0 ? "_PRIVATE" : "",
		 (op & FUTEX_CLOCK_REALTIME) != 0 ? "|FUTEX_CLOCK_REALTIME" : "");
}

static bool two_futexes(int cmd)
{
	return cmd == FUTEX_REQUEUE || cmd == FUTEX_CMP_REQUEUE || cmd == FUTEX_WAKE_OP || cmd == FUTEX_CMP_REQUEUE_PI;
}

static bool has_timeout(int cmd)
{
	return cmd == FUTEX_WAIT || cmd == FUTEX_WAIT_BITSET || cmd == FUTEX_LOCK_PI || cmd == FUTEX_WAIT_REQUEUE_PI;
}

static bool is_other(int cmd)
{
	return cmd == FUTEX_FD || cmd > FUTEX_CMP_REQUEUE_PI;
}

void print_futex_value(struct line *l, const struct traced *c, unsigned i)
{
	int cmd = command(c);

	if (cmd != FUTEX_LOCK_PI && cmd != FUTEX_UNLOCK_PI && cmd != FUTEX_TRYLOCK_PI)
		line_add(l, "%u", (unsigned)CALLARG(c->args, i));
}

/* The fourth: a time, or another number. */
void print_futex_timeout(struct line *l, const struct traced *c, unsigned i)
{
	int cmd = command(c);

	if (has_timeout(cmd))
		print_timespec(l, c, i);
	else if (two_futexes(cmd))
		line_add(l, "%u", (unsigned)CALLARG(c->args, i));
	else if (is_other(cmd))
		line_address(l, CALLARG(c->args, i));
}

void print_futex_addr(struct line *l, const struct traced *c, unsigned i)
{
	int cmd = command(c);

	if (two_futexes(cmd) || cmd == FUTEX_WAIT_REQUEUE_PI || is_other(cmd))
		line_address(l, CALLARG(c->args, i));
}

static void wake_op(struct line *l, uint32_t v)
{
	uint32_t op = v >> 28, shift = FUTEX_OP_OPARG_SHIFT;

	line_add(l, (op & shift) != 0 ? "FUTEX_OP_OPARG_SHIFT<<28|" : "");
	line_name(l, op & ~shift, &names_futex_ops);
	line_add(l, "<<28|");
	line_hex(l, v >> 12 & 0xfff);
	line_add(l, "<<12|");
	line_name(l, v >> 24 & 15, &names_futex_cmps);
	line_add(l, "<<24|");
	line_hex(l, v & 0xfff);
}

void print_futex_last(struct line *l, const struct traced *c, unsigned i)
{
	uint32_t v = (uint32_t)CALLARG(c->args, i);
	int cmd = command(c);

	if (cmd == FUTEX_WAKE_OP)
		wake_op(l, v);
	else if (cmd == FUTEX_WAIT_BITSET || cmd == FUTEX_WAKE_BITSET)
		line_add(l, v == FUTEX_BITSET_MATCH_ANY ? "FUTEX_BITSET_MATCH_ANY" : "%#x", v);
	else if (cmd == FUTEX_CMP_REQUEUE || cmd == FUTEX_CMP_REQUEUE_PI)
		line_add(l, "%u", v);
	else if (is_other(cmd))
		line_hex(l, v);
}

void print_membarrier_cpu(struct line *l, const struct traced *c, unsigned i)
{
	if ((CALLARG(c->args, 1) & MEMBARRIER_CMD_FLAG_CPU) != 0)
		line_add(l, "%d", (int)CALLARG(c->args, i));
}
