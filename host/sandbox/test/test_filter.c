/* SPDX-License-Identifier: ISC */
// USES: host/sandbox/filter.c host/sandbox/hostcalls.c
/* The filter, run by a small classic-BPF interpreter: what passes, what traps, what kills; 64-bit edges with
 * carry. */
#include "host/sandbox/hostcalls.h"
#include <asm/unistd.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <string.h>
#include "test/tap.h"

#define GATE      0x7123456789abull
#define USER_LO   0x10000ull
#define USER_HI   0x700000000000ull
#define DIRECT_LO 0x7123ffe00000ull /* its end is beyond a multiple of 4 GiB */
#define DIRECT_HI 0x712404000000ull
#define MEMORY    0x100004000ull /* more than 4 GiB */

static struct sock_filter prog[2048];
static unsigned prog_len;

static uint32_t run(const struct seccomp_data *d)
{
	uint32_t a = 0, x = 0, m[16] = {0}, k;

	for (unsigned pc = 0; pc < prog_len; pc++) {
		const struct sock_filter *i = &prog[pc];
		uint32_t operand = BPF_SRC(i->code) == BPF_X ? x : i->k;
		int taken;

		k = i->k;
		switch (BPF_CLASS(i->code)) {
		case BPF_LD:
			if (BPF_MODE(i->code) == BPF_ABS) {
				if (k > sizeof(*d) - 4 || k % 4)
					return 1;
				memcpy(&a, (const char *)d + k, 4);
			} else {
				a = BPF_MODE(i->code) == BPF_MEM ? m[k & 15] : k;
			}
			break;
		case BPF_ST: m[k & 15] = a; break;
		case BPF_ALU:
			a = BPF_OP(i->code) == BPF_AND   ? a & operand
			    : BPF_OP(i->code) == BPF_SUB ? a - operand
			    : BPF_OP(i->code) == BPF_ADD ? a + operand
							 : a << (operand & 31);
			break;
		case BPF_MISC: x = a; break;
		case BPF_RET: return k;
		case BPF_JMP:
			if (BPF_OP(i->code) == BPF_JA) {
				pc += k;
				break;
			}
			taken = BPF_OP(i->code) == BPF_JEQ   ? a == operand
				: BPF_OP(i->code) == BPF_JGT ? a > operand
				: BPF_OP(i->code) == BPF_JGE ? a >= operand
							     : (a & operand) != 0;
			pc += taken ? i->jt : i->jf;
			break;
		default: return 2;
		}
	}
	return 3;
}

static uint32_t call6(unsigned nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f)
{
	struct seccomp_data data = {
	    .nr = (int)nr, .arch = AUDIT_ARCH_X86_64, .instruction_pointer = GATE, .args = {a, b, c, d, e, f}};

	return run(&data);
}

#define ok(good, what)     tap_ok(good, "%s", what)
#define allowed(what, ...) ok(call6(__VA_ARGS__) == SECCOMP_RET_ALLOW, what)
#define killed(what, ...)  ok(call6(__VA_ARGS__) == SECCOMP_RET_KILL_PROCESS, what)

static void map_edges(void)
{
	uint64_t n = 0x1000;

	allowed("mmap: lowest program page", 9, USER_LO, n, 3, 0x11, 3, 0);
	allowed("mmap: highest program page", 9, USER_HI - n, n, 3, 0x11, 3, 0);
	killed("mmap: one page below", 9, USER_LO - n, n, 3, 0x11, 3, 0);
	killed("mmap: over the end", 9, USER_HI - n, 2 * n, 3, 0x11, 3, 0);
	killed("mmap: at the end", 9, USER_HI, n, 3, 0x11, 3, 0);
	killed("mmap: length that wraps 64 bits", 9, USER_LO, 0 - USER_LO + n, 3, 0x11, 3, 0);
	killed("mmap: length with only its high half set", 9, USER_HI - n, 1ull << 46, 3, 0x11, 3, 0);
	allowed("mmap: a sum that carries into the high half", 9, 0xfffff000, 0x2000, 3, 0x11, 3, 0);
	killed("mmap: writable and executable", 9, USER_LO, n, 7, 0x11, 3, 0);
	killed("mmap: writable and executable without read", 9, USER_LO, n, 6, 0x11, 3, 0);
	allowed("mmap: populated at once", 9, USER_LO, n, 3, 0x8011, 3, 0);
	killed("mmap: locked", 9, USER_LO, n, 3, 0x2011, 3, 0);
	killed("mmap: not fixed", 9, USER_LO, n, 3, 0x01, 3, 0);
	killed("mmap: flags with a high bit", 9, USER_LO, n, 3, 0x11 | 1ull << 32, 3, 0);
	killed("mmap: anonymous", 9, USER_LO, n, 3, 0x31, 3, 0);
	killed("mmap: a descriptor that is not guest memory", 9, USER_LO, n, 3, 0x11, 0, 0);
	killed("mmap: descriptor -1", 9, USER_LO, n, 3, 0x11, (uint64_t)-1, 0);
	killed("mmap: descriptor that is ours only in its low five bits", 9, USER_LO, n, 3, 0x11, 35, 0);
	allowed("mmap: last page of guest memory", 9, USER_LO, n, 3, 0x11, 3, MEMORY - n);
	killed("mmap: beyond guest memory", 9, USER_LO, 2 * n, 3, 0x11, 3, MEMORY - n);
	allowed("mmap: payload, read and execute", 9, USER_LO, n, 5, 0x12, 4, 0x20000);
	killed("mmap: payload, shared", 9, USER_LO, n, 1, 0x11, 4, 0x20000);
	killed("mmap: image before the payload", 9, USER_LO, n, 1, 0x12, 4, 0x1f000);
	killed("mmap: payload over its end", 9, USER_LO, 0x2000, 1, 0x12, 4, 0x2f000);
	killed("mmap: over the direct map", 9, DIRECT_LO, n, 3, 0x11, 3, 0);
}

