/* SPDX-License-Identifier: ISC */
/*
 * Rumprun's JSON, which is not quite JSON: keys repeat, every comma may be doubled (QEMU's option syntax did that, in
 * strings too), and a comma may stand behind an opening brace. Read with a parser of its own that keeps the repetitions,
 * then said in today's form.
 */
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "hostlib/cleanup.h"

#define DEPTH_MAX 16

struct lax {
	const char *start, *p, *end;
	unsigned single, doubled; /* commas between things */
	bool undouble; /* strings too, in the second pass */
	struct error *err;
};

static json_t *fail(struct lax *l, const char *what)
{
	error_set(l->err, "byte %zu: %s", (size_t)(l->p - l->start), what);
	return NULL;
}

static void blanks(struct lax *l)
{
	while (l->p < l->end && strchr(" \t\r\n", *l->p) && *l->p)
		l->p++;
}

static bool take(struct lax *l, char c)
{
	blanks(l);
	if (l->p >= l->end || *l->p != c)
		return false;
	l->p++;
	return true;
}

/* Any commas here; false: none. */
static bool commas(struct lax *l)
{
	if (!take(l, ','))
		return false;
	if (take(l, ',')) {
		l->doubled++;
		while (take(l, ','))
			;
	} else {
		l->single++;
	}
	return true;
}

/* A string, number or word, by the strict parser. */
static json_t *scalar(struct lax *l)
{
	AUTO_STR struct str token = {0};
	const char *from = l->p;
	json_t *j;

	if (*l->p == '"') {
		for (l->p++; l->p < l->end && *l->p != '"'; l->p++)
			if (*l->p == '\\' && l->p + 1 < l->end)
				l->p++;
		if (l->p >= l->end)
			return fail(l, "a string does not end");
		l->p++;
	} else {
		while (l->p < l->end && !strchr(" \t\r\n,]}:", *l->p))
			l->p++;
	}
	for (; from < l->p; from++) {
		str_add_n(&token, from, 1);
		if (l->undouble && *from == ',' && from + 1 < l->p && from[1] == ',')
			from++;
	}
	j = token.len ? json_loadb(token.p, token.len, JSON_DECODE_ANY, NULL) : NULL;
	return j ? j : fail(l, "not a value");
}

static json_t *value(struct lax *l, unsigned depth);

/* Members up to the closing brace; at depth 0 each key collects an array of its values. */
static json_t *object(struct lax *l, unsigned depth)
{
	AUTO_JSON json_t *o = json_object();

	commas(l);
	while (!take(l, '}')) {
		AUTO_JSON json_t *key = NULL;
		AUTO_JSON json_t *v = NULL;

		blanks(l);
		if (l->p >= l->end || *l->p != '"')
			return fail(l, "a key or '}' must come here");
		key = scalar(l);
		if (!key || !take(l, ':'))
			return fail(l, "a ':' must come here");
		v = value(l, depth + 1);
		if (!v)
			return NULL;
		if (depth == 0) {
			json_t *list = json_object_get(o, json_string_value(key));

			if (!list)
				json_object_set_new(o, json_string_value(key), list = json_array());
			json_array_append(list, v);
		} else if (json_object_get(o, json_string_value(key))) {
			return fail(l, "a key is there twice in one object");
		} else {
			json_object_set(o, json_string_value(key), v);
		}
		if (!commas(l) && (l->p >= l->end || *l->p != '}'))
			return fail(l, "a ',' or '}' must come here");
	}
	return TAKE(o);
}

static json_t *array(struct lax *l, unsigned depth)
{
	AUTO_JSON json_t *a = json_array();

	commas(l);
	while (!take(l, ']')) {
		json_t *v = value(l, depth + 1);

		if (!v)
			return NULL;
		json_array_append_new(a, v);
		if (!commas(l) && (l->p >= l->end || *l->p != ']'))
			return fail(l, "a ',' or ']' must come here");
	}
	return TAKE(a);
}

