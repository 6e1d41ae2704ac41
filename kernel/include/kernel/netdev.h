/* SPDX-License-Identifier: ISC */
/*
 * Network devices: what a driver offers (struct netdev_ops) and what the stack takes (struct netdev_stack). The stack
 * starts a registered device; from then on the driver delivers what it receives and reports what it has sent. All
 * calls are made with the kernel lock, in the kernel or from platform_poll; none blocks.
 *
 * Frames are Ethernet frames without FCS. Sent frames are lists of pieces of the stack's memory, used in place by the
 * device until tx_done; received ones are chains of struct netbuf, which go to the stack with all rights and come back
 * by netbuf_free. With NETDEV_TSO and NETDEV_LRO a frame holds up to 64 KiB of TCP payload.
 *
 * Every piece and every netbuf lies in the direct map (page_addr gives its physical address) and does not cross from
 * one block of contiguous frames to another.
 */
#ifndef KERNEL_NETDEV_H
#define KERNEL_NETDEV_H

#include "lib/list.h"

enum netdev_features {
	NETDEV_TX_CSUM = 1, /* fills in the TCP or UDP checksum: struct nettx's csum_* */
	NETDEV_TSO = 2, /* cuts TCP over IPv4 into segments: struct nettx's gso_size; implies NETDEV_TX_CSUM */
	NETDEV_LRO = 4, /* may deliver joined TCP segments (a frame longer than the MTU) */
};

#define NETDEV_MAX_FRAME (65535u + 14u) /* the longest frame with TSO or LRO */
#define NETDEV_TX_PIECES 50u /* the most pieces in one nettx */

struct netpiece {
	const void *base;
	size_t len; /* > 0 */
};

/* One frame to send. The struct and its pieces array are the caller's and last for the call only; the bytes last until
 * tx_done. The first piece holds all the headers. */
struct nettx {
	const struct netpiece *piece;
	unsigned count; /* 1 .. NETDEV_TX_PIECES */
	uint32_t len; /* of all pieces */
	bool csum; /* checksum the bytes from csum_start to the end, store at csum_start + csum_offset, which */
	uint16_t csum_start; /* holds the pseudo header's sum (virtio's VIRTIO_NET_HDR_F_NEEDS_CSUM) */
	uint16_t csum_offset;
	uint16_t gso_size; /* payload per segment; 0: send as it is */
	uint16_t header_len; /* with gso_size: Ethernet, IP and TCP header */
	void *cookie; /* for tx_done */
};

/* A buffer of a received frame. */
struct netbuf {
	struct netbuf *next; /* the frame's next buffer */
	uint8_t *data; /* first byte of the frame in this buffer; the driver and the stack may move it */
	uint32_t len; /* bytes of the frame in this buffer */
	uint32_t size; /* bytes from netbuf_start(b) */
	void (*free)(struct netbuf *b);
	uint64_t stack[4]; /* the stack's own, while it holds the buffer */
};

#define NETBUF_SIZE (2048u - (uint32_t)sizeof(struct netbuf)) /* of those that netbuf_alloc gives */

enum netdev_rx_flags {
	NETDEV_RX_CSUM_OK = 1, /* the TCP or UDP checksum was verified, or need not be (never left the host) */
};

enum { NETDEV_SENT = 1 };

struct netdev;

struct netdev_ops {
	/* Begins to receive; d->stack is set. 0 or -errno. */
	int (*start)(struct netdev *d);
	/* Takes a frame. 0: the bytes are in use until tx_done(cookie). NETDEV_SENT: they are not in use any more, no
	 * tx_done comes. -ENOBUFS: the queue is full, nothing was taken; tx_done comes as soon as there is room. Other
	 * errors: the frame is lost. */
	int (*transmit)(struct netdev *d, const struct nettx *tx);
	/* What was taken must be on its way now (a virtqueue's notification). NULL when transmit does it. */
	void (*flush)(struct netdev *d);
	/* Frees finished frames (by tx_done) without waiting for an interrupt; optional. */
	void (*reclaim)(struct netdev *d);
	/* Frames that were taken have not left yet; NULL: never. Asked before the image ends. */
	bool (*busy)(struct netdev *d);
};

/* The stack's side. */
struct netdev_stack {
	void (*receive)(struct netdev *d, struct netbuf *chain, unsigned flags); /* enum netdev_rx_flags */
	void (*receive_end)(struct netdev *d); /* the batch is over: once after the last receive of a poll */
	void (*tx_done)(struct netdev *d, void *cookie);
	/* NULL: there is only room again */ /* NULL: only says that there is room again */
	void (*link)(struct netdev *d); /* d->link_up changed */
};

struct netdev {
	struct list link; /* all devices, in the order of their registration */
	const struct netdev_ops *ops;
	const struct netdev_stack *stack; /* set before start */
	void *stack_priv; /* the stack's */
	const char *name; /* NULL: ethN, by netdev_register; else the driver's storage */
	char name_buf[8];
	uint8_t mac[6];
	bool link_up;
	uint16_t mtu; /* payload of a frame, 1500 unless the device says otherwise */
	unsigned features; /* enum netdev_features */
	uint64_t rx_packets, rx_bytes, rx_dropped, tx_packets, tx_bytes, tx_dropped; /* kept by the driver */
};

#pragma GCC visibility push(default)
extern struct list netdev_list;
/* The driver's storage, all fields but link, stack, stack_priv and name_buf set; for good. Up to the end of INIT_DRIVER. */
void netdev_register(struct netdev *d);
struct netdev *netdev_find(const char *name);

/* A buffer of NETBUF_SIZE bytes from a common pool (a half frame, 2 KiB with the struct), data at its start, len 0; NULL when
 * memory or the pool's limit is exhausted. netbuf_alloc_large: size bytes in contiguous frames. */
struct netbuf *netbuf_alloc(void) MUST_CHECK;
struct netbuf *netbuf_alloc_large(uint32_t size) MUST_CHECK;
/* netbuf_free gives back one buffer, netbuf_free_chain all of a frame. */
void netbuf_free_chain(struct netbuf *b);
/* Buffers of the common pool that are in use; the stack copies small packets instead of holding them when it is many. */
extern unsigned netbuf_in_use, netbuf_limit;
#pragma GCC visibility pop

static inline uint8_t *netbuf_start(struct netbuf *b)
{
	return (uint8_t *)(b + 1);
}

static inline void netbuf_free(struct netbuf *b)
{
	b->free(b);
}

#endif
