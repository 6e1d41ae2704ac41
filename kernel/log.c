/* SPDX-License-Identifier: ISC */
/* The log goes straight to the console, as errors, a line at a time; nothing is kept. */
#include "kernel/log.h"

#include "abi/boot.h"
#include "abi/console.h"
#include "kernel/console.h"
#include "lib/fmt.h"
#include "platform/platform.h"

#define LINE_MAX_BYTES 512

enum log_level log_level = LOG_WARN;

/* A raw terminal does not go back to the line's start by itself. */
static void write(const char *s, size_t n)
{
	bool raw = (platform_boot_info()->console_flags & CONSOLE_RAW) != 0;
	enum platform_stream to = raw ? PLATFORM_OUT : PLATFORM_ERR;
	size_t done = 0;

	for (size_t i = 0; i < n && raw; i++) {
		if (s[i] != '\n')
			continue;
		console_put(to, s + done, i - done);
		console_put(to, "\r\n", 2);
		done = i + 1;
	}
	console_put(to, s + done, n - done);
}

static void print(const char *prefix, const char *f, va_list ap, bool newline)
{
	char line[LINE_MAX_BYTES];
	int head = fmt_snprintf(line, sizeof line, "%s", prefix);
	int n = head + fmt_vsnprintf(line + head, sizeof line - (size_t)head - 1, f, ap);

	n = MIN(n, (int)sizeof line - 2);
	if (newline)
		line[n++] = '\n';
	write(line, (size_t)n);
}

void log_line(enum log_level level, const char *f, ...)
{
	va_list ap;

	if (level > log_level)
		return;
	va_start(ap, f);
	print("kiln: ", f, ap, true);
	va_end(ap);
}

void log_raw(const char *f, ...)
{
	va_list ap;

	va_start(ap, f);
	print("", f, ap, false);
	va_end(ap);
}

NORETURN void panic(const char *f, ...)
{
	va_list ap;

	va_start(ap, f);
	print("kiln: panic: ", f, ap, true);
	va_end(ap);
	platform_exit(PANIC_STATUS);
}
