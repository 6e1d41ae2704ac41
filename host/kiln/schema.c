/* SPDX-License-Identifier: ISC */
/*
 * What a configuration may say, as a table of shapes, and the one function that compares a document with it. A path is
 * built on the way down, so that every complaint says where.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "hostlib/cleanup.h"

enum kind { STRING, INTEGER, BOOLEAN, OBJECT, ARRAY, MAP, BOOL_OR_STRING, STRING_OR_MAP };

struct field;

struct shape {
	enum kind kind;
	const struct field *fields; /* OBJECT */
	const struct shape *of; /* ARRAY, MAP: the elements */
	const char *const *oneof; /* STRING: the only values */
	long min, max; /* INTEGER */
	/* STRING: what is wrong with it ("not an address"), or NULL. MAP: of a key. */
	const char *(*wrong)(const char *s);
};

struct field {
	const char *name;
	const struct shape *shape;
	bool required;
};

bool config_is_addr(const char *s, int family)
{
	unsigned char buf[16];

	return (family != 6 && inet_pton(AF_INET, s, buf) == 1) || (family != 4 && inet_pton(AF_INET6, s, buf) == 1);
}

static const char *wrong_addr(const char *s)
{
	return config_is_addr(s, 0) ? NULL : "not an address";
}

static const char *wrong_addr_len(const char *s)
{
	const char *slash = strchr(s, '/');
	AUTO_FREE char *addr = xstrndup(s, slash ? (size_t)(slash - s) : strlen(s));
	char *end;
	long len;

	if (!config_is_addr(addr, 0))
		return "not an address";
	if (!slash)
		return "without a prefix length, as in 10.0.0.2/24";
	len = strtol(slash + 1, &end, 10);
	if (end == slash + 1 || *end || len < 0 || len > (strchr(addr, ':') ? 128 : 32))
		return "not a prefix length after the address";
	return NULL;
}

static const char *wrong_path(const char *s)
{
	return s[0] == '/' ? NULL : "not an absolute path";
}

static const char *wrong_name(const char *s)
{
	return *s && strlen(s) < 16 && !strpbrk(s, "/ \t\n") ? NULL : "not a name of an interface";
}

static const char *wrong_hostname(const char *s)
{
	return *s && strlen(s) <= 64 && !strpbrk(s, "/ \t\n") ? NULL : "not a host name";
}

static const char *wrong_seconds(const char *s)
{
	return *s && strlen(s) < 6 && strspn(s, "0123456789") == strlen(s) ? NULL : "not a number of seconds";
}

static const char *wrong_variable(const char *s)
{
	return *s && !strchr(s, '=') ? NULL : "not a name of a variable";
}

static const char *const inet_types[] = {"inet", "inet6", NULL};
static const char *const methods[] = {"static", "dhcp", "auto", NULL};
static const char *const runmodes[] = {"", "&", "|", NULL};
static const char *const levels[] = {"error", "warn", "info", "debug", NULL};

static const struct shape text = {.kind = STRING};
static const struct shape boolean = {.kind = BOOLEAN};
static const struct shape path = {.kind = STRING, .wrong = wrong_path};
static const struct shape texts = {.kind = ARRAY, .of = &text};
static const struct shape hostname = {.kind = STRING, .wrong = wrong_hostname};
static const struct shape addr = {.kind = STRING, .wrong = wrong_addr};
static const struct shape addrs_plain = {.kind = ARRAY, .of = &addr};
static const struct shape addr_len = {.kind = STRING, .wrong = wrong_addr_len};
static const struct shape inet_type = {.kind = STRING, .oneof = inet_types};
static const struct shape method = {.kind = STRING, .oneof = methods};
static const struct shape runmode = {.kind = STRING, .oneof = runmodes};
static const struct shape env = {.kind = MAP, .of = &text, .wrong = wrong_variable};
static const struct shape mtu = {.kind = INTEGER, .min = 68, .max = 65535};

