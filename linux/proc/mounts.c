/* SPDX-License-Identifier: ISC */
/* /proc/PID/mounts and mountinfo, proc(5). Times of access are never kept: noatime. */
#include "kernel/heap.h"
#include "proc.h"

/* Blanks and backslashes in octal, as mount points are written there. */
static void put_escaped(struct text *t, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\\')
			text_printf(t, "\\%03o", (unsigned)*s);
		else
			text_put(t, s, 1);
	}
}

static int show(struct text *t, bool info)
{
	char *path = kmalloc(VFS_PATH_MAX);
	struct super *sb;

	if (path == NULL)
		return -ENOMEM;
	list_for_each_entry (sb, &vfs_supers, link) {
		const char *rw = (sb->flags & SUPER_RDONLY) != 0 ? "ro" : "rw";
		const char *source = sb->source != NULL ? sb->source : sb->type;

		if (vfs_path(vfs_root(), sb->covers != NULL ? sb->covers : sb->root, path, VFS_PATH_MAX) < 0)
			continue;
		if (info)
			text_printf(t, "%u %u 0:%lu / ", sb->id, sb->covers != NULL ? sb->covers->sb->id : 1, sb->dev);
		else
			text_printf(t, "%s ", source);
		put_escaped(t, path);
		if (info)
			text_printf(t, " %s,noatime - %s %s %s\n", rw, sb->type, source, rw);
		else
			text_printf(t, " %s %s,noatime 0 0\n", sb->type, rw);
	}
	kfree(path);
	return 0;
}

int proc_mounts(struct text *t, uint64_t arg)
{
	return proc_process(arg) == NULL ? -ESRCH : show(t, false);
}

int proc_mountinfo(struct text *t, uint64_t arg)
{
	return proc_process(arg) == NULL ? -ESRCH : show(t, true);
}
