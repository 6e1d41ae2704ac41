/* SPDX-License-Identifier: ISC */
/* The order of things, and the small helpers that all parts share. */
#include "tender.h"
#include "abi/console.h"
#include "abi/exit.h"
#include "lib/fmt.h"
#include "lib/image.h"
#include "lib/string.h"
#include "sys.h"
#include <asm/errno.h>
#include <asm/ioctls.h>
#include <linux/auxvec.h>
#include <linux/close_range.h>
#include <linux/fcntl.h>
#include <linux/memfd.h>
#include <linux/mman.h>
#include <linux/time.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010u /* since Linux 6.3 */
#endif
#define AT_HWCAP2_FSGSBASE 2u
#define CONFIG_MAX         (1u << 20)

void die(const char *f, ...)
{
	char line[512] = "kiln: ";
	size_t n;
	va_list ap;

	va_start(ap, f);
	fmt_vsnprintf(line + 6, sizeof(line) - 7, f, ap);
	va_end(ap);
	n = strlen(line);
	line[n] = '\n';
	sys_3(__NR_write, 2, line, n + 1);
	for (;;)
		sys_1(__NR_exit_group, SANDBOX_STATUS_FAILED);
}

const char *error_name(long err)
{
	static char number[16];

	switch (err) {
	case EPERM: return "operation not permitted";
	case ENOENT: return "no such file or directory";
	case EIO: return "input/output error";
	case EBADF: return "bad file descriptor";
	case ENOMEM: return "out of memory";
	case EACCES: return "permission denied";
	case EBUSY: return "device or resource busy";
	case EEXIST: return "addresses in use";
	case ENODEV: return "no such device";
	case ENOTDIR: return "not a directory";
	case EISDIR: return "is a directory";
	case EINVAL: return "invalid argument";
	case EMFILE: return "too many open files";
	case EFBIG: return "file too large";
	case ENOSYS: return "not available in this kernel";
	default: fmt_snprintf(number, sizeof(number), "error %ld", err); return number;
	}
}

long check(long ret, const char *what)
{
	if (ret < 0)
		die("%s: %s", what, error_name(-ret));
	return ret;
}

void map_at(uint64_t address, uint64_t size, int prot, int flags, int fd, uint64_t offset, const char *what)
{
	long got = sys_6(__NR_mmap, address, size, prot, flags | MAP_FIXED_NOREPLACE, fd, offset);

	if (check(got, what) != (long)address)
		die("%s: addresses in use", what);
}

void random_bytes(void *buf, size_t n)
{
	if (sys_3(__NR_getrandom, buf, n, 0) != (long)n)
		die("getrandom failed");
}

/* A page-aligned address in [lo, hi - size). */
static uint64_t random_place(uint64_t lo, uint64_t hi, uint64_t size, uint64_t align)
{
	uint64_t r = 0;

	if (size >= hi - lo)
		die("too large for the addresses there are");
	random_bytes(&r, sizeof(r));
	return lo + r % ((hi - lo - size) / align) * align;
}

/* Descriptors 0 to 2 exist afterwards, so that none of ours becomes one of them. */
static void standard_descriptors(void)
{
	for (;;) {
		long fd = check(sys_3(__NR_open, "/dev/null", O_RDWR, 0), "/dev/null");

		if (fd > 2) {
			sys_1(__NR_close, fd);
			return;
		}
	}
}

int hold(int fd)
{
	return (int)check(sys_3(__NR_fcntl, fd, F_DUPFD_CLOEXEC, FD_HELD), "descriptor");
}

static int open_image(const char *path)
{
	long fd = sys_3(__NR_open, path, O_RDONLY | O_CLOEXEC, 0);

	if (fd < 0)
		die("%s: %s", path, error_name(-fd));
	return hold((int)fd);
}

