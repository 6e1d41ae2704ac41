/* SPDX-License-Identifier: ISC */
/*
 * Virtio over PCI (specification 4.1): the modern interface by the vendor capabilities where the device has them, else
 * the legacy one behind an I/O BAR. With MSI-X all queues share the first entry, and nothing has to be acknowledged.
 */
#include "abi/errno.h"
#include "drivers/pci.h"
#include "drivers/virtio.h"
#include "kernel/heap.h"
#include "kernel/log.h"

#define CFG_COMMON 1u
#define CFG_NOTIFY 2u
#define CFG_ISR    3u
#define CFG_DEVICE 4u

#define COMMON_DEVICE_SELECT 0
#define COMMON_DEVICE        4
#define COMMON_DRIVER_SELECT 8
#define COMMON_DRIVER        12
#define COMMON_MSIX_CONFIG   16
#define COMMON_STATUS        20
#define COMMON_QUEUE         22
#define COMMON_QUEUE_SIZE    24
#define COMMON_QUEUE_MSIX    26
#define COMMON_QUEUE_ENABLE  28
#define COMMON_QUEUE_NOTIFY  30
#define COMMON_QUEUE_DESC    32
#define COMMON_QUEUE_AVAIL   40
#define COMMON_QUEUE_USED    48

#define LEGACY_DEVICE      0
#define LEGACY_DRIVER      4
#define LEGACY_QUEUE_PFN   8
#define LEGACY_QUEUE_SIZE  12
#define LEGACY_QUEUE       14
#define LEGACY_NOTIFY      16
#define LEGACY_STATUS      18
#define LEGACY_ISR         19
#define LEGACY_MSIX_CONFIG 20
#define LEGACY_MSIX_QUEUE  22

#define NO_VECTOR   0xffffu
#define QUEUES_MAX  4u
#define RESET_LOOKS 1000000u

struct virtio_pci {
	struct virtio_device dev;
	struct pci_device pci;
	uint16_t ports; /* legacy */
	bool msix;
	volatile uint8_t *common, *isr, *device, *notify;
	uint32_t notify_multiplier;
	volatile uint16_t *doorbell[QUEUES_MAX];
};

static struct virtio_pci *of(struct virtio_device *d)
{
	return CONTAINER_OF(d, struct virtio_pci, dev);
}

static uint32_t common_read32(struct virtio_pci *v, unsigned reg)
{
	return *(volatile uint32_t *)(v->common + reg);
}

static uint16_t common_read16(struct virtio_pci *v, unsigned reg)
{
	return *(volatile uint16_t *)(v->common + reg);
}

static void common_write32(struct virtio_pci *v, unsigned reg, uint32_t x)
{
	*(volatile uint32_t *)(v->common + reg) = x;
}

static void common_write16(struct virtio_pci *v, unsigned reg, uint16_t x)
{
	*(volatile uint16_t *)(v->common + reg) = x;
}

static void common_write64(struct virtio_pci *v, unsigned reg, uint64_t x)
{
	common_write32(v, reg, (uint32_t)x);
	common_write32(v, reg + 4, (uint32_t)(x >> 32));
}

static uint8_t modern_status(struct virtio_device *d)
{
	return of(d)->common[COMMON_STATUS];
}

static void modern_set_status(struct virtio_device *d, uint8_t status)
{
	of(d)->common[COMMON_STATUS] = status;
	for (unsigned i = 0; status == 0 && modern_status(d) != 0 && i < RESET_LOOKS; i++)
		;
}

static uint64_t modern_features(struct virtio_device *d)
{
	uint64_t low;

	common_write32(of(d), COMMON_DEVICE_SELECT, 0);
	low = common_read32(of(d), COMMON_DEVICE);
	common_write32(of(d), COMMON_DEVICE_SELECT, 1);
	return low | (uint64_t)common_read32(of(d), COMMON_DEVICE) << 32;
}

