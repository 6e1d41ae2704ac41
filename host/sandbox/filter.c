/* SPDX-License-Identifier: ISC */
/*
 * From the host-call table to a seccomp filter in classic BPF. Arguments are 64 bits, the machine has 32:
 * every check looks at both halves, but for those that
 * the host takes as int. Layout: architecture, instruction pointer, then for each call `jeq nr`
 * over its rows; a row's checks jump to the row's end when they fail, behind the last row of a call stands
 * the kill. A row is shorter than 255 instructions, the reach of a conditional jump (asserted where the jumps
 * are patched).
 */
#include "hostcalls.h"
#include <linux/audit.h>
#include <linux/mman.h>
#include <linux/seccomp.h>

#define MAX_FAILS 64

struct writer {
	struct sock_filter *out;
	unsigned n, max;
	bool full;
	/* Jumps of the present row that go to its end when a check fails: instruction, and whether by its
	 * true branch. */
	struct {
		unsigned at;
		bool when_true;
	} fail[MAX_FAILS];
	unsigned fails;
};

static void emit(struct writer *w, unsigned code, uint32_t k)
{
	if (w->n == w->max) {
		w->full = true;
		return;
	}
	w->out[w->n++] = (struct sock_filter){.code = (uint16_t)code, .k = k};
}

static void fail_if(struct writer *w, unsigned op, unsigned source, uint32_t k, bool when)
{
	if (w->fails == MAX_FAILS) {
		w->full = true;
		return;
	}
	w->fail[w->fails].at = w->n;
	w->fail[w->fails++].when_true = when;
	emit(w, BPF_JMP | op | source, k);
}

/* Skips the next n instructions when the comparison holds. */
static void skip_if(struct writer *w, unsigned op, uint32_t k, unsigned n)
{
	unsigned at = w->n;

	emit(w, BPF_JMP | op | BPF_K, k);
	if (!w->full)
		w->out[at].jt = (uint8_t)n;
}

static void load(struct writer *w, unsigned arg, bool high)
{
	emit(w, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, args) + arg * 8 + (high ? 4 : 0));
}

static void load_high(struct writer *w, unsigned arg)
{
	load(w, arg, true);
}

static void load_low(struct writer *w, unsigned arg)
{
	load(w, arg, false);
}

static void fail_unless_equal(struct writer *w, unsigned arg, uint64_t value, uint32_t optional)
{
	load_high(w, arg);
	fail_if(w, BPF_JEQ, BPF_K, (uint32_t)(value >> 32), false);
	load_low(w, arg);
	if (optional != 0)
		emit(w, BPF_ALU | BPF_AND | BPF_K, ~optional);
	fail_if(w, BPF_JEQ, BPF_K, (uint32_t)value, false);
}

/* The low half, all that the host looks at, is below 32 and its bit is in mask. */
static void fail_unless_bit(struct writer *w, unsigned arg, uint32_t mask)
{
	unsigned first = (unsigned)__builtin_ctz(mask), last = 31 - (unsigned)__builtin_clz(mask);

	load_low(w, arg);
	if (first == last) {
		fail_if(w, BPF_JEQ, BPF_K, first, false);
		return;
	}
	fail_if(w, BPF_JGT, BPF_K, last, true);
	if ((((mask >> first) + 1) & (mask >> first)) == 0) { /* no gap */
		if (first > 0)
			fail_if(w, BPF_JGE, BPF_K, first, false);
		return;
	}
	emit(w, BPF_MISC | BPF_TAX, 0);
	emit(w, BPF_LD | BPF_IMM, 1);
	emit(w, BPF_ALU | BPF_LSH | BPF_X, 0);
	fail_if(w, BPF_JSET, BPF_K, mask, false);
}

