/* SPDX-License-Identifier: ISC */
/*
 * The files that C libraries and programs look for in /etc, in memory, where the root has none of its own: names of users
 * and groups, the host's name, where names are looked up, UTC. The network writes hosts and resolv.conf with what it
 * knows, before.
 */
#include "abi/errno.h"
#include "fs/root.h"
#include "kernel/config.h"
#include "kernel/init.h"
#include "kernel/log.h"
#include "lib/fmt.h"
#include "lib/string.h"

#define HEADER(version)                                                                                                \
	"TZif" version "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"                                                                \
	"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\4"
#define ONE_TYPE "\0\0\0\0\0\0UTC\0"

/* RFC 8536: no transitions, one type of time. */
static const char utc[] = HEADER("2") ONE_TYPE HEADER("2") ONE_TYPE "\nUTC0\n";
_Static_assert(sizeof utc - 1 == 2 * (44 + 10) + 6, "two headers, two types, the rule");

static const struct {
	const char *path, *text;
} plain[] = {
    {"/etc/passwd", "root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n"},
    {"/etc/group", "root:x:0:\ntty:x:5:\nnogroup:x:65534:\n"},
    {"/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"},
};

static void put(const char *path, const char *text, size_t size)
{
	int err = root_write(path, text, size);

	if (err != 0)
		log_warn("%s: cannot be made: error %d", path, -err);
}

static void etc_init(void)
{
	char name[65], text[160];

	if (config_string("hostname", name, sizeof name) <= 0)
		strlcpy(name, "kiln", sizeof name);
	if (root_mkdir("/etc", 0755) != 0)
		return; /* a root with a file there */
	for (unsigned i = 0; i < ARRAY_LEN(plain); i++)
		put(plain[i].path, plain[i].text, strlen(plain[i].text));
	put("/etc/localtime", utc, sizeof utc - 1);
	fmt_snprintf(text, sizeof text, "%s\n", name);
	put("/etc/hostname", text, strlen(text));
	fmt_snprintf(text, sizeof text, "127.0.0.1 localhost\n127.0.1.1 %s\n", name);
	put("/etc/hosts", text, strlen(text));
}
INIT(INIT_LATE, etc_init);
