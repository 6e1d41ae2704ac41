/* SPDX-License-Identifier: ISC */
/*
 * The last steps: the gate pages (code, then the filter), signal handlers that return through the gate, the timer, and
 * the jump to gate_leave, which unmaps the tender's stack (it holds the host's environment) and the tender itself.
 */
#include "tender.h"
#include "abi/image.h"
#include "hostcalls.h"
#include "lib/string.h"
#include "sys.h"
#include <asm/signal.h>
#include <linux/auxvec.h>
#include <linux/filter.h>
#include <linux/mman.h>
#include <linux/prctl.h>
#include <linux/resource.h>
#include <linux/time.h>

#define GATE_PAGES    3
#define GATE_LEAVE    512 /* offset of struct leave in the gate's pages */
#define SIGEV_SIGNAL_ 0

extern char tender_start[], tender_end[]; /* the linker's */

/* What gate_leave needs; the layout is known to gate.S. */
struct leave {
	uint64_t entry, boot, stack;
	struct {
		uint16_t len;
		uint16_t pad[3];
		uint64_t filter;
	} prog;
	struct {
		uint64_t address, size;
	} unmap[3]; /* ends at address 0 */
	struct sock_filter filter[];
};

_Static_assert(offsetof(struct leave, prog) == 24 && offsetof(struct leave, unmap) == 40, "gate.S");

/* sigevent as the kernel reads it; the UAPI header drags in another siginfo. */
struct timer_event {
	uint64_t value;
	int32_t signo, notify;
	uint8_t rest[48];
};

static void set_signals(const struct loaded *l, const struct zone *z)
{
	stack_t stack = {.ss_sp = (void *)z->signal_stack, .ss_size = SANDBOX_SIGNAL_STACK_SIZE};
	uint64_t none = 0;

	check(sys_2(__NR_sigaltstack, &stack, 0), "sigaltstack");
	for (int sig = 1; sig < 32; sig++) {
		struct {
			uint64_t handler, flags, restorer, mask;
		} sa = {l->signal_handler, SA_SIGINFO | SA_ONSTACK | SA_RESTORER,
			z->gate + (uint64_t)(gate_restorer - gate_code), 0};

		if (SANDBOX_SYNC_SIGNALS >> sig & 1) {
			sa.flags |= SA_NODEFER;
		} else if (SANDBOX_ASYNC_SIGNALS >> sig & 1) {
			sa.mask = SANDBOX_ASYNC_SIGNALS >> 1;
		} else if (sig == SIGPIPE) {
			sa.handler = (uint64_t)SIG_IGN;
		} else {
			continue;
		}
		check(sys_4(__NR_rt_sigaction, sig, &sa, 0, 8), "sigaction");
	}
	check(sys_4(__NR_rt_sigprocmask, SIG_SETMASK, &none, 0, 8), "sigprocmask");
}

void hold_io(void)
{
	uint64_t io = 1ull << (SIGIO - 1);

	check(sys_4(__NR_rt_sigprocmask, SIG_BLOCK, &io, 0, 8), "sigprocmask");
}

static int32_t create_timer(void)
{
	struct timer_event ev = {.signo = SIGALRM, .notify = SIGEV_SIGNAL_};
	int32_t id = 0;

	check(sys_3(__NR_timer_create, CLOCK_MONOTONIC, &ev, &id), "timer_create");
	if ((uint32_t)id > 30) /* a new process's first is 0; the filter has a bit for each */
		die("timer_create: unexpected number %d", id);
	return id;
}

/* For a profile: the handler, in the kernel, records where it interrupted and returns. */
static void start_sampling(unsigned hz, const struct loaded *l, const struct zone *z)
{
	struct timer_event ev = {.signo = SIGPROF, .notify = SIGEV_SIGNAL_};
	struct itimerspec every = {{0, 999999999 / (long)hz}, {0, 999999999 / (long)hz}};
	struct {
		uint64_t handler, flags, restorer, mask;
	} sa = {l->signal_handler, SA_SIGINFO | SA_ONSTACK | SA_RESTORER | SA_RESTART,
		z->gate + (uint64_t)(gate_restorer - gate_code), SANDBOX_ASYNC_SIGNALS >> 1};
	int32_t id = 0;

	check(sys_4(__NR_rt_sigaction, SIGPROF, &sa, 0, 8), "sigaction");
	check(sys_3(__NR_timer_create, CLOCK_MONOTONIC, &ev, &id), "timer_create");
	check(sys_4(__NR_timer_settime, id, 0, &every, 0), "timer_settime");
}

