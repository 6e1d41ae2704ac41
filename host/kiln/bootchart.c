/* SPDX-License-Identifier: ISC */
/*
 * A row for each part of the start, from where the one before ended to its own end. The guest's clock is brought to ours: in
 * the sandbox both count the host's TSC; on a machine trace.c has seen marks as they came, to a fraction of a
 * millisecond, and the TSC, which counts from the machine's first instruction on, tells how long the firmware took.
 */
#include "bootchart.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "elf_file.h"
#include "hostlib/cleanup.h"
#include "svg.h"
#include "unwind.h"

#define WIDTH 1000.0
#define LEFT  190.0
#define RIGHT 110.0
#define TOP   64.0
#define ROW   24.0
#define PARTS 64u

enum who { HOST, FIRMWARE, KERNEL, PROGRAM };

static const char *const colours[] = {
    [HOST] = "#b8b8b8", [FIRMWARE] = "#d8b470", [KERNEL] = "#88aee0", [PROGRAM] = "#f0965a"};
static const char *const names[] = {
    [HOST] = "host", [FIRMWARE] = "firmware", [KERNEL] = "kernel", [PROGRAM] = "program"};

struct part {
	char name[48];
	double start, end; /* ms since kiln began */
	enum who who;
	bool point;
};

struct chart {
	struct part part[PARTS];
	unsigned parts;
};

long bootchart_main(const struct image_file *image)
{
	struct unwind_object o;
	unsigned i = 0;
	const struct image_entry *e = image_file_entry(image, IMAGE_PROGRAM, &i);
	Elf64_Ehdr h;
	long distance = 0;

	if (!e || e->size < sizeof h || !unwind_open(&o, e->name, image_file_data(image, e), e->size))
		return 0;
	memcpy(&h, o.data, sizeof h);
	for (size_t k = 0; k < o.symbols; k++)
		if (!strcmp(o.symbol[k].name, "main"))
			distance = (long)(o.symbol[k].start - h.e_entry);
	for (unsigned k = 0; k < h.e_phnum && h.e_phoff <= e->size && (e->size - h.e_phoff) / sizeof(Elf64_Phdr) > k;
	     k++) {
		Elf64_Phdr ph;

		memcpy(&ph, o.data + h.e_phoff + k * sizeof ph, sizeof ph);
		if (ph.p_type == PT_INTERP)
			distance = 0;
	}
	unwind_close(&o);
	return distance;
}

/* From the end of the part before; never backwards, which clocks that were brought together might tell. */
static void add(struct chart *c, const char *name, double end, enum who who, bool point)
{
	double start = 0;

	if (c->parts == PARTS)
		return;
	for (unsigned i = c->parts; i-- > 0 && !start;)
		start = c->part[i].point ? 0 : c->part[i].end;
	c->part[c->parts] = (struct part){"", point ? end : start, end < start ? start : end, who, point};
	strncpy(c->part[c->parts++].name, name, sizeof c->part->name - 1);
}

static enum who who_of(const char *name)
{
	return !strcmp(name, "C library") || !strcmp(name, "program") || !strcmp(name, "first system call") ? PROGRAM
													    : KERNEL;
}

struct clocks {
	const struct bootchart_times *t;
	bool tsc; /* the guest's TSC is the host's */
	int64_t offset;
};

static double ms(const struct clocks *c, const struct trace_mark *m)
{
	double ticks = (double)(c->t->ended_tsc - c->t->launched_tsc), ns;

	if (c->tsc && ticks > 0)
		ns = (double)(c->t->launched - c->t->start) +
		     (double)(int64_t)(m->tsc - c->t->launched_tsc) * (double)(c->t->ended - c->t->launched) / ticks;
	else
		ns = (double)((int64_t)m->ns + c->offset - (int64_t)c->t->start);
	return ns / 1e6;
}

/* How long the machine had been running at the mark, ns, by its TSC; 0: it cannot be told. */
static double machine_time(const struct trace_mark *first, const struct trace_mark *last)
{
	double ns = (double)(last->ns - first->ns), ticks = (double)(last->tsc - first->tsc);

	return last != first && ns > 1e5 && ticks > 0 ? (double)first->tsc * ns / ticks : 0;
}

static const struct trace_mark *as_mark(const struct trace_record *r)
{
	const struct trace_mark *m = (const struct trace_mark *)(const void *)r;

	return r->type == TRACE_MARK && r->size >= sizeof *m && memchr(m->name, '\0', sizeof m->name) ? m : NULL;
}

static void add_marks(struct chart *c, const struct clocks *clocks, const uint8_t *raw, uint64_t size)
{
	const struct trace_mark *m, *first = NULL, *last = NULL;
	const struct trace_record *r;
	double began, before;

	for (uint64_t at = 0; (r = trace_next(raw, size, &at));)
		if ((m = as_mark(r))) {
			first = first ? first : m;
			last = m;
		}
	if (!first)
		return;
	began = clocks->tsc ? 0 : machine_time(first, last) / 1e6;
	before = ms(clocks, first) - began;
	if (began > 0 && before > (double)(clocks->t->launched - clocks->t->start) / 1e6)
		add(c, "QEMU starts", before, HOST, false);
	for (uint64_t at = 0; (r = trace_next(raw, size, &at));)
		if ((m = as_mark(r)))
			add(c, m == first ? (clocks->tsc ? "tender, boot code" : "firmware, boot code") : m->name,
			    ms(clocks, m), m == first ? (clocks->tsc ? HOST : FIRMWARE) : who_of(m->name),
			    m->record.flags & TRACE_POINT);
}

