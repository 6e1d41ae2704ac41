/* SPDX-License-Identifier: ISC */
/*
 * Between lwIP and the devices. Received buffers become pbufs in place (the pbuf stands in netbuf.stack); sent pbufs
 * are handed to the device in place, with a reference until tx_done. What a full device does not take waits in a short
 * queue. Frames are pushed out (ops->flush) once per entry into the stack, by net_done.
 *
 * With NETDEV_TSO consecutive segments of a connection are joined (join.c) on their way to the device.
 */
#include "netif.h"

#include "abi/errno.h"
#include "kernel/heap.h"
#include "lib/string.h"

struct list net_if_list = LIST_INIT(net_if_list);

_Static_assert(sizeof(struct pbuf_custom) <= sizeof(((struct netbuf *)0)->stack), "a pbuf fits into a netbuf");

/* The pseudo header's sum, where the device will find it; where the TCP or UDP header begins, 0: not a whole packet of
 * these (then nothing is left to the device). */
static unsigned pseudo_sum(uint8_t *frame, size_t len, unsigned *field)
{
	uint8_t *ip = frame + SIZEOF_ETH_HDR;
	unsigned hlen, l4, proto;
	uint32_t sum;
	uint16_t w[4];

	if (len < SIZEOF_ETH_HDR + 20 || frame[12] != 0x08 || frame[13] != 0)
		return 0;
	hlen = (ip[0] & 15u) * 4u;
	proto = ip[9];
	*field = proto == 6 ? 16 : 6;
	l4 = SIZEOF_ETH_HDR + hlen;
	if ((proto != 6 && proto != 17) || (ip[6] & 0x3f) != 0 || ip[7] != 0 || len < l4 + *field + 2)
		return 0;
	memcpy(w, ip + 12, sizeof w);
	sum = (uint32_t)w[0] + w[1] + w[2] + w[3] + lwip_htons((uint16_t)proto) +
	      lwip_htons((uint16_t)(((unsigned)ip[2] << 8 | ip[3]) - hlen));
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	w[0] = (uint16_t)sum;
	memcpy(frame + l4 + *field, w, 2);
	return l4;
}

/* One frame to the device; 0, NETDEV_SENT or -errno. The cookie is p. */
static int transmit(struct net_if *i, struct pbuf *p)
{
	struct netpiece piece[NETDEV_TX_PIECES];
	struct nettx tx = {.piece = piece, .len = p->tot_len, .cookie = p};
	struct pbuf *q;
	int r;

	for (q = p; q != NULL && tx.count < NETDEV_TX_PIECES; q = q->next)
		if (q->len > 0)
			piece[tx.count++] = (struct netpiece){q->payload, q->len};
	if (q != NULL)
		return -EMSGSIZE;
	if ((i->dev->features & NETDEV_TX_CSUM) != 0) {
		unsigned field = 0, l4 = pseudo_sum(p->payload, p->len, &field);

		tx.csum = l4 != 0;
		tx.csum_start = (uint16_t)l4;
		tx.csum_offset = (uint16_t)field;
	}
	pbuf_ref(p); /* before: the device may be done already when it returns */
	r = i->dev->ops->transmit(i->dev, &tx);
	if (r != 0)
		pbuf_free(p);
	if (r >= 0)
		i->unflushed = true;
	return r;
}

/* Sends or queues; takes no reference from the caller. */
int net_if_send(struct net_if *i, struct pbuf *p)
{
	int r = i->queued > 0 ? -ENOBUFS : transmit(i, p);

	if (r != -ENOBUFS)
		return r < 0 ? r : 0;
	if (i->queued == NET_IF_QUEUE) {
		i->dev->tx_dropped++;
		return -ENOBUFS;
	}
	pbuf_ref(p);
	i->queue[(i->queue_head + i->queued++) % NET_IF_QUEUE] = p;
	return 0;
}

static void drain(struct net_if *i)
{
	while (i->queued > 0) {
		struct pbuf *p = i->queue[i->queue_head];

		if (transmit(i, p) == -ENOBUFS)
			return;
		i->queue_head = (i->queue_head + 1) % NET_IF_QUEUE;
		i->queued--;
		pbuf_free(p);
	}
}

static err_t output(struct netif *n, struct pbuf *p)
{
	struct net_if *i = n->state;
	int r;

	if ((i->dev->features & NETDEV_TSO) != 0 && join_output(i, p))
		return ERR_OK;
	r = net_if_send(i, p);
	return r == 0 ? ERR_OK : r == -ENOBUFS ? ERR_MEM : ERR_IF;
}

static void netbuf_pbuf_free(struct pbuf *p)
{
	netbuf_free(CONTAINER_OF((uint64_t(*)[4])(void *)p, struct netbuf, stack));
}

