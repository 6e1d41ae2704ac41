/* SPDX-License-Identifier: ISC */
/*
 * The first programs: the configuration's `rc`, or `cmdline`, or what was baked, one after the other in the init thread.
 * Each is a process whose only task loads its program itself, as execve would. runmode "&" does not wait, "|" feeds the
 * next one. The image ends when the list does, with the status of the last program waited for; when the list ends with
 * a program that runs beside others, all that still run are waited for.
 */
#include "abi/errno.h"
#include "arch/pmap.h"
#include "kernel/config.h"
#include "kernel/heap.h"
#include "kernel/log.h"
#include "kernel/payload.h"
#include "kernel/personality.h"
#include "kernel/vm.h"
#include "lib/fmt.h"
#include "lib/string.h"
#include "linux/exec.h"
#include "linux/fd.h"
#include "linux/pipe.h"
#include "linux/regs.h"
#include "linux/stdio.h"
#include "linux/syscall.h"
#include "linux/task.h"

#include <asm/signal.h>

#define STATUS_NOT_FOUND 127
#define STATUS_NOT_RUN   126
#define END_NS           NSEC_PER_SEC /* for those that are killed at the end */
#define PATH_MAX_BYTES   128 /* of a configuration path, not of a file */

struct strings { /* a NULL-terminated list, grown one by one */
	char **v;
	unsigned count;
};

struct program {
	struct strings argv, envp;
	char *bin, *workdir;
	bool background, pipe;
	struct file *in; /* what the one before feeds us */
};

int (*pipe_hook)(struct file **read_end, struct file **write_end);

NORETURN static void die(const char *what)
{
	log_err("cannot start: %s", what);
	kernel_exit(STATUS_NOT_RUN);
}

static void strings_add(struct strings *s, char *text)
{
	char **v = krealloc(s->v, (s->count + 2) * sizeof *v);

	if (v == NULL || text == NULL)
		die("no memory");
	v[s->count++] = text;
	v[s->count] = NULL;
	s->v = v;
}

static void strings_free(struct strings *s)
{
	for (unsigned i = 0; i < s->count; i++)
		kfree(s->v[i]);
	kfree(s->v);
}

/* NAME=VALUE; a later value of the same name replaces the earlier one. */
static void env_set(struct strings *env, const char *name, const char *value)
{
	size_t len = strlen(name), size = len + strlen(value) + 2;
	char *text = kmalloc(size);

	if (text == NULL)
		die("no memory");
	fmt_snprintf(text, size, "%s=%s", name, value);
	for (unsigned i = 0; i < env->count; i++) {
		if (strncmp(env->v[i], text, len + 1) == 0) {
			kfree(env->v[i]);
			env->v[i] = text;
			return;
		}
	}
	strings_add(env, text);
}

static void env_from(struct strings *env, const char *object)
{
	char path[PATH_MAX_BYTES], name[PATH_MAX_BYTES / 2], *value;

	for (unsigned i = 0; config_key(object, i, name, sizeof name) > 0; i++) {
		fmt_snprintf(path, sizeof path, "%s.%s", object, name);
		value = config_strdup(path);
		if (value != NULL)
			env_set(env, name, value);
		kfree(value);
	}
}

static void args_from(struct strings *argv, const char *array)
{
	char path[PATH_MAX_BYTES];
	unsigned count = config_count(array);

	for (unsigned i = 0; i < count; i++) {
		fmt_snprintf(path, sizeof path, "%s[%u]", array, i);
		strings_add(argv, config_strdup(path));
	}
}

/* Splits shell-like: blanks separate; '…' is literal; in "…" and outside \ quotes the next character. */
static void split(struct strings *argv, const char *s)
{
	for (;;) {
		char quote = '\0', *word, *w;

		while (*s == ' ' || *s == '\t' || *s == '\n')
			s++;
		if (*s == '\0')
			return;
		word = w = kmalloc(strlen(s) + 1);
		if (word == NULL)
			die("no memory");
		for (; *s != '\0' && (quote != '\0' || (*s != ' ' && *s != '\t' && *s != '\n')); s++) {
			if (*s == quote)
				quote = '\0';
			else if (quote == '\0' && (*s == '\'' || *s == '"'))
				quote = *s;
			else if (*s == '\\' && quote != '\'' && s[1] != '\0')
				*w++ = *++s;
			else
				*w++ = *s;
		}
		*w = '\0';
		strings_add(argv, word);
	}
}

