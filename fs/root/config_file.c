/* SPDX-License-Identifier: ISC */
/*
 * `kiln.config=/path` on the kernel's command line (or Rumprun's _RUMPRUN_ROOTFSCFG=/path): a configuration in a file of
 * the root file system, which is made for it earlier than otherwise.
 */
#include "fs/root.h"
#include <linux/fcntl.h>

#include "abi/boot.h"
#include "abi/errno.h"
#include "kernel/config.h"
#include "kernel/heap.h"
#include "kernel/init.h"
#include "kernel/log.h"
#include "kernel/thread.h"
#include "lib/string.h"
#include "platform/platform.h"

#define CONFIG_FILE_MAX (1u << 20)

/* The value of a word of the command line, up to a blank; NULL: no such word. */
static const char *word(const char *line, const char *name)
{
	size_t len = strlen(name);

	for (; line != NULL; line = strchr(line, ' ')) {
		line += *line == ' ';
		if (strncmp(line, name, len) == 0)
			return line + len;
	}
	return NULL;
}

/* The whole file, in memory of its own. */
static int read_all(const char *path, char **text, size_t *size)
{
	struct vfs_ctx ctx;
	struct file *f;
	struct uvec v;
	struct uio u;
	ssize_t n;
	int err;

	vfs_root_ctx(&ctx);
	err = vfs_open(&ctx, NULL, path, O_RDONLY, 0, 0, &f);
	if (err != 0)
		return err;
	*size = (size_t)MIN(f->inode->size, (uint64_t)CONFIG_FILE_MAX);
	*text = kmalloc(*size + 1);
	if (*text != NULL) {
		uio_init_kernel(&u, &v, *text, *size);
		n = f->ops->read(f, &u, &f->pos);
		err = (int)MIN(n, 0);
		*size = (size_t)MAX(n, 0);
		(*text)[*size] = '\0';
	} else {
		err = -ENOMEM;
	}
	file_put(f);
	return err;
}

static void config_file_init(void)
{
	const char *line = (const char *)platform_boot_info()->cmdline, *value = word(line, "kiln.config=");
	char path[256], *text, *end;
	size_t size;
	int err;

	if (value == NULL)
		value = word(line, "_RUMPRUN_ROOTFSCFG=");
	if (value == NULL)
		return;
	strlcpy(path, value, sizeof path);
	end = strchr(path, ' ');
	if (end != NULL)
		*end = '\0';
	err = read_all(path, &text, &size);
	if (err != 0) {
		log_err("kiln.config=%s: %s", path, err == -ENOENT ? "no such file in the root" : "cannot be read");
		kernel_exit(PANIC_STATUS);
	}
	config_add(CONFIG_FILE, text, size);
}
INIT(INIT_CONFIG, config_file_init);
