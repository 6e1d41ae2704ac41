/* SPDX-License-Identifier: ISC */
/*
 * fork and memory: who sees whose writes. A child checks on its side and says by its status which check failed (0: none);
 * pipes order what has to be in order.
 */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "test/child.h"
#include "test/tap.h"

#define PAGE  4096ul
#define MIB   (1ul << 20)
#define RW    (PROT_READ | PROT_WRITE)
#define ANON  (MAP_PRIVATE | MAP_ANONYMOUS)
#define FORKS 3000

static int initialised = 11, zero;
static int go[2], done[2];

static void tell(const int *pipe_end)
{
	if (write(pipe_end[1], "x", 1) != 1)
		_exit(250);
}

static void await(const int *pipe_end)
{
	char c;

	if (read(pipe_end[0], &c, 1) != 1)
		_exit(251);
}

static char *map(size_t pages, int flags)
{
	char *p = mmap(NULL, pages * PAGE, RW, flags, -1, 0);

	if (p == MAP_FAILED)
		exit(1);
	return p;
}

/* Both write after the fork, the child first where it can. */
static void both_directions(void)
{
	char *p = map(64, ANON), on_stack = 1;
	char *heap = malloc(100000);
	pid_t pid;

	for (unsigned i = 0; i < 64; i++)
		p[i * PAGE] = (char)i;
	memset(heap, 1, 100000);
	pid = fork();
	if (pid == 0) {
		CHECK(p[5 * PAGE] == 5 && initialised == 11 && zero == 0);
		for (unsigned i = 0; i < 32; i++)
			p[i * PAGE + 1] = 77;
		initialised = zero = on_stack = 2;
		memset(heap, 2, 100000);
		tell(done);
		await(go);
		CHECK(p[5 * PAGE] == 5 && p[40 * PAGE] == 40 && p[40 * PAGE + 1] == 0);
		CHECK(initialised == 2 && zero == 2 && on_stack == 2 && heap[0] == 2 && heap[99999] == 2);
		CHECK(p[63 * PAGE] == 63);
		_exit(0);
	}
	await(done);
	tap_ok(p[5 * PAGE + 1] == 0 && initialised == 11 && zero == 0 && on_stack == 1 && heap[5] == 1,
	       "the parent sees nothing of the child's writes");
	for (unsigned i = 0; i < 64; i++)
		p[i * PAGE] = 99, p[i * PAGE + 1] = 98;
	initialised = zero = on_stack = 3;
	memset(heap, 3, 100000);
	tell(go);
	tap_ok(reap(pid) == 0, "nor the child of the parent's");
	tap_ok(p[63 * PAGE] == 99 && initialised == 3 && heap[99999] == 3, "and all is the parent's own at the end");
	initialised = 11, zero = 0;
	munmap(p, 64 * PAGE);
	free(heap);
}

/* The kernel's writes are writes like any other. */
static void kernel_writes(void)
{
	char *p = map(8, ANON), *q = map(1, MAP_SHARED | MAP_ANONYMOUS);
	int fd[2];
	pid_t pid;

	memset(p, 'a', 8 * PAGE);
	if (pipe(fd) != 0 || write(fd[1], "bbbbbbbbbb", 10) != 10)
		exit(1);
	pid = fork();
	if (pid == 0) {
		CHECK(read(fd[0], p + PAGE - 2, 4) == 4 && memcmp(p + PAGE - 3, "abbbba", 6) == 0);
		q[0] = 1;
		_exit(0);
	}
	tap_ok(reap(pid) == 0 && q[0] == 1 && p[PAGE - 2] == 'a' && p[PAGE] == 'a', "read(2) in the child");
	pid = fork();
	if (pid == 0) {
		await(go);
		CHECK(p[3 * PAGE] == 'a' && p[3 * PAGE - 1] == 'a');
		_exit(0);
	}
	tap_ok(read(fd[0], p + 3 * PAGE - 2, 4) == 4 && p[3 * PAGE] == 'b', "read(2) in the parent");
	tell(go);
	tap_ok(reap(pid) == 0, "is not seen by the child");
	munmap(p, 8 * PAGE);
	munmap(q, PAGE);
	close(fd[0]);
	close(fd[1]);
}

