/* SPDX-License-Identifier: ISC */
/*
 * Virtio (OASIS, version 1.1; legacy interface as in its sections "Legacy Interface"): a device as its transport (PCI,
 * MMIO) gives it to a driver, and split virtqueues. A driver registers its device id with VIRTIO_DRIVER and is offered
 * each such device once, reset, at INIT_DRIVER.
 */
#ifndef DRIVERS_VIRTIO_H
#define DRIVERS_VIRTIO_H

#include "drivers/machine.h"

#define VIRTIO_F_INDIRECT  28
#define VIRTIO_F_EVENT_IDX 29
#define VIRTIO_F_VERSION_1 32

#define VIRTIO_STATUS_ACK         1u
#define VIRTIO_STATUS_DRIVER      2u
#define VIRTIO_STATUS_DRIVER_OK   4u
#define VIRTIO_STATUS_FEATURES_OK 8u
#define VIRTIO_STATUS_FAILED      128u

struct virtio_device;
struct virtq;

struct virtio_transport {
	uint8_t (*status)(struct virtio_device *d);
	void (*set_status)(struct virtio_device *d, uint8_t status); /* 0 resets, and waits until it is done */
	uint64_t (*features)(struct virtio_device *d);
	void (*set_features)(struct virtio_device *d, uint64_t features);
	uint8_t (*config)(struct virtio_device *d, unsigned offset); /* one byte of the device's configuration */
	/* The most entries of a queue; 0: there is no such queue. A legacy device takes exactly so many. */
	unsigned (*queue_max)(struct virtio_device *d, unsigned index);
	/* Tells where q is. 0 or -errno. */
	int (*queue_enable)(struct virtio_device *d, const struct virtq *q);
	void (*notify)(struct virtio_device *d, unsigned index);
	/* Wires the device's one interrupt to q, before queues are enabled. 0 or -errno. */
	int (*irq)(struct virtio_device *d, struct irq *q);
	void (*ack)(struct virtio_device *d); /* of an interrupt: called first by every handler */
};

struct virtio_device {
	const struct virtio_transport *ops;
	uint32_t id; /* 1: network */
	bool legacy; /* no VIRTIO_F_VERSION_1: native byte order, old layouts */
	uint64_t features; /* as negotiated */
};

struct virtio_driver {
	uint32_t id;
	void (*probe)(struct virtio_device *d);
};

#define VIRTIO_DRIVER(name)                                                                                            \
	static const struct virtio_driver name __attribute__((used, aligned(8), section(".kiln.virtio")))

struct virtq_desc {
	uint64_t address;
	uint32_t length;
	uint16_t flags, next;
};

struct virtq_used_elem {
	uint32_t id, length;
};

struct virtq {
	struct virtio_device *dev;
	uint16_t index, size; /* size: a power of two */
	uint16_t free_head, free_count;
	uint16_t last_used; /* next to be taken from the used ring */
	uint16_t avail; /* next to be put into the available ring, and what the device was told of */
	uint16_t told;
	bool event_idx;
	paddr_t pa; /* of the descriptors; then come the rings, in the legacy layout */
	struct virtq_desc *desc;
	volatile uint16_t *avail_ring; /* flags, index, entries, used_event */
	volatile uint16_t *used_ring; /* flags, index; entries; avail_event */
	void **cookie; /* by a chain's first descriptor */
};

struct virtq_piece {
	const void *base; /* in the direct map */
	uint32_t length;
};

#pragma GCC visibility push(default)
/* For transports: offers d to its driver. */
void virtio_found(struct virtio_device *d);
/* Where q's rings are, for queue_enable. */
paddr_t virtq_avail_pa(const struct virtq *q);
paddr_t virtq_used_pa(const struct virtq *q);

/* For drivers: resets, and agrees on those of the wanted features that the device has. 0 or -EIO. */
int virtio_negotiate(struct virtio_device *d, uint64_t wanted) MUST_CHECK;
bool virtio_has(const struct virtio_device *d, unsigned feature);
uint16_t virtio_config16(struct virtio_device *d, unsigned offset);
void virtio_ready(struct virtio_device *d); /* DRIVER_OK */
void virtio_fail(struct virtio_device *d);

/* A queue of at most `max` entries (legacy: as the device says). 0, -ENOENT, -ENOMEM. */
int virtq_init(struct virtq *q, struct virtio_device *d, unsigned index, unsigned max) MUST_CHECK;
/* Adds a chain: the first `out` pieces are read by the device, the `in` others are written. cookie != NULL. There must be room:
 * q->free_count >= out + in. The device need not know before virtq_kick. */
void virtq_add(struct virtq *q, const struct virtq_piece *piece, unsigned out, unsigned in, void *cookie);
void virtq_kick(struct virtq *q);
/* A chain that the device is done with: its cookie, and how much was written. NULL: none. */
void *virtq_take(struct virtq *q, uint32_t *length);
/* Interrupts after `after` more used chains (1: at the next); 0: none are wanted. True: so many are there already. */
bool virtq_want(struct virtq *q, unsigned after);
#pragma GCC visibility pop

#endif
