/* SPDX-License-Identifier: ISC */
/*
 * fsrandom SEED COUNT DIR: random operations on a few files, directories and links below DIR, each printed with its result.
 * The same seed gives the same operations, so that what two kernels print can be compared (test/e2e/fsrandom.sh). They
 * happen in DIR/w, which may be there with content; it is emptied at the end.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define FDS   8
#define SPACE 40000

static uint64_t state;
static int fds[FDS];
static char buf[SPACE];

static unsigned rnd(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 20) % n;
}

static const char *name(void)
{
	static const char *const names[] = {"a",   "b",     "c",     "d",   "e",    "d/a",  "d/b",     "d/e", "e/a",
					    "e/d", "d/e/a", "e/d/b", "a/",  "d/",   "./a",  "d/../b",  ".",   "..",
					    "l",   "d/l",   "l/a",   "e/.", "e/..", "e//a", "nothere", ""};

	return names[rnd(sizeof names / sizeof *names)];
}

/* The result or the error, by number. */
static void say(const char *what, const char *a, const char *b, long r)
{
	printf("%s %s %s = %ld %d\n", what, a, b, r < 0 ? -1 : r, r < 0 ? errno : 0);
}

static unsigned long sum(const char *p, size_t n)
{
	unsigned long s = 0;

	while (n-- > 0)
		s = s * 31 + (unsigned char)*p++;
	return s;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list(const char *path)
{
	char *v[64];
	int n = 0;
	DIR *d = opendir(path);

	if (d == NULL) {
		say("list", path, "", -1);
		return;
	}
	for (struct dirent *e; (e = readdir(d)) != NULL && n < 64;) {
		v[n] = malloc(300);
		snprintf(v[n++], 300, "%s:%d", e->d_name, e->d_type);
	}
	closedir(d);
	qsort(v, (size_t)n, sizeof *v, by_name);
	printf("list %s =", path);
	for (int i = 0; i < n; i++) {
		printf(" %s", v[i]);
		free(v[i]);
	}
	putchar('\n');
}

static void show(const char *path)
{
	struct stat st;
	int r = rnd(2) != 0 ? lstat(path, &st) : stat(path, &st);

	say("stat", path, "", r);
	if (r == 0)
		printf("  mode %o links %lu size %ld\n", st.st_mode,
		       S_ISDIR(st.st_mode) ? 0 : (unsigned long)st.st_nlink,
		       S_ISDIR(st.st_mode) ? 0 : (long)st.st_size);
}

static void names_op(void)
{
	static const unsigned modes[] = {0777, 0700, 0644, 0600, 04755, 01777};
	const char *a = name(), *b = name();
	long n;

	switch (rnd(14)) {
	case 0: say("mkdir", a, "", mkdir(a, modes[rnd(6)])); break;
	case 1: say("rmdir", a, "", rmdir(a)); break;
	case 2: say("unlink", a, "", unlink(a)); break;
	case 3: say("rename", a, b, rename(a, b)); break;
	case 4: say("link", a, b, link(a, b)); break;
	case 5: say("symlink", a, b, symlink(a, b)); break;
	case 6:
		n = readlink(a, buf, 10);
		say("readlink", a, "", n);
		if (n > 0)
			printf("  %.*s\n", (int)n, buf);
		break;
	case 7: say("exchange", a, b, syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, 2)); break;
	case 8: say("noreplace", a, b, syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, 1)); break;
	case 9: list(a); break;
	case 10: say("truncate", a, "", truncate(a, rnd(30000))); break;
	case 11: say("chmod", a, "", chmod(a, modes[rnd(6)])); break;
	case 12: say("linkat", a, b, linkat(AT_FDCWD, a, AT_FDCWD, b, AT_SYMLINK_FOLLOW)); break;
	default: show(a);
	}
}

static void open_op(void)
{
	static const int flags[] = {O_RDONLY,
				    O_RDWR,
				    O_RDWR | O_CREAT,
				    O_RDWR | O_CREAT | O_TRUNC,
				    O_WRONLY | O_CREAT | O_EXCL,
				    O_RDONLY | O_DIRECTORY,
				    O_RDWR | O_NOFOLLOW,
				    O_RDWR | O_APPEND | O_CREAT,
				    O_PATH};
	const char *a = name();
	unsigned slot = rnd(FDS), f = rnd(sizeof flags / sizeof *flags);
	int n = open(a, flags[f], 0640);

	printf("(%u) open %s %u = %d\n", slot, a, f, n < 0 ? -errno : 0);
	if (fds[slot] >= 0)
		close(fds[slot]);
	fds[slot] = n;
}

