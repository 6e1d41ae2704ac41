/* SPDX-License-Identifier: ISC */
// USES: host/kiln/bootchart.c host/kiln/unwind.c host/kiln/svg.c host/kiln/image_file.c host/kiln/program.c host/kiln/elf_file.c lib/elf.c lib/image.c host/kiln/trace.c host/kiln/core.c host/hostlib/error.c host/hostlib/alloc.c host/hostlib/str.c host/hostlib/file.c
// FLAGS: -lelf -ldw -ljansson -pthread
/* Where a program's main is, for --boot-chart; and that a program whose headers lie is none of our trouble. */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include "host/kiln/bootchart.h"
#include "lib/image.h"
#include "test/tap.h"

const char *platform_name(enum platform p)
{
	return p == PLATFORM_SANDBOX ? "sandbox" : "qemu";
}

static struct {
	Elf64_Ehdr eh;
	Elf64_Phdr ph;
	Elf64_Shdr sh[4];
	Elf64_Sym sym[2];
	char names[40];
	_Alignas(8) struct image_entry entry;
	struct image_header header;
} image;

static long distance(uint64_t phoff, uint32_t type)
{
	struct image_file f = {.payload = &image.header};
	long result;
	void *copy;

	memset(&image, 0, sizeof image);
	image.eh = (Elf64_Ehdr){.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
				.e_type = ET_DYN,
				.e_machine = EM_X86_64,
				.e_version = EV_CURRENT,
				.e_entry = 0x1000,
				.e_phoff = phoff,
				.e_shoff = (size_t)((char *)image.sh - (char *)&image),
				.e_ehsize = sizeof image.eh,
				.e_phentsize = sizeof image.ph,
				.e_phnum = 1,
				.e_shentsize = sizeof *image.sh,
				.e_shnum = 4,
				.e_shstrndx = 3};
	image.ph.p_type = type;
	memcpy(image.names, "\0main\0.text", 12);
	image.sh[1] = (Elf64_Shdr){
	    .sh_name = 6, .sh_type = SHT_PROGBITS, .sh_flags = SHF_ALLOC | SHF_EXECINSTR, .sh_addr = 0x1000};
	image.sh[2] = (Elf64_Shdr){.sh_type = SHT_SYMTAB,
				   .sh_offset = (size_t)((char *)image.sym - (char *)&image),
				   .sh_size = sizeof image.sym,
				   .sh_link = 3,
				   .sh_entsize = sizeof *image.sym};
	image.sh[3] = (Elf64_Shdr){
	    .sh_type = SHT_STRTAB, .sh_offset = (size_t)(image.names - (char *)&image), .sh_size = sizeof image.names};
	image.sym[1] = (Elf64_Sym){
	    .st_name = 1, .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), .st_shndx = 1, .st_value = 0x1040};
	image.entry =
	    (struct image_entry){.type = IMAGE_PROGRAM, .size = (size_t)((char *)&image.entry - (char *)&image)};
	strcpy(image.entry.name, "/bin/x");
	image.header.count = 1;
	copy = memcpy(malloc(sizeof image), &image, sizeof image);
	f.start = copy;
	result = bootchart_main(&f);
	free(copy);
	return result;
}

int main(void)
{
	size_t phoff = (size_t)((char *)&image.ph - (char *)&image);

	tap_ok(distance(phoff, PT_LOAD) == 0x40, "main is 64 bytes behind the entry");
	tap_ok(distance(phoff, PT_INTERP) == 0, "the entry of one that ld.so loads is ld.so's");
	tap_ok(distance(0 - (uint64_t)sizeof(Elf64_Phdr), PT_LOAD) == 0x40,
	       "headers in front of the file are not read");
	return tap_end();
}
