/* SPDX-License-Identifier: ISC */
/* The parts of kiln-slirp, the user-mode network's process. */
#ifndef SLIRP_H
#define SLIRP_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "abi/boot.h"
#include "hostlib/error.h"

/* What a guest may reach. */
struct policy {
	bool host_loopback;
	struct in_addr nameserver; /* the host's; 0: none */
};

/*
 * link.c: the guest's end of the socket. Each packet is a frame behind a virtio-net header of BOOT_NIC_HEADER bytes,
 * in which only DATA_VALID is used.
 */
#define LINK_FRAME_MAX (14u + BOOT_NIC_SOCKET_MTU)

void link_init(int fd);
/* Queues a frame for the guest; one that there is no room for is dropped, as a network does. */
void link_send(const void *frame, size_t len);
/* Sends what is queued and the guest takes now. */
void link_flush(void);
bool link_waiting(void);
/* Gives every frame that has come to take; false: the guest is gone. */
bool link_receive(void (*take)(const uint8_t *frame, size_t len, void *opaque), void *opaque);

/* frame.c: whether libslirp shall see this frame of the guest's. */
bool frame_allowed(const uint8_t *frame, size_t len);

/* policy.c: from here on libslirp's calls are bound by this. Reads the host's resolv.conf. */
void policy_init(bool host_loopback);
/* Whether the guest may reach this address of the host's world. */
bool policy_allows(const struct policy *p, const struct sockaddr *to, socklen_t len);

/* confine.c: no files, no new processes, no privileges, no other calls than those of the table. */
int confine(struct error *err);

#endif
