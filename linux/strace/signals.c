/* SPDX-License-Identifier: ISC */
/* Signals: sets, actions, what comes with one, stacks. */
#include "call.h"
#include "names.h"

#include "linux/names_of.h"
#include "linux/regs.h"

#include <linux/signal.h>
#include <asm/sigcontext.h>
#include <asm/ucontext.h>
#include <asm/unistd.h>

#define TICKS 100

struct kernel_action {
	uint64_t handler, flags, restorer, mask;
};

void print_signal(struct line *l, const struct traced *c, unsigned i)
{
	line_signal(l, (int)CALLARG(c->args, i));
}

void print_sigset(struct line *l, const struct traced *c, unsigned i)
{
	uint64_t set;

	if (line_fetch(l, &set, CALLARG(c->args, i), sizeof set))
		line_sigset(l, set);
}

/* pselect6's last argument. */
void print_sigmask6(struct line *l, const struct traced *c, unsigned i)
{
	uint64_t pair[2], set;

	if (!line_fetch(l, pair, CALLARG(c->args, i), sizeof pair))
		return;
	line_add(l, "{sigmask=");
	if (line_fetch(l, &set, pair[0], sizeof set))
		line_sigset(l, set);
	line_add(l, ", sigsetsize=%lu}", (unsigned long)pair[1]);
}

void print_sigaction(struct line *l, const struct traced *c, unsigned i)
{
	struct kernel_action a;

	if (!line_fetch(l, &a, CALLARG(c->args, i), sizeof a))
		return;
	line_add(l, "{sa_handler=");
	if (a.handler <= 1)
		line_add(l, a.handler == 0 ? "SIG_DFL" : "SIG_IGN");
	else
		line_address(l, a.handler);
	line_add(l, ", sa_mask=");
	line_sigset(l, a.mask);
	line_add(l, ", sa_flags=");
	line_flags(l, a.flags, &names_sa);
	if ((a.flags & SA_RESTORER) != 0) {
		line_add(l, ", sa_restorer=");
		line_address(l, a.restorer);
	}
	line_add(l, "}");
}

static const struct name any_codes[] = {N(SI_USER),  N(SI_KERNEL),  N(SI_QUEUE), N(SI_TIMER),
					N(SI_MESGQ), N(SI_ASYNCIO), N(SI_SIGIO), N(SI_TKILL)};
static const struct name child_codes[] = {N(CLD_EXITED),  N(CLD_KILLED),  N(CLD_DUMPED),
					  N(CLD_TRAPPED), N(CLD_STOPPED), N(CLD_CONTINUED)};
static const struct name segv_codes[] = {N(SEGV_MAPERR), N(SEGV_ACCERR)};
static const struct name bus_codes[] = {N(BUS_ADRALN), N(BUS_ADRERR), N(BUS_OBJERR)};
static const struct name fpe_codes[] = {N(FPE_INTDIV), N(FPE_INTOVF), N(FPE_FLTDIV), N(FPE_FLTOVF),
					N(FPE_FLTUND), N(FPE_FLTRES), N(FPE_FLTINV), N(FPE_FLTSUB)};
static const struct name ill_codes[] = {N(ILL_ILLOPC), N(ILL_ILLOPN), N(ILL_ILLADR), N(ILL_ILLTRP),
					N(ILL_PRVOPC), N(ILL_PRVREG), N(ILL_COPROC), N(ILL_BADSTK)};
static const struct name trap_codes[] = {N(TRAP_BRKPT), N(TRAP_TRACE)};

static const struct {
	int sig;
	struct names names;
} codes[] = {
    {SIGCHLD, NAMES(child_codes, NULL, NULL)}, {SIGSEGV, NAMES(segv_codes, NULL, NULL)},
    {SIGBUS, NAMES(bus_codes, NULL, NULL)},    {SIGFPE, NAMES(fpe_codes, NULL, NULL)},
    {SIGILL, NAMES(ill_codes, NULL, NULL)},    {SIGTRAP, NAMES(trap_codes, NULL, NULL)},
};

