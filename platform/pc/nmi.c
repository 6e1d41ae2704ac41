/* SPDX-License-Identifier: ISC */
/*
 * Samples for a profile: the CMOS clock's periodic interrupt (1024 Hz), delivered by the I/O APIC as an NMI, so that it
 * comes in the kernel too, which runs with interrupts off. An NMI has a stack of its own and no other comes before
 * its iretq; it touches nothing that may fault, as that would end it early. The clock is read for the last time
 * before (rtc.c reads once), so that nobody else is in the middle of its two ports.
 */
#include "abi/errno.h"
#include "apic.h"
#include "kernel/time.h"
#include "platform/sample.h"
#include "platform_pc.h"
#include "x86_64/cpu.h"
#include "x86_64/regs.h"

#define PORT_INDEX 0x70
#define PORT_DATA  0x71
#define STATUS_A   0x0a
#define STATUS_B   0x0b
#define STATUS_C   0x0c /* reading it acknowledges */
#define RATE_1024  0x06
#define PERIODIC   0x40
#define RTC_LINE   8u
#define AS_NMI     0x400u /* an I/O APIC entry's delivery mode */
#define HLT        0xf4

struct gate {
	uint16_t offset0, selector, flags, offset1;
	uint32_t offset2, reserved;
};

extern char nmi_entry[] __attribute__((visibility("hidden")));
void nmi_taken(const struct trapframe *tf);

static void (*taken)(const struct trapframe *tf, bool in_kernel);

static uint8_t get(uint8_t reg)
{
	cpu_outb(PORT_INDEX, reg);
	return cpu_inb(PORT_DATA);
}

static void set(uint8_t reg, uint8_t v)
{
	cpu_outb(PORT_INDEX, reg);
	cpu_outb(PORT_DATA, v);
}

void nmi_taken(const struct trapframe *tf)
{
	get(STATUS_C);
	taken(tf, (tf->cs & 3) == 0);
}

/* Behind the idle loop's hlt. */
bool platform_sample_idle(const struct trapframe *tf)
{
	return (tf->cs & 3) == 0 && *(const uint8_t *)(tf->ip - 1) == HLT;
}

int platform_sample_start(void (*fn)(const struct trapframe *tf, bool in_kernel))
{
	struct {
		uint16_t limit;
		struct gate *base;
	} PACKED idt;
	struct gate *g;
	int err = apic_init();

	if (err != 0)
		return err;
	if (get(STATUS_A) == 0xff || !ioapic_has(RTC_LINE))
		return -ENODEV;
	time_real();
	taken = fn;
	__asm__ volatile("sidt %0" : "=m"(idt));
	g = &idt.base[X86_TRAP_NMI];
	g->offset0 = (uint16_t)(uintptr_t)nmi_entry;
	g->offset1 = (uint16_t)((uintptr_t)nmi_entry >> 16);
	g->offset2 = (uint32_t)((uintptr_t)nmi_entry >> 32);
	ioapic_route(RTC_LINE, AS_NMI | X86_TRAP_NMI, false);
	set(STATUS_A, (get(STATUS_A) & 0xf0) | RATE_1024);
	set(STATUS_B, get(STATUS_B) | PERIODIC);
	get(STATUS_C);
	return 0;
}
