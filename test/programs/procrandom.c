/* SPDX-License-Identifier: ISC */
/*
 * procrandom SEED COUNT: random operations of processes on each other: fork, execve, exit, signals, masks, groups, sessions,
 * waiting, orphans; each printed with its result and everybody's state, so that what two kernels print can be compared
 * (test/e2e/procrandom.sh). A controller tells agents, one at a time, what to do; then it waits until all are asleep, stopped or
 * dead. Processes are named by their slots.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SLOTS  8
#define TELL   100 /* descriptors: what agent i reads, */
#define ANSWER 120 /* and where it answers, */
#define SAY    140 /* the controller's other ends */
#define HEAR   160
#define NOBODY 0x7ffffff0 /* no kernel gives such a number */

enum op {
	FORK,
	EXEC,
	EXIT,
	KILL,
	KILL_GROUP,
	TGKILL,
	SETPGID,
	SETSID,
	IDS,
	WAIT,
	WAITID,
	ACTION,
	MASK,
	PENDING,
	TAKE,
	REAPER,
	DEATH_SIGNAL,
	NICE,
	SEEN,
	OPS
};

static const char *const names[] = {"fork",   "exec",   "exit",     "kill",   "killpg", "tgkill", "setpgid",
				    "setsid", "ids",    "wait",     "waitid", "action", "mask",   "pending",
				    "take",   "reaper", "deathsig", "nice",   "seen"};

struct order {
	unsigned number, op, slot;
	int a, b, c;
	pid_t pid, other; /* 0: none, or the agent's own */
};

struct answer {
	unsigned number;
	int error;
	long result, more, pid; /* pid: to be told by its slot */
};

static uint64_t state;
static pid_t pids[SLOTS]; /* the controller's: who has or had a slot */
static volatile sig_atomic_t seen[65];

static unsigned rnd(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 20) % n;
}

/* An agent. */

static void on_signal(int sig)
{
	seen[sig] = 1;
}

static uint64_t bits(const sigset_t *set)
{
	uint64_t b = 0;

	for (int sig = 1; sig <= 34; sig++)
		b |= (uint64_t)(sigismember(set, sig) == 1) << sig;
	return b;
}

static void set_action(int sig, int how, int flags)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof sa);
	sa.sa_handler = how == 0 ? SIG_DFL : how == 1 ? SIG_IGN : on_signal;
	sa.sa_flags = SA_RESTART | flags;
	errno = 0;
	sigaction(sig, &sa, NULL);
}

static void answer(unsigned slot, const struct answer *a)
{
	if (write(ANSWER + (int)slot, a, sizeof *a) != sizeof *a)
		_exit(200);
}

static void act(unsigned *slot, const struct order *o)
{
	struct answer a = {.number = o->number};
	int status = 0;
	siginfo_t si;
	sigset_t set;
	char text[2][24];

	memset(&si, 0, sizeof si);
	sigemptyset(&set);
	errno = 0;
	switch (o->op) {
	case FORK:
		a.pid = a.result = fork();
		if (a.result == 0) {
			*slot = o->slot;
			memset((void *)(uintptr_t)seen, 0, sizeof seen);
			return;
		}
		break;
	case EXEC:
		snprintf(text[0], sizeof text[0], "%u", *slot);
		snprintf(text[1], sizeof text[1], "%u", o->number);
		execl("/proc/self/exe", "agent", text[0], text[1], "agent", NULL);
		_exit(201);
	case EXIT: _exit(o->a);
	case KILL: a.result = kill(o->pid, o->a); break;
	case KILL_GROUP: a.result = kill(-o->pid, o->a); break;
	case TGKILL: a.result = syscall(SYS_tgkill, o->pid, o->pid, o->a); break;
	case SETPGID: a.result = setpgid(o->pid, o->other); break;
	case SETSID: a.pid = a.result = setsid(); break;
	case IDS:
		a.result = getpgid(o->pid);
		a.more = getsid(o->pid);
		a.pid = getppid();
		break;
	case WAIT:
		a.pid = a.result = waitpid(o->pid, &status, WNOHANG | o->a);
		a.more = a.result > 0 ? status : 0;
		break;
	case WAITID:
		a.result = waitid((idtype_t)o->b, (id_t)o->pid, &si, WNOHANG | o->a);
		a.pid = si.si_pid;
		a.more = si.si_code << 8 | si.si_status;
		break;
	case ACTION: set_action(o->a, o->b, o->c); break;
	case MASK:
		sigaddset(&set, o->a);
		a.result = sigprocmask(o->b, &set, NULL);
		break;
	case PENDING:
		a.result = sigpending(&set);
		a.more = (long)bits(&set);
		break;
	case TAKE:
		sigaddset(&set, o->a);
		a.result = sigtimedwait(&set, &si, &(struct timespec){0, 0});
		a.more = a.result > 0 ? si.si_code : 0;
		break;
	case REAPER: a.result = prctl(PR_SET_CHILD_SUBREAPER, o->a); break;
	case DEATH_SIGNAL: a.result = prctl(PR_SET_PDEATHSIG, o->a); break;
	case NICE:
		a.result = setpriority(PRIO_PROCESS, (id_t)o->pid, o->a);
		a.more = getpriority(PRIO_PROCESS, (id_t)o->pid);
		break;
	case SEEN:
		for (int sig = 1; sig < 40; sig++)
			a.more |= (long)seen[sig] << sig;
		memset((void *)(uintptr_t)seen, 0, sizeof seen);
		break;
	}
	a.error = a.result == -1 ? errno : 0;
	answer(*slot, &a);
}

