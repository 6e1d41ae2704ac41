/* SPDX-License-Identifier: ISC */
/* Users, groups, capabilities, priorities, limits: what root can set, and what it cannot set any more as another. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>
#include "test/child.h"
#include "test/tap.h"

/* Who has a group may do what the file allows to it, also through a fork; who gave it up may not. */
static void groups(void)
{
	gid_t many[3] = {70000, 7, 500}, got[4] = {0};
	const char *name = "/tmp/identity.group";
	int fd = open(name, O_CREAT | O_EXCL | O_WRONLY, 0640);
	pid_t pid;

	tap_ok(setgroups(3, many) == 0 && getgroups(0, NULL) == 3 && getgroups(4, got) == 3 && got[0] == 7 &&
		   got[1] == 500 && got[2] == 70000,
	       "supplementary groups, in order");
	tap_ok(getgroups(2, got) == -1 && errno == EINVAL && setgroups(70000, many) == -1 && errno == EINVAL &&
		   syscall(SYS_setgroups, 3, 8) == -1 && errno == EFAULT && getgroups(0, NULL) == 3,
	       "too little room, too many, none there");
	tap_ok(fd >= 0 && fchown(fd, 0, 500) == 0 && close(fd) == 0, "a file of one of them");
	pid = fork();
	if (pid == 0) {
		CHECK(setuid(1) == 0 && getgroups(4, got) == 3);
		CHECK(access(name, R_OK) == 0 && access(name, W_OK) == -1 && errno == EACCES);
		CHECK(open(name, O_RDONLY) >= 0);
		CHECK(setgroups(0, NULL) == -1 && errno == EPERM);
		_exit(0);
	}
	tap_ok(reap(pid) == 0, "another user of the group reads it");
	pid = fork();
	if (pid == 0) {
		CHECK(setgroups(1, many) == 0 && setuid(1) == 0);
		CHECK(open(name, O_RDONLY) == -1 && errno == EACCES);
		CHECK((fd = open("/tmp/identity.own", O_CREAT | O_WRONLY, 0600)) >= 0);
		CHECK(fchown(fd, -1, 70000) == 0 && fchown(fd, -1, 500) == -1 && errno == EPERM);
		CHECK(unlink("/tmp/identity.own") == 0);
		_exit(0);
	}
	tap_ok(reap(pid) == 0, "one without it does not; who owns a file gives it to his own groups");
	tap_ok(unlink(name) == 0 && setgroups(0, NULL) == 0 && getgroups(0, NULL) == 0, "none again");
}

int main(void)
{
	struct __user_cap_header_struct h = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct d[2];
	struct rlimit64 lim;
	struct utsname u;
	uid_t r, e, s;
	int start_nice;
	char name[16], bytes[64] = {0}, zero[64] = {0};
	siginfo_t si;

	if (geteuid() != 0) {
		tap_skip("identity", "needs root");
		return tap_end();
	}
	tap_ok(getuid() == 0 && getgid() == 0 && getegid() == 0, "root at first");
	tap_ok(getpgid(0) == getpgrp() && getsid(0) >= 0 && getpgid(999999) == -1 && errno == ESRCH,
	       "groups and sessions");
	tap_ok(syscall(SYS_capget, &h, d) == 0 && (d[0].effective & 1) != 0, "root has capabilities");
	h.version = 1;
	tap_ok(syscall(SYS_capget, &h, d) == -1 && errno == EINVAL && h.version == _LINUX_CAPABILITY_VERSION_3,
	       "a version that is none");
	errno = 0;
	start_nice = getpriority(PRIO_PROCESS, 0); /* 0, but on a Linux where all tests are run nicely */
	tap_ok(errno == 0 && setpriority(PRIO_PROCESS, 0, start_nice + 5) == 0 &&
		   getpriority(PRIO_PROCESS, 0) == start_nice + 5,
	       "nice");
	tap_ok(setpriority(9, 0, 5) == -1 && errno == EINVAL && getpriority(PRIO_PROCESS, 999999) == -1 &&
		   errno == ESRCH,
	       "of nobody");
	tap_ok(syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &lim) == 0 && lim.rlim_cur > 0 &&
		   lim.rlim_cur <= lim.rlim_max,
	       "a limit");
	lim.rlim_cur = lim.rlim_max + 1;
	tap_ok(syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &lim, NULL) == -1 && errno == EINVAL, "not above the hard one");
	tap_ok(syscall(SYS_prlimit64, 0, 99, NULL, &lim) == -1 && errno == EINVAL, "no such limit");
	tap_ok(prctl(PR_SET_NAME, "a name that is long") == 0 && prctl(PR_GET_NAME, name) == 0 &&
		   strcmp(name, "a name that is ") == 0,
	       "a thread's name");
	tap_ok(prctl(-7, 0) == -1 && errno == EINVAL, "no such switch");
	tap_ok(uname(&u) == 0 && strcmp(u.sysname, "Linux") == 0 && strcmp(u.machine, "x86_64") == 0, "uname");
	tap_ok(getrandom(bytes, sizeof bytes, 0) == sizeof bytes && memcmp(bytes, zero, sizeof bytes) != 0,
	       "random bytes");
	tap_ok(getrandom(bytes, 1, 0x100) == -1 && errno == EINVAL, "an unknown flag");
	tap_ok(waitpid(-1, NULL, 0) == -1 && errno == ECHILD, "no children to wait for");
	tap_ok(waitid(P_ALL, 0, &si, WEXITED) == -1 && errno == ECHILD && waitid(P_ALL, 0, &si, 0) == -1 &&
		   errno == EINVAL,
	       "nor by waitid");
	tap_ok(sched_get_priority_max(SCHED_FIFO) == 99 && sched_get_priority_min(SCHED_OTHER) == 0 &&
		   syscall(SYS_sched_getscheduler, 0) == SCHED_OTHER,
	       "policies");
	groups();
	tap_ok(setresuid(1, 2, 3) == 0 && getresuid(&r, &e, &s) == 0 && r == 1 && e == 2 && s == 3, "three user ids");
	tap_ok(setuid(0) == -1 && errno == EPERM && setuid(3) == 0 && geteuid() == 3 && getuid() == 1,
	       "back only to one of them");
	h.version = _LINUX_CAPABILITY_VERSION_3;
	tap_ok(syscall(SYS_capget, &h, d) == 0 && d[0].effective == 0, "without capabilities");
	tap_ok(setpriority(PRIO_PROCESS, 0, start_nice + 4) == -1 && (errno == EACCES || errno == EPERM),
	       "and less nice no more");
	return tap_end();
}
