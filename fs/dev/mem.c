/* SPDX-License-Identifier: ISC */
/* null(4), zero(4), full(4), random(4): the devices that are made of memory and randomness. */
#include "abi/errno.h"
#include "fs/dev.h"
#include "fs/root.h"
#include "kernel/init.h"
#include "kernel/log.h"
#include "kernel/random.h"
#include "kernel/vm.h"

static ssize_t read_end(struct file *f, struct uio *u, uint64_t *pos)
{
	(void)f, (void)u, (void)pos;
	return 0;
}

static ssize_t read_zero(struct file *f, struct uio *u, uint64_t *pos)
{
	(void)f, (void)pos;
	return uio_put_zero(u, u->left);
}

static ssize_t read_random(struct file *f, struct uio *u, uint64_t *pos)
{
	char buf[256];
	ssize_t done = 0;

	(void)f, (void)pos;
	while (u->left > 0) {
		size_t n = MIN(sizeof buf, u->left);
		ssize_t m;

		random_bytes(buf, n);
		m = uio_put(u, buf, n);
		if (m <= 0)
			return done > 0 ? done : m;
		done += m;
	}
	return done;
}

/* Takes all: the bytes are not even looked at. */
static ssize_t write_away(struct file *f, struct uio *u, uint64_t *pos)
{
	ssize_t n = (ssize_t)u->left;

	(void)f, (void)pos;
	u->left = 0;
	return n;
}

static ssize_t write_full(struct file *f, struct uio *u, uint64_t *pos)
{
	(void)f, (void)pos;
	return u->left > 0 ? -ENOSPC : 0;
}

static int64_t seek_nowhere(struct file *f, int64_t off, int whence)
{
	(void)off, (void)whence;
	f->pos = 0;
	return 0;
}

static int mmap_zero(struct file *f, struct vm_object **out)
{
	(void)f;
	*out = vm_anon_object(UINT64_MAX);
	return *out != NULL ? 0 : -ENOMEM;
}

static const struct file_ops null_ops = {.read = read_end, .write = write_away, .seek = seek_nowhere};
static const struct file_ops zero_ops = {
    .read = read_zero,
    .write = write_away,
    .seek = seek_nowhere,
    .mmap = mmap_zero,
};
static const struct file_ops full_ops = {.read = read_zero, .write = write_full, .seek = seek_nowhere};
static const struct file_ops random_ops = {.read = read_random, .write = write_away, .seek = seek_nowhere};

static struct device devices[] = {
    {.name = "null", .mode = 0666, .rdev = DEV(1u, 3u), .ops = &null_ops},
    {.name = "zero", .mode = 0666, .rdev = DEV(1u, 5u), .ops = &zero_ops},
    {.name = "full", .mode = 0666, .rdev = DEV(1u, 7u), .ops = &full_ops},
    {.name = "random", .mode = 0666, .rdev = DEV(1u, 8u), .ops = &random_ops},
    {.name = "urandom", .mode = 0666, .rdev = DEV(1u, 9u), .ops = &random_ops},
};

static void mem_init(void)
{
	static const char *const links[][2] = {
	    {"fd", "/proc/self/fd"},
	    {"stdin", "/proc/self/fd/0"},
	    {"stdout", "/proc/self/fd/1"},
	    {"stderr", "/proc/self/fd/2"},
	};
	int err = 0;

	for (unsigned i = 0; err == 0 && i < ARRAY_LEN(devices); i++)
		err = dev_register(&devices[i]);
	for (unsigned i = 0; err == 0 && i < ARRAY_LEN(links); i++)
		err = dev_symlink(links[i][0], links[i][1]);
	if (err == 0)
		err = root_tmpfs("/dev/shm", "mode=1777");
	if (err == 0)
		err = root_mkdir("/dev/pts", 0755);
	if (err != 0)
		log_err("/dev: error %d", -err);
}
INIT(INIT_FS, mem_init);