static json_t *value(struct lax *l, unsigned depth)
{
	blanks(l);
	if (l->p >= l->end)
		return fail(l, "the end comes too early");
	if (depth > DEPTH_MAX)
		return fail(l, "too deep");
	if (take(l, '{'))
		return object(l, depth);
	if (take(l, '['))
		return array(l, depth);
	return scalar(l);
}

/* Rumprun knows no other keys, and these only so. */
static bool looks_like(const json_t *lists)
{
	const char *key;
	json_t *list, *v;
	size_t i;

	json_object_foreach((json_t *)lists, key, list)
	{
		static const char *const plain[] = {"cmdline", "rc", "rc_TESTING", "hostname", "blk", NULL};
		bool known = false;

		for (unsigned k = 0; plain[k]; k++)
			known |= !strcmp(key, plain[k]);
		json_array_foreach(list, i, v)
		{
			known |= !strcmp(key, "env") && json_is_string(v);
			known |= !strcmp(key, "net") && json_is_object(v) && !json_object_get(v, "interfaces");
		}
		if (!known)
			return false;
	}
	return true;
}

json_t *rumprun_parse(const char *text, size_t size, struct error *err)
{
	json_t *o = NULL;
	bool undouble = false;

	for (int pass = 0; pass < 2; pass++) {
		struct lax l = {.start = text, .p = text, .end = text + size, .undouble = undouble, .err = err};

		json_decref(o);
		o = take(&l, '{') ? object(&l, 0) : fail(&l, "a '{' must come here");
		if (!o)
			return NULL;
		blanks(&l);
		if (l.p != l.end) {
			json_decref(o);
			return fail(&l, "something follows the end");
		}
		undouble = l.doubled && !l.single;
		if (!undouble)
			break;
	}
	if (looks_like(o))
		return o;
	json_decref(o);
	error_set(err, "not Rumprun's form");
	return NULL;
}

bool rumprun_is(const json_t *doc)
{
	const json_t *net = json_object_get(doc, "net");

	return json_is_object(doc) &&
	       (json_object_get(doc, "rc_TESTING") || json_object_get(doc, "blk") ||
		json_is_string(json_object_get(doc, "env")) || (json_is_object(net) && json_object_get(net, "if")));
}

static const char *text_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

/* "vioif1", "xennet1", "wm1": the second interface is eth1. */
static char *interface_name(const char *theirs)
{
	size_t n = strlen(theirs);

	while (n && theirs[n - 1] >= '0' && theirs[n - 1] <= '9')
		n--;
	return xasprintf("eth%s", theirs[n] ? theirs + n : "0");
}

static int one_net(json_t *doc, const json_t *n, struct error *err)
{
	const char *ifname = text_of(n, "if"), *type = text_of(n, "type"), *method = text_of(n, "method");
	const char *addr = text_of(n, "addr"), *gw = text_of(n, "gw"), *mask = text_of(n, "mask");
	json_t *net = config_object(doc, "net"), *iface, *list, *entry;
	AUTO_FREE char *name = interface_name(ifname ? ifname : "");

	if (!json_is_object(n) || !ifname)
		return error_set(err, "net: no \"if\"");
	iface = config_object(config_object(net, "interfaces"), name);
	list = json_object_get(iface, "addrs");
	if (!list)
		json_object_set_new(iface, "addrs", list = json_array());
	if (!type)
		return 0;
	entry = json_pack("{s:s, s:s}", "type", type, "method", method ? method : "static");
	if (addr && json_is_integer(json_object_get(n, "mask")))
		json_object_set_new(entry, "addr",
				    json_sprintf("%s/%d", addr, (int)json_integer_value(json_object_get(n, "mask"))));
	else if (addr)
		json_object_set_new(entry, "addr", mask ? json_sprintf("%s/%s", addr, mask) : json_string(addr));
	json_array_append_new(list, entry);
	if (!gw)
		return 0;
	list = json_object_get(net, "gateways");
	if (!list)
		json_object_set_new(net, "gateways", list = json_array());
	json_array_append_new(list, json_pack("{s:s, s:s}", "type", type, "addr", gw));
	return 0;
}

