/* SPDX-License-Identifier: ISC */
/*
 * Which components an image is linked from. Roots come from the set and from the system calls that the programs can
 * make; everything a chosen component's symbols refer to follows, until nothing is missing.
 */
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>

#include "components.h"
#include "hostlib/cleanup.h"

static int no_such(const struct index *x, const char *kind, const char *name, bool sets, struct error *err)
{
	AUTO_FREE const char **names = xcalloc(x->components + x->sets + 1, sizeof *names);
	const char *nearest;
	unsigned n = 0;

	for (unsigned i = 0; sets && i < x->sets; i++)
		names[n++] = x->set[i].name;
	for (unsigned i = 0; !sets && i < x->components; i++)
		names[n++] = x->component[i].name;
	nearest = str_nearest(name, names);
	if (nearest)
		return error_usage(err, "no %s \"%s\"; did you mean %s?", kind, name, nearest);
	return error_usage(err, "no %s \"%s\"; kiln bake --list shows them", kind, name);
}

static int read_symbols_of(struct component *c, Elf *elf, const char *path, struct error *err)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr sh;
	GElf_Sym sym;

	while ((scn = elf_nextscn(elf, scn))) {
		Elf_Data *data;

		if (!gelf_getshdr(scn, &sh) || sh.sh_type != SHT_SYMTAB || !sh.sh_entsize)
			continue;
		data = elf_getdata(scn, NULL);
		for (int i = (int)sh.sh_info; data && gelf_getsym(data, i, &sym); i++) {
			const char *name = elf_strptr(elf, sh.sh_link, sym.st_name);

			if (!name || !*name)
				continue;
			if (sym.st_shndx != SHN_UNDEF)
				strv_add(&c->defined, name);
			else if (GELF_ST_BIND(sym.st_info) == STB_GLOBAL)
				strv_add(&c->undefined, name);
		}
		return 0;
	}
	return error_set(err, "%s: no symbols", path);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int read_symbols(const struct index *x, struct component *c, struct error *err)
{
	AUTO_FREE char *path = xasprintf("%s/%s.o", x->dir, c->name);
	AUTO_CLOSE int fd = -1;
	Elf *elf;
	int r;

	if (c->symbols_read)
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "component %s: %s", c->name, path);
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (!elf || elf_kind(elf) != ELF_K_ELF)
		r = error_set(err, "component %s: %s is not an object file", c->name, path);
	else
		r = read_symbols_of(c, elf, path, err);
	elf_end(elf);
	if (c->defined.n)
		qsort(c->defined.v, c->defined.n, sizeof *c->defined.v, compare);
	c->symbols_read = r == 0;
	return r;
}

static bool defines(const struct component *c, const char *symbol)
{
	return c->defined.n && bsearch(&symbol, c->defined.v, c->defined.n, sizeof *c->defined.v, compare);
}

/* Adds whatever a chosen component refers to. Another platform is never pulled in. */
static int close_over_symbols(struct index *x, const struct strv *without, struct error *err)
{
	bool again = true;

	for (unsigned i = 0; i < x->components; i++)
		if ((x->component[i].chosen || !x->component[i].platform) && read_symbols(x, &x->component[i], err) < 0)
			return -1;
	while (again) {
		again = false;
		for (unsigned i = 0; i < x->components; i++) {
			const struct component *c = &x->component[i];

			for (size_t u = 0; c->chosen && u < c->undefined.n; u++) {
				const char *symbol = c->undefined.v[u];
				struct component *found = NULL;

				for (unsigned k = 0; k < x->components; k++) {
					struct component *p = &x->component[k];

					if (p->platform && !p->chosen)
						continue;
					if (defines(p, symbol) && (!found || p->chosen))
						found = p;
				}
				if (!found || found->chosen)
					continue;
				if (strv_has(without, found->name))
					return error_set(err, "component %s is left out by -C, but %s needs it (%s)",
							 found->name, c->name, symbol);
				found->chosen = again = true;
			}
		}
	}
	return 0;
}

/* Splits -C's word into the set, and what comes and goes. */
static int parse_spec(const struct index *x, const char *spec, const char **set, struct strv *plus, struct strv *minus,
		      struct error *err)
{
	AUTO_FREE char *copy = xstrdup(spec ? spec : "");
	char *save = NULL;

	for (char *w = strtok_r(copy, ",", &save); w; w = strtok_r(NULL, ",", &save)) {
		const struct component_set *s;

		if (*w == '+' || *w == '-') {
			if (!index_component(x, w + 1))
				return no_such(x, "component", w + 1, false, err);
			strv_add(*w == '+' ? plus : minus, w + 1);
			continue;
		}
		s = index_set(x, w);
		if (!s)
			return no_such(x, "component set", w, true, err);
		*set = s->name;
	}
	return 0;
}

static bool any_chosen(const struct index *x, const struct strv *names)
{
	for (size_t i = 0; i < names->n; i++)
		if (index_component(x, names->v[i])->chosen)
			return true;
	return false;
}

static int choose_features(struct index *x, const struct choice *choice, const struct strv *minus, struct error *err)
{
	for (unsigned i = 0; i < x->features; i++) {
		const struct component_set *f = &x->feature[i];

		if (!strv_has(&choice->features, f->name))
			continue;
		for (size_t k = 0; k < f->members.n; k++) {
			struct component *c = index_component(x, f->members.v[k]);

			if (!c)
				return error_set(err, "%s needs the component %s, which is not in %s", f->name,
						 f->members.v[k], x->dir);
			if (strv_has(minus, c->name))
				return error_usage(err, "component %s is left out by -C, but %s needs it", c->name,
						   f->name);
			c->chosen = true;
		}
	}
	return 0;
}

/* Members of the set whose conditions are met; true when there was a new one. */
static bool choose_members(struct index *x, const struct component_set *set, const struct strv *minus)
{
	bool again = false;

	for (size_t i = 0; i < set->members.n; i++) {
		struct component *c = index_component(x, set->members.v[i]);

		if (c->chosen || strv_has(minus, c->name) || (c->with.n && !any_chosen(x, &c->with)))
			continue;
		c->chosen = again = true;
	}
	return again;
}

int index_choose(struct index *x, const struct choice *choice, struct component **platform, struct error *err)
{
	AUTO_STRV struct strv plus = {0}, minus = {0};
	const char *name = choice->default_set;
	const struct call_set *calls = choice->calls;
	const struct component_set *set;

	if (parse_spec(x, choice->spec, &name, &plus, &minus, err) < 0)
		return -1;
	set = index_set(x, name);
	if (!set)
		return no_such(x, "component set", name, true, err);
	*platform = index_set_platform(x, set);
	if (!*platform)
		return error_set(err, "component set %s has no platform", name);
	for (unsigned nr = 0; nr < CALLS_MAX; nr++)
		if (x->provider[nr] && (calls->any || calls->has[nr]) && !strv_has(&minus, x->provider[nr]->name))
			x->provider[nr]->chosen = true;
	for (size_t i = 0; i < plus.n; i++)
		index_component(x, plus.v[i])->chosen = true;
	if (choose_features(x, choice, &minus, err) < 0)
		return -1;
	choose_members(x, set, &minus);
	/* A member may be wanted beside one that another's symbols bring in. */
	do {
		if (close_over_symbols(x, &minus, err) < 0)
			return -1;
	} while (choose_members(x, set, &minus));
	return 0;
}
