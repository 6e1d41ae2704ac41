/* SPDX-License-Identifier: ISC */
// USES: lib/fmt.c
/* fmt_snprintf against the C library's snprintf, directive by directive. */
#include <stdio.h>
#include <string.h>
#include <stdint.h>
#include "test/tap.h"
#include "lib/fmt.h"

#define SAME(...)                                                                                                      \
	do {                                                                                                           \
		char want[200], got[200];                                                                              \
		int wn = snprintf(want, sizeof want, __VA_ARGS__), gn = fmt_snprintf(got, sizeof got, __VA_ARGS__);    \
		tap_ok(wn == gn && strcmp(want, got) == 0, "%s: \"%s\", C library \"%s\"", #__VA_ARGS__, got, want);   \
	} while (0)

int main(void)
{
	char small[4];

	SAME("plain");
	SAME("%d %i %d", 0, -5, INT32_MIN);
	SAME("%u %x %X %o", 42u, 0xbeefu, 0xbeefu, 8u);
	SAME("%5d|%-5d|%05d|%+d|% d", 42, 42, 42, 42, 42);
	SAME("%#x %#o %#x", 255u, 8u, 0u);
	SAME("%.3d|%8.3d|%-8.3d|%.0d|", 7, 7, 7, 0);
	SAME("%ld %lu %lx", INT64_MIN, UINT64_MAX, 1ul << 63);
	SAME("%zu %jd %td", (size_t)9, (intmax_t)-9, (ptrdiff_t)3);
	SAME("%hhd %hhu %hd", 300, 300u, 70000);
	SAME("%s|%10s|%-10s|%.2s|%c", "abc", "abc", "abc", "abc", 'z');
	SAME("%*d|%-*d|%.*s", 6, 1, 6, 1, 2, "xyz");
	SAME("%p", (void *)0x1234);
	SAME("100%%");
	tap_ok(fmt_snprintf(small, sizeof small, "%s", "abcdef") == 6 && strcmp(small, "abc") == 0, "cut at the size");
	tap_ok(fmt_snprintf(NULL, 0, "%d", 12345) == 5, "size 0 only counts");
	return tap_end();
}
