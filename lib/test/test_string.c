/* SPDX-License-Identifier: ISC */
// USES: lib/string.c
// FLAGS: -fno-builtin -Dmemcpy=k_memcpy -Dmemmove=k_memmove -Dmemset=k_memset -Dmemcmp=k_memcmp -Dmemchr=k_memchr -Dstrlen=k_strlen -Dstrnlen=k_strnlen -Dstrcmp=k_strcmp -Dstrncmp=k_strncmp -Dstrchr=k_strchr -Dstrrchr=k_strrchr -Dstrlcpy=k_strlcpy -Dstrlcat=k_strlcat
/* The kernel's string functions at every small length and alignment; renamed so that the C library's stay in use. */
#include "lib/string.h"
#include "test/tap.h"

static bool copies_are_right(bool move)
{
	for (size_t n = 0; n < 70; n++)
		for (size_t from = 0; from < 12; from++)
			for (size_t to = 0; to < 12; to++) {
				unsigned char a[96], want[96];

				for (size_t i = 0; i < sizeof a; i++)
					a[i] = want[i] = (unsigned char)(i * 7 + n);
				if (!move) {
					unsigned char b[96];

					memset(b, 0xee, sizeof b);
					memcpy(b + to, a + from, n);
					for (size_t i = 0; i < sizeof b; i++)
						if (b[i] != (i >= to && i < to + n ? a[i - to + from] : 0xee))
							return false;
					continue;
				}
				for (size_t i = 0; i < n; i++)
					want[to + i] = a[from + i];
				memmove(a + to, a + from, n);
				if (memcmp(a, want, sizeof a) != 0)
					return false;
			}
	return true;
}

int main(void)
{
	char buf[8];
	const char *end;

	tap_ok(copies_are_right(false), "memcpy at all lengths and alignments");
	tap_ok(copies_are_right(true), "memmove with overlap");
	tap_ok(memcmp("abc", "abd", 3) < 0 && memcmp("abd", "abc", 3) > 0 && memcmp("a", "b", 0) == 0, "memcmp");
	tap_ok(strcmp("a", "ab") < 0 && strcmp("b", "ab") > 0 && strncmp("abX", "abY", 2) == 0, "strcmp, strncmp");
	tap_ok(strchr("abc", 'c') != NULL && strchr("abc", 'x') == NULL && strchr("", '\0') != NULL, "strchr");
	tap_ok(strrchr("a/b/c", '/')[1] == 'c', "strrchr");
	tap_ok(strnlen("abc", 2) == 2 && strlen("abc") == 3, "strlen, strnlen");
	tap_ok(strlcpy(buf, "abcdefghij", sizeof buf) == 10 && strcmp(buf, "abcdefg") == 0, "strlcpy cuts");
	tap_ok(strlcpy(buf, "ab", 8) == 2 && strlcat(buf, "cdefghij", 8) == 10 && strcmp(buf, "abcdefg") == 0,
	       "strlcat cuts");
	tap_ok(str_to_u64("123x", &end) == 123 && *end == 'x' && str_to_u64("0x1F", NULL) == 31, "str_to_u64");
	return tap_end();
}
