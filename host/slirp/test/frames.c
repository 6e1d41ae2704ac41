/* SPDX-License-Identifier: ISC */
/*
 * frames FD COUNT [SEED]: sends COUNT frames to the network at the descriptor that are wrong in every way: random bytes,
 * and ARP, IPv4, UDP, TCP, ICMP, DHCP and DNS frames with random fields, lengths and fragments. Then asks by ARP for the
 * network's own address: an answer means that the helper lives.
 */
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define HEADER 12 /* virtio-net's */

static uint64_t state = 0x9e3779b97f4a7c15u;

static uint32_t rnd(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 33) % below;
}

static uint16_t sum(const uint8_t *p, size_t n)
{
	uint32_t s = 0;

	for (size_t i = 0; i + 1 < n; i += 2)
		s += (uint32_t)(p[i] << 8 | p[i + 1]);
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return (uint16_t)~s;
}

static size_t arp(uint8_t *f)
{
	/* clang-format off */
	static const uint8_t ask[42] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 8, 6,
					0, 1, 8, 0, 6, 4, 0, 1,
					2, 0, 0, 0, 0, 1, 10, 0, 2, 15,
					0, 0, 0, 0, 0, 0, 10, 0, 2, 2};
	/* clang-format on */

	memcpy(f, ask, sizeof ask);
	return sizeof ask;
}

static size_t ip(uint8_t *f, size_t payload)
{
	static const uint8_t protocols[] = {1, 2, 6, 17, 17, 6};
	static const uint16_t ports[] = {53, 67, 68, 69, 80, 113, 9, 21};
	static const uint8_t hosts[] = {2, 3, 15, 255, 0, 77};
	size_t total = 20 + payload;
	uint8_t *h = f + 14;

	f[12] = 8;
	f[13] = 0;
	h[0] = 0x45;
	h[2] = (uint8_t)(total >> 8);
	h[3] = (uint8_t)total;
	h[6] = rnd(4) ? 0 : (uint8_t)rnd(256); /* fragments */
	h[7] = rnd(4) ? 0 : (uint8_t)rnd(256);
	h[8] = 64;
	h[9] = protocols[rnd(sizeof protocols)];
	memcpy(h + 12, "\x0a\0\x02\x0f\x0a\0\x02", 7);
	h[19] = hosts[rnd(sizeof hosts)];
	if (rnd(8) == 0)
		memcpy(h + 16, "\xff\xff\xff\xff", 4);
	h[20] = 0x80;
	h[22] = (uint8_t)(ports[rnd(8)] >> 8);
	h[23] = (uint8_t)ports[rnd(8)];
	if (rnd(2) && h[9] == 6 && payload >= 20) {
		h[32] = (uint8_t)(rnd(16) << 4);
		h[33] = (uint8_t)rnd(64);
	}
	if (rnd(2) && h[9] == 17) {
		h[24] = (uint8_t)(payload >> 8);
		h[25] = (uint8_t)payload;
		h[26] = h[27] = 0; /* no checksum */
	}
	for (unsigned k = rnd(6) ? 0 : 1 + rnd(3); k > 0; k--)
		h[rnd(20)] = (uint8_t)rnd(256);
	h[10] = h[11] = 0;
	if ((size_t)(h[0] & 15) * 4 <= total) {
		uint16_t s = sum(h, (size_t)(h[0] & 15) * 4);

		h[10] = (uint8_t)(s >> 8);
		h[11] = (uint8_t)s;
	}
	if (h[9] == 1 && payload >= 8) {
		uint16_t s;

		h[22] = h[23] = 0;
		s = sum(h + 20, payload & ~(size_t)1);
		h[22] = (uint8_t)(s >> 8);
		h[23] = (uint8_t)s;
	}
	return 14 + total;
}

static void discard(int fd)
{
	static uint8_t buf[4096];

	while (recv(fd, buf, sizeof buf, MSG_DONTWAIT) > 0)
		;
}

static int answered(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	uint8_t f[2048] = {0};

	for (int tries = 0; tries < 20; tries++) {
		if (send(fd, f, HEADER + arp(f + HEADER), MSG_NOSIGNAL) < 0)
			return 0;
		while (poll(&p, 1, 500) == 1) {
			uint8_t in[4096];
			ssize_t n = recv(fd, in, sizeof in, 0);

			if (n <= 0)
				return 0;
			if (n >= HEADER + 42 && in[HEADER + 12] == 8 && in[HEADER + 13] == 6 && in[HEADER + 21] == 2)
				return 1;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	int fd = argc > 2 ? atoi(argv[1]) : -1;
	long count = argc > 2 ? atol(argv[2]) : 0;
	uint8_t f[4096];

	if (argc > 3)
		state ^= strtoull(argv[3], NULL, 0) << 1;
	if (fd < 0 || !answered(fd)) {
		puts("no network there");
		return 1;
	}
	for (long i = 0; i < count; i++) {
		size_t n = rnd(10) ? 20 + rnd(100) : rnd(2000);

		for (size_t k = 0; k < HEADER + 14 + 20 + n; k++)
			f[k] = (uint8_t)rnd(256);
		memcpy(f + HEADER, "\x52\x55\x0a\0\x02\x02\x02\0\0\0\0\x01", 12);
		if (rnd(8))
			n = ip(f + HEADER, n);
		else if (rnd(2))
			f[HEADER + 12] = 8, f[HEADER + 13] = (uint8_t)rnd(8);
		if (rnd(30) == 0)
			n = rnd((uint32_t)n + 1); /* cut short */
		if (send(fd, f, HEADER + n, MSG_NOSIGNAL) < 0) {
			printf("gone after %ld frames\n", i);
			return 1;
		}
		if (i % 16 == 0)
			discard(fd);
	}
	if (!answered(fd)) {
		printf("no answer after %ld frames\n", count);
		return 1;
	}
	printf("%ld frames, still there\n", count);
	return 0;
}