static void modern_set_features(struct virtio_device *d, uint64_t features)
{
	common_write32(of(d), COMMON_DRIVER_SELECT, 0);
	common_write32(of(d), COMMON_DRIVER, (uint32_t)features);
	common_write32(of(d), COMMON_DRIVER_SELECT, 1);
	common_write32(of(d), COMMON_DRIVER, (uint32_t)(features >> 32));
}

static uint8_t modern_config(struct virtio_device *d, unsigned offset)
{
	return of(d)->device[offset];
}

static unsigned modern_queue_max(struct virtio_device *d, unsigned index)
{
	common_write16(of(d), COMMON_QUEUE, (uint16_t)index);
	return common_read16(of(d), COMMON_QUEUE_SIZE);
}

static int modern_queue_enable(struct virtio_device *d, const struct virtq *q)
{
	struct virtio_pci *v = of(d);

	if (q->index >= QUEUES_MAX)
		return -ENOSPC;
	common_write16(v, COMMON_QUEUE, q->index);
	common_write16(v, COMMON_QUEUE_SIZE, q->size);
	if (v->msix) {
		common_write16(v, COMMON_QUEUE_MSIX, 0);
		if (common_read16(v, COMMON_QUEUE_MSIX) != 0)
			return -ENOSPC;
	}
	common_write64(v, COMMON_QUEUE_DESC, q->pa);
	common_write64(v, COMMON_QUEUE_AVAIL, virtq_avail_pa(q));
	common_write64(v, COMMON_QUEUE_USED, virtq_used_pa(q));
	v->doorbell[q->index] =
	    (volatile uint16_t *)(v->notify + common_read16(v, COMMON_QUEUE_NOTIFY) * v->notify_multiplier);
	common_write16(v, COMMON_QUEUE_ENABLE, 1);
	return 0;
}

static void modern_notify(struct virtio_device *d, unsigned index)
{
	*of(d)->doorbell[index] = (uint16_t)index;
}

static int modern_irq(struct virtio_device *d, struct irq *q)
{
	struct virtio_pci *v = of(d);
	int r = pci_irq(&v->pci, q);

	if (r < 0)
		return r;
	v->msix = r == 1;
	common_write16(v, COMMON_MSIX_CONFIG, v->msix ? 0 : NO_VECTOR);
	return 0;
}

static void modern_ack(struct virtio_device *d)
{
	if (!of(d)->msix)
		(void)*of(d)->isr;
}

static const struct virtio_transport modern_ops = {
    .status = modern_status,
    .set_status = modern_set_status,
    .features = modern_features,
    .set_features = modern_set_features,
    .config = modern_config,
    .queue_max = modern_queue_max,
    .queue_enable = modern_queue_enable,
    .notify = modern_notify,
    .irq = modern_irq,
    .ack = modern_ack,
};

static uint32_t legacy_read(struct virtio_device *d, unsigned reg, unsigned size)
{
	return machine_port_read((uint16_t)(of(d)->ports + reg), size);
}

static void legacy_write(struct virtio_device *d, unsigned reg, unsigned size, uint32_t v)
{
	machine_port_write((uint16_t)(of(d)->ports + reg), size, v);
}

static uint8_t legacy_status(struct virtio_device *d)
{
	return (uint8_t)legacy_read(d, LEGACY_STATUS, 1);
}

static void legacy_set_status(struct virtio_device *d, uint8_t status)
{
	legacy_write(d, LEGACY_STATUS, 1, status);
}

static uint64_t legacy_features(struct virtio_device *d)
{
	return legacy_read(d, LEGACY_DEVICE, 4);
}

static void legacy_set_features(struct virtio_device *d, uint64_t features)
{
	legacy_write(d, LEGACY_DRIVER, 4, (uint32_t)features);
}

/* The device's part of the registers moves up by the two of MSI-X while that is on. */
static uint8_t legacy_config(struct virtio_device *d, unsigned offset)
{
	return (uint8_t)legacy_read(d, (of(d)->msix ? 24 : 20) + offset, 1);
}

static unsigned legacy_queue_max(struct virtio_device *d, unsigned index)
{
	legacy_write(d, LEGACY_QUEUE, 2, index);
	return legacy_read(d, LEGACY_QUEUE_SIZE, 2);
}

