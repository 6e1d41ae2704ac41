/* SPDX-License-Identifier: ISC */
/*
 * The directories of images that run. ROOT is $XDG_RUNTIME_DIR/kiln, /run/user/UID/kiln or /tmp/kiln-UID, the first
 * whose parent is the user's; nobody else may enter it.
 */
#include "instance.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hostlib/cleanup.h"
#include "hostlib/file.h"

#define NAME_MAX_LENGTH 63
#define FOREGROUND_FD   150 /* out of the way of those that tenders give numbers to: it must never be closed */

static bool own_directory(const char *path)
{
	struct stat st;

	return path && path[0] == '/' && !lstat(path, &st) && S_ISDIR(st.st_mode) && st.st_uid == geteuid();
}

/* The root, to be freed; made if it is not there. */
static char *root(struct error *err)
{
	const char *given = getenv("XDG_RUNTIME_DIR");
	AUTO_FREE char *user = xasprintf("/run/user/%u", (unsigned)geteuid());
	AUTO_FREE char *path = NULL;
	struct stat st;

	if (own_directory(given))
		path = xasprintf("%s/kiln", given);
	else if (own_directory(user))
		path = xasprintf("%s/kiln", user);
	else
		path = xasprintf("/tmp/kiln-%u", (unsigned)geteuid());
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return error_errno(err, "%s", path), NULL;
	if (!own_directory(path) || lstat(path, &st) < 0 || st.st_mode & 077)
		return error_set(err, "%s: not a directory that is yours alone (mode 0700)", path), NULL;
	return TAKE(path);
}

/* Held until the descriptor is closed. */
static int lock_root(const char *path, struct error *err)
{
	AUTO_FREE char *name = xasprintf("%s/.lock", path);
	int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600), r;

	if (fd < 0)
		return error_errno(err, "%s", name);
	do
		r = flock(fd, LOCK_EX);
	while (r < 0 && errno == EINTR);
	return fd;
}

/* Whether somebody holds the instance's lock, and who in the foreground; asking takes nothing. */
static void ask_lock(struct instance *i)
{
	AUTO_FREE char *path = xasprintf("%s/lock", i->path);
	AUTO_CLOSE int fd = open(path, O_RDWR | O_CLOEXEC);
	struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	i->alive = fd >= 0 && fcntl(fd, F_OFD_GETLK, &l) == 0 && l.l_type != F_UNLCK;
	i->holder = i->alive && l.l_pid > 0 ? l.l_pid : 0;
}

char *instance_file(const struct instance *i, const char *name)
{
	return xasprintf("%s/%s", i->path, name);
}

static void load(struct instance *i)
{
	AUTO_FREE char *path = instance_file(i, "state");

	/* In this order: one that ends in between has left its last state. */
	ask_lock(i);
	json_decref(i->state);
	i->state = json_load_file(path, 0, NULL);
	if (!json_is_object(i->state)) {
		json_decref(i->state);
		i->state = json_object();
	}
}

int instance_check_name(const char *name, struct error *err)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)name[i]) && !(i && strchr("_.-", name[i])))
			n = 0;
	if (!n || n > NAME_MAX_LENGTH)
		return error_usage(err, "-n %s: not a name: letters, digits, then also \"_.-\", at most %d", name,
				   NAME_MAX_LENGTH);
	return 0;
}