static void generations(void)
{
	char *p = map(16, ANON), *seen = map(1, MAP_SHARED | MAP_ANONYMOUS);
	pid_t pid;

	memset(p, 1, 16 * PAGE);
	pid = fork();
	if (pid == 0) {
		pid_t grandchild;

		p[0] = 2;
		grandchild = fork();
		if (grandchild == 0) {
			CHECK(p[0] == 2 && p[PAGE] == 1);
			p[0] = 3;
			p[PAGE] = 3;
			if (fork() == 0) {
				p[0]++;
				seen[3] = (char)(p[0] + p[PAGE] + p[2 * PAGE]);
				_exit(0);
			}
			wait(NULL);
			seen[2] = (char)(p[0] + p[PAGE] + p[2 * PAGE]);
			_exit(0);
		}
		CHECK(reap(grandchild) == 0);
		seen[1] = (char)(p[0] + p[PAGE] + p[2 * PAGE]);
		_exit(0);
	}
	tap_ok(reap(pid) == 0 && p[0] == 1 && p[PAGE] == 1 && seen[1] == 4 && seen[2] == 7 && seen[3] == 8,
	       "each generation has its own");
	munmap(p, 16 * PAGE);
	munmap(seen, PAGE);
}

static void files(void)
{
	int fd = memfd_create("f", 0);
	char *shared, *private, c = 0;
	pid_t pid;

	if (fd < 0 || ftruncate(fd, 4 * PAGE) != 0 || pwrite(fd, "file", 4, 0) != 4)
		exit(1);
	shared = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, fd, 0);
	private = mmap(NULL, 4 * PAGE, RW, MAP_PRIVATE, fd, 0);
	private[PAGE] = 'p';
	shared[3] = 'E';
	pid = fork();
	if (pid == 0) {
		CHECK(memcmp(private, "filE", 4) == 0 && private[PAGE] == 'p' && shared[PAGE] == 0);
		shared[2 * PAGE] = 's';
		private[PAGE] = 'q';
		private[3 * PAGE] = 'r';
		CHECK(shared[3 * PAGE] == 0);
		_exit(0);
	}
	tap_ok(reap(pid) == 0 && shared[2 * PAGE] == 's' && private[2 * PAGE] == 's', "a shared file is one memory");
	tap_ok(private[PAGE] == 'p' && private[3 * PAGE] == 0, "a private one is not");
	tap_ok(pread(fd, &c, 1, PAGE) == 1 && c == 0 && pread(fd, &c, 1, 2 * PAGE) == 1 && c == 's',
	       "the file has what was shared");
	munmap(shared, 4 * PAGE);
	munmap(private, 4 * PAGE);
	close(fd);
}

static void advice(void)
{
	char *gone = map(4, ANON), *wiped = map(4, ANON), *kept = map(4, ANON);
	unsigned char vec[1];
	pid_t pid;

	memset(gone, 1, 4 * PAGE);
	memset(wiped, 1, 4 * PAGE);
	memset(kept, 1, 4 * PAGE);
	tap_ok(madvise(gone, 2 * PAGE, MADV_DONTFORK) == 0 && madvise(wiped, 2 * PAGE, MADV_WIPEONFORK) == 0 &&
		   madvise(kept, PAGE, MADV_DONTFORK) == 0 && madvise(kept, PAGE, MADV_DOFORK) == 0,
	       "advice for fork");
	pid = fork();
	if (pid == 0) {
		CHECK(mincore(gone, PAGE, vec) == -1 && errno == ENOMEM);
		CHECK(gone[2 * PAGE] == 1 && kept[0] == 1 && wiped[2 * PAGE] == 1);
		CHECK(wiped[0] == 0 && wiped[PAGE] == 0);
		wiped[0] = 5;
		if (fork() == 0)
			_exit(wiped[0]);
		wait(&zero);
		CHECK(WIFEXITED(zero) && WEXITSTATUS(zero) == 0);
		_exit(0);
	}
	tap_ok(reap(pid) == 0 && gone[0] == 1 && wiped[0] == 1, "is followed, also in the next generation");
	munmap(gone, 4 * PAGE);
	munmap(wiped, 4 * PAGE);
	munmap(kept, 4 * PAGE);
}

