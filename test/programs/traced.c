/* SPDX-License-Identifier: ISC */
/*
 * Calls whose lines under --strace and under strace(1) are to be the same: every flag in its place, structures, bad pointers. Only
 * such whose answer does not depend on the system.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define ALL 0xffffffffu
#define BAD ((void *)16)

static long keep;

struct action {
	unsigned long handler, flags, restorer, mask;
};

#define CALL(name, ...) keep += syscall(SYS_##name, ##__VA_ARGS__)

static void files(void)
{
	struct stat st;
	int fd;

	keep += chdir("/tmp") + unlink("traced") + access("traced", F_OK) + access("/", R_OK | X_OK);
	fd = open("traced", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	keep += write(fd, "hello\n\001\177\"\\tail of a long text that is cut", 45);
	keep += lseek(fd, 0, SEEK_SET) + lseek(fd, -2, SEEK_END) + fstat(fd, &st) + stat("traced", &st);
	keep += syscall(SYS_newfstatat, AT_FDCWD, "traced", &st, AT_SYMLINK_NOFOLLOW) + ftruncate(fd, 3);
	keep += fcntl(fd, F_SETFD, 0) + fcntl(fd, F_SETFL, O_NONBLOCK | O_APPEND) + dup2(fd, 20);
	keep += fcntl(fd, F_GETFD) + fcntl(fd, F_GETFL) +
		fcntl(fd, F_SETLK, &(struct flock){.l_type = F_RDLCK, .l_len = 3});
	keep += fcntl(fd, F_DUPFD_CLOEXEC, 30) + close(20) + close(30) + close(99);
	keep += openat(AT_FDCWD, "no/such", O_RDONLY | O_DIRECTORY) + mkdir("traced-dir", 0755) + rmdir("traced-dir");
	CALL(fchmodat, AT_FDCWD, "traced", 04755);
	CALL(stat, "traced", &st);
	CALL(stat, "/dev/null", &st);
	CALL(readlink, "traced", &st, 5);
	CALL(readv, fd, (struct iovec[]){{&st, 2}, {&st, 7}}, 2);
	CALL(ioctl, fd, TIOCGWINSZ, &st);
	CALL(ioctl, fd, 0x1234, 5);
	CALL(chown, "no", -1, 7);
	CALL(lseek, fd, 1l << 40, 77);
	CALL(pread64, fd, &st, 3, 1l << 41);
	CALL(umask, 022);
	CALL(creat, "no/such", 0);
	CALL(mknod, "no/such", 060000 | 0600, 0x803);
	keep += unlink("traced") + close(fd);
}

/* Every bit, so that names stand in strace's order; the calls fail. */
static void flags(void)
{
	CALL(open, BAD, ALL, 0);
	CALL(pipe2, BAD, ALL);
	CALL(mmap, 0, 0, ALL, ALL, -1, 0);
	CALL(mmap, 0, 0, 0, 0, -1, 0x3000);
	CALL(mremap, 1, 0, 0, ALL, 0x5000);
	CALL(msync, 1, 0, ALL);
	CALL(madvise, 1, 0, 14);
	CALL(mprotect, 1, 0, 0);
	CALL(unlinkat, -1, "x", 0x1300);
	CALL(linkat, -1, "x", -1, "y", 0x1d00);
	CALL(faccessat2, -1, "x", ALL, ALL);
	CALL(statx, -1, "x", ALL & ~0x6000u, 0x1fff, BAD);
	CALL(renameat2, -1, "x", -1, "y", 5);
	CALL(fallocate, -1, 0x7f, 0l, 1l);
	CALL(flock, -1, 6);
	CALL(socket, ALL, ALL, ALL);
	CALL(accept4, -1, 0, 0, ALL);
	CALL(sendto, -1, "x", 1, ALL, 0, 0);
	CALL(eventfd2, 0, ALL);
	CALL(timerfd_create, 99, ALL);
	CALL(timerfd_settime, -1, ALL, &(struct itimerspec){{1, 2}, {3, 4}}, 0);
	CALL(signalfd4, -1, &(unsigned long){5}, 8, ALL);
	CALL(epoll_create1, ALL);
	CALL(epoll_ctl, -1, 1, 3, &(struct epoll_event){.events = ALL, .data.u64 = 5});
	CALL(poll, &(struct pollfd){-1, 0, 0}, 1, 0);
	CALL(poll, &(struct pollfd){99, -1, 0}, 1, 0);
	CALL(wait4, 1, 0, ALL, 0);
	CALL(waitid, 9, 1, 0, 0x3000, 0);
	CALL(rt_sigaction, 99, &(struct action){5, ALL, 7, ALL}, 0, 8);
	CALL(rt_sigaction, SIGKILL, &(struct action){1, 0, 0, ~0ul}, BAD, 8);
	CALL(futex, BAD, 129, 3);
	CALL(futex, BAD, 0x189, 3, 0, 0, 5);
	CALL(futex, BAD, 133, 3, 4, BAD, 0x2500c00f);
	CALL(futex, BAD, 99, 3, 4, BAD, 5);
	CALL(clock_gettime, 99, BAD);
	CALL(clock_nanosleep, 1, ALL, BAD, BAD);
	CALL(getpriority, 9, 9);
	CALL(getrusage, 9, BAD);
	CALL(prlimit64, 0, 99, 0, BAD);
	CALL(prctl, 99999, 1, 2, 3, 4);
	CALL(arch_prctl, 0x7777, 5);
	CALL(memfd_create, "it", 0x1f);
	CALL(close_range, 5, 4, ALL);
	CALL(getrandom, BAD, 3, ALL);
	CALL(mount, "a", "no", "b", 0x5f, 0);
	CALL(umount2, "no", ALL);
	CALL(kill, 1 << 30, 35);
	CALL(setxattr, "no/such", "user.a", "b", 1, 3);
	CALL(membarrier, 0x7777, ALL, 0);
}

