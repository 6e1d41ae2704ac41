/* SPDX-License-Identifier: ISC */
// USES: host/hostlib/record.c host/hostlib/file.c host/hostlib/error.c host/hostlib/alloc.c host/hostlib/str.c host/hostlib/temp.c
/* The exit record: what is taken for a status, and that a guest cannot make it longer. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hostlib/record.h"
#include "test/tap.h"

static void status(int fd, const char *text, int want)
{
	size_t n = strlen(text), line = strcspn(text, "\n");
	bool written;

	record_clear(fd);
	written = write(fd, text, n) == (ssize_t)n;
	tap_ok(written && record_status(fd) == want, "\"%.*s\" and %zu bytes: %d", (int)line, text, n - line, want);
}

static void bounded(int fd)
{
	char path[32], block[1000];
	int other;
	struct stat st;
	ssize_t n;

	memset(block, 'x', sizeof block);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	record_clear(fd);
	other = open(path, O_RDWR); /* as QEMU does */
	for (unsigned i = 0; i < 100; i++)
		n = write(other, block, sizeof block);
	tap_ok(fstat(fd, &st) == 0 && n < 0 && st.st_size == 4096, "100,000 bytes do not make it longer");
	tap_ok(record_started(fd) && record_status(fd) < 0, "something was said, but no status");
	record_set_status(fd, 9);
	tap_ok(record_status(fd) < 0, "and there is no room for one");
	close(other);
	other = open(path, O_RDWR | O_TRUNC);
	tap_ok(other < 0, "nor is it made shorter");
}

int main(void)
{
	int fd = record_open();

	tap_ok(fd >= 0 && !record_started(fd) && record_status(fd) == -1, "a new one is empty");
	status(fd, "start\n", -1);
	status(fd, "start\nexit 7\n", 7);
	status(fd, "exit 1\nexit 255\n", 255);
	status(fd, "exit 1", -1);
	status(fd, "exit 1\nexit 2", 1);
	status(fd, "exit 256\n", -1);
	status(fd, "exit -1\n", -1);
	status(fd, "exit 3x\n", -1);
	status(fd, "an exit 3\n", -1);
	record_clear(fd);
	tap_ok(!record_started(fd), "cleared, it is empty again");
	record_set_status(fd, 137);
	tap_ok(record_status(fd) == 137, "a status of our own");
	bounded(fd);
	return tap_end();
}
