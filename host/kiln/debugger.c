/* SPDX-License-Identifier: ISC */
/* The symbols are handed over as an open file, as the image is: nothing stays behind. */
#include "debugger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "elf_file.h"
#include "hostlib/cleanup.h"
#include "launch.h"

int debugger_set_where(struct debugger *d, const char *word, struct error *err)
{
	char *end;
	unsigned long n = strtoul(word, &end, 10);

	d->where = word;
	if (strchr(word, '/') || (end != word && !*end && n && n <= 65535))
		return 0;
	return error_usage(err, "-D %s: not a port, nor a path for a socket", word);
}

int debugger_set_paused(struct debugger *d, const char *word, struct error *err)
{
	d->paused = word ? word : "entry";
	if (!strcmp(d->paused, "entry") || !strcmp(d->paused, "program"))
		return 0;
	return error_usage(err, "--paused=%s: entry and program are there", word);
}

/* The symbols are those of this image: the same segments, the same entry. */
static bool belongs(const struct file_map *image, const struct file_map *symbols)
{
	const Elf64_Ehdr *a = elf_file_header(image), *b = elf_file_header(symbols);

	if (symbols->size < sizeof *b || !elf_file_is_elf(symbols) || b->e_phentsize != sizeof(Elf64_Phdr) ||
	    a->e_phnum != b->e_phnum || a->e_entry != b->e_entry || b->e_phoff > symbols->size ||
	    (symbols->size - b->e_phoff) / sizeof(Elf64_Phdr) < b->e_phnum)
		return false;
	for (unsigned i = 0; i < a->e_phnum; i++) {
		Elf64_Phdr p = elf_file_segment(image, i), q = elf_file_segment(symbols, i);

		if (p.p_type != q.p_type || p.p_vaddr != q.p_vaddr || p.p_memsz != q.p_memsz)
			return false;
	}
	return true;
}

int debugger_symbols(struct debugger *d, const char *image, const char *symbols, struct error *err)
{
	AUTO_FILE_MAP struct file_map i = {0};
	AUTO_FILE_MAP struct file_map s = {0};

	if (access(symbols, R_OK) < 0) {
		fprintf(stderr, "kiln: note: no %s (kiln bake --debug makes it): the debugger sees one thread\n",
			symbols);
		return 0;
	}
	if (file_map(&i, image, err) < 0 || file_map(&s, symbols, err) < 0)
		return -1;
	if (!belongs(&i, &s)) {
		fprintf(stderr, "kiln: note: %s does not belong to %s: the debugger sees one thread\n", symbols, image);
		return 0;
	}
	d->symbols_fd = open(symbols, O_RDONLY);
	return d->symbols_fd < 0 ? error_errno(err, "%s", symbols) : 0;
}

void debugger_wrap(const struct launch *l, struct strv *argv, int record)
{
	const struct debugger *d = &l->debugger;

	if (!d->where)
		return;
	strv_addf(argv, "%s/kiln-debug", file_libdir());
	strv_add(argv, "--image");
	strv_add(argv, l->image_path);
	if (d->symbols_fd >= 0) {
		strv_add(argv, "--symbols");
		strv_addf(argv, "/proc/self/fd/%d", d->symbols_fd);
	}
	if (d->program) {
		strv_add(argv, "--program");
		strv_add(argv, d->program);
	}
	if (d->root) {
		strv_add(argv, "--root");
		strv_add(argv, d->root);
	}
	strv_add(argv, strchr(d->where, '/') ? "--socket" : "--port");
	strv_add(argv, d->where);
	if (d->paused) {
		strv_add(argv, "--stop");
		strv_add(argv, d->paused);
	}
	if (record >= 0) {
		strv_add(argv, "--record");
		strv_addf(argv, "%d", record);
	}
	strv_add(argv, "--");
}

void debugger_free(struct debugger *d)
{
	free(d->program);
}