static void changes(void)
{
	char *p = map(32, ANON), *q;
	pid_t pid;

	for (unsigned i = 0; i < 32; i++)
		p[i * PAGE] = (char)(i + 1);
	pid = fork();
	if (pid == 0) {
		CHECK(mprotect(p, 8 * PAGE, PROT_READ) == 0 && mprotect(p, 8 * PAGE, RW) == 0);
		p[0] = 50;
		CHECK(madvise(p + 8 * PAGE, 4 * PAGE, MADV_DONTNEED) == 0 && p[8 * PAGE] == 0 && p[12 * PAGE] == 13);
		q = mremap(p, 32 * PAGE, 64 * PAGE, MREMAP_MAYMOVE);
		CHECK(q != MAP_FAILED && q[0] == 50 && q[PAGE] == 2 && q[8 * PAGE] == 0 && q[40 * PAGE] == 0);
		q[31 * PAGE] = 51;
		CHECK(munmap(q + 20 * PAGE, 4 * PAGE) == 0 && q[19 * PAGE] == 20 && q[24 * PAGE] == 25);
		tell(done);
		await(go);
		CHECK(q[0] == 50 && q[PAGE] == 2 && q[30 * PAGE] == 31);
		_exit(0);
	}
	await(done);
	tap_ok(p[0] == 1 && p[8 * PAGE] == 9 && p[31 * PAGE] == 32 && p[21 * PAGE] == 22,
	       "the child's mprotect, madvise, mremap and munmap are its own");
	q = mremap(p, 32 * PAGE, 16 * PAGE, 0);
	tap_ok(q == p && mremap(p, 16 * PAGE, 128 * PAGE, MREMAP_MAYMOVE) != MAP_FAILED, "and so are the parent's");
	tell(go);
	tap_ok(reap(pid) == 0, "as the child finds");
}

static void heap(void)
{
	uintptr_t top = (uintptr_t)syscall(SYS_brk, 0);
	pid_t pid = fork();

	if (pid == 0) {
		CHECK((uintptr_t)syscall(SYS_brk, 0) == top);
		CHECK((uintptr_t)syscall(SYS_brk, top + 3 * PAGE) == top + 3 * PAGE);
		memset((char *)top, 1, 3 * PAGE);
		_exit(0);
	}
	tap_ok(reap(pid) == 0 && (uintptr_t)syscall(SYS_brk, 0) == top, "the break is each one's own");
}

static volatile bool stop;
static char *busy_page;

static void *busy(void *arg)
{
	unsigned char *mine = arg;

	while (!stop)
		for (unsigned i = 0; i < 64 && !stop; i++)
			mine[i * PAGE]++, mine[i * PAGE + 1]--;
	return NULL;
}

