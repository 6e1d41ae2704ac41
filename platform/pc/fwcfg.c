/* SPDX-License-Identifier: ISC */
/* QEMU's fw_cfg (docs/specs/fw_cfg.rst) by its ports: the directory of files, read until the name is found. */
#include "lib/string.h"
#include "platform_pc.h"
#include "x86_64/cpu.h"

#define PORT_SELECT 0x510
#define PORT_DATA   0x511
#define SIGNATURE   0x0000
#define DIRECTORY   0x0019
#define FILES_MAX   512u

struct fwcfg_entry {
	uint32_t size; /* big-endian, as is select */
	uint16_t select, reserved;
	char name[56];
};

char *fwcfg_file(const char *name, size_t *size)
{
	struct fwcfg_entry e = {0};
	uint32_t count = 0;
	char *text;

	cpu_outw(PORT_SELECT, SIGNATURE);
	cpu_insb(PORT_DATA, &count, sizeof count);
	if (memcmp(&count, "QEMU", sizeof count) != 0)
		return NULL;
	cpu_outw(PORT_SELECT, DIRECTORY);
	cpu_insb(PORT_DATA, &count, sizeof count);
	count = MIN(__builtin_bswap32(count), FILES_MAX);
	for (uint32_t i = 0; i < count; i++) {
		cpu_insb(PORT_DATA, &e, sizeof e);
		if (strncmp(e.name, name, sizeof e.name) != 0)
			continue;
		*size = __builtin_bswap32(e.size);
		text = memory_early(*size + 1);
		cpu_outw(PORT_SELECT, __builtin_bswap16(e.select));
		cpu_insb(PORT_DATA, text, *size);
		return text;
	}
	return NULL;
}