static const struct field rc_fields[] = {{"bin", &path, true},         {"argv", &texts, false},
					 {"runmode", &runmode, false}, {"workdir", &path, false},
					 {"env", &env, false},         {NULL, NULL, false}};
static const struct shape rc_entry = {.kind = OBJECT, .fields = rc_fields};
static const struct shape rc = {.kind = ARRAY, .of = &rc_entry};

static const struct field addr_fields[] = {
    {"type", &inet_type, true}, {"method", &method, true}, {"addr", &addr_len, false}, {NULL, NULL, false}};
static const struct shape addr_entry = {.kind = OBJECT, .fields = addr_fields};
static const struct shape addrs = {.kind = ARRAY, .of = &addr_entry};
static const struct field interface_fields[] = {{"addrs", &addrs, false}, {"mtu", &mtu, false}, {NULL, NULL, false}};
static const struct shape interface = {.kind = OBJECT, .fields = interface_fields};
static const struct shape interfaces = {.kind = MAP, .of = &interface, .wrong = wrong_name};
static const struct field gateway_fields[] = {{"type", &inet_type, true}, {"addr", &addr, true}, {NULL, NULL, false}};
static const struct shape gateway = {.kind = OBJECT, .fields = gateway_fields};
static const struct shape gateways = {.kind = ARRAY, .of = &gateway};
static const struct field dns_fields[] = {
    {"nameservers", &addrs_plain, false}, {"search", &texts, false}, {NULL, NULL, false}};
static const struct shape dns = {.kind = OBJECT, .fields = dns_fields};
static const struct field net_fields[] = {
    {"interfaces", &interfaces, false}, {"gateways", &gateways, false}, {"dns", &dns, false}, {NULL, NULL, false}};
static const struct shape net = {.kind = OBJECT, .fields = net_fields};

static const struct shape mount_options = {.kind = STRING_OR_MAP, .of = &text};
static const struct field mount_fields[] = {{"source", &text, true},
					    {"path", &text, false},
					    {"fstype", &text, false},
					    {"options", &mount_options, false},
					    {NULL, NULL, false}};
static const struct shape mount_entry = {.kind = OBJECT, .fields = mount_fields};
static const struct shape mounts = {.kind = MAP, .of = &mount_entry, .wrong = wrong_path};
/* Those that the kernel knows. */
static const char *const overcommits[] = {"0", "1", "2", NULL};
static const struct shape overcommit = {.kind = STRING, .oneof = overcommits};
static const struct field sysctl_fields[] = {{"vm.overcommit_memory", &overcommit, false}, {NULL, NULL, false}};
static const struct shape sysctl = {.kind = OBJECT, .fields = sysctl_fields};

static const struct shape level = {.kind = STRING, .oneof = levels};
static const struct shape stats = {.kind = BOOL_OR_STRING, .wrong = wrong_seconds};
static const struct shape boot_chart = {.kind = BOOL_OR_STRING};
static const struct shape strace = {.kind = BOOL_OR_STRING};
static const struct field kiln_fields[] = {
    {"log", &level, false},       {"strace", &strace, false},         {"stats", &stats, false},
    {"profile", &boolean, false}, {"boot-chart", &boot_chart, false}, {"core", &boolean, false},
    {NULL, NULL, false}};
static const struct shape kiln = {.kind = OBJECT, .fields = kiln_fields};

static const struct field top_fields[] = {
    {"hostname", &hostname, false}, {"rc", &rc, false},     {"cmdline", &text, false}, {"args", &texts, false},
    {"workdir", &path, false},      {"env", &env, false},   {"net", &net, false},      {"mount", &mounts, false},
    {"sysctl", &sysctl, false},     {"kiln", &kiln, false}, {NULL, NULL, false}};
static const struct shape top = {.kind = OBJECT, .fields = top_fields};

