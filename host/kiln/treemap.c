/* SPDX-License-Identifier: ISC */
/*
 * Squarified layout: in order of size, a row along the shorter side takes the next one as long as that makes the worst of its
 * rectangles more square; then the row is laid, and the rest goes on in what is left. Groups are laid out the same way
 * first, with a line for their names.
 */
#include "treemap.h"

#include <stdlib.h>
#include <string.h>

#define WIDTH  1200.0
#define HEIGHT 720.0
#define TOP    46.0
#define HEAD   20.0
#define GAP    3.0

struct box {
	double x, y, w, h;
};

static double worst(const double *area, size_t n, double side)
{
	double sum = 0, bad = 0;

	for (size_t i = 0; i < n; i++)
		sum += area[i];
	for (size_t i = 0; i < n; i++) {
		double a = side * side * area[i] / (sum * sum), b = a < 1 ? 1 / a : a;

		bad = b > bad ? b : bad;
	}
	return bad;
}

/* area: falling, all together the space's. */
static void squarify(const double *area, size_t n, struct box space, struct box *out)
{
	while (n) {
		double side = space.w < space.h ? space.w : space.h, sum = 0, depth, at = 0;
		size_t row = 1;

		while (row < n && worst(area, row + 1, side) <= worst(area, row, side))
			row++;
		for (size_t i = 0; i < row; i++)
			sum += area[i];
		depth = side > 0 ? sum / side : 0;
		for (size_t i = 0; i < row; i++) {
			double len = depth > 0 ? area[i] / depth : 0;

			out[i] = space.w < space.h ? (struct box){space.x + at, space.y, len, depth}
						   : (struct box){space.x, space.y + at, depth, len};
			at += len;
		}
		if (space.w < space.h) {
			space.y += depth;
			space.h -= depth;
		} else {
			space.x += depth;
			space.w -= depth;
		}
		area += row;
		out += row;
		n -= row;
	}
}

static void rectangle(struct str *s, const struct box *b, const char *name, uint64_t bytes, uint64_t total,
		      const struct treemap_group *g, unsigned light)
{
	str_add(s, "<g><title>");
	svg_text(s, name);
	str_add(s, ": ");
	svg_number(s, bytes);
	str_addf(s,
		 " bytes, %.1f %%</title><rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" "
		 "fill=\"hsl(%u,%u%%,%u%%)\" stroke=\"#fff\"/>",
		 100.0 * (double)bytes / (double)total, b->x, b->y, b->w, b->h, g->hue, g->saturation, light);
	if (b->h >= 15) {
		str_addf(s, "<text x=\"%.2f\" y=\"%.2f\">", b->x + 4, b->y + 14);
		svg_text_fit(s, name, b->w - 6);
		str_add(s, "</text>");
	}
	if (b->h >= 30 && b->w >= 60) {
		str_addf(s, "<text x=\"%.2f\" y=\"%.2f\" fill=\"#444\">", b->x + 4, b->y + 28);
		svg_number(s, bytes);
		str_add(s, "</text>");
	}
	str_add(s, "</g>\n");
}

static int by_size(const void *a, const void *b)
{
	const struct treemap_item *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	if (x->bytes != y->bytes)
		return x->bytes > y->bytes ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void draw_group(struct str *s, const struct treemap_group *g, struct box b, const struct treemap_item *item,
		       size_t n, uint64_t total)
{
	double *area = xcalloc(n, sizeof *area);
	struct box *box = xcalloc(n, sizeof *box);
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += item[i].bytes;
	str_addf(s, "<text x=\"%.2f\" y=\"%.2f\" font-weight=\"bold\">", b.x + 2, b.y + 14);
	if (b.w > 90) {
		AUTO_STR struct str label = {0};

		str_addf(&label, "%s  ", g->name);
		svg_number(&label, sum);
		svg_text_fit(s, label.p, b.w - 4);
	}
	str_add(s, "</text>\n");
	b = (struct box){b.x, b.y + HEAD, b.w - GAP, b.h - HEAD - GAP};
	if (b.w > 1 && b.h > 1) {
		for (size_t i = 0; i < n; i++)
			area[i] = b.w * b.h * (double)item[i].bytes / (double)sum;
		squarify(area, n, b, box);
		for (size_t i = 0; i < n; i++)
			rectangle(s, &box[i], item[i].name, item[i].bytes, total, g, 72 + (unsigned)(i % 4) * 4);
	}
	free(area);
	free(box);
}

struct order {
	unsigned group;
	double area;
};

static int by_area(const void *a, const void *b)
{
	const struct order *x = a, *y = b;

	if (x->area != y->area)
		return x->area > y->area ? -1 : 1;
	return x->group < y->group ? -1 : 1;
}

static void draw_groups(struct str *s, const struct treemap_group *groups, unsigned group_count,
			const struct treemap_item *items, size_t count, uint64_t total)
{
	struct order *order = xcalloc(group_count, sizeof *order);
	double *area = xcalloc(group_count, sizeof *area);
	struct box *box = xcalloc(group_count, sizeof *box);
	unsigned n = 0;

	for (unsigned g = 0; g < group_count; g++) {
		order[n] = (struct order){g, 0};
		for (size_t i = 0; i < count; i++)
			if (items[i].group == g)
				order[n].area += (WIDTH - 20) * HEIGHT * (double)items[i].bytes / (double)total;
		n += order[n].area > 0;
	}
	qsort(order, n, sizeof *order, by_area);
	for (unsigned i = 0; i < n; i++)
		area[i] = order[i].area;
	squarify(area, n, (struct box){10, TOP, WIDTH - 20, HEIGHT}, box);
	for (unsigned k = 0; k < n; k++) {
		size_t first = 0, last;

		while (items[first].group != order[k].group)
			first++;
		for (last = first; last < count && items[last].group == order[k].group && items[last].bytes; last++)
			;
		draw_group(s, &groups[order[k].group], box[k], items + first, last - first, total);
	}
	free(order);
	free(area);
	free(box);
}

void treemap(struct str *s, const char *title, const struct treemap_group *groups, unsigned group_count,
	     struct treemap_item *items, size_t count)
{
	uint64_t total = 0;

	for (size_t i = 0; i < count; i++)
		total += items[i].bytes;
	if (count)
		qsort(items, count, sizeof *items, by_size);
	str_addf(
	    s,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" "
	    "height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" font-family=\"" SVG_FONT "\" font-size=\"12\">\n"
	    "<rect width=\"100%%\" height=\"100%%\" fill=\"#fcfcf8\"/>\n<text x=\"%.0f\" y=\"26\" font-size=\"17\" "
	    "text-anchor=\"middle\">",
	    WIDTH, TOP + HEIGHT + 10, WIDTH, TOP + HEIGHT + 10, WIDTH / 2);
	svg_text(s, title);
	str_add(s, "</text>\n");
	if (total)
		draw_groups(s, groups, group_count, items, count, total);
	str_add(s, "</svg>\n");
}
