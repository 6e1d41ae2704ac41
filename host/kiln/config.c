/* SPDX-License-Identifier: ISC */
/* Reading and merging configurations; the schema is in schema.c, Rumprun's form in rumprun.c. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "hostlib/cleanup.h"
#include "hostlib/file.h"

int config_split(const char *s, struct strv *words, struct error *err)
{
	for (;;) {
		AUTO_STR struct str word = {0};
		char quote = '\0';

		s += strspn(s, " \t\n");
		if (!*s)
			return 0;
		str_add(&word, "");
		for (; *s && (quote || !strchr(" \t\n", *s)); s++) {
			if (*s == quote)
				quote = '\0';
			else if (!quote && (*s == '\'' || *s == '"'))
				quote = *s;
			else if (*s == '\\' && quote != '\'' && s[1])
				str_add_n(&word, ++s, 1);
			else
				str_add_n(&word, s, 1);
		}
		if (quote)
			return error_set(err, "a quote is not closed: %c%s", quote, word.p);
		strv_add(words, word.p);
	}
}

/* cmdline becomes the one entry of rc: the kernel need not split it. */
static int expand_cmdline(json_t *doc, struct error *err)
{
	const char *line = json_string_value(json_object_get(doc, "cmdline"));
	AUTO_STRV struct strv words = {0};
	json_t *entry, *argv, *rc;

	if (!line)
		return 0;
	if (config_split(line, &words, err) < 0)
		return error_wrap(err, "cmdline");
	if (!words.n)
		return error_set(err, "cmdline: empty");
	entry = json_object();
	argv = json_array();
	rc = json_array();
	json_object_set_new(entry, "bin",
			    strchr(words.v[0], '/') ? json_string(words.v[0]) : json_sprintf("/bin/%s", words.v[0]));
	for (size_t i = 1; i < words.n; i++)
		json_array_append_new(argv, json_string(words.v[i]));
	if (words.n > 1)
		json_object_set(entry, "argv", argv);
	json_decref(argv);
	json_array_append_new(rc, entry);
	json_object_set_new(doc, "rc", rc);
	json_object_del(doc, "cmdline");
	return config_check(doc, err) < 0 ? error_wrap(err, "cmdline") : 0;
}

/* What may be said already and is not done yet. */
static void note_limits(const json_t *doc, struct strv *warnings)
{
	const json_t *list = json_object_get(json_object_get(doc, "net"), "interfaces");
	const char *name;
	json_t *iface;

	json_object_foreach((json_t *)list, name, iface)
	{
		const json_t *addrs = json_object_get(iface, "addrs");

		for (size_t i = 0; i < json_array_size(addrs); i++)
			if (!strcmp(json_string_value(json_object_get(json_array_get(addrs, i), "type")), "inet6"))
				strv_addf(warnings,
					  "net.interfaces.%s.addrs[%zu]: IPv6 is not in this version of Kiln; ignored",
					  name, i);
	}
	name = json_string_value(json_object_get(json_object_get(doc, "sysctl"), "vm.overcommit_memory"));
	if (name && strcmp(name, "0") != 0)
		strv_addf(warnings,
			  "sysctl.vm.overcommit_memory: only \"0\" is in this version of Kiln; \"%s\" is ignored",
			  name);
}

json_t *config_parse(const char *text, size_t size, struct strv *warnings, struct error *err)
{
	AUTO_JSON json_t *doc = NULL;
	json_error_t where;
	int r = rumprun_load(text, size, &doc, warnings, err);

	if (r < 0)
		return NULL;
	if (r == 0) {
		doc = json_loadb(text, size, JSON_REJECT_DUPLICATES, &where);
		if (!doc) {
			error_set(err, "line %d, column %d: %s", where.line, where.column, where.text);
			return NULL;
		}
	}
	if (config_check(doc, err) < 0 || expand_cmdline(doc, err) < 0)
		return NULL;
	note_limits(doc, warnings);
	return TAKE(doc);
}

int config_check_mounts(const json_t *doc, struct error *err)
{
	const char *point;
	json_t *m;

	json_object_foreach(json_object_get(doc, "mount"), point, m)
	{
		const char *source = json_string_value(json_object_get(m, "source"));

		if (strcmp(source, "tmpfs") != 0)
			return error_set(err, "mount.%s.source: \"%s\" is not in this version of Kiln; tmpfs is", point,
					 source);
	}
	return 0;
}

