/* SPDX-License-Identifier: ISC */
/* What all virtio devices have in common: the driver for an id, feature negotiation (specification 3.1), configuration. */
#include "drivers/virtio.h"

#include "abi/errno.h"
#include "kernel/log.h"

extern const struct virtio_driver kiln_virtio_start[], kiln_virtio_end[];

void virtio_found(struct virtio_device *d)
{
	for (const struct virtio_driver *v = kiln_virtio_start; v < kiln_virtio_end; v++)
		if (v->id == d->id) {
			v->probe(d);
			return;
		}
	log_debug("virtio: no driver for a device of type %u", d->id);
}

static void add_status(struct virtio_device *d, uint8_t bits)
{
	d->ops->set_status(d, d->ops->status(d) | bits);
}

int virtio_negotiate(struct virtio_device *d, uint64_t wanted)
{
	d->ops->set_status(d, 0);
	add_status(d, VIRTIO_STATUS_ACK);
	add_status(d, VIRTIO_STATUS_DRIVER);
	d->features = d->ops->features(d) & (wanted | 1ull << VIRTIO_F_VERSION_1);
	if (d->legacy)
		d->features &= UINT32_MAX;
	else if (!virtio_has(d, VIRTIO_F_VERSION_1))
		return -EIO;
	d->ops->set_features(d, d->features);
	if (d->legacy)
		return 0;
	add_status(d, VIRTIO_STATUS_FEATURES_OK);
	return (d->ops->status(d) & VIRTIO_STATUS_FEATURES_OK) != 0 ? 0 : -EIO;
}

bool virtio_has(const struct virtio_device *d, unsigned feature)
{
	return (d->features & 1ull << feature) != 0;
}

uint16_t virtio_config16(struct virtio_device *d, unsigned offset)
{
	return (uint16_t)(d->ops->config(d, offset) | d->ops->config(d, offset + 1) << 8);
}

void virtio_ready(struct virtio_device *d)
{
	add_status(d, VIRTIO_STATUS_DRIVER_OK);
}

void virtio_fail(struct virtio_device *d)
{
	add_status(d, VIRTIO_STATUS_FAILED);
}
