/* SPDX-License-Identifier: ISC */
/* Does one forbidden thing, named by its argument; the status tells how it ended. 99: nothing stopped it. */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static volatile unsigned char data_code[16] = {0xc3}; /* ret */
static volatile int sink;

static void call(const volatile void *p)
{
	((void (*)(void))(uintptr_t)p)();
}

static void write_text(void)
{
	*(volatile unsigned char *)(uintptr_t)write_text = 0xc3;
}

static void write_rodata(void)
{
	static const char text[] = "constant";

	*(volatile char *)(uintptr_t)text = 'C';
}

static void exec_data(void)
{
	call(data_code);
}

static void exec_stack(void)
{
	volatile unsigned char code[16] = {0xc3};

	call(code);
}

static void exec_heap(void)
{
	volatile unsigned char *p = malloc(16);

	p[0] = 0xc3;
	call(p);
}

static void read_null(void)
{
	sink = *(volatile int *)(uintptr_t)8;
}

static void jump_null(void)
{
	call((void *)(uintptr_t)16);
}

static volatile int depth_limit = 1 << 30; /* never reached; the compiler cannot know */

__attribute__((noinline)) static int recurse(volatile char *outer)
{
	volatile char frame[4096];

	frame[0] = outer[0];
	return depth_limit-- > 0 ? recurse(frame) + frame[0] : 0;
}

static void overflow_stack(void)
{
	volatile char c = 1;

	sink = recurse(&c);
}

__attribute__((noinline)) static void copy_without_end(volatile char *to, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = 'A';
}

__attribute__((noinline, optimize("stack-protector-all"))) static void smash_stack(void)
{
	volatile char buf[16];

	copy_without_end(buf, 200);
}

/* The upper half belongs to the kernel (pc) or to nobody. */
static void write_kernel(void)
{
	*(volatile int *)0xffffffff80100000ul = 1;
}

static void read_kernel(void)
{
	sink = *(volatile int *)0xffffffff80100000ul;
}

static void write_direct_map(void)
{
	*(volatile int *)0xffff800000100000ul = 1;
}

static void non_canonical(void)
{
	sink = *(volatile int *)0x8000000000000000ul;
}

static void halt(void)
{
	__asm__ volatile("hlt");
}

static void disable_interrupts(void)
{
	__asm__ volatile("cli");
}

static void port_out(void)
{
	__asm__ volatile("outb %0, %1" : : "a"((unsigned char)0), "d"((unsigned short)0x501));
}

static void write_cr3(void)
{
	__asm__ volatile("mov %0, %%cr3" : : "r"(0ul));
}

static void divide(void)
{
	__asm__ volatile("xor %%edx, %%edx; mov $1, %%eax; xor %%ecx, %%ecx; div %%ecx" : : : "eax", "ecx", "edx");
}

static void undefined(void)
{
	__asm__ volatile("ud2");
}

static void breakpoint(void)
{
	__asm__ volatile("int3");
}

static void past_file_end(void)
{
	call((void *)(uintptr_t)(sysconf(_SC_PAGESIZE) * 4));
}

static void kernel_pointer(void)
{
	/* A system call must not write to the kernel for us: EFAULT, nothing else. */
	int fd[2];

	if (pipe(fd) != 0 || write(fd[1], "x", 1) != 1 || read(fd[0], (void *)0xffffffff80100000ul, 1) != -1)
		exit(98);
	exit(0);
}

static void protected_page(void)
{
	char *p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	p[0] = 1;
}

static const struct {
	const char *name;
	void (*fn)(void);
} cases[] = {
    {"write-text", write_text},
    {"write-rodata", write_rodata},
    {"exec-data", exec_data},
    {"exec-stack", exec_stack},
    {"exec-heap", exec_heap},
    {"read-null", read_null},
    {"jump-null", jump_null},
    {"overflow-stack", overflow_stack},
    {"smash-stack", smash_stack},
    {"write-kernel", write_kernel},
    {"read-kernel", read_kernel},
    {"write-direct-map", write_direct_map},
    {"non-canonical", non_canonical},
    {"hlt", halt},
    {"cli", disable_interrupts},
    {"out", port_out},
    {"write-cr3", write_cr3},
    {"divide", divide},
    {"ud2", undefined},
    {"int3", breakpoint},
    {"abort", abort},
    {"unmapped-low", past_file_end},
    {"kernel-pointer", kernel_pointer},
    {"protected-page", protected_page},
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof cases / sizeof cases[0]; i++)
		if (strcmp(argv[1], cases[i].name) == 0) {
			cases[i].fn();
			return 99;
		}
	fprintf(stderr, "break: no such case\n");
	return 97;
}
