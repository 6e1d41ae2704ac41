/* SPDX-License-Identifier: ISC */
/*
 * chaos SEED CALLS: random system calls with random arguments, likely and absurd ones. Whatever becomes of this program, the
 * kernel under it must go on. Only for Kiln: on any other kernel it refuses, since it may well unlink, mount or reboot.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <unistd.h>

#define ARENA       65536ul
#define CHILD_CALLS 100

static unsigned char *arena;
static __thread uint64_t state;

static uint64_t rnd(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static uint64_t argument(void)
{
	static const uint64_t odd[] = {0,
				       1,
				       2,
				       7,
				       8,
				       4095,
				       4096,
				       4097,
				       65536,
				       1ul << 20,
				       1ul << 31,
				       0xffffffff,
				       1ul << 32,
				       1ul << 46,
				       0x7fffffffffff,
				       0x7ffffffff000,
				       1ul << 47,
				       1ul << 63,
				       0xffffffff80000000,
				       0xffff800000000000,
				       -1ul,
				       -2ul,
				       -100ul,
				       -4096ul};

	switch (rnd() % 8) {
	case 0: return odd[rnd() % (sizeof odd / sizeof *odd)];
	case 1: return rnd() % 12;
	case 2: return rnd() % 4096;
	case 3: return 1ul << rnd() % 64;
	case 4: return (uintptr_t)arena + rnd() % ARENA;
	case 5: return (uintptr_t)arena + (rnd() % ARENA & ~4095ul);
	case 6: return (uintptr_t)arena + ARENA - rnd() % 64; /* across the end */
	default: return (uintptr_t)arena + (rnd() % 64) * 8;
	}
}

static void fill(void)
{
	static const char *const words[] = {"/",         "/tmp",      "/tmp/a",          "/tmp/b",
					    ".",         "..",        "/proc/self/maps", "/proc/self/fd",
					    "/dev/null", "/dev/zero", "a/../b",          ""};
	uint64_t *w = (uint64_t *)arena;

	for (unsigned i = 0; i < 64; i++)
		w[i] = argument();
	strcpy((char *)arena + (rnd() % 64) * 8, words[rnd() % (sizeof words / sizeof *words)]);
}

static int skipped(long nr)
{
	switch (nr) {
	case SYS_exit:
	case SYS_exit_group:
	case SYS_rt_sigprocmask: /* these could keep the alarm from ending a wait */
	case SYS_rt_sigsuspend:
	case SYS_rt_sigtimedwait:
	case SYS_rt_sigaction:
	case SYS_setitimer:
	case SYS_alarm:
	case SYS_ppoll:
	case SYS_pselect6:
	case SYS_epoll_pwait:
	case SYS_epoll_pwait2: return 1;
	case SYS_rt_sigreturn: return rnd() % 500 != 0;
	case SYS_arch_prctl:
	case SYS_clone:
	case SYS_clone3:
	case SYS_fork:
	case SYS_vfork:
	case SYS_munmap:
	case SYS_mremap:
	case SYS_mprotect:
	case SYS_mmap:
	case SYS_brk:
	case SYS_shmat:
	case SYS_ioctl: return rnd() % 50 != 0;
	case SYS_kill:
	case SYS_tkill:
	case SYS_tgkill:
	case SYS_rt_sigqueueinfo:
	case SYS_rt_tgsigqueueinfo: return rnd() % 20 != 0;
	case SYS_pause:
	case SYS_setrlimit:
	case SYS_prlimit64: return rnd() % 10 != 0;
	default: return 0;
	}
}

static void handler(int sig)
{
	(void)sig;
}

/* Nobody would continue what these stop. */
static int stops(long nr, const uint64_t *a)
{
	uint64_t sig = nr == SYS_tgkill || nr == SYS_rt_tgsigqueueinfo ? a[2] : a[1];

	return (nr == SYS_kill || nr == SYS_tkill || nr == SYS_tgkill || nr == SYS_rt_sigqueueinfo ||
		nr == SYS_rt_tgsigqueueinfo || nr == SYS_pidfd_send_signal || nr == SYS_prctl) &&
	       (uint32_t)sig >= SIGSTOP && (uint32_t)sig <= SIGTTOU;
}

/* A child has not inherited the timer that ends its waits, and is not to outlive us for long. */
static void begin_child(void)
{
	struct itimerval it = {{0, 2000}, {0, 2000}};

	setitimer(ITIMER_REAL, &it, NULL);
}

static void *work(void *arg)
{
	long *a = arg, calls = a[1];
	pid_t pid = getpid();

	state = (uint64_t)a[0] * 0x9e3779b97f4a7c15ull + 1;
	for (long i = 0; i < calls; i++) {
		long nr = (long)(rnd() % 451);
		uint64_t v[6];

		if (nr >= 335 && nr < 424)
			nr = (long)(rnd() % 64);
		if (skipped(nr))
			continue;
		if (rnd() % 4 == 0)
			fill();
		for (unsigned k = 0; k < 6; k++)
			v[k] = argument();
		if (stops(nr, v))
			continue;
		syscall(nr, v[0], v[1], v[2], v[3], v[4], v[5]);
		if (getpid() != pid) {
			pid = getpid();
			calls = i + CHILD_CALLS;
			begin_child();
		}
	}
	return NULL;
}

int main(int argc, char **argv)
{
	struct itimerval it = {{0, 2000}, {0, 2000}};
	struct sigaction sa;
	struct utsname u;
	long args[2], other[2];
	pthread_t t;

	if (argc != 3 || uname(&u) != 0 || strstr(u.release, "kiln") == NULL) {
		fputs("chaos SEED CALLS, under Kiln only\n", stderr);
		return 2;
	}
	memset(&sa, 0, sizeof sa);
	sa.sa_handler = handler;
	sigaction(SIGALRM, &sa, NULL);
	arena = mmap(NULL, ARENA + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(arena + ARENA, 4096);
	args[0] = atol(argv[1]);
	args[1] = atol(argv[2]);
	other[0] = args[0] + 1000003;
	other[1] = args[1];
	setitimer(ITIMER_REAL, &it, NULL);
	state = 1;
	if (args[0] % 2 != 0)
		pthread_create(&t, NULL, work, other);
	work(args);
	return 0;
}
