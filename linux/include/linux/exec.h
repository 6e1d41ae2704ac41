/* SPDX-License-Identifier: ISC */
/* Loading a program: what start-up and execve ask of the ELF loader. */
#ifndef LINUX_EXEC_H
#define LINUX_EXEC_H

#include "lib/base.h"

struct aspace;
struct vm_object;

struct exec_image {
	struct aspace *as; /* new, one reference: the caller's */
	uintptr_t entry, sp; /* sp points to argc; auxv and strings are in place */
	char *path; /* kmalloc'd absolute path of the program: process->exe */
	const char *reason; /* after a failure: what is wrong with the program, a constant, or NULL */
};

/* A program's file: a reference to its pages, and its size in bytes. */
struct exec_file {
	struct vm_object *object;
	uint64_t size;
	bool gone; /* the name that it was opened by means nothing after the exec */
};

struct file;
struct vfs_ctx;

#pragma GCC visibility push(default)
/* path: a baked program (abi/image.h) or a file below the current process's root; scripts (#!) likewise. argv, envp: kernel
 * strings, NULL-terminated lists. Does not touch the current process. 0, or -ENOENT, -ENOEXEC, -EACCES, -ENOMEM, -E2BIG … */
int exec_load(const char *path, const char *const *argv, const char *const *envp, struct exec_image *out) MUST_CHECK;
/* The same with a file that is open already, NULL: the one at path. */
int exec_load_file(const struct exec_file *f, const char *path, const char *const *argv, const char *const *envp,
		   struct exec_image *out) MUST_CHECK;
/* Opens an executable file of the file system for exec_load; NULL while no file system is in the image. */
extern int (*exec_file_hook)(const char *path, struct exec_file *out);
/* The same of an open file (linux/exec_file.c): -EACCES if it may not be executed, -ETXTBSY while it is open for writing. */
int exec_file_from(struct file *f, const struct vfs_ctx *ctx, struct exec_file *out) MUST_CHECK;
/* Loads the interpreter of a script (#!) instead; comes with the file system. depth: scripts so far. */
extern int (*exec_script_hook)(const struct exec_file *f, const char *path, const char *const *argv,
			       const char *const *envp, struct exec_image *out, unsigned depth);
/* For that hook. A part of exec_load; and n bytes of a file at off: 0, -ENOEXEC beyond its end, or what the object says. */
int exec_load_at(const char *path, const char *const *argv, const char *const *envp, struct exec_image *out,
		 unsigned depth) MUST_CHECK;
int elf_read(const struct exec_file *f, uint64_t off, void *buf, size_t n) MUST_CHECK;
#pragma GCC visibility pop

#endif
