/* SPDX-License-Identifier: ISC */
/*
 * Two steps. The text becomes JSON without blanks and odd commas, in the upper part of the output's room; then that is
 * walked once for each part of today's form, since a key's values are scattered. What is escaped in it stays so.
 */
#include "lib/rumprun.h"

#include "lax.h"
#include "lib/string.h"

#define MEMBERS_MAX 200 /* of the document: it is walked again for each */

/* A comma between two things. */
static void separate(struct lax_out *o, bool *first)
{
	if (!*first)
		lax_text(o, ",");
	*first = false;
}

static struct lax_span inner(struct lax_span string)
{
	return (struct lax_span){string.p + 1, string.n - 2};
}

static void put_span(struct lax_out *o, struct lax_span s)
{
	lax_put(o, s.p, s.n);
}

/* The next top-level member of this key. */
static bool next_of(struct lax_span doc, const char **at, const char *quoted, struct lax_span *v)
{
	struct lax_span key;

	while (lax_next(doc, at, &key, v))
		if (lax_is(key, quoted))
			return true;
	return false;
}

static bool is_rc(struct lax_span key)
{
	return lax_is(key, "\"rc\"") || lax_is(key, "\"rc_TESTING\"");
}

/* Rumprun knows no other keys, and these only so. *only: nobody else says it so. */
static bool looks_like(struct lax_span doc, bool *only)
{
	const char *at = NULL, *later;
	struct lax_span key, v, other, ignored;
	unsigned seen = 0;

	while (lax_next(doc, &at, &key, &v) && seen++ < MEMBERS_MAX) {
		bool env = lax_is(key, "\"env\"") && v.p[0] == '"';
		bool net = lax_is(key, "\"net\"") && v.p[0] == '{' && lax_get(v, "\"interfaces\"", &ignored) == '\0';
		bool blk = lax_is(key, "\"blk\"");

		if (!env && !net && !blk && !is_rc(key) && !lax_is(key, "\"cmdline\"") && !lax_is(key, "\"hostname\""))
			return false;
		*only |= env || blk || lax_is(key, "\"rc_TESTING\"") || (net && lax_get(v, "\"if\"", &ignored) != '\0');
		later = at;
		while (lax_next(doc, &later, &other, &ignored))
			*only |= lax_same(key, other);
	}
	return seen > 0 && at + 1 == doc.p + doc.n && *at == '}';
}

/* Of repeated plain ones the last counts. */
static void plain(struct lax_out *o, struct lax_span doc, const char *quoted, bool *first)
{
	const char *at = NULL;
	struct lax_span v, last = {NULL, 0};

	while (next_of(doc, &at, quoted, &v))
		last = v;
	if (last.n == 0)
		return;
	separate(o, first);
	lax_text(o, quoted);
	lax_text(o, ":");
	put_span(o, last);
}

/* Where "K=V" is parted, or 0. */
static size_t split(struct lax_span word)
{
	const char *eq = word.n > 2 ? memchr(word.p, '=', word.n) : NULL;

	return eq != NULL && eq > word.p + 1 ? (size_t)(eq - word.p) : 0;
}

static const char *environment(struct lax_out *o, struct lax_span doc, bool *first)
{
	const char *at = NULL, *later;
	struct lax_span v, other;
	bool any = false, begin = true;

	while (next_of(doc, &at, "\"env\"", &v)) {
		size_t k = split(v);
		bool again = false;

		if (k == 0)
			return "env: not \"K=V\"";
		later = at;
		while (next_of(doc, &later, "\"env\"", &other))
			again |= split(other) == k && memcmp(v.p, other.p, k) == 0;
		if (again)
			continue;
		if (!any) {
			separate(o, first);
			lax_text(o, "\"env\":{");
		}
		any = true;
		separate(o, &begin);
		lax_put(o, v.p, k);
		lax_text(o, "\":\"");
		lax_put(o, v.p + k + 1, v.n - k - 1);
	}
	if (any)
		lax_text(o, "}");
	return NULL;
}

static void program(struct lax_out *o, struct lax_span entry)
{
	const char *at = NULL;
	struct lax_span key, v;
	bool begin = true;

	if (entry.p[0] != '{') {
		put_span(o, entry);
		return;
	}
	lax_text(o, "{");
	while (lax_next(entry, &at, &key, &v)) {
		separate(o, &begin);
		put_span(o, key);
		lax_text(o, ":");
		if (lax_is(key, "\"bin\"") && v.p[0] == '"' && memchr(v.p, '/', v.n) == NULL) {
			lax_text(o, "\"/bin/");
			lax_put(o, v.p + 1, v.n - 1);
		} else {
			put_span(o, v);
		}
	}
	lax_text(o, "}");
}

