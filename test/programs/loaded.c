/* SPDX-License-Identifier: ISC */
/* What a program finds when it starts: arguments, environment, auxiliary vector, its own data. The same lines as on Linux. */
#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

extern char **environ;
extern char _start[];

static char zeros[300000];
static char data[20000] = "initialised";
static char *pointer = data + 3;
static const char constant[] = "constant";
static const char *const relocated = constant + 1;
static _Thread_local int tls = 42;
static _Thread_local char tls_zeros[100];

static int all_zero(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != 0)
			return 0;
	return 1;
}

int main(int argc, char **argv)
{
	const ElfW(Phdr) *ph = (const ElfW(Phdr) *)getauxval(AT_PHDR);
	const unsigned char *random = (const unsigned char *)getauxval(AT_RANDOM);
	unsigned long loads = 0;
	char *heap;

	for (int i = 0; i < argc; i++)
		printf("argv %s\n", i == 0 ? strrchr(argv[0], '/') : argv[i]);
	printf("lists %d %d\n", argv[argc] == NULL, environ == argv + argc + 1);
	printf("stack %d\n", (uintptr_t)(argv - 1) % 16 == 0 && (char *)argv > (char *)&ph);
	for (unsigned long i = 0; i < getauxval(AT_PHNUM); i++)
		loads += ph[i].p_type == PT_LOAD;
	printf("aux %lu %lu %lu loads %lu\n", getauxval(AT_PAGESZ), getauxval(AT_CLKTCK), getauxval(AT_PHENT), loads);
	printf("ids %d %d %d %d secure %lu flags %lu\n", getauxval(AT_UID) == getuid(), getauxval(AT_EUID) == geteuid(),
	       getauxval(AT_GID) == getgid(), getauxval(AT_EGID) == getegid(), getauxval(AT_SECURE),
	       getauxval(AT_FLAGS));
	printf("entry %d base %d\n", getauxval(AT_ENTRY) == (uintptr_t)_start, getauxval(AT_BASE) != 0);
	printf("execfn %s platform %s\n", strrchr((const char *)getauxval(AT_EXECFN), '/'),
	       (const char *)getauxval(AT_PLATFORM));
	printf("hwcap %d random %d\n", getauxval(AT_HWCAP) != 0, !all_zero((const char *)random, 16));
	printf("data %s %s %s\n", data, pointer, relocated);
	printf("zeros %d %d %d tls %d\n", all_zero(zeros, sizeof zeros), all_zero(data + 11, sizeof data - 11),
	       all_zero(tls_zeros, sizeof tls_zeros), tls);
	strcpy(data + 15000, "written");
	zeros[sizeof zeros - 1] = 1;
	printf("written %s\n", data + 15000);
	heap = sbrk(100000);
	printf("heap %d\n", heap != (void *)-1 && all_zero(heap, 100000));
	return 0;
}
