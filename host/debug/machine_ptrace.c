/* SPDX-License-Identifier: ISC */
/*
 * The sandbox: the tender under ptrace. Every signal of the host is the kernel's business inside and is passed on at
 * once; asynchronous ones wait while a single instruction is stepped. Breakpoints are bytes (ptrace may write to text
 * that is mapped from the image, its copy is private) or, where nothing is mapped yet, the CPU's.
 *
 * When the kernel maps text anew, for another process or after a switch back to one, the copy with the bytes is gone.
 * Then what is missing is put back, if the code there is that which the breakpoint was set in.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi/sandbox.h"
#include "debug.h"
#include "hostlib/process.h"

#define PAGE        4096u
#define BYTES_MAX   1024u
#define CPU_POINTS  4u
#define OURS        3u /* the CPU's point for POINT_INTERNAL */
#define INT3        0xcc
#define CODE        8u /* bytes by which code is known again */
#define STEP_FLAG   0x100u
#define DR6_HITS    0xfu
#define TRAP_KERNEL 0x80 /* SI_KERNEL: int3 */

static struct byte {
	uint64_t at;
	uint8_t code[CODE]; /* without breakpoints */
	unsigned known; /* so many of them; 0: nothing was mapped yet */
} bytes[BYTES_MAX];
static unsigned byte_count;
static struct {
	bool used;
	unsigned type; /* as in Z packets */
	uint64_t at;
} cpu_point[CPU_POINTS];
static int memory_fd = -1;
static bool stepping, stop_sent;
static int pending; /* the signal that a step ended with: goes in with the next resume */
static uint64_t deferred; /* signals that came during a step */

static long request(int what, uint64_t at, uint64_t data)
{
	return ptrace(what, machine_pid, (void *)(uintptr_t)at, (void *)(uintptr_t)data);
}

static const struct {
	unsigned reg, at;
	bool constant; /* what a debugger does not change */
} user_regs[] = {
#define WORD(name) offsetof(struct user_regs_struct, name)
    {R_AX, WORD(rax), false},
    {R_BX, WORD(rbx), false},
    {R_CX, WORD(rcx), false},
    {R_DX, WORD(rdx), false},
    {R_SI, WORD(rsi), false},
    {R_DI, WORD(rdi), false},
    {R_BP, WORD(rbp), false},
    {R_SP, WORD(rsp), false},
    {R_R8, WORD(r8), false},
    {R_R8 + 1, WORD(r9), false},
    {R_R8 + 2, WORD(r10), false},
    {R_R8 + 3, WORD(r11), false},
    {R_R8 + 4, WORD(r12), false},
    {R_R8 + 5, WORD(r13), false},
    {R_R8 + 6, WORD(r14), false},
    {R_R8 + 7, WORD(r15), false},
    {R_IP, WORD(rip), false},
    {R_FLAGS, WORD(eflags), false},
    {R_CS, WORD(cs), true},
    {R_SS, WORD(ss), true},
    {R_DS, WORD(ds), true},
    {R_ES, WORD(es), true},
    {R_FS, WORD(fs), true},
    {R_GS, WORD(gs), true},
    {R_FS_BASE, WORD(fs_base), false},
    {R_GS_BASE, WORD(gs_base), false},
#undef WORD
};

static unsigned long long *word_of(struct user_regs_struct *u, unsigned i)
{
	return (unsigned long long *)((char *)u + user_regs[i].at);
}

static int registers(struct regs *r)
{
	struct user_regs_struct u;
	struct user_fpregs_struct f;

	memset(r, 0, sizeof *r);
	if (request(PTRACE_GETREGS, 0, (uintptr_t)&u) < 0 || request(PTRACE_GETFPREGS, 0, (uintptr_t)&f) < 0)
		return -1;
	regs_from_fxsave(r, (const uint8_t *)&f);
	for (unsigned i = 0; i < sizeof user_regs / sizeof *user_regs; i++)
		regs_set(r, user_regs[i].reg, *word_of(&u, i));
	regs_set(r, R_FLAGS, u.eflags & ~(uint64_t)STEP_FLAG);
	regs_set(r, R_ORIG_AX, UINT64_MAX);
	return 0;
}

