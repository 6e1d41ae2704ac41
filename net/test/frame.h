/* SPDX-License-Identifier: ISC */
/* Frames from a peer 10.0.0.1 to the guest 10.0.0.2, made by hand: for tests and fuzzing. */
#ifndef NET_TEST_FRAME_H
#define NET_TEST_FRAME_H

#include <string.h>

#include "harness.h"

#define GUEST 0x0a000002u
#define PEER  0x0a000001u

static const uint8_t peer_mac[6] = {2, 0, 0, 0, 0, 9};

static UNUSED void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static UNUSED void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

static UNUSED uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Plainly, two bytes at a time: not the code under test. */
static UNUSED uint32_t add16(uint32_t sum, const uint8_t *p, size_t n)
{
	for (; n > 1; n -= 2, p += 2)
		sum += (uint32_t)p[0] << 8 | p[1];
	if (n > 0)
		sum += (uint32_t)p[0] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static UNUSED uint32_t tcp_sum(const uint8_t *ip, size_t len, bool header)
{
	uint8_t pseudo[4] = {0, ip[9], (uint8_t)((len - 20) >> 8), (uint8_t)(len - 20)};
	uint32_t sum = add16(add16(0, ip + 12, 8), pseudo, 4);

	return header ? sum : add16(sum, ip + 20, len - 20);
}

static UNUSED size_t ip_frame(uint8_t *f, unsigned proto, size_t payload)
{
	memcpy(f, harness_mac, 6);
	memcpy(f + 6, peer_mac, 6);
	put16(f + 12, 0x0800);
	memset(f + 14, 0, 20);
	f[14] = 0x45;
	put16(f + 16, (unsigned)(20 + payload));
	f[22] = 64;
	f[23] = (uint8_t)proto;
	put32(f + 26, PEER);
	put32(f + 30, GUEST);
	put16(f + 24, 0xffff & ~add16(0, f + 14, 20));
	return 34 + payload;
}

/* A TCP segment from the peer; with MSS option on a SYN. */
static UNUSED void tcp_in(uint16_t sport, uint16_t dport, uint32_t seq, uint32_t ack, unsigned flags, const void *data,
			  size_t n)
{
	uint8_t f[2000];
	unsigned opt = (flags & 2) != 0 ? 4 : 0;
	size_t len;

	put16(f + 34, sport);
	put16(f + 36, dport);
	put32(f + 38, seq);
	put32(f + 42, ack);
	f[46] = (uint8_t)((20 + opt) << 2);
	f[47] = (uint8_t)flags;
	put16(f + 48, 65535);
	put32(f + 50, 0);
	put32(f + 54, 0x020405b4);
	memcpy(f + 54 + opt, data, n);
	len = ip_frame(f, 6, 20 + opt + n);
	put16(f + 50, 0xffff & ~tcp_sum(f + 14, len - 14, false));
	harness_receive(f, len, 0);
}

#endif
