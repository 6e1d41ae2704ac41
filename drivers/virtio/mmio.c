/* SPDX-License-Identifier: ISC */
/* Virtio in device memory (specification 4.2): version 2 of the registers, and the legacy version 1. */
#include "abi/errno.h"
#include "drivers/virtio.h"
#include "kernel/heap.h"
#include "kernel/init.h"
#include "kernel/log.h"

#define MAGIC 0x74726976u /* "virt" */

#define REG_MAGIC           0x000
#define REG_VERSION         0x004
#define REG_ID              0x008
#define REG_FEATURES        0x010
#define REG_FEATURES_SELECT 0x014
#define REG_DRIVER          0x020
#define REG_DRIVER_SELECT   0x024
#define REG_PAGE_SIZE       0x028
#define REG_QUEUE           0x030
#define REG_QUEUE_MAX       0x034
#define REG_QUEUE_SIZE      0x038
#define REG_QUEUE_ALIGN     0x03c
#define REG_QUEUE_PFN       0x040
#define REG_QUEUE_READY     0x044
#define REG_NOTIFY          0x050
#define REG_IRQ_STATUS      0x060
#define REG_IRQ_ACK         0x064
#define REG_STATUS          0x070
#define REG_QUEUE_DESC      0x080
#define REG_QUEUE_AVAIL     0x090
#define REG_QUEUE_USED      0x0a0
#define REG_CONFIG          0x100

struct virtio_mmio {
	struct virtio_device dev;
	volatile uint8_t *regs;
	unsigned line;
};

static struct virtio_mmio *of(struct virtio_device *d)
{
	return CONTAINER_OF(d, struct virtio_mmio, dev);
}

static uint32_t get(struct virtio_device *d, unsigned reg)
{
	return *(volatile uint32_t *)(of(d)->regs + reg);
}

static void set(struct virtio_device *d, unsigned reg, uint32_t v)
{
	*(volatile uint32_t *)(of(d)->regs + reg) = v;
}

static void set64(struct virtio_device *d, unsigned reg, uint64_t v)
{
	set(d, reg, (uint32_t)v);
	set(d, reg + 4, (uint32_t)(v >> 32));
}

static uint8_t mmio_status(struct virtio_device *d)
{
	return (uint8_t)get(d, REG_STATUS);
}

static void mmio_set_status(struct virtio_device *d, uint8_t status)
{
	set(d, REG_STATUS, status);
	if (status == 0 && d->legacy)
		set(d, REG_PAGE_SIZE, PAGE_SIZE);
}

static uint64_t mmio_features(struct virtio_device *d)
{
	uint64_t low;

	set(d, REG_FEATURES_SELECT, 0);
	low = get(d, REG_FEATURES);
	set(d, REG_FEATURES_SELECT, 1);
	return low | (uint64_t)get(d, REG_FEATURES) << 32;
}

static void mmio_set_features(struct virtio_device *d, uint64_t features)
{
	set(d, REG_DRIVER_SELECT, 0);
	set(d, REG_DRIVER, (uint32_t)features);
	set(d, REG_DRIVER_SELECT, 1);
	set(d, REG_DRIVER, (uint32_t)(features >> 32));
}

static uint8_t mmio_config(struct virtio_device *d, unsigned offset)
{
	return of(d)->regs[REG_CONFIG + offset];
}

/* A power of two, so that legacy devices' maximum, which may be any number, is one that can be taken. */
static unsigned mmio_queue_max(struct virtio_device *d, unsigned index)
{
	unsigned max;

	set(d, REG_QUEUE, index);
	max = get(d, REG_QUEUE_MAX);
	return max == 0 ? 0 : 1u << (31 - __builtin_clz(max));
}

/* Legacy MMIO, unlike PCI, is told the size: what virtq_init made of queue_max. */
static int mmio_queue_enable(struct virtio_device *d, const struct virtq *q)
{
	set(d, REG_QUEUE, q->index);
	set(d, REG_QUEUE_SIZE, q->size);
	if (d->legacy) {
		if (q->pa >> PAGE_SHIFT > UINT32_MAX)
			return -ENOMEM;
		set(d, REG_QUEUE_ALIGN, PAGE_SIZE);
		set(d, REG_QUEUE_PFN, (uint32_t)(q->pa >> PAGE_SHIFT));
		return 0;
	}
	set64(d, REG_QUEUE_DESC, q->pa);
	set64(d, REG_QUEUE_AVAIL, virtq_avail_pa(q));
	set64(d, REG_QUEUE_USED, virtq_used_pa(q));
	set(d, REG_QUEUE_READY, 1);
	return 0;
}

static void mmio_notify(struct virtio_device *d, unsigned index)
{
	set(d, REG_NOTIFY, index);
}

static int mmio_irq(struct virtio_device *d, struct irq *q)
{
	return machine_irq(of(d)->line, true, q);
}

static void mmio_ack(struct virtio_device *d)
{
	set(d, REG_IRQ_ACK, get(d, REG_IRQ_STATUS));
}

static const struct virtio_transport mmio_ops = {
    .status = mmio_status,
    .set_status = mmio_set_status,
    .features = mmio_features,
    .set_features = mmio_set_features,
    .config = mmio_config,
    .queue_max = mmio_queue_max,
    .queue_enable = mmio_queue_enable,
    .notify = mmio_notify,
    .irq = mmio_irq,
    .ack = mmio_ack,
};

static void probe(paddr_t pa, size_t size, unsigned line)
{
	struct virtio_mmio found = {.dev.ops = &mmio_ops, .regs = machine_map(pa, size), .line = line}, *v;
	uint32_t version;

	if (found.regs == NULL || get(&found.dev, REG_MAGIC) != MAGIC || get(&found.dev, REG_ID) == 0)
		return; /* 0: a region without a device */
	version = get(&found.dev, REG_VERSION);
	v = version == 1 || version == 2 ? kzalloc(sizeof *v) : NULL;
	if (v == NULL) {
		log_warn("virtio: cannot take the device at %lx, version %u", pa, version);
		return;
	}
	*v = found;
	v->dev.id = get(&v->dev, REG_ID);
	v->dev.legacy = version == 1;
	virtio_found(&v->dev);
}

static void virtio_mmio_init(void)
{
	paddr_t pa;
	size_t size;
	unsigned line;

	for (unsigned i = 0; machine_virtio_mmio(i, &pa, &size, &line) == 0; i++)
		probe(pa, size, line);
}

INIT(INIT_DRIVER, virtio_mmio_init);