static int set_registers(const struct regs *r)
{
	struct user_regs_struct u;
	struct user_fpregs_struct f;

	if (request(PTRACE_GETREGS, 0, (uintptr_t)&u) < 0 || request(PTRACE_GETFPREGS, 0, (uintptr_t)&f) < 0)
		return -1;
	regs_to_fxsave(r, (uint8_t *)&f);
	for (unsigned i = 0; i < sizeof user_regs / sizeof *user_regs; i++)
		if (!user_regs[i].constant)
			*word_of(&u, i) = regs_get(r, user_regs[i].reg);
	return request(PTRACE_SETREGS, 0, (uintptr_t)&u) < 0 || request(PTRACE_SETFPREGS, 0, (uintptr_t)&f) < 0 ? -1
														: 0;
}

/* Breakpoints are not seen in what is read. */
static int read_memory(uint64_t at, void *to, size_t n)
{
	if (pread(memory_fd, to, n, (off_t)at) != (ssize_t)n)
		return -1;
	for (unsigned i = 0; i < byte_count; i++)
		if (bytes[i].at - at < n && ((uint8_t *)to)[bytes[i].at - at] == INT3)
			((uint8_t *)to)[bytes[i].at - at] = bytes[i].code[0];
	return 0;
}

static int write_memory(uint64_t at, const void *from, size_t n)
{
	if (pwrite(memory_fd, from, n, (off_t)at) != (ssize_t)n)
		return -1;
	for (unsigned i = 0; i < byte_count; i++)
		if (bytes[i].at - at < n) {
			bytes[i].code[0] = ((const uint8_t *)from)[bytes[i].at - at];
			if (pwrite(memory_fd, (const uint8_t[]){INT3}, 1, (off_t)bytes[i].at) != 1)
				return -1;
		}
	return 0;
}

static int find_byte(uint64_t at)
{
	for (unsigned i = 0; i < byte_count; i++)
		if (bytes[i].at == at)
			return (int)i;
	return -1;
}

enum put { PUT_DONE, PUT_UNMAPPED, PUT_ELSEWHERE, PUT_REFUSED };

static enum put put_byte(struct byte *b)
{
	unsigned n = PAGE - b->at % PAGE < CODE ? PAGE - b->at % PAGE : CODE;
	uint8_t now[CODE];

	if (read_memory(b->at, now, n) < 0)
		return PUT_UNMAPPED;
	if (b->known && memcmp(now, b->code, n) != 0)
		return PUT_ELSEWHERE;
	if (pwrite(memory_fd, (const uint8_t[]){INT3}, 1, (off_t)b->at) != 1)
		return PUT_REFUSED;
	memcpy(b->code, now, n);
	b->known = n;
	return PUT_DONE;
}

static enum put set_byte(uint64_t at)
{
	enum put done;

	if (find_byte(at) >= 0)
		return PUT_DONE;
	if (byte_count == BYTES_MAX)
		return PUT_REFUSED;
	bytes[byte_count] = (struct byte){.at = at};
	done = put_byte(&bytes[byte_count]);
	byte_count += done == PUT_DONE;
	return done;
}

/* For when something is mapped there. */
static bool expect_byte(uint64_t at)
{
	if (byte_count == BYTES_MAX || !kernel_on_map)
		return false;
	bytes[byte_count++] = (struct byte){.at = at};
	return true;
}

static void text_mapped(void)
{
	for (unsigned i = 0; i < byte_count; i++)
		put_byte(&bytes[i]);
}

/* The page may have gone, or another may stand there: only our own byte is taken back. */
static bool clear_byte(uint64_t at)
{
	int i = find_byte(at);
	uint8_t now;

	if (i < 0)
		return false;
	if (bytes[i].known && pread(memory_fd, &now, 1, (off_t)at) == 1 && now == INT3 &&
	    pwrite(memory_fd, bytes[i].code, 1, (off_t)at) != 1)
		return false;
	bytes[i] = bytes[--byte_count];
	return true;
}

static int debug_register(unsigned n, uint64_t value)
{
	return request(PTRACE_POKEUSER, offsetof(struct user, u_debugreg) + 8 * n, value) < 0 ? -1 : 0;
}

