/* SPDX-License-Identifier: ISC */
/* Data that calls on files move: buffers, vectors, directories, positions, times of files. */
#include "call.h"
#include "names.h"

#include <linux/stat.h>
#include <linux/time.h>
#include <linux/time_types.h>
#include <linux/uio.h>

#define DENT_LENGTH  16u /* where struct linux_dirent64 and linux_dirent have d_reclen */
#define DENTS_MAX    4096u
#define SHORT_STRING 256u
#define DAY          86400
#define DAYS_TO_1970 719468l /* from the first of March of the year 0 */
#define DAYS_400     146097l
#define NOW          ((1l << 30) - 1l)
#define OMIT         ((1l << 30) - 2l)

void print_buffer_in(struct line *l, const struct traced *c, unsigned i)
{
	line_buffer(l, CALLARG(c->args, i), CALLARG(c->args, i + 1));
}

void print_buffer_out(struct line *l, const struct traced *c, unsigned i)
{
	size_t size = CALLARG(c->args, i + 1);

	if (size == 0 && c->result > 0)
		line_address(l, CALLARG(c->args, i)); /* it asked how much there is */
	else
		line_buffer(l, CALLARG(c->args, i), MIN((size_t)c->result, size));
}

void print_cwd(struct line *l, const struct traced *c, unsigned i)
{
	line_string(l, CALLARG(c->args, i), (size_t)c->result);
}

void print_mount_data(struct line *l, const struct traced *c, unsigned i)
{
	line_string(l, CALLARG(c->args, i), SHORT_STRING);
}

struct vector {
	long left; /* bytes that were moved; -1: only addresses */
};

static void iovec_item(struct line *l, const void *one, const void *p)
{
	const struct iovec *v = one;
	struct vector *state = (struct vector *)(uintptr_t)p;
	size_t n = state->left < 0 ? 0 : MIN((size_t)v->iov_len, (size_t)state->left);

	line_add(l, "{iov_base=");
	if (state->left < 0)
		line_address(l, (uintptr_t)v->iov_base);
	else
		line_buffer(l, (uintptr_t)v->iov_base, n);
	line_add(l, ", iov_len=%lu}", (unsigned long)v->iov_len);
	if (state->left > 0)
		state->left -= (long)n;
}

void print_iovecs(struct line *l, uintptr_t iov, size_t count, long bytes)
{
	struct vector state = {.left = bytes};

	line_list(l, iov, count, sizeof(struct iovec), iovec_item, &state);
}

void print_iovec_in(struct line *l, const struct traced *c, unsigned i)
{
	print_iovecs(l, CALLARG(c->args, i), CALLARG(c->args, i + 1), __LONG_MAX__);
}

void print_iovec_out(struct line *l, const struct traced *c, unsigned i)
{
	print_iovecs(l, CALLARG(c->args, i), CALLARG(c->args, i + 1), c->failed ? -1 : c->result);
}

void print_dents(struct line *l, const struct traced *c, unsigned i)
{
	uintptr_t addr = CALLARG(c->args, i);
	unsigned n = 0;
	uint16_t length;

	line_address(l, addr);
	for (long at = 0; at < c->result && n < DENTS_MAX; n++) {
		if (get_user(length, UPTR(addr + (uintptr_t)at + DENT_LENGTH)) != 0 || length == 0)
			return;
		at += length;
	}
	line_add(l, " /* %u entries */", n);
}

void print_offset(struct line *l, const struct traced *c, unsigned i)
{
	int64_t at;

	if (line_fetch(l, &at, CALLARG(c->args, i), sizeof at))
		line_add(l, "[%ld]", (long)at);
}

void print_offset_moved(struct line *l, const struct traced *c, unsigned i)
{
	int64_t at;

	if (!line_fetch(l, &at, CALLARG(c->args, i), sizeof at))
		return;
	line_add(l, "[%ld]", (long)c->saved);
	if (!c->failed && c->result > 0)
		line_add(l, " => [%ld]", (long)at);
}

/* When that was, as ISO 8601 has it. */
static void moment(struct line *l, int64_t sec, long fraction, int digits)
{
	int64_t days = sec / DAY - (sec % DAY < 0), left = sec - days * DAY;
	int64_t d = days + DAYS_TO_1970, era = (d >= 0 ? d : d - DAYS_400 + 1) / DAYS_400;
	unsigned of_era = (unsigned)(d - era * DAYS_400);
	unsigned year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	unsigned of_year = of_era - (365 * year + year / 4 - year / 100), month = (5 * of_year + 2) / 153;

	line_add(l, "%ld-%02u-%02uT%02u:%02u:%02u", (long)(era * 400 + year + (month >= 10)),
		 month < 10 ? month + 3 : month - 9, of_year - (153 * month + 2) / 5 + 1, (unsigned)(left / 3600),
		 (unsigned)(left / 60 % 60), (unsigned)(left % 60));
	if (fraction != 0)
		line_add(l, ".%0*ld", digits, fraction);
	line_add(l, "+0000");
}

void print_date(struct line *l, int64_t sec)
{
	line_add(l, " (");
	moment(l, sec, 0, 0);
	line_add(l, ")");
}

static void time_item(struct line *l, const void *one, const void *p)
{
	const struct __kernel_timespec *t = one;
	long sec = (long)t->tv_sec, part = (long)t->tv_nsec;
	bool nano = p == NULL;

	if (nano && (part == NOW || part == OMIT)) {
		line_add(l, part == NOW ? "UTIME_NOW" : "UTIME_OMIT");
		return;
	}
	line_add(l, nano ? "{tv_sec=%ld, tv_nsec=%ld}" : "{tv_sec=%ld, tv_usec=%ld}", sec, part);
	if ((sec == 0 && part == 0) || part < 0 || part >= (nano ? 1000000000 : 1000000))
		return;
	line_add(l, " /* ");
	moment(l, sec, part, nano ? 9 : 6);
	line_add(l, " */");
}

void print_utimes(struct line *l, const struct traced *c, unsigned i)
{
	line_list(l, CALLARG(c->args, i), 2, sizeof(struct __kernel_timespec), time_item, NULL);
}

void print_timevals(struct line *l, const struct traced *c, unsigned i)
{
	line_list(l, CALLARG(c->args, i), 2, sizeof(struct __kernel_timespec), time_item, "");
}