static void agent(unsigned slot)
{
	struct order o;

	for (;;) {
		ssize_t n = read(TELL + (int)slot, &o, sizeof o);

		if (n == sizeof o)
			act(&slot, &o);
		else if (n != -1 || errno != EINTR)
			_exit(202);
	}
}

/* The controller. */

/* What /proc says: R, S, T, Z; - for nobody. */
static char state_of(pid_t pid)
{
	char path[40], text[256] = "", *end;
	int fd;

	if (pid == 0)
		return '-';
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY);
	if (fd < 0 || read(fd, text, sizeof text - 1) <= 0) {
		close(fd);
		return '-';
	}
	close(fd);
	end = strrchr(text, ')');
	return end == NULL ? '?' : end[2] == 'D' || end[2] == 'X' ? 'R' : end[2];
}

static void settle(void)
{
	for (int i = 0; i < SLOTS; i++)
		while (state_of(pids[i]) == 'R') {
			nanosleep(&(struct timespec){0, 100000}, NULL);
			i = 0;
		}
}

static int slot_of(long pid)
{
	for (int i = 0; i < SLOTS; i++)
		if (pids[i] == pid && pid > 0)
			return i;
	return pid == getpid() ? 99 : pid > 0 ? 98 : (int)pid;
}

/* False: it died or stopped over it. */
static bool hear(unsigned slot, unsigned number, struct answer *a)
{
	struct pollfd p = {HEAR + (int)slot, POLLIN, 0};

	for (;;) {
		char s = state_of(pids[slot]);

		if (poll(&p, 1, s == 'R' || s == 'S' ? 1 : 0) == 1) {
			if (read(p.fd, a, sizeof *a) == sizeof *a && a->number == number)
				return true;
		} else if (s != 'R' && s != 'S') {
			return false;
		}
	}
}

static int some_signal(void)
{
	static const int signals[] = {0,       SIGTERM, SIGKILL, SIGSTOP, SIGCONT, SIGUSR1, SIGUSR2,
				      SIGCHLD, SIGTSTP, SIGSTOP, SIGCONT, SIGCONT, SIGHUP,  SIGTTIN,
				      SIGURG,  34,      SIGUSR1, SIGCHLD, 65};

	return signals[rnd(sizeof signals / sizeof *signals)];
}

static int some_options(void)
{
	return (rnd(2) ? WUNTRACED : 0) | (rnd(2) ? WCONTINUED : 0) | (rnd(12) == 0 ? 0x10 : 0);
}

/* Fills in what the operation needs; the target's slot is told as well. */
static void make_order(struct order *o, unsigned actor, unsigned *target)
{
	*target = rnd(4) == 0 ? actor : rnd(SLOTS);
	o->pid = pids[*target] != 0 ? pids[*target] : NOBODY;
	switch (o->op) {
	case EXIT: o->a = (int)rnd(256); break;
	case KILL:
	case TGKILL:
	case KILL_GROUP: o->a = some_signal(); break;
	case SETPGID:
		o->other = rnd(3) == 0 ? 0 : pids[rnd(SLOTS)];
		o->pid = rnd(3) == 0 ? 0 : o->pid;
		break;
	case WAIT:
		o->a = some_options();
		o->pid = rnd(2) ? -1 : rnd(3) == 0 ? 0 : rnd(3) == 0 ? -o->pid : o->pid;
		break;
	case WAITID:
		o->a = some_options() | (rnd(4) ? WEXITED : 0) | (rnd(3) == 0 ? WNOWAIT : 0);
		o->b = (int)rnd(3);
		break;
	case ACTION:
		o->a = some_signal();
		o->b = (int)rnd(3);
		o->c = o->a != SIGCHLD ? (rnd(4) == 0 ? (int)SA_RESETHAND : 0)
				       : (rnd(3) == 0 ? SA_NOCLDWAIT : 0) | (rnd(3) == 0 ? SA_NOCLDSTOP : 0);
		break;
	case MASK:
		o->a = some_signal();
		o->b = rnd(3) == 0 ? SIG_BLOCK : SIG_UNBLOCK;
		break;
	case TAKE: o->a = some_signal(); break;
	case REAPER: o->a = rnd(3) == 0; break;
	case DEATH_SIGNAL: o->a = rnd(2) ? 0 : some_signal(); break;
	case NICE: o->a = (int)rnd(45) - 22; break;
	}
}

