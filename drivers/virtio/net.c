/* SPDX-License-Identifier: ISC */
/*
 * virtio-net (specification 5.1): one pair of queues. Receive buffers are the common pool's and go to the stack as they
 * are; each is replaced before its frame is delivered, or the frame is dropped and its buffers go back, so the queue
 * never runs dry. Short frames are copied behind their header into a slot of the transmit queue: one descriptor, and
 * the stack is done with them at once; longer ones stay where they are until the device is done. The device says so by
 * interrupt only when the stack waits for room; else it is looked at when there is something else to do.
 *
 * One interrupt's work is bounded: when more than BUDGET frames' buffers have come, the device keeps quiet and a timer
 * goes on, so that a flood leaves time for programs (and what the queue cannot hold is lost, as it has to be).
 */
#include "abi/errno.h"
#include "drivers/virtio.h"
#include "kernel/heap.h"
#include "kernel/log.h"
#include "kernel/netdev.h"
#include "kernel/time.h"
#include "lib/string.h"

#define F_CSUM       0
#define F_GUEST_CSUM 1
#define F_MTU        3
#define F_MAC        5
#define F_GUEST_TSO4 7
#define F_HOST_TSO4  11
#define F_MRG_RXBUF  15
#define F_STATUS     16

#define CONFIG_MAC    0
#define CONFIG_STATUS 6
#define CONFIG_MTU    10
#define STATUS_LINK   1u

#define QUEUE_RX      0
#define QUEUE_TX      1
#define QUEUE_MAX     256u
#define RX_MIN        16u
#define RX_LRO_MIN    (65536u / NETBUF_SIZE + 4u) /* a joined frame; without that room the device waits for good */
#define BUDGET        512u
#define PAUSE_NS      200000u
#define SLOTS         128u
#define SLOT_SIZE     256u
#define PER_PAGE      (PAGE_SIZE / SLOT_SIZE)
#define LEGACY_HEADER 10u /* without num_buffers */

#define HDR_NEEDS_CSUM 1u
#define HDR_DATA_VALID 2u
#define HDR_TCPV4      1u

struct header {
	uint8_t flags, gso_type;
	uint16_t hdr_len, gso_size, csum_start, csum_offset, num_buffers;
};

struct slot {
	struct slot *next; /* free ones */
	void *cookie;
	bool stack_waits; /* for tx_done */
	struct header header;
	uint8_t data[]; /* of a short frame, behind the header's bytes that the device reads */
};

struct virtio_net {
	struct netdev netdev;
	struct virtio_device *dev;
	struct virtq rx, tx;
	struct irq irq;
	unsigned header_len;
	bool mergeable;
	struct slot *free_slots;
	bool starved; /* transmit said -ENOBUFS */
	struct ktimer again; /* goes on with what was too much for one interrupt */
	/* A frame whose buffers have not all come. */
	struct netbuf *head, **tail;
	unsigned missing;
	uint32_t have;
	unsigned flags;
};

#define SHORT_MAX (SLOT_SIZE - sizeof(struct slot))

static struct virtio_net *of(struct netdev *d)
{
	return CONTAINER_OF(d, struct virtio_net, netdev);
}

static void post(struct virtio_net *n, struct netbuf *b)
{
	struct virtq_piece piece = {netbuf_start(b), b->size};

	virtq_add(&n->rx, &piece, 0, 1, b);
}

/* As many fresh buffers go into the queue as the frame has taken out; false: none did, there are not enough. */
static bool replace(struct virtio_net *n, const struct netbuf *chain)
{
	struct netbuf *fresh = NULL, *b;

	for (; chain != NULL; chain = chain->next) {
		b = netbuf_alloc();
		if (b == NULL) {
			if (fresh != NULL)
				netbuf_free_chain(fresh);
			return false;
		}
		b->next = fresh;
		fresh = b;
	}
	while (fresh != NULL) {
		b = fresh;
		fresh = b->next;
		b->next = NULL;
		post(n, b);
	}
	return true;
}

static void deliver(struct virtio_net *n)
{
	struct netbuf *chain = n->head;

	n->head = NULL;
	if (UNLIKELY(!replace(n, chain))) {
		n->netdev.rx_dropped++;
		while (chain != NULL) {
			struct netbuf *b = chain;

			chain = b->next;
			b->next = NULL;
			post(n, b);
		}
		return;
	}
	n->netdev.rx_packets++;
	n->netdev.rx_bytes += n->have;
	n->netdev.stack->receive(&n->netdev, chain, n->flags);
}

static void begin_frame(struct virtio_net *n, struct netbuf *b, uint32_t length)
{
	const struct header *h = (const void *)netbuf_start(b);
	uint32_t skip = MIN(n->header_len, length);

	n->missing = n->mergeable && h->num_buffers > 0 ? h->num_buffers : 1;
	n->flags = (h->flags & (HDR_NEEDS_CSUM | HDR_DATA_VALID)) != 0 ? NETDEV_RX_CSUM_OK : 0;
	n->tail = &n->head;
	n->have = 0;
	b->data = netbuf_start(b) + skip;
	b->len = length - skip;
}

