/* SPDX-License-Identifier: ISC */
/*
 * Mapping an ELF file that lib/elf.c found to be sound. Its pages are mapped from the file's object: a baked program's
 * text is used where it lies in the image. What a segment has in memory beyond the file is anonymous; the part of its
 * last file page behind the file's bytes is cleared (which copies that page).
 */
#include "elf_load.h"
#include "abi/errno.h"
#include "arch/pmap.h"
#include "kernel/random.h"
#include "lib/string.h"

#define RANDOM_SHARE 32 /* a program's address varies over this part of the address space */
#define MAPPED_AHEAD (256 * PAGE_SIZE)
#define COPIED_AHEAD (4 * PAGE_SIZE) /* of data; it is written when addresses are relocated */

int elf_read(const struct exec_file *f, uint64_t off, void *buf, size_t n)
{
	if (off > f->size || n > f->size - off)
		return -ENOEXEC;
	while (n > 0) {
		size_t at = off % PAGE_SIZE, len = MIN(n, PAGE_SIZE - at), run;
		paddr_t pa;
		int err = f->object->ops->page(f->object, off >> PAGE_SHIFT, false, &pa, &run);

		if (err != 0)
			return err;
		memcpy(buf, (const char *)page_ptr(pa) + at, len);
		page_put(pa);
		buf = (char *)buf + len;
		off += len;
		n -= len;
	}
	return 0;
}

int elf_inspect(const struct exec_file *f, struct elf_image *img, const char **reason)
{
	char buf[ELF_MAX_PHDRS * ELF_PHDR_SIZE];
	int err = f->size < ELF_EHDR_SIZE ? 0 : elf_read(f, 0, buf, ELF_EHDR_SIZE);

	if (err != 0)
		return err;
	*reason = elf_header(&img->elf, buf, f->size);
	if (*reason != NULL)
		return -ENOEXEC;
	err = elf_read(f, img->elf.phoff, buf, img->elf.phnum * ELF_PHDR_SIZE);
	if (err != 0)
		return err;
	*reason = elf_segments(&img->elf, buf, f->size);
	if (*reason != NULL)
		return -ENOEXEC;
	img->interp[0] = '\0';
	if (img->elf.interp_size == 0)
		return 0;
	err = elf_read(f, img->elf.interp_offset, img->interp, img->elf.interp_size);
	if (err != 0)
		return err;
	*reason = elf_interp(&img->elf, img->interp);
	return *reason == NULL ? 0 : -ENOEXEC;
}

static uintptr_t choose_base(struct aspace *as, const struct elf *e, bool interpreter)
{
	uintptr_t span = pmap_user_max() - pmap_user_min(), at;
	size_t size = e->high - e->low;

	if (interpreter) {
		at = 0;
		/* Room is found by mapping it once; the segments replace that. */
		if (vm_map(as, &at, size + e->align, 0, 0, NULL, 0) != 0 || vm_unmap(as, at, size + e->align) != 0)
			return 0;
	} else {
		at = pmap_user_min() + span / 3 * 2 + random_u64() % (span / RANDOM_SHARE);
	}
	return ALIGN_UP(at, e->align) - ALIGN_DOWN(e->low, e->align);
}

/* What lies in the image anyway and will surely be used is there from the start: faults cost more than this. */
static void prefault(struct aspace *as, uintptr_t start, uintptr_t end, bool write)
{
	if (write && end - start <= COPIED_AHEAD) {
		vm_populate(as, start, end - start, true);
		return;
	}
	end = MIN(end, start + MAPPED_AHEAD);
	for (uintptr_t at = start; at < end; at = ALIGN_DOWN(at, VM_AROUND) + VM_AROUND)
		vm_populate(as, at, PAGE_SIZE, false); /* and all around it */
}

static int map_load(struct aspace *as, const struct exec_file *f, uintptr_t base, const struct elf_load *l)
{
	uintptr_t start = ALIGN_DOWN(base + l->vaddr, PAGE_SIZE), bytes_end = base + l->vaddr + l->filesz;
	uintptr_t file_end = l->filesz == 0 ? start : ALIGN_UP(bytes_end, PAGE_SIZE), at = start;
	uintptr_t end = ALIGN_UP(base + l->vaddr + l->memsz, PAGE_SIZE);
	int err = 0;

	_Static_assert((int)ELF_READ == VM_READ && (int)ELF_WRITE == VM_WRITE && (int)ELF_EXEC == VM_EXEC, "same bits");
	if (file_end > start)
		err = vm_map(as, &at, file_end - start, l->prot, VM_FIXED_NOREPLACE, f->object,
			     ALIGN_DOWN(l->offset, PAGE_SIZE));
	if (err == 0 && file_end > start && f->object->in_place)
		prefault(as, start, file_end, l->prot & ELF_WRITE);
	if (err == 0 && l->memsz > l->filesz && file_end > start && bytes_end < file_end)
		err = vm_zero(as, bytes_end, file_end - bytes_end);
	at = file_end;
	if (err == 0 && end > file_end)
		err = vm_map(as, &at, end - file_end, l->prot, VM_FIXED_NOREPLACE, NULL, 0);
	return err;
}

int elf_map(struct aspace *as, const struct exec_file *f, struct elf_image *img, bool interpreter, const char **reason)
{
	const struct elf *e = &img->elf;
	int err = 0;

	img->base = e->pie ? choose_base(as, e, interpreter) : 0;
	for (unsigned i = 0; i < e->loads && err == 0; i++)
		err = map_load(as, f, img->base, &e->load[i]);
	if (err == -EACCES)
		*reason = "a segment is writable and executable";
	else if (err == -EEXIST || (err == -ENOMEM && !e->pie && !vm_range_free(as, e->low, e->high - e->low)))
		*reason = "its fixed addresses are not free here";
	return err;
}
