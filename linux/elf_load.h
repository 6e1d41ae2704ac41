/* SPDX-License-Identifier: ISC */
/* Parts of exec_load: mapping an ELF file (elf.c), building the first stack (stack.c). */
#ifndef LINUX_ELF_LOAD_H
#define LINUX_ELF_LOAD_H

#include "kernel/vm.h"
#include "lib/elf.h"
#include "linux/exec.h"

struct elf_image { /* a file that is mapped */
	struct elf elf;
	uintptr_t base; /* added to the file's addresses */
	char interp[ELF_INTERP_MAX]; /* "" if none */
};

/* Checks the file's headers. 0, or -ENOEXEC and *reason. */
int elf_inspect(const struct exec_file *f, struct elf_image *img, const char **reason) MUST_CHECK;
/* Maps its segments at img->base, which it chooses for position-independent files: a program's own (above nothing, so
 * that the heap can grow), an interpreter's among the other mappings. */
int elf_map(struct aspace *as, const struct exec_file *f, struct elf_image *img, bool interpreter,
	    const char **reason) MUST_CHECK;

/* argc, argv, envp, auxv and their strings at the top of a new stack: *sp. -E2BIG, -ENOMEM. */
int stack_build(struct aspace *as, const char *path, const char *const *argv, const char *const *envp,
		const struct elf_image *program, uintptr_t interp_base, uintptr_t *sp) MUST_CHECK;

#endif
