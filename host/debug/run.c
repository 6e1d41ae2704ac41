/* SPDX-License-Identifier: ISC */
/*
 * Running the machine until there is something to say. The kernel has three places where it is always stopped: where a
 * program has been loaded, which gdb is told as a new library; where a fault ends one, which is shown to gdb as the signal,
 * in the program; and, in the sandbox with breakpoints, where mappings have changed.
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

#define WAYS_MAX 1000 /* instructions on a way into the kernel or out, and of what they call */
#define REDO_MAX 64 /* page faults of one instruction, and signals' handlers on the way */

int run_signal_fd = -1;
bool run_gdb_gone, run_saved_view, run_new_program;
uint8_t run_siginfo[RUN_SIGINFO];
enum { CRASH, EXEC, MAP, PLACES };
static const uint64_t *const place[PLACES] = {&kernel_on_crash, &kernel_on_exec, &kernel_on_map};
static bool placed[PLACES];

bool run_own_place(uint64_t at)
{
	for (unsigned i = 0; i < PLACES; i++)
		if (at && *place[i] == at)
			return true;
	return false;
}

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

static void set_place(unsigned i, bool on)
{
	if (*place[i] && placed[i] != on && machine->point(on, 0, *place[i], 1) == 0)
		placed[i] = on;
}

/* Which of our places it stands at; PLACES: none. */
static unsigned at_place(void)
{
	uint64_t at = address();
	unsigned i = 0;

	while (i < PLACES && !(placed[i] && *place[i] == at))
		i++;
	return i;
}

/* A step, with our own breakpoint there out of the way. */
static void step_over(struct link *gdb, struct stop *s)
{
	unsigned i = at_place();

	if (i < PLACES)
		set_place(i, false);
	if (i == MAP)
		machine->text_mapped();
	once(gdb, -1, true, s);
	if (i < PLACES && s->kind != STOP_EXIT)
		set_place(i, true);
}

/* It stands at one of our places, and shall go on. */
static bool passed(void)
{
	unsigned i = at_place();

	if (i == EXEC)
		run_new_program = true;
	return (i == MAP || i == EXEC) && !server_point_at(*place[i]);
}

/*
 * Interrupted on a way into the kernel or out of it, where neither stack nor registers are the program's nor the kernel's:
 * goes on to its end, where a backtrace is possible.
 */
static void leave_ways(struct link *gdb, struct stop *s)
{
	struct stop next = *s;

	for (unsigned i = 0; i < WAYS_MAX && address() - kernel_ways_start < kernel_ways_end - kernel_ways_start; i++) {
		step_over(gdb, &next);
		if (next.kind == STOP_EXIT)
			*s = next;
		if (next.kind == STOP_EXIT || next.kind == STOP_ENTERED)
			break;
	}
}

/* new_programs: one is a reason to stop. */
static void go(struct link *gdb, int listener, bool new_programs, struct stop *s)
{
	set_place(CRASH, true);
	set_place(EXEC, gdb != NULL);
	set_place(MAP, gdb && server_points());
	do {
		if (at_place() < PLACES) {
			step_over(gdb, s);
			if (s->kind != STOP_TRAP && s->kind != STOP_ENTERED)
				return;
		}
		once(gdb, listener, false, s);
	} while (s->kind == STOP_TRAP && passed() && !(run_new_program && new_programs));
	if (s->kind == STOP_INTERRUPT)
		leave_ways(gdb, s);
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
	if (s->kind == STOP_TRAP && at_place() == CRASH && machine->registers(&r) == 0) {
		run_saved_view = true;
		if (machine->read(regs_get(&r, R_DX), run_siginfo, sizeof run_siginfo) < 0)
			memset(run_siginfo, 0, sizeof run_siginfo);
		return gdb_signal(regs_get(&r, R_SI));
	}
	return 5;
}

void run_continue(struct link *gdb, struct stop *s, int *sig)
{
	*s = (struct stop){.kind = STOP_TRAP};
	if (!run_new_program)
		go(gdb, -1, true, s);
	*sig = s->kind == STOP_EXIT ? 0 : signal_of(s);
}

/* To an address in the thread (0: in any). */
static bool run_to_thread(struct link *gdb, uint64_t at, int tid, struct stop *s)
{
	bool there = false;

	if (machine->point(true, POINT_INTERNAL, at, 1) < 0)
		return false;
	for (;;) {
		go(gdb, -1, false, s);
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
		go(NULL, listener, false, s);
		if (s->kind == STOP_EXIT)
			return true;
		if (s->kind == STOP_INTERRUPT)
			return false;
		/* A program crashes and nobody looks. */
	}
}
