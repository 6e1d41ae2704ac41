/* SPDX-License-Identifier: ISC */
/*
 * The local APIC (SDM volume 3, chapter 11): its timer, and the acknowledgement of interrupts. It is set up when the
 * first timer or device needs it. The timer is the TSC deadline where the CPU has one, else the one-shot count down;
 * an event that comes early only makes the scheduler arm again, so a long wait may be cut.
 */
#include "apic.h"

#include "abi/errno.h"
#include "clock.h"
#include "drivers/machine.h"
#include "kernel/log.h"
#include "kernel/thread.h"
#include "kernel/time.h"
#include "platform/platform.h"
#include "platform_pc.h"
#include "x86_64/cpu.h"

#define BASE_ENABLE  (1ull << 11)
#define BASE_ADDRESS 0xffffff000ull
#define REGS         0x400u

#define REG_ID        0x020
#define REG_TPR       0x080
#define REG_EOI       0x0b0
#define REG_SPURIOUS  0x0f0
#define REG_LVT_TIMER 0x320
#define REG_LVT_LINT0 0x350
#define REG_LVT_LINT1 0x360
#define REG_COUNT     0x380
#define REG_CURRENT   0x390
#define REG_DIVIDE    0x3e0

#define SPURIOUS_ON  0x100u
#define LVT_MASKED   0x10000u
#define LVT_DEADLINE 0x40000u
#define DIVIDE_16    3u
#define DIVIDER      16u
#define MEASURE_NS   1000000ull
#define COUNT_MAX    0xfffffff0ull

static volatile uint32_t *regs;
static bool deadline_mode;
static uint64_t count_hz; /* of the count down, after the divider; 0: not known yet */
static uint64_t armed = TIME_NEVER;

static uint32_t get(unsigned reg)
{
	return regs[reg / 4];
}

static void set(unsigned reg, uint32_t v)
{
	regs[reg / 4] = v;
}

int apic_init(void)
{
	struct cpuid id = cpu_id(1, 0);
	uint64_t base;

	if (regs != NULL)
		return 0;
	if ((id.d & 1u << 9) == 0)
		return -ENODEV;
	base = cpu_rdmsr(MSR_APIC_BASE);
	cpu_wrmsr(MSR_APIC_BASE, base | BASE_ENABLE);
	regs = machine_map(base & BASE_ADDRESS, REGS);
	if (regs == NULL)
		return -ENOMEM;
	deadline_mode = (id.c & 1u << 24) != 0;
	set(REG_TPR, 0);
	set(REG_LVT_LINT0, LVT_MASKED);
	set(REG_LVT_LINT1, LVT_MASKED);
	set(REG_DIVIDE, DIVIDE_16);
	set(REG_LVT_TIMER, PC_VEC_TIMER | (deadline_mode ? LVT_DEADLINE : 0));
	set(REG_SPURIOUS, SPURIOUS_ON | PC_VEC_SPURIOUS);
	return 0;
}

void apic_eoi(void)
{
	set(REG_EOI, 0);
}

void apic_timer_fired(void)
{
	armed = TIME_NEVER;
	sched_timer_fired();
}

uint64_t apic_msi_address(void)
{
	return 0xfee00000u | (uint64_t)(get(REG_ID) >> 24) << 12;
}

bool apic_count_start(void)
{
	if (apic_init() != 0)
		return false;
	set(REG_LVT_TIMER, LVT_MASKED);
	set(REG_COUNT, UINT32_MAX);
	return true;
}

uint64_t apic_count(void)
{
	return (uint64_t)(UINT32_MAX - get(REG_CURRENT)) * DIVIDER;
}

void apic_count_end(void)
{
	set(REG_COUNT, 0);
	set(REG_LVT_TIMER, PC_VEC_TIMER | (deadline_mode ? LVT_DEADLINE : 0));
	armed = TIME_NEVER;
}

/* A hypervisor's APIC counts nanoseconds (QEMU, KVM); others are measured against the clock. */
static uint64_t measure(void)
{
	uint64_t start, ns, count;

	if (clock_apic_hz() != 0)
		return clock_apic_hz() / DIVIDER;
	if (!apic_count_start())
		panic("the local APIC is gone");
	start = platform_mono();
	do
		ns = platform_mono() - start;
	while (ns < MEASURE_NS);
	count = apic_count() / DIVIDER;
	apic_count_end();
	return count * NSEC_PER_SEC / ns + 1;
}

void platform_timer_arm(uint64_t deadline)
{
	uint64_t now, count;

	if (deadline == armed || (deadline == TIME_NEVER && regs == NULL))
		return;
	if (apic_init() != 0)
		panic("this machine has no local APIC, which is the only timer that is supported");
	armed = deadline;
	if (deadline == TIME_NEVER) {
		if (deadline_mode)
			cpu_wrmsr(MSR_TSC_DEADLINE, 0);
		else
			set(REG_COUNT, 0);
		return;
	}
	if (deadline_mode) {
		cpu_wrmsr(MSR_TSC_DEADLINE, clock_tsc(deadline));
		return;
	}
	if (count_hz == 0)
		count_hz = measure();
	now = platform_mono();
	count = deadline <= now ? 0 : MIN(deadline - now, 60 * NSEC_PER_SEC) * count_hz / NSEC_PER_SEC;
	set(REG_COUNT, (uint32_t)MIN(count + 1, COUNT_MAX));
}

void platform_wait(uint64_t deadline)
{
	if (deadline < armed)
		platform_timer_arm(deadline);
	if (this_cpu()->events == 0)
		__asm__ volatile("sti; hlt; cli" : : : "memory");
}
