/* SPDX-License-Identifier: ISC */
/* Local sockets: pairs, names, listeners, messages, open files and credentials on their way, as on Linux. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "test/fails.h"
#include "test/tap.h"

#define ALL (POLLIN | POLLOUT | POLLRDHUP)

static unsigned poll_now(int fd)
{
	struct pollfd p = {.fd = fd, .events = ALL};

	return poll(&p, 1, 0) < 0 ? ~0u : (unsigned)p.revents;
}

static void test_stream(void)
{
	int fd[2], v;
	char buf[64], *big = malloc(1 << 20);
	ssize_t n, sent = 0;

	tap_ok(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0, "socketpair");
	tap_ok(poll_now(fd[0]) == POLLOUT, "writable");
	tap_ok(write(fd[0], "abc", 3) == 3 && write(fd[0], "def", 3) == 3, "two writes");
	tap_ok(poll_now(fd[1]) == (POLLIN | POLLOUT), "readable");
	tap_ok(ioctl(fd[1], FIONREAD, &v) == 0 && v == 6, "FIONREAD");
	tap_ok(recv(fd[1], buf, 2, MSG_PEEK) == 2 && memcmp(buf, "ab", 2) == 0, "peek");
	tap_ok(read(fd[1], buf, sizeof buf) == 6 && memcmp(buf, "abcdef", 6) == 0, "are one stream");
	tap_ok(fails(recv(fd[1], buf, 1, MSG_DONTWAIT), EAGAIN), "empty");
	fcntl(fd[0], F_SETFL, O_NONBLOCK);
	memset(big, 'x', 1 << 20);
	while ((n = write(fd[0], big, 1 << 20)) > 0)
		sent += n;
	tap_ok(n == -1 && errno == EAGAIN && sent > 4096, "full some time");
	tap_ok((poll_now(fd[0]) & POLLOUT) == 0, "not writable");
	while (sent > 0 && (n = read(fd[1], big, 1 << 20)) > 0)
		sent -= n;
	tap_ok(sent == 0 && poll_now(fd[0]) == POLLOUT, "read and writable again");
	tap_ok(shutdown(fd[0], SHUT_WR) == 0 && poll_now(fd[1]) == (POLLIN | POLLOUT | POLLRDHUP),
	       "shutdown: POLLRDHUP");
	tap_ok(read(fd[1], buf, 1) == 0, "the end");
	signal(SIGPIPE, SIG_IGN);
	tap_ok(fails(write(fd[0], "x", 1), EPIPE), "EPIPE");
	close(fd[1]);
	tap_ok(poll_now(fd[0]) == (POLLIN | POLLOUT | POLLRDHUP | POLLHUP), "closed: POLLHUP");
	close(fd[0]);
	free(big);
}

static void test_packets(void)
{
	int fd[2];
	char buf[64];

	tap_ok(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd) == 0, "SOCK_SEQPACKET");
	write(fd[0], "one", 3);
	write(fd[0], "three", 5);
	tap_ok(read(fd[1], buf, sizeof buf) == 3 && read(fd[1], buf, 2) == 2, "keeps messages apart and cuts them");
	close(fd[0]);
	tap_ok(read(fd[1], buf, 1) == 0, "the end");
	close(fd[1]);
	tap_ok(socketpair(AF_UNIX, SOCK_DGRAM, 0, fd) == 0, "SOCK_DGRAM");
	tap_ok(send(fd[0], "", 0, 0) == 0 && recv(fd[1], buf, 8, 0) == 0, "an empty message");
	close(fd[1]);
	tap_ok(fails(send(fd[0], "x", 1, MSG_NOSIGNAL), ECONNREFUSED), "nobody there: ECONNREFUSED");
	close(fd[0]);
}

static socklen_t name(struct sockaddr_un *a, const char *path, bool abstract)
{
	memset(a, 0, sizeof *a);
	a->sun_family = AF_UNIX;
	strcpy(a->sun_path + abstract, path);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + abstract + strlen(path) + !abstract);
}

static void test_names(const char *path, bool abstract)
{
	struct sockaddr_un a, b;
	socklen_t len = name(&a, path, abstract), blen = sizeof b;
	int l = socket(AF_UNIX, SOCK_STREAM, 0), c = socket(AF_UNIX, SOCK_STREAM, 0), s, d;
	struct ucred cred;
	struct stat st;
	char buf[8];

	unlink(path);
	tap_ok(fails(connect(c, (struct sockaddr *)&a, len), abstract ? ECONNREFUSED : ENOENT), "nobody has the name");
	tap_ok(bind(l, (struct sockaddr *)&a, len) == 0, "bind to %s%s", abstract ? "@" : "", path);
	tap_ok(abstract || (stat(path, &st) == 0 && S_ISSOCK(st.st_mode)), "a socket's node");
	tap_ok(fails(connect(c, (struct sockaddr *)&a, len), ECONNREFUSED), "not listening: refused");
	d = socket(AF_UNIX, SOCK_STREAM, 0);
	tap_ok(fails(bind(d, (struct sockaddr *)&a, len), EADDRINUSE), "the name is taken");
	close(d);
	tap_ok(listen(l, 1) == 0 && connect(c, (struct sockaddr *)&a, len) == 0, "connect before accept");
	tap_ok(poll_now(l) == POLLIN, "the listener is readable");
	tap_ok(write(c, "early", 5) == 5, "data before accept");
	s = accept(l, (struct sockaddr *)&b, &blen);
	tap_ok(s >= 0 && blen == 2, "the client has no name");
	tap_ok(read(s, buf, 8) == 5, "the data is there");
	blen = sizeof b;
	tap_ok(getpeername(c, (struct sockaddr *)&b, &blen) == 0 && blen == len && memcmp(&a, &b, len) == 0,
	       "getpeername");
	blen = sizeof cred;
	tap_ok(getsockopt(c, SOL_SOCKET, SO_PEERCRED, &cred, &blen) == 0 && cred.pid == getpid() &&
		   cred.uid == geteuid(),
	       "SO_PEERCRED");
	close(l);
	close(s);
	close(c);
	c = socket(AF_UNIX, SOCK_STREAM, 0);
	tap_ok(fails(connect(c, (struct sockaddr *)&a, len), ECONNREFUSED), "the listener is gone");
	close(c);
	unlink(path);
}

static void test_datagram_names(void)
{
	struct sockaddr_un a, b, from;
	socklen_t alen = name(&a, "kiln-a", true), blen = name(&b, "kiln-b", true), flen = sizeof from;
	int x = socket(AF_UNIX, SOCK_DGRAM, 0), y = socket(AF_UNIX, SOCK_DGRAM, 0);
	char buf[8];

	bind(x, (struct sockaddr *)&a, alen);
	bind(y, (struct sockaddr *)&b, blen);
	tap_ok(sendto(x, "hi", 2, 0, (struct sockaddr *)&b, blen) == 2, "sendto a name");
	tap_ok(recvfrom(y, buf, 8, 0, (struct sockaddr *)&from, &flen) == 2 && flen == alen &&
		   memcmp(&from, &a, alen) == 0,
	       "recvfrom says who");
	close(x);
	close(y);
}

static void test_files(void)
{
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(2 * sizeof(int))];
	} control = {0};
	int fd[2], p[2], got[2] = {-1, -1};
	char c = 'f', buf[8];
	struct iovec iov = {&c, 1};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);

	socketpair(AF_UNIX, SOCK_STREAM, 0, fd);
	socketpair(AF_UNIX, SOCK_STREAM, 0, p);
	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(sizeof p);
	memcpy(CMSG_DATA(h), p, sizeof p);
	tap_ok(sendmsg(fd[0], &m, 0) == 1, "two files are sent");
	close(p[0]);
	close(p[1]);
	memset(&control, 0, sizeof control);
	tap_ok(recvmsg(fd[1], &m, MSG_CMSG_CLOEXEC) == 1 && m.msg_controllen == sizeof control, "and received");
	h = CMSG_FIRSTHDR(&m);
	if (tap_ok(h != NULL && h->cmsg_type == SCM_RIGHTS && h->cmsg_len == CMSG_LEN(sizeof got), "as descriptors"))
		memcpy(got, CMSG_DATA(h), sizeof got);
	tap_ok(write(got[0], "through", 7) == 7 && read(got[1], buf, 8) == 7, "that work");
	tap_ok(fcntl(got[0], F_GETFD) == FD_CLOEXEC, "MSG_CMSG_CLOEXEC");
	close(got[0]);
	close(got[1]);
	h->cmsg_len = CMSG_LEN(sizeof(int));
	m.msg_controllen = CMSG_SPACE(sizeof(int));
	got[0] = 999;
	memcpy(CMSG_DATA(h), got, sizeof(int));
	tap_ok(fails(sendmsg(fd[0], &m, 0), EBADF), "a descriptor that is not open");
	close(fd[0]);
	close(fd[1]);
}

static void *reader(void *arg)
{
	static char buf[65536];
	long total = 0;
	ssize_t n;

	while ((n = read(*(int *)arg, buf, sizeof buf)) > 0)
		total += n;
	return (void *)total;
}

static void test_blocking(void)
{
	static char buf[100000];
	void *total;
	pthread_t t;
	int fd[2];

	socketpair(AF_UNIX, SOCK_STREAM, 0, fd);
	pthread_create(&t, NULL, reader, &fd[1]);
	for (int i = 0; i < 20; i++)
		if (write(fd[0], buf, sizeof buf) != sizeof buf)
			break;
	close(fd[0]);
	pthread_join(t, &total);
	tap_ok((long)total == 2000000, "two megabytes to a reader in another thread");
	close(fd[1]);
}

static void test_unread(void)
{
	int s[2];
	char c;

	signal(SIGPIPE, SIG_IGN);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, s) != 0 || write(s[0], "x", 1) != 1)
		abort();
	close(s[1]);
	tap_ok(write(s[0], "y", 1) < 0 && errno == EPIPE && write(s[0], "", 0) < 0 && errno == EPIPE,
	       "a peer that left with something unread: EPIPE");
	tap_ok(read(s[0], &c, 1) < 0 && errno == ECONNRESET && read(s[0], &c, 1) == 0, "and ECONNRESET, once");
	close(s[0]);
}

static bool send_fd(int to, int fd)
{
	char control[CMSG_SPACE(sizeof fd)] = "";
	struct iovec v = {"x", 1};
	struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);

	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(h), &fd, sizeof fd);
	return sendmsg(to, &m, 0) == 1;
}

/* Two control messages with a file each come out as one with both. */
static void test_files_apart(void)
{
	union {
		struct cmsghdr h;
		char room[2 * CMSG_SPACE(sizeof(int))];
	} control = {0};
	int s[2], p[2], got[2] = {-1, -1};
	char c = 'x';
	struct iovec v = {&c, 1};
	struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, s) != 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, p) != 0)
		abort();
	for (int i = 0; i < 2; i++) {
		h->cmsg_level = SOL_SOCKET;
		h->cmsg_type = SCM_RIGHTS;
		h->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(h), &p[i], sizeof(int));
		h = (struct cmsghdr *)(void *)((char *)h + CMSG_SPACE(sizeof(int)));
	}
	tap_ok(sendmsg(s[0], &m, 0) == 1, "files in two control messages");
	memset(&control, 0, sizeof control);
	h = CMSG_FIRSTHDR(&m);
	if (tap_ok(recvmsg(s[1], &m, 0) == 1 && h->cmsg_type == SCM_RIGHTS && h->cmsg_len == CMSG_LEN(sizeof got),
		   "come out as one"))
		memcpy(got, CMSG_DATA(h), sizeof got);
	tap_ok(write(got[0], "abc", 3) == 3 && read(p[1], &c, 1) == 1 && c == 'a', "in order");
	for (int i = 0; i < 2; i++) {
		close(s[i]);
		close(p[i]);
		close(got[i]);
	}
}

/* Each socket holds the only reference to the one before. */
static void test_files_in_files(void)
{
	int s[2], last = -1, i;

	for (i = 0; i < 1500; i++) {
		if (socketpair(AF_UNIX, SOCK_DGRAM, 0, s) != 0 || (last >= 0 && !send_fd(s[0], last)))
			break;
		close(s[0]);
		close(last);
		last = s[1];
	}
	tap_ok(i == 1500 && close(last) == 0, "a socket on its way in a socket on its way in a socket: all go");
}

int main(void)
{
	char path[64];

	snprintf(path, sizeof path, "/tmp/kiln-test-%d", (int)getpid());
	test_stream();
	test_packets();
	test_names("kiln-test", true);
	if (mkdir("/tmp", 01777) == 0 || errno == EEXIST)
		test_names(path, false);
	else
		tap_skip("names in the file system", "there is no /tmp here");
	test_datagram_names();
	test_files();
	test_blocking();
	test_unread();
	test_files_apart();
	test_files_in_files();
	return tap_end();
}
