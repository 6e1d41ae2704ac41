/* SPDX-License-Identifier: ISC */
/*
 * From a frame to its caller, by the call frame information (DWARF 5, 6.4) in .eh_frame or .debug_frame. A C library often
 * comes without: then the first word on the stack that is the address behind a call to this very function is taken, or,
 * since a function may have been jumped to, behind any call.
 */
#include "unwind.h"

#include <dwarf.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "hostlib/str.h"

#define DEPTH      32 /* of an expression's stack */
#define SCAN_WORDS 512u
#define RBP        6

static bool load(const struct unwind_space *s, uint64_t at, uint64_t *v)
{
	if (at < s->sp || at - s->sp > s->bytes || s->bytes - (at - s->sp) < 8)
		return false;
	memcpy(v, s->stack + (at - s->sp), 8);
	return true;
}

/* A stack machine for what call frame information uses. *value: it is the value itself, not where that stands. */
static bool evaluate(const struct unwind_space *s, const struct unwind_frame *f, uint64_t cfa, const Dwarf_Op *op,
		     size_t n, uint64_t *result, bool *value)
{
	uint64_t st[DEPTH];
	unsigned d = 0;

	*value = false;
	for (size_t i = 0; i < n; i++, op++) {
		unsigned a = op->atom;

		if (d + 1 >= DEPTH)
			return false;
		if (a >= DW_OP_breg0 && a < DW_OP_breg0 + UNWIND_REGS) {
			st[d++] = f->reg[a - DW_OP_breg0] + op->number;
		} else if (a >= DW_OP_lit0 && a <= DW_OP_lit31) {
			st[d++] = a - DW_OP_lit0;
		} else if (a >= DW_OP_reg0 && a < DW_OP_reg0 + UNWIND_REGS && n == 1) {
			*value = true;
			*result = f->reg[a - DW_OP_reg0];
			return true;
		} else if (a == DW_OP_bregx && op->number < UNWIND_REGS) {
			st[d++] = f->reg[op->number] + op->number2;
		} else if (a == DW_OP_call_frame_cfa) {
			st[d++] = cfa;
		} else if (a >= DW_OP_const1u && a <= DW_OP_consts) {
			st[d++] = op->number;
		} else if (a == DW_OP_plus_uconst && d) {
			st[d - 1] += op->number;
		} else if (a == DW_OP_deref && d) {
			if (!load(s, st[d - 1], &st[d - 1]))
				return false;
		} else if (a == DW_OP_stack_value) {
			*value = true;
		} else if (d >= 2) {
			uint64_t y = st[--d], *x = &st[d - 1];

			switch (a) {
			case DW_OP_plus: *x += y; break;
			case DW_OP_minus: *x -= y; break;
			case DW_OP_and: *x &= y; break;
			case DW_OP_mul: *x *= y; break;
			case DW_OP_shl: *x = y < 64 ? *x << y : 0; break;
			case DW_OP_ge: *x = (int64_t)*x >= (int64_t)y; break;
			default: return false;
			}
		} else {
			return false;
		}
	}
	if (!d)
		return false;
	*result = st[d - 1];
	return true;
}

static bool step_cfi(const struct unwind_space *s, Dwarf_CFI *cfi, uint64_t vaddr, struct unwind_frame *f)
{
	struct unwind_frame caller = *f;
	Dwarf_Frame *frame = NULL;
	Dwarf_Op *ops, mem[3];
	uint64_t cfa = 0, at;
	bool value, ok, signal = false;
	size_t n;

	if (!cfi || dwarf_cfi_addrframe(cfi, vaddr, &frame) != 0)
		return false;
	ok = dwarf_frame_info(frame, NULL, NULL, &signal) >= 0 && dwarf_frame_cfa(frame, &ops, &n) == 0 &&
	     evaluate(s, f, 0, ops, n, &cfa, &value);
	for (int r = 0; ok && r < UNWIND_REGS; r++) {
		if (dwarf_frame_register(frame, r, mem, &ops, &n) != 0)
			continue;
		if (!n) {
			if (ops == mem && r == UNWIND_IP)
				ok = false; /* undefined: nobody called this */
			continue;
		}
		if (!evaluate(s, f, cfa, ops, n, &at, &value) || (!value && !load(s, at, &at))) {
			ok = r != UNWIND_IP;
			continue;
		}
		caller.reg[r] = at;
	}
	free(frame);
	caller.reg[UNWIND_SP] = cfa;
	caller.exact = signal;
	ok = ok && (signal || cfa > f->reg[UNWIND_SP]) && caller.reg[UNWIND_IP];
	if (ok)
		*f = caller;
	return ok;
}

