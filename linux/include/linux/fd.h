/* SPDX-License-Identifier: ISC */
/*
 * Descriptor tables: fd -> struct file and FD_CLOEXEC; shared by threads (CLONE_FILES), copied by fork. Lowest free
 * number first; RLIMIT_NOFILE is the limit. Kernel lock.
 */
#ifndef LINUX_FD_H
#define LINUX_FD_H

#include "fs/file.h"

struct fd_table;
struct process;

#pragma GCC visibility push(default)
struct fd_table *fd_table_create(void) MUST_CHECK;
struct fd_table *fd_table_copy(struct fd_table *t) MUST_CHECK;
void fd_table_get(struct fd_table *t);
void fd_table_put(struct fd_table *t); /* the current process's: its record locks end */
void fd_table_discard(struct fd_table *t); /* of a process that never was */
/* A table of p's own, if it shares one with another process. 0 or -ENOMEM. */
int fd_unshare(struct process *p) MUST_CHECK;
void fd_table_exec(struct fd_table *t); /* closes FD_CLOEXEC ones */
/* Puts f at exactly fd of any table, replacing what is there; takes over the caller's reference on success. For
 * setting up a process (standard streams, pipes between programs). 0 or -ENOMEM, -EBADF (negative). */
int fd_table_set(struct fd_table *t, int fd, struct file *f) MUST_CHECK;
/* The file at fd of any table, borrowed, or NULL; fd_table_end: one more than the highest number in use. */
struct file *fd_table_peek(struct fd_table *t, int fd);
int fd_table_end(struct fd_table *t);

/* The current process's file, a reference taken (file_put it); NULL = -EBADF. fd_get is for all that uses the file and has
 * NULL for those opened with O_PATH; fd_get_any is for what a mere place is good for (open(2), "O_PATH"). */
struct file *fd_get(int fd) MUST_CHECK;
struct file *fd_get_any(int fd) MUST_CHECK;
/* Puts f at the lowest free number >= min; takes over the caller's reference, and drops it where there is no number: fd or
 * -EMFILE, -ENFILE, -ENOMEM. */
int fd_install(struct file *f, int min, bool cloexec) MUST_CHECK;
int fd_close(int fd) MUST_CHECK;
size_t fd_files_limit(void); /* open files there may be; then fd_install is -ENFILE for new ones */
/* 0 when the next fd_install will succeed, else its error: for calls that must not begin what they cannot finish. */
int fd_room(void) MUST_CHECK;
/* At exactly fd, replacing (dup2). */
int fd_replace(int fd, struct file *f, bool cloexec) MUST_CHECK;
/* FD_CLOEXEC of a descriptor that is open. */
bool fd_cloexec(int fd);
void fd_set_cloexec(int fd, bool on);
#pragma GCC visibility pop

#endif
