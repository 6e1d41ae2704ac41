/* SPDX-License-Identifier: ISC */
/*
 * Guest memory is one memfd: mapped once as the kernel's direct map, and again in extents at the program's
 * addresses. Proves that extents can be mapped, moved, protected and discarded, and that contiguous ones cost
 * one host mapping. Measures a first touch handled by the host and one handled by us.
 */
#define _GNU_SOURCE
#include "proto.h"
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE  4096UL
#define PAGES 16384UL
#define SIZE  (PAGES * PAGE)
#define CHUNK 16UL

static int fd;
static char *direct, *window;
static sigjmp_buf escape;
static volatile unsigned long fault_chunk, faults;

static char *extent(unsigned long at, unsigned long page, unsigned long n, int prot)
{
	return mmap(window + at * PAGE, n * PAGE, prot, MAP_SHARED | MAP_FIXED, fd, (off_t)(page * PAGE));
}

static void clear_window(void)
{
	need(mmap(window, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == window);
}

static void discard(unsigned long page, unsigned long n)
{
	need(!fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)(page * PAGE), (off_t)(n * PAGE)));
}

static unsigned long blocks(void)
{
	struct stat st;

	need(!fstat(fd, &st));
	return (unsigned long)st.st_blocks / (PAGE / 512);
}

static int mappings(void)
{
	FILE *f = fopen("/proc/self/maps", "r");
	char line[512];
	unsigned long lo, hi, a = (unsigned long)window;
	int n = 0;

	need(f);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx-%lx", &lo, &hi) == 2 && lo < a + SIZE && hi > a && strstr(line, "memfd"))
			n++;
	fclose(f);
	return n;
}

static void on_bad_access(int sig)
{
	(void)sig;
	siglongjmp(escape, 1);
}

static void on_demand(int sig, siginfo_t *info, void *uc)
{
	unsigned long page = ((unsigned long)info->si_addr - (unsigned long)window) / PAGE / fault_chunk * fault_chunk;

	(void)sig;
	(void)uc;
	faults++;
	if (page >= PAGES || extent(page, page, fault_chunk, PROT_READ | PROT_WRITE) == MAP_FAILED)
		_exit(3);
	if (fault_chunk > 1)
		madvise(window + page * PAGE, fault_chunk * PAGE, MADV_POPULATE_WRITE);
}

static int writing_faults(char *p)
{
	struct sigaction sa = {.sa_handler = on_bad_access, .sa_flags = SA_NODEFER};

	sigaction(SIGSEGV, &sa, NULL);
	if (sigsetjmp(escape, 1))
		return 1;
	*(volatile char *)p = 1;
	return 0;
}

static double touch(char *p, unsigned long n)
{
	double t = now_ns();

	for (unsigned long i = 0; i < n; i++)
		((volatile char *)p)[i * PAGE] = 1;
	return (now_ns() - t) / (double)n;
}

static void measure(void)
{
	struct sigaction sa = {.sa_sigaction = on_demand, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK};
	stack_t alt = {.ss_sp = malloc(65536), .ss_size = 65536};
	unsigned long n = 4096;
	char *anon;
	double t;

	need(!sigaltstack(&alt, NULL) && !sigaction(SIGSEGV, &sa, NULL));
	for (int round = 0; round < 2; round++) {
		anon = mmap(NULL, n * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		madvise(anon, n * PAGE, MADV_NOHUGEPAGE);
		note("first touch, native anonymous page     %6.0f ns", touch(anon, n));
		munmap(anon, n * PAGE);

		discard(0, PAGES);
		clear_window();
		extent(0, 0, n, PROT_READ | PROT_WRITE);
		note("first touch, memfd extent, by the host %6.0f ns", touch(window, n));
		clear_window();
		extent(0, 0, n, PROT_READ | PROT_WRITE);
		note("the same when the page exists already  %6.0f ns", touch(window, n));

		for (unsigned long c = CHUNK; c <= 256; c *= 4) {
			discard(0, PAGES);
			clear_window();
			extent(0, 0, n, PROT_READ | PROT_WRITE);
			t = now_ns();
			for (unsigned long i = 0; i < n; i += c)
				madvise(window + i * PAGE, c * PAGE, MADV_POPULATE_WRITE);
			note("MADV_POPULATE_WRITE, %3lu pages a call   %6.0f ns a page", c, (now_ns() - t) / (double)n);
		}
		for (unsigned long c = 1; c <= 256; c *= 4) {
			discard(0, PAGES);
			clear_window();
			fault_chunk = c;
			faults = 0;
			t = touch(window, n);
			note("fault handled by us, %3lu pages a fault  %6.0f ns a page, %lu faults", c, t, faults);
		}
	}
	t = now_ns();
	discard(0, n);
	note("punching a hole                        %6.0f ns a page", (now_ns() - t) / (double)n);
}

int main(void)
{
	fd = memfd_create("guest", MFD_CLOEXEC);
	need(fd >= 0 && !ftruncate(fd, (off_t)SIZE));
	direct = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	window = mmap(NULL, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	need(direct != MAP_FAILED && window != MAP_FAILED);

	direct[5 * PAGE] = 55;
	direct[9 * PAGE] = 99;
	ok(extent(0, 5, 1, PROT_READ) == window && window[0] == 55, "an extent shows what the direct map holds");
	ok(extent(0, 9, 1, PROT_READ) == window && window[0] == 99, "another extent replaces it in place");
	ok(writing_faults(window), "writing to a read-only extent faults");
	mprotect(window, PAGE, PROT_READ | PROT_WRITE);
	ok(!writing_faults(window) && direct[9 * PAGE] == 1, "after mprotect the write arrives in the direct map");
	mprotect(direct + 9 * PAGE, PAGE, PROT_NONE);
	ok(writing_faults(direct + 9 * PAGE) && window[0] == 1,
	   "a page can leave the direct map while a program has it");
	mprotect(direct + 9 * PAGE, PAGE, PROT_READ | PROT_WRITE);

	clear_window();
	extent(0, 100, 4, PROT_READ | PROT_WRITE);
	extent(4, 104, 4, PROT_READ | PROT_WRITE);
	ok(mappings() == 1, "contiguous extents merge into one host mapping");
	extent(8, 200, 4, PROT_READ | PROT_WRITE);
	ok(mappings() == 2, "an extent from elsewhere is a mapping of its own");
	mprotect(window + PAGE, PAGE, PROT_READ);
	ok(mappings() == 4, "protecting a page in the middle makes two more");
	mprotect(window + PAGE, PAGE, PROT_READ | PROT_WRITE);
	ok(mappings() == 2, "protecting it back merges them again");

	discard(0, PAGES);
	memset(direct, 7, 64 * PAGE);
	ok(blocks() == 64, "touched pages are counted as blocks of the memfd");
	discard(8, 40);
	ok(blocks() == 24, "punching a hole gives memory back");
	ok(direct[8 * PAGE] == 0 && direct[47 * PAGE + 9] == 0 && direct[7 * PAGE] == 7 && direct[48 * PAGE] == 7,
	   "a hole reads zero, its neighbours keep their bytes");
	measure();
	return done();
}
