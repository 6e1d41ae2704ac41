/* SPDX-License-Identifier: ISC */
/* System V shared memory: keys, rights, attachments that forks inherit and ends give back, removal that waits for the last. */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>
#include "test/child.h"
#include "test/tap.h"

static char *const refused = (char *)-1;

static long attached(int id)
{
	struct shmid_ds ds;

	return shmctl(id, IPC_STAT, &ds) == 0 ? (long)ds.shm_nattch : -1;
}

static void keys(void)
{
	key_t key = 0x4b000000 + (getpid() & 0xffffff);
	int id = shmget(key, 5000, IPC_CREAT | IPC_EXCL | 0600);
	struct shmid_ds ds;

	tap_ok(id >= 0 && shmget(key, 100, 0) == id && shmget(key, 0, IPC_CREAT | 0600) == id, "found by its key");
	tap_ok(shmget(key, 5000, IPC_CREAT | IPC_EXCL | 0600) == -1 && errno == EEXIST, "it exists");
	tap_ok(shmget(key, 9000, 0) == -1 && errno == EINVAL, "it is not that large");
	tap_ok(shmget(key + 1, 1, 0) == -1 && errno == ENOENT && shmget(IPC_PRIVATE, 0, 0600) == -1 && errno == EINVAL,
	       "none of that key, none without a size");
	tap_ok(shmctl(id, IPC_STAT, &ds) == 0 && ds.shm_segsz == 5000 && ds.shm_nattch == 0 &&
		   ds.shm_cpid == getpid() && ds.shm_lpid == 0 && ds.shm_perm.uid == geteuid() &&
		   (ds.shm_perm.mode & 0777) == 0600 && ds.shm_ctime > 0 && ds.shm_atime == 0,
	       "what it says about itself");
	ds.shm_perm.mode = 0640;
	tap_ok(shmctl(id, IPC_SET, &ds) == 0 && shmctl(id, IPC_STAT, &ds) == 0 && (ds.shm_perm.mode & 0777) == 0640,
	       "other rights");
	tap_ok(shmctl(id, 77, &ds) == -1 && errno == EINVAL && shmctl(-1, IPC_STAT, &ds) == -1 && errno == EINVAL,
	       "no such command, no such segment");
	tap_ok(shmctl(id, IPC_RMID, NULL) == 0 && shmctl(id, IPC_STAT, &ds) == -1 && errno == EINVAL &&
		   shmget(key, 1, 0) == -1 && errno == ENOENT && shmat(id, NULL, 0) == refused && errno == EINVAL,
	       "removed, it is gone");
}

static void attachments(void)
{
	int id = shmget(IPC_PRIVATE, 3 * 4096 + 1, 0600), other = shmget(IPC_PRIVATE, 4096, 0600);
	char *a = shmat(id, NULL, 0), *b = shmat(id, NULL, SHM_RDONLY), *c;
	struct shmid_ds ds;
	pid_t pid;

	tap_ok(a != refused && b != refused && a != b && a[0] == 0 && attached(id) == 2,
	       "attached twice, zero at first");
	strcpy(a + 4096, "word");
	tap_ok(strcmp(b + 4096, "word") == 0, "both show the same");
	tap_ok(mprotect(b, 4096, PROT_READ | PROT_WRITE) == -1 && errno == EACCES, "what is for reading stays so");
	pid = fork();
	if (pid == 0) {
		CHECK(attached(id) == 4);
		CHECK(strcmp(b + 4096, "word") == 0);
		strcpy(a + 8192, "child");
		CHECK(shmdt(b) == 0 && attached(id) == 3);
		_exit(0);
	}
	tap_ok(reap(pid) == 0 && strcmp(b + 8192, "child") == 0 && attached(id) == 2,
	       "a child inherits them, writes to them, and gives them back");
	tap_ok(shmdt(b) == 0 && attached(id) == 1 && shmdt(b) == -1 && errno == EINVAL && shmdt(a + 1) == -1 &&
		   errno == EINVAL && shmdt(a + 4096) == -1 && errno == EINVAL,
	       "detached once, and only where it begins");
	c = shmat(id, b + 5, SHM_RND);
	tap_ok(c == b && strcmp(c + 4096, "word") == 0 && shmat(id, b + 5, 0) == refused && errno == EINVAL &&
		   shmat(id, a, 0) == refused && errno == EINVAL,
	       "where one asks, if that is free");
	tap_ok(shmat(other, c, SHM_REMAP) == c && c[0] == 0 && attached(other) == 1, "or even if not");
	tap_ok(munmap(a + 4096, 4096) == 0 && mprotect(a, 1, PROT_READ) == 0 && shmdt(a) == 0,
	       "detached when parts are gone or different");
	tap_ok(shmctl(id, IPC_STAT, &ds) == 0 && ds.shm_dtime > 0 && ds.shm_atime > 0 && ds.shm_lpid == getpid(),
	       "when, and who last");
	a = shmat(id, NULL, 0);
	tap_ok(a != refused && shmctl(id, IPC_RMID, NULL) == 0 && shmctl(id, IPC_STAT, &ds) == 0 &&
		   (ds.shm_perm.mode & 01000) != 0 && ds.shm_perm.__key == IPC_PRIVATE && strcmp(a + 4096, "word") == 0,
	       "removed while attached, it stays");
	tap_ok(shmdt(a) == 0 && (c == refused || shmdt(c) == 0 || errno == EINVAL), "until the last is gone");
	munmap(b, 4 * 4096);
	tap_ok(attached(id) == -1 && errno == EINVAL, "and then it is gone");
	tap_ok(attached(other) == 0 && shmctl(other, IPC_RMID, NULL) == 0, "the other has no users");
}

/* Memory comes back: far more than a small machine has, one after the other. */
static void many(void)
{
	bool good = true;

	for (int i = 0; i < 40 && good; i++) {
		int id = shmget(IPC_PRIVATE, 4 << 20, 0600);
		char *a = shmat(id, NULL, 0);

		good = a != refused && shmctl(id, IPC_RMID, NULL) == 0;
		if (good)
			memset(a, i, 4 << 20);
		good = good && shmdt(a) == 0;
	}
	tap_ok(good, "what was removed gives its memory back");
}

static void others(void)
{
	int id = shmget(IPC_PRIVATE, 100, 0640);
	struct shmid_ds ds;
	pid_t pid;

	if (geteuid() != 0) {
		tap_skip("another user", "needs root");
		shmctl(id, IPC_RMID, NULL);
		return;
	}
	pid = fork();
	if (pid == 0) {
		CHECK(setgid(1) == 0 && setuid(1) == 0);
		CHECK(shmat(id, NULL, SHM_RDONLY) == refused && errno == EACCES);
		CHECK(shmctl(id, IPC_STAT, &ds) == -1 && errno == EACCES);
		CHECK(shmctl(id, IPC_RMID, NULL) == -1 && errno == EPERM);
		_exit(0);
	}
	tap_ok(reap(pid) == 0, "another user may not");
	pid = fork();
	if (pid == 0) {
		CHECK(setuid(1) == 0); /* root's group is left */
		CHECK(shmat(id, NULL, SHM_RDONLY) != refused && shmat(id, NULL, 0) == refused && errno == EACCES);
		_exit(0);
	}
	tap_ok(reap(pid) == 0, "one of the group may read");
	tap_ok(attached(id) == 0 && shmctl(id, IPC_RMID, NULL) == 0, "nobody uses it");
}

int main(void)
{
	keys();
	attachments();
	many();
	others();
	return tap_end();
}
