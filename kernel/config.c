/* SPDX-License-Identifier: ISC */
/*
 * The configuration: a document for each place that it may come from, in the order of their say. A path is looked for in each in turn; objects
 * are merged that way, arrays and plain values are taken whole from the first document that has them.
 */
#include "kernel/config.h"

#include "abi/boot.h"
#include "abi/errno.h"
#include "kernel/heap.h"
#include "kernel/init.h"
#include "kernel/log.h"
#include "kernel/payload.h"
#include "kernel/thread.h"
#include "json.h"
#include "lib/string.h"
#include "platform/platform.h"

static struct json_doc docs[CONFIG_SOURCES]; /* without tokens where there is none */

static const char sources[CONFIG_SOURCES][20] = {
    [CONFIG_LAUNCH] = "given at launch", [CONFIG_MODULE] = "in a boot module", [CONFIG_CMDLINE] = "on the command line",
    [CONFIG_FILE] = "in a file",         [CONFIG_IMAGE] = "in the image",
};
_Static_assert((int)CONFIG_CMDLINE == (int)BOOT_CONFIG_CMDLINE, "boot.h has the first ones");

static int find(const char *path, const struct json_doc **d)
{
	for (unsigned i = 0; i < CONFIG_SOURCES; i++) {
		int v = json_find(&docs[i], path);

		if (v >= 0) {
			*d = &docs[i];
			return v;
		}
		if (v == JSON_DECIDED)
			break;
	}
	return -1;
}

static bool plain(const struct json_doc *d, int v)
{
	return d->tok[v].type == JSMN_STRING || d->tok[v].type == JSMN_PRIMITIVE;
}

long config_string(const char *path, char *buf, size_t size)
{
	const struct json_doc *d;
	int v = find(path, &d);
	size_t n;

	if (v < 0 || !plain(d, v))
		return -ENOENT;
	n = json_text(d, v, buf, size);
	return n < size ? (long)n : -ENAMETOOLONG;
}

char *config_strdup(const char *path)
{
	const struct json_doc *d;
	int v = find(path, &d);
	size_t n;
	char *s;

	if (v < 0 || !plain(d, v))
		return NULL;
	n = json_text(d, v, NULL, 0) + 1;
	s = kmalloc(n);
	if (s != NULL)
		json_text(d, v, s, n);
	return s;
}

int64_t config_int(const char *path, int64_t def)
{
	char buf[24];
	const char *end;
	bool minus = false;
	uint64_t n;

	if (config_string(path, buf, sizeof buf) <= 0)
		return def;
	minus = buf[0] == '-';
	n = str_to_u64(buf + minus, &end);
	if (end == buf + minus || *end != '\0' || n > INT64_MAX)
		return def;
	return minus ? -(int64_t)n : (int64_t)n;
}

bool config_bool(const char *path, bool def)
{
	char buf[8];

	if (config_string(path, buf, sizeof buf) < 0)
		return def;
	if (strcmp(buf, "true") == 0 || strcmp(buf, "1") == 0)
		return true;
	return strcmp(buf, "false") != 0 && strcmp(buf, "0") != 0 ? def : false;
}

static bool same_key(const struct json_doc *a, int ka, const struct json_doc *b, int kb)
{
	size_t len = (size_t)(a->tok[ka].end - a->tok[ka].start);

	return len == (size_t)(b->tok[kb].end - b->tok[kb].start) &&
	       memcmp(a->text + a->tok[ka].start, b->text + b->tok[kb].start, len) == 0;
}

/* The documents before `before` have this key in their object at path. */
static bool key_seen(const char *path, unsigned before, const struct json_doc *d, int key)
{
	int other;

	for (unsigned i = 0; i < before; i++) {
		int v = json_find(&docs[i], path);

		for (unsigned n = 0;
		     v >= 0 && docs[i].tok[v].type == JSMN_OBJECT && json_member(&docs[i], v, n, &other) >= 0; n++)
			if (same_key(d, key, &docs[i], other))
				return true;
	}
	return false;
}

/* Walks the merged object (or the first array) at path: the number of members; the wanted-th key's document and token. */
static unsigned walk(const char *path, unsigned wanted, const struct json_doc **kd, int *ktok)
{
	unsigned count = 0;
	int key;

	for (unsigned i = 0; i < CONFIG_SOURCES; i++) {
		int v = json_find(&docs[i], path);

		if (v == JSON_ABSENT)
			continue;
		if (v == JSON_DECIDED || docs[i].tok[v].type != JSMN_OBJECT)
			return count > 0 || v < 0 || docs[i].tok[v].type != JSMN_ARRAY ? count
										       : (unsigned)docs[i].tok[v].size;
		for (unsigned n = 0; json_member(&docs[i], v, n, &key) >= 0; n++) {
			if (key_seen(path, i, &docs[i], key))
				continue;
			if (count++ == wanted) {
				*kd = &docs[i];
				*ktok = key;
			}
		}
	}
	return count;
}

unsigned config_count(const char *path)
{
	const struct json_doc *d;
	int key;

	return walk(path, UINT32_MAX, &d, &key);
}

long config_key(const char *path, unsigned i, char *buf, size_t size)
{
	const struct json_doc *d = NULL;
	int key;
	size_t n;

	walk(path, i, &d, &key);
	if (d == NULL)
		return -ENOENT;
	n = json_text(d, key, buf, size);
	return n < size ? (long)n : -ENAMETOOLONG;
}

void config_add(enum config_source from, const char *text, size_t len)
{
	size_t where;
	int err = json_parse(&docs[from], text, len, &where);

	if (err == 0)
		return;
	log_err("configuration %s: %s near byte %lu", sources[from], err == -ENOMEM ? "no memory" : "not a JSON object",
		where);
	kernel_exit(PANIC_STATUS);
}

static void set_log_level(void)
{
	static const char *const names[] = {"error", "warn", "info", "debug"};
	char level[8];

	if (config_string("kiln.log", level, sizeof level) < 0)
		return;
	for (unsigned i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(level, names[i]) == 0)
			log_level = (enum log_level)i;
}

static void config_init(void)
{
	const struct boot_info *boot = platform_boot_info();
	const struct image_entry *e = payload_entry(IMAGE_CONFIG, 0);

	for (unsigned i = 0; i < BOOT_CONFIGS; i++)
		if (boot->config[i].size > 0)
			config_add((enum config_source)i, (const char *)boot->config[i].text, boot->config[i].size);
	if (e != NULL)
		config_add(CONFIG_IMAGE, payload_data(e), e->size);
}
INIT(INIT_CONFIG, config_init);

static void config_report(void)
{
	set_log_level();
	for (unsigned i = 0; i < CONFIG_SOURCES; i++)
		if (docs[i].count > 0)
			log_info("configuration %s", sources[i]);
}
INIT(INIT_DRIVER, config_report);
