/* SPDX-License-Identifier: ISC */
/*
 * Programs. Those of our compiler say in notes which system calls they can make; the notes are believed only if they
 * account for every `syscall` instruction in the executable segments.
 */
#include "program.h"

#include <stdlib.h>
#include <string.h>

#include "abi/image.h"
#include "elf_file.h"
#include "hostlib/cleanup.h"
#include "lib/elf.h"

#define NOTE_ANY 0xffffffffu

static bool is_kiln(const struct elf_note *n)
{
	return n->owner_size == sizeof IMAGE_NOTE_OWNER && !memcmp(n->owner, IMAGE_NOTE_OWNER, sizeof IMAGE_NOTE_OWNER);
}

const void *program_note(const struct file_map *m, unsigned type, size_t *size)
{
	struct elf_note n = {0};

	while (elf_file_note(m, &n)) {
		if (!is_kiln(&n) || n.type != type)
			continue;
		*size = n.size;
		return n.desc;
	}
	return NULL;
}

bool program_is_image(const struct file_map *m)
{
	size_t size;

	return !elf_file_check(m) && program_note(m, IMAGE_NOTE_PLATFORM, &size);
}

/* A CALLS note: u32 sites, u32 count, u32 numbers. Returns the sites; one that does not add up means "any". */
static uint64_t note_calls(const struct elf_note *n, struct call_set *calls)
{
	uint32_t head[2], nr;

	if (n->size < sizeof head) {
		calls->any = true;
		return 0;
	}
	memcpy(head, n->desc, sizeof head);
	if ((n->size - sizeof head) / sizeof nr < head[1]) {
		calls->any = true;
		return 0;
	}
	for (uint32_t i = 0; i < head[1]; i++) {
		memcpy(&nr, (const uint8_t *)n->desc + sizeof head + i * sizeof nr, sizeof nr);
		if (nr == NOTE_ANY)
			calls->any = true;
		else if (nr < CALLS_MAX)
			calls->has[nr] = true;
	}
	return head[0];
}

static uint64_t syscall_instructions(const struct file_map *m)
{
	uint64_t found = 0;

	for (unsigned i = 0; i < elf_file_header(m)->e_phnum; i++) {
		Elf64_Phdr ph = elf_file_segment(m, i);
		const uint8_t *p, *end;

		if (ph.p_type != PT_LOAD || !(ph.p_flags & PF_X))
			continue;
		p = m->data + ph.p_offset;
		end = p + ph.p_filesz;
		while (p < end && (p = memchr(p, 0x0f, (size_t)(end - p))))
			found += ++p < end && *p == 0x05;
	}
	return found;
}

void program_calls(const struct file_map *m, struct call_set *calls)
{
	struct elf_note n = {0};
	uint64_t sites = 0;

	memset(calls, 0, sizeof *calls);
	while (elf_file_note(m, &n))
		if (is_kiln(&n) && n.type == IMAGE_NOTE_CALLS)
			sites += note_calls(&n, calls);
	if (syscall_instructions(m) > sites)
		calls->any = true;
}

static int find_interpreter(struct program *p, struct error *err)
{
	for (unsigned i = 0; i < elf_file_header(&p->map)->e_phnum; i++) {
		Elf64_Phdr ph = elf_file_segment(&p->map, i);
		const char *s = (const char *)p->map.data + ph.p_offset;

		if (ph.p_type != PT_INTERP)
			continue;
		if (ph.p_filesz < 2 || s[ph.p_filesz - 1] || s[0] != '/')
			return error_set(err, "%s: its interpreter's name is corrupt", p->path);
		p->interpreter = xstrdup(s);
		p->calls.any = true; /* what the libraries call is not known here */
		return 0;
	}
	return 0;
}

/* A program out of the root's directory has the name there: what lies beside it is found. */
static void name_program(struct program *p, const char *root)
{
	AUTO_FREE char *dir = xasprintf("%.*s.", (int)(file_base(p->path) - p->path), p->path);
	AUTO_FREE char *real_dir = realpath(dir, NULL);
	AUTO_FREE char *real_root = root ? realpath(root, NULL) : NULL;
	size_t n = real_root && strcmp(real_root, "/") != 0 ? strlen(real_root) : 0;

	p->in_root = real_dir && real_root && !strncmp(real_dir, real_root, n) && (!real_dir[n] || real_dir[n] == '/');
	p->name = xasprintf("%s/%s", p->in_root ? real_dir + n : "/bin", file_base(p->path));
}

int program_load(struct program *p, const char *path, const char *root, struct error *err)
{
	const char *wrong;
	struct elf elf;

	memset(p, 0, sizeof *p);
	p->path = xstrdup(path);
	name_program(p, root);
	if (file_map(&p->map, path, err) < 0)
		return -1;
	wrong = elf_file_check(&p->map);
	if (!wrong && program_is_image(&p->map))
		return error_set(err, "%s: an image already; kiln run starts it", path);
	if (!wrong)
		wrong = elf_check(&elf, p->map.data, p->map.size);
	if (wrong)
		return error_set(err, "%s: %s", path, wrong);
	if (strlen(p->name) >= IMAGE_NAME_MAX)
		return error_set(err, "%s: its name is longer than an image's limit of %u bytes", path,
				 IMAGE_NAME_MAX - (unsigned)(strlen(p->name) - strlen(file_base(p->name))) - 1);
	program_calls(&p->map, &p->calls);
	return find_interpreter(p, err);
}

void program_free(struct program *p)
{
	file_unmap(&p->map);
	free(p->path);
	free(p->name);
	free(p->interpreter);
	str_free(&p->trimmed);
	memset(p, 0, sizeof *p);
}
