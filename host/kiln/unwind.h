/* SPDX-License-Identifier: ISC */
/*
 * Names and callers of addresses: one struct unwind_object for an ELF file (a program, a library, the kernel's symbols), and
 * steps from a frame to its caller over stacks that were copied.
 */
#ifndef UNWIND_H
#define UNWIND_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stdint.h>

struct unwind_symbol {
	uint64_t start, size;
	const char *name;
	unsigned rank;
};

struct unwind_object {
	char *name;
	const uint8_t *data;
	size_t size;
	Elf *elf;
	Dwarf *dwarf;
	Dwarf_CFI *eh, *debug; /* .eh_frame, .debug_frame; NULL: none */
	struct unwind_symbol *symbol;
	size_t symbols;
	uint64_t plt_start, plt_end;
};

/* data stays the caller's and is not changed. False: not an ELF file. */
bool unwind_open(struct unwind_object *o, const char *name, const void *data, size_t size);
void unwind_close(struct unwind_object *o);
/* The link-time address of an offset in the file; false: no segment has it. */
bool unwind_address(const struct unwind_object *o, uint64_t offset, uint64_t *vaddr);
/* The function that the link-time address belongs to, or NULL. */
const struct unwind_symbol *unwind_symbol(const struct unwind_object *o, uint64_t vaddr);

#define UNWIND_SP   7
#define UNWIND_IP   16
#define UNWIND_REGS 17

/* A frame, registers by DWARF's numbers. */
struct unwind_frame {
	uint64_t reg[UNWIND_REGS];
	bool exact; /* ip is where it stands, not behind a call */
};

/* Where a stack is and what finds an address' object: *vaddr is set. */
struct unwind_space {
	const uint8_t *stack;
	uint64_t sp;
	size_t bytes;
	const struct unwind_object *(*find)(void *ctx, uint64_t address, uint64_t *vaddr);
	void *ctx;
};

/* Turns the frame into its caller's; false: that was the last one, or nobody can tell. */
bool unwind_step(const struct unwind_space *s, struct unwind_frame *f);

#endif
