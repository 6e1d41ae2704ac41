/* SPDX-License-Identifier: ISC */
/* What the x86-64 code that the platforms share asks of the platform, and what it gives it beyond arch/. */
#ifndef X86_64_MACHINE_H
#define X86_64_MACHINE_H

#include "kernel/page.h"

#define X86_FXSAVE_SIZE 512u

struct thread;

#pragma GCC visibility push(default)
/* The limits of program addresses; the platform's boot code sets them. */
extern uintptr_t x86_user_min, x86_user_max;

/* Platform: fills the kernel's part of a new, zeroed root table; loads a root. */
void x86_root_init(uint64_t *root);
void x86_root_load(paddr_t root);
/* Platform: the loaded root's address space is no more. True: the tables are needed until another one is loaded, and
 * freed then with x86_root_free. */
bool x86_root_keep(paddr_t root);
void x86_root_free(paddr_t root);
/* Platform: another address space than the loaded one has lost frames, which may be free by now. */
void x86_frames_lost(void);
/* Tells the platform (platform_map and friends) what is different from one root to another; from 0: all. Before it unmaps
 * a run it asks hide, before it maps one reveal (unless NULL): true: that has done it. */
void x86_root_change(paddr_t from, paddr_t to, bool (*hide)(uintptr_t va, paddr_t pa, size_t n, unsigned prot),
		     bool (*reveal)(uintptr_t va, paddr_t pa, size_t n, unsigned prot));
/* Platform: entries of the loaded root that were present have changed. */
void x86_tlb_flush(uintptr_t va, size_t n);
/* Platform: entries from program code begin to push at `top` from now on. */
void x86_kstack_set(uintptr_t top);
/* Platform: the program's FS and GS base. */
void x86_tls_read(uint64_t *fs, uint64_t *gs);
void x86_tls_write(uint64_t fs, uint64_t gs);

/* What a thread with a program needs in the CPU: vector registers, thread pointers, page table, kernel stack. arch_switch
 * does it; the platform's arch_user_return too, for a thread that has just become one. */
void x86_thread_load(struct thread *t);

/* Called by the platform at boot: the state components to keep, some of XCR0's or 0 without XSAVE, and the size of an
 * area for them, X86_FXSAVE_SIZE without. */
void x86_fpu_init(uint64_t components, uint32_t size);
/* The components that x86_fpu_init was given, for signal frames. */
uint64_t x86_fpu_features(void);

/* Copies of so many bytes and more use string instructions: the platform sets it where they are fast. */
extern size_t x86_copy_string;

/* The kernel faulted at *ip: true, and *ip changed, when it was copying from or to a program. */
bool x86_fixup(uint64_t *ip);
/* Writes stac and clac where the copies need them; while the kernel's text can be written, if the CPU has SMAP. */
void x86_smap_patch(void);
#pragma GCC visibility pop

#endif
