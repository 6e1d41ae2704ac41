/* SPDX-License-Identifier: ISC */
/* /sys, as little of it as C libraries ask for: the processors. */
#include "fs/pseudo.h"
#include "kernel/init.h"
#include "kernel/log.h"

static int cpus(struct text *t, uint64_t arg)
{
	(void)arg;
	text_printf(t, "0\n");
	return 0;
}

static const struct pseudo cpu[] = {
    {.name = "online", .mode = S_IFREG | 0444, .show = cpus},
    {.name = "possible", .mode = S_IFREG | 0444, .show = cpus},
    {.name = "present", .mode = S_IFREG | 0444, .show = cpus},
    {.name = "cpu0", .mode = S_IFDIR | 0555},
    {.name = NULL},
};
static const struct pseudo system[] = {{.name = "cpu", .mode = S_IFDIR | 0555, .children = cpu}, {.name = NULL}};
static const struct pseudo devices[] = {{.name = "system", .mode = S_IFDIR | 0555, .children = system}, {.name = NULL}};
static const struct pseudo top[] = {{.name = "devices", .mode = S_IFDIR | 0555, .children = devices}, {.name = NULL}};
static const struct pseudo root = {.mode = S_IFDIR | 0555, .children = top};

static void sysfs_init(void)
{
	int err = pseudo_mount("/sys", "sysfs", &root);

	if (err != 0)
		log_err("/sys: error %d", -err);
}
INIT(INIT_FS, sysfs_init);