/* Two threads write while the third forks: what each pair of bytes adds up to never changes. */
static void threads(void)
{
	pthread_t t[2];
	bool good = true;

	busy_page = map(128, ANON);
	for (unsigned i = 0; i < 2; i++)
		pthread_create(&t[i], NULL, busy, busy_page + i * 64 * PAGE);
	for (unsigned round = 0; round < 20; round++) {
		pid_t pid = fork();

		if (pid == 0) {
			char before[128], sum;

			for (unsigned i = 0; i < 128; i++)
				before[i] = busy_page[i * PAGE];
			usleep(2000);
			for (unsigned i = 0; i < 128; i++) {
				sum = (char)(busy_page[i * PAGE] + busy_page[i * PAGE + 1]);
				CHECK(busy_page[i * PAGE] == before[i] && (sum == 0 || sum == 1));
			}
			_exit(0);
		}
		good &= reap(pid) == 0;
	}
	tap_ok(good, "a child has what there was at one moment, and the forking thread alone");
	stop = true;
	for (unsigned i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	munmap(busy_page, 128 * PAGE);
}

static char *handler_page;
static volatile int handler_status = -1;

static void on_signal(int sig)
{
	pid_t pid = fork();

	(void)sig;
	if (pid == 0) {
		handler_page[0] = 2;
		return; /* the child goes on where the signal came */
	}
	handler_status = reap(pid);
}

static void signal_handler(void)
{
	pid_t self = getpid();

	handler_page = map(1, ANON);
	handler_page[0] = 1;
	signal(SIGUSR1, on_signal);
	raise(SIGUSR1);
	if (getpid() != self)
		_exit(handler_page[0] == 2 ? 0 : 9);
	tap_ok(handler_status == 0 && handler_page[0] == 1, "a fork in a signal handler returns from it twice");
}

/* The word is at the same address in both; a wake in one is none for the other, if the memory is private. */
static void futexes(void)
{
	int *private = (int *)map(1, ANON), *shared = (int *)map(1, MAP_SHARED | MAP_ANONYMOUS);
	struct timespec ms = {.tv_nsec = 300000000};
	pid_t pid = fork();

	if (pid == 0) {
		tell(done);
		CHECK(syscall(SYS_futex, private, FUTEX_WAIT, 0, &ms, NULL, 0) == -1 && errno == ETIMEDOUT);
		tell(done);
		while (*(volatile int *)shared == 0)
			syscall(SYS_futex, shared, FUTEX_WAIT, 0, NULL, NULL, 0);
		_exit(0);
	}
	await(done);
	usleep(20000);
	tap_ok(syscall(SYS_futex, private, FUTEX_WAKE, 1, NULL, NULL, 0) == 0, "nobody waits in this private memory");
	await(done);
	*shared = 1;
	syscall(SYS_futex, shared, FUTEX_WAKE, 1, NULL, NULL, 0);
	tap_ok(reap(pid) == 0, "shared memory is where processes meet");
	munmap(private, PAGE);
	munmap(shared, PAGE);
}

static long meminfo_free(void)
{
	struct sysinfo i;

	return sysinfo(&i) == 0 ? (long)(i.freeram * i.mem_unit) : -1;
}

/* A child that writes half of what it has. */
static bool many_forks(char *p, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			for (unsigned j = i % 2; j < 32; j += 2)
				p[j * PAGE] = (char)i;
			_exit(p[33 * PAGE] == 7 ? 0 : 1);
		}
		p[i % 64 * PAGE] = 7;
		if (reap(pid) != 0)
			return false;
	}
	return true;
}

static void no_leak(void)
{
	char *p = map(64, ANON);
	struct sysinfo i;
	long before;

	memset(p, 7, 64 * PAGE);
	many_forks(p, 20);
	before = meminfo_free();
	tap_ok(many_forks(p, FORKS), "%d forks", FORKS);
	sysinfo(&i);
	if (i.totalram > 1024 * MIB) /* not our machine */
		tap_skip("leave no memory taken", "others use this machine");
	else
		tap_ok(before - meminfo_free() < (long)(64 * PAGE), "leave no memory taken (%ld)",
		       before - meminfo_free());
	munmap(p, 64 * PAGE);
}

static char *self;
static volatile char *probed;

static void on_probe_fault(int sig)
{
	char *at = (char *)probed;

	(void)sig;
	/* Nothing is there, for the kernel either; then something of our own. */
	CHECK(read(-1, at, 1) == -1 && getcwd(at, PAGE) == NULL && errno == EFAULT);
	CHECK(mmap(at, 2 * PAGE, RW, ANON | MAP_FIXED, -1, 0) == at && at[0] == 0 && at[PAGE] == 0);
	at[0] = at[PAGE] = 'n';
	_exit(at[0] == 'n' ? 0 : 1);
}

