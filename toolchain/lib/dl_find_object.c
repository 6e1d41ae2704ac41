// SPDX-License-Identifier: ISC
//
// The host's libgcc_eh finds an object's unwind table with glibc's _dl_find_object. This is it, over
// dl_iterate_phdr, for musl.
//
// The unwinder refers to threads' functions weakly, and takes all of them for present when pthread_key_create is. This file,
// which every program that unwinds has, brings them in.

#include <link.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>

// The layout is glibc's on x86-64.
struct dl_find_object {
	unsigned long long flags;
	void *map_start;
	void *map_end;
	struct link_map *link_map;
	void *eh_frame;
	unsigned long long reserved[7];
};

struct search {
	uintptr_t pc;
	struct dl_find_object *result;
};

int _dl_find_object(void *pc, struct dl_find_object *result);

static const struct {
	int (*once)(pthread_once_t *, void (*)(void));
	int (*lock)(pthread_mutex_t *), (*unlock)(pthread_mutex_t *);
} needed __attribute__((used)) = {pthread_once, pthread_mutex_lock, pthread_mutex_unlock};

static int examine(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct search *s = arg;
	uintptr_t start = UINTPTR_MAX, end = 0, table = 0;
	int inside = 0;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		uintptr_t from = info->dlpi_addr + p->p_vaddr, to = from + p->p_memsz;

		if (p->p_type == PT_GNU_EH_FRAME)
			table = from;
		if (p->p_type != PT_LOAD)
			continue;
		inside |= s->pc >= from && s->pc < to;
		if (from < start)
			start = from;
		if (to > end)
			end = to;
	}
	if (!inside || !table)
		return 0;
	memset(s->result, 0, sizeof *s->result);
	s->result->map_start = (void *)start;
	s->result->map_end = (void *)end;
	s->result->eh_frame = (void *)table;
	return 1;
}

int _dl_find_object(void *pc, struct dl_find_object *result)
{
	struct search s = {(uintptr_t)pc, result};

	return dl_iterate_phdr(examine, &s) ? 0 : -1;
}