/* All of the CPU's points as they are in the table; size as the CPU codes it is 0 1 3 2 for 1 2 4 8 bytes. */
static int set_cpu_point(unsigned n, bool set, unsigned type, uint64_t at, unsigned size)
{
	static const uint8_t code[] = {[1] = 0, [2] = 1, [4] = 3, [8] = 2};
	uint64_t control = (uint64_t)request(PTRACE_PEEKUSER, offsetof(struct user, u_debugreg) + 8 * 7, 0);
	unsigned how = type == 2 ? 1 : type == 3 || type == 4 ? 3 : 0;

	if (how && (size > 8 || (size & (size - 1)) != 0 || !size || at % size))
		return -1;
	control &= ~(3ull << (2 * n) | 15ull << (16 + 4 * n));
	if (debug_register(7, control) < 0)
		return -1;
	cpu_point[n].used = false;
	if (!set)
		return 0;
	control |= 1ull << (2 * n) | (uint64_t)how << (16 + 4 * n) | (uint64_t)(how ? code[size] : 0) << (18 + 4 * n);
	if (debug_register(n, at) < 0 || debug_register(7, control) < 0)
		return -1;
	cpu_point[n].used = true;
	cpu_point[n].type = type;
	cpu_point[n].at = at;
	return 0;
}

static int point(bool set, unsigned type, uint64_t at, unsigned size)
{
	enum put put = PUT_REFUSED;

	if (type == POINT_INTERNAL)
		return set_cpu_point(OURS, set, type, at, 1);
	if (type == 0 && (set ? (put = set_byte(at)) == PUT_DONE : clear_byte(at)))
		return 0;
	if (set) {
		for (unsigned n = 0; n < OURS; n++)
			if (!cpu_point[n].used)
				return set_cpu_point(n, true, type, at, size);
		return put == PUT_UNMAPPED && expect_byte(at) ? 0 : -1;
	}
	for (unsigned n = 0; n < OURS; n++)
		if (cpu_point[n].used && cpu_point[n].type == type && cpu_point[n].at == at)
			return set_cpu_point(n, false, type, at, size);
	return type == 0 ? 0 : -1;
}

static void resume(bool step)
{
	int sig = pending;

	pending = 0;
	stepping = step && !sig;
	if (!stepping)
		for (int i = 1; i < 32; i++)
			if (deferred >> i & 1)
				kill(machine_pid, i);
	if (!stepping)
		deferred = 0;
	request(stepping ? PTRACE_SINGLESTEP : PTRACE_CONT, 0, (uint64_t)sig);
}

static void interrupt(void)
{
	stop_sent = kill(machine_pid, SIGSTOP) == 0;
}

static int event_fd(void)
{
	return -1; /* SIGCHLD tells */
}

/* A SIGTRAP: ours, or the program's own. *sig 0: ours, but nothing has happened. */
static bool trapped(int *sig, struct stop *s)
{
	uint64_t hits = (uint64_t)request(PTRACE_PEEKUSER, offsetof(struct user, u_debugreg) + 8 * 6, 0);
	struct regs r;
	siginfo_t info;
	uint64_t ip;

	if (request(PTRACE_GETSIGINFO, 0, (uintptr_t)&info) < 0 || registers(&r) < 0)
		return false;
	ip = regs_get(&r, R_IP);
	s->kind = STOP_TRAP;
	debug_register(6, 0);
	/* A step over `syscall` sends this besides the SIGSYS that ended it; a breakpoint is TRAP_KERNEL. */
	if (info.si_code == TRAP_BRKPT && !stepping) {
		*sig = 0;
		return false;
	}
	if (info.si_code == TRAP_KERNEL) {
		if (find_byte(ip - 1) < 0)
			return false;
		regs_set(&r, R_IP, ip - 1);
		return set_registers(&r) == 0;
	}
	for (unsigned n = 0; n < OURS; n++)
		if ((hits & DR6_HITS) >> n & 1 && cpu_point[n].used && cpu_point[n].type >= 2) {
			s->kind = STOP_WATCH;
			s->watch = cpu_point[n].type;
			s->address = cpu_point[n].at;
		}
	return stepping || (hits & DR6_HITS) != 0 || info.si_code == TRAP_TRACE;
}

