/* SPDX-License-Identifier: ISC */
/*
 * A configuration in Rumprun's form, wherever it comes from, becomes today's before it is read. Those that the platform has are
 * replaced before config.c takes them; later ones, of files, come by config_add, which this component wraps.
 */
#include "abi/boot.h"
#include "kernel/config.h"
#include "kernel/heap.h"
#include "kernel/init.h"
#include "kernel/log.h"
#include "kernel/thread.h"
#include "lib/rumprun.h"
#include "platform/platform.h"

#pragma GCC visibility push(default)
void __real_config_add(enum config_source from, const char *text, size_t len);
void __wrap_config_add(enum config_source from, const char *text, size_t len);
#pragma GCC visibility pop

static void note(void *arg UNUSED, const char *what, const char *name, size_t n)
{
	log_warn("configuration: blk %.*s: %s", (int)n, name, what);
}

/* Today's form, which stays, or NULL: it is that already. */
static const char *translate(const char *text, size_t len, size_t *size)
{
	const char *what;
	char *out = kmalloc(RUMPRUN_ROOM(len));
	long n = out != NULL ? rumprun_translate(text, len, out, RUMPRUN_ROOM(len), note, NULL, &what) : 0;

	if (n < 0) {
		log_err("configuration: %s", what);
		kernel_exit(PANIC_STATUS);
	}
	if (n == 0) {
		kfree(out);
		return NULL;
	}
	log_warn("configuration: this is Rumprun's form; in today's form it is %.*s", (int)n, out);
	*size = (size_t)n;
	return out;
}

void __wrap_config_add(enum config_source from, const char *text, size_t len)
{
	size_t size = len;
	const char *now = translate(text, len, &size);

	__real_config_add(from, now != NULL ? now : text, size);
}

static void rumprun_init(void)
{
	struct boot_info *boot = (struct boot_info *)(uintptr_t)platform_boot_info(); /* nobody has read it yet */

	for (unsigned i = 0; i < BOOT_CONFIGS; i++) {
		size_t size;
		const char *now = boot->config[i].size == 0
				      ? NULL
				      : translate((const char *)boot->config[i].text, boot->config[i].size, &size);

		if (now != NULL)
			boot->config[i] = (struct boot_config){(uintptr_t)now, size};
	}
}
INIT(INIT_THREADS, rumprun_init);
