/* SPDX-License-Identifier: ISC */
/* From the platform's boot code to the first program: memory, time, then everything else in the init thread. */
#include "kernel/init.h"
#include "kernel/log.h"
#include "kernel/personality.h"
#include "kernel/random.h"
#include "kernel/thread.h"
#include "platform/platform.h"
#include "sched.h"

#pragma GCC visibility push(default)
/* What -fstack-protector-strong asks for. The low byte is zero: a string that overruns ends before the rest. */
extern uintptr_t __stack_chk_guard;
uintptr_t __stack_chk_guard = 0x595e9fbd94fda700;
NORETURN void __stack_chk_fail(void);
#pragma GCC visibility pop

NORETURN void __stack_chk_fail(void)
{
	panic("stack smashed in %p", __builtin_return_address(0));
}

static void init_main(void *arg UNUSED)
{
	init_run(INIT_THREADS, INIT_LEVELS - 1);
	personality_start();
}

NORETURN void kernel_main(void)
{
	struct thread *init;

	init_run(INIT_MEMORY, INIT_TIME);
	/* This frame and those above are never returned from, so the guard may change under them. */
	__stack_chk_guard = random_u64() & ~(uintptr_t)0xff;
	sched_init();
	init = thread_create("init", init_main, NULL);
	if (init == NULL) {
		log_err("not enough memory to start");
		kernel_exit(PANIC_STATUS);
	}
	thread_wake(init);
	sched_idle();
}

void (*kernel_exit_hook)(void);

NORETURN void kernel_exit(int status)
{
	if (kernel_exit_hook != NULL)
		kernel_exit_hook();
	platform_exit(status & 0xff);
}