static const char *reason(int err)
{
	switch (err) {
	case -ENOENT: return "not found";
	case -ENOEXEC: return "not a program that can run here";
	case -ENOTDIR: return "not a directory";
	case -EACCES: return "not executable";
	case -ENOMEM: return "not enough memory";
	case -E2BIG: return "too many arguments";
	default: return NULL;
	}
}

/* why: a better reason than err's, or NULL. */
static void complain(const char *what, const char *why, int err)
{
	if (why == NULL)
		why = reason(err);
	if (why != NULL)
		log_err("%s: %s", what, why);
	else
		log_err("%s: error %d", what, -err);
}

static void program_free(struct program *prog)
{
	strings_free(&prog->argv);
	strings_free(&prog->envp);
	kfree(prog->bin);
	kfree(prog->workdir);
	kfree(prog);
}

/* The first thread of a program, on its way to it. */
static void program_main(void *arg)
{
	struct program *prog = arg;
	struct task *t = task_current();
	struct exec_image image;
	int err = exec_load(prog->bin, (const char *const *)prog->argv.v, (const char *const *)prog->envp.v, &image);

	if (err != 0) {
		complain(prog->bin, image.reason, err);
		process_exit((err == -ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_RUN) << 8);
	}
	task_set_comm(t, prog->bin);
	program_free(prog);
	t->process->as = image.as;
	t->process->exe = image.path;
	thread_current()->as = image.as;
	pmap_activate(image.as->pmap);
	regs_start(arch_trapframe(thread_current()), image.entry, image.sp);
	arch_user_return(arch_trapframe(thread_current()));
}

static struct process *launch(struct program *prog, struct file **feed)
{
	struct process *p = process_create(NULL);
	struct task *t;
	int err;

	if (p == NULL || (p->fds = fd_table_create()) == NULL)
		die("no memory");
	p->started = true;
	if (process_fs != NULL)
		err = process_fs->start(p, NULL, prog->workdir);
	else /* no calls on paths in this image: no directories but the root */
		err = prog->workdir == NULL || strcmp(prog->workdir, "/") == 0 ? 0 : -ENOENT;
	if (err != 0) {
		complain(prog->workdir, NULL, err);
		kernel_exit(STATUS_NOT_RUN);
	}
	if (prog->in != NULL && fd_table_set(p->fds, 0, prog->in) != 0)
		die("no memory");
	if (prog->pipe) {
		struct file *out;

		if (pipe_hook == NULL)
			die("pipes are not in this image");
		if (pipe_hook(feed, &out) != 0 || fd_table_set(p->fds, 1, out) != 0)
			die("no memory");
	}
	if (stdio_attach(p) != 0)
		die("no memory");
	t = task_create(p, program_main, prog);
	if (t == NULL)
		die("no memory");
	thread_wake(t->thread);
	return p;
}

/* Waits for its end: the status as a shell gives it. */
static int status_of(struct process *p)
{
	if (wait_event(&p->wait, p->state == PROCESS_ZOMBIE, TIME_NEVER, 0) != 0)
		return STATUS_NOT_RUN;
	return (p->exit_status & 0x7f) != 0 ? 128 + (p->exit_status & 0x7f) : p->exit_status >> 8 & 0xff;
}

/* What still runs beside the list ends before the image does, so that what it holds is let go. */
static void end_others(void)
{
	uint64_t deadline = time_mono() + END_NS;
	struct process *p;
	bool alive = true;

	list_for_each_entry (p, &process_all, all_link)
		signal_post(p, NULL, SIGKILL);
	while (alive && time_mono() < deadline) {
		alive = false;
		list_for_each_entry (p, &process_all, all_link)
			alive |= p->state != PROCESS_ZOMBIE;
		if (alive)
			thread_yield();
	}
}

static char *config_or(const char *path, const char *fallback)
{
	char *s = config_strdup(path);

	return s != NULL || fallback == NULL ? s : config_strdup(fallback);
}

