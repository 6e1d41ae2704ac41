/* SPDX-License-Identifier: ISC */
/*
 * Only frames that a well-behaved IPv4 stack sends reach libslirp, whose code is old and trusts much: ARP, and whole IPv4
 * packets without options. Fragments are dropped, since putting them together is where libslirp can be made to crash;
 * the guest's MTU is so large that it has no need of them.
 */
#include "slirp.h"

#define ETHER     14u
#define ARP_SIZE  28u
#define IP_HEADER 20u

static unsigned be16(const uint8_t *p)
{
	return (unsigned)(p[0] << 8 | p[1]);
}

bool frame_allowed(const uint8_t *frame, size_t len)
{
	const uint8_t *ip = frame + ETHER;

	if (len < ETHER)
		return false;
	if (be16(frame + 12) == 0x0806)
		return len >= ETHER + ARP_SIZE;
	if (be16(frame + 12) != 0x0800 || len < ETHER + IP_HEADER)
		return false;
	if (ip[0] != 0x45 || be16(ip + 2) < IP_HEADER || be16(ip + 2) > len - ETHER)
		return false;
	return (be16(ip + 6) & 0x3fff) == 0; /* neither more fragments nor an offset */
}