static double scale(double ms_at, double total)
{
	return LEFT + (WIDTH - LEFT - RIGHT) * ms_at / total;
}

static void draw_axis(struct str *s, double total, double height)
{
	double step = 0.1;

	while (total / step > 12)
		step *= total / step > 60 ? 10 : total / step > 30 ? 5 : 2;
	for (unsigned i = 0; i * step <= total; i++) {
		double t = i * step;

		str_addf(s,
			 "<line x1=\"%.1f\" y1=\"%.0f\" x2=\"%.1f\" y2=\"%.0f\" stroke=\"#ddd\"/>"
			 "<text x=\"%.1f\" y=\"%.0f\" text-anchor=\"middle\" fill=\"#666\">%g ms</text>\n",
			 scale(t, total), TOP - 6, scale(t, total), height - 8, scale(t, total), TOP - 10, t);
	}
}

static void draw(struct str *s, const struct chart *c, const char *title)
{
	double total = c->part[c->parts - 1].end, height = TOP + ROW * c->parts + 16, x = WIDTH - RIGHT;

	total = total > 0.1 ? total : 0.1;
	str_addf(s,
		 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" "
		 "height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" font-family=\"" SVG_FONT "\" font-size=\"12\">\n"
		 "<rect width=\"100%%\" height=\"100%%\" fill=\"#fcfcf8\"/>\n<text x=\"12\" y=\"26\" font-size=\"17\">",
		 WIDTH, height, WIDTH, height);
	svg_text(s, title);
	str_add(s, "</text>\n");
	for (unsigned w = sizeof names / sizeof *names; w-- > 0;) {
		x -= 84;
		str_addf(
		    s,
		    "<rect x=\"%.0f\" y=\"16\" width=\"11\" height=\"11\" fill=\"%s\"/><text x=\"%.0f\" y=\"26\">%s"
		    "</text>\n",
		    x + 84, colours[w], x + 100, names[w]);
	}
	draw_axis(s, total, height);
	for (unsigned i = 0; i < c->parts; i++) {
		const struct part *p = &c->part[i];
		double y = TOP + ROW * i, x0 = scale(p->start, total), x1 = scale(p->end, total);

		str_addf(s,
			 "<g class=\"part\" data-start=\"%.3f\" data-end=\"%.3f\"><text x=\"%.0f\" y=\"%.1f\" "
			 "text-anchor=\"end\">",
			 p->start, p->end, LEFT - 8, y + 15);
		svg_text(s, p->name);
		str_add(s, "</text>");
		if (p->point)
			str_addf(s, "<circle cx=\"%.2f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"/>", x1, y + 11,
				 colours[p->who]);
		else
			str_addf(s, "<rect x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" height=\"16\" fill=\"%s\"/>", x0, y + 3,
				 x1 - x0 > 0.8 ? x1 - x0 : 0.8, colours[p->who]);
		if (p->point)
			str_addf(s, "<text x=\"%.1f\" y=\"%.1f\">at %.2f ms</text></g>\n", x1 + 8, y + 15, p->end);
		else
			str_addf(s, "<text x=\"%.1f\" y=\"%.1f\">%.2f ms</text></g>\n", x1 + 5, y + 15,
				 p->end - p->start);
	}
	str_add(s, "</svg>\n");
}

int bootchart(const struct trace *trace, const struct launch *l, const struct bootchart_times *t, const char *output,
	      struct error *err)
{
	struct clocks clocks = {t, l->platform == PLATFORM_SANDBOX, trace->offset};
	struct chart c = {.parts = 0};
	AUTO_STR struct str s = {0};
	AUTO_FREE char *title = NULL;
	const struct image_entry *e;
	unsigned first = 0;
	struct stat st;
	uint8_t *raw = NULL;

	add(&c, "kiln: image, options", (double)(t->ready - t->start) / 1e6, HOST, false);
	add(&c, "kiln: start", (double)(t->launched - t->start) / 1e6, HOST, false);
	if (fstat(trace->raw, &st) == 0 && st.st_size) {
		raw = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, trace->raw, 0);
		if (raw == MAP_FAILED)
			return error_errno(err, "--boot-chart");
		add_marks(&c, &clocks, raw, (uint64_t)st.st_size);
		munmap(raw, (size_t)st.st_size);
	}
	add(&c, "kiln: end", (double)(t->ended - t->start) / 1e6, HOST, false);
	e = image_file_entry(l->image, IMAGE_PROGRAM, &first);
	title = xasprintf("%s on %s: %.1f ms", file_base(e ? e->name : l->image->path), platform_name(l->platform),
			  (double)(t->ended - t->start) / 1e6);
	draw(&s, &c, title);
	return svg_write(&s, output, err) < 0 ? error_wrap(err, "--boot-chart") : 0;
}
