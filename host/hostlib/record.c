/* SPDX-License-Identifier: ISC */
/* The size is sealed: a write beyond it fails, so a guest that writes without end takes a page of ours and no more. */
#include "hostlib/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "abi/exit.h"
#include "hostlib/file.h"

#define BYTES 4096u

int record_file(const char *name, size_t n, unsigned flags)
{
	int fd = memfd_create(name, flags | MFD_ALLOW_SEALING), saved;

	if (fd < 0 || (ftruncate(fd, (off_t)n) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK) == 0))
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

int record_open(void)
{
	return record_file("kiln-exit", BYTES, 0);
}

void record_clear(int fd)
{
	static const char zero[BYTES];

	if (lseek(fd, 0, SEEK_SET) == 0)
		file_write_fd(fd, zero, sizeof zero);
	lseek(fd, 0, SEEK_SET);
}

static void read_text(int fd, char text[BYTES + 1])
{
	ssize_t n = pread(fd, text, BYTES, 0);

	text[n > 0 ? n : 0] = '\0';
}

bool record_started(int fd)
{
	char text[BYTES + 1];

	read_text(fd, text);
	return text[0] != '\0';
}

int record_status(int fd)
{
	char text[BYTES + 1];
	int status = -1, n;
	char nl;

	read_text(fd, text);
	for (const char *line = text, *end; (end = strchr(line, '\n')); line = end + 1)
		if (sscanf(line, "exit %d%c", &n, &nl) == 2 && nl == '\n' && n >= 0 && n <= 255)
			status = n;
	return status;
}

void record_set_status(int fd, int status)
{
	char text[BYTES + 1], line[32];
	int n = snprintf(line, sizeof line, "\n" EXIT_FORMAT, status);

	read_text(fd, text);
	if (lseek(fd, (off_t)strlen(text), SEEK_SET) >= 0)
		file_write_fd(fd, line, (size_t)n);
}