static bool file_offset(const struct unwind_object *o, uint64_t vaddr, uint64_t *offset)
{
	GElf_Phdr ph;
	size_t n;

	if (elf_getphdrnum(o->elf, &n) != 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (gelf_getphdr(o->elf, (int)i, &ph) && ph.p_type == PT_LOAD && vaddr >= ph.p_vaddr &&
		    vaddr - ph.p_vaddr < ph.p_filesz) {
			*offset = vaddr - ph.p_vaddr + ph.p_offset;
			return *offset < o->size;
		}
	return false;
}

enum call { CALL_NONE, CALL_ANY, CALL_THIS };

/* What a call ends at the address: one to `function` of `callee`, another one, or none. */
static enum call call_before(const struct unwind_space *s, uint64_t address, const struct unwind_object *callee,
			     uint64_t function)
{
	uint64_t vaddr, off, target;
	const struct unwind_object *o = s->find(s->ctx, address - 1, &vaddr);
	const uint8_t *p;
	int32_t rel;

	if (!o || !file_offset(o, vaddr, &off) || off < 8)
		return CALL_NONE;
	p = o->data + off + 1;
	if (p[-5] == 0xe8) {
		memcpy(&rel, p - 4, 4);
		target = vaddr + 1 + (uint64_t)(int64_t)rel;
		if (o == callee && target == function)
			return CALL_THIS;
		if (o != callee && target >= o->plt_start && target < o->plt_end)
			return CALL_THIS;
		return CALL_ANY;
	}
	for (int len = 2; len <= 7; len++) /* ff /2: call *r/m */
		if (p[-len] == 0xff && (p[1 - len] >> 3 & 7) == 2)
			return CALL_ANY;
	return CALL_NONE;
}

static bool step_scan(const struct unwind_space *s, const struct unwind_object *o, uint64_t vaddr,
		      struct unwind_frame *f)
{
	const struct unwind_symbol *sym = unwind_symbol(o, vaddr);
	uint64_t sp = f->reg[UNWIND_SP], v, any = 0, ip = 0;

	if (!sym || !strcmp(sym->name, "_start") || !strcmp(sym->name, "_start_c"))
		return false;
	for (unsigned i = 0; i < SCAN_WORDS && load(s, sp + 8 * i, &v); i++) {
		enum call c = v < 4096 ? CALL_NONE : call_before(s, v, o, sym->start);

		if (c == CALL_THIS) {
			any = sp + 8 * i;
			ip = v;
			break;
		}
		if (c == CALL_ANY && !any) {
			any = sp + 8 * i;
			ip = v;
		}
	}
	if (!any)
		return false;
	f->reg[UNWIND_SP] = any + 8;
	f->reg[UNWIND_IP] = ip;
	f->exact = false;
	return true;
}

bool unwind_step(const struct unwind_space *s, struct unwind_frame *f)
{
	uint64_t vaddr;
	const struct unwind_object *o = s->find(s->ctx, f->reg[UNWIND_IP] - !f->exact, &vaddr);

	if (!o)
		return false;
	if (step_cfi(s, o->eh, vaddr, f) || step_cfi(s, o->debug, vaddr, f))
		return true;
	return step_scan(s, o, vaddr, f);
}

bool unwind_address(const struct unwind_object *o, uint64_t offset, uint64_t *vaddr)
{
	GElf_Phdr ph;
	size_t n;

	if (elf_getphdrnum(o->elf, &n) != 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (gelf_getphdr(o->elf, (int)i, &ph) && ph.p_type == PT_LOAD && (ph.p_flags & PF_X) &&
		    offset >= (ph.p_offset & ~4095ull) && offset < ph.p_offset + ph.p_filesz) {
			*vaddr = offset - ph.p_offset + ph.p_vaddr;
			return true;
		}
	return false;
}

const struct unwind_symbol *unwind_symbol(const struct unwind_object *o, uint64_t vaddr)
{
	size_t lo = 0, hi = o->symbols;
	const struct unwind_symbol *s;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (o->symbol[mid].start <= vaddr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo)
		return NULL;
	s = &o->symbol[lo - 1];
	return s->size && vaddr >= s->start + s->size ? NULL : s;
}

static int by_address(const void *a, const void *b)
{
	const struct unwind_symbol *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return (int)x->rank - (int)y->rank;
}

static void read_symbols(struct unwind_object *o, uint32_t type)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr sh, in;
	GElf_Sym sym;

	while ((scn = elf_nextscn(o->elf, scn))) {
		Elf_Data *data;

		if (!gelf_getshdr(scn, &sh) || sh.sh_type != type || !sh.sh_entsize)
			continue;
		data = elf_getdata(scn, NULL);
		for (int i = 1; data && gelf_getsym(data, i, &sym); i++) {
			const char *name = elf_strptr(o->elf, sh.sh_link, sym.st_name);
			unsigned kind = GELF_ST_TYPE(sym.st_info), bind = GELF_ST_BIND(sym.st_info);
			Elf_Scn *at = elf_getscn(o->elf, sym.st_shndx);

			if (!name || !*name || sym.st_shndx == SHN_UNDEF || sym.st_shndx >= SHN_LORESERVE ||
			    (kind != STT_FUNC && kind != STT_NOTYPE && kind != STT_GNU_IFUNC))
				continue;
			if (!at || !gelf_getshdr(at, &in) || !(in.sh_flags & SHF_EXECINSTR))
				continue;
			o->symbol = xrealloc(o->symbol, (o->symbols + 1) * sizeof *o->symbol);
			/* Of several at an address the last counts: functions, what is global, short names. */
			o->symbol[o->symbols++] = (struct unwind_symbol){
			    sym.st_value, sym.st_size, name,
			    (kind == STT_FUNC) * 4u + (bind == STB_GLOBAL) * 2u + (name[0] != '_')};
		}
	}
}

static void find_plt(struct unwind_object *o)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr sh;
	size_t names;

	if (elf_getshdrstrndx(o->elf, &names) != 0)
		return;
	while ((scn = elf_nextscn(o->elf, scn))) {
		const char *name = gelf_getshdr(scn, &sh) ? elf_strptr(o->elf, names, sh.sh_name) : NULL;

		if (!name || strncmp(name, ".plt", 4) != 0)
			continue;
		if (!o->plt_end || sh.sh_addr < o->plt_start)
			o->plt_start = sh.sh_addr;
		if (sh.sh_addr + sh.sh_size > o->plt_end)
			o->plt_end = sh.sh_addr + sh.sh_size;
	}
}

