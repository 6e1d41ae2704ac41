/* SPDX-License-Identifier: ISC */
// USES: host/slirp/link.c
/* What a guest sent last is read although it has ended, with frames unread and others on their way to it. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "abi/boot.h"
#include "host/slirp/slirp.h"
#include "test/tap.h"

static unsigned frames;

static void take(const uint8_t *frame, size_t len, void *opaque)
{
	(void)opaque;
	frames += len == 60 && frame[0] == frames;
}

int main(void)
{
	uint8_t frame[BOOT_NIC_HEADER + 60] = {0};
	bool there = true;
	int fd[2];

	tap_ok(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd) == 0, "a guest");
	link_init(fd[0]);
	link_send(frame, 60);
	link_flush();
	tap_ok(!link_waiting(), "a frame goes to it");
	for (unsigned i = 0; i < 100; i++) {
		frame[BOOT_NIC_HEADER] = (uint8_t)i;
		if (send(fd[1], frame, sizeof frame, 0) != (ssize_t)sizeof frame)
			break;
	}
	close(fd[1]);
	link_send(frame, 60);
	link_flush();
	tap_ok(!link_waiting(), "none to one that has ended");
	for (unsigned i = 0; i < 1000 && there; i++)
		there = link_receive(take, NULL);
	tap_ok(!there, "its end is seen");
	tap_ok(frames == 100, "behind all that it sent (%u frames)", frames);
	return tap_end();
}
