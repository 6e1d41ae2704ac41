/* SPDX-License-Identifier: ISC */
/*
 * execve(2). The new program is loaded beside the old one; nothing of the process changes before that has succeeded and
 * the other threads have ended, and after that nothing can fail any more.
 */
#include "abi/errno.h"
#include "arch/pmap.h"
#include "kernel/heap.h"
#include "kernel/vm.h"
#include "lib/string.h"
#include "linux/calls.h"
#include "linux/child.h"
#include "linux/exec.h"
#include "linux/execve.h"
#include "linux/fd.h"
#include "linux/regs.h"

#include <asm/resource.h>
#include <linux/signal.h>

#define PATH_BYTES   4096u
#define STRING_BYTES (32 * PAGE_SIZE) /* of one argument, as on Linux */
#define ARGS_LEAST   STRING_BYTES
#define ARGS_MOST    (6ul << 20)
#define TEXT_FIRST   1024u

/* Argument strings: text has them one after the other; v is made at the end, when text does not move any more. */
struct strings {
	char **v;
	size_t count;
	char *text;
	size_t used, room;
};

static void strings_free(struct strings *s)
{
	kfree(s->v);
	kfree(s->text);
}

/* Bytes for the strings of arguments and environment and the pointers to them. */
static size_t args_limit(void)
{
	uint64_t stack = process_current()->rlimit[RLIMIT_STACK].cur;

	return MAX(MIN(stack / 4, ARGS_MOST), ARGS_LEAST);
}

static int text_room(struct strings *s)
{
	size_t room = s->room == 0 ? TEXT_FIRST : 2 * s->room;
	char *text = krealloc(s->text, room);

	if (text == NULL)
		return -ENOMEM;
	s->text = text;
	s->room = room;
	return 0;
}

static int string_get(struct strings *s, uintptr_t from, size_t limit)
{
	for (;;) {
		size_t room = MIN(s->room - s->used, STRING_BYTES);
		long n = room == 0 ? 0 : arch_strncpy_from_user(s->text + s->used, from, room);
		int err;

		if (n < 0)
			return -EFAULT;
		if ((size_t)n < room) {
			s->used += (size_t)n + 1;
			return s->used > limit ? -E2BIG : 0;
		}
		if (room == STRING_BYTES || s->used + room > limit)
			return -E2BIG;
		err = text_room(s);
		if (err != 0)
			return err;
	}
}

static int strings_get(struct strings *s, struct uptr list, size_t limit)
{
	uint64_t p = 0;
	int err = 0;

	while (!uptr_null(list)) {
		if (get_user(p, uptr_add(list, s->count * sizeof p)) != 0)
			return -EFAULT;
		if (p == 0)
			break;
		err = string_get(s, p, limit);
		if (err != 0)
			return err;
		if (++s->count * sizeof p + s->used > limit)
			return -E2BIG;
	}
	s->v = kmalloc((s->count + 2) * sizeof *s->v);
	if (s->v == NULL)
		return -ENOMEM;
	for (size_t i = 0, at = 0; i < s->count; i++, at += strlen(s->text + at) + 1)
		s->v[i] = s->text + at;
	s->v[s->count] = NULL;
	return 0;
}

/* Ends the other threads of the process; -EAGAIN: another one does that already, or the process was killed meanwhile. */
static int end_others(struct task *self)
{
	struct process *p = self->process;
	struct task *t;
	bool interrupted = false;

	if (p->exec_task != NULL)
		return -EAGAIN;
	if (p->task_count == 1)
		return 0;
	p->exec_task = self;
	list_for_each_entry (t, &p->tasks, link)
		if (t != self)
			thread_interrupt(t->thread);
	wait_wake_all(&p->stop_wait, 0);
	while (p->task_count > 1 && p->state == PROCESS_ALIVE) {
		interrupted |= self->thread->interrupt;
		thread_clear_interrupt(self->thread);
		if (wait_sleep(&p->wait, TIME_NEVER, WAIT_INTERRUPTIBLE) != 0)
			interrupted = true;
	}
	p->exec_task = NULL;
	if (interrupted)
		thread_interrupt(self->thread);
	return p->task_count == 1 && p->state == PROCESS_ALIVE ? 0 : -EAGAIN;
}

static void reset_signals(struct task *t)
{
	struct sigaction_state *a = t->process->action;

	for (unsigned i = 0; i < SIG_COUNT; i++)
		a[i] = (struct sigaction_state){.handler =
						    a[i].handler == (uint64_t)(uintptr_t)SIG_IGN ? a[i].handler : 0};
	t->altstack = (struct sigaltstack_state){.flags = SS_DISABLE};
	t->restart.fn = NULL;
}

/* What belongs to the old program goes, the new one takes its place. */
static void commit(struct task *t, struct exec_image *image, const char *name)
{
	struct process *p = t->process;
	struct aspace *old = p->as;

	if (task_exit_hook != NULL)
		task_exit_hook(t);
	t->clear_child_tid = t->robust_list = 0;
	if (process_exit_hook != NULL)
		process_exit_hook(p);
	t->tid = p->pid;
	reset_signals(t);
	fd_table_exec(p->fds);
	p->creds.suid = p->creds.fsuid = p->creds.euid;
	p->creds.sgid = p->creds.fsgid = p->creds.egid;
	p->dumpable = 1;
	p->execed = true;
	p->exit_signal = SIGCHLD;
	kfree(p->exe);
	p->exe = image->path;
	task_set_comm(t, name);
	p->used.resident = MAX(p->used.resident, old->resident);
	p->as = t->thread->as = image->as;
	pmap_activate(image->as->pmap);
	vm_put(old);
	child_release(p);
	regs_exec(t);
	regs_start(arch_trapframe(t->thread), image->entry, image->sp);
}

/* Arguments of a call as strings of the kernel. */
static int arguments(struct strings *argv, struct strings *envp, struct uptr uargv, struct uptr uenvp)
{
	size_t limit = args_limit();
	int err = strings_get(argv, uargv, limit);

	if (err == 0)
		err = strings_get(envp, uenvp, limit - MIN(limit, argv->used + argv->count * sizeof *argv->v));
	if (err == 0 && argv->count == 0) { /* as Linux: a program always has a name */
		argv->v[0] = (char *)(uintptr_t) "";
		argv->v[1] = NULL;
	}
	return err;
}

int execve_file(const struct exec_file *f, const char *path, struct uptr uargv, struct uptr uenvp)
{
	struct strings argv = {.v = NULL}, envp = {.v = NULL};
	struct exec_image image = {.as = NULL};
	struct task *t = task_current();
	int err = arguments(&argv, &envp, uargv, uenvp);

	if (err == 0)
		err = exec_load_file(f, path, (const char *const *)argv.v, (const char *const *)envp.v, &image);
	strings_free(&argv);
	strings_free(&envp);
	if (err != 0)
		return err;
	err = fd_unshare(t->process);
	if (err == 0)
		err = end_others(t);
	if (err != 0) {
		vm_put(image.as);
		kfree(image.path);
		return err;
	}
	commit(t, &image, path);
	return 0;
}

long sys_execve(struct uptr upath, struct uptr argv, struct uptr envp)
{
	char *path = kmalloc(PATH_BYTES);
	long n;

	if (path == NULL)
		return -ENOMEM;
	n = copy_string_from_user(path, upath, PATH_BYTES);
	if (n >= 0)
		n = n == 0 ? -ENOENT : execve_file(NULL, path, argv, envp);
	kfree(path);
	return n;
}