json_t *config_load(const char *path, struct error *err)
{
	AUTO_FILE_MAP struct file_map m = {0};
	AUTO_STRV struct strv warnings = {0};
	json_t *doc;

	if (file_map(&m, path, err) < 0)
		return NULL;
	doc = config_parse((const char *)m.data, m.size, &warnings, err);
	if (!doc)
		error_wrap(err, "%s", path);
	for (size_t i = 0; doc && i < warnings.n; i++)
		fprintf(stderr, "kiln: warning: %s: %s\n", path, warnings.v[i]);
	return doc;
}

void config_merge(json_t *base, const json_t *over)
{
	const char *key;
	json_t *value, *there;

	json_object_foreach((json_t *)over, key, value)
	{
		there = json_object_get(base, key);
		if (json_is_object(there) && json_is_object(value))
			config_merge(there, value);
		else
			json_object_set_new(base, key, json_deep_copy(value));
	}
}

json_t *config_object(json_t *parent, const char *key)
{
	json_t *there = json_object_get(parent, key);

	if (!there) {
		there = json_object();
		json_object_set_new(parent, key, there);
	}
	return there;
}

int config_set_env(json_t *doc, const char *word, struct error *err)
{
	const char *eq = strchr(word, '='), *value;
	AUTO_FREE char *name = xstrndup(word, eq ? (size_t)(eq - word) : strlen(word));

	if (!*name)
		return error_usage(err, "-e %s: no name before the '='", word);
	value = eq ? eq + 1 : getenv(name);
	if (!value)
		return 0; /* as docker does: -e NAME of a variable that is not set */
	if (json_object_set_new(config_object(doc, "env"), name, json_string(value)) < 0)
		return error_usage(err, "-e %s: not UTF-8", name);
	return 0;
}

static json_t *address(const char *type, const char *how, const char *value)
{
	return value ? json_pack("{s:s, s:s, s:s}", "type", type, "method", how, "addr", value)
		     : json_pack("{s:s, s:s}", "type", type, "method", how);
}

/* One ",gw=…" or ",dns=…". */
static int addr_extra(json_t *net, const char *word, const char *part, struct error *err)
{
	const char *value = strchr(part, '=');
	json_t *list;

	if (!value || !config_is_addr(++value, 0))
		return error_usage(err, "-W %s: \"%s\": not gw=ADDR or dns=ADDR", word, part);
	if (!strncmp(part, "gw=", 3)) {
		list = json_object_get(net, "gateways");
		if (!list)
			json_object_set_new(net, "gateways", list = json_array());
		json_array_append_new(
		    list, json_pack("{s:s, s:s}", "type", strchr(value, ':') ? "inet6" : "inet", "addr", value));
		return 0;
	}
	if (!strncmp(part, "dns=", 4)) {
		json_t *dns = config_object(net, "dns");

		list = json_object_get(dns, "nameservers");
		if (!list)
			json_object_set_new(dns, "nameservers", list = json_array());
		json_array_append_new(list, json_string(value));
		return 0;
	}
	return error_usage(err, "-W %s: \"%s\": not gw=ADDR or dns=ADDR", word, part);
}

int config_set_addr(json_t *doc, const char *word, struct error *err)
{
	AUTO_FREE char *copy = xstrdup(word);
	char *save = NULL, *value = strchr(copy, '='), *part;
	json_t *net, *iface, *addrs, *one;

	if (!value || value == copy)
		return error_usage(err, "-W %s: not NAME=dhcp or NAME=ADDR/LEN", word);
	*value++ = '\0';
	part = strtok_r(value, ",", &save);
	net = config_object(doc, "net");
	iface = config_object(config_object(net, "interfaces"), copy);
	addrs = json_object_get(iface, "addrs");
	if (!addrs)
		json_object_set_new(iface, "addrs", addrs = json_array());
	if (!part)
		return error_usage(err, "-W %s: not NAME=dhcp or NAME=ADDR/LEN", word);
	if (!strcmp(part, "dhcp"))
		one = address("inet", "dhcp", NULL);
	else if (!strcmp(part, "auto"))
		one = address("inet6", "auto", NULL);
	else
		one = address(strchr(part, ':') ? "inet6" : "inet", "static", part);
	if (strcmp(json_string_value(json_object_get(one, "type")), "inet6") == 0) {
		json_decref(one);
		return error_usage(err, "-W %s: IPv6 is not in this version of Kiln", word);
	}
	json_array_append_new(addrs, one);
	while ((part = strtok_r(NULL, ",", &save)))
		if (addr_extra(net, word, part, err) < 0)
			return -1;
	if (config_check(doc, err) < 0) {
		error_wrap(err, "-W %s", word);
		err->status = STATUS_USAGE;
		return -1;
	}
	return 0;
}
