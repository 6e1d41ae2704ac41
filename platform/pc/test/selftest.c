/* SPDX-License-Identifier: ISC */
/*
 * A component for tests alone (-C virtio,+pc-selftest): breaks what the configuration's key "selftest" names, in the
 * kernel, just before the programs start. Each must end in a panic that says what happened; coming back is a failure.
 */
#include "kernel/config.h"
#include "kernel/init.h"
#include "kernel/log.h"
#include "kernel/thread.h"
#include "kernel/time.h"
#include "kernel/wait.h"
#include "lib/string.h"
#include "platform/platform.h"

#define KERNEL_BASE 0xffffffff80000000ul

static void selftest(void);

static char data_code[16] = {(char)0xc3}; /* ret */
static const char constant[] = "constant";

static void *alias(const volatile void *p)
{
	return page_ptr((uintptr_t)p - KERNEL_BASE);
}

static void call(void *p)
{
	((void (*)(void))(uintptr_t)p)();
}

static void overflow_stack(void)
{
	struct wait_queue q = WAIT_QUEUE_INIT(q);
	volatile uint64_t *bottom = thread_current()->kstack;

	*bottom = 0;
	log_err("woken: %d", wait_sleep(&q, time_mono() + 1000000, 0));
}

static void lost_stack(void)
{
	__asm__ volatile("mov $0x1234, %%rsp; push %%rax" : : : "memory");
}

static const struct {
	const char *name;
	void (*fn)(void);
	void *write, *execute;
	const volatile void *read;
} tests[] = {
    {.name = "write-text", .write = (void *)(uintptr_t)selftest},
    {.name = "write-constant", .write = (void *)(uintptr_t)constant},
    {.name = "execute-data", .execute = data_code},
    {.name = "read-null", .read = (const void *)8},
    {.name = "overflow-stack", .fn = overflow_stack},
    {.name = "lost-stack", .fn = lost_stack},
};

static void selftest(void)
{
	char name[32];
	bool through_alias;
	const char *base = name;

	if (config_string("selftest", name, sizeof name) < 0)
		return;
	/* "direct-X": the same page by the direct map. */
	through_alias = strncmp(name, "direct-", 7) == 0;
	if (through_alias)
		base = name + 7;
	for (size_t i = 0; i < ARRAY_LEN(tests); i++) {
		if (strcmp(base, tests[i].name) != 0)
			continue;
		if (tests[i].fn != NULL)
			tests[i].fn();
		if (tests[i].write != NULL)
			*(volatile char *)(through_alias ? alias(tests[i].write) : tests[i].write) = 1;
		if (tests[i].execute != NULL)
			call(through_alias ? alias(tests[i].execute) : tests[i].execute);
		if (tests[i].read != NULL)
			log_err("read %d", *(const volatile char *)tests[i].read);
	}
	log_err("selftest %s: nothing stopped it", name);
	platform_exit(1);
}

INIT(INIT_LATE, selftest);
