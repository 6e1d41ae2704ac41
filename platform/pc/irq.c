/* SPDX-License-Identifier: ISC */
/*
 * Interrupts. Taken in program code and in idle only, one does no more than set a bit; platform_poll calls the
 * handlers. A level-triggered one is acknowledged after its handlers have run, as it would come again at once.
 */
#include "abi/errno.h"
#include "apic.h"
#include "drivers/machine.h"
#include "kernel/thread.h"
#include "platform/platform.h"
#include "platform_pc.h"

#define VECTORS (PC_VEC_TIMER - PC_TRAPS)

struct vector {
	struct irq *handlers;
	bool level;
	int line; /* -1: message-signalled */
};

static struct vector vectors[VECTORS];
static unsigned used;
static uint32_t pending;

_Static_assert(VECTORS <= 32, "bits of pending");

void irq_taken(unsigned vector)
{
	if (vector == PC_VEC_SPURIOUS)
		return;
	this_cpu()->events = 1;
	if (vector == PC_VEC_TIMER) {
		apic_timer_fired();
		apic_eoi();
		return;
	}
	pending |= 1u << (vector - PC_TRAPS);
	if (!vectors[vector - PC_TRAPS].level)
		apic_eoi();
}

void platform_poll(void)
{
	while (pending != 0) {
		unsigned i = (unsigned)__builtin_ctz(pending);

		pending &= ~(1u << i);
		for (struct irq *q = vectors[i].handlers; q != NULL; q = q->next)
			q->fn(q->arg);
		if (vectors[i].level)
			apic_eoi();
	}
}

static int new_vector(struct irq *q, int line, bool level)
{
	if (used == VECTORS)
		return -ENOSPC;
	q->next = NULL;
	vectors[used] = (struct vector){q, level, line};
	return (int)used++;
}

int machine_irq(unsigned line, bool level, struct irq *q)
{
	int i, err = apic_init();

	if (err != 0)
		return err;
	for (unsigned k = 0; k < used; k++)
		if (vectors[k].line == (int)line) {
			q->next = vectors[k].handlers;
			vectors[k].handlers = q;
			return 0;
		}
	if (!ioapic_has(line))
		return -ENODEV;
	i = new_vector(q, (int)line, level);
	if (i < 0)
		return i;
	ioapic_route(line, PC_TRAPS + (unsigned)i, level);
	return 0;
}

int machine_msi(struct irq *q, uint64_t *address, uint32_t *data)
{
	int i, err = apic_init();

	if (err != 0)
		return err;
	i = new_vector(q, -1, false);
	if (i < 0)
		return i;
	*address = apic_msi_address();
	*data = PC_TRAPS + (unsigned)i;
	return 0;
}