/* lo <= a and a + length <= hi, where all of [lo, hi] has the same high half. */
static void fail_unless_inside_near(struct writer *w, unsigned arg, unsigned length, uint64_t lo, uint64_t hi)
{
	load_high(w, arg);
	fail_if(w, BPF_JEQ, BPF_K, (uint32_t)(hi >> 32), false);
	load_high(w, length);
	fail_if(w, BPF_JEQ, BPF_K, 0, false);
	load_low(w, arg);
	if ((uint32_t)lo != 0)
		fail_if(w, BPF_JGE, BPF_K, (uint32_t)lo, false);
	fail_if(w, BPF_JGT, BPF_K, (uint32_t)hi, true);
	emit(w, BPF_MISC | BPF_TAX, 0);
	emit(w, BPF_LD | BPF_IMM, (uint32_t)hi);
	emit(w, BPF_ALU | BPF_SUB | BPF_X, 0); /* what there is room for */
	emit(w, BPF_MISC | BPF_TAX, 0);
	load_low(w, length);
	fail_if(w, BPF_JGT, BPF_X, 0, true);
}

/* lo <= a and a + length <= hi, where neither sum nor comparison may wrap. */
static void fail_unless_inside(struct writer *w, unsigned arg, unsigned length, uint64_t lo, uint64_t hi)
{
	unsigned at;

	if (lo >> 32 == hi >> 32) {
		fail_unless_inside_near(w, arg, length, lo, hi);
		return;
	}
	/* Neither above hi, so that the sum of the high halves, with a carry, does not wrap. */
	load_high(w, length);
	fail_if(w, BPF_JGT, BPF_K, (uint32_t)(hi >> 32), true);
	load_high(w, arg);
	fail_if(w, BPF_JGT, BPF_K, (uint32_t)(hi >> 32), true);
	/* a >= lo */
	if (lo >> 32 != 0)
		fail_if(w, BPF_JGE, BPF_K, (uint32_t)(lo >> 32), false);
	if ((uint32_t)lo != 0) {
		skip_if(w, BPF_JGT, (uint32_t)(lo >> 32), 2);
		load_low(w, arg);
		fail_if(w, BPF_JGE, BPF_K, (uint32_t)lo, false);
	}
	/* M[0] = low half of the sum; A = 1 when that carries */
	load_low(w, arg);
	emit(w, BPF_MISC | BPF_TAX, 0);
	load_low(w, length);
	emit(w, BPF_ALU | BPF_ADD | BPF_X, 0);
	emit(w, BPF_ST, 0);
	at = w->n;
	emit(w, BPF_JMP | BPF_JGE | BPF_X, 0); /* sum >= a: no carry */
	emit(w, BPF_LD | BPF_IMM, 1);
	emit(w, BPF_JMP | BPF_JA, 1);
	emit(w, BPF_LD | BPF_IMM, 0);
	if (!w->full)
		w->out[at].jt = 2;
	/* A = high half of the sum */
	emit(w, BPF_MISC | BPF_TAX, 0);
	load_high(w, arg);
	emit(w, BPF_ALU | BPF_ADD | BPF_X, 0);
	emit(w, BPF_MISC | BPF_TAX, 0);
	load_high(w, length);
	emit(w, BPF_ALU | BPF_ADD | BPF_X, 0);
	/* sum <= hi */
	fail_if(w, BPF_JGT, BPF_K, (uint32_t)(hi >> 32), true);
	at = w->n;
	emit(w, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(hi >> 32));
	emit(w, BPF_LD | BPF_MEM, 0);
	fail_if(w, BPF_JGT, BPF_K, (uint32_t)hi, true);
	if (!w->full)
		w->out[at].jf = 2;
}

static void check(struct writer *w, unsigned i, const struct hostcall_arg *a, const struct hostcall_env *env)
{
	switch (a->kind) {
	case ARG_UNUSED:
	case ARG_ANY: break;
	case ARG_IS: fail_unless_equal(w, i, a->value, a->length); break;
	case ARG_UP_TO:
		load_high(w, i);
		fail_if(w, BPF_JEQ, BPF_K, 0, false);
		load_low(w, i);
		fail_if(w, BPF_JGT, BPF_K, (uint32_t)a->value, true);
		break;
	case ARG_ONE_OF: fail_unless_bit(w, i, (uint32_t)a->value); break;
	case ARG_FD: fail_unless_bit(w, i, env->fds[a->value]); break;
	case ARG_TIMER: fail_unless_bit(w, i, 1u << env->timer); break;
	case ARG_PROT:
	case ARG_PROT_WX:
		load_high(w, i);
		fail_if(w, BPF_JEQ, BPF_K, 0, false);
		fail_unless_bit(
		    w, i,
		    (uint32_t)a->value |
			(a->kind == ARG_PROT_WX && env->allow_wx ? 1u << (PROT_READ | PROT_WRITE | PROT_EXEC) : 0));
		break;
	case ARG_IN: fail_unless_inside(w, i, a->length, env->region[a->value].lo, env->region[a->value].hi); break;
	}
}