static const char *type_name(const json_t *j)
{
	switch (json_typeof(j)) {
	case JSON_OBJECT: return "an object";
	case JSON_ARRAY: return "an array";
	case JSON_STRING: return "a string";
	case JSON_INTEGER:
	case JSON_REAL: return "a number";
	case JSON_TRUE:
	case JSON_FALSE: return "true or false";
	default: return "null";
	}
}

static int wrong_type(const char *at, const char *want, const json_t *j, struct error *err)
{
	return error_set(err, "%s: must be %s, not %s", *at ? at : "the configuration", want, type_name(j));
}

static int check(const json_t *j, const struct shape *shape, const char *at, struct error *err);

static int unknown_key(const char *at, const char *key, const struct field *f, struct error *err)
{
	const char *names[16], *nearest;
	unsigned n = 0;

	for (; f->name && n < 15; f++)
		names[n++] = f->name;
	names[n] = NULL;
	nearest = str_nearest(key, names);
	if (nearest)
		return error_set(err, "%s%s%s: unknown key; did you mean \"%s\"?", at, *at ? "." : "", key, nearest);
	return error_set(err, "%s%s%s: unknown key", at, *at ? "." : "", key);
}

static int check_object(const json_t *j, const struct shape *shape, const char *at, struct error *err)
{
	const struct field *f;
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)j, key, value)
	{
		AUTO_FREE char *below = xasprintf("%s%s%s", at, *at ? "." : "", key);

		for (f = shape->fields; f->name && strcmp(f->name, key) != 0; f++)
			;
		if (!f->name)
			return unknown_key(at, key, shape->fields, err);
		if (check(value, f->shape, below, err) < 0)
			return -1;
	}
	for (f = shape->fields; f->name; f++)
		if (f->required && !json_object_get(j, f->name))
			return error_set(err, "%s.%s: missing", at, f->name);
	return 0;
}

static int check_map(const json_t *j, const struct shape *shape, const char *at, struct error *err)
{
	const char *key, *wrong;
	json_t *value;

	json_object_foreach((json_t *)j, key, value)
	{
		AUTO_FREE char *below = xasprintf("%s.%s", at, key);

		wrong = shape->wrong ? shape->wrong(key) : NULL;
		if (wrong)
			return error_set(err, "%s: %s: \"%s\"", at, wrong, key);
		if (check(value, shape->of, below, err) < 0)
			return -1;
	}
	return 0;
}

static int check_string(const json_t *j, const struct shape *shape, const char *at, struct error *err)
{
	AUTO_STR struct str values = {0};
	const char *s = json_string_value(j), *wrong;

	if (!s)
		return wrong_type(at, "a string", j, err);
	if (strlen(s) != json_string_length(j))
		return error_set(err, "%s: has a NUL character", at);
	wrong = shape->wrong ? shape->wrong(s) : NULL;
	if (wrong)
		return error_set(err, "%s: %s: \"%s\"", at, wrong, s);
	if (!shape->oneof)
		return 0;
	for (unsigned i = 0; shape->oneof[i]; i++) {
		if (!strcmp(shape->oneof[i], s))
			return 0;
		str_addf(&values, "%s\"%s\"", !i ? "" : shape->oneof[i + 1] ? ", " : " or ", shape->oneof[i]);
	}
	return error_set(err, "%s: must be %s, not \"%s\"", at, values.p, s);
}

