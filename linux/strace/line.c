/* SPDX-License-Identifier: ISC */
#include "line.h"

#include "lib/fmt.h"
#include "lib/string.h"
#include "linux/names_of.h"

#define PATH_SHOWN   512u
#define ITEM_MAX     64u
#define SIGNALS      64
#define FIRST_RT     32 /* SIGRTMIN, as strace counts */
#define MANY_SIGNALS 42 /* from here on those that are not in the set are fewer to print */

void line_add(struct line *l, const char *f, ...)
{
	va_list ap;
	int n;

	va_start(ap, f);
	n = fmt_vsnprintf(l->text + l->len, l->limit - l->len, f, ap);
	va_end(ap);
	l->len = MIN(l->len + (unsigned)n, l->limit - 1);
}

void line_address(struct line *l, uintptr_t v)
{
	if (v == 0)
		line_add(l, "NULL");
	else
		line_add(l, "%#lx", v);
}

void line_hex(struct line *l, uint64_t v)
{
	if (v == 0)
		line_add(l, "0");
	else
		line_add(l, "%#lx", (unsigned long)v);
}

void line_quoted(struct line *l, const char *s, size_t n, bool more)
{
	static const char from[] = "\n\t\r\v\f\"\\", to[] = "ntrvf\"\\";

	line_add(l, "\"");
	for (size_t i = 0; i < n; i++) {
		const char *hit = s[i] != '\0' ? strchr(from, s[i]) : NULL;

		if (hit != NULL)
			line_add(l, "\\%c", to[hit - from]);
		else if (s[i] >= ' ' && s[i] <= '~')
			line_add(l, "%c", s[i]);
		else if (i + 1 < n && s[i + 1] >= '0' && s[i + 1] <= '9')
			line_add(l, "\\%03o", (unsigned char)s[i]);
		else
			line_add(l, "\\%o", (unsigned char)s[i]);
	}
	line_add(l, more ? "\"..." : "\"");
}

void line_name(struct line *l, uint32_t v, const struct names *n)
{
	for (unsigned i = 0; i < n->count; i++) {
		if (n->rows[i].value == v) {
			line_add(l, "%s", n->rows[i].name);
			return;
		}
	}
	if (v == 0 && n->zero != NULL)
		line_add(l, "%s", n->zero);
	else if (v == 0)
		line_add(l, n->unknown != NULL ? "0 /* %s */" : "0", n->unknown);
	else
		line_add(l, n->unknown != NULL ? "%#x /* %s */" : "%#x", v, n->unknown);
}

uint64_t line_bits(struct line *l, uint64_t v, const struct names *n, bool first)
{
	for (unsigned i = 0; i < n->count; i++) {
		if (v == 0 || (v & n->rows[i].value) != n->rows[i].value)
			continue;
		v &= ~(uint64_t)n->rows[i].value;
		line_add(l, "%s%s", first ? "" : "|", n->rows[i].name);
		first = false;
	}
	return v;
}

void line_flags(struct line *l, uint64_t v, const struct names *n)
{
	unsigned start = l->len;
	uint64_t rest = line_bits(l, v, n, true);

	if (v == 0)
		line_add(l, "%s", n->zero != NULL ? n->zero : "0");
	else if (rest != 0 && l->len > start)
		line_add(l, "|%#lx", (unsigned long)rest);
	else if (rest != 0)
		line_add(l, n->unknown != NULL ? "%#lx /* %s */" : "%#lx", (unsigned long)rest, n->unknown);
}

void line_string(struct line *l, uintptr_t addr, size_t shown)
{
	char buf[PATH_SHOWN];
	size_t max = MIN(shown, sizeof buf);
	long n = addr != 0 ? arch_strncpy_from_user(buf, addr, max) : -1;
	char next = '\0';

	if (n < 0) {
		line_address(l, addr);
		return;
	}
	if (n == (long)max && get_user(next, UPTR(addr + max)) != 0)
		next = '.';
	line_quoted(l, buf, (size_t)n, next != '\0');
}

void line_buffer(struct line *l, uintptr_t addr, size_t size)
{
	char buf[STRING_SHOWN];
	size_t n = MIN(size, sizeof buf);

	if (addr == 0 || arch_copy_from_user(buf, addr, n) != 0)
		line_address(l, addr);
	else
		line_quoted(l, buf, n, size > n);
}

bool line_fetch(struct line *l, void *to, uintptr_t addr, size_t size)
{
	if (addr != 0 && arch_copy_from_user(to, addr, size) == 0)
		return true;
	line_address(l, addr);
	return false;
}

void line_list(struct line *l, uintptr_t addr, size_t count, size_t size,
	       void (*item)(struct line *l, const void *one, const void *p), const void *p)
{
	char one[ITEM_MAX] __attribute__((aligned(8)));

	if (addr == 0 || (count > 0 && arch_copy_from_user(one, addr, size) != 0)) {
		line_address(l, addr);
		return;
	}
	line_add(l, "[");
	for (size_t i = 0; i < count; i++) {
		line_add(l, i > 0 ? ", " : "");
		if (i == ITEMS_SHOWN) {
			line_add(l, "...");
			break;
		}
		if (arch_copy_from_user(one, addr + i * size, size) != 0) {
			line_add(l, "... /* %#lx */", addr + i * size);
			break;
		}
		item(l, one, p);
	}
	line_add(l, "]");
}

void line_item_int(struct line *l, const void *one, const void *p)
{
	(void)p;
	line_add(l, "%d", *(const int *)one);
}

void line_item_byte(struct line *l, const void *one, const void *p)
{
	(void)p;
	line_add(l, "%u", *(const unsigned char *)one);
}

void line_signal(struct line *l, int sig)
{
	const char *name = sig > 0 ? signal_name(sig) : NULL;

	if (name != NULL)
		line_add(l, "%s", name);
	else if (sig == FIRST_RT)
		line_add(l, "SIGRTMIN");
	else if (sig > FIRST_RT && sig <= SIGNALS)
		line_add(l, "SIGRT_%d", sig - FIRST_RT);
	else
		line_add(l, "%d", sig);
}

void line_sigset(struct line *l, uint64_t set)
{
	unsigned count = 0;
	const char *gap = "";

	for (int sig = 1; sig <= SIGNALS; sig++)
		count += (unsigned)(set >> (sig - 1) & 1);
	if (count >= MANY_SIGNALS) {
		line_add(l, "~");
		set = ~set;
	}
	line_add(l, "[");
	for (int sig = 1; sig <= SIGNALS; sig++) {
		if ((set >> (sig - 1) & 1) == 0)
			continue;
		line_add(l, "%s", gap);
		gap = " ";
		if (signal_name(sig) != NULL)
			line_add(l, "%s", signal_name(sig) + sizeof "SIG" - 1);
		else if (sig == FIRST_RT)
			line_add(l, "RTMIN");
		else
			line_add(l, "RT_%d", sig - FIRST_RT);
	}
	line_add(l, "]");
}
