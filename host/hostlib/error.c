/* SPDX-License-Identifier: ISC */
/* Errors with context; a text that does not fit is cut. */
#include "hostlib/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void set(struct error *err, int status, const char *f, va_list ap)
{
	err->status = status;
	vsnprintf(err->text, sizeof err->text, f, ap);
}

int error_set(struct error *err, const char *f, ...)
{
	va_list ap;

	va_start(ap, f);
	set(err, STATUS_FAILURE, f, ap);
	va_end(ap);
	return -1;
}

int error_usage(struct error *err, const char *f, ...)
{
	va_list ap;

	va_start(ap, f);
	set(err, STATUS_USAGE, f, ap);
	va_end(ap);
	return -1;
}

int error_errno(struct error *err, const char *f, ...)
{
	int saved = errno;
	size_t len;
	va_list ap;

	va_start(ap, f);
	set(err, STATUS_FAILURE, f, ap);
	va_end(ap);
	len = strlen(err->text);
	snprintf(err->text + len, sizeof err->text - len, ": %s", strerror(saved));
	return -1;
}

int error_wrap(struct error *err, const char *f, ...)
{
	char was[sizeof err->text];
	size_t len;
	va_list ap;

	memcpy(was, err->text, sizeof was);
	va_start(ap, f);
	vsnprintf(err->text, sizeof err->text, f, ap);
	va_end(ap);
	len = strlen(err->text);
	snprintf(err->text + len, sizeof err->text - len, ": %s", was);
	return -1;
}
