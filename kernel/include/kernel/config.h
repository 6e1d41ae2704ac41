/* SPDX-License-Identifier: ISC */
/*
 * The configuration as the image sees it: the JSON documents that reached it (interfaces.md: fw_cfg or tender first,
 * baked in last (enum config_source); later ones fill what earlier ones leave unsaid), queried by path. Constant after INIT_CONFIG.
 * Paths: "hostname", "rc[0].argv[2]", "net.interfaces.eth0.addrs[0].addr".
 */
#ifndef KERNEL_CONFIG_H
#define KERNEL_CONFIG_H

#include "lib/base.h"

enum config_source { CONFIG_LAUNCH, CONFIG_MODULE, CONFIG_CMDLINE, CONFIG_FILE, CONFIG_IMAGE, CONFIG_SOURCES };

#pragma GCC visibility push(default)
/* Up to the end of INIT_CONFIG: one more document, one of a kind; text stays. What is not JSON ends the image. */
void config_add(enum config_source from, const char *text, size_t len);
/* A string or number as text, unescaped, into buf: its length, or -ENOENT, -ENAMETOOLONG. */
long config_string(const char *path, char *buf, size_t size);
/* The same in memory of its own (kfree it); NULL when absent or no memory. */
char *config_strdup(const char *path) MUST_CHECK;
/* A number (or a string of digits); def when absent. */
int64_t config_int(const char *path, int64_t def);
bool config_bool(const char *path, bool def);
/* Elements of an array or keys of an object at path; 0 when absent. */
unsigned config_count(const char *path);
/* The i-th key of the object at path, as config_string. */
long config_key(const char *path, unsigned i, char *buf, size_t size);
#pragma GCC visibility pop
#endif
