/* SPDX-License-Identifier: ISC */
/*
 * The tender: reads its options, maps an image and guest memory, opens what is attached, installs handlers and filter,
 * jumps into the kernel and is gone. Its parts in the order in which they run. Every failure is one line on standard
 * error and status SANDBOX_STATUS_FAILED.
 */
#ifndef TENDER_H
#define TENDER_H

#include "abi/boot.h"
#include "abi/sandbox.h"
#include "lib/base.h"

#define PAGE 4096ull

/* The descriptors, in this order from 3 on; all others are closed. */
#define FD_MEMORY  3
#define FD_IMAGE   4
#define FD_DEVICES 5
#define FD_HELD    64 /* until then they are held above */

struct options {
	const char *image, *config, *cmdline, *console;
	const char *net[BOOT_MAX_NICS], *disk[BOOT_MAX_DISKS];
	unsigned nets, disks;
	uint64_t mem_size;
	uint32_t grace_ms;
	int started; /* descriptor for EXIT_STARTED, or -1 */
	int hold; /* a descriptor that is not closed, or 0 */
	bool no_patch, no_fsgsbase, debug;
	int memory_fd; /* 0: none given */
	unsigned sample; /* SIGPROF so many times a second */
};

/* The kernel as it stands in memory, and the payload as it stands in the file. */
struct loaded {
	uint64_t base, size; /* page-aligned */
	uint64_t entry, signal_handler; /* relocated */
	uint64_t payload_offset, payload_size;
	uint32_t image_flags;
};

/* Everything of ours above the kernel's image, by address; guard pages between. */
struct zone {
	uint64_t gate, boot, boot_size, signal_stack, stack, end;
};

NORETURN void die(const char *f, ...) PRINTF(1, 2);
/* Dies naming what failed when ret is an error; else ret. */
long check(long ret, const char *what);
/* Anonymous or file pages at exactly that address, which must be free. */
void map_at(uint64_t address, uint64_t size, int prot, int flags, int fd, uint64_t offset, const char *what);
void random_bytes(void *buf, size_t n);
/* An entry of the auxiliary vector, 0 when it is not there. */
uint64_t auxv(const uint64_t *initial_stack, uint64_t type);
/* A duplicate above the numbers that matter. */
int hold(int fd);
const char *error_name(long err); /* of a positive errno */

void options_parse(struct options *o, int argc, char **argv);
/* Checks the image and learns its size; name is for messages. */
void load_check(struct loaded *l, int fd, const char *name);
/* Maps the kernel at `base`, relocated and protected. */
void load_map(struct loaded *l, int fd, uint64_t base);
void attach(struct boot_info *boot, const struct options *o);
/* Before attach: a frame that comes while there is no handler would end the process. It waits for enter. */
void hold_io(void);
NORETURN void enter(const struct boot_info *boot, const struct loaded *l, const struct zone *z, unsigned sample,
		    const uint64_t *initial_stack);
NORETURN void tender_main(const uint64_t *initial_stack);

/* The gate page's code (gate.S), copied to where it shall run. */
extern const uint8_t gate_code[], gate_after[], gate_restorer[], gate_leave[], gate_end[];

#endif
