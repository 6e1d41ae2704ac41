/* SPDX-License-Identifier: ISC */
/* For unit tests of fs/: frames from an array, the heap from malloc, and short words for what the tests do. */
#ifndef FS_TEST_FAKE_H
#define FS_TEST_FAKE_H

#include "fs/vfs.h"

/* Frames that may still be given out; SIZE_MAX at first. And how many are out now. */
extern size_t fake_frames_left;
extern size_t fake_frames_used;
/* The heap's next so many requests succeed; SIZE_MAX at first. And how many pieces are out now. */
extern size_t fake_heap_left;
extern size_t fake_heap_used;
extern unsigned fake_truncated; /* calls of vm_object_unmap */
/* `size` bytes at a page-aligned place outside the frames, as the payload is: its address. */
uint64_t fake_payload(const char *file, uint64_t *size);

/* The tree under test: set before use. */
extern struct dentry *fake_root;
extern struct vfs_ctx fake_ctx;
void fake_use(struct super *sb);

int t_make(const char *path, uint32_t mode);
int t_open(const char *path, unsigned flags, struct file **f);
/* Creates or replaces; 0 or the error. */
int t_write(const char *path, const char *text);
/* The content, at most 4095 bytes, in a static buffer; "!N" for error N. */
const char *t_read(const char *path);
ssize_t t_pread(struct file *f, void *buf, size_t n, uint64_t pos);
ssize_t t_pwrite(struct file *f, const void *buf, size_t n, uint64_t pos);
int t_unlink(const char *path);
int t_rmdir(const char *path);
int t_rename(const char *from, const char *to, unsigned flags);
int t_symlink(const char *target, const char *path);
int t_link(const char *from, const char *to);
/* Whether path is there (links not followed): its mode, or the error. */
int t_mode(const char *path);
uint64_t t_ino(const char *path);
/* The names in a directory, sorted, with a blank between; listed in steps of `step` entries. */
const char *t_list(const char *path, unsigned step);
#endif
