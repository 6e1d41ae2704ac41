/* SPDX-License-Identifier: ISC */
/* What the state of an image that runs says of it from the beginning. */
#include "describe.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "hostlib/cleanup.h"

char *describe_name(const char *program)
{
	char *name = xstrdup(file_base(program)), *dot = strrchr(name, '.');

	if (dot && dot != name && !strcmp(dot, ".kiln"))
		*dot = '\0';
	for (char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && (p == name || !strchr("_.-", *p)))
			*p = p == name ? 'x' : '-';
	if (strlen(name) > 50)
		name[50] = '\0';
	return name;
}

static json_t *ports(const struct network *n)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < n->publishes; i++) {
		const struct publish *p = &n->publish[i];

		json_array_append_new(list, json_pack("{s:s, s:i, s:i, s:s}", "address", p->host_addr, "host",
						      (int)p->host_port, "guest", (int)p->port, "protocol",
						      p->udp ? "udp" : "tcp"));
	}
	return list;
}

void describe(const struct instance *i, const struct launch *l, char **words, int count)
{
	AUTO_FREE char *path = realpath(words[0], NULL);
	json_t *args = json_array(), *s = i->state;

	for (int k = 1; k < count; k++)
		json_array_append_new(args, json_string(words[k]));
	json_object_set_new(s, "name", json_string(i->name));
	json_object_set_new(s, "platform", json_string(platform_name(l->platform)));
	json_object_set_new(s, "image", json_string(words[0]) ?: json_string("?"));
	if (path)
		json_object_set_new(s, "path", json_string(path));
	json_object_set_new(s, "args", args);
	json_object_set_new(s, "memory", json_integer((json_int_t)l->memory));
	json_object_set_new(s, "ports", ports(&l->net));
	json_object_set_new(s, "created", json_integer(time(NULL)));
	json_object_set_new(s, "boot", json_string(instance_boot()));
	json_object_set_new(s, "input", json_boolean(l->input));
	json_object_set_new(s, "terminal", json_boolean(l->raw));
	if (l->debugger.where && atoi(l->debugger.where) > 0)
		json_object_set_new(s, "gdb", json_integer(atoi(l->debugger.where)));
}
