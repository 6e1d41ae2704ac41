/* SPDX-License-Identifier: ISC */
// USES: host/sandbox/load.c lib/image.c
/* The tender's loader on whatever claims to be an image: checked, mapped and relocated, or refused; never anything else. */
#include "host/sandbox/tender.h"
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define BASE 0x600000000000ull
#define SPAN (128ull << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static jmp_buf refused;

void die(const char *f, ...)
{
	(void)f;
	longjmp(refused, 1);
}

long check(long ret, const char *what)
{
	if (ret < 0)
		die("%s", what);
	return ret;
}

const char *error_name(long err)
{
	(void)err;
	return "";
}

void map_at(uint64_t address, uint64_t size, int prot, int flags, int fd, uint64_t offset, const char *what)
{
	if (address < BASE || address - BASE > SPAN || size > SPAN - (address - BASE))
		abort(); /* outside of what load_check promised */
	if (mmap((void *)address, size, prot, flags | MAP_FIXED_NOREPLACE, fd, (off_t)offset) == MAP_FAILED)
		die("%s", what);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	struct loaded l = {0};

	if (fd < 0)
		fd = memfd_create("image", MFD_CLOEXEC);
	if (ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
		return 0;
	if (setjmp(refused) == 0) {
		load_check(&l, fd, "image");
		if (l.size <= SPAN)
			load_map(&l, fd, BASE);
	}
	munmap((void *)BASE, SPAN);
	return 0;
}
