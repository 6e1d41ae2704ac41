/* SPDX-License-Identifier: ISC */
/*
 * Running the machine until there is something to say. The kernel has two places where it is always stopped: where a
 * program has been loaded, and where a fault ends one; the second is shown to gdb as the signal, in the program.
 *
 * A step of a program that enters the kernel (a system call, a page fault) goes on until the same thread is back, by a
 * breakpoint of the CPU's: so a step never leaves the program, and other threads run meanwhile.
 */
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "debug.h"

#define REDO_MAX 64 /* page faults of one instruction, and signals' handlers on the way */

int run_signal_fd = -1;
bool run_gdb_gone, run_saved_view;
uint8_t run_siginfo[RUN_SIGINFO];
static bool on_crash_set;

bool run_signals(void)
{
	struct signalfd_siginfo info;
	bool end = false;

	while (read(run_signal_fd, &info, sizeof info) == sizeof info)
		/* The terminal's reach the machine by themselves. */
		if (info.ssi_signo != SIGCHLD && info.ssi_code != SI_KERNEL && machine_pid > 0) {
			kill(machine_pid, (int)info.ssi_signo);
			end = true;
		}
	return end;
}

/* gdb said something while the machine runs: Ctrl-C, or nothing any more. */
static bool listen_to(struct link *gdb)
{
	AUTO_STR struct str packet = {0};
	enum link_event e = link_receive(gdb, &packet, 0);

	if (e == LINK_CLOSED)
		run_gdb_gone = true;
	return e == LINK_CLOSED || e == LINK_INTERRUPT;
}

/* Resumes, and waits for the next stop. A caller at the listener interrupts, and is left there. */
static void once(struct link *gdb, int listener, bool step, struct stop *s)
{
	struct pollfd p[4] = {{.fd = run_signal_fd, .events = POLLIN},
			      {.fd = machine->event_fd(), .events = POLLIN},
			      {.fd = gdb ? gdb->fd : -1, .events = POLLIN},
			      {.fd = listener, .events = POLLIN}};

	machine->resume(step);
	kernel_forget();
	run_saved_view = false;
	while (!machine->stopped(s)) {
		if (poll(p, 4, -1) < 0)
			continue;
		if (p[0].revents)
			run_signals();
		if (p[2].revents) {
			if (listen_to(gdb))
				machine->interrupt();
			if (run_gdb_gone)
				p[2].fd = -1;
		}
		if (p[3].revents) {
			machine->interrupt();
			p[3].fd = -1;
		}
	}
}

static uint64_t address(void)
{
	struct regs r;

	return machine->registers(&r) < 0 ? 0 : regs_get(&r, R_IP);
}

/* A step, with our own breakpoint there out of the way. */
static void step_over(struct link *gdb, struct stop *s)
{
	bool ours = on_crash_set && address() == kernel_on_crash;

	if (ours)
		machine->point(false, 0, kernel_on_crash, 1);
	once(gdb, -1, true, s);
	if (ours && s->kind != STOP_EXIT)
		machine->point(true, 0, kernel_on_crash, 1);
}

static void go(struct link *gdb, int listener, struct stop *s)
{
	if (!on_crash_set && kernel_on_crash)
		on_crash_set = machine->point(true, 0, kernel_on_crash, 1) == 0;
	if (on_crash_set && address() == kernel_on_crash) {
		step_over(gdb, s);
		if (s->kind != STOP_TRAP && s->kind != STOP_ENTERED)
			return;
	}
	once(gdb, listener, false, s);
}

/* Linux's number of a signal as gdb's. */
static int gdb_signal(uint64_t sig)
{
	static const uint8_t map[32] = {0, 1,  2,  3,  4,  5,  6,  10, 8,  9,  30, 11, 31, 13, 14, 15,
					0, 20, 19, 17, 18, 21, 22, 16, 24, 25, 26, 27, 28, 23, 32, 12};

	return sig < 32 ? map[sig] : 0;
}

