/* SPDX-License-Identifier: ISC */
/*
 * From a path to an address space that is ready to run: a baked program, or a file; a script's interpreter instead of
 * the script; a dynamic program's interpreter (ld.so) besides the program.
 */
#include "linux/exec.h"
#include "abi/errno.h"
#include "kernel/heap.h"
#include "kernel/payload.h"
#include "kernel/random.h"
#include "lib/string.h"
#include "elf_load.h"
#include "linux/task.h"

#include <asm/resource.h>

#define SCRIPT_LINE  256 /* bytes of #! and what follows, as on Linux */
#define SCRIPT_DEPTH 4
#define BRK_RANDOM   (32ul << 20)

int (*exec_file_hook)(const char *path, struct exec_file *out);

static int find(const char *path, struct exec_file *f)
{
	const struct image_entry *e = payload_find(IMAGE_PROGRAM, path);

	if (e == NULL)
		return exec_file_hook == NULL ? -ENOENT : exec_file_hook(path, f);
	f->size = e->size;
	f->object = vm_phys_object(payload_pa(e), e->size, e->name);
	return f->object == NULL ? -ENOMEM : 0;
}

/* Splits "#! interpreter argument" in place; the argument is the rest of the line or NULL. */
static char *script_words(char *line, char **arg)
{
	char *p = line + 2, *name, *end;

	*arg = NULL;
	end = strchr(line, '\n');
	if (end == NULL)
		return NULL;
	while (end > p && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
		end--;
	*end = '\0';
	while (*p == ' ' || *p == '\t')
		p++;
	name = p;
	while (*p != '\0' && *p != ' ' && *p != '\t')
		p++;
	if (*p != '\0') {
		*p++ = '\0';
		while (*p == ' ' || *p == '\t')
			p++;
		*arg = p;
	}
	return *name == '\0' ? NULL : name;
}

/* The interpreter's argument list: its name, the line's argument, the script's path, the script's arguments. */
static const char **script_argv(char *name, char *arg, const char *path, const char *const *argv)
{
	size_t n = 0, k = 0;
	const char **v;

	while (argv[n] != NULL)
		n++;
	v = kmalloc((n + 4) * sizeof *v);
	if (v == NULL)
		return NULL;
	v[k++] = name;
	if (arg != NULL)
		v[k++] = arg;
	v[k++] = path;
	for (size_t i = 1; i < n; i++)
		v[k++] = argv[i];
	v[k] = NULL;
	return v;
}

static int load_elf(const struct exec_file *f, const char *path, const char *const *argv, const char *const *envp,
		    struct exec_image *out)
{
	struct elf_image *img = kmalloc(2 * sizeof *img), *interp = img + 1;
	struct exec_file g;
	uintptr_t interp_base = 0;
	int err;

	if (img == NULL)
		return -ENOMEM;
	err = elf_inspect(f, img, &out->reason);
	if (err == 0)
		err = elf_map(out->as, f, img, false, &out->reason);
	if (err == 0)
		out->entry = img->base + img->elf.entry;
	if (err == 0 && img->interp[0] != '\0') {
		err = find(img->interp, &g);
		if (err == 0) {
			err = elf_inspect(&g, interp, &out->reason);
			if (err == 0)
				err = elf_map(out->as, &g, interp, true, &out->reason);
			vm_object_put(g.object);
			interp_base = interp->base;
			out->entry = interp->base + interp->elf.entry;
		} else {
			out->reason = "its dynamic linker (PT_INTERP) was not found";
		}
	}
	if (err == 0) {
		out->as->brk_start =
		    ALIGN_UP(img->base + img->elf.high, PAGE_SIZE) + (random_u64() % BRK_RANDOM & PAGE_MASK);
		out->as->brk = out->as->brk_start;
		err = stack_build(out->as, path, argv, envp, img, interp_base, &out->sp);
	}
	kfree(img);
	return err;
}

static struct aspace *new_aspace(void)
{
	const struct process *p = process_current();
	struct aspace *as = vm_create();

	if (as == NULL)
		return NULL;
	as->allow_wx = (payload_flags() & IMAGE_ALLOW_WX) != 0;
	as->limit = p->rlimit[RLIMIT_AS].cur;
	as->stack_limit = p->rlimit[RLIMIT_STACK].cur;
	return as;
}

static int load(const char *path, const char *const *argv, const char *const *envp, struct exec_image *out,
		unsigned depth)
{
	char line[SCRIPT_LINE + 1], *name, *arg;
	struct exec_file f;
	const char **list;
	int err = find(path, &f);

	if (err != 0)
		return err;
	memset(line, 0, sizeof line);
	err = elf_read(&f, 0, line, MIN(f.size, (uint64_t)SCRIPT_LINE));
	if (err == 0 && line[0] == '#' && line[1] == '!') {
		vm_object_put(f.object);
		if (depth == SCRIPT_DEPTH) {
			out->reason = "its interpreter (#!) is a script that needs one, and so on";
			return -ELOOP;
		}
		name = script_words(line, &arg);
		if (name == NULL)
			return -ENOEXEC;
		list = script_argv(name, arg, path, argv);
		if (list == NULL)
			return -ENOMEM;
		err = load(name, list, envp, out, depth + 1);
		kfree(list);
		if (err == -ENOENT && out->reason == NULL)
			out->reason = "its interpreter (#!) was not found";
		return err;
	}
	if (err == 0) {
		out->path = kstrdup(path);
		out->as = new_aspace();
		err = out->path == NULL || out->as == NULL ? -ENOMEM : load_elf(&f, path, argv, envp, out);
	}
	vm_object_put(f.object);
	return err;
}

int exec_load(const char *path, const char *const *argv, const char *const *envp, struct exec_image *out)
{
	int err;

	*out = (struct exec_image){.as = NULL};
	err = load(path, argv, envp, out, 0);
	if (err != 0) {
		if (out->as != NULL)
			vm_put(out->as);
		kfree(out->path);
		out->as = NULL;
		out->path = NULL;
	}
	return err;
}