static const char *programs(struct lax_out *o, struct lax_span doc, bool *first)
{
	const char *at = NULL, *in;
	struct lax_span key, v, entry;
	bool any = false, begin = true;

	while (lax_next(doc, &at, &key, &v)) {
		if (!is_rc(key))
			continue;
		if (v.p[0] != '[')
			return "rc: must be an array";
		if (!any) {
			separate(o, first);
			lax_text(o, "\"rc\":[");
		}
		any = true;
		for (in = NULL; lax_next(v, &in, NULL, &entry);) {
			separate(o, &begin);
			program(o, entry);
		}
	}
	if (any)
		lax_text(o, "]");
	return NULL;
}

/* "vioif1", "xennet1", "wm1": the second interface is eth1. */
static struct lax_span number_of(struct lax_span name)
{
	struct lax_span s = inner(name);
	size_t i = s.n;

	while (i > 0 && s.p[i - 1] >= '0' && s.p[i - 1] <= '9')
		i--;
	return i < s.n ? (struct lax_span){s.p + i, s.n - i} : (struct lax_span){"0", 1};
}

static void address(struct lax_out *o, struct lax_span net)
{
	struct lax_span type, v, mask;

	lax_get(net, "\"type\"", &type);
	lax_text(o, "{\"type\":");
	put_span(o, type);
	lax_text(o, ",\"method\":");
	if (lax_get(net, "\"method\"", &v) == '"')
		put_span(o, v);
	else
		lax_text(o, "\"static\"");
	if (lax_get(net, "\"addr\"", &v) == '"') {
		lax_text(o, ",\"addr\":");
		lax_put(o, v.p, v.n - 1);
		if (lax_get(net, "\"mask\"", &mask) != '\0') {
			lax_text(o, "/");
			put_span(o, mask.p[0] == '"' ? inner(mask) : mask);
		}
		lax_text(o, "\"");
	}
	lax_text(o, "}");
}

/* The next "net", and the number of its interface. */
static bool next_net(struct lax_span doc, const char **at, struct lax_span *net, struct lax_span *number)
{
	struct lax_span name;

	if (!next_of(doc, at, "\"net\"", net))
		return false;
	*number = lax_get(*net, "\"if\"", &name) == '"' ? number_of(name) : (struct lax_span){NULL, 0};
	return true;
}

/* All addresses of one interface. */
static void interface(struct lax_out *o, struct lax_span doc, struct lax_span number)
{
	const char *at = NULL;
	struct lax_span net, other, ignored;
	bool begin = true;

	lax_text(o, "\"eth");
	put_span(o, number);
	lax_text(o, "\":{\"addrs\":[");
	while (next_net(doc, &at, &net, &other)) {
		if (!lax_same(other, number) || lax_get(net, "\"type\"", &ignored) != '"')
			continue;
		separate(o, &begin);
		address(o, net);
	}
	lax_text(o, "]}");
}

static const char *interfaces(struct lax_out *o, struct lax_span doc, bool *any)
{
	const char *at = NULL, *before;
	struct lax_span net, number, other, ignored;
	bool begin = true;

	while (next_net(doc, &at, &net, &number)) {
		bool again = false;

		if (number.n == 0)
			return "net: no \"if\"";
		for (before = NULL; next_net(doc, &before, &ignored, &other) && before < at;)
			again |= lax_same(other, number);
		if (again)
			continue;
		if (!*any)
			lax_text(o, "\"interfaces\":{");
		*any = true;
		separate(o, &begin);
		interface(o, doc, number);
	}
	if (*any)
		lax_text(o, "}");
	return NULL;
}

static void gateways(struct lax_out *o, struct lax_span doc)
{
	const char *at = NULL;
	struct lax_span net, number, type, gw;
	bool any = false, begin = true;

	while (next_net(doc, &at, &net, &number)) {
		if (lax_get(net, "\"gw\"", &gw) != '"' || lax_get(net, "\"type\"", &type) != '"')
			continue;
		if (!any)
			lax_text(o, ",\"gateways\":[");
		any = true;
		separate(o, &begin);
		lax_text(o, "{\"type\":");
		put_span(o, type);
		lax_text(o, ",\"addr\":");
		put_span(o, gw);
		lax_text(o, "}");
	}
	if (any)
		lax_text(o, "]");
}

static const char *network(struct lax_out *o, struct lax_span doc, bool *first)
{
	const char *at = NULL, *wrong;
	struct lax_span net;
	bool any = false;

	if (!next_of(doc, &at, "\"net\"", &net))
		return NULL;
	separate(o, first);
	lax_text(o, "\"net\":{");
	wrong = interfaces(o, doc, &any);
	gateways(o, doc);
	lax_text(o, "}");
	return wrong;
}