/* Takes at most *budget buffers, and counts them off. */
static bool receive(struct virtio_net *n, unsigned *budget)
{
	struct netbuf *b;
	uint32_t length;
	bool any = false;

	while (*budget > 0 && (b = virtq_take(&n->rx, &length)) != NULL) {
		length = MIN(length, b->size);
		b->next = NULL;
		if (n->head == NULL) {
			begin_frame(n, b, length);
		} else {
			b->data = netbuf_start(b);
			b->len = length;
		}
		n->have += b->len;
		*n->tail = b;
		n->tail = &b->next;
		if (--n->missing == 0)
			deliver(n);
		any = true;
		--*budget;
	}
	virtq_kick(&n->rx);
	return any;
}

/* Frees what the device has sent. */
static bool reclaim(struct virtio_net *n)
{
	struct slot *s;
	uint32_t length;
	bool any = false;

	while ((s = virtq_take(&n->tx, &length)) != NULL) {
		s->next = n->free_slots;
		n->free_slots = s;
		if (s->stack_waits)
			n->netdev.stack->tx_done(&n->netdev, s->cookie);
		any = true;
	}
	if (UNLIKELY(any && n->starved)) {
		n->starved = false;
		virtq_want(&n->tx, 0);
		n->netdev.stack->tx_done(&n->netdev, NULL);
	}
	return any;
}

static void check_link(struct virtio_net *n)
{
	bool up = !virtio_has(n->dev, F_STATUS) || (virtio_config16(n->dev, CONFIG_STATUS) & STATUS_LINK) != 0;

	if (up == n->netdev.link_up)
		return;
	n->netdev.link_up = up;
	n->netdev.stack->link(&n->netdev);
}

/* True when there was something. */
static bool serve(struct virtio_net *n)
{
	unsigned budget = BUDGET;
	bool any = reclaim(n); /* first: the stack may want to send again what was lost */

	do {
		if (budget == 0 && timer_arm(&n->again, time_mono() + PAUSE_NS) == 0) {
			virtq_want(&n->rx, 0);
			break;
		}
		budget = MAX(budget, 1u);
		any |= receive(n, &budget);
	} while (virtq_want(&n->rx, 1));
	n->netdev.stack->receive_end(&n->netdev);
	return any;
}

static void go_on(struct ktimer *t)
{
	serve(CONTAINER_OF(t, struct virtio_net, again));
}

static void interrupt(void *arg)
{
	struct virtio_net *n = arg;

	n->dev->ops->ack(n->dev);
	if (!serve(n))
		check_link(n); /* what else can it be */
}

static int start(struct netdev *d)
{
	struct virtio_net *n = of(d);
	struct netbuf *b;
	unsigned least = (d->features & NETDEV_LRO) != 0 ? RX_LRO_MIN : RX_MIN, count = 0, want = least;

	while (count < want && n->rx.free_count > 0 && (b = netbuf_alloc()) != NULL) {
		post(n, b);
		want = MIN(MAX(netbuf_limit / 4, least), n->rx.size);
		count++;
	}
	if (count < (least > RX_MIN ? least : 1))
		return -ENOMEM;
	virtio_ready(n->dev);
	virtq_want(&n->tx, 0);
	virtq_want(&n->rx, 1);
	virtq_kick(&n->rx);
	return 0;
}

static bool room(struct virtio_net *n, unsigned descriptors)
{
	return n->free_slots != NULL && n->tx.free_count >= descriptors;
}

static bool make_room(struct virtio_net *n, unsigned descriptors)
{
	reclaim(n);
	while (!room(n, descriptors)) {
		unsigned busy = (uint16_t)(n->tx.avail - n->tx.last_used);

		n->starved = true;
		virtq_kick(&n->tx);
		if (!virtq_want(&n->tx, MAX(busy / 2, 1u)))
			return false;
		n->starved = false; /* it has been fast */
		virtq_want(&n->tx, 0);
		reclaim(n);
	}
	return true;
}

static void fill_header(struct header *h, const struct nettx *tx)
{
	memset(h, 0, sizeof *h);
	if (tx->csum) {
		h->flags = HDR_NEEDS_CSUM;
		h->csum_start = tx->csum_start;
		h->csum_offset = tx->csum_offset;
	}
	if (tx->gso_size != 0) {
		h->gso_type = HDR_TCPV4;
		h->gso_size = tx->gso_size;
		h->hdr_len = tx->header_len;
	}
}