static void sockets(void)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr = {htonl(0x7f000001)}};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(9), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "no/such"};
	struct iovec iov[2] = {{"abc", 3}, {"defg", 4}};
	struct msghdr m = {.msg_iov = iov, .msg_iovlen = 2};
	char control[CMSG_SPACE(sizeof(int))] = {0}, buf[8];
	struct cmsghdr *c = (struct cmsghdr *)control;
	struct linger linger = {1, 0};
	int fds[2], one = 1;
	socklen_t len = sizeof one;

	keep += socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds);
	*c = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
	memcpy(CMSG_DATA(c), &fds[0], sizeof fds[0]);
	m.msg_control = control;
	m.msg_controllen = sizeof control;
	keep += sendmsg(fds[0], &m, MSG_NOSIGNAL);
	m.msg_control = NULL;
	m.msg_controllen = 0;
	iov[0].iov_base = iov[1].iov_base = buf;
	keep += recvmsg(fds[1], &m, 0) + recvmsg(-1, &m, MSG_DONTWAIT);
	keep += sendto(fds[0], "xyz", 3, 0, NULL, 0) + recvfrom(fds[1], buf, 2, MSG_PEEK, NULL, NULL);
	keep += read(fds[1], buf, 8) + recvfrom(fds[1], buf, 2, MSG_DONTWAIT, NULL, NULL);
	keep +=
	    connect(-1, (void *)&in, sizeof in) + bind(-1, (void *)&in6, sizeof in6) + bind(-1, (void *)&un, sizeof un);
	un.sun_path[0] = '\0';
	keep += connect(-1, (void *)&un, 9) + connect(-1, BAD, 16) + connect(-1, (void *)&in, 2);
	CALL(setsockopt, fds[0], SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
	CALL(setsockopt, fds[0], SOL_SOCKET, SO_SNDBUF, BAD, 4);
	CALL(setsockopt, -1, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	CALL(setsockopt, -1, 41, 26, &one, sizeof one);
	CALL(setsockopt, -1, 77, 3, &one, sizeof one);
	CALL(getsockopt, fds[0], SOL_SOCKET, SO_TYPE, &one, &len);
	CALL(getsockopt, fds[0], SOL_SOCKET, SO_ERROR, &one, &len);
	CALL(getsockopt, -1, SOL_SOCKET, SO_ERROR, &one, &len);
	CALL(shutdown, fds[0], SHUT_RDWR);
	CALL(ioctl, fds[0], FIONBIO, &one);
	CALL(ioctl, fds[1], FIONREAD, &one);
	CALL(getpeername, -1, BAD, BAD);
}

static void signals(void)
{
	struct pollfd p[2] = {{0, POLLIN, 0}, {-1, POLLIN, 0}};
	struct timeval none = {0, 0};
	struct itimerval timer = {{0, 0}, {1000, 0}};
	sigset_t set;
	siginfo_t si;
	fd_set r, w;
	int fds[2];
	stack_t stack;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, 40);
	keep += sigprocmask(SIG_BLOCK, &set, NULL) + raise(SIGUSR1) + sigpending(&set);
	CALL(rt_sigtimedwait, &set, &si, BAD, 8);
	CALL(rt_sigtimedwait, &set, NULL, &(struct timespec){5, 6}, 8);
	CALL(rt_sigtimedwait, &set, NULL, &(struct timespec){0, 6}, 8);
	keep += sigaltstack(NULL, &stack);
	keep += pipe2(fds, O_NONBLOCK) + write(fds[1], "x", 1);
	p[0].fd = fds[0];
	keep += poll(p, 2, 0) + poll(p + 1, 1, 0);
	FD_ZERO(&r);
	FD_ZERO(&w);
	FD_SET(fds[0], &r);
	FD_SET(fds[1], &w);
	CALL(select, fds[1] + 1, &r, &w, NULL, NULL);
	CALL(select, 0, NULL, NULL, NULL, &none);
	CALL(select, -1, &r, NULL, NULL, NULL);
	CALL(getitimer, ITIMER_VIRTUAL, &timer);
	timer.it_value.tv_usec = 2000000;
	CALL(setitimer, ITIMER_REAL, &timer, NULL);
	CALL(sched_getscheduler, 0);
	CALL(sched_get_priority_max, SCHED_RR);
	CALL(getrlimit, RLIMIT_CPU, &timer);
	CALL(setgroups, 1 << 30, BAD);
	CALL(wait4, -1, BAD, WNOHANG, NULL);
}

int main(void)
{
	struct timespec t = {0, 1000};
	int fds[2];
	void *m;

	files();
	m = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	keep += mprotect(m, 4096, PROT_READ) + madvise(m, 4096, MADV_DONTNEED) + munmap(m, 8192);
	keep += pipe2(fds, O_CLOEXEC | O_NONBLOCK) + write(fds[1], "ab", 2) + read(fds[0], fds, 2);
	keep += syscall(SYS_nanosleep, &t, NULL) + syscall(SYS_clock_nanosleep, CLOCK_REALTIME, 0, &t, NULL);
	flags();
	sockets();
	signals();
	return 3;
}