/* "/dev/ld0a" is the first virtio disk; sd and xbd are SCSI's and Xen's. The partition letter is dropped. */
static void disk(struct lax_out *o, struct lax_span path)
{
	static const struct {
		char theirs[4], ours[4];
		bool number;
	} kinds[] = {
	    {"ld", "vd", false}, {"sd", "sd", false}, {"xbd", "xvd", false}, {"wd", "sd", false}, {"cd", "sr", true}};
	struct lax_span s = inner(path);

	if (s.n > 5 && memcmp(s.p, "/dev/", 5) == 0)
		s = (struct lax_span){s.p + 5, s.n - 5};
	lax_text(o, "\"");
	for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		size_t n = strlen(kinds[i].theirs);
		char digit = s.n > n && memcmp(s.p, kinds[i].theirs, n) == 0 ? s.p[n] : '\0';

		if (digit < '0' || digit > '9')
			continue;
		digit = kinds[i].number ? digit : (char)(digit - '0' + 'a');
		lax_text(o, kinds[i].ours);
		lax_put(o, &digit, 1);
		lax_text(o, "\"");
		return;
	}
	put_span(o, s);
	lax_text(o, "\"");
}

/* 1: there is nothing to say of it. */
static int mountable(const struct lax_out *o, struct lax_span blk, const char **wrong)
{
	struct lax_span source, path, fstype, point;

	if (blk.p[0] != '{' || lax_get(blk, "\"source\"", &source) != '"')
		return *wrong = "blk: no \"source\"", -1;
	if (lax_get(blk, "\"path\"", &path) != '"')
		path = source;
	if (lax_get(blk, "\"mountpoint\"", &point) != '"') {
		if (o->note != NULL)
			o->note(o->arg, "not mounted, so there is nothing to say in today's form", path.p, path.n);
		return 1;
	}
	if (lax_get(blk, "\"fstype\"", &fstype) == '"' && lax_is(fstype, "\"kernfs\"")) {
		if (o->note != NULL)
			o->note(o->arg, "kernfs is NetBSD's; /proc has such things here", point.p, point.n);
		return 1;
	}
	if (path.p == source.p)
		return *wrong = "blk: no \"path\"", -1;
	return 0;
}

static void mount(struct lax_out *o, struct lax_span blk)
{
	struct lax_span source, path, fstype, point;
	bool file;

	lax_get(blk, "\"source\"", &source);
	lax_get(blk, "\"path\"", &path);
	lax_get(blk, "\"mountpoint\"", &point);
	file = lax_is(source, "\"vnd\"");
	put_span(o, point);
	lax_text(o, file ? ":{\"source\":\"loop\",\"path\":" : ":{\"source\":\"blk\",\"path\":");
	if (file)
		put_span(o, path);
	else
		disk(o, path);
	if (lax_get(blk, "\"fstype\"", &fstype) == '"' && !lax_is(fstype, "\"blk\"")) {
		lax_text(o, ",\"fstype\":");
		put_span(o, fstype);
	}
	lax_text(o, "}");
}

static const char *mounts(struct lax_out *o, struct lax_span doc, bool *first)
{
	const char *at = NULL, *wrong = NULL;
	struct lax_span blk;
	bool any = false, begin = true;

	while (wrong == NULL && next_of(doc, &at, "\"blk\"", &blk)) {
		if (mountable(o, blk, &wrong) != 0)
			continue;
		if (!any) {
			separate(o, first);
			lax_text(o, "\"mount\":{");
		}
		any = true;
		separate(o, &begin);
		mount(o, blk);
	}
	if (any)
		lax_text(o, "}");
	return wrong;
}

static const char *say(struct lax_out *o, struct lax_span doc)
{
	const char *wrong;
	bool first = true;

	lax_text(o, "{");
	plain(o, doc, "\"hostname\"", &first);
	plain(o, doc, "\"cmdline\"", &first);
	wrong = environment(o, doc, &first);
	if (wrong == NULL)
		wrong = programs(o, doc, &first);
	if (wrong == NULL)
		wrong = network(o, doc, &first);
	if (wrong == NULL)
		wrong = mounts(o, doc, &first);
	lax_text(o, "}");
	return wrong;
}

long rumprun_translate(const char *text, size_t n, char *out, size_t size, rumprun_note *note, void *arg,
		       const char **what)
{
	struct lax_out o = {.p = out, .note = note, .arg = arg}, clean = {.note = NULL};
	struct lax_commas c = {0};
	struct lax_span doc;
	bool only = false;

	if (size < RUMPRUN_ROOM(n))
		return 0;
	o.room = size - n;
	clean.p = out + o.room;
	clean.room = n;
	if (!lax_clean(text, n, false, &clean, &c))
		return 0;
	if (c.doubled > 0 && c.single == 0) {
		clean.n = 0;
		if (!lax_clean(text, n, true, &clean, &c))
			return 0;
	}
	doc = (struct lax_span){clean.p, clean.n};
	if (doc.n < 2 || doc.p[0] != '{' || !looks_like(doc, &only) || (!only && c.odd == 0))
		return 0;
	*what = say(&o, doc);
	return *what != NULL || o.full ? (*what = *what != NULL ? *what : "too much of it"), -1 : (long)o.n;
}
