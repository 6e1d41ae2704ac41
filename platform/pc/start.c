/* SPDX-License-Identifier: ISC */
/*
 * From the PVH start info (xen/include/public/arch-x86/hvm/start_info.h) to kernel_main: what lies in RAM is reserved
 * first, then page tables, RAM, configuration. The command line and the configuration are copied, as what they lie in
 * becomes free memory. RAM may be known to be zero only on the first boot: MARK tells a warm reset.
 */
#include "abi/boot.h"
#include "abi/console.h"
#include "clock.h"
#include "kernel/log.h"
#include "kernel/thread.h"
#include "lib/string.h"
#include "platform/platform.h"
#include "platform_pc.h"
#include "x86_64/cpu.h"
#include "x86_64/machine.h"

#define START_MAGIC       0x336ec578u
#define RAM               1u
#define CMDLINE_MAX       4096u
#define MODULES_MAX       4u
#define CONFIG_MODULE_MAX (1u << 20)

struct start_info {
	uint32_t magic, version, flags, modules;
	uint64_t modlist, cmdline, rsdp;
	uint64_t memmap; /* from version 1 on */
	uint32_t memmap_entries, reserved;
};

struct start_module {
	uint64_t address, size, cmdline, reserved;
};

struct start_memory {
	uint64_t address, size;
	uint32_t type, reserved;
};

static struct boot_info boot = {.magic = BOOT_MAGIC};

const struct boot_info *platform_boot_info(void)
{
	return &boot;
}

static void *copy(const void *src, size_t n)
{
	char *dst = memory_early(n + 1);

	memcpy(dst, src, n);
	return dst;
}

/* The end of the JSON object that begins at s: behind its last brace, or where the text ends. */
static const char *object_end(const char *s)
{
	unsigned depth = 0;
	bool quoted = false;

	for (; *s != '\0'; s++) {
		if (*s == '\\' && s[1] != '\0')
			s++;
		else if (*s == '"')
			quoted = !quoted;
		else if (!quoted && *s == '{')
			depth++;
		else if (!quoted && *s == '}' && --depth == 0)
			return s + 1;
	}
	return s;
}

static void set_config(unsigned from, const char *text, size_t size)
{
	boot.config[from] = (struct boot_config){(uintptr_t)text, size};
}

/* interfaces.md: a module and the command line are known by their first byte; some loaders put a file's name in front. */
static void find_config(const struct start_info *si)
{
	const struct start_module *m = page_ptr(si->modlist);
	const char *line = (const char *)boot.cmdline;
	size_t size;
	char *text = fwcfg_file("opt/kiln/config", &size);

	if (text != NULL)
		set_config(BOOT_CONFIG_LAUNCH, text, size);
	for (uint32_t i = 0; boot.config[BOOT_CONFIG_MODULE].size == 0 && i < MIN(si->modules, MODULES_MAX); i++) {
		const char *data = page_ptr(m[i].address);

		if (m[i].size > 1 && m[i].size < CONFIG_MODULE_MAX && data[0] == '{')
			set_config(BOOT_CONFIG_MODULE, copy(data, m[i].size), m[i].size);
	}
	if (line != NULL && *line != '{') {
		line = strchr(line, ' ');
		line += line != NULL;
	}
	if (line != NULL && *line == '{')
		set_config(BOOT_CONFIG_CMDLINE, line, (size_t)(object_end(line) - line));
}

static void find_console(void)
{
	size_t size;
	const char *text = fwcfg_file(CONSOLE_FILE, &size);

	if (text == NULL)
		return;
	boot.console_flags = (uint32_t)str_to_u64(text, &text);
	if (*text == ' ')
		boot.console_rows = (uint16_t)str_to_u64(text + 1, &text);
	if (*text == ' ')
		boot.console_columns = (uint16_t)str_to_u64(text + 1, &text);
}

NORETURN void pc_start(paddr_t start_info)
{
	const struct start_info *si;
	const struct start_memory *map;
	const struct start_module *m;

	page_direct_base = PC_DIRECT_BASE;
	si = page_ptr(start_info);
	map = page_ptr(si->memmap);
	m = page_ptr(si->modlist);
	if (cpu_smap())
		x86_smap_patch();
	mmu_init();
	cpu_init();
	clock_init();
	serial_init();
	if (si->magic != START_MAGIC || si->version < 1 || si->memmap_entries == 0)
		panic("the loader gave no memory map");
	memory_reserve(start_info, start_info + sizeof *si);
	memory_reserve(si->memmap, si->memmap + si->memmap_entries * sizeof *map);
	memory_reserve(si->modlist, si->modlist + MIN(si->modules, MODULES_MAX) * sizeof *m);
	for (uint32_t i = 0; i < MIN(si->modules, MODULES_MAX); i++)
		memory_reserve(m[i].address, m[i].address + m[i].size);
	if (si->cmdline != 0)
		memory_reserve(si->cmdline, si->cmdline + CMDLINE_MAX);
	for (uint32_t i = 0; i < si->memmap_entries; i++)
		if (map[i].type == RAM)
			memory_add(map[i].address, map[i].address + map[i].size);

	if (si->cmdline != 0)
		boot.cmdline = (uintptr_t)copy(page_ptr(si->cmdline), strnlen(page_ptr(si->cmdline), CMDLINE_MAX));
	find_config(si);
	find_console();
	boot.payload_size = (uint64_t)(kiln_payload_end - kiln_payload_start);
	if (boot.payload_size != 0)
		boot.payload_pa = pc_image_pa(kiln_payload_start);
	boot.mem_size = memory_size();
	boot.hwcap2 = cpu_cr4() & CR4_FSGSBASE ? 2 : 0;
	memory_finish();
	kernel_main();
}
