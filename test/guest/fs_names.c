/* SPDX-License-Identifier: ISC */
/* Names: directories and their listings, links, renaming, removing, the working directory, mounts, openat2. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "test/tap.h"

#define MANY 1500

static char home[] = "/tmp/fs_names-XXXXXX";

static int touch(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0644);

	return fd < 0 ? -1 : close(fd);
}

static ino_t ino(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 ? st.st_ino : 0;
}

static nlink_t links(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 ? st.st_nlink : 0;
}

static void test_directories(void)
{
	static bool seen[MANY];
	struct dirent *e;
	char name[300];
	int n = 0, wrong = 0;
	DIR *d;

	tap_ok(mkdir("d", 0777) == 0 && mkdir("d", 0777) < 0 && errno == EEXIST && links("d") == 2, "mkdir");
	tap_ok(mkdir("d/e", 0700) == 0 && links("d") == 3 && rmdir("d") < 0 && errno == ENOTEMPTY, "a directory in it");
	tap_ok(unlink("d/e") < 0 && errno == EISDIR && rmdir("d/e/.") < 0 && errno == EINVAL && rmdir("d/e/..") < 0 &&
		   errno == ENOTEMPTY,
	       "odd removals");
	tap_ok(rmdir("d/e") == 0 && links("d") == 2, "rmdir");
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof name, "d/name-%d", i);
		wrong += touch(name) != 0;
	}
	d = opendir("d");
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		int i = atoi(e->d_name + 5);
		wrong += e->d_type != DT_REG || seen[i];
		seen[i] = true;
		n++;
		/* Removing what was listed must not make the listing skip. */
		if (i % 3 == 0) {
			snprintf(name, sizeof name, "d/%s", e->d_name);
			unlink(name);
		}
	}
	tap_ok(n == MANY && wrong == 0, "a long listing with removals, each name once");
	rewinddir(d);
	for (n = 0; (e = readdir(d)) != NULL;)
		n++;
	tap_ok(n == MANY - MANY / 3 + 2, "and again from the start");
	closedir(d);
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof name, "d/name-%d", i);
		unlink(name);
	}
	char buf[8];
	int fd = open("d", O_RDONLY);
	tap_ok(syscall(SYS_getdents64, fd, buf, sizeof buf) < 0 && errno == EINVAL && read(fd, buf, 1) < 0 &&
		   errno == EISDIR,
	       "too little room, reading");
	close(fd);
	tap_ok(rmdir("d") == 0, "empty again");
}

static void test_links(void)
{
	char buf[8];

	touch("f");
	tap_ok(link("f", "g") == 0 && ino("f") == ino("g") && links("g") == 2 && link("f", "g") < 0 && errno == EEXIST,
	       "link");
	tap_ok(unlink("f") == 0 && links("g") == 1, "the other name stays");
	tap_ok(link(".", "dir") < 0 && errno == EPERM && link("none", "x") < 0 && errno == ENOENT, "link's errors");
	tap_ok(symlink("a-long-target", "s") == 0 && readlink("s", buf, sizeof buf) == 8 &&
		   memcmp(buf, "a-long-t", 8) == 0,
	       "symlink");
	tap_ok(link("s", "t") == 0 && ino("t") == ino("s") &&
		   linkat(AT_FDCWD, "s", AT_FDCWD, "u", AT_SYMLINK_FOLLOW) < 0 && errno == ENOENT,
	       "a link to a link");
	tap_ok(readlink("g", buf, 8) < 0 && errno == EINVAL && readlink("g", buf, 0) < 0 && errno == EINVAL,
	       "readlink's errors");
	unlink("s");
	unlink("t");
	symlink("loop", "loop");
	tap_ok(open("loop", O_RDONLY) < 0 && errno == ELOOP && open("loop", O_RDONLY | O_NOFOLLOW) < 0 &&
		   errno == ELOOP,
	       "ELOOP");
	unlink("loop");
	symlink("g", "to-g");
	tap_ok(chmod("to-g", 0600) == 0 && open("to-g", O_RDONLY | O_NOFOLLOW) < 0 && errno == ELOOP &&
		   unlink("to-g") == 0 && links("g") == 1,
	       "followed, and not when removed");
	unlink("g");
}

static void test_rename(void)
{
	mkdir("a", 0755);
	mkdir("b", 0755);
	touch("a/f");
	ino_t i = ino("a/f");
	tap_ok(rename("a/f", "b/g") == 0 && ino("b/g") == i && ino("a/f") == 0, "to another directory");
	touch("b/h");
	tap_ok(rename("b/g", "b/h") == 0 && ino("b/h") == i && ino("b/g") == 0, "onto a file");
	tap_ok(rename("b", "a") == 0 && ino("a/h") == i && rename("a", "a/in") < 0 && errno == EINVAL,
	       "onto an empty directory");
	mkdir("c", 0755);
	tap_ok(rename("c", "a") < 0 && (errno == ENOTEMPTY || errno == EEXIST) && rename("a/h", "c") < 0 &&
		   errno == EISDIR && rename("c", "a/h") < 0 && errno == ENOTDIR,
	       "kinds and emptiness");
	tap_ok(syscall(SYS_renameat2, AT_FDCWD, "c", AT_FDCWD, "a", 1) < 0 && errno == EEXIST &&
		   syscall(SYS_renameat2, AT_FDCWD, "c", AT_FDCWD, "a", 2) == 0 && ino("c/h") == i,
	       "noreplace, exchange");
	int fd = open("c/h", O_RDONLY);
	unlink("c/h");
	struct stat st;
	tap_ok(fstat(fd, &st) == 0 && st.st_nlink == 0 && st.st_ino == i, "an open file outlives its name");
	close(fd);
	rmdir("a");
	rmdir("c");
}