static void receive(struct netdev *d, struct netbuf *chain, unsigned flags)
{
	struct net_if *i = d->stack_priv;
	struct pbuf *first = NULL, **link = &first, *p;
	size_t total = 0;

	for (struct netbuf *b = chain; b != NULL; b = b->next)
		total += b->len;
	if (total < SIZEOF_ETH_HDR || total > 65535 || (total > 256 && net_pressure())) {
		d->rx_dropped++;
		netbuf_free_chain(chain);
		return;
	}
	for (struct netbuf *b = chain, *next; b != NULL; b = next) {
		struct pbuf_custom *c = (struct pbuf_custom *)(void *)b->stack;

		next = b->next;
		c->custom_free_function = netbuf_pbuf_free;
		p = &c->pbuf;
		*p = (struct pbuf){.payload = b->data,
				   .tot_len = (uint16_t)total,
				   .len = (uint16_t)b->len,
				   .type_internal = (uint8_t)PBUF_REF,
				   .flags = PBUF_FLAG_IS_CUSTOM,
				   .ref = 1};
		total -= b->len;
		*link = p;
		link = &p->next;
	}
	NETIF_SET_CHECKSUM_CTRL(&i->nif, (flags & NETDEV_RX_CSUM_OK) != 0 ? i->csum_ok : i->csum_check);
	if (i->nif.input(first, &i->nif) != ERR_OK)
		pbuf_free(first);
}

static void receive_end(struct netdev *d UNUSED)
{
	net_done();
}

static void tx_done(struct netdev *d, void *cookie)
{
	struct net_if *i = d->stack_priv;

	if (((uintptr_t)cookie & JOIN_COOKIE) != 0)
		join_free(cookie);
	else if (cookie != NULL)
		pbuf_free(cookie);
	if (UNLIKELY(i->queued > 0))
		i->draining = true; /* in net_done: the device is in the middle of something */
}

static void link_changed(struct netdev *d)
{
	struct net_if *i = d->stack_priv;

	if (d->link_up)
		netif_set_link_up(&i->nif);
	else
		netif_set_link_down(&i->nif);
	net_if_changed(i);
	net_done();
}

static const struct netdev_stack stack_ops = {
    .receive = receive,
    .receive_end = receive_end,
    .tx_done = tx_done,
    .link = link_changed,
};

static bool flush(void)
{
	bool more = false;
	struct net_if *i;

	list_for_each_entry (i, &net_if_list, link) {
		if (i->join != NULL)
			join_flush(i);
		if (UNLIKELY(i->draining)) {
			i->draining = false;
			drain(i);
		}
		if (i->unflushed) {
			i->unflushed = false;
			if (i->dev->ops->flush != NULL)
				i->dev->ops->flush(i->dev);
		}
		more |= i->draining;
	}
	return more;
}

/* Packets to ourselves are taken up here, where lwIP is not in the middle of something, until there are no more. */
void net_flush(void)
{
	static bool busy;
	struct netif *n;
	bool more;

	if (busy)
		return;
	busy = true;
	do {
		more = false;
		for (n = netif_list; n != NULL; n = n->next)
			if (n->loop_first != NULL) {
				uint16_t ctrl = n->chksum_flags;

				NETIF_SET_CHECKSUM_CTRL(n, 0);
				netif_poll(n);
				NETIF_SET_CHECKSUM_CTRL(n, ctrl);
				more = true;
			}
		more |= flush();
	} while (more);
	busy = false;
}

void net_done(void)
{
	net_flush();
	net_timers_kick();
}

void net_reclaim(void)
{
	struct net_if *i;

	list_for_each_entry (i, &net_if_list, link)
		if (i->dev->ops->reclaim != NULL)
			i->dev->ops->reclaim(i->dev);
}

static err_t init(struct netif *n)
{
	struct net_if *i = n->state;

	n->name[0] = 'e';
	n->name[1] = 'n';
	n->linkoutput = output;
	n->output = etharp_output;
	n->mtu = i->dev->mtu;
	n->hwaddr_len = 6;
	memcpy(n->hwaddr, i->dev->mac, 6);
	n->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
	return ERR_OK;
}

int net_if_add(struct netdev *d, struct net_if **out)
{
	struct net_if *i = kzalloc(sizeof *i);
	uint16_t gen = NETIF_CHECKSUM_ENABLE_ALL;
	int err;

	if (i == NULL)
		return -ENOMEM;
	i->dev = d;
	d->stack = &stack_ops;
	d->stack_priv = i;
	if ((d->features & NETDEV_TX_CSUM) != 0)
		gen &= (uint16_t) ~(NETIF_CHECKSUM_GEN_TCP | NETIF_CHECKSUM_GEN_UDP);
	i->csum_check = gen;
	i->csum_ok = gen & (uint16_t) ~(NETIF_CHECKSUM_CHECK_TCP | NETIF_CHECKSUM_CHECK_UDP);
	if (netif_add(&i->nif, NULL, NULL, NULL, i, init, ethernet_input) == NULL) {
		kfree(i);
		return -ENOMEM;
	}
	NETIF_SET_CHECKSUM_CTRL(&i->nif, gen);
	err = d->ops->start(d);
	if (err != 0) {
		netif_remove(&i->nif);
		kfree(i);
		return err;
	}
	list_push_back(&net_if_list, &i->link);
	netif_set_up(&i->nif);
	if (d->link_up)
		netif_set_link_up(&i->nif);
	*out = i;
	return 0;
}

struct net_if *net_if_find(const char *name)
{
	struct net_if *i;

	list_for_each_entry (i, &net_if_list, link)
		if (strcmp(i->dev->name, name) == 0)
			return i;
	return NULL;
}

struct net_if *net_if_of_index(int index)
{
	struct net_if *i;

	list_for_each_entry (i, &net_if_list, link)
		if (netif_get_index(&i->nif) == index)
			return i;
	return NULL;
}
