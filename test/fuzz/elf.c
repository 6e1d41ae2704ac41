/* SPDX-License-Identifier: ISC */
// USES: lib/elf.c
/* What elf_check lets through is what struct elf promises; nothing else is read. */
#include <stdlib.h>
#include "lib/elf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct elf e;

	if (elf_check(&e, data, size) != NULL)
		return 0;
	if (e.loads == 0 || e.low >= e.high || (e.low | e.high) % 4096 != 0 || e.high > 1ull << 47 || e.align < 4096)
		abort();
	for (unsigned i = 0; i < e.loads; i++) {
		const struct elf_load *l = &e.load[i];

		if (l->filesz > l->memsz || l->offset + l->filesz > size || (l->vaddr - l->offset) % 4096 != 0 ||
		    l->vaddr < e.low || l->vaddr + l->memsz > e.high ||
		    (i > 0 && (l->vaddr & ~4095ull) < l[-1].vaddr + l[-1].memsz))
			abort();
	}
	if (e.interp_size != 0 && data[e.interp_offset + e.interp_size - 1] != '\0')
		abort();
	return 0;
}
