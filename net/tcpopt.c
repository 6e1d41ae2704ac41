/* SPDX-License-Identifier: ISC */
/* Options of TCP and of IP on TCP sockets. One that has no effect here is refused, so that nobody relies on it. */
#include "tcp.h"

#include <linux/in.h>
#include <linux/tcp.h>

#include "abi/errno.h"
#include "lib/string.h"

static int set_tcp(struct tcp_sock *t, int name, int v)
{
	switch (name) {
	case TCP_NODELAY: t->nodelay = v != 0; break;
	case TCP_CORK: t->cork = v != 0; break;
	case TCP_KEEPIDLE:
		if (v < 1 || v > 32767)
			return -EINVAL;
		t->keep_idle = (uint32_t)v;
		break;
	case TCP_KEEPINTVL:
		if (v < 1 || v > 32767)
			return -EINVAL;
		t->keep_intvl = (uint32_t)v;
		break;
	case TCP_KEEPCNT:
		if (v < 1 || v > 127)
			return -EINVAL;
		t->keep_cnt = (uint32_t)v;
		break;
	case TCP_QUICKACK:
		t->quickack = v != 0;
		if (v != 0 && t->pcb != NULL && t->state == TCP_CONNECTED && (t->pcb->flags & TF_ACK_DELAY) != 0)
			tcp_ack_now(t->pcb);
		break;
	case TCP_DEFER_ACCEPT: t->defer = v < 0 ? 0 : MIN((uint32_t)v, 3600u); break;
	case TCP_MAXSEG:
		if (v == 0)
			break; /* as the interface has it */
		if (v < 88 || v > 32767)
			return -EINVAL;
		if (t->pcb != NULL && t->state == TCP_CONNECTED)
			t->pcb->mss = MIN(t->pcb->mss, (u16_t)v);
		else
			return -ENOPROTOOPT; /* lwIP announces what the interface allows */
		break;
	default:
		/* TCP_USER_TIMEOUT, TCP_FASTOPEN, ... */
		return -ENOPROTOOPT;
	}
	tcp_apply_options(t);
	if (t->pcb != NULL && t->state == TCP_CONNECTED &&
	    ((name == TCP_CORK && v == 0) || name == TCP_NODELAY || name == TCP_QUICKACK)) {
		tcp_output(t->pcb);
		net_done();
	}
	return 0;
}

static int set_ip(struct tcp_sock *t, int name, int v)
{
	switch (name) {
	case IP_TOS: t->tos = (uint8_t)v; break;
	case IP_TTL:
		if (v != -1 && (v < 1 || v > 255))
			return -EINVAL;
		t->ttl = v == -1 ? TCP_TTL : (uint8_t)v;
		break;
	case IP_BIND_ADDRESS_NO_PORT: t->late_port = v != 0; return 0;
	default: return -ENOPROTOOPT;
	}
	tcp_apply_options(t);
	return 0;
}

int tcp_sock_setopt(struct sock *s, int level, int name, const void *val, unsigned len)
{
	struct tcp_sock *t = (struct tcp_sock *)s;
	int v, err;

	if (level == SOL_SOCKET) {
		tcp_apply_options(t);
		return -ENOPROTOOPT; /* none of its own */
	}
	if (level == SOL_TCP && name == TCP_CONGESTION) /* what lwIP does, RFC 5681 and 6582 */
		return len == 0 ? -EINVAL
		       : len >= 4 && memcmp(val, "reno", 4) == 0 && (len == 4 || ((const char *)val)[4] == '\0')
			   ? 0
			   : -ENOENT;
	err = inet_option_int(val, len, &v);
	if (err != 0)
		return err;
	if (level == SOL_TCP)
		return len < sizeof v ? -EINVAL : set_tcp(t, name, v);
	return level == SOL_IP ? set_ip(t, name, v) : -ENOPROTOOPT;
}

static int get_tcp(const struct tcp_sock *t, int name, int *v)
{
	switch (name) {
	case TCP_NODELAY: *v = t->nodelay; return 0;
	case TCP_CORK: *v = t->cork; return 0;
	case TCP_KEEPIDLE: *v = (int)t->keep_idle; return 0;
	case TCP_KEEPINTVL: *v = (int)t->keep_intvl; return 0;
	case TCP_KEEPCNT: *v = (int)t->keep_cnt; return 0;
	case TCP_QUICKACK: *v = t->quickack; return 0;
	case TCP_DEFER_ACCEPT: *v = (int)t->defer; return 0;
	case TCP_MAXSEG: *v = t->pcb != NULL && t->state == TCP_CONNECTED ? tcp_mss(t->pcb) : 536; return 0;
	default: return -ENOPROTOOPT;
	}
}

int tcp_sock_getopt(struct sock *s, int level, int name, void *val, unsigned *len)
{
	struct tcp_sock *t = (struct tcp_sock *)s;
	int v, err = 0;

	if (level == SOL_TCP && (name == TCP_CONGESTION || name == TCP_INFO)) {
		struct tcp_info i;

		tcp_info_get(t, &i);
		if (name == TCP_CONGESTION)
			memcpy(memset(&i, 0, sizeof i), "reno", 4);
		*len = MIN(*len, name == TCP_INFO ? (unsigned)sizeof i : 16u);
		memcpy(val, &i, *len);
		return 0;
	}
	if (level == SOL_SOCKET && name == SO_ACCEPTCONN)
		v = t->state == TCP_LISTENING;
	else if (level == SOL_TCP)
		err = get_tcp(t, name, &v);
	else if (level == SOL_IP && name == IP_TOS)
		v = t->tos;
	else if (level == SOL_IP && name == IP_TTL)
		v = t->ttl;
	else if (level == SOL_IP && name == IP_BIND_ADDRESS_NO_PORT)
		v = t->late_port;
	else
		return level == SOL_SOCKET || level == SOL_IP ? -ENOPROTOOPT : -EOPNOTSUPP;
	if (err != 0)
		return err;
	*len = MIN(*len, (unsigned)sizeof v);
	memcpy(val, &v, *len);
	return 0;
}
