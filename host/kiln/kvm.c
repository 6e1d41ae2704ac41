/* SPDX-License-Identifier: ISC */
/*
 * Does KVM run guests here? Nested under some hypervisors it opens and creates machines, but every instruction is
 * emulated and a guest takes minutes. So a tiny guest in 64-bit mode counts to a million, which takes a CPU less than a
 * millisecond, and must be done in 150. The answer is kept in the user's cache with the boot's id.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "hostlib/cleanup.h"
#include "launch.h"

#define PROBE_MS    150
#define PROBE_PORT  0x10
#define MEMORY_SIZE 0x5000
#define TABLES      0x1000 /* PML4, PDPT, PD: a page each */
#define CODE        0x4000

static const unsigned char code[] = {
    0xb9, 0x40,       0x42, 0x0f, 0x00, /* mov $1000000, %ecx */
    0xff, 0xc9, /* dec %ecx */
    0x75, 0xfc, /* jnz back to the dec */
    0xb0, 0x42, /* mov $0x42, %al */
    0xe6, PROBE_PORT, /* out %al, port */
    0xf4, /* hlt */
};

static struct kvm_run *volatile running;

static void on_alarm(int sig)
{
	(void)sig;
	if (running)
		running->immediate_exit = 1;
}

static const char *setup_cpu(int vcpu)
{
	struct kvm_sregs s;
	struct kvm_regs r = {.rip = CODE, .rflags = 2};
	struct kvm_segment flat = {.limit = 0xffffffff, .present = 1, .s = 1, .g = 1};

	if (ioctl(vcpu, KVM_GET_SREGS, &s) < 0)
		return "the virtual CPU has no registers";
	s.cr3 = TABLES;
	s.cr4 = 1 << 5; /* PAE */
	s.cr0 = 1u << 31 | 1 << 5 | 1 << 4 | 1; /* PG, NE, ET, PE */
	s.efer = 1 << 10 | 1 << 8; /* LMA, LME */
	flat.type = 3;
	flat.selector = 16;
	flat.db = 1;
	s.ds = s.es = s.fs = s.gs = s.ss = flat;
	flat.type = 11;
	flat.selector = 8;
	flat.db = 0;
	flat.l = 1;
	s.cs = flat;
	if (ioctl(vcpu, KVM_SET_SREGS, &s) < 0 || ioctl(vcpu, KVM_SET_REGS, &r) < 0)
		return "the virtual CPU refuses 64-bit mode";
	return NULL;
}

static const char *run_guest(int vcpu, struct kvm_run *run)
{
	struct sigaction sa = {.sa_handler = on_alarm}, was;
	struct itimerval in = {.it_value = {.tv_usec = PROBE_MS * 1000}}, off = {0};
	const char *result;
	int r;

	running = run;
	sigaction(SIGALRM, &sa, &was);
	setitimer(ITIMER_REAL, &in, NULL);
	r = ioctl(vcpu, KVM_RUN, 0);
	if (r < 0)
		result = errno == EINTR ? "guests run, but far too slowly (emulated)" : "the virtual CPU does not run";
	else if (run->exit_reason == KVM_EXIT_IO && run->io.port == PROBE_PORT)
		result = NULL;
	else
		result = "a guest does not do what it should";
	setitimer(ITIMER_REAL, &off, NULL);
	sigaction(SIGALRM, &was, NULL);
	running = NULL;
	return result;
}

static const char *probe_vm(int kvm, int vm, char *memory)
{
	struct kvm_userspace_memory_region region = {.memory_size = MEMORY_SIZE, .userspace_addr = (uintptr_t)memory};
	uint64_t *tables = (uint64_t *)(void *)(memory + TABLES);
	AUTO_CLOSE int vcpu = -1;
	struct kvm_run *run;
	const char *result;
	int size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);

	tables[0] = (TABLES + 0x1000) | 3;
	tables[512] = (TABLES + 0x2000) | 3;
	tables[1024] = 0x83; /* the first 2 MiB */
	memcpy(memory + CODE, code, sizeof code);
	if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region) < 0)
		return "it takes no memory";
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	if (vcpu < 0 || size < (int)sizeof *run)
		return "it makes no virtual CPU";
	run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	if (run == MAP_FAILED)
		return "it makes no virtual CPU";
	result = setup_cpu(vcpu);
	if (!result)
		result = run_guest(vcpu, run);
	munmap(run, (size_t)size);
	return result;
}

static const char *probe(void)
{
	AUTO_CLOSE int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	AUTO_CLOSE int vm = -1;
	const char *result;
	char *memory;

	if (kvm < 0)
		return errno == ENOENT ? "there is no /dev/kvm"
				       : "/dev/kvm does not open (is the user in the group kvm?)";
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm < 0)
		return "it makes no machine";
	/* cppcheck-suppress invalidFunctionArg */
	memory = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return "there is no memory";
	result = probe_vm(kvm, vm, memory);
	munmap(memory, MEMORY_SIZE);
	return result;
}

static size_t read_line(const char *path, char *buf, size_t size)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, buf, size - 1);

	buf[n > 0 ? n : 0] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return strlen(buf);
}

/* $XDG_CACHE_HOME/kiln/kvm, or NULL. */
static char *cache_path(void)
{
	const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	AUTO_FREE char *cache = NULL, *dir = NULL;

	if (base && *base)
		cache = xstrdup(base);
	else if (home && *home)
		cache = xasprintf("%s/.cache", home);
	else
		return NULL;
	dir = xasprintf("%s/kiln", cache);
	mkdir(cache, 0700);
	mkdir(dir, 0700);
	return xasprintf("%s/kvm", dir);
}

const char *kvm_missing(void)
{
	static char kept[256];
	AUTO_FREE char *path = cache_path();
	char boot[64], wanted[80];
	const char *result;
	struct error ignored;

	read_line("/proc/sys/kernel/random/boot_id", boot, sizeof boot);
	snprintf(wanted, sizeof wanted, "%s %d ", boot, access("/dev/kvm", R_OK | W_OK) == 0);
	if (path && *boot && read_line(path, kept, sizeof kept) && !strncmp(kept, wanted, strlen(wanted))) {
		result = kept + strlen(wanted);
		return strcmp(result, "works") ? result : NULL;
	}
	result = probe();
	snprintf(kept, sizeof kept, "%s%s\n", wanted, result ? result : "works");
	if (path && *boot)
		file_write(path, kept, strlen(kept), 0600, &ignored);
	return result;
}
