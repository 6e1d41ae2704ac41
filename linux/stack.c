/* SPDX-License-Identifier: ISC */
/*
 * A program's first stack, from the top down: the path, the environment's and the arguments' strings, random bytes and
 * the platform's name; then, 16-byte aligned at its lower end, argc, argv, envp and the auxiliary vector (System V ABI
 * for x86-64, 3.4.1; getauxval(3)). There is no vDSO: AT_SYSINFO_EHDR is absent.
 */
#include "abi/errno.h"
#include "arch/context.h"
#include "kernel/heap.h"
#include "kernel/random.h"
#include "lib/string.h"
#include "elf_load.h"
#include "linux/task.h"

#include <linux/auxvec.h>

#define STACK_START   (32 * PAGE_SIZE) /* it grows from there */
#define STRING_MAX    (32 * PAGE_SIZE) /* of one argument, as on Linux */
#define CLOCK_TICKS   100
#define AUX_MAX       22
#define SIGFRAME_REST 1024 /* of a signal frame, besides the vector registers */
#define RANDOM_BYTES  16

static const char platform[] = "x86_64";

struct builder {
	struct aspace *as;
	uintptr_t sp;
	uint64_t *words; /* the vector at the lower end */
	size_t count;
};

static int push(struct builder *b, const void *data, size_t n)
{
	b->sp -= n;
	return vm_write(b->as, b->sp, data, n);
}

/* Bytes of all strings and their number; 0 when one is too long. */
static size_t measure(const char *const *list, size_t *count)
{
	size_t sum = 1, n;

	for (*count = 0; list[*count] != NULL; ++*count) {
		n = strnlen(list[*count], STRING_MAX) + 1;
		if (n > STRING_MAX)
			return 0;
		sum += n;
	}
	return sum;
}

/* The strings in memory as they stand in the list, and their addresses as words, with a NULL behind. */
static int push_strings(struct builder *b, const char *const *list, size_t bytes, uintptr_t *start, uintptr_t *end)
{
	uintptr_t at;
	int err = 0;

	*end = b->sp;
	b->sp -= bytes - 1;
	*start = at = b->sp;
	for (; *list != NULL && err == 0; list++) {
		size_t n = strlen(*list) + 1;

		err = vm_write(b->as, at, *list, n);
		b->words[b->count++] = at;
		at += n;
	}
	b->words[b->count++] = 0;
	return err;
}

static void aux(struct builder *b, uint64_t type, uint64_t value)
{
	b->words[b->count++] = type;
	b->words[b->count++] = value;
}

static void push_aux(struct builder *b, const struct elf_image *program, uintptr_t interp_base, uintptr_t path,
		     uintptr_t random, uintptr_t name)
{
	const struct elf *e = &program->elf;
	const struct creds *c = &process_current()->creds;

	aux(b, AT_HWCAP, arch_hwcap());
	aux(b, AT_PAGESZ, PAGE_SIZE);
	aux(b, AT_CLKTCK, CLOCK_TICKS);
	if (e->phdr_vaddr != 0) {
		aux(b, AT_PHDR, program->base + e->phdr_vaddr);
		aux(b, AT_PHENT, ELF_PHDR_SIZE);
		aux(b, AT_PHNUM, e->phnum);
	}
	aux(b, AT_BASE, interp_base);
	aux(b, AT_FLAGS, 0);
	aux(b, AT_ENTRY, program->base + e->entry);
	aux(b, AT_UID, c->uid);
	aux(b, AT_EUID, c->euid);
	aux(b, AT_GID, c->gid);
	aux(b, AT_EGID, c->egid);
	aux(b, AT_SECURE, 0);
	aux(b, AT_RANDOM, random);
	aux(b, AT_HWCAP2, arch_hwcap2());
	aux(b, AT_EXECFN, path);
	aux(b, AT_PLATFORM, name);
	aux(b, AT_MINSIGSTKSZ, arch_fpu_size() + SIGFRAME_REST);
	aux(b, AT_NULL, 0);
}

static int map_stack(struct aspace *as, bool executable)
{
	uintptr_t at = as->stack_top - STACK_START;
	unsigned flags = VM_FIXED_NOREPLACE | VM_GROWSDOWN | VM_STACK;
	int err = -EACCES;

	if (executable) /* refused with a line, unless the image allows it; then the program gets an ordinary one */
		err = vm_map(as, &at, STACK_START, VM_READ | VM_WRITE | VM_EXEC, flags, NULL, 0);
	return err == -EACCES ? vm_map(as, &at, STACK_START, VM_READ | VM_WRITE, flags, NULL, 0) : err;
}

static int build(struct builder *b, const char *path, const char *const *argv, size_t argv_bytes,
		 const char *const *envp, size_t envp_bytes, const struct elf_image *program, uintptr_t interp_base)
{
	struct aspace *as = b->as;
	unsigned char bytes[RANDOM_BYTES];
	uintptr_t path_at, platform_at, env_words;
	uint64_t argc = b->count;
	int err;

	err = push(b, path, strlen(path) + 1);
	path_at = b->sp;
	b->words[0] = argc;
	b->count = argc + 2; /* argv and its NULL are put in last: its strings lie below the environment's */
	env_words = b->count;
	if (err == 0)
		err = push_strings(b, envp, envp_bytes, &as->env_start, &as->env_end);
	argc = b->count;
	b->count = 1;
	if (err == 0)
		err = push_strings(b, argv, argv_bytes, &as->arg_start, &as->arg_end);
	if (err != 0 || b->count != env_words)
		return err;
	b->count = argc;
	err = push(b, platform, sizeof platform);
	platform_at = b->sp;
	random_bytes(bytes, sizeof bytes);
	if (err == 0)
		err = push(b, bytes, sizeof bytes);
	push_aux(b, program, interp_base, path_at, b->sp, platform_at);
	b->sp = ALIGN_DOWN(b->sp - b->count * sizeof *b->words, 16ul);
	as->aux_start = b->sp + argc * sizeof *b->words;
	as->aux_end = b->sp + b->count * sizeof *b->words;
	return err == 0 ? vm_write(as, b->sp, b->words, b->count * sizeof *b->words) : err;
}

int stack_build(struct aspace *as, const char *path, const char *const *argv, const char *const *envp,
		const struct elf_image *program, uintptr_t interp_base, uintptr_t *sp)
{
	size_t argc, envc, argv_bytes = measure(argv, &argc), envp_bytes = measure(envp, &envc);
	struct builder b = {.as = as, .sp = as->stack_top - sizeof(uint64_t), .count = argc};
	int err;

	if (argv_bytes == 0 || envp_bytes == 0 || argv_bytes + envp_bytes + (argc + envc) * 8 > as->stack_limit / 4)
		return -E2BIG;
	err = map_stack(as, program->elf.exec_stack);
	if (err != 0)
		return err;
	b.words = kmalloc((argc + envc + 3 + AUX_MAX * 2) * sizeof *b.words);
	if (b.words == NULL)
		return -ENOMEM;
	err = build(&b, path, argv, argv_bytes, envp, envp_bytes, program, interp_base);
	kfree(b.words);
	*sp = b.sp;
	return err;
}
