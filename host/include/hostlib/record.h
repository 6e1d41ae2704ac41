/* SPDX-License-Identifier: ISC */
/* Memory files that a guest may write to: of a fixed size, zero where nothing was written yet. The exit record is one. */
#ifndef HOSTLIB_RECORD_H
#define HOSTLIB_RECORD_H

#include <stdbool.h>
#include <stddef.h>

/* A memory file of n bytes that nobody can make longer, or -1 with errno. flags: MFD_* */
int record_file(const char *name, size_t n, unsigned flags);

/* What a guest tells by abi/exit.h. */
int record_open(void); /* or -1 with errno */
void record_clear(int fd);
bool record_started(int fd); /* it has said something */
int record_status(int fd); /* the number in the last whole line "exit N", or -1 */
void record_set_status(int fd, int status);

#endif