static uint32_t fd_range(unsigned first, unsigned count)
{
	return count == 0 ? 0 : ((1u << count) - 1) << first;
}

static void fill_env(struct hostcall_env *env, const struct boot_info *boot, const struct loaded *l,
		     const struct zone *z)
{
	*env = (struct hostcall_env){
	    .gate_ip = z->gate + (uint64_t)(gate_after - gate_code),
	    .region = {[REGION_USER] = {boot->user_min, boot->user_max},
		       [REGION_DIRECT] = {boot->direct_base, boot->direct_base + boot->mem_size},
		       [REGION_MEMORY] = {0, boot->mem_size},
		       [REGION_PAYLOAD] = {l->payload_offset, l->payload_offset + l->payload_size}},
	    .fds = {[FDS_IN] = 1u << 0,
		    [FDS_OUT] = 1u << 1 | 1u << 2,
		    [FDS_MEMORY] = 1u << FD_MEMORY,
		    [FDS_IMAGE] = 1u << FD_IMAGE,
		    [FDS_NIC] = fd_range(FD_DEVICES, boot->nic_count),
		    [FDS_DISK] = fd_range(FD_DEVICES + boot->nic_count, boot->disk_count)},
	    .timer = boot->timer,
	    .allow_wx = (l->image_flags & IMAGE_ALLOW_WX) != 0,
	    .allow_fs_base = (boot->hwcap2 & 2) == 0,
	};
}

/* The stack's mapping ends behind the file's name, the last thing that the host puts there. */
static uint64_t stack_end(const uint64_t *initial_stack)
{
	uint64_t name = auxv(initial_stack, AT_EXECFN);

	return ALIGN_UP(name + strlen((const char *)name) + 1 + 8, PAGE);
}

void enter(const struct boot_info *boot, const struct loaded *l, const struct zone *z, unsigned sample,
	   const uint64_t *initial_stack)
{
	struct leave *leave = (struct leave *)(z->gate + GATE_LEAVE);
	struct rlimit no_core = {0, 0};
	struct hostcall_env env;
	uint64_t top = stack_end(initial_stack);
	size_t room = (GATE_PAGES * PAGE - GATE_LEAVE - sizeof(*leave)) / sizeof(struct sock_filter);
	unsigned n;

	((struct boot_info *)boot)->timer = create_timer();
	map_at(z->gate, GATE_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0, "gate");
	memcpy((void *)z->gate, gate_code, (size_t)(gate_end - gate_code));
	fill_env(&env, boot, l, z);
	n = hostcalls_filter(leave->filter, (unsigned)room, &env);
	if (n == 0)
		die("the filter does not fit");
	leave->entry = l->entry;
	leave->boot = (uint64_t)boot;
	leave->stack = z->stack + SANDBOX_STACK_SIZE;
	leave->prog.len = (uint16_t)n;
	leave->prog.filter = (uint64_t)leave->filter;
	leave->unmap[0].address = (uint64_t)tender_start;
	leave->unmap[0].size = (uint64_t)(tender_end - tender_start);
	leave->unmap[1].address = ALIGN_DOWN((uint64_t)initial_stack, PAGE) - (1 << 20);
	leave->unmap[1].size = top - leave->unmap[1].address;
	check(sys_3(__NR_mprotect, z->gate, GATE_PAGES * PAGE, PROT_READ | PROT_EXEC), "gate");
	set_signals(l, z);
	if (sample > 0)
		start_sampling(sample, l, z);
	check(sys_2(__NR_setrlimit, RLIMIT_CORE, &no_core), "setrlimit");
	check(sys6(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0), "no_new_privs");
	((void (*)(struct leave *))(z->gate + (uint64_t)(gate_leave - gate_code)))(leave);
	__builtin_unreachable();
}
