/* SPDX-License-Identifier: ISC */
/* The options that run and bake share. */
#include "common.h"

#include <string.h>

#include "hostlib/cleanup.h"

static const char *const platforms[] = {
    [PLATFORM_QEMU] = "qemu", [PLATFORM_MICROVM] = "microvm", [PLATFORM_KVM] = "kvm", [PLATFORM_SANDBOX] = "sandbox"};

/* What --strace may name: classes (linux/strace/classes.c) and calls. */
static const char *const calls[] = {"%file", "%network", "%net", "%process", "%memory", "%desc", "%signal",
#define CALL(number, name, kinds) #name,
#include "linux/names.h"
#undef CALL
				    NULL};

void common_init(struct common *c)
{
	memset(c, 0, sizeof *c);
	c->env_files = json_object();
	c->options = json_object();
}

void common_free(struct common *c)
{
	json_decref(c->file);
	json_decref(c->env_files);
	json_decref(c->options);
}

const char *platform_name(enum platform p)
{
	return platforms[p];
}

const char *platform_set(enum platform p)
{
	return p == PLATFORM_SANDBOX ? "sandbox" : "virtio";
}

static int set_platform(struct common *c, const char *name, struct error *err)
{
	for (unsigned i = PLATFORM_QEMU; i <= PLATFORM_SANDBOX; i++) {
		if (strcmp(name, platforms[i]) != 0)
			continue;
		c->platform = (enum platform)i;
		return 0;
	}
	if (!strcmp(name, "xen") || !strcmp(name, "firecracker"))
		return error_usage(err, "-P %s: not in this version of Kiln; qemu, microvm, kvm and sandbox are", name);
	return error_usage(err, "-P %s: no such platform; there are qemu, microvm, kvm and sandbox", name);
}

static int set_strace(struct common *c, const char *list, struct error *err)
{
	AUTO_FREE char *copy = xstrdup(list ? list : "");
	char *save = NULL;

	for (char *w = strtok_r(copy, ",", &save); w; w = strtok_r(NULL, ",", &save)) {
		bool known = false;
		const char *nearest;

		for (unsigned i = 0; calls[i]; i++)
			known |= !strcmp(calls[i], w);
		if (known)
			continue;
		nearest = str_nearest(w, calls);
		if (nearest)
			return error_usage(err, "--strace=%s: no system call or class \"%s\"; did you mean %s?", list,
					   w, nearest);
		return error_usage(err, "--strace=%s: no system call or class \"%s\"", list, w);
	}
	json_object_set_new(config_object(c->options, "kiln"), "strace", list ? json_string(list) : json_true());
	return 0;
}

static int set_stats(struct common *c, const char *seconds, struct error *err)
{
	char *end;
	unsigned long n = seconds ? strtoul(seconds, &end, 10) : 0;

	if (seconds && (end == seconds || *end || !n || n > 86400 || *seconds == '-'))
		return error_usage(err, "--stats=%s: not a number of seconds, 1 to 86400", seconds);
	json_object_set_new(config_object(c->options, "kiln"), "stats", seconds ? json_string(seconds) : json_true());
	return 0;
}

int common_option(struct common *c, int id, const char *value, struct error *err)
{
	switch (id) {
	case COMMON_PLATFORM: return set_platform(c, value, err);
	case COMMON_COMPONENTS: c->components = value; return 0;
	case COMMON_ROOT: c->root = value; return 0;
	case COMMON_CONFIG:
		if (c->file)
			return error_usage(err, "-c %s: there is a configuration file already", value);
		c->file = config_load(value, err);
		return c->file ? 0 : -1;
	case COMMON_ENV: return config_set_env(c->options, value, err);
	case COMMON_ENV_FILE: return config_env_file(c->env_files, value, err);
	case COMMON_WORKDIR:
		if (value[0] != '/')
			return error_usage(err, "-w %s: not an absolute path", value);
		json_object_set_new(c->options, "workdir", json_string(value));
		return 0;
	case COMMON_ADDR: return config_set_addr(c->options, value, err);
	case COMMON_CA_CERTS: c->ca_certs = value ? value : CA_CERTS; return 0;
	case COMMON_WX: c->allow_wx = true; return 0;
	case COMMON_STRACE: return set_strace(c, value, err);
	case COMMON_STATS: return set_stats(c, value, err);
	default: return 1;
	}
}

json_t *common_config(const struct common *c, struct error *err)
{
	json_t *doc = c->file ? json_deep_copy(c->file) : json_object();

	config_merge(doc, c->env_files);
	config_merge(doc, c->options);
	if (config_check(doc, err) == 0 && config_check_mounts(doc, err) == 0)
		return doc;
	json_decref(doc);
	return NULL;
}

bool common_wants(const json_t *config, const char *feature)
{
	const json_t *j = json_object_get(json_object_get(config, "kiln"), feature);

	return j && !json_is_false(j);
}