static void show(const char *what, unsigned actor, unsigned target, const struct order *o, const struct answer *a)
{
	printf("%u %s %u %u %d %d %d: ", o->number, what, actor, target, o->a, o->b, o->c);
	if (a == NULL)
		printf("-");
	else if (o->op == IDS)
		printf("%d %d %d", slot_of(a->result), slot_of(a->more), slot_of(a->pid));
	else
		printf("%ld %d %lx %d", a->result > 0 && a->result == a->pid ? 1 : a->result, a->error, a->more,
		       slot_of(a->pid));
	printf(" [");
	for (int i = 0; i < SLOTS; i++)
		putchar(state_of(pids[i]));
	printf("]\n");
}

static void step(unsigned number)
{
	struct order o = {.number = number};
	unsigned actor = rnd(SLOTS), target = 0;
	struct answer a = {.number = number};
	int status = 0;

	if (rnd(10) == 0) { /* ourselves: nobody stays a zombie for good */
		o.a = (rnd(2) ? WUNTRACED : 0) | (rnd(2) ? WCONTINUED : 0);
		for (unsigned i = 0; i < SLOTS && a.result <= 0; i++) {
			target = (actor + i) % SLOTS;
			a.pid = a.result = pids[target] == 0 ? 0 : waitpid(pids[target], &status, WNOHANG | o.a);
		}
		a.more = a.result > 0 ? status : 0;
		a.error = a.result < 0 ? errno : 0;
		show("reap", 99, target, &o, &a);
		if (a.result > 0 && !WIFSTOPPED(status) && !WIFCONTINUED(status))
			pids[target] = 0;
		return;
	}
	if (state_of(pids[actor]) == 'T') {
		kill(pids[actor], rnd(3) == 0 ? SIGKILL : SIGCONT);
		settle();
		show("free", 99, actor, &o, NULL);
		return;
	}
	o.op = rnd(OPS);
	if (rnd(4) == 0)
		o.op = rnd(2) ? FORK : KILL;
	if (state_of(pids[actor]) != 'S') {
		if (state_of(pids[actor]) == 'Z' || pids[actor] != 0)
			return;
		pids[actor] = fork();
		if (pids[actor] == 0) {
			sigset_t none;

			sigemptyset(&none);
			sigprocmask(SIG_SETMASK, &none, NULL);
			if (rnd(2))
				setpgid(0, 0);
			agent(actor);
		}
		rnd(2);
		settle();
		show("new", 99, actor, &o, NULL);
		return;
	}
	if (o.op == FORK) {
		for (o.slot = 0; o.slot < SLOTS && pids[o.slot] != 0; o.slot++)
			;
		if (o.slot == SLOTS)
			return;
	}
	make_order(&o, actor, &target);
	if ((o.op == TGKILL || o.op == NICE) && state_of(o.pid) == 'Z') /* zombies have no threads here */
		return;
	if (o.op == KILL_GROUP && getpgid(o.pid) == getpgrp())
		return;
	if (write(SAY + (int)actor, &o, sizeof o) != sizeof o)
		exit(1);
	if (o.op == EXIT || !hear(actor, number, &a)) {
		settle();
		show(names[o.op], actor, target, &o, NULL);
	} else {
		if (o.op == FORK && a.result > 0)
			pids[o.slot] = (pid_t)a.result;
		settle();
		show(names[o.op], actor, target, &o, &a);
	}
	/* Who was waited for by another agent, or by nobody, has left its slot. */
	for (int i = 0; i < SLOTS; i++)
		if (pids[i] != 0 && state_of(pids[i]) == '-')
			pids[i] = 0;
}

static void drain(unsigned slot)
{
	char b[sizeof(struct order)];

	fcntl(TELL + (int)slot, F_SETFL, O_NONBLOCK);
	while (read(TELL + (int)slot, b, sizeof b) > 0)
		;
	fcntl(TELL + (int)slot, F_SETFL, 0);
}

static int controller(unsigned count)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	setsid();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (unsigned i = 0; i < SLOTS; i++) {
		int p[2], q[2];

		if (pipe(p) != 0 || pipe(q) != 0 || dup2(p[0], TELL + (int)i) < 0 || dup2(p[1], SAY + (int)i) < 0 ||
		    dup2(q[0], HEAR + (int)i) < 0 || dup2(q[1], ANSWER + (int)i) < 0)
			return 1;
		close(p[0]), close(p[1]), close(q[0]), close(q[1]);
	}
	for (unsigned i = 1; i <= count; i++) {
		step(i);
		for (unsigned s = 0; s < SLOTS; s++)
			if (pids[s] == 0)
				drain(s);
	}
	for (int i = 0; i < SLOTS; i++)
		if (pids[i] != 0)
			kill(pids[i], SIGKILL);
	return 0;
}

int main(int argc, char **argv)
{
	pid_t pid;
	int status;

	if (argc < 3)
		return 2;
	if (argc > 3) { /* executed anew: the answer to that */
		struct answer a = {.number = (unsigned)atoi(argv[2])};

		answer((unsigned)atoi(argv[1]), &a);
		agent((unsigned)atoi(argv[1]));
	}
	state = strtoull(argv[1], NULL, 10) * 0x9e3779b97f4a7c15u + 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	pid = fork();
	if (pid == 0)
		_exit(controller((unsigned)atoi(argv[2])));
	waitpid(pid, &status, 0);
	printf("%x\n", (unsigned)status);
	return status != 0;
}
