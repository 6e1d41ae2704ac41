/* SPDX-License-Identifier: ISC */
/*
 * From the host-call table to a seccomp filter in classic BPF. Arguments are 64 bits, the machine has 32:
 * every check looks at both halves. Layout: architecture, instruction pointer, then for each call `jeq nr`
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

static void fail_unless_equal(struct writer *w, unsigned arg, uint64_t value, uint32_t optional)
{
	load(w, arg, true);
	fail_if(w, BPF_JEQ, BPF_K, (uint32_t)(value >> 32), false);
	load(w, arg, false);
	if (optional != 0)
		emit(w, BPF_ALU | BPF_AND | BPF_K, ~optional);
	fail_if(w, BPF_JEQ, BPF_K, (uint32_t)value, false);
}

/* The value is below 32 and its bit is in mask. */
static void fail_unless_bit(struct writer *w, unsigned arg, uint32_t mask)
{
	load(w, arg, true);
	fail_if(w, BPF_JEQ, BPF_K, 0, false);
	load(w, arg, false);
	fail_if(w, BPF_JGT, BPF_K, 31, true);
	emit(w, BPF_MISC | BPF_TAX, 0);
	emit(w, BPF_LD | BPF_IMM, 1);
	emit(w, BPF_ALU | BPF_LSH | BPF_X, 0);
	fail_if(w, BPF_JSET, BPF_K, mask, false);
}

/* lo <= a and a + length <= hi, where neither sum nor comparison may wrap. */
static void fail_unless_inside(struct writer *w, unsigned arg, unsigned length, uint64_t lo, uint64_t hi)
{
	/* Both below 2^63, so that the sum cannot wrap. */
	load(w, length, true);
	fail_if(w, BPF_JGT, BPF_K, 0x7fffffff, true);
	load(w, arg, true);
	fail_if(w, BPF_JGT, BPF_K, 0x7fffffff, true);
	/* a >= lo */
	fail_if(w, BPF_JGE, BPF_K, (uint32_t)(lo >> 32), false);
	skip_if(w, BPF_JGT, (uint32_t)(lo >> 32), 2);
	load(w, arg, false);
	fail_if(w, BPF_JGE, BPF_K, (uint32_t)lo, false);
	/* M[0] = low half of the sum, M[1] = carry */
	load(w, arg, false);
	emit(w, BPF_MISC | BPF_TAX, 0);
	load(w, length, false);
	emit(w, BPF_ALU | BPF_ADD | BPF_X, 0);
	emit(w, BPF_ST, 0);
	{
		unsigned at = w->n;

		emit(w, BPF_JMP | BPF_JGE | BPF_X, 0); /* sum >= a: no carry */
		emit(w, BPF_LD | BPF_IMM, 1);
		emit(w, BPF_JMP | BPF_JA, 1);
		emit(w, BPF_LD | BPF_IMM, 0);
		if (!w->full)
			w->out[at].jt = 2;
	}
	emit(w, BPF_MISC | BPF_TAX, 0);
	/* A = high half of the sum */
	load(w, arg, true);
	emit(w, BPF_ALU | BPF_ADD | BPF_X, 0);
	emit(w, BPF_ST, 1);
	load(w, length, true);
	emit(w, BPF_MISC | BPF_TAX, 0);
	emit(w, BPF_LD | BPF_MEM, 1);
	emit(w, BPF_ALU | BPF_ADD | BPF_X, 0);
	/* sum <= hi */
	fail_if(w, BPF_JGT, BPF_K, (uint32_t)(hi >> 32), true);
	{
		unsigned at = w->n;

		emit(w, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(hi >> 32));
		emit(w, BPF_LD | BPF_MEM, 0);
		fail_if(w, BPF_JGT, BPF_K, (uint32_t)hi, true);
		if (!w->full)
			w->out[at].jf = 2;
	}
}

static void check(struct writer *w, unsigned i, const struct hostcall_arg *a, const struct hostcall_env *env)
{
	switch (a->kind) {
	case ARG_UNUSED:
	case ARG_ANY: break;
	case ARG_IS: fail_unless_equal(w, i, a->value, a->length); break;
	case ARG_UP_TO:
		load(w, i, true);
		fail_if(w, BPF_JEQ, BPF_K, 0, false);
		load(w, i, false);
		fail_if(w, BPF_JGT, BPF_K, (uint32_t)a->value, true);
		break;
	case ARG_ONE_OF:
	case ARG_PROT: fail_unless_bit(w, i, (uint32_t)a->value); break;
	case ARG_FD: fail_unless_bit(w, i, env->fds[a->value]); break;
	case ARG_TIMER: fail_unless_equal(w, i, (uint32_t)env->timer, 0); break;
	case ARG_PROT_WX:
		fail_unless_bit(w, i,
				(uint32_t)a->value | (env->allow_wx ? 1u << (PROT_READ | PROT_WRITE | PROT_EXEC) : 0));
		break;
	case ARG_IN: fail_unless_inside(w, i, a->length, env->region[a->value].lo, env->region[a->value].hi); break;
	}
}

static void row(struct writer *w, const struct hostcall *call, const struct hostcall_env *env)
{
	w->fails = 0;
	for (unsigned i = 0; i < ARRAY_LEN(call->arg); i++)
		check(w, i, &call->arg[i], env);
	emit(w, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	for (unsigned i = 0; i < w->fails && !w->full; i++) {
		unsigned reach = w->n - w->fail[i].at - 1;

		if (reach > 255)
			w->full = true;
		else if (w->fail[i].when_true)
			w->out[w->fail[i].at].jt = (uint8_t)reach;
		else
			w->out[w->fail[i].at].jf = (uint8_t)reach;
	}
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
	for (unsigned i = 0; i < hostcalls_count;) {
		const struct hostcall *call = &hostcalls[i];
		unsigned over;

		emit(&w, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
		skip_if(&w, BPF_JEQ, call->nr, 1);
		over = w.n;
		emit(&w, BPF_JMP | BPF_JA, 0);
		for (; i < hostcalls_count && hostcalls[i].nr == call->nr; i++)
			if (!hostcalls[i].fs_base_only || env->allow_fs_base)
				row(&w, &hostcalls[i], env);
		emit(&w, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
		if (w.full)
			return 0;
		out[over].k = w.n - over - 1;
	}
	emit(&w, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	return w.full ? 0 : w.n;
}
