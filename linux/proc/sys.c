/* SPDX-License-Identifier: ISC */
/* /proc/sys as libraries read it: facts about this kernel. They cannot be set, but for the host's name. */
#include "kernel/random.h"
#include "lib/string.h"
#include "linux/fd.h"
#include "linux/system.h"
#include "proc.h"

#define FILE(n, f)                                                                                                     \
	{                                                                                                              \
		.name = n, .mode = S_IFREG | 0444, .show = f                                                           \
	}
#define LINE(n, l)                                                                                                     \
	{                                                                                                              \
		.name = n, .mode = S_IFREG | 0444, .line = l                                                           \
	}
#define DIR(n, c)                                                                                                      \
	{                                                                                                              \
		.name = n, .mode = S_IFDIR | 0555, .children = c                                                       \
	}

/* Random bytes as an identifier of version 4 (RFC 4122). */
static void put_uuid(struct text *t, const uint8_t in[16])
{
	uint8_t b[16];

	memcpy(b, in, sizeof b);
	b[6] = (b[6] & 0x0f) | 0x40;
	b[8] = (b[8] & 0x3f) | 0x80;
	for (unsigned i = 0; i < 16; i++)
		text_printf(t, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", b[i]);
	text_put(t, "\n", 1);
}

static int uuid(struct text *t, uint64_t arg)
{
	uint8_t b[16];

	(void)arg;
	random_bytes(b, sizeof b);
	put_uuid(t, b);
	return 0;
}

static int boot_id(struct text *t, uint64_t arg)
{
	static uint8_t b[16];
	static bool made;

	(void)arg;
	if (!made)
		random_bytes(b, sizeof b);
	made = true;
	put_uuid(t, b);
	return 0;
}

static int threads_max(struct text *t, uint64_t arg)
{
	(void)arg;
	text_printf(t, "%u\n", task_limit());
	return 0;
}

static int file_max(struct text *t, uint64_t arg)
{
	(void)arg;
	text_printf(t, "%lu\n", fd_files_limit());
	return 0;
}

static int file_nr(struct text *t, uint64_t arg)
{
	(void)arg;
	text_printf(t, "%lu\t0\t%lu\n", file_count(), fd_files_limit());
	return 0;
}

static const struct pseudo random_children[] = {
    FILE("boot_id", boot_id), LINE("entropy_avail", "256"), LINE("poolsize", "256"), FILE("uuid", uuid), {.name = NULL},
};

static const struct pseudo kernel_children[] = {
    LINE("cap_last_cap", "40"),
    LINE("core_pattern", ""),
    LINE("domainname", system_domainname),
    LINE("hostname", system_hostname),
    LINE("ngroups_max", "65536"),
    LINE("osrelease", SYSTEM_RELEASE),
    LINE("ostype", "Linux"),
    LINE("pid_max", "4194304"),
    DIR("random", random_children),
    LINE("randomize_va_space", "2"),
    FILE("threads-max", threads_max),
    LINE("version", SYSTEM_VERSION),
    {.name = NULL},
};

static const struct pseudo vm_children[] = {
    LINE("max_map_count", "65530"), LINE("mmap_min_addr", "65536"),
    LINE("overcommit_memory", "0"), /* Linux's heuristic: memory is overcommitted within what can ever be met */
    LINE("swappiness", "0"),        {.name = NULL},
};

static const struct pseudo core_children[] = {LINE("somaxconn", "4096"), {.name = NULL}};
static const struct pseudo ipv4_children[] = {LINE("ip_local_port_range", "32768\t60999"), {.name = NULL}};
static const struct pseudo net_children[] = {DIR("core", core_children), DIR("ipv4", ipv4_children), {.name = NULL}};

static const struct pseudo fs_children[] = {
    FILE("file-max", file_max),          FILE("file-nr", file_nr),          LINE("nr_open", "1048576"),
    LINE("pipe-max-size", "1073741824"), LINE("pipe-user-pages-soft", "0"), {.name = NULL},
};

const struct pseudo proc_sys_children[] = {
    DIR("fs", fs_children), DIR("kernel", kernel_children), DIR("net", net_children), DIR("vm", vm_children),
    {.name = NULL},
};
