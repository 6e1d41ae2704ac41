/* SPDX-License-Identifier: ISC */
/* The payload is where the boot information says, in physical memory, and stays there. */
#include "kernel/payload.h"

#include "abi/boot.h"
#include "kernel/init.h"
#include "kernel/log.h"
#include "kernel/thread.h"
#include "lib/image.h"
#include "lib/string.h"
#include "platform/platform.h"

static const struct image_header *payload;

const struct image_entry *payload_entry(enum image_type type, unsigned i)
{
	for (uint32_t n = 0; payload != NULL && n < payload->count; n++)
		if (image_entries(payload)[n].type == (uint32_t)type && i-- == 0)
			return &image_entries(payload)[n];
	return NULL;
}

const struct image_entry *payload_find(enum image_type type, const char *name)
{
	const struct image_entry *e;

	for (unsigned i = 0; (e = payload_entry(type, i)) != NULL; i++)
		if (strcmp(e->name, name) == 0)
			return e;
	return NULL;
}

paddr_t payload_pa(const struct image_entry *e)
{
	return platform_boot_info()->payload_pa + e->offset;
}

const void *payload_data(const struct image_entry *e)
{
	return (const char *)page_ptr(platform_boot_info()->payload_pa) + e->offset;
}

uint32_t payload_flags(void)
{
	return payload != NULL ? payload->flags : 0;
}

static void payload_init(void)
{
	const struct boot_info *boot = platform_boot_info();
	const char *end, *wrong;

	if (boot->payload_size == 0)
		return;
	end = (const char *)page_ptr(boot->payload_pa) + boot->payload_size;
	wrong = image_check(end, boot->payload_size, boot->payload_size);
	if (wrong != NULL) {
		log_err("the image is damaged: %s", wrong);
		kernel_exit(PANIC_STATUS);
	}
	payload = image_header(end);
}
INIT(INIT_TIME, payload_init);
