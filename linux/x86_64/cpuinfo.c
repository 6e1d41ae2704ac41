/* SPDX-License-Identifier: ISC */
/* /proc/cpuinfo: what CPUID says, under Linux's names. Flags are those that libraries look for. */
#include "fs/text.h"
#include "lib/string.h"

void cpuinfo_show(struct text *t);

struct regs {
	uint32_t a, b, c, d;
};

static struct regs cpuid(uint32_t leaf, uint32_t sub)
{
	struct regs r;

	__asm__ volatile("cpuid" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d) : "a"(leaf), "c"(sub));
	return r;
}

static const struct {
	uint32_t leaf;
	char reg;
	uint8_t bit;
	const char *name;
} flags[] = {
    {1, 'd', 0, "fpu"},
    {1, 'd', 4, "tsc"},
    {1, 'd', 8, "cx8"},
    {1, 'd', 15, "cmov"},
    {1, 'd', 23, "mmx"},
    {1, 'd', 24, "fxsr"},
    {1, 'd', 25, "sse"},
    {1, 'd', 26, "sse2"},
    {0x80000001, 'd', 11, "syscall"},
    {0x80000001, 'd', 20, "nx"},
    {0x80000001, 'd', 27, "rdtscp"},
    {0x80000001, 'd', 29, "lm"},
    {1, 'c', 0, "pni"},
    {1, 'c', 1, "pclmulqdq"},
    {1, 'c', 9, "ssse3"},
    {1, 'c', 12, "fma"},
    {1, 'c', 13, "cx16"},
    {1, 'c', 19, "sse4_1"},
    {1, 'c', 20, "sse4_2"},
    {1, 'c', 22, "movbe"},
    {1, 'c', 23, "popcnt"},
    {1, 'c', 25, "aes"},
    {1, 'c', 26, "xsave"},
    {1, 'c', 28, "avx"},
    {1, 'c', 29, "f16c"},
    {1, 'c', 30, "rdrand"},
    {1, 'c', 31, "hypervisor"},
    {0x80000001, 'c', 0, "lahf_lm"},
    {0x80000001, 'c', 5, "abm"},
    {7, 'b', 0, "fsgsbase"},
    {7, 'b', 3, "bmi1"},
    {7, 'b', 5, "avx2"},
    {7, 'b', 8, "bmi2"},
    {7, 'b', 9, "erms"},
    {7, 'b', 16, "avx512f"},
    {7, 'b', 18, "rdseed"},
    {7, 'b', 19, "adx"},
    {7, 'b', 29, "sha_ni"},
};

static bool has(uint32_t leaf, char reg, unsigned bit)
{
	struct regs r;

	if (cpuid(leaf & 0x80000000, 0).a < leaf)
		return false;
	r = cpuid(leaf, 0);
	return ((reg == 'b' ? r.b : reg == 'c' ? r.c : r.d) >> bit & 1) != 0;
}

static void put_model(struct text *t)
{
	char name[49] = "";

	if (cpuid(0x80000000, 0).a >= 0x80000004)
		for (uint32_t i = 0; i < 3; i++) {
			struct regs r = cpuid(0x80000002 + i, 0);

			memcpy(name + 16 * i, &r, sizeof r);
		}
	text_printf(t, "model name\t: %s\n", name[0] != '\0' ? name : "unknown");
}

void cpuinfo_show(struct text *t)
{
	struct regs v = cpuid(0, 0), s = cpuid(1, 0);
	unsigned family = s.a >> 8 & 15, model = s.a >> 4 & 15;
	char vendor[13];

	memcpy(vendor, &v.b, 4);
	memcpy(vendor + 4, &v.d, 4);
	memcpy(vendor + 8, &v.c, 4);
	vendor[12] = '\0';
	if (family == 6 || family == 15)
		model |= s.a >> 12 & 0xf0;
	if (family == 15)
		family += s.a >> 20 & 0xff;
	text_printf(t, "processor\t: 0\nvendor_id\t: %s\ncpu family\t: %u\nmodel\t\t: %u\n", vendor, family, model);
	put_model(t);
	text_printf(
	    t, "stepping\t: %u\nphysical id\t: 0\nsiblings\t: 1\ncore id\t\t: 0\ncpu cores\t: 1\nflags\t\t:", s.a & 15);
	for (unsigned i = 0; i < sizeof flags / sizeof flags[0]; i++)
		if (has(flags[i].leaf, flags[i].reg, flags[i].bit))
			text_printf(t, " %s", flags[i].name);
	text_printf(t, "\naddress sizes\t: %u bits physical, %u bits virtual\n\n", cpuid(0x80000008, 0).a & 0xff,
		    cpuid(0x80000008, 0).a >> 8 & 0xff);
}