static int transmit(struct netdev *d, const struct nettx *tx)
{
	struct virtio_net *n = of(d);
	struct virtq_piece piece[NETDEV_TX_PIECES + 1];
	bool copy = tx->len <= SHORT_MAX;
	unsigned count = copy ? 1 : tx->count + 1;
	struct slot *s;

	if (tx->count > NETDEV_TX_PIECES || count > n->tx.size)
		return -EMSGSIZE;
	if (UNLIKELY(!room(n, count)) && !make_room(n, count))
		return -ENOBUFS;
	s = n->free_slots;
	n->free_slots = s->next;
	s->stack_waits = !copy;
	s->cookie = tx->cookie;
	fill_header(&s->header, tx);
	piece[0] = (struct virtq_piece){&s->header, n->header_len};
	if (copy) {
		uint8_t *p = (uint8_t *)&s->header + n->header_len;

		for (unsigned i = 0; i < tx->count; i++) {
			memcpy(p, tx->piece[i].base, tx->piece[i].len);
			p += tx->piece[i].len;
		}
		piece[0].length += tx->len;
	} else {
		for (unsigned i = 0; i < tx->count; i++)
			piece[i + 1] = (struct virtq_piece){tx->piece[i].base, (uint32_t)tx->piece[i].len};
	}
	virtq_add(&n->tx, piece, count, 0, s);
	d->tx_packets++;
	d->tx_bytes += tx->len;
	return copy ? NETDEV_SENT : 0;
}

static void flush(struct netdev *d)
{
	virtq_kick(&of(d)->tx);
}

static void net_reclaim(struct netdev *d)
{
	reclaim(of(d));
}

static bool busy(struct netdev *d)
{
	const struct virtq *q = &of(d)->tx;

	return q->used_ring[1] != q->avail;
}

static const struct netdev_ops ops = {
    .start = start,
    .transmit = transmit,
    .flush = flush,
    .reclaim = net_reclaim,
    .busy = busy,
};

static bool make_slots(struct virtio_net *n)
{
	for (unsigned i = 0; i < SLOTS / PER_PAGE; i++) {
		paddr_t pa = page_alloc(0, PAGE_RESERVE);

		if (pa == 0)
			return false;
		for (unsigned k = 0; k < PER_PAGE; k++) {
			struct slot *s = page_ptr(pa + k * SLOT_SIZE);

			s->next = n->free_slots;
			n->free_slots = s;
		}
	}
	return true;
}

static int set_up(struct virtio_net *n)
{
	struct virtio_device *v = n->dev;
	struct netdev *d = &n->netdev;
	int err = virtio_negotiate(v, 1ull << F_CSUM | 1ull << F_GUEST_CSUM | 1ull << F_MTU | 1ull << F_MAC |
					  1ull << F_GUEST_TSO4 | 1ull << F_HOST_TSO4 | 1ull << F_MRG_RXBUF |
					  1ull << F_STATUS | 1ull << VIRTIO_F_EVENT_IDX);

	if (err != 0)
		return err;
	n->mergeable = virtio_has(v, F_MRG_RXBUF);
	n->header_len = n->mergeable || !v->legacy ? sizeof(struct header) : LEGACY_HEADER;
	/* Joined segments do not fit into one buffer. */
	if (virtio_has(v, F_GUEST_TSO4) && !n->mergeable)
		return -EOPNOTSUPP;
	timer_init(&n->again, go_on);
	n->irq = (struct irq){.fn = interrupt, .arg = n};
	err = v->ops->irq(v, &n->irq);
	if (err == 0)
		err = virtq_init(&n->rx, v, QUEUE_RX, QUEUE_MAX);
	if (err == 0)
		err = virtq_init(&n->tx, v, QUEUE_TX, QUEUE_MAX);
	if (err != 0)
		return err;
	if (!make_slots(n))
		return -ENOMEM;
	for (unsigned i = 0; i < sizeof d->mac; i++)
		d->mac[i] = v->ops->config(v, CONFIG_MAC + i);
	d->mtu = virtio_has(v, F_MTU) ? virtio_config16(v, CONFIG_MTU) : 1500;
	d->link_up = !virtio_has(v, F_STATUS) || (virtio_config16(v, CONFIG_STATUS) & STATUS_LINK) != 0;
	d->features = (virtio_has(v, F_CSUM) ? NETDEV_TX_CSUM : 0) | (virtio_has(v, F_HOST_TSO4) ? NETDEV_TSO : 0) |
		      (virtio_has(v, F_GUEST_TSO4) ? NETDEV_LRO : 0);
	d->ops = &ops;
	return 0;
}

static void probe(struct virtio_device *v)
{
	struct virtio_net *n = kzalloc(sizeof *n);
	int err = -ENOMEM;

	if (n != NULL) {
		n->dev = v;
		err = set_up(n);
	}
	if (err == 0) {
		netdev_register(&n->netdev);
		return;
	}
	log_err("virtio-net: cannot use the device: error %d", -err);
	virtio_fail(v);
	/* The queues and the interrupt may be known to the machine: their memory stays. */
}

VIRTIO_DRIVER(virtio_net_driver) = {1, probe};