/* All to their final numbers, in order; whatever else is open is closed, but for the one that the filter knows nothing of. */
static void settle(struct boot_info *boot, int memory, int image, int hold)
{
	int next = FD_MEMORY;

	check(sys_3(__NR_dup3, memory, next++, O_CLOEXEC), "descriptor");
	check(sys_3(__NR_dup3, image, next++, O_CLOEXEC), "descriptor");
	for (unsigned i = 0; i < boot->nic_count; i++, next++) {
		check(sys_3(__NR_dup3, boot->nic[i].fd, next, O_CLOEXEC), "descriptor");
		boot->nic[i].fd = next;
	}
	for (unsigned i = 0; i < boot->disk_count; i++, next++) {
		check(sys_3(__NR_dup3, boot->disk[i].fd, next, O_CLOEXEC), "descriptor");
		boot->disk[i].fd = next;
	}
	boot->mem_fd = FD_MEMORY;
	boot->image_fd = FD_IMAGE;
	if (hold)
		check(sys_3(__NR_close_range, next, hold - 1, 0), "close_range");
	check(sys_3(__NR_close_range, hold ? hold + 1 : next, ~0u, 0), "close_range");
}

static int make_memory(const struct options *o)
{
	long fd = o->memory_fd;

	if (fd == 0)
		fd = sys_2(__NR_memfd_create, "kiln-guest", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
	if (fd == -EINVAL)
		fd = sys_2(__NR_memfd_create, "kiln-guest", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	check(fd, "guest memory");
	check(sys_2(__NR_ftruncate, fd, o->mem_size), "guest memory");
	check(sys_3(__NR_fcntl, fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL), "guest memory");
	return hold((int)fd);
}

/* Reads the configuration to where the kernel will find it. */
static void read_config(struct boot_info *boot, const char *path, char *to, size_t room)
{
	long fd = sys_3(__NR_open, path, O_RDONLY | O_CLOEXEC, 0), n = 0;
	size_t got = 0;

	if (fd < 0)
		die("%s: %s", path, error_name(-fd));
	while (got < room && (n = sys_3(__NR_read, fd, to + got, room - got)) > 0)
		got += (size_t)n;
	if (n < 0)
		die("%s: %s", path, error_name(-n));
	if (got == room)
		die("%s: longer than %u bytes", path, CONFIG_MAX);
	sys_1(__NR_close, fd);
	boot->config[BOOT_CONFIG_LAUNCH] = (struct boot_config){(uint64_t)to, got};
}

uint64_t auxv(const uint64_t *initial_stack, uint64_t type)
{
	const uint64_t *p = initial_stack + 1 + initial_stack[0] + 1;

	while (*p++ != 0) /* the environment */
		;
	for (; p[0] != AT_NULL; p += 2)
		if (p[0] == type)
			return p[1];
	return 0;
}

static uint64_t clock_ns(int clock)
{
	struct timespec ts = {0};

	check(sys_2(__NR_clock_gettime, clock, &ts), "clock_gettime");
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/*
 * All of the zone but the kernel itself is laid out; each part has a page without access before and behind it. Where the
 * kernel was linked to have its payload nothing is: a debugger would take it for that.
 */
static void lay_out(struct zone *z, const struct loaded *l, uint64_t base, const struct options *o)
{
	z->gate = base + l->size + ALIGN_UP(l->payload_size, PAGE) + PAGE;
	z->boot = z->gate + 4 * PAGE;
	z->boot_size = ALIGN_UP(sizeof(struct boot_info) + (o->cmdline ? strlen(o->cmdline) + 1 : 0), 64ull);
	z->boot_size += o->config ? CONFIG_MAX + 1 : 0;
	z->boot_size = ALIGN_UP(z->boot_size, PAGE);
	z->signal_stack = z->boot + z->boot_size + PAGE;
	z->stack = z->signal_stack + SANDBOX_SIGNAL_STACK_SIZE + PAGE;
	z->end = z->stack + SANDBOX_STACK_SIZE;
}

static void check_user_range(void)
{
	long got = sys_6(__NR_mmap, PAGE * 16, SANDBOX_USER_MAX - PAGE * 16, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

	if (got == -EEXIST)
		die("the program's addresses are in use on this host");
	if (got >= 0)
		check(sys_2(__NR_munmap, got, SANDBOX_USER_MAX - PAGE * 16), "munmap");
}

static uint64_t boot_span(const struct options *o, const struct loaded *l)
{
	return ALIGN_UP(o->mem_size + PAGE + l->payload_size, 1ull << 21);
}

/* Told (abi/console.h), else what the descriptors are. */
static void find_console(struct boot_info *boot, const char *told)
{
	char winsize[64];

	if (!told) {
		for (unsigned fd = 0; fd < 3; fd++)
			if (sys_3(__NR_ioctl, fd, TIOCGWINSZ, winsize) == 0)
				boot->console_flags |= CONSOLE_STDIN_TTY << fd;
		return;
	}
	boot->console_flags = (uint32_t)str_to_u64(told, &told);
	if (*told == ',')
		boot->console_rows = (uint16_t)str_to_u64(told + 1, &told);
	if (*told == ',')
		boot->console_columns = (uint16_t)str_to_u64(told + 1, &told);
}

static struct boot_info *make_boot(const struct zone *z, const struct options *o, const struct loaded *l)
{
	struct boot_info *boot = (struct boot_info *)z->boot;
	char *text = (char *)ALIGN_UP(z->boot + sizeof(*boot), 64ull);
	uint64_t span = boot_span(o, l);

	map_at(z->boot, z->boot_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0, "boot information");
	*boot = (struct boot_info){.magic = BOOT_MAGIC, .mem_size = o->mem_size, .gate = z->gate};
	boot->payload_pa = o->mem_size + PAGE;
	boot->payload_size = l->payload_size;
	boot->payload_offset = l->payload_offset;
	/* Within one multiple of 4 GiB where it can be: the filter's checks are shorter then. */
	do
		boot->direct_base = random_place(SANDBOX_USER_MAX, SANDBOX_KERNEL_MAX, span, 1ull << 21);
	while ((boot->direct_base < z->end && boot->direct_base + span > l->base) ||
	       (span <= 1ull << 31 && boot->direct_base >> 32 != (boot->direct_base + o->mem_size) >> 32));
	boot->kernel_base = l->base;
	boot->kernel_size = l->size;
	boot->user_min = PAGE * 16;
	boot->user_max = SANDBOX_USER_MAX;
	boot->real_ns = clock_ns(CLOCK_REALTIME);
	find_console(boot, o->console);
	boot->grace_ms = o->grace_ms;
	boot->sandbox_flags = o->no_patch ? SANDBOX_NO_PATCH : 0;
	random_bytes(boot->seed, sizeof(boot->seed));
	if (o->cmdline) {
		strlcpy(text, o->cmdline, strlen(o->cmdline) + 1);
		boot->cmdline = (uint64_t)text;
		text += ALIGN_UP(strlen(text) + 1, 64ull);
	}
	if (o->config)
		read_config(boot, o->config, text, CONFIG_MAX);
	return boot;
}

void tender_main(const uint64_t *initial_stack)
{
	struct options o = {0};
	struct loaded l = {0};
	struct zone z = {0};
	struct boot_info *boot;
	uint64_t base;
	int memory, image;

	options_parse(&o, (int)initial_stack[0], (char **)(initial_stack + 1));
	standard_descriptors();
	image = open_image(o.image);
	load_check(&l, image, o.image);
	check_user_range();
	lay_out(&z, &l, 0, &o);
	base = random_place(SANDBOX_USER_MAX, SANDBOX_KERNEL_MAX, z.end, PAGE);
	lay_out(&z, &l, base, &o);
	load_map(&l, image, base);
	memory = make_memory(&o);
	boot = make_boot(&z, &o, &l);
	boot->hwcap2 = auxv(initial_stack, AT_HWCAP2) & ~(o.no_fsgsbase ? AT_HWCAP2_FSGSBASE : 0ull);
	map_at(boot->direct_base, o.mem_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, memory, 0,
	       "guest memory");
	map_at(boot->direct_base + boot->payload_pa, l.payload_size, PROT_READ, MAP_PRIVATE, image, l.payload_offset,
	       "payload");
	hold_io();
	attach(boot, &o);
	if (o.started >= 0)
		sys_3(__NR_write, o.started, EXIT_STARTED, sizeof(EXIT_STARTED) - 1);
	settle(boot, memory, image, o.hold);
	map_at(z.signal_stack, SANDBOX_SIGNAL_STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0,
	       "signal stack");
	map_at(z.stack, SANDBOX_STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0, "stack");
	if (o.debug)
		__asm__ volatile("int3" : : "a"(SANDBOX_DEBUG_MAGIC), "D"(l.base), "S"(l.entry));
	enter(boot, &l, &z, o.sample, initial_stack);
}