/* "/dev/ld0a" is the first virtio disk; sd and xbd are SCSI's and Xen's. The partition letter is dropped. */
static char *disk_name(const char *theirs)
{
	static const struct {
		const char *theirs, *ours;
	} kinds[] = {{"ld", "vd"}, {"sd", "sd"}, {"xbd", "xvd"}, {"wd", "sd"}, {"cd", "sr"}};

	if (!strncmp(theirs, "/dev/", 5))
		theirs += 5;
	for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		size_t n = strlen(kinds[i].theirs);
		char digit = strncmp(theirs, kinds[i].theirs, n) ? '\0' : theirs[n];

		if (digit >= '0' && digit <= '9')
			return !strcmp(kinds[i].ours, "sr") ? xasprintf("sr%c", digit)
							    : xasprintf("%s%c", kinds[i].ours, 'a' + digit - '0');
	}
	return xstrdup(theirs);
}

static int one_blk(json_t *doc, const json_t *b, struct strv *warnings, struct error *err)
{
	const char *source = text_of(b, "source"), *path = text_of(b, "path"), *fstype = text_of(b, "fstype");
	const char *point = text_of(b, "mountpoint");
	AUTO_FREE char *disk = NULL;
	json_t *entry;

	if (!json_is_object(b) || !source)
		return error_set(err, "blk: no \"source\"");
	if (!point) {
		strv_addf(warnings, "blk %s: not mounted, so there is nothing to say in today's form",
			  path ? path : source);
		return 0;
	}
	if (fstype && !strcmp(fstype, "kernfs")) {
		strv_addf(warnings, "blk %s: kernfs is NetBSD's; /proc has such things here", point);
		return 0;
	}
	if (!path)
		return error_set(err, "blk: no \"path\"");
	disk = strcmp(source, "vnd") ? disk_name(path) : xstrdup(path);
	entry = json_pack("{s:s, s:s}", "source", strcmp(source, "vnd") ? "blk" : "loop", "path", disk);
	if (fstype && strcmp(fstype, "blk") != 0)
		json_object_set_new(entry, "fstype", json_string(fstype));
	json_object_set_new(config_object(doc, "mount"), point, entry);
	return 0;
}

static int one_rc(json_t *doc, const json_t *entries, struct error *err)
{
	json_t *rc = json_object_get(doc, "rc"), *e;
	size_t i;

	if (!json_is_array(entries))
		return error_set(err, "rc: must be an array");
	if (!rc)
		json_object_set_new(doc, "rc", rc = json_array());
	json_array_foreach((json_t *)entries, i, e)
	{
		const char *bin = text_of(e, "bin");
		json_t *copy = json_deep_copy(e);

		if (bin && !strchr(bin, '/'))
			json_object_set_new(copy, "bin", json_sprintf("/bin/%s", bin));
		json_array_append_new(rc, copy);
	}
	return 0;
}

static int one(json_t *doc, const char *key, json_t *v, struct strv *warnings, struct error *err)
{
	if (!strcmp(key, "net"))
		return one_net(doc, v, err);
	if (!strcmp(key, "blk"))
		return one_blk(doc, v, warnings, err);
	if (!strncmp(key, "rc", 2))
		return one_rc(doc, v, err);
	if (!strcmp(key, "env")) {
		const char *word = json_string_value(v);

		if (!word || !strchr(word, '='))
			return error_set(err, "env: not \"K=V\"");
		return config_set_env(doc, word, err);
	}
	json_object_set(doc, key, v); /* hostname, cmdline: as today */
	return 0;
}

json_t *rumprun_translate(json_t *lists, struct strv *warnings, struct error *err)
{
	AUTO_JSON json_t *doc = json_object();
	AUTO_FREE char *text = NULL;
	const char *key;
	json_t *list, *v;
	size_t i;

	json_object_foreach(lists, key, list)
	{
		json_array_foreach(list, i, v)
		{
			if (one(doc, key, v, warnings, err) < 0)
				return NULL;
		}
	}
	text = json_dumps(doc, JSON_COMPACT);
	strv_addf(warnings, "this is Rumprun's form; in today's form it is %s", text);
	return TAKE(doc);
}