/* Another program, at other addresses: it finds nothing at one of its parent's. */
static void probe(const char *address)
{
	probed = (volatile char *)(uintptr_t)strtoul(address, NULL, 16);
	signal(SIGSEGV, on_probe_fault);
	(void)*probed;
	_exit(99);
}

static void other_programs(void)
{
	char *p = map(64, ANON), address[20];
	bool good = true, fault = true;

	for (unsigned round = 0; round < 20; round++) {
		pid_t pid;

		memset(p, 'a' + (int)round, 64 * PAGE);
		snprintf(address, sizeof address, "%lx", (unsigned long)(uintptr_t)(p + round % 3 * 20 * PAGE));
		pid = round % 2 == 0 ? fork() : vfork();
		if (pid == 0) {
			execl(self, self, address, (char *)NULL);
			_exit(98);
		}
		fault &= reap(pid) == 0;
		for (unsigned i = 0; i < 64; i++)
			good &= p[i * PAGE] == 'a' + (int)round;
		munmap(p + 32 * PAGE, PAGE);
		mmap(p + 32 * PAGE, PAGE, RW, ANON | MAP_FIXED, -1, 0);
	}
	tap_ok(fault, "another program finds nothing where its parent has memory");
	tap_ok(good, "and the parent finds its own again");
	munmap(p, 64 * PAGE);
}

/* Several programs that take turns, each with a memory of its own at the same addresses and at others. */
static void turns(void)
{
	enum { CHILDREN = 5, ROUNDS = 40 };
	char *p = map(256, ANON);
	int ring[CHILDREN + 1][2];
	bool good = true;
	char token = 0;
	pid_t pid[CHILDREN];

	memset(p, 1, 256 * PAGE);
	for (unsigned i = 0; i <= CHILDREN; i++)
		if (pipe(ring[i]) != 0)
			exit(1);
	for (unsigned i = 0; i < CHILDREN; i++) {
		pid[i] = fork();
		if (pid[i] != 0)
			continue;
		for (unsigned round = 0; round < ROUNDS; round++) {
			char *q = i % 2 == 0 ? map(16, ANON) : p;

			CHECK(read(ring[i][0], &token, 1) == 1);
			memset(p + (i * 16 + round) * PAGE, (int)i + 2, 8 * PAGE);
			q[0] = (char)i;
			mprotect(p + 200 * PAGE, 8 * PAGE, round % 2 == 0 ? PROT_NONE : RW);
			CHECK(p[(i * 16 + round) * PAGE] == (char)i + 2 && p[199 * PAGE] == 1 && q[0] == (char)i);
			CHECK(round % 2 == 0 || p[201 * PAGE] == 1);
			CHECK(write(ring[i + 1][1], &token, 1) == 1);
			if (i % 4 == 0)
				munmap(q, 16 * PAGE);
		}
		_exit(0);
	}
	for (unsigned round = 0; round < ROUNDS; round++) {
		good &= write(ring[0][1], &token, 1) == 1 && read(ring[CHILDREN][0], &token, 1) == 1;
		for (unsigned i = 0; i < 256; i++)
			good &= p[i * PAGE] == 1;
	}
	for (unsigned i = 0; i < CHILDREN; i++)
		good &= reap(pid[i]) == 0;
	tap_ok(good, "programs that take turns find their own memory each time");
	for (unsigned i = 0; i <= CHILDREN; i++)
		close(ring[i][0]), close(ring[i][1]);
	munmap(p, 256 * PAGE);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		probe(argv[1]);
	self = argv[0];
	if (pipe(go) != 0 || pipe(done) != 0)
		return 1;
	both_directions();
	kernel_writes();
	generations();
	files();
	advice();
	changes();
	heap();
	threads();
	signal_handler();
	futexes();
	other_programs();
	turns();
	no_leak();
	return tap_end();
}
