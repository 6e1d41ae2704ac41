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

#define BRK_RANDOM (32ul << 20)

int (*exec_file_hook)(const char *path, struct exec_file *out);
int (*exec_script_hook)(const struct exec_file *f, const char *path, const char *const *argv, const char *const *envp,
			struct exec_image *out, unsigned depth);

static int find(const char *path, struct exec_file *f)
{
	const struct image_entry *e;

	if (exec_file_hook != NULL) /* baked programs are files there, unless something else has their names */
		return exec_file_hook(path, f);
	e = payload_find(IMAGE_PROGRAM, path);
	if (e == NULL)
		return -ENOENT;
	f->size = e->size;
	f->gone = false;
	f->object = vm_phys_object(payload_pa(e), e->size, e->name);
	return f->object == NULL ? -ENOMEM : 0;
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

static int load(const struct exec_file *f, const char *path, const char *const *argv, const char *const *envp,
		struct exec_image *out, unsigned depth)
{
	char start[2] = "";
	int err = 0;

	if (f->size >= sizeof start)
		err = elf_read(f, 0, start, sizeof start);
	if (err != 0)
		return err;
	if (start[0] == '#' && start[1] == '!')
		return exec_script_hook == NULL ? -ENOEXEC : exec_script_hook(f, path, argv, envp, out, depth);
	out->path = kstrdup(f->object->name != NULL && f->object->name[0] == '/' ? f->object->name : path);
	out->as = new_aspace();
	return out->path == NULL || out->as == NULL ? -ENOMEM : load_elf(f, path, argv, envp, out);
}

int exec_load_at(const char *path, const char *const *argv, const char *const *envp, struct exec_image *out,
		 unsigned depth)
{
	struct exec_file f;
	int err = find(path, &f);

	if (err == 0) {
		err = load(&f, path, argv, envp, out, depth);
		vm_object_put(f.object);
	}
	return err;
}

int exec_load_file(const struct exec_file *f, const char *path, const char *const *argv, const char *const *envp,
		   struct exec_image *out)
{
	int err;

	*out = (struct exec_image){.as = NULL};
	err = f != NULL ? load(f, path, argv, envp, out, 0) : exec_load_at(path, argv, envp, out, 0);
	if (err != 0) {
		if (out->as != NULL)
			vm_put(out->as);
		kfree(out->path);
		out->as = NULL;
		out->path = NULL;
	}
	return err;
}

int exec_load(const char *path, const char *const *argv, const char *const *envp, struct exec_image *out)
{
	return exec_load_file(NULL, path, argv, envp, out);
}