/* All files in it, the lock last: until then it is there, and dead or ours. */
static int remove_directory(const char *dir, struct error *err)
{
	AUTO_FREE char *lock = xasprintf("%s/lock", dir);
	DIR *d = opendir(dir); /* NOLINT(clang-analyzer-core.NonNullParamChecker): not seen that error_set gives -1 */
	struct dirent *e;

	if (!d)
		return error_errno(err, "%s", dir);
	while ((e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 && strcmp(e->d_name, "lock") != 0)
			unlinkat(dirfd(d), e->d_name, 0);
	closedir(d);
	unlink(lock);
	return rmdir(dir) < 0 ? error_errno(err, "%s", dir) : 0;
}

/* It ended in the foreground, and did not get to removing this. */
static bool is_over(const struct instance *i)
{
	return !i->alive && instance_foreground(i);
}

/* Its directory; 1: the name is taken, and i is who has it. */
static int make(struct instance *i, const char *dir, const char *name, unsigned number, struct error *err)
{
	free(i->name);
	free(i->path);
	i->name = number > 1 ? xasprintf("%s-%u", name, number) : xstrdup(name);
	i->path = xasprintf("%s/%s", dir, i->name);
	if (mkdir(i->path, 0700) == 0)
		return 0;
	if (errno != EEXIST)
		return error_errno(err, "%s", i->path);
	load(i);
	if (!is_over(i))
		return 1;
	return remove_directory(i->path, err) < 0 || mkdir(i->path, 0700) < 0 ? error_errno(err, "%s", i->path) : 0;
}

static int make_free(struct instance *i, const char *dir, const char *name, unsigned claim, struct error *err)
{
	int r;

	for (unsigned number = 1; (r = make(i, dir, name, number, err)) > 0; number++) {
		if (claim & CLAIM_AGAIN && !i->alive)
			return 0;
		if (claim & CLAIM_AGAIN)
			return error_set(err, "%s: it runs already", name);
		if (claim & CLAIM_EXACT)
			return error_set(err, "-n %s: there is one of this name (%s); kiln %s %s ends that", name,
					 instance_status(i), i->alive ? "rm -f" : "rm", name);
	}
	return r;
}

/* The foreground's lock is lost when any descriptor of the file is closed, so there is one from the beginning. */
static int take_lock(const char *path, bool foreground)
{
	struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (foreground && fd >= 0) {
		int high = fcntl(fd, F_DUPFD_CLOEXEC, FOREGROUND_FD);

		close(fd);
		fd = high;
	}
	if (fd < 0 || fcntl(fd, foreground ? F_SETLK : F_OFD_SETLK, &l) == 0)
		return fd;
	close(fd);
	return -1;
}

int instance_create(struct instance *i, const char *name, unsigned claim, int *lock_fd, struct error *err)
{
	bool foreground = (claim & CLAIM_FOREGROUND) != 0;
	AUTO_FREE char *dir = NULL, *path = NULL;
	AUTO_CLOSE int held = -1;

	*i = (struct instance){0};
	if (instance_check_name(name, err) < 0 || !(dir = root(err)))
		return -1;
	held = lock_root(dir, err);
	if (held < 0 || make_free(i, dir, name, claim, err) < 0)
		return -1;
	json_decref(i->state);
	i->state = foreground ? json_pack("{s:b}", "foreground", 1) : json_object();
	i->alive = true;
	path = instance_file(i, "lock");
	*lock_fd = take_lock(path, foreground);
	if (*lock_fd < 0)
		error_errno(err, "%s", path);
	else if (!foreground || instance_save(i, err) == 0)
		return 0;
	unlink(path);
	rmdir(i->path);
	return -1;
}

static int list_all(struct instance **list, bool tidy, struct error *err);

static int no_such(const char *name, struct error *err)
{
	AUTO_STRV struct strv names = {0};
	struct instance *list = NULL;
	const char *nearest;
	int n = list_all(&list, false, err); /* the caller may have the lock that tidying takes */

	for (int k = 0; list && k < n; k++)
		strv_add(&names, list[k].name);
	instance_list_free(list, n);
	nearest = names.n ? str_nearest(name, (const char *const *)names.v) : NULL;
	if (nearest)
		return error_set(err, "%s: nothing of this name; did you mean %s?", name, nearest);
	return error_set(err, "%s: nothing of this name; kiln ps -a lists what there is", name);
}

int instance_open(struct instance *i, const char *name, struct error *err)
{
	AUTO_FREE char *dir = root(err);

	*i = (struct instance){0};
	if (!dir)
		return -1;
	if (!*name || *name == '.' || strchr(name, '/'))
		return no_such(name, err);
	i->name = xstrdup(name);
	i->path = xasprintf("%s/%s", dir, name);
	if (access(i->path, F_OK) < 0)
		return no_such(name, err);
	load(i);
	return is_over(i) ? no_such(name, err) : 0;
}

static int visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

/* One that ended in the foreground; in the meantime another may have its name. */
static bool forget(struct instance *i, const char *dir)
{
	struct error ignored;
	AUTO_CLOSE int held = lock_root(dir, &ignored);

	load(i);
	return held >= 0 && is_over(i) && remove_directory(i->path, &ignored) == 0;
}

static int list_all(struct instance **list, bool tidy, struct error *err)
{
	AUTO_FREE char *dir = root(err);
	struct dirent **entries;
	int n, kept = 0;

	*list = NULL;
	if (!dir)
		return -1;
	n = scandir(dir, &entries, visible, alphasort);
	if (n < 0)
		return error_errno(err, "%s", dir);
	*list = xcalloc((size_t)n + 1, sizeof **list);
	for (int k = 0; k < n; k++) {
		struct instance *i = &(*list)[kept];

		*i = (struct instance){.name = xstrdup(entries[k]->d_name),
				       .path = xasprintf("%s/%s", dir, entries[k]->d_name)};
		load(i);
		free(entries[k]);
		if (is_over(i) && (!tidy || forget(i, dir)))
			instance_free(i);
		else
			kept++;
	}
	free(entries);
	return kept;
}

int instance_list(struct instance **list, struct error *err)
{
	return list_all(list, true, err);
}

void instance_list_free(struct instance *list, int count)
{
	for (int k = 0; list && k < count; k++)
		instance_free(&list[k]);
	free(list);
}

int instance_save(const struct instance *i, struct error *err)
{
	AUTO_FREE char *path = instance_file(i, "state");
	AUTO_FREE char *fresh = instance_file(i, "state.new");
	AUTO_FREE char *text = json_dumps(i->state, JSON_COMPACT);

	if (file_write(fresh, text, strlen(text), 0600, err) < 0)
		return -1;
	return rename(fresh, path) < 0 ? error_errno(err, "%s", path) : 0;
}

int instance_remove_own(const struct instance *i, struct error *err)
{
	AUTO_FREE char *dir = root(err);
	AUTO_CLOSE int held = dir ? lock_root(dir, err) : -1;

	return held < 0 ? -1 : remove_directory(i->path, err);
}

int instance_remove(const char *name, struct error *err)
{
	AUTO_INSTANCE struct instance i = {0};
	AUTO_FREE char *dir = root(err);
	AUTO_CLOSE int held = dir ? lock_root(dir, err) : -1;

	if (held < 0 || instance_open(&i, name, err) < 0)
		return -1;
	if (i.alive)
		return error_set(err, "%s: it runs; kiln stop %s ends it, kiln rm -f does both", name, name);
	return remove_directory(i.path, err);
}

void instance_free(struct instance *i)
{
	free(i->name);
	free(i->path);
	json_decref(i->state);
	*i = (struct instance){0};
}

int64_t instance_number(const struct instance *i, const char *key)
{
	return json_integer_value(json_object_get(i->state, key));
}

const char *instance_text(const struct instance *i, const char *key)
{
	const char *text = json_string_value(json_object_get(i->state, key));

	return text ? text : "";
}

bool instance_foreground(const struct instance *i)
{
	return json_is_true(json_object_get(i->state, "foreground"));
}

const char *instance_status(const struct instance *i)
{
	static const char *const known[] = {"running", "restarting", "exited"};
	const char *said = instance_text(i, "status"), *status = "starting";

	for (size_t k = 0; k < sizeof known / sizeof *known; k++)
		if (!strcmp(said, known[k]))
			status = known[k];
	return i->alive || !strcmp(status, "exited") ? status : "dead";
}

const char *instance_boot(void)
{
	static char id[64];
	AUTO_CLOSE int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, id, sizeof id - 1);

	id[n > 0 ? n : 0] = '\0';
	id[strcspn(id, "\n")] = '\0';
	return id;
}

const char *instance_reason(const struct instance *i)
{
	if (!json_object_size(i->state))
		return "it was never started";
	if (strcmp(instance_text(i, "boot"), instance_boot()) != 0)
		return "this machine was restarted";
	return "its supervisor was killed";
}