static void code(struct line *l, int sig, int si_code)
{
	static const struct names any = NAMES(any_codes, NULL, NULL);

	for (unsigned i = 0; i < ARRAY_LEN(codes); i++) {
		if (codes[i].sig == sig && si_code > 0 && si_code != SI_KERNEL) {
			line_name(l, (uint32_t)si_code, &codes[i].names);
			return;
		}
	}
	line_name(l, (uint32_t)si_code, &any);
}

static void ticks(struct line *l, const char *name, long n)
{
	line_add(l, ", %s=%ld", name, n);
	if (n != 0)
		line_add(l, " /* %ld.%02ld s */", n / TICKS, n % TICKS);
}

static void value(struct line *l, const siginfo_t *si)
{
	line_add(l, ", si_int=%d, si_ptr=", si->si_int);
	line_address(l, (uintptr_t)si->si_ptr);
}

static void source(struct line *l, const siginfo_t *si)
{
	line_add(l, ", si_pid=%d, si_uid=%u", si->si_pid, si->si_uid);
}

static void child(struct line *l, const siginfo_t *si)
{
	source(l, si);
	line_add(l, ", si_status=");
	if (si->si_code == CLD_EXITED)
		line_add(l, "%d", si->si_status);
	else
		line_signal(l, si->si_status);
	ticks(l, "si_utime", (long)si->si_utime);
	ticks(l, "si_stime", (long)si->si_stime);
}

static bool is_fault(int sig)
{
	return sig == SIGILL || sig == SIGFPE || sig == SIGSEGV || sig == SIGBUS || sig == SIGTRAP;
}

void print_siginfo_at(struct line *l, const void *info)
{
	const siginfo_t *si = info;

	if (si->si_signo == 0) {
		line_add(l, "{}");
		return;
	}
	line_add(l, "{si_signo=");
	line_signal(l, si->si_signo);
	line_add(l, ", si_code=");
	code(l, si->si_signo, si->si_code);
	if (si->si_errno != 0 && error_name(si->si_errno) != NULL)
		line_add(l, ", si_errno=%s", error_name(si->si_errno));
	if (si->si_code == SI_TIMER) {
		line_add(l, ", si_timerid=%#x, si_overrun=%d", (unsigned)si->si_tid, si->si_overrun);
		value(l, si);
	} else if (si->si_code > 0 && si->si_signo == SIGCHLD) {
		child(l, si);
	} else if (si->si_code > 0 && is_fault(si->si_signo)) {
		line_add(l, ", si_addr=");
		line_address(l, (uintptr_t)si->si_addr);
	} else if (si->si_code <= 0 || si->si_pid != 0 || si->si_uid != 0) {
		source(l, si);
		if (si->si_code != SI_USER && si->si_code != SI_TKILL && si->si_ptr != NULL)
			value(l, si);
	}
	line_add(l, "}");
}

void print_siginfo(struct line *l, const struct traced *c, unsigned i)
{
	siginfo_t si;

	if (line_fetch(l, &si, CALLARG(c->args, i), sizeof si))
		print_siginfo_at(l, &si);
}

void print_sigstack(struct line *l, const struct traced *c, unsigned i)
{
	stack_t s;

	if (!line_fetch(l, &s, CALLARG(c->args, i), sizeof s))
		return;
	line_add(l, "{ss_sp=");
	line_address(l, (uintptr_t)s.ss_sp);
	line_add(l, ", ss_flags=");
	line_flags(l, (uint32_t)s.ss_flags, &names_ss);
	line_add(l, ", ss_size=%lu}", (unsigned long)s.ss_size);
}

/* The mask that a handler's return restores, from the frame that it stands on. */
void print_sigreturn(struct line *l, const struct traced *c, unsigned i)
{
	uint64_t mask;

	(void)i;
	line_add(l, "{mask=");
	if (line_fetch(l, &mask, regs_sp((const struct trapframe *)c->args) + offsetof(struct ucontext, uc_sigmask),
		       sizeof mask))
		line_sigset(l, mask);
	line_add(l, "}");
}
