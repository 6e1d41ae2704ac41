/* SPDX-License-Identifier: ISC */
/*
 * `kiln profile`: folded stacks as a flame graph. A frame's width is the share of the samples in which it was on the stack,
 * what it called stands on it; neighbours are in alphabetical order, so that equal stacks join. The picture is one
 * SVG file with a small script for zoom and search; without the script it is still the whole picture, with titles.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "hostlib/cleanup.h"
#include "svg.h"

#define WIDTH     1200.0
#define MARGIN    10.0
#define INNER     (WIDTH - 2 * MARGIN)
#define ROW       17
#define TOP       58
#define LEAST_PX  0.3
#define DEPTH_MAX 400u

enum { OUTPUT = OPTION_USER, TITLE };

static const struct option_def options[] = {
    {OUTPUT, 'o', "output", "FILE", "where the picture goes (default: the input's name with .svg; -: standard output)"},
    {TITLE, 0, "title", "TEXT", "what stands above it"},
    {0, 0, NULL, NULL, NULL},
};

struct frame {
	char *name;
	unsigned long count; /* with all that it called */
	struct frame **child;
	size_t children;
};

static int help(void)
{
	fputs("usage: kiln profile [options] FILE.folded\n\n"
	      "Draws what kiln run --profile has written, or any folded stacks, as a flame graph (SVG): the wider a "
	      "frame, the\n"
	      "more of the time it was running or had called what was. A browser shows a frame's share under the "
	      "mouse, zooms on\n"
	      "a click and searches.\n\n",
	      stdout);
	options_help(options, stdout);
	fputs("\nExample:\n"
	      "  kiln run --profile out.folded program && kiln profile out.folded && firefox out.svg\n",
	      stdout);
	return 0;
}

static struct frame *child_of(struct frame *f, const char *name, size_t n)
{
	struct frame *c;

	for (size_t i = 0; i < f->children; i++)
		if (!strncmp(f->child[i]->name, name, n) && !f->child[i]->name[n])
			return f->child[i];
	c = xcalloc(1, sizeof *c);
	c->name = xstrndup(name, n);
	f->child = xrealloc(f->child, (f->children + 1) * sizeof *f->child);
	f->child[f->children++] = c;
	return c;
}

static void free_frame(struct frame *f)
{
	for (size_t i = 0; i < f->children; i++) {
		free_frame(f->child[i]);
		free(f->child[i]);
	}
	free(f->child);
	free(f->name);
}

/* "a;b;c N" */
static bool add_line(struct frame *root, char *line)
{
	char *space = strrchr(line, ' '), *end;
	struct frame *f = root;
	unsigned long n;
	unsigned depth = 0;

	if (!space || space == line)
		return false;
	errno = 0;
	n = strtoul(space + 1, &end, 10);
	if (end == space + 1 || *end || errno || space[1] == '-')
		return false;
	*space = '\0';
	root->count += n;
	for (char *p = line; p && depth < DEPTH_MAX; depth++) {
		size_t len = strcspn(p, ";");

		f = child_of(f, p, len);
		f->count += n;
		p = p[len] ? p + len + 1 : NULL;
	}
	return true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(struct frame *const *)a)->name, (*(struct frame *const *)b)->name);
}

static unsigned sort(struct frame *f)
{
	unsigned depth = 0;

	if (f->children)
		qsort(f->child, f->children, sizeof *f->child, by_name);
	for (size_t i = 0; i < f->children; i++) {
		unsigned d = sort(f->child[i]);

		depth = d > depth ? d : depth;
	}
	return depth + 1;
}

static bool is_kernel(const char *name)
{
	size_t n = strlen(name);

	return n > 4 && !strcmp(name + n - 4, "_[k]");
}

/* The kernel's functions are blue, the program's warm; the same name has the same colour in every picture. */
static void colour(struct str *s, const char *name, unsigned depth)
{
	unsigned h = 2166136261u;

	for (const char *p = name; *p; p++)
		h = (h ^ (unsigned char)*p) * 16777619u;
	h ^= h >> 15;
	if (!depth)
		str_add(s, "#d8d8d8");
	else if (is_kernel(name))
		str_addf(s, "hsl(%u,%u%%,%u%%)", 200 + h % 25, 50 + (h >> 8) % 20, 68 + (h >> 16) % 12);
	else
		str_addf(s, "hsl(%u,%u%%,%u%%)", 12 + h % 40, 75 + (h >> 8) % 20, 60 + (h >> 16) % 12);
}

