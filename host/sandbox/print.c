/* SPDX-License-Identifier: ISC */
/* The host-call table as a page of documentation (docs/hostcalls.md), from the same rows as the filter. */
#include "hostcalls.h"
#include "lib/fmt.h"
#include "lib/string.h"

static const char *const region_names[REGIONS] = {
    [REGION_USER] = "program addresses",
    [REGION_DIRECT] = "the direct map",
    [REGION_MEMORY] = "guest memory",
    [REGION_PAYLOAD] = "the image's payload",
};

static const char *const fd_names[FD_SETS] = {
    [FDS_IN] = "0",
    [FDS_OUT] = "1, 2",
    [FDS_MEMORY] = "guest memory",
    [FDS_IMAGE] = "the image",
    [FDS_NIC] = "a network device",
    [FDS_DISK] = "a disk",
};

static void bits(void (*emit)(const char *), uint64_t set)
{
	const char *separator = "";
	char text[16];

	for (unsigned i = 0; i < 32; i++) {
		if ((set >> i & 1) == 0)
			continue;
		fmt_snprintf(text, sizeof(text), "%s%u", separator, i);
		emit(text);
		separator = ", ";
	}
}

static void prot_bits(void (*emit)(const char *), uint64_t set)
{
	static const char *const names[8] = {"none", "r", "w", "rw", "x", "rx", "wx", "rwx"};
	const char *separator = "";

	for (unsigned i = 0; i < 8; i++) {
		if ((set >> i & 1) == 0)
			continue;
		emit(separator);
		emit(names[i]);
		separator = ", ";
	}
}

static void print_arg(void (*emit)(const char *), const struct hostcall_arg *a)
{
	char text[64];

	switch (a->kind) {
	case ARG_UNUSED: return;
	case ARG_ANY: emit("any"); return;
	case ARG_IS:
		fmt_snprintf(text, sizeof(text), "= %#llx", (unsigned long long)a->value);
		emit(text);
		if (a->length != 0) {
			fmt_snprintf(text, sizeof(text), " (with %#x)", a->length);
			emit(text);
		}
		return;
	case ARG_UP_TO:
		fmt_snprintf(text, sizeof(text), "<= %llu", (unsigned long long)a->value);
		emit(text);
		return;
	case ARG_ONE_OF:
		emit("one of ");
		bits(emit, a->value);
		return;
	case ARG_FD:
		emit("descriptor ");
		emit(fd_names[a->value]);
		return;
	case ARG_TIMER: emit("the timer"); return;
	case ARG_PROT:
	case ARG_PROT_WX:
		emit("protection ");
		prot_bits(emit, a->value);
		if (a->kind == ARG_PROT_WX)
			emit(" (rwx)");
		return;
	case ARG_IN:
		fmt_snprintf(text, sizeof(text), "with argument %u inside ", a->length + 1);
		emit(text);
		emit(region_names[a->value]);
		return;
	}
}

void hostcalls_print(void (*emit)(const char *text))
{
	emit("# The host calls of the sandbox\n\n"
	     "Printed by `kiln-tender --print-calls` from host/sandbox/hostcalls.c, from which the filter is "
	     "made too.\n"
	     "A call leaves from the gate and matches a row, or the process ends. Protections: rwx only in "
	     "an image\n"
	     "baked with --allow-wx.\n\n"
	     "| call | 1 | 2 | 3 | 4 | 5 | 6 | why |\n|---|---|---|---|---|---|---|---|\n");
	for (unsigned i = 0; i < hostcalls_count; i++) {
		emit("| ");
		emit(hostcalls[i].name);
		for (unsigned j = 0; j < ARRAY_LEN(hostcalls[i].arg); j++) {
			emit(" | ");
			print_arg(emit, &hostcalls[i].arg[j]);
		}
		emit(" | ");
		emit(hostcalls[i].why);
		emit(hostcalls[i].fs_base_only ? " (only there) |\n" : " |\n");
	}
}
