/* SPDX-License-Identifier: ISC */
/* The layout of registers between gdb and the machines. */
#include <string.h>

#include "debug.h"

const char *const regs_name[R_COUNT] = {
    "rax",   "rbx",   "rcx",   "rdx",   "rsi",   "rdi",    "rbp",   "rsp",   "r8",    "r9",       "r10",     "r11",
    "r12",   "r13",   "r14",   "r15",   "rip",   "eflags", "cs",    "ss",    "ds",    "es",       "fs",      "gs",
    "st0",   "st1",   "st2",   "st3",   "st4",   "st5",    "st6",   "st7",   "fctrl", "fstat",    "ftag",    "fiseg",
    "fioff", "foseg", "fooff", "fop",   "xmm0",  "xmm1",   "xmm2",  "xmm3",  "xmm4",  "xmm5",     "xmm6",    "xmm7",
    "xmm8",  "xmm9",  "xmm10", "xmm11", "xmm12", "xmm13",  "xmm14", "xmm15", "mxcsr", "orig_rax", "fs_base", "gs_base",
};

unsigned regs_size(unsigned n)
{
	if (n <= R_IP || n >= R_ORIG_AX)
		return 8;
	if (n >= R_ST0 && n < R_FCTRL)
		return 10;
	return n >= R_XMM0 && n < R_MXCSR ? 16 : 4;
}

unsigned regs_offset(unsigned n)
{
	unsigned at = 0;

	for (unsigned i = 0; i < n; i++)
		at += regs_size(i);
	return at;
}

uint64_t regs_get(const struct regs *r, unsigned n)
{
	unsigned size = regs_size(n);
	uint64_t v = 0;

	memcpy(&v, r->b + regs_offset(n), size < 8 ? size : 8);
	return v;
}

void regs_set(struct regs *r, unsigned n, uint64_t value)
{
	unsigned size = regs_size(n);

	memcpy(r->b + regs_offset(n), &value, size < 8 ? size : 8);
}

/* The full tag word of eight bits that say which registers are in use: what these hold is told by their value. */
static unsigned full_tags(const uint8_t *area)
{
	unsigned used = area[4], top = (area[3] >> 3) & 7, tags = 0;

	for (unsigned i = 0; i < 8; i++) {
		const uint8_t *st = area + 32 + 16 * ((i - top) & 7);
		uint64_t mantissa;
		unsigned exponent = (st[8] | st[9] << 8) & 0x7fff, tag;

		memcpy(&mantissa, st, 8);
		if ((used >> i & 1) == 0)
			tag = 3;
		else if (exponent == 0x7fff || (mantissa >> 63 == 0 && (exponent != 0 || mantissa != 0)))
			tag = 2;
		else
			tag = exponent == 0 && mantissa == 0 ? 1 : 0;
		tags |= tag << (2 * i);
	}
	return tags;
}

void regs_from_fxsave(struct regs *r, const uint8_t *area)
{
	uint32_t word;

	for (unsigned i = 0; i < 8; i++)
		memcpy(r->b + regs_offset(R_ST0 + i), area + 32 + 16 * i, 10);
	for (unsigned i = 0; i < 16; i++)
		memcpy(r->b + regs_offset(R_XMM0 + i), area + 160 + 16 * i, 16);
	regs_set(r, R_FCTRL, (uint64_t)(area[0] | area[1] << 8));
	regs_set(r, R_FSTAT, (uint64_t)(area[2] | area[3] << 8));
	regs_set(r, R_FTAG, full_tags(area));
	regs_set(r, R_FOP, (uint64_t)(area[6] | area[7] << 8));
	memcpy(&word, area + 8, 4);
	regs_set(r, R_FIOFF, word);
	memcpy(&word, area + 12, 4);
	regs_set(r, R_FISEG, word);
	memcpy(&word, area + 16, 4);
	regs_set(r, R_FOOFF, word);
	memcpy(&word, area + 20, 4);
	regs_set(r, R_FOSEG, word);
	memcpy(&word, area + 24, 4);
	regs_set(r, R_MXCSR, word);
}

void regs_to_fxsave(const struct regs *r, uint8_t *area)
{
	uint32_t tags = (uint32_t)regs_get(r, R_FTAG);
	uint16_t word;

	for (unsigned i = 0; i < 8; i++)
		memcpy(area + 32 + 16 * i, r->b + regs_offset(R_ST0 + i), 10);
	for (unsigned i = 0; i < 16; i++)
		memcpy(area + 160 + 16 * i, r->b + regs_offset(R_XMM0 + i), 16);
	word = (uint16_t)regs_get(r, R_FCTRL);
	memcpy(area, &word, 2);
	word = (uint16_t)regs_get(r, R_FSTAT);
	memcpy(area + 2, &word, 2);
	area[4] = 0;
	for (unsigned i = 0; i < 8; i++)
		area[4] |= (uint8_t)(((tags >> (2 * i) & 3) != 3) << i);
	memcpy(area + 24, r->b + regs_offset(R_MXCSR), 4);
}
