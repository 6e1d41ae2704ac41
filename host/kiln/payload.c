/* SPDX-License-Identifier: ISC */
/*
 * payload.o is written by hand, front to back: ELF header, section headers, section names, the notes, then the payload,
 * whose bytes are copied from the files by the kernel.
 */
#include "payload.h"

#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "abi/image.h"
#include "hostlib/cleanup.h"

#define PAGE 4096u

static const char section_names[] = "\0.note.kiln\0.kiln.payload\0.shstrtab\0.note.GNU-stack";
enum { NAME_NOTE = 1, NAME_PAYLOAD = 12, NAME_NAMES = 26, NAME_STACK = 36 };
enum { SECTION_NULL, SECTION_NOTE, SECTION_PAYLOAD, SECTION_NAMES, SECTION_STACK, SECTIONS };

struct object_head {
	Elf64_Ehdr e;
	Elf64_Shdr s[SECTIONS];
	char names[sizeof section_names];
};

static uint64_t page_up(uint64_t n)
{
	return (n + PAGE - 1) & ~(uint64_t)(PAGE - 1);
}

static void add_note(struct str *s, uint32_t type, const void *desc, size_t size)
{
	static const char zeros[4];
	Elf64_Nhdr h = {.n_namesz = sizeof IMAGE_NOTE_OWNER, .n_descsz = (uint32_t)size, .n_type = type};

	str_add_n(s, &h, sizeof h);
	str_add_n(s, IMAGE_NOTE_OWNER, sizeof IMAGE_NOTE_OWNER);
	str_add_n(s, zeros, -sizeof IMAGE_NOTE_OWNER % 4);
	str_add_n(s, desc, size);
	str_add_n(s, zeros, -size % 4);
}

static void notes(struct str *s, const struct index *x, const struct component *platform)
{
	AUTO_STR struct str names = {0};

	add_note(s, IMAGE_NOTE_PLATFORM, platform->name, strlen(platform->name) + 1);
	for (unsigned i = 0; i < x->components; i++)
		if (x->component[i].chosen)
			str_add_n(&names, x->component[i].name, strlen(x->component[i].name) + 1);
	add_note(s, IMAGE_NOTE_COMPONENTS, names.p, names.len);
}

static struct object_head object_head(uint64_t note_size, uint64_t payload_size)
{
	struct object_head h = {
	    .e = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
		  .e_type = ET_REL,
		  .e_machine = EM_X86_64,
		  .e_version = EV_CURRENT,
		  .e_shoff = offsetof(struct object_head, s),
		  .e_ehsize = sizeof(Elf64_Ehdr),
		  .e_shentsize = sizeof(Elf64_Shdr),
		  .e_shnum = SECTIONS,
		  .e_shstrndx = SECTION_NAMES},
	    .s = {[SECTION_NOTE] = {.sh_name = NAME_NOTE,
				    .sh_type = SHT_NOTE,
				    .sh_flags = SHF_ALLOC,
				    .sh_offset = sizeof(struct object_head),
				    .sh_size = note_size,
				    .sh_addralign = 4},
		  [SECTION_PAYLOAD] = {.sh_name = NAME_PAYLOAD,
				       .sh_type = SHT_PROGBITS,
				       .sh_flags = SHF_ALLOC,
				       .sh_offset = page_up(sizeof(struct object_head) + note_size),
				       .sh_size = payload_size,
				       .sh_addralign = PAGE},
		  [SECTION_NAMES] = {.sh_name = NAME_NAMES,
				     .sh_type = SHT_STRTAB,
				     .sh_offset = offsetof(struct object_head, names),
				     .sh_size = sizeof section_names,
				     .sh_addralign = 1},
		  [SECTION_STACK] = {.sh_name = NAME_STACK, .sh_type = SHT_PROGBITS, .sh_addralign = 1}},
	};

	memcpy(h.names, section_names, sizeof section_names);
	return h;
}

static int write_part(int to, const struct payload_part *part, struct error *err)
{
	AUTO_CLOSE int from = -1;

	if (part->data) {
		if (file_write_fd(to, part->data, part->size) < 0)
			return error_errno(err, "cannot write the payload");
		return 0;
	}
	from = open(part->path, O_RDONLY | O_CLOEXEC);
	if (from < 0 || file_copy(to, from, 0, part->size) < 0)
		return error_errno(err, "%s", part->path);
	return 0;
}

int payload_write(const char *path, const struct index *x, const struct component *platform,
		  const struct payload_part *parts, unsigned count, uint32_t flags, struct error *err)
{
	struct image_header end = {.magic = IMAGE_MAGIC, .version = IMAGE_VERSION, .flags = flags, .count = count};
	AUTO_FREE struct image_entry *table = xcalloc(count + 1, sizeof *table);
	AUTO_STR struct str note = {0};
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	struct object_head head;
	uint64_t at = 0, room = count * sizeof *table + sizeof end;

	if (fd < 0)
		return error_errno(err, "%s", path);
	for (unsigned i = 0; i < count; i++) {
		struct image_entry *e = &table[i];

		e->type = parts[i].type;
		e->offset = e->type == IMAGE_CONFIG ? (at + 7) & ~7ull : page_up(at);
		e->size = parts[i].size;
		strncpy(e->name, parts[i].name, IMAGE_NAME_MAX - 1);
		at = e->offset + e->size;
	}
	end.size = page_up(at + room);
	for (unsigned i = 0; i < x->components; i++)
		end.components += x->component[i].chosen;
	if (page_up(((at + 7) & ~7ull) + 4 * (uint64_t)end.components + room) != end.size)
		end.components = 0;
	notes(&note, x, platform);
	head = object_head(note.len, end.size);
	at = head.s[SECTION_PAYLOAD].sh_offset;
	if (file_write_fd(fd, &head, sizeof head) < 0 || file_write_fd(fd, note.p, note.len) < 0 ||
	    lseek(fd, (off_t)(at + end.size - room), SEEK_SET) < 0 ||
	    file_write_fd(fd, table, count * sizeof *table) < 0 || file_write_fd(fd, &end, sizeof end) < 0)
		return error_errno(err, "%s", path);
	for (unsigned i = 0; i < count; i++) {
		if (lseek(fd, (off_t)(at + table[i].offset), SEEK_SET) < 0)
			return error_errno(err, "%s", path);
		if (write_part(fd, &parts[i], err) < 0)
			return -1;
	}
	return 0;
}

int payload_write_systab(const char *path, const struct index *x, const struct call_set *calls, struct error *err)
{
	AUTO_STR struct str s = {0};
	unsigned end = 0;

	str_add(&s, "kiln_sys_start = .;\n");
	for (unsigned nr = 0; nr < CALLS_MAX; nr++) {
		if (!x->provider[nr] || !x->provider[nr]->chosen || !(calls->any || calls->has[nr]))
			continue;
		str_addf(&s, ". = kiln_sys_start + %u; KEEP(*(.kiln.sys.%u)) /* %s */\n", 4 * nr, nr, x->call[nr]);
		end = nr + 1;
	}
	str_addf(&s, ". = kiln_sys_start + %u;\nkiln_sys_count = .; LONG(%u)\n", 4 * end, end);
	return file_write(path, s.p, s.len, 0600, err);
}
