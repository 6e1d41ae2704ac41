/* SPDX-License-Identifier: ISC */
/* Scripts: the line "#! interpreter argument" names the program that runs instead (execve(2)). */
#include "abi/errno.h"
#include "kernel/heap.h"
#include "kernel/init.h"
#include "lib/string.h"
#include "linux/exec.h"

#define LINE_MAX  256 /* bytes of #! and what follows that are looked at, as on Linux */
#define DEPTH_MAX 5 /* scripts that are each other's interpreters, as well */

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Splits the line, which ends at a newline, a NUL or where it is cut off, in place; the argument is the rest of it, or
 * NULL. NULL: no name, or one that is cut off. */
static char *words(char line[LINE_MAX], char **arg)
{
	char *p = line + 2, *name, *end = line + 2, *last = line + LINE_MAX - 1;
	bool cut;

	while (end < last && *end != '\n' && *end != '\0')
		end++;
	cut = end == last && *end != '\n' && *end != '\0' && !blank(*end);
	while (end > p && blank(end[-1]))
		end--;
	*end = '\0';
	while (blank(*p))
		p++;
	name = p;
	while (*p != '\0' && !blank(*p))
		p++;
	if (name == p || (cut && p == last))
		return NULL;
	*arg = NULL;
	if (*p != '\0') {
		*p++ = '\0';
		while (blank(*p))
			p++;
		*arg = p;
	}
	return name;
}

/* The interpreter's argument list: its name, the line's argument, the script's path, the script's arguments. */
static const char **arguments(const char *name, const char *arg, const char *path, const char *const *argv)
{
	size_t n = 0, k = 0;
	const char **v;

	while (argv[n] != NULL)
		n++;
	v = kmalloc((n + 4) * sizeof *v);
	if (v == NULL)
		return NULL;
	v[k++] = name;
	if (arg != NULL)
		v[k++] = arg;
	v[k++] = path;
	for (size_t i = 1; i < n; i++)
		v[k++] = argv[i];
	v[k] = NULL;
	return v;
}

static int exec_script(const struct exec_file *f, const char *path, const char *const *argv, const char *const *envp,
		       struct exec_image *out, unsigned depth)
{
	char line[LINE_MAX], *name, *arg;
	const char **list;
	int err;

	if (depth == DEPTH_MAX) {
		out->reason = "its interpreter (#!) is a script that needs one, and so on";
		return -ELOOP;
	}
	memset(line, 0, sizeof line);
	err = elf_read(f, 0, line, MIN(f->size, (uint64_t)LINE_MAX));
	if (err != 0)
		return err;
	name = words(line, &arg);
	if (name == NULL)
		return -ENOEXEC;
	if (f->gone) {
		out->reason = "its interpreter (#!) could not open it: the descriptor is close-on-exec";
		return -ENOENT;
	}
	list = arguments(name, arg, path, argv);
	if (list == NULL)
		return -ENOMEM;
	err = exec_load_at(name, list, envp, out, depth + 1);
	kfree(list);
	if (err == -ENOENT && out->reason == NULL)
		out->reason = "its interpreter (#!) was not found";
	return err;
}

static void exec_script_init(void)
{
	exec_script_hook = exec_script;
}
INIT(INIT_FS, exec_script_init);