static void other_calls(void)
{
	allowed("mprotect: program page", 10, USER_LO, 0x1000, 5, 0, 0, 0);
	killed("mprotect: w and x", 10, USER_LO, 0x1000, 7, 0, 0, 0);
	killed("mprotect: PROT_GROWSDOWN", 10, USER_LO, 0x1000, 0x1000001, 0, 0, 0);
	allowed("mprotect: direct map read-only", 10, DIRECT_LO, 0x4200000, 1, 0, 0, 0);
	killed("mprotect: direct map executable", 10, DIRECT_LO, 0x1000, 5, 0, 0, 0);
	killed("mprotect: direct map and a page more", 10, DIRECT_LO, 0x4201000, 1, 0, 0, 0);
	killed("mprotect: the kernel", 10, GATE & ~0xfffull, 0x1000, 3, 0, 0, 0);
	allowed("munmap: program page", 11, USER_LO, 0x1000, 0, 0, 0, 0);
	killed("munmap: all of the address space", 11, 0, 0x7ffffffff000, 0, 0, 0, 0);
	killed("munmap: the gate", 11, GATE & ~0xfffull, 0x1000, 0, 0, 0, 0);
	killed("madvise: populate", 28, USER_LO, 0x10000, 23, 0, 0, 0);
	killed("madvise: MADV_DONTNEED", 28, USER_LO, 0x10000, 4, 0, 0, 0);
	killed("madvise: 23 + 32", 28, USER_LO, 0x10000, 55, 0, 0, 0);
	allowed("fallocate: hole", 285, 3, 3, 0x1000, 0x1000, 0, 0);
	killed("fallocate: growing", 285, 3, 0, 0x1000, 0x1000, 0, 0);
	killed("fallocate: hole in the image", 285, 4, 3, 0x20000, 0x1000, 0, 0);
	killed("fallocate: beyond guest memory", 285, 3, 3, MEMORY, 0x1000, 0, 0);
	allowed("write: 1", 1, 1, 0, 5, 0, 0, 0);
	allowed("write: 2", 1, 2, 0, 5, 0, 0, 0);
	killed("write: 0", 1, 0, 0, 5, 0, 0, 0);
	killed("write: image", 1, 4, 0, 5, 0, 0, 0);
	allowed("read: 0", 0, 0, 0, 5, 0, 0, 0);
	killed("read: 1", 0, 1, 0, 5, 0, 0, 0);
	allowed("readv: tap", 19, 5, 0, 2, 0, 0, 0);
	killed("readv: no tap", 19, 6, 0, 2, 0, 0, 0);
	killed("readv: more vectors than the host takes", 19, 5, 0, 1025, 0, 0, 0);
	killed("pread64: no disk", 17, 5, 0, 2, 0, 0, 0);
	allowed("clock_gettime: monotonic", 228, 1, 0, 0, 0, 0, 0);
	killed("clock_gettime: a process's CPU clock", 228, 2, 0, 0, 0, 0, 0);
	killed("clock_gettime: a descriptor's clock", 228, (uint64_t)-3, 0, 0, 0, 0, 0);
	allowed("timer_settime: ours", 223, 0, 1, 0, 0, 0, 0);
	killed("timer_settime: another", 223, 1, 1, 0, 0, 0, 0);
	allowed("ppoll", 271, 0, 3, 0, 0, 8, 0);
	killed("ppoll: with a signal mask", 271, 0, 3, 0, 0x1000, 8, 0);
	allowed("exit_group", 231, 300, 0, 0, 0, 0, 0);
	allowed("rt_sigreturn", 15, 1, 2, 3, 4, 5, 6);
	allowed("rt_sigprocmask", 14, 1, 0x1000, 0, 8, 0, 0);
	killed("rt_sigprocmask: asking for the old mask", 14, 1, 0x1000, 0x1000, 8, 0, 0);
	killed("arch_prctl where wrfsbase is", 158, 0x1002, 0, 0, 0, 0, 0);
	killed("openat", 257, 0, 0, 0, 0, 0, 0);
	killed("execve", 59, 0, 0, 0, 0, 0, 0);
	killed("clone", 56, 0, 0, 0, 0, 0, 0);
	killed("x32's write", 1 | 0x40000000, 1, 0, 5, 0, 0, 0);
	killed("a number that is none", 0xffffffff, 0, 0, 0, 0, 0, 0);
}