/* What the host stopped it for; false: it goes on at once, with sig. */
static bool classify(int *sig, struct stop *s)
{
	if (*sig == SIGSTOP && stop_sent) {
		stop_sent = false;
		*sig = 0;
		s->kind = STOP_INTERRUPT;
		return true;
	}
	if (*sig == SIGTRAP && trapped(sig, s))
		return true;
	if (!stepping)
		return false;
	if (SANDBOX_ASYNC_SIGNALS >> *sig & 1) {
		deferred |= 1ull << *sig;
		*sig = 0;
		return false;
	}
	pending = *sig;
	s->kind = STOP_ENTERED;
	return true;
}

static bool stopped(struct stop *s)
{
	int status, sig;

	for (;;) {
		*s = (struct stop){.kind = STOP_TRAP};
		if (waitpid(machine_pid, &status, WNOHANG | __WALL) != machine_pid)
			return false;
		if (!WIFSTOPPED(status)) {
			machine_pid = 0;
			s->kind = STOP_EXIT;
			s->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
			return true;
		}
		sig = WSTOPSIG(status);
		if (classify(&sig, s))
			return true;
		request(stepping ? PTRACE_SINGLESTEP : PTRACE_CONT, 0, (uint64_t)sig);
	}
}

static bool monitor(const char *command, struct str *out)
{
	(void)command, (void)out;
	return false;
}

static void end(void)
{
	if (machine_pid > 0) {
		kill(machine_pid, SIGKILL);
		waitpid(machine_pid, NULL, __WALL);
	}
	machine_pid = 0;
}

static bool in_kernel(const struct regs *r)
{
	return regs_get(r, R_IP) >= SANDBOX_USER_MAX;
}

static const struct machine ptrace_machine = {
    .registers = registers,
    .set_registers = set_registers,
    .read = read_memory,
    .write = write_memory,
    .point = point,
    .resume = resume,
    .interrupt = interrupt,
    .event_fd = event_fd,
    .stopped = stopped,
    .monitor = monitor,
    .end = end,
    .text_mapped = text_mapped,
    .in_kernel = in_kernel,
};

/* Lets it run to its next stop by a signal: the signal, or -1 when it ended. */
static int wait_signal(void)
{
	int status;

	if (waitpid(machine_pid, &status, __WALL) != machine_pid || !WIFSTOPPED(status)) {
		machine_pid = 0;
		return -1;
	}
	return WSTOPSIG(status);
}

static void child(char *const argv[])
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0)
		execv(argv[0], argv);
	_exit(127);
}

int ptrace_start(uint64_t *base, struct error *err)
{
	AUTO_STRV struct strv argv = {0};
	struct user_regs_struct u;
	struct stop s;
	char path[32];
	int sig;

	strv_add(&argv, settings.command[0]);
	strv_add(&argv, "--debug");
	for (char *const *w = settings.command + 1; *w; w++)
		strv_add(&argv, *w);
	machine = &ptrace_machine;
	machine_pid = fork();
	if (machine_pid == 0)
		child(argv.v);
	if (machine_pid < 0)
		return error_errno(err, "cannot start %s", argv.v[0]);
	if (wait_signal() != SIGTRAP)
		return error_set(err, "cannot execute %s, or not trace it", argv.v[0]);
	request(PTRACE_SETOPTIONS, 0, PTRACE_O_EXITKILL);
	snprintf(path, sizeof path, "/proc/%d/mem", (int)machine_pid);
	memory_fd = open(path, O_RDWR | O_CLOEXEC);
	if (memory_fd < 0)
		return error_errno(err, "%s", path);
	/* The tender stops by itself when the kernel is in memory (abi/sandbox.h). */
	request(PTRACE_CONT, 0, 0);
	while ((sig = wait_signal()) >= 0 && sig != SIGTRAP)
		request(PTRACE_CONT, 0, (uint64_t)sig);
	if (sig < 0)
		return error_set(err, "the tender ended before the image began");
	if (request(PTRACE_GETREGS, 0, (uintptr_t)&u) < 0 || u.rax != SANDBOX_DEBUG_MAGIC)
		return error_set(err, "the tender does not say where the kernel is");
	*base = u.rdi;
	return run_to(u.rsi, &s) ? 0 : error_set(err, "the tender ended before the image began");
}