static int check(const json_t *j, const struct shape *shape, const char *at, struct error *err)
{
	switch (shape->kind) {
	case STRING: return check_string(j, shape, at, err);
	case INTEGER:
		if (!json_is_integer(j))
			return wrong_type(at, "a whole number", j, err);
		if (json_integer_value(j) < shape->min || json_integer_value(j) > shape->max)
			return error_set(err, "%s: out of range: %lld (%ld to %ld)", at,
					 (long long)json_integer_value(j), shape->min, shape->max);
		return 0;
	case BOOLEAN: return json_is_boolean(j) ? 0 : wrong_type(at, "true or false", j, err);
	case BOOL_OR_STRING:
		if (json_is_string(j))
			return check_string(j, shape, at, err);
		return json_is_boolean(j) ? 0 : wrong_type(at, "true, false or a string", j, err);
	case OBJECT: return json_is_object(j) ? check_object(j, shape, at, err) : wrong_type(at, "an object", j, err);
	case STRING_OR_MAP:
		if (json_is_string(j))
			return 0;
		return json_is_object(j) ? check_map(j, shape, at, err)
					 : wrong_type(at, "a string or an object", j, err);
	case MAP: return json_is_object(j) ? check_map(j, shape, at, err) : wrong_type(at, "an object", j, err);
	case ARRAY:
		if (!json_is_array(j))
			return wrong_type(at, "an array", j, err);
		for (size_t i = 0; i < json_array_size(j); i++) {
			AUTO_FREE char *below = xasprintf("%s[%zu]", at, i);

			if (check(json_array_get(j, i), shape->of, below, err) < 0)
				return -1;
		}
		return 0;
	}
	return 0;
}

/* What no shape can say: a static address needs one, and its family is its type's. */
static int check_addrs(const json_t *doc, struct error *err)
{
	const json_t *list = json_object_get(json_object_get(doc, "net"), "interfaces");
	const char *name;
	json_t *iface;

	json_object_foreach((json_t *)list, name, iface)
	{
		const json_t *a = json_object_get(iface, "addrs");

		for (size_t i = 0; i < json_array_size(a); i++) {
			const json_t *e = json_array_get(a, i);
			const char *value = json_string_value(json_object_get(e, "addr"));
			const char *type = json_string_value(json_object_get(e, "type"));
			bool is_static = !strcmp(json_string_value(json_object_get(e, "method")), "static");

			if (is_static && !value)
				return error_set(
				    err, "net.interfaces.%s.addrs[%zu].addr: missing (the method is static)", name, i);
			if (!is_static && value)
				return error_set(
				    err, "net.interfaces.%s.addrs[%zu].addr: only a static address is given", name, i);
			if (value && (strchr(value, ':') != NULL) != !strcmp(type, "inet6"))
				return error_set(err, "net.interfaces.%s.addrs[%zu].addr: not of type %s: \"%s\"", name,
						 i, type, value);
		}
	}
	return 0;
}

static const char *wrong_size(const char *s)
{
	size_t digits = strspn(s, "0123456789");

	return digits && (!s[digits] || (strchr("kKmMgG", s[digits]) && !s[digits + 1])) ? NULL
											 : "not a size, as in 16M";
}

static const char *wrong_mode(const char *s)
{
	return *s && strlen(s) <= 4 && !s[strspn(s, "01234567")] ? NULL : "not an octal mode";
}

static const struct shape tmpfs_size = {.kind = STRING, .wrong = wrong_size};
static const struct shape tmpfs_mode = {.kind = STRING, .wrong = wrong_mode};
static const struct field tmpfs_fields[] = {
    {"size", &tmpfs_size, false}, {"mode", &tmpfs_mode, false}, {NULL, NULL, false}};
static const struct shape tmpfs_options = {.kind = OBJECT, .fields = tmpfs_fields};

/* A source decides what its options may be. */
static int check_mounts(const json_t *doc, struct error *err)
{
	const char *point;
	json_t *m;

	json_object_foreach(json_object_get(doc, "mount"), point, m)
	{
		const json_t *given = json_object_get(m, "options");
		AUTO_FREE char *at = xasprintf("mount.%s.options", point);

		if (given && !strcmp(json_string_value(json_object_get(m, "source")), "tmpfs") &&
		    check(given, &tmpfs_options, at, err) < 0)
			return -1;
	}
	return 0;
}

int config_check(const json_t *doc, struct error *err)
{
	if (check(doc, &top, "", err) < 0)
		return -1;
	if (json_object_get(doc, "rc") && json_object_get(doc, "cmdline"))
		return error_set(err, "cmdline: there is rc as well; it is a short form of that");
	return check_addrs(doc, err) < 0 ? -1 : check_mounts(doc, err);
}
