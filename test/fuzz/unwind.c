/* SPDX-License-Identifier: ISC */
// USES: host/kiln/unwind.c host/hostlib/error.c host/hostlib/alloc.c host/hostlib/str.c host/hostlib/file.c
// FLAGS: -lelf -ldw
/* Registers and a stack of a guest, against this very program's call frame information: walks end, and read the stack alone. */
#include <stdlib.h>
#include <string.h>
#include "hostlib/file.h"
#include "host/kiln/unwind.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct unwind_object self;

static const struct unwind_object *find(void *ctx, uint64_t address, uint64_t *vaddr)
{
	/* Half of what comes lies in the text. */
	*vaddr = address & 1 ? address : *(uint64_t *)ctx + address % (self.size / 2);
	return &self;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct file_map map;
	static uint64_t base;
	struct unwind_frame f = {.exact = true};
	struct unwind_space s = {.find = find, .ctx = &base};
	struct error err;
	unsigned n = 0;

	if (!map.data) {
		if (file_map(&map, "/proc/self/exe", &err) < 0 || !unwind_open(&self, "self", map.data, map.size))
			abort();
		base = self.symbols ? self.symbol[0].start : 0;
	}
	if (size < sizeof f.reg)
		return 0;
	memcpy(f.reg, data, sizeof f.reg);
	s.sp = f.reg[UNWIND_SP];
	s.bytes = size - sizeof f.reg;
	/* Its own allocation, so that a byte beyond is seen. */
	s.stack = memcpy(malloc(s.bytes + 1), data + sizeof f.reg, s.bytes);
	s.stack = realloc((void *)(uintptr_t)s.stack, s.bytes ? s.bytes : 1);
	while (n++ < 1000 && unwind_step(&s, &f))
		;
	free((void *)(uintptr_t)s.stack);
	return 0;
}
