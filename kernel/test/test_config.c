/* SPDX-License-Identifier: ISC */
// USES: kernel/config.c kernel/json.c lib/string.c
// FLAGS: -fno-builtin
/* The configuration: paths, merging of documents, and what is refused. */
#include <stdio.h>
#include <stdlib.h>
#include <errno.h>
#include "abi/boot.h"
#include "kernel/config.h"
#include "kernel/heap.h"
#include "kernel/json.h"
#include "kernel/init.h"
#include "kernel/log.h"
#include "kernel/payload.h"
#include "kernel/thread.h"
#include "lib/string.h"
#include "platform/platform.h"
#include "test/tap.h"

static struct boot_info boot;
static const char *baked;
static struct image_entry entry;
enum log_level log_level = LOG_WARN;

const struct boot_info *platform_boot_info(void)
{
	return &boot;
}
const struct image_entry *payload_entry(enum image_type type, unsigned i)
{
	return type == IMAGE_CONFIG && i == 0 && baked ? &entry : NULL;
}
const void *payload_data(const struct image_entry *e)
{
	(void)e;
	return baked;
}
void *kmalloc(size_t n)
{
	return malloc(n);
}
void kfree(void *p)
{
	free(p);
}
void kernel_exit(int status)
{
	exit(status);
}
void log_line(enum log_level level, const char *f, ...)
{
	(void)level, (void)f;
}

static bool is(const char *path, const char *want)
{
	char buf[64];

	return config_string(path, buf, sizeof buf) >= 0 && strcmp(buf, want) == 0;
}

static bool parses(const char *text)
{
	struct json_doc d;
	size_t where;

	if (json_parse(&d, text, strlen(text), &where) != 0)
		return false;
	json_free(&d);
	return true;
}

/* The init function is found as the linker script finds it: by its section. */
__asm__(".pushsection .kiln.init.3,\"aw\"; .balign 16; init_table:; .popsection");
extern const struct init_entry init_table[];

static void refused(void)
{
	static const char *const bad[] = {"",
					  "[]",
					  "1",
					  "{",
					  "{\"a\"}",
					  "{\"a\":1 \"b\":2}",
					  "{\"a\":}",
					  "{\"a\":tru}",
					  "{\"a\":1x}",
					  "{\"a\":-}",
					  "{\"a\":\"\\q\"}",
					  "{\"a\":\"\\u12\"}",
					  "{\"a\":\"\\u0000\"}",
					  "{\"a\":\"\\ud800\"}",
					  "{a:1}",
					  "{1:1}",
					  "{\"a\":1}}",
					  "{\"a\":1} x",
					  "{\"a\":\"x\ny\"}",
					  "{\"a\":[1,2}",
					  "{\"a\":\"b\" : 1}"};
	static const char *const good[] = {"{}", " {\"a\":[]}\n", "{\"a\":[{},[],null,true,-1.5e+3]}",
					   "{\"\\u0061\":\"\\ud83d\\ude00\"}"};

	for (unsigned i = 0; i < ARRAY_LEN(bad); i++)
		tap_ok(!parses(bad[i]), "refused: %s", i == 18 ? "a line break in a string" : bad[i]);
	for (unsigned i = 0; i < ARRAY_LEN(good); i++)
		tap_ok(parses(good[i]), "accepted: good[%u]", i);
}

int main(void)
{
	static const char launch[] = "{\"hostname\":\"web\\u00e9\\n\",\"env\":{\"A\":\"1\",\"C.D\":\"dot\"},\"rc\":[{"
				     "\"bin\":\"/x\",\"argv\":[\"-p\",80]}],"
				     "\"kiln\":{\"log\":\"info\"},\"kiln.strace\":true,\"n\":-42,\"hex\":\"0x10\"}";
	static const char words[] = "{\"env\":{\"A\":\"2\",\"B\":\"two\"}}";
	char key[16], tiny[3], *dup;

	baked = "{\"env\":{\"C\":\"3\",\"A\":\"9\"},\"rc\":[{\"bin\":\"/y\"},{\"bin\":\"/"
		"z\"}],\"hostname\":\"late\",\"only\":\"here\"}";
	entry.size = strlen(baked);
	boot.config[BOOT_CONFIG_LAUNCH] = (struct boot_config){(uintptr_t)launch, sizeof launch - 1};
	boot.config[BOOT_CONFIG_CMDLINE] = (struct boot_config){(uintptr_t)words, sizeof words - 1};
	init_table[0].fn();
	init_table[1].fn();
	tap_ok(is("hostname", "web\u00e9\n"), "the first document has the say, escapes are undone");
	tap_ok(is("only", "here"), "a later document fills what is unsaid");
	tap_ok(is("rc[0].bin", "/x") && is("rc[0].argv[1]", "80"), "elements of arrays, numbers as text");
	tap_ok(config_string("rc[1].bin", key, sizeof key) == -ENOENT, "arrays are not merged");
	tap_ok(config_count("rc") == 1 && config_count("rc[0].argv") == 2 && config_count("nothing") == 0, "counts");
	tap_ok(config_count("env") == 4, "objects are merged by keys");
	tap_ok(is("env.A", "1") && is("env.B", "two") && is("env.C", "3") && is("env.C.D", "dot"),
	       "merged values, keys with dots");
	tap_ok(config_key("env", 2, key, sizeof key) == 1 && strcmp(key, "B") == 0,
	       "the keys of a merged object in order");
	tap_ok(config_key("env", 4, key, sizeof key) == -ENOENT, "and their end");
	tap_ok(config_bool("kiln.strace", false) && log_level == LOG_INFO, "dotted keys and nested ones answer alike");
	tap_ok(config_int("n", 0) == -42 && config_int("hex", 0) == 16 && config_int("hostname", 7) == 7, "numbers");
	tap_ok(config_string("only", tiny, sizeof tiny) == -ENAMETOOLONG && strcmp(tiny, "he") == 0,
	       "too long for the buffer");
	dup = config_strdup("only");
	tap_ok(dup != NULL && strcmp(dup, "here") == 0, "a copy");
	free(dup);
	refused();
	return tap_end();
}
