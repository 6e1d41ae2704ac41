/* SPDX-License-Identifier: ISC */
/*
 * Two steps. The text becomes JSON without blanks and odd commas, in the upper part of the output's room; then that is
 * walked once for each part of today's form, since a key's values are scattered. Spans are pieces of it, strings with
 * their quotes: what is escaped stays so.
 */
#include "lib/rumprun.h"

#include "lib/string.h"

#define MEMBERS_MAX 200 /* of the document: it is walked again for each */

struct span {
	const char *p;
	size_t n;
};

struct out {
	char *p;
	size_t n, room;
	bool full;
	rumprun_note *note;
	void *arg;
};

static void put(struct out *o, const char *p, size_t n)
{
	o->full |= n > o->room - o->n;
	if (o->full)
		return;
	memcpy(o->p + o->n, p, n);
	o->n += n;
}

static void put_text(struct out *o, const char *s)
{
	put(o, s, strlen(s));
}

/* A comma between two things. */
static void separate(struct out *o, bool *first)
{
	if (!*first)
		put_text(o, ",");
	*first = false;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* What separates things in the document. */
struct commas {
	unsigned single, doubled, odd;
};

/* A string from its quote on; the position behind it, or n: it does not end. */
static size_t copy_string(const char *s, size_t i, size_t n, bool undouble, struct out *o)
{
	put(o, &s[i++], 1);
	for (; i < n && s[i] != '"'; i++) {
		put(o, &s[i], 1);
		if (s[i] == '\\' && i + 1 < n)
			put(o, &s[++i], 1);
		else if (undouble && s[i] == ',' && i + 1 < n && s[i + 1] == ',')
			i++;
	}
	if (i < n)
		put(o, &s[i++], 1);
	else
		o->full = true;
	return i;
}

static bool normalise(const char *s, size_t n, bool undouble, struct out *o, struct commas *c)
{
	char last = '{';
	size_t i = 0;

	while (i < n) {
		unsigned run = 0;

		for (; i < n && (s[i] == ',' || is_blank(s[i])); i++)
			run += s[i] == ',';
		if (run > 0) {
			*(run > 1 ? &c->doubled : &c->single) += 1;
			c->odd += run > 1 || last == '{' || last == '[' || i == n || s[i] == '}' || s[i] == ']';
			if (last != '{' && last != '[' && i < n && s[i] != '}' && s[i] != ']')
				put_text(o, ",");
		}
		if (i == n)
			break;
		last = s[i];
		if (s[i] == '"')
			i = copy_string(s, i, n, undouble, o);
		else
			put(o, &s[i++], 1);
	}
	return !o->full;
}

/* The value at *p; false: none. */
static bool value(const char **p, const char *end, struct span *v)
{
	unsigned depth = 0;
	bool text = false;

	v->p = *p;
	for (; *p < end; ++*p) {
		char c = **p;

		if (text && c == '\\' && *p + 1 < end) {
			++*p;
			continue;
		}
		if (c == '"')
			text = !text;
		if (text)
			continue;
		if (depth == 0 && (c == ',' || c == ':' || c == '}' || c == ']'))
			break;
		depth += c == '{' || c == '[';
		depth -= c == '}' || c == ']';
	}
	v->n = (size_t)(*p - v->p);
	return v->n > 0 && depth == 0 && !text;
}

/* The next member of an object, or element of an array (key NULL); *at begins as NULL. */
static bool next(struct span in, const char **at, struct span *key, struct span *v)
{
	const char *end = in.p + in.n;

	if (*at == NULL)
		*at = in.p + 1;
	else if (*at < end && **at == ',')
		++*at;
	else
		return false;
	if (key == NULL)
		return value(at, end, v);
	if (!value(at, end, key) || key->p[0] != '"' || *at >= end || **at != ':')
		return false;
	++*at;
	return value(at, end, v);
}

static bool is(struct span s, const char *quoted)
{
	return s.n == strlen(quoted) && memcmp(s.p, quoted, s.n) == 0;
}

static bool same(struct span a, struct span b)
{
	return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

/* A member's value; its type is that of the first byte, '\0' when it is not there. */
static char get(struct span object, const char *quoted, struct span *v)
{
	const char *at = NULL;
	struct span key;

	while (object.p[0] == '{' && next(object, &at, &key, v))
		if (is(key, quoted))
			return v->p[0];
	v->n = 0;
	return '\0';
}

static struct span inner(struct span string)
{
	return (struct span){string.p + 1, string.n - 2};
}

static void put_span(struct out *o, struct span s)
{
	put(o, s.p, s.n);
}

/* The next top-level member of this key. */
static bool next_of(struct span doc, const char **at, const char *quoted, struct span *v)
{
	struct span key;

	while (next(doc, at, &key, v))
		if (is(key, quoted))
			return true;
	return false;
}

static bool is_rc(struct span key)
{
	return is(key, "\"rc\"") || is(key, "\"rc_TESTING\"");
}

/* Rumprun knows no other keys, and these only so. *only: nobody else says it so. */
static bool looks_like(struct span doc, bool *only)
{
	const char *at = NULL, *later;
	struct span key, v, other, ignored;
	unsigned seen = 0;

	while (next(doc, &at, &key, &v) && seen++ < MEMBERS_MAX) {
		bool env = is(key, "\"env\"") && v.p[0] == '"';
		bool net = is(key, "\"net\"") && v.p[0] == '{' && get(v, "\"interfaces\"", &ignored) == '\0';
		bool blk = is(key, "\"blk\"");

		if (!env && !net && !blk && !is_rc(key) && !is(key, "\"cmdline\"") && !is(key, "\"hostname\""))
			return false;
		*only |= env || blk || is(key, "\"rc_TESTING\"") || (net && get(v, "\"if\"", &ignored) != '\0');
		later = at;
		while (next(doc, &later, &other, &ignored))
			*only |= same(key, other);
	}
	return seen > 0 && at + 1 == doc.p + doc.n && *at == '}';
}

/* Of repeated plain ones the last counts. */
static void plain(struct out *o, struct span doc, const char *quoted, bool *first)
{
	const char *at = NULL;
	struct span v, last = {NULL, 0};

	while (next_of(doc, &at, quoted, &v))
		last = v;
	if (last.n == 0)
		return;
	separate(o, first);
	put_text(o, quoted);
	put_text(o, ":");
	put_span(o, last);
}

/* Where "K=V" is parted, or 0. */
static size_t split(struct span word)
{
	const char *eq = word.n > 2 ? memchr(word.p, '=', word.n) : NULL;

	return eq != NULL && eq > word.p + 1 ? (size_t)(eq - word.p) : 0;
}

static const char *environment(struct out *o, struct span doc, bool *first)
{
	const char *at = NULL, *later;
	struct span v, other;
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
			put_text(o, "\"env\":{");
		}
		any = true;
		separate(o, &begin);
		put(o, v.p, k);
		put_text(o, "\":\"");
		put(o, v.p + k + 1, v.n - k - 1);
	}
	if (any)
		put_text(o, "}");
	return NULL;
}