static void test_cwd(void)
{
	char buf[256], want[256];
	int here = open(".", O_RDONLY);

	mkdir("w", 0755);
	snprintf(want, sizeof want, "%s/w", home);
	tap_ok(chdir("w") == 0 && getcwd(buf, sizeof buf) != NULL && strcmp(buf, want) == 0, "chdir, getcwd");
	tap_ok(getcwd(buf, 3) == NULL && errno == ERANGE, "too little room");
	rename("../w", "../v");
	snprintf(want, sizeof want, "%s/v", home);
	tap_ok(getcwd(buf, sizeof buf) != NULL && strcmp(buf, want) == 0, "a renamed one");
	tap_ok(rmdir("../v") == 0 && getcwd(buf, sizeof buf) == NULL && errno == ENOENT && touch("x") < 0 &&
		   errno == ENOENT && chdir("..") == 0,
	       "a removed one");
	tap_ok(fchdir(here) == 0 && chdir("none") < 0 && errno == ENOENT && fchdir(0) < 0, "fchdir");
	close(here);
}

static void test_nodes(void)
{
	struct stat st;

	tap_ok(mknod("n", S_IFREG | 0600, 0) == 0 && lstat("n", &st) == 0 && S_ISREG(st.st_mode), "mknod");
	unlink("n");
	if (geteuid() != 0) {
		tap_skip("devices", "not root");
		return;
	}
	tap_ok(stat("/dev/null", &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3), "/dev/null's number");
	if (mknod("null", S_IFCHR | 0600, makedev(1, 3)) != 0) {
		tap_skip("a device of our own", "not allowed here");
		return;
	}
	int fd = open("null", O_RDWR);
	if (fd < 0)
		tap_skip("a device of our own", "mounted without devices");
	else
		tap_ok(write(fd, "x", 1) == 1 && read(fd, &st, 1) == 0, "a device of our own");
	close(fd);
	unlink("null");
}

static int try_openat2(int fd, const char *path, uint64_t flags, uint64_t resolve)
{
	struct open_how how = {.flags = flags, .resolve = resolve};
	int r = (int)syscall(SYS_openat2, fd, path, &how, sizeof how);

	if (r >= 0)
		close(r);
	return r >= 0 ? 0 : errno;
}

static void test_openat2(void)
{
	int here = open(".", O_RDONLY);

	touch("f");
	symlink("f", "rel");
	symlink("/f", "abs");
	symlink("..", "up");
	tap_ok(try_openat2(here, "f", O_RDONLY, 0) == 0 && try_openat2(here, "rel", O_RDONLY, RESOLVE_BENEATH) == 0,
	       "openat2");
	tap_ok(try_openat2(here, "../x", O_RDONLY, RESOLVE_BENEATH) == EXDEV &&
		   try_openat2(here, "up/x", O_RDONLY, RESOLVE_BENEATH) == EXDEV &&
		   try_openat2(here, "/f", O_RDONLY, RESOLVE_BENEATH) == EXDEV,
	       "beneath");
	tap_ok(try_openat2(here, "abs", O_RDONLY, RESOLVE_IN_ROOT) == 0 &&
		   try_openat2(here, "../../f", O_RDONLY, RESOLVE_IN_ROOT) == 0,
	       "in root");
	tap_ok(try_openat2(here, "rel", O_RDONLY, RESOLVE_NO_SYMLINKS) == ELOOP &&
		   try_openat2(here, "f", O_RDONLY, 1 << 20) == EINVAL,
	       "no symlinks, wrong flags");
	unlink("f");
	unlink("rel");
	unlink("abs");
	unlink("up");
	close(here);
}

static void test_mount(void)
{
	struct stat st;

	mkdir("m", 0755);
	if (geteuid() != 0 || mount("none", "m", "tmpfs", 0, "size=64k,mode=700") != 0) {
		tap_skip("mounts", "not allowed here");
		rmdir("m");
		return;
	}
	tap_ok(stat("m", &st) == 0 && (st.st_mode & 0777) == 0700 && touch("m/f") == 0, "tmpfs mounted");
	tap_ok(rename("m/f", "f") < 0 && errno == EXDEV && rmdir("m") < 0 && errno == EBUSY,
	       "a file system of its own");
	int fd = open("m/f", O_RDWR);
	char buf[4096] = "";
	ssize_t n, total = 0;
	while ((n = write(fd, buf, sizeof buf)) > 0)
		total += n;
	tap_ok(total == 65536 && errno == ENOSPC, "its limit");
	tap_ok(umount("m") < 0 && errno == EBUSY, "busy");
	close(fd);
	tap_ok(umount("m") == 0 && access("m/f", F_OK) < 0 && umount("m") < 0 && errno == EINVAL, "unmounted");
	tap_ok(mount("none", "m", "nosuchfs", 0, NULL) < 0 && errno == ENODEV, "an unknown kind");
	rmdir("m");
}

int main(void)
{
	if (mkdtemp(home) == NULL || chdir(home) != 0)
		abort();
	test_directories();
	test_links();
	test_rename();
	test_cwd();
	test_nodes();
	test_openat2();
	test_mount();
	tap_ok(chdir("/") == 0 && rmdir(home) == 0, "nothing is left");
	return tap_end();
}
