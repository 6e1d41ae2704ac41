/* SPDX-License-Identifier: ISC */
/*
 * A network device over the host's tap, opened by the tender with a virtio-net header before each frame. A frame is read
 * into a pool buffer with a large one behind it, so that a long one (joined segments) needs one call too; the large
 * one is handed over with it, or, when little is in it, copied and kept. Sending is synchronous: the host has copied
 * the frame when writev returns. The other end may be a program's socket (BOOT_NIC_SOCKET), which can be full, and
 * which can end: then the link is down.
 */
#include "abi/boot.h"
#include "abi/errno.h"
#include "kernel/heap.h"
#include "kernel/init.h"
#include "kernel/log.h"
#include "kernel/netdev.h"
#include "lib/string.h"
#include "platform/platform.h"
#include "sandbox/host.h"

#define NEEDS_CSUM 1u
#define DATA_VALID 2u
#define GSO_TCPV4  1u
#define LARGE      (NETDEV_MAX_FRAME + BOOT_NIC_HEADER)
#define BATCH      64u /* frames between two looks at what else is to be done */
#define COPY_MAX   (2 * NETBUF_SIZE)

struct header { /* virtio_net_hdr_v1 */
	uint8_t flags, gso_type;
	uint16_t hdr_len, gso_size, csum_start, csum_offset, num_buffers;
};
_Static_assert(sizeof(struct header) == BOOT_NIC_HEADER, "the tender set this size");

struct iov {
	void *base;
	size_t len;
};

struct tap {
	struct netdev dev;
	struct host_device host;
	struct netbuf *small, *large; /* for the next frame */
	bool socket;
};

/* What is behind the first buffer, n bytes of it in t->large: as buffers behind `first`; false: no memory. */
static bool add_rest(struct tap *t, struct netbuf *first, size_t n)
{
	struct netbuf **link = &first->next;
	const uint8_t *p = netbuf_start(t->large);

	if (n > COPY_MAX) {
		struct netbuf *fresh = netbuf_alloc_large(LARGE);

		if (fresh == NULL)
			return false;
		t->large->len = (uint32_t)n;
		*link = t->large;
		t->large = fresh;
		return true;
	}
	while (n > 0) {
		struct netbuf *b = netbuf_alloc();

		if (b == NULL)
			return false;
		b->len = (uint32_t)MIN(n, (size_t)NETBUF_SIZE);
		memcpy(b->data, p, b->len);
		p += b->len;
		n -= b->len;
		*link = b;
		link = &b->next;
	}
	return true;
}

/* One frame of n bytes, header included, lies in t->small and t->large. */
static void deliver(struct tap *t, size_t n)
{
	struct netbuf *first = t->small, *fresh = netbuf_alloc();
	const struct header *h = (const void *)netbuf_start(first);
	size_t in_first = MIN(n, (size_t)first->size);
	unsigned flags = (h->flags & (NEEDS_CSUM | DATA_VALID)) != 0 ? NETDEV_RX_CSUM_OK : 0;

	if (UNLIKELY(fresh == NULL)) {
		t->dev.rx_dropped++;
		return;
	}
	first->data = netbuf_start(first) + BOOT_NIC_HEADER;
	first->len = (uint32_t)(in_first - BOOT_NIC_HEADER);
	if (UNLIKELY(n > in_first && !add_rest(t, first, n - in_first))) {
		t->dev.rx_dropped++;
		netbuf_free_chain(first->next);
		first->next = NULL;
		netbuf_free(fresh);
		return;
	}
	t->small = fresh;
	t->dev.rx_packets++;
	t->dev.rx_bytes += n - BOOT_NIC_HEADER;
	t->dev.stack->receive(&t->dev, first, flags);
}

static void hang_up(struct tap *t)
{
	log_warn("%s: its other end is gone", t->dev.name);
	host_device_remove(&t->host);
	t->dev.link_up = false;
	if (t->dev.stack->link != NULL)
		t->dev.stack->link(&t->dev);
}

static bool tap_poll(struct host_device *d)
{
	struct tap *t = CONTAINER_OF(d, struct tap, host);
	unsigned got = 0;

	if (t->small == NULL)
		return false; /* not started */
	if (d->full) {
		d->full = false;
		t->dev.stack->tx_done(&t->dev, NULL);
	}
	for (; got < BATCH; got++) {
		struct iov v[2] = {{netbuf_start(t->small), t->small->size}, {netbuf_start(t->large), LARGE}};
		long n = host_call(__NR_readv, d->fd, v, 2);

		if (UNLIKELY(t->socket && (n == 0 || n == -ECONNRESET))) {
			hang_up(t);
			break;
		}
		if (n < (long)BOOT_NIC_HEADER)
			break;
		deliver(t, (size_t)n);
	}
	if (got == BATCH)
		d->pending = true;
	if (got > 0)
		t->dev.stack->receive_end(&t->dev);
	return got > 0;
}

static int tap_start(struct netdev *d)
{
	struct tap *t = CONTAINER_OF(d, struct tap, dev);

	t->small = netbuf_alloc();
	t->large = netbuf_alloc_large(LARGE);
	if (t->small == NULL || t->large == NULL)
		return -ENOMEM;
	host_device_add(&t->host);
	return 0;
}

static int tap_transmit(struct netdev *d, const struct nettx *tx)
{
	struct tap *t = CONTAINER_OF(d, struct tap, dev);
	struct header h = {0};
	struct iov v[NETDEV_TX_PIECES + 1];
	long n;

	if (tx->csum) {
		h.flags = NEEDS_CSUM;
		h.csum_start = tx->csum_start;
		h.csum_offset = tx->csum_offset;
	}
	if (tx->gso_size != 0) {
		h.gso_type = GSO_TCPV4;
		h.gso_size = tx->gso_size;
		h.hdr_len = tx->header_len;
	}
	v[0] = (struct iov){&h, sizeof h};
	for (unsigned i = 0; i < tx->count; i++)
		v[i + 1] = (struct iov){(void *)(uintptr_t)tx->piece[i].base, tx->piece[i].len};
	n = host_call(__NR_writev, t->host.fd, v, tx->count + 1);
	if (n == -EAGAIN && t->socket) {
		t->host.full = true;
		return -ENOBUFS;
	}
	if (n < 0) {
		d->tx_dropped++;
		return -EIO;
	}
	d->tx_packets++;
	d->tx_bytes += tx->len;
	return NETDEV_SENT;
}

static const struct netdev_ops tap_ops = {
    .start = tap_start,
    .transmit = tap_transmit,
};

static void tap_init(void)
{
	const struct boot_info *boot = platform_boot_info();

	for (unsigned i = 0; i < boot->nic_count && i < BOOT_MAX_NICS; i++) {
		const struct boot_nic *nic = &boot->nic[i];
		struct tap *t = kzalloc(sizeof *t);

		if (t == NULL) {
			log_err("%s: not enough memory", nic->name);
			return;
		}
		t->host.fd = nic->fd;
		t->host.poll = tap_poll;
		t->dev.ops = &tap_ops;
		t->dev.name = nic->name;
		memcpy(t->dev.mac, nic->mac, sizeof t->dev.mac);
		t->dev.mtu = nic->mtu != 0 ? nic->mtu : 1500;
		t->dev.link_up = true;
		t->socket = (nic->flags & BOOT_NIC_SOCKET) != 0;
		t->dev.features = t->socket ? 0 : NETDEV_TX_CSUM | NETDEV_TSO | NETDEV_LRO;
		netdev_register(&t->dev);
	}
}
INIT(INIT_DRIVER, tap_init);