static void program(struct out *o, struct span entry)
{
	const char *at = NULL;
	struct span key, v;
	bool begin = true;

	if (entry.p[0] != '{') {
		put_span(o, entry);
		return;
	}
	put_text(o, "{");
	while (next(entry, &at, &key, &v)) {
		separate(o, &begin);
		put_span(o, key);
		put_text(o, ":");
		if (is(key, "\"bin\"") && v.p[0] == '"' && memchr(v.p, '/', v.n) == NULL) {
			put_text(o, "\"/bin/");
			put(o, v.p + 1, v.n - 1);
		} else {
			put_span(o, v);
		}
	}
	put_text(o, "}");
}

static const char *programs(struct out *o, struct span doc, bool *first)
{
	const char *at = NULL, *in;
	struct span key, v, entry;
	bool any = false, begin = true;

	while (next(doc, &at, &key, &v)) {
		if (!is_rc(key))
			continue;
		if (v.p[0] != '[')
			return "rc: must be an array";
		if (!any) {
			separate(o, first);
			put_text(o, "\"rc\":[");
		}
		any = true;
		for (in = NULL; next(v, &in, NULL, &entry);) {
			separate(o, &begin);
			program(o, entry);
		}
	}
	if (any)
		put_text(o, "]");
	return NULL;
}

/* "vioif1", "xennet1", "wm1": the second interface is eth1. */
static struct span number_of(struct span name)
{
	struct span s = inner(name);
	size_t i = s.n;