bool unwind_open(struct unwind_object *o, const char *name, const void *data, size_t size)
{
	memset(o, 0, sizeof *o);
	elf_version(EV_CURRENT);
	o->elf = elf_memory((char *)(uintptr_t)data, size);
	if (!o->elf || elf_kind(o->elf) != ELF_K_ELF) {
		elf_end(o->elf);
		o->elf = NULL;
		return false;
	}
	o->name = xstrdup(name);
	o->data = data;
	o->size = size;
	read_symbols(o, SHT_SYMTAB);
	if (!o->symbols)
		read_symbols(o, SHT_DYNSYM);
	if (o->symbols)
		qsort(o->symbol, o->symbols, sizeof *o->symbol, by_address);
	find_plt(o);
	o->eh = dwarf_getcfi_elf(o->elf);
	o->dwarf = dwarf_begin_elf(o->elf, DWARF_C_READ, NULL);
	o->debug = o->dwarf ? dwarf_getcfi(o->dwarf) : NULL;
	return true;
}

void unwind_close(struct unwind_object *o)
{
	if (!o->elf)
		return;
	dwarf_cfi_end(o->eh);
	if (o->dwarf)
		dwarf_end(o->dwarf);
	elf_end(o->elf);
	free(o->symbol);
	free(o->name);
}
