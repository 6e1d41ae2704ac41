/* SPDX-License-Identifier: ISC */
// USES: host/kiln/program.c host/kiln/elf_file.c host/hostlib/error.c host/hostlib/alloc.c host/hostlib/str.c host/hostlib/file.c lib/elf.c
/* What notes and text say about a program's system calls, and what is not believed. */
#include <elf.h>
#include <string.h>
#include "abi/image.h"
#include "host/kiln/elf_file.h"
#include "host/kiln/program.h"
#include "test/tap.h"

/* A program of one page: headers, then notes at 512, then text at 1024. */
struct file {
	_Alignas(4096) unsigned char page[4096];
	size_t notes;
	struct file_map map;
};

static struct file *begin(void)
{
	static struct file f;
	Elf64_Ehdr e = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
			.e_type = ET_EXEC,
			.e_machine = EM_X86_64,
			.e_version = EV_CURRENT,
			.e_entry = 0x400400,
			.e_phoff = sizeof e,
			.e_ehsize = sizeof e,
			.e_phentsize = sizeof(Elf64_Phdr),
			.e_phnum = 2};

	memset(&f, 0, sizeof f);
	memcpy(f.page, &e, sizeof e);
	f.map = (struct file_map){f.page, sizeof f.page};
	return &f;
}

static void note(struct file *f, uint32_t type, const uint32_t *desc, uint32_t words, uint32_t claimed)
{
	uint32_t head[5] = {5, claimed, type, 0x6e6c694b, 0};

	memcpy(f->page + 512 + f->notes, head, sizeof head);
	memcpy(f->page + 512 + f->notes + sizeof head, desc, words * 4);
	f->notes += sizeof head + words * 4;
}

static struct call_set calls(struct file *f, unsigned syscalls)
{
	Elf64_Phdr load = {
	    .p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_vaddr = 0x400000, .p_filesz = 4096, .p_memsz = 4096};
	Elf64_Phdr notes = {.p_type = PT_NOTE, .p_offset = 512, .p_filesz = f->notes, .p_align = 4};
	struct call_set set;

	memcpy(f->page + sizeof(Elf64_Ehdr), &load, sizeof load);
	memcpy(f->page + sizeof(Elf64_Ehdr) + sizeof load, &notes, sizeof notes);
	for (unsigned i = 0; i < syscalls; i++)
		memcpy(f->page + 1024 + 2 * i, "\x0f\x05", 2);
	tap_ok(elf_file_check(&f->map) == NULL, "  (a good file)");
	program_calls(&f->map, &set);
	return set;
}

static bool only(const struct call_set *s, unsigned a, unsigned b)
{
	for (unsigned i = 0; i < CALLS_MAX; i++)
		if (s->has[i] != (i == a || i == b))
			return false;
	return !s->any;
}

int main(void)
{
	struct file *f = begin();
	struct call_set s;

	note(f, IMAGE_NOTE_CALLS, (uint32_t[]){2, 2, 1, 60}, 4, 16);
	s = calls(f, 2);
	tap_ok(only(&s, 1, 60), "a note that counts all sites is believed");
	s = calls(f, 3);
	tap_ok(s.any, "one site more than the notes count: any call");

	f = begin();
	note(f, IMAGE_NOTE_CALLS, (uint32_t[]){1, 1, 1}, 3, 12);
	note(f, IMAGE_NOTE_CALLS, (uint32_t[]){1, 1, 60}, 3, 12);
	s = calls(f, 2);
	tap_ok(only(&s, 1, 60), "notes add up");

	f = begin();
	s = calls(f, 0);
	tap_ok(only(&s, CALLS_MAX, CALLS_MAX), "no note and no site: no call");
	s = calls(f, 1);
	tap_ok(s.any, "no note, a site: any call");

	f = begin();
	note(f, IMAGE_NOTE_CALLS, (uint32_t[]){1, 1, 0xffffffff}, 3, 12);
	s = calls(f, 1);
	tap_ok(s.any, "a note that says any");

	f = begin();
	note(f, IMAGE_NOTE_CALLS, (uint32_t[]){1, 9, 1}, 3, 12);
	s = calls(f, 1);
	tap_ok(s.any, "a note with more numbers than it holds: any call");

	f = begin();
	note(f, IMAGE_NOTE_CALLS, (uint32_t[]){1}, 1, 4);
	s = calls(f, 1);
	tap_ok(s.any, "a note that is cut: any call");

	f = begin();
	note(f, IMAGE_NOTE_CALLS, (uint32_t[]){1, 1, 1}, 3, 0xfffffff0);
	s = calls(f, 1);
	tap_ok(s.any, "a note larger than its segment is none");

	f = begin();
	note(f, IMAGE_NOTE_CALLS, (uint32_t[]){1, 1, 100000}, 3, 12);
	s = calls(f, 1);
	tap_ok(only(&s, CALLS_MAX, CALLS_MAX), "a number that no call has is nothing");
	return tap_end();
}
