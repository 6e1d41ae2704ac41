/* SPDX-License-Identifier: ISC */
/*
 * The guest's end. Frames come and go in batches. What the guest does not take at once waits in a queue; the caller stops
 * reading from the host's sockets meanwhile, so that it fills only as far as one round of libslirp goes.
 */
#include "slirp.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define BATCH      16u
#define ROOM       (8u << 20) /* for what the guest has not taken yet */
#define QUEUE      4096u /* frames, a power of two */
#define DATA_VALID 2u /* VIRTIO_NET_HDR_F_DATA_VALID: libslirp has made the checksums */

static int guest;
static struct {
	uint32_t at, len; /* in room */
} queue[QUEUE];
static unsigned head, queued;
static uint8_t room[ROOM];
static uint32_t fill; /* where the next frame goes */
static uint8_t in[BATCH][BOOT_NIC_HEADER + LINK_FRAME_MAX];

void link_init(int fd)
{
	guest = fd;
}

/* Where n bytes fit in front of the oldest frame that waits, or ROOM. */
static uint32_t find_room(uint32_t n)
{
	uint32_t oldest = queue[head].at;

	if (queued == 0)
		return 0;
	if (fill > oldest)
		return n <= ROOM - fill ? fill : n < oldest ? 0 : ROOM;
	return n < oldest - fill ? fill : ROOM;
}

void link_send(const void *frame, size_t len)
{
	uint32_t n = (uint32_t)(BOOT_NIC_HEADER + len), at;

	if (queued == QUEUE || len > LINK_FRAME_MAX || (at = find_room(n)) == ROOM)
		return;
	memset(room + at, 0, BOOT_NIC_HEADER);
	room[at] = DATA_VALID;
	memcpy(room + at + BOOT_NIC_HEADER, frame, len);
	queue[(head + queued) % QUEUE].at = at;
	queue[(head + queued++) % QUEUE].len = n;
	fill = at + n;
}

bool link_waiting(void)
{
	return queued > 0;
}

void link_flush(void)
{
	struct mmsghdr msg[BATCH];
	struct iovec iov[BATCH];

	while (queued > 0) {
		unsigned n = queued < BATCH ? queued : BATCH;
		int sent;

		memset(msg, 0, n * sizeof *msg);
		for (unsigned i = 0; i < n; i++) {
			unsigned k = (head + i) % QUEUE;

			iov[i] = (struct iovec){room + queue[k].at, queue[k].len};
			msg[i].msg_hdr.msg_iov = &iov[i];
			msg[i].msg_hdr.msg_iovlen = 1;
		}
		sent = sendmmsg(guest, msg, n, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOBUFS || errno == ENOMEM))
			return;
		if (sent < 0) { /* the guest is gone; what it sent last is still to be read */
			queued = 0;
			return;
		}
		head = (head + (unsigned)sent) % QUEUE;
		queued -= (unsigned)sent;
	}
}

bool link_receive(void (*take)(const uint8_t *frame, size_t len, void *opaque), void *opaque)
{
	struct mmsghdr msg[BATCH];
	struct iovec iov[BATCH];
	int n;

	memset(msg, 0, sizeof msg);
	for (unsigned i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){in[i], sizeof in[i]};
		msg[i].msg_hdr.msg_iov = &iov[i];
		msg[i].msg_hdr.msg_iovlen = 1;
	}
	n = recvmmsg(guest, msg, BATCH, MSG_DONTWAIT, NULL);
	/* A guest that ends with frames unread: the error comes once, before what it sent last. */
	if (n < 0)
		return errno == EAGAIN || errno == EINTR || errno == ECONNRESET;
	for (int i = 0; i < n; i++) {
		if (msg[i].msg_len == 0)
			return false;
		if (msg[i].msg_len > BOOT_NIC_HEADER && !(msg[i].msg_hdr.msg_flags & MSG_TRUNC))
			take(in[i] + BOOT_NIC_HEADER, msg[i].msg_len - BOOT_NIC_HEADER, opaque);
	}
	return true;
}
