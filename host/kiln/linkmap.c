/* SPDX-License-Identifier: ISC */
/*
 * Below "Linker script and memory map" an input section is a line " NAME ADDRESS SIZE FILE", or, when its name is long, two.
 * What was discarded stands above, or has the address 0.
 */
#include "linkmap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hostlib/cleanup.h"

static bool in_file(const char *section)
{
	return !strncmp(section, ".text", 5) || !strncmp(section, ".rodata", 7) || !strncmp(section, ".data", 5) ||
	       !strncmp(section, ".kiln", 5) || !strncmp(section, ".note", 5);
}

uint64_t linkmap_bytes(const struct file_map *map, const char *component)
{
	AUTO_FREE char *text = xstrndup((const char *)map->data, map->size);
	AUTO_FREE char *end = xasprintf("/%s.o", component);
	char *save = NULL, *p = strstr(text, "Linker script and memory map"), section[128] = "";
	unsigned long long address, size;
	uint64_t total = 0;

	for (char *line = p ? strtok_r(p, "\n", &save) : NULL; line; line = strtok_r(NULL, "\n", &save)) {
		int at = 0;
		size_t n;

		if (line[0] != ' ')
			continue;
		if (line[1] == '.')
			sscanf(line, " %127s%n", section, &at);
		if (sscanf(line + at, " 0x%llx 0x%llx %n", &address, &size, &at) != 2)
			continue;
		n = strlen(line);
		if (address && in_file(section) && n > strlen(end) && !strcmp(line + n - strlen(end), end))
			total += size;
		section[0] = '\0';
	}
	return total;
}