	while (i > 0 && s.p[i - 1] >= '0' && s.p[i - 1] <= '9')
		i--;
	return i < s.n ? (struct span){s.p + i, s.n - i} : (struct span){"0", 1};
}

static void address(struct out *o, struct span net)
{
	struct span type, v, mask;

	get(net, "\"type\"", &type);
	put_text(o, "{\"type\":");
	put_span(o, type);
	put_text(o, ",\"method\":");
	if (get(net, "\"method\"", &v) == '"')
		put_span(o, v);
	else
		put_text(o, "\"static\"");
	if (get(net, "\"addr\"", &v) == '"') {
		put_text(o, ",\"addr\":");
		put(o, v.p, v.n - 1);
		if (get(net, "\"mask\"", &mask) != '\0') {
			put_text(o, "/");
			put_span(o, mask.p[0] == '"' ? inner(mask) : mask);
		}
		put_text(o, "\"");
	}
	put_text(o, "}");
}

/* The next "net", and the number of its interface. */
static bool next_net(struct span doc, const char **at, struct span *net, struct span *number)
{
	struct span name;

	if (!next_of(doc, at, "\"net\"", net))
		return false;
	*number = get(*net, "\"if\"", &name) == '"' ? number_of(name) : (struct span){NULL, 0};
	return true;
}

/* All addresses of one interface. */
static void interface(struct out *o, struct span doc, struct span number)
{
	const char *at = NULL;
	struct span net, other, ignored;
	bool begin = true;

	put_text(o, "\"eth");
	put_span(o, number);
	put_text(o, "\":{\"addrs\":[");
	while (next_net(doc, &at, &net, &other)) {
		if (!same(other, number) || get(net, "\"type\"", &ignored) != '"')
			continue;
		separate(o, &begin);
		address(o, net);
	}
	put_text(o, "]}");
}

static const char *interfaces(struct out *o, struct span doc, bool *any)
{
	const char *at = NULL, *before;
	struct span net, number, other, ignored;
	bool begin = true;

	while (next_net(doc, &at, &net, &number)) {
		bool again = false;

		if (number.n == 0)
			return "net: no \"if\"";
		for (before = NULL; next_net(doc, &before, &ignored, &other) && before < at;)
			again |= same(other, number);
		if (again)
			continue;
		if (!*any)
			put_text(o, "\"interfaces\":{");
		*any = true;
		separate(o, &begin);
		interface(o, doc, number);
	}
	if (*any)
		put_text(o, "}");
	return NULL;
}

static void gateways(struct out *o, struct span doc)
{
	const char *at = NULL;
	struct span net, number, type, gw;
	bool any = false, begin = true;

	while (next_net(doc, &at, &net, &number)) {
		if (get(net, "\"gw\"", &gw) != '"' || get(net, "\"type\"", &type) != '"')
			continue;
		if (!any)
			put_text(o, ",\"gateways\":[");
		any = true;
		separate(o, &begin);
		put_text(o, "{\"type\":");
		put_span(o, type);
		put_text(o, ",\"addr\":");
		put_span(o, gw);
		put_text(o, "}");
	}
	if (any)
		put_text(o, "]");
}

static const char *network(struct out *o, struct span doc, bool *first)
{
	const char *at = NULL, *wrong;
	struct span net;
	bool any = false;

	if (!next_of(doc, &at, "\"net\"", &net))
		return NULL;
	separate(o, first);
	put_text(o, "\"net\":{");
	wrong = interfaces(o, doc, &any);
	gateways(o, doc);
	put_text(o, "}");
	return wrong;
}

/* "/dev/ld0a" is the first virtio disk; sd and xbd are SCSI's and Xen's. The partition letter is dropped. */
static void disk(struct out *o, struct span path)
{
	static const struct {
		char theirs[4], ours[4];
		bool number;
	} kinds[] = {
	    {"ld", "vd", false}, {"sd", "sd", false}, {"xbd", "xvd", false}, {"wd", "sd", false}, {"cd", "sr", true}};
	struct span s = inner(path);

	if (s.n > 5 && memcmp(s.p, "/dev/", 5) == 0)
		s = (struct span){s.p + 5, s.n - 5};
	put_text(o, "\"");
	for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		size_t n = strlen(kinds[i].theirs);
		char digit = s.n > n && memcmp(s.p, kinds[i].theirs, n) == 0 ? s.p[n] : '\0';

		if (digit < '0' || digit > '9')
			continue;
		digit = kinds[i].number ? digit : (char)(digit - '0' + 'a');
		put_text(o, kinds[i].ours);
		put(o, &digit, 1);
		put_text(o, "\"");
		return;
	}
	put_span(o, s);
	put_text(o, "\"");
}