static void land(struct writer *w)
{
	for (unsigned i = 0; i < w->fails && !w->full; i++) {
		unsigned reach = w->n - w->fail[i].at - 1;

		if (reach > 255)
			w->full = true;
		else if (w->fail[i].when_true)
			w->out[w->fail[i].at].jt = (uint8_t)reach;
		else
			w->out[w->fail[i].at].jf = (uint8_t)reach;
	}
	w->fails = 0;
}

/* Rows without a descriptor that they could be about are left out. */
static bool useful(const struct hostcall *call, const struct hostcall_env *env)
{
	for (unsigned i = 0; i < ARRAY_LEN(call->arg); i++)
		if (call->arg[i].kind == ARG_FD && env->fds[call->arg[i].value] == 0)
			return false;
	return !call->fs_base_only || env->allow_fs_base;
}

static bool same(const struct hostcall_arg *a, const struct hostcall_arg *b)
{
	return a->kind == b->kind && a->value == b->value && a->length == b->length;
}

/* The rows [from, to), of one call. The first argument is checked once when all rows want the same of it. */
static void rows(struct writer *w, const struct hostcall *from, const struct hostcall *to,
		 const struct hostcall_env *env)
{
	bool first_shared = to - from > 1;

	for (const struct hostcall *c = from; c < to; c++)
		first_shared = first_shared && useful(c, env) && same(&c->arg[0], &from->arg[0]);
	w->fails = 0;
	if (first_shared) {
		check(w, 0, &from->arg[0], env);
		emit(w, BPF_JMP | BPF_JA, 1);
		land(w);
		emit(w, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	}
	for (const struct hostcall *c = from; c < to; c++) {
		if (!useful(c, env))
			continue;
		for (unsigned i = first_shared ? 1 : 0; i < ARRAY_LEN(c->arg); i++)
			check(w, i, &c->arg[i], env);
		emit(w, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
		land(w);
	}
	emit(w, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
}

unsigned hostcalls_filter(struct sock_filter *out, unsigned max, const struct hostcall_env *env)
{
	struct writer w = {.out = out, .max = max};

	emit(&w, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	skip_if(&w, BPF_JEQ, AUDIT_ARCH_X86_64, 1);
	emit(&w, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	emit(&w, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer) + 4);
	skip_if(&w, BPF_JEQ, (uint32_t)(env->gate_ip >> 32), 1);
	emit(&w, BPF_RET | BPF_K, SECCOMP_RET_TRAP);
	emit(&w, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer));
	skip_if(&w, BPF_JEQ, (uint32_t)env->gate_ip, 1);
	emit(&w, BPF_RET | BPF_K, SECCOMP_RET_TRAP);
	emit(&w, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)); /* stays in A up to the rows */
	for (const struct hostcall *from = hostcalls, *to; from < hostcalls + hostcalls_count; from = to) {
		bool any = false;
		unsigned over;

		for (to = from; to < hostcalls + hostcalls_count && to->nr == from->nr; to++)
			any |= useful(to, env);
		if (!any)
			continue;
		skip_if(&w, BPF_JEQ, from->nr, 1);
		over = w.n;
		emit(&w, BPF_JMP | BPF_JA, 0);
		rows(&w, from, to, env);
		if (w.full)
			return 0;
		out[over].k = w.n - over - 1;
	}
	emit(&w, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	return w.full ? 0 : w.n;
}