static void draw(struct str *s, const struct frame *f, unsigned long start, unsigned long total, unsigned depth,
		 unsigned rows)
{
	double x = MARGIN + INNER * (double)start / (double)total, w = INNER * (double)f->count / (double)total;
	unsigned y = TOP + (rows - 1 - depth) * ROW;
	AUTO_FREE char *name = xstrdup(f->name);

	if (w < LEAST_PX)
		return;
	if (is_kernel(name))
		name[strlen(name) - 4] = '\0';
	str_addf(s, "<g class=\"f\" data-s=\"%lu\" data-n=\"%lu\" data-d=\"%u\"><title>", start, f->count, depth);
	svg_text(s, name);
	str_addf(s, "%s: ", is_kernel(f->name) ? " (kernel)" : "");
	svg_number(s, f->count);
	str_addf(s, " of the samples, %.2f %%</title><rect x=\"%.2f\" y=\"%u\" width=\"%.2f\" height=\"%d\" fill=\"",
		 100.0 * (double)f->count / (double)total, x, y, w, ROW - 1);
	colour(s, f->name, depth);
	str_addf(s, "\"/><text x=\"%.2f\" y=\"%u\" data-t=\"", x + 3, y + 12);
	svg_text(s, name);
	str_add(s, "\">");
	svg_text_fit(s, name, w - 6);
	str_add(s, "</text></g>\n");
	for (size_t i = 0; i < f->children; i++) {
		draw(s, f->child[i], start, total, depth + 1, rows);
		start += f->child[i]->count;
	}
}

static const char script[] =
    "const frames=[...document.querySelectorAll('.f')].map(g=>({g,r:g.children[1],t:g.children[2],"
    "s:+g.dataset.s,n:+g.dataset.n,d:+g.dataset.d}));\n"
    "const L=10,W=1180,total=frames[0].n,status=document.getElementById('status'),"
    "reset=document.getElementById('reset');\n"
    "function label(f,w){const t=f.t.dataset.t,m=Math.floor((w-6)/7);"
    "f.t.textContent=t.length<=m?t:m>3?t.slice(0,m-1)+'\\u2026':''}\n"
    "function zoom(z){for(const f of frames){const inside=f.s>=z.s&&f.s+f.n<=z.s+z.n,"
    "over=f.d<=z.d&&f.s<=z.s&&f.s+f.n>=z.s+z.n;\n"
    " if(!(f.d>=z.d?inside:over)){f.g.style.display='none';continue}\n"
    " const x=over&&f.d<=z.d?L:L+W*(f.s-z.s)/z.n,w=over&&f.d<=z.d?W:W*f.n/z.n;\n"
    " f.g.style.display='';f.g.style.opacity=f.d<z.d?0.5:1;f.r.setAttribute('x',x);f.r.setAttribute('width',w);"
    "f.t.setAttribute('x',x+3);label(f,w)}\n"
    " reset.style.display=z===frames[0]?'none':''}\n"
    "function search(q){let e=null,hit=[];try{e=q?new RegExp(q):null}catch(x){status.textContent='not a pattern: '+q;"
    "return}\n"
    " for(const f of frames){const m=e&&f.d>0&&e.test(f.t.dataset.t);f.r.style.fill=m?'#c030d0':'';if(m)hit.push(f)}\n"
    " hit.sort((a,b)=>a.s-b.s||b.n-a.n);let end=0,n=0;for(const f of hit)if(f.s>=end){n+=f.n;end=f.s+f.n}\n"
    " status.textContent=e?q+': '+(100*n/total).toFixed(2)+' %':''}\n"
    "for(const f of frames){f.g.onclick=()=>zoom(f);"
    "f.g.onmouseover=()=>{status.textContent=f.g.children[0].textContent}}\n"
    "reset.onclick=()=>zoom(frames[0]);\n"
    "document.getElementById('search').onclick=()=>{const q=prompt('Functions whose names match (a regular "
    "expression):');if(q!==null)search(q)};\n";