/* 1: there is nothing to say of it. */
static int mountable(const struct out *o, struct span blk, const char **wrong)
{
	struct span source, path, fstype, point;

	if (blk.p[0] != '{' || get(blk, "\"source\"", &source) != '"')
		return *wrong = "blk: no \"source\"", -1;
	if (get(blk, "\"path\"", &path) != '"')
		path = source;
	if (get(blk, "\"mountpoint\"", &point) != '"') {
		if (o->note != NULL)
			o->note(o->arg, "not mounted, so there is nothing to say in today's form", path.p, path.n);
		return 1;
	}
	if (get(blk, "\"fstype\"", &fstype) == '"' && is(fstype, "\"kernfs\"")) {
		if (o->note != NULL)
			o->note(o->arg, "kernfs is NetBSD's; /proc has such things here", point.p, point.n);
		return 1;
	}
	if (path.p == source.p)
		return *wrong = "blk: no \"path\"", -1;
	return 0;
}

static void mount(struct out *o, struct span blk)
{
	struct span source, path, fstype, point;
	bool file;

	get(blk, "\"source\"", &source);
	get(blk, "\"path\"", &path);
	get(blk, "\"mountpoint\"", &point);
	file = is(source, "\"vnd\"");
	put_span(o, point);
	put_text(o, file ? ":{\"source\":\"loop\",\"path\":" : ":{\"source\":\"blk\",\"path\":");
	if (file)
		put_span(o, path);
	else
		disk(o, path);
	if (get(blk, "\"fstype\"", &fstype) == '"' && !is(fstype, "\"blk\"")) {
		put_text(o, ",\"fstype\":");
		put_span(o, fstype);
	}
	put_text(o, "}");
}

static const char *mounts(struct out *o, struct span doc, bool *first)
{
	const char *at = NULL, *wrong = NULL;
	struct span blk;
	bool any = false, begin = true;

	while (wrong == NULL && next_of(doc, &at, "\"blk\"", &blk)) {
		if (mountable(o, blk, &wrong) != 0)
			continue;
		if (!any) {
			separate(o, first);
			put_text(o, "\"mount\":{");
		}
		any = true;
		separate(o, &begin);
		mount(o, blk);
	}
	if (any)
		put_text(o, "}");
	return wrong;
}

static const char *say(struct out *o, struct span doc)
{
	const char *wrong;
	bool first = true;

	put_text(o, "{");
	plain(o, doc, "\"hostname\"", &first);
	plain(o, doc, "\"cmdline\"", &first);
	wrong = environment(o, doc, &first);
	if (wrong == NULL)
		wrong = programs(o, doc, &first);
	if (wrong == NULL)
		wrong = network(o, doc, &first);
	if (wrong == NULL)
		wrong = mounts(o, doc, &first);
	put_text(o, "}");
	return wrong;
}

long rumprun_translate(const char *text, size_t n, char *out, size_t size, rumprun_note *note, void *arg,
		       const char **what)
{
	struct out o = {.p = out, .note = note, .arg = arg}, clean = {.note = NULL};
	struct commas c = {0};
	struct span doc;
	bool only = false;

	if (size < RUMPRUN_ROOM(n))
		return 0;
	o.room = size - n;
	clean.p = out + o.room;
	clean.room = n;
	if (!normalise(text, n, false, &clean, &c))
		return 0;
	if (c.doubled > 0 && c.single == 0) {
		clean.n = 0;
		if (!normalise(text, n, true, &clean, &c))
			return 0;
	}
	doc = (struct span){clean.p, clean.n};
	if (doc.n < 2 || doc.p[0] != '{' || !looks_like(doc, &only) || (!only && c.odd == 0))
		return 0;
	*what = say(&o, doc);
	return *what != NULL || o.full ? (*what = *what != NULL ? *what : "too much of it"), -1 : (long)o.n;
}