static void content_op(void)
{
	unsigned x = rnd(FDS), y = rnd(FDS);
	int a = fds[x], b = fds[y];
	unsigned pos = rnd(SPACE), n = rnd(rnd(2) != 0 ? 12000 : 100);
	struct iovec v[2] = {{buf, n / 2}, {buf + n / 2, n - n / 2}};
	off_t off = pos, to = rnd(SPACE);
	struct stat st;
	long r;
	char *m;

	for (unsigned i = 0; i < 64; i++)
		buf[rnd(SPACE)] = (char)rnd(256);
	printf("(%u %u %u %u) ", x, y, pos, n);
	switch (rnd(14)) {
	case 0: say("write", "", "", write(a, buf, n)); break;
	case 1: say("pwrite", "", "", pwrite(a, buf, n, pos)); break;
	case 2: say("writev", "", "", writev(a, v, 2)); break;
	case 3:
		r = read(a, buf, n);
		say("read", "", "", r);
		printf("  %lu\n", r > 0 ? sum(buf, (size_t)r) : 0);
		break;
	case 4:
		r = pread(a, buf, n, pos);
		say("pread", "", "", r);
		printf("  %lu\n", r > 0 ? sum(buf, (size_t)r) : 0);
		break;
	case 5: say("ftruncate", "", "", ftruncate(a, pos)); break;
	case 6: say("lseek", "", "", lseek(a, (off_t)rnd(3 * SPACE) - SPACE, (int)rnd(3))); break;
	case 7: say("fallocate", "", "", fallocate(a, (int)rnd(2), pos, n)); break;
	case 8: say("punch", "", "", fallocate(a, 3, pos, n)); break;
	case 9: say("copy", "", "", a == b ? 0 : syscall(SYS_copy_file_range, a, &off, b, &to, (size_t)n, 0)); break;
	case 10:
		if (fstat(a, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
			break;
		m = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, a, 0);
		say("map", "", "", m == MAP_FAILED ? -1 : 0);
		if (m != MAP_FAILED) {
			printf("  %lu\n", sum(m, (size_t)st.st_size));
			munmap(m, (size_t)st.st_size);
		}
		break;
	case 11:
		if (fstat(a, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size < 10)
			break;
		m = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, a, 0);
		say("store", "", "", m == MAP_FAILED ? -1 : 0);
		if (m != MAP_FAILED) {
			m[rnd((unsigned)st.st_size)] = (char)rnd(256);
			munmap(m, (size_t)st.st_size);
		}
		break;
	case 12: say("flock", "", "", flock(a, LOCK_NB | (1 << rnd(2)))); break;
	default:
		say("fstat", "", "", fstat(a, &st));
		if (fstat(a, &st) == 0 && S_ISREG(st.st_mode))
			printf("  %ld %lu\n", (long)st.st_size, (unsigned long)st.st_nlink);
	}
}

static void clear(const char *dir)
{
	char cmd[300];
	DIR *d = opendir(dir);

	if (d == NULL)
		return;
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		snprintf(cmd, sizeof cmd, "%s/%.200s", dir, e->d_name);
		if (unlink(cmd) != 0) {
			clear(cmd);
			rmdir(cmd);
		}
	}
	closedir(d);
}

int main(int argc, char **argv)
{
	long count;

	if (argc != 4)
		return 2;
	state = strtoull(argv[1], NULL, 10) * 0x9e3779b97f4a7c15u + 1;
	count = atol(argv[2]);
	/* Links may lead anywhere: not out of DIR. */
	if (chroot(argv[3]) != 0 || (mkdir("/w", 0755) != 0 && errno != EEXIST) || chdir("/w") != 0)
		return 1;
	umask(022);
	for (int i = 0; i < FDS; i++)
		fds[i] = -1;
	for (long i = 0; i < count; i++) {
		printf("%ld ", i);
		switch (rnd(8)) {
		case 0:
		case 1: open_op(); break;
		case 2:
		case 3:
		case 4: content_op(); break;
		default: names_op();
		}
	}
	if (chdir("/") == 0)
		clear("/");
	return 0;
}