/* What gdb shall be told of a stop. */
static int signal_of(const struct stop *s)
{
	struct regs r;

	if (s->kind == STOP_INTERRUPT)
		return 2;
	if (s->kind == STOP_TRAP && on_crash_set && machine->registers(&r) == 0 &&
	    regs_get(&r, R_IP) == kernel_on_crash) {
		run_saved_view = true;
		if (machine->read(regs_get(&r, R_DX), run_siginfo, sizeof run_siginfo) < 0)
			memset(run_siginfo, 0, sizeof run_siginfo);
		return gdb_signal(regs_get(&r, R_SI));
	}
	return 5;
}

void run_continue(struct link *gdb, struct stop *s, int *sig)
{
	go(gdb, -1, s);
	*sig = s->kind == STOP_EXIT ? 0 : signal_of(s);
}

/* To an address in the thread (0: in any). */
static bool run_to_thread(struct link *gdb, uint64_t at, int tid, struct stop *s)
{
	bool there = false;

	if (machine->point(true, POINT_INTERNAL, at, 1) < 0)
		return false;
	for (;;) {
		go(gdb, -1, s);
		if (s->kind != STOP_TRAP || address() != at)
			break;
		there = !tid || (kernel_current() && kernel_current()->tid == tid);
		if (there)
			break;
		machine->point(false, POINT_INTERNAL, at, 1);
		once(gdb, -1, true, s);
		if (s->kind != STOP_TRAP && s->kind != STOP_ENTERED)
			return false;
		machine->point(true, POINT_INTERNAL, at, 1);
	}
	if (s->kind != STOP_EXIT)
		machine->point(false, POINT_INTERNAL, at, 1);
	return there;
}

bool run_to(uint64_t at, struct stop *s)
{
	return run_to_thread(NULL, at, 0, s);
}

/*
 * One instruction of the thread on the CPU; of a program, with all that the kernel does for it. r: the registers before,
 * and, when that is how it ended (true), behind it.
 */
static bool step_here(struct link *gdb, struct stop *s, struct regs *r)
{
	for (unsigned i = 0; i < REDO_MAX; i++) {
		uint64_t from = regs_get(r, R_IP), back = from;
		bool program = !machine->in_kernel(r);
		const struct guest_thread *t;
		uint8_t code[2] = {0};

		step_over(gdb, s);
		if (s->kind != STOP_TRAP && s->kind != STOP_ENTERED)
			return false;
		if (machine->registers(r) < 0)
			return false;
		if (s->kind == STOP_TRAP && (!program || !machine->in_kernel(r)))
			return true;
		t = kernel_current();
		if (program && kernel_read(t, from, code, 2) == 2 && code[0] == 0x0f && code[1] == 0x05)
			back += 2;
		if (!run_to_thread(gdb, back, program && t ? t->tid : 0, s) || machine->registers(r) < 0)
			return false;
		if (back != from)
			return true;
	}
	return true;
}

void run_step(struct link *gdb, int tid, uint64_t start, uint64_t end, struct stop *s, int *sig)
{
	const struct guest_thread *t = kernel_thread(tid);
	bool here = !t || (t->current && !run_saved_view);
	struct regs r;

	*s = (struct stop){.kind = STOP_TRAP};
	if (here || kernel_saved(t, &r) < 0 || run_to_thread(gdb, regs_get(&r, R_IP), tid, s))
		while (machine->registers(&r) == 0 && step_here(gdb, s, &r)) {
			uint64_t ip = regs_get(&r, R_IP);

			if (ip - start >= end - start || server_point_at(ip))
				break;
			if (listen_to(gdb)) {
				s->kind = STOP_INTERRUPT;
				break;
			}
		}
	if (s->kind == STOP_ENTERED)
		s->kind = STOP_TRAP;
	*sig = s->kind == STOP_EXIT ? 0 : signal_of(s);
}

bool run_to_program(struct stop *s)
{
	struct regs r;

	if (!run_to(kernel_on_exec, s) || machine->registers(&r) < 0)
		return false;
	return run_to(regs_get(&r, R_SI), s);
}

bool run_alone(int listener, struct stop *s)
{
	for (;;) {
		go(NULL, listener, s);
		if (s->kind == STOP_EXIT)
			return true;
		if (s->kind == STOP_INTERRUPT)
			return false;
		/* A program crashes and nobody looks. */
	}
}