static int legacy_queue_enable(struct virtio_device *d, const struct virtq *q)
{
	if (q->pa >> PAGE_SHIFT > UINT32_MAX)
		return -ENOMEM;
	legacy_write(d, LEGACY_QUEUE, 2, q->index);
	if (of(d)->msix) {
		legacy_write(d, LEGACY_MSIX_QUEUE, 2, 0);
		if (legacy_read(d, LEGACY_MSIX_QUEUE, 2) != 0)
			return -ENOSPC;
	}
	legacy_write(d, LEGACY_QUEUE_PFN, 4, (uint32_t)(q->pa >> PAGE_SHIFT));
	return 0;
}

static void legacy_notify(struct virtio_device *d, unsigned index)
{
	legacy_write(d, LEGACY_NOTIFY, 2, index);
}

static int legacy_irq(struct virtio_device *d, struct irq *q)
{
	struct virtio_pci *v = of(d);
	int r = pci_irq(&v->pci, q);

	if (r < 0)
		return r;
	v->msix = r == 1;
	if (v->msix)
		legacy_write(d, LEGACY_MSIX_CONFIG, 2, 0);
	return 0;
}

static void legacy_ack(struct virtio_device *d)
{
	if (!of(d)->msix)
		(void)legacy_read(d, LEGACY_ISR, 1);
}

static const struct virtio_transport legacy_ops = {
    .status = legacy_status,
    .set_status = legacy_set_status,
    .features = legacy_features,
    .set_features = legacy_set_features,
    .config = legacy_config,
    .queue_max = legacy_queue_max,
    .queue_enable = legacy_queue_enable,
    .notify = legacy_notify,
    .irq = legacy_irq,
    .ack = legacy_ack,
};

/* Finds the modern interface's parts; false: not all are there. */
static bool find_parts(struct virtio_pci *v)
{
	for (unsigned cap = 0; (cap = pci_capability(&v->pci, PCI_CAP_VENDOR, cap)) != 0;) {
		unsigned type = pci_read(&v->pci, cap + 3, 1), bar = pci_read(&v->pci, cap + 4, 1);
		uint32_t offset = pci_read(&v->pci, cap + 8, 4), length = pci_read(&v->pci, cap + 12, 4);
		volatile uint8_t **part = type == CFG_COMMON   ? &v->common
					  : type == CFG_NOTIFY ? &v->notify
					  : type == CFG_ISR    ? &v->isr
					  : type == CFG_DEVICE ? &v->device
							       : NULL;

		if (part == NULL || *part != NULL)
			continue;
		if (type == CFG_NOTIFY)
			v->notify_multiplier = pci_read(&v->pci, cap + 16, 4);
		*part = pci_map(&v->pci, bar, offset, length);
	}
	return v->common != NULL && v->notify != NULL && v->isr != NULL && v->device != NULL;
}

static void probe(const struct pci_device *p)
{
	struct virtio_pci *v = kzalloc(sizeof *v);

	if (v == NULL) {
		log_err("virtio: no memory for a device");
		return;
	}
	v->pci = *p;
	pci_write(p, PCI_COMMAND, 2,
		  pci_read(p, PCI_COMMAND, 2) | PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	/* Transitional devices have ids from 0x1000 on and say their type as the subsystem. */
	v->dev.id = p->device >= 0x1040 ? p->device - 0x1040u : pci_read(p, PCI_SUBSYSTEM, 2);
	if (find_parts(v)) {
		v->dev.ops = &modern_ops;
	} else {
		v->dev.legacy = true;
		v->dev.ops = &legacy_ops;
		v->ports = pci_ports(p, 0);
	}
	if (v->dev.legacy && v->ports == 0) {
		log_warn("virtio: device %02x:%02x.%u has no registers", p->bus, p->slot, p->function);
		kfree(v);
		return;
	}
	virtio_found(&v->dev);
}

PCI_DRIVER(virtio_pci_driver) = {0x1af4, 0x1000, 0x107f, probe};