int main(void)
{
	struct hostcall_env env = {
	    .gate_ip = GATE,
	    .region = {[REGION_USER] = {USER_LO, USER_HI},
		       [REGION_DIRECT] = {DIRECT_LO, DIRECT_HI},
		       [REGION_MEMORY] = {0, MEMORY},
		       [REGION_PAYLOAD] = {0x20000, 0x30000}},
	    .fds = {[FDS_IN] = 1, [FDS_OUT] = 6, [FDS_MEMORY] = 1 << 3, [FDS_IMAGE] = 1 << 4, [FDS_NIC] = 1 << 5},
	    .timer = 0,
	};
	struct seccomp_data d = {.nr = __NR_exit_group, .arch = AUDIT_ARCH_X86_64, .instruction_pointer = GATE};

	prog_len = hostcalls_filter(prog, ARRAY_LEN(prog), &env);
	ok(prog_len > 0, "the filter fits");
	tap_note("%u instructions", prog_len);
	ok(hostcalls_filter(prog, prog_len - 1, &env) == 0, "too little room is noticed");
	prog_len = hostcalls_filter(prog, prog_len, &env);
	ok(run(&d) == SECCOMP_RET_ALLOW, "a good call at the gate");
	d.instruction_pointer++;
	ok(run(&d) == SECCOMP_RET_TRAP, "one byte off the gate it traps");
	d.instruction_pointer = GATE + (1ull << 32);
	ok(run(&d) == SECCOMP_RET_TRAP, "4 GiB off the gate it traps");
	d.arch = AUDIT_ARCH_I386;
	ok(run(&d) == SECCOMP_RET_KILL_PROCESS, "another architecture is killed, wherever it stands");
	map_edges();
	other_calls();
	env.fds[FDS_NIC] = 0;
	prog_len = hostcalls_filter(prog, ARRAY_LEN(prog), &env);
	tap_note("%u instructions without a tap", prog_len);
	killed("without a tap: readv", 19, 5, 0, 2, 0, 0, 0);
	killed("without a tap: readv of descriptor 0", 19, 0, 0, 2, 0, 0, 0);
	allowed("without a tap: the rest stays", 1, 1, 0, 5, 0, 0, 0);
	env.fds[FDS_NIC] = 1 << 5 | 1 << 6;
	prog_len = hostcalls_filter(prog, ARRAY_LEN(prog), &env);
	allowed("two taps: the second", 19, 6, 0, 2, 0, 0, 0);
	killed("two taps: one before", 19, 4, 0, 2, 0, 0, 0);
	killed("two taps: one behind", 19, 7, 0, 2, 0, 0, 0);
	env.region[REGION_MEMORY].hi = 0x100000;
	env.region[REGION_DIRECT].lo = 0x712400000000;
	env.region[REGION_DIRECT].hi = 0x712400100000;
	prog_len = hostcalls_filter(prog, ARRAY_LEN(prog), &env);
	allowed("small memory: its last page", 9, USER_LO, 0x1000, 3, 0x11, 3, 0xff000);
	killed("small memory: one more", 9, USER_LO, 0x2000, 3, 0x11, 3, 0xff000);
	killed("small memory: 4 GiB further", 9, USER_LO, 0x1000, 3, 0x11, 3, 0x100000000);
	killed("small memory: length that wraps 32 bits", 9, USER_LO, 0xfffff000, 3, 0x11, 3, 0x2000);
	killed("small memory: length with its high half alone", 285, 3, 3, 0, 1ull << 32, 0, 0);
	allowed("small direct map: all of it", 10, 0x712400000000, 0x100000, 1, 0, 0, 0);
	killed("small direct map: before it", 10, 0x7123fffff000, 0x1000, 1, 0, 0, 0);
	killed("small direct map: behind it", 10, 0x712400100000, 0x1000, 1, 0, 0, 0);
	env.allow_wx = true;
	env.allow_fs_base = true;
	prog_len = hostcalls_filter(prog, ARRAY_LEN(prog), &env);
	allowed("with allow_wx: mmap rwx", 9, USER_LO, 0x1000, 7, 0x11, 3, 0);
	allowed("with allow_wx: mprotect rwx", 10, USER_LO, 0x1000, 7, 0, 0, 0);
	killed("with allow_wx: direct map rwx", 10, 0x712400000000, 0x1000, 7, 0, 0, 0);
	allowed("without wrfsbase: ARCH_SET_FS", 158, 0x1002, 0x1234, 0, 0, 0, 0);
	allowed("without wrfsbase: ARCH_SET_GS", 158, 0x1001, 0x1234, 0, 0, 0, 0);
	killed("without wrfsbase: ARCH_SET_CPUID", 158, 0x1012, 0, 0, 0, 0, 0);
	return tap_end();
}