static void picture(struct str *s, struct frame *root, const char *title)
{
	unsigned rows = sort(root), height = TOP + rows * ROW + 30;

	str_addf(s,
		 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" "
		 "height=\"%u\" viewBox=\"0 0 %.0f %u\" font-family=\"" SVG_FONT "\" font-size=\"12\">\n"
		 "<style>.f{cursor:pointer}.f rect{stroke:#fcfcf8;stroke-width:.5}.f:hover "
		 "rect{stroke:#000;stroke-width:1}.f text{pointer-events:none}"
		 ".b{cursor:pointer;fill:#2050a0}</style>\n"
		 "<rect width=\"100%%\" height=\"100%%\" fill=\"#fcfcf8\"/>\n"
		 "<text x=\"%.0f\" y=\"24\" font-size=\"17\" text-anchor=\"middle\">",
		 WIDTH, height, WIDTH, height, WIDTH / 2);
	svg_text(s, title);
	str_addf(
	    s,
	    "</text>\n<text id=\"reset\" class=\"b\" x=\"%.0f\" y=\"24\" style=\"display:none\">back to all</text>\n"
	    "<text id=\"search\" class=\"b\" x=\"%.0f\" y=\"24\" text-anchor=\"end\">search</text>\n"
	    "<rect x=\"%.0f\" y=\"34\" width=\"11\" height=\"11\" fill=\"hsl(32,85%%,66%%)\"/>"
	    "<text x=\"%.0f\" y=\"44\">program</text>"
	    "<rect x=\"%.0f\" y=\"34\" width=\"11\" height=\"11\" fill=\"hsl(212,60%%,74%%)\"/>"
	    "<text x=\"%.0f\" y=\"44\">kernel</text>\n",
	    MARGIN, WIDTH - MARGIN, MARGIN, MARGIN + 16, MARGIN + 76, MARGIN + 92);
	draw(s, root, 0, root->count, 0, rows);
	str_addf(s, "<text id=\"status\" x=\"%.0f\" y=\"%u\"></text>\n<script><![CDATA[\n%s]]></script>\n</svg>\n",
		 MARGIN, height - 10, script);
}

static int read_stacks(struct frame *root, FILE *f, const char *path, struct error *err)
{
	AUTO_FREE char *line = NULL;
	unsigned number = 0;
	size_t cap = 0;
	ssize_t n;

	while ((n = getline(&line, &cap, f)) >= 0) {
		number++;
		if (n && line[n - 1] == '\n')
			line[n - 1] = '\0';
		if (*line && !add_line(root, line))
			return error_set(err, "%s: line %u is no stack as in \"main;function 12\"", path, number);
	}
	if (ferror(f))
		return error_errno(err, "%s", path);
	return root->count ? 0 : error_set(err, "%s: no samples in it", path);
}

static char *output_name(const char *path)
{
	const char *dot = strrchr(file_base(path), '.');

	return xasprintf("%.*s.svg", (int)(dot ? dot - path : (long)strlen(path)), path);
}

int command_profile(int argc, char **argv, struct error *err)
{
	struct options o = OPTIONS_INIT(options, argc, argv);
	__attribute__((cleanup(free_frame))) struct frame root = {.name = xstrdup("all")};
	AUTO_FREE char *output = NULL, *title = NULL;
	AUTO_STR struct str s = {0};
	AUTO_FCLOSE FILE *f = NULL;
	const char *path = NULL;
	int id;

	while ((id = options_next(&o, err)) > 0) {
		switch (id) {
		case OPTION_HELP: return help();
		case OUTPUT:
			free(output);
			output = xstrdup(o.value);
			break;
		case TITLE:
			free(title);
			title = xstrdup(o.value);
			break;
		default:
			if (options_take_word(&o, &path, err) < 0)
				return -1;
		}
	}
	if (options_need_word(id, path, "which file? kiln profile FILE.folded", err) < 0 || !path)
		return -1;
	f = strcmp(path, "-") != 0 ? fopen(path, "re") : fdopen(dup(0), "r");
	if (!f)
		return error_errno(err, "%s", path);
	if (read_stacks(&root, f, path, err) < 0)
		return -1;
	if (!output)
		output = strcmp(path, "-") != 0 ? output_name(path) : xstrdup("-");
	if (!title)
		title = xasprintf("%s: %lu samples", file_base(path), root.count);
	picture(&s, &root, title);
	return svg_write(&s, output, err) < 0 ? -1 : 0;
}
