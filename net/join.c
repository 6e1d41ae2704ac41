/* SPDX-License-Identifier: ISC */
/*
 * Segmentation offload without lwIP's knowledge: full segments of one connection that follow each other are collected
 * and handed to the device as one long one, which it cuts again at the same places. The first segment's pbuf lends its
 * headers, of the others only the payload is sent. A struct join holds a reference to all of them until tx_done; lwIP
 * sees that they are busy and does not touch them.
 *
 * A join ends with a short segment, when it is full, at the first packet that does not fit, or at net_done.
 */
#include "netif.h"

#include "abi/errno.h"
#include "kernel/heap.h"
#include "lib/string.h"

#define JOIN_SEGMENTS 46u
#define IP_OFF        SIZEOF_ETH_HDR
#define TCP_OFF       (IP_OFF + 20u)
#define HEADERS       (TCP_OFF + 20u)
#define FLAG_ACK      0x10
#define FLAG_PSH      0x08
#define LONG          1000u

struct join {
	unsigned count, pieces;
	uint32_t payload; /* of all */
	uint32_t next_seq;
	uint16_t gso; /* payload of each but the last */
	bool full; /* a short one was the last */
	struct pbuf *p[JOIN_SEGMENTS];
	struct netpiece piece[NETDEV_TX_PIECES];
};

static uint32_t get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return lwip_htonl(v);
}

static void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* A TCP data segment with plain headers, all in the first pbuf. */
static bool plain(const struct pbuf *p)
{
	const uint8_t *f = p->payload;

	return p->len >= HEADERS && p->tot_len > HEADERS && f[12] == 0x08 && f[13] == 0 && f[IP_OFF] == 0x45 &&
	       f[IP_OFF + 9] == 6 && (f[IP_OFF + 6] & 0x3f) == 0 && f[TCP_OFF + 12] == 0x50 &&
	       (f[TCP_OFF + 13] & ~FLAG_PSH) == FLAG_ACK;
}

/* Same Ethernet header, TOS, TTL, addresses, ports, acknowledgement and window, and the next sequence number. */
static bool follows(const struct join *j, const struct pbuf *p)
{
	const uint8_t *a = j->p[0]->payload, *b = p->payload;
	uint32_t n = p->tot_len - HEADERS;

	return !j->full && n <= j->gso && j->count < JOIN_SEGMENTS && j->payload + n + 40 <= 65535 &&
	       get32(b + TCP_OFF + 4) == j->next_seq && memcmp(a, b, IP_OFF + 2) == 0 &&
	       a[IP_OFF + 8] == b[IP_OFF + 8] && memcmp(a + IP_OFF + 12, b + IP_OFF + 12, 12) == 0 &&
	       memcmp(a + TCP_OFF + 8, b + TCP_OFF + 8, 4) == 0 && memcmp(a + TCP_OFF + 14, b + TCP_OFF + 14, 2) == 0;
}

/* The pieces of p, without its headers unless it is the first; false: too many. */
static bool add(struct join *j, struct pbuf *p)
{
	unsigned n = j->pieces, skip = j->count == 0 ? 0 : HEADERS;

	for (struct pbuf *q = p; q != NULL; q = q->next) {
		unsigned cut = q == p ? skip : 0;

		if (q->len == cut)
			continue;
		if (n == NETDEV_TX_PIECES)
			return false;
		j->piece[n++] = (struct netpiece){(uint8_t *)q->payload + cut, q->len - cut};
	}
	if (j->count > 0) {
		uint8_t *f = j->p[0]->payload;

		f[TCP_OFF + 13] |= ((const uint8_t *)p->payload)[TCP_OFF + 13] & FLAG_PSH;
	}
	pbuf_ref(p);
	j->pieces = n;
	j->p[j->count++] = p;
	j->payload += p->tot_len - HEADERS;
	j->next_seq += p->tot_len - HEADERS;
	j->full = p->tot_len - HEADERS < j->gso;
	return true;
}

static void release(struct join *j)
{
	for (unsigned k = 0; k < j->count; k++)
		pbuf_free(j->p[k]);
	kfree(j);
}

void join_free(void *cookie)
{
	release((struct join *)((uintptr_t)cookie & ~(uintptr_t)JOIN_COOKIE));
}

/* The long segment's headers: IP length and checksum, and the TCP pseudo header's sum. */
static void headers(struct join *j)
{
	uint8_t *f = j->p[0]->payload;
	unsigned len = j->payload + 40;
	uint16_t sum, w[6];
	uint32_t s;

	put16(f + IP_OFF + 2, len);
	put16(f + IP_OFF + 10, 0);
	sum = (uint16_t)~net_checksum(f + IP_OFF, 20);
	memcpy(f + IP_OFF + 10, &sum, 2);
	memcpy(w, f + IP_OFF + 12, 8);
	w[4] = lwip_htons(6);
	w[5] = lwip_htons((uint16_t)(len - 20));
	s = net_checksum(w, sizeof w);
	sum = (uint16_t)s;
	memcpy(f + TCP_OFF + 16, &sum, 2);
}

void join_flush(struct net_if *i)
{
	struct join *j = i->join;
	struct nettx tx;
	int r = -ENOBUFS;

	i->join = NULL;
	if (j == NULL)
		return;
	if (j->count > 1 && i->queued == 0) {
		headers(j);
		tx = (struct nettx){.piece = j->piece,
				    .count = j->pieces,
				    .len = j->payload + HEADERS,
				    .csum = true,
				    .csum_start = TCP_OFF,
				    .csum_offset = 16,
				    .gso_size = j->gso,
				    .header_len = HEADERS,
				    .cookie = (void *)((uintptr_t)j | JOIN_COOKIE)};
		r = i->dev->ops->transmit(i->dev, &tx);
		if (r >= 0)
			i->unflushed = true;
		if (r == 0)
			return;
	}
	/* Alone, or the device is full: each as it was. A lost one is sent again by TCP. */
	if (r < 0 && j->count > 1)
		put16((uint8_t *)j->p[0]->payload + IP_OFF + 2, j->p[0]->tot_len - IP_OFF);
	for (unsigned k = 0; r < 0 && k < j->count; k++) {
		uint8_t *f = j->p[k]->payload;
		uint16_t sum;

		put16(f + IP_OFF + 10, 0);
		sum = (uint16_t)~net_checksum(f + IP_OFF, 20);
		memcpy(f + IP_OFF + 10, &sum, 2);
		net_if_send(i, j->p[k]);
	}
	release(j);
}

bool join_output(struct net_if *i, struct pbuf *p)
{
	struct join *j = i->join;

	/* A short segment cannot be the first of a longer one. */
	if (j == NULL && p->tot_len < LONG)
		return false;
	if (!plain(p)) {
		join_flush(i);
		return false;
	}
	if (j != NULL && follows(j, p) && add(j, p)) {
		if (j->full)
			join_flush(i);
		return true;
	}
	join_flush(i);
	if (p->tot_len < LONG)
		return false;
	j = kmalloc(sizeof *j);
	if (j == NULL)
		return false;
	j->count = j->pieces = 0;
	j->payload = 0;
	j->gso = (uint16_t)(p->tot_len - HEADERS);
	j->next_seq = get32((const uint8_t *)p->payload + TCP_OFF + 4);
	j->full = false;
	if (!add(j, p)) {
		kfree(j);
		return false;
	}
	i->join = j;
	return true;
}