static void program_from_rc(struct program *prog, unsigned i)
{
	char path[PATH_MAX_BYTES], mode[4];

	fmt_snprintf(path, sizeof path, "rc[%u].bin", i);
	prog->bin = config_strdup(path);
	if (prog->bin == NULL)
		die("rc entry without bin");
	strings_add(&prog->argv, kstrdup(prog->bin));
	fmt_snprintf(path, sizeof path, "rc[%u].argv", i);
	args_from(&prog->argv, path);
	fmt_snprintf(path, sizeof path, "rc[%u].env", i);
	env_from(&prog->envp, path);
	fmt_snprintf(path, sizeof path, "rc[%u].workdir", i);
	prog->workdir = config_or(path, "workdir");
	fmt_snprintf(path, sizeof path, "rc[%u].runmode", i);
	if (config_string(path, mode, sizeof mode) > 0) {
		prog->background = mode[0] == '&';
		prog->pipe = mode[0] == '|';
	}
}

/* A name without a slash is that of a baked program. */
static void bin_path(char **name)
{
	size_t size = sizeof "/bin/" + strlen(*name);
	char *path;

	if (strchr(*name, '/') != NULL)
		return;
	path = kmalloc(size);
	if (path == NULL)
		die("no memory");
	fmt_snprintf(path, size, "/bin/%s", *name);
	kfree(*name);
	*name = path;
}

static bool program_from_cmdline(struct program *prog)
{
	char *line = config_strdup("cmdline");

	if (line == NULL)
		return false;
	split(&prog->argv, line);
	kfree(line);
	if (prog->argv.count == 0)
		return false;
	bin_path(&prog->argv.v[0]);
	prog->bin = kstrdup(prog->argv.v[0]);
	prog->workdir = config_strdup("workdir");
	return true;
}

static bool program_from_payload(struct program *prog, unsigned i)
{
	const struct image_entry *e = payload_entry(IMAGE_PROGRAM, i);

	if (e == NULL)
		return false;
	prog->bin = kstrdup(e->name);
	strings_add(&prog->argv, kstrdup(e->name));
	args_from(&prog->argv, "args");
	prog->workdir = config_strdup("workdir");
	return true;
}

/* The i-th program of this image; NULL: no more. */
static struct program *program_get(unsigned i)
{
	struct program *prog = kzalloc(sizeof *prog);
	unsigned rc = config_count("rc");
	bool found = true;

	if (prog == NULL)
		die("no memory");
	env_from(&prog->envp, "env");
	if (rc > 0) {
		found = i < rc;
		if (found)
			program_from_rc(prog, i);
	} else if (i > 0 || !program_from_cmdline(prog)) {
		found = (i == 0 || config_string("cmdline", NULL, 0) == -ENOENT) && program_from_payload(prog, i);
	}
	if (!found) {
		program_free(prog);
		return NULL;
	}
	if (prog->envp.v == NULL)
		prog->envp.v = kzalloc(sizeof *prog->envp.v);
	if (prog->bin == NULL || prog->envp.v == NULL)
		die("no memory");
	return prog;
}

/* Asked for, but the image was baked without. An env that is no object is Rumprun's. */
static void warn_missing(const char *key, const char *component)
{
	char value[8];

	if (config_string(key, value, sizeof value) != -ENOENT && strcmp(value, "false") != 0)
		log_warn("%s: nothing here reads that; bake with -C SET,+%s", key, component);
}

NORETURN void personality_start(void)
{
	struct syscall_watcher *w;
	struct file *feed = NULL;
	struct program *prog;
	struct process *p = NULL;
	bool wait = false;
	int status = 0;

	if (list_empty(&syscall_watchers)) {
		warn_missing("kiln.strace", "strace");
		warn_missing("kiln.stats", "stats");
	}
	warn_missing("env", "rumprun");
	for (unsigned i = 0; (prog = program_get(i)) != NULL; i++) {
		wait = !prog->background && !prog->pipe;
		prog->in = feed;
		feed = NULL;
		p = launch(prog, &feed);
		if (wait) {
			status = status_of(p);
			process_free(p);
		}
	}
	if (p == NULL)
		die("no program in this image");
	if (!wait)
		list_for_each_entry (p, &process_all, all_link)
			if (p->started)
				status = status_of(p);
	end_others();
	list_for_each_entry (w, &syscall_watchers, link)
		if (w->end != NULL)
			w->end();
	kernel_exit(status);
}
