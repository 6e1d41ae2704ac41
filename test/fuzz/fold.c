/* SPDX-License-Identifier: ISC */
// USES: host/kiln/fold.c host/kiln/guest_file.c host/kiln/trace.c host/kiln/core.c host/kiln/unwind.c host/kiln/erofs_list.c host/kiln/image_file.c host/kiln/program.c host/kiln/elf_file.c lib/elf.c lib/image.c host/hostlib/error.c host/hostlib/alloc.c host/hostlib/str.c host/hostlib/file.c host/hostlib/process.c
// FLAGS: -lelf -ldw -pthread
/* What a guest wrote into its ring, whatever it is, becomes lines as kiln profile reads them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "host/kiln/fold.h"
#include "hostlib/file.h"
#include "lib/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int fd)
{
	char path[32], *line = NULL;
	size_t room = 0;
	ssize_t n;
	FILE *f;

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	f = fopen(path, "re");
	while ((n = getline(&line, &room, f)) > 0) {
		char *space = line[n - 1] == '\n' ? strrchr(line, ' ') : NULL, *end;

		/* The stack is all there: no zero byte or end of line came out of a name. */
		if (strlen(line) != (size_t)n || !space || space == line || strtoul(space + 1, &end, 10) < 1 ||
		    strcmp(end, "\n") != 0 || strstr(line, ";;") || *line == ';' || space[-1] == ';')
			abort();
	}
	free(line);
	fclose(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct image_header no_entries;
	struct image_file image = {.payload = &no_entries};
	int raw = memfd_create("raw", 0), out = memfd_create("out", 0);
	unsigned long samples;
	struct error err;
	char path[32];

	setenv("PATH", "/nowhere", 1); /* no c++filt: its start would be all of the time */
	snprintf(path, sizeof path, "/proc/self/fd/%d", out);
	if (file_write_fd(raw, data, size) < 0 || fold(raw, &image, NULL, path, &samples, &err) < 0)
		abort();
	check(out);
	close(raw);
	close(out);
	return 0;
}
