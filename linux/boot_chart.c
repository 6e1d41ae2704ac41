/* SPDX-License-Identifier: ISC */
/*
 * --boot-chart ("kiln.boot-chart"): tells the launcher when each part of the start ended (abi/trace.h). Nothing in the kernel
 * knows of it: levels of the start are seen by entries that sort to their ends, the rest by the linker's --wrap of calls
 * from one component to another. The program's main() is seen by a breakpoint, where the launcher says how far it is
 * from the program's entry ("kiln.boot-chart": "4096").
 */
#include "kernel/config.h"
#include "kernel/init.h"
#include "kernel/personality.h"
#include "kernel/trace.h"
#include "kernel/vm.h"
#include "lib/string.h"
#include "linux/exec.h"
#include "linux/syscall.h"
#include "linux/task.h"
#include "platform/platform.h"
#include "x86_64/cpu.h"
#include "x86_64/regs.h"

#define RING_BYTES 65536u
#define EARLY      4u /* marks before there is memory for the ring */
#define BREAKPOINT 0xcc

static struct trace_mark early[EARLY];
static unsigned early_count;
static bool wanted = true; /* until the configuration is known */
static bool loaded, entered, called;
static uintptr_t main_at;
static struct aspace *main_as;
static uint8_t main_byte;

static void put(const struct trace_mark *m)
{
	if (!trace_begin(sizeof *m))
		return;
	trace_add(m, sizeof *m);
	trace_end();
}

static void mark_as(const char *name, unsigned flags)
{
	struct trace_mark m = {
	    .record = {.type = TRACE_MARK, .flags = (uint16_t)flags}, .ns = platform_mono() + 1, .tsc = cpu_rdtsc()};

	if (!wanted)
		return;
	strlcpy(m.name, name, sizeof m.name);
	if (trace_ready())
		put(&m);
	else if (early_count < EARLY)
		early[early_count++] = m;
}

static void mark(const char *name)
{
	mark_as(name, 0);
}

/* An entry that runs at the end of a level: its section's name sorts behind the level's others. */
#define AT_END(number, name)                                                                                           \
	static void end_##number(void)                                                                                 \
	{                                                                                                              \
		mark(name);                                                                                            \
	}                                                                                                              \
	static const struct init_entry entry_##number                                                                  \
	    __attribute__((used, aligned(8), section(".kiln.init." #number "~"))) = {end_##number, number}

static void begin(void)
{
	mark("boot code");
}
static const struct init_entry entry_begin __attribute__((used, aligned(8), section(".kiln.init.!"))) = {begin, 0};

static void end_0(void)
{
	if (trace_open(RING_BYTES) == 0)
		for (unsigned i = 0; i < early_count; i++)
			put(&early[i]);
	mark("memory");
}
static const struct init_entry entry_0 __attribute__((used, aligned(8), section(".kiln.init.0~"))) = {end_0, 0};

AT_END(1, "clocks");
AT_END(2, "threads");
AT_END(4, "drivers");
AT_END(5, "file systems");
AT_END(6, "network");
AT_END(7, "the last parts");

static void on_enter(unsigned long nr UNUSED, const struct callargs *a UNUSED)
{
	if (!called)
		mark_as("first system call", TRACE_POINT);
	called = true;
}

static struct syscall_watcher watcher = {.enter = on_enter};

static void end_3(void)
{
	char text[24];

	wanted = config_string("kiln.boot-chart", text, sizeof text) > 0 && strcmp(text, "false") != 0;
	if (wanted)
		syscall_watch(&watcher);
	mark("configuration");
}
static const struct init_entry entry_3 __attribute__((used, aligned(8), section(".kiln.init.3~"))) = {end_3, 3};

#pragma GCC visibility push(default)
int __real_exec_load(const char *path, const char *const *argv, const char *const *envp, struct exec_image *out);
int __wrap_exec_load(const char *path, const char *const *argv, const char *const *envp, struct exec_image *out);
NORETURN void __real_arch_user_return(struct trapframe *tf);
NORETURN void __wrap_arch_user_return(struct trapframe *tf);
void __real_personality_exception(struct trapframe *tf, unsigned vector, uint64_t code);
void __wrap_personality_exception(struct trapframe *tf, unsigned vector, uint64_t code);
NORETURN void __real_kernel_exit(int status);
NORETURN void __wrap_kernel_exit(int status);
#pragma GCC visibility pop

/* A breakpoint at main(); without the launcher's word, or at something odd, there is none. */
static void watch_main(const struct exec_image *image)
{
	int64_t distance = config_int("kiln.boot-chart", 0);
	uint8_t stop = BREAKPOINT;

	if (distance == 0 || vm_read(image->as, image->entry + (uintptr_t)distance, &main_byte, 1) != 0 ||
	    vm_write(image->as, image->entry + (uintptr_t)distance, &stop, 1) != 0)
		return;
	main_at = image->entry + (uintptr_t)distance;
	main_as = image->as;
}

int __wrap_exec_load(const char *path, const char *const *argv, const char *const *envp, struct exec_image *out)
{
	int err = __real_exec_load(path, argv, envp, out);

	if (!loaded && err == 0 && wanted) {
		mark("the program is loaded");
		watch_main(out);
	}
	loaded = true;
	return err;
}

void __wrap_arch_user_return(struct trapframe *tf)
{
	if (!entered)
		mark("entered");
	entered = true;
	__real_arch_user_return(tf);
}

void __wrap_personality_exception(struct trapframe *tf, unsigned vector, uint64_t code)
{
	if (vector != X86_TRAP_BP || main_at == 0 || tf->ip - 1 != main_at || thread_current()->as != main_as) {
		__real_personality_exception(tf, vector, code);
		return;
	}
	mark("C library");
	if (vm_write(main_as, main_at, &main_byte, 1) != 0) {
		__real_personality_exception(tf, vector, code);
		return;
	}
	tf->ip = main_at;
	main_at = 0;
}

void __wrap_kernel_exit(int status)
{
	mark("program");
	__real_kernel_exit(status);
}
