/* SPDX-License-Identifier: ISC */
// USES: host/slirp/confine.c host/slirp/frame.c host/slirp/policy.c host/hostlib/error.c
/* What binds the helper: the filter kills, the policy refuses, odd frames are dropped. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/slirp/slirp.h"
#include "test/tap.h"

/* How a shut-in child ends that makes this one call: 0, or the signal. */
static int alone(long nr, long a, long b, long c, long d, long e, long f)
{
	struct error err;
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		if (confine(&err) < 0)
			_exit(99);
		syscall(nr, a, b, c, d, e, f);
		syscall(SYS_exit_group, 0);
	}
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

static void filter(void)
{
	static char page[4096];
	long p = (long)page;

	tap_ok(alone(SYS_poll, p, 0, 0, 0, 0, 0) == 0, "poll passes");
	tap_ok(alone(SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0, 0, 0, 0) == 0, "so does a socket of IPv4");
	tap_ok(alone(SYS_ioctl, 0, FIONREAD, p, 0, 0, 0) == 0, "so does FIONREAD");
	tap_ok(alone(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == 0,
	       "so does memory");
	tap_ok(alone(SYS_mprotect, 0, 0, PROT_READ, 0, 0, 0) == 0, "so does protecting it");
	tap_ok(alone(SYS_socket, AF_UNIX, SOCK_STREAM, 0, 0, 0, 0) == SIGSYS, "a local socket kills");
	tap_ok(alone(SYS_socket, AF_NETLINK, SOCK_RAW, 0, 0, 0, 0) == SIGSYS, "a netlink socket kills");
	tap_ok(alone(SYS_bind, 0, p, 16, 0, 0, 0) == SIGSYS, "bind kills");
	tap_ok(alone(SYS_listen, 0, 1, 0, 0, 0, 0) == SIGSYS, "listen kills");
	tap_ok(alone(SYS_openat, AT_FDCWD, (long)"/etc/passwd", O_RDONLY, 0, 0, 0) == SIGSYS, "openat kills");
	tap_ok(alone(SYS_open, (long)"/etc/passwd", O_RDONLY, 0, 0, 0, 0) == SIGSYS, "open kills");
	tap_ok(alone(SYS_execve, (long)"/bin/true", 0, 0, 0, 0, 0) == SIGSYS, "execve kills");
	tap_ok(alone(SYS_clone, SIGCHLD, 0, 0, 0, 0, 0) == SIGSYS, "clone kills");
	tap_ok(alone(SYS_fork, 0, 0, 0, 0, 0, 0) == SIGSYS, "fork kills");
	tap_ok(alone(SYS_kill, 1, 0, 0, 0, 0, 0) == SIGSYS, "kill kills");
	tap_ok(alone(SYS_write, 2, p, 0, 0, 0, 0) == SIGSYS, "write kills");
	tap_ok(alone(SYS_ptrace, 0, 1, 0, 0, 0, 0) == SIGSYS, "ptrace kills");
	tap_ok(alone(SYS_ioctl, 0, TIOCSTI, p, 0, 0, 0) == SIGSYS, "another ioctl kills");
	tap_ok(alone(SYS_fcntl, 0, F_DUPFD, 5, 0, 0, 0) == SIGSYS, "another fcntl kills");
	tap_ok(alone(SYS_mprotect, 0, 0, PROT_READ | PROT_EXEC, 0, 0, 0) == SIGSYS, "executable memory kills");
	tap_ok(alone(SYS_mmap, 0, 4096, PROT_READ, MAP_SHARED, 0, 0) == SIGSYS, "mapping a file kills");
	tap_ok(alone(0x40000000 | SYS_poll, p, 0, 0, 0, 0, 0) == SIGSYS, "a call of the x32 ABI kills");
}

static bool allowed(bool loopback, const char *server, const char *addr, unsigned port)
{
	struct policy p = {.host_loopback = loopback};
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

	inet_pton(AF_INET, server, &p.nameserver);
	inet_pton(AF_INET, addr, &to.sin_addr);
	return policy_allows(&p, (struct sockaddr *)&to, sizeof to);
}

static void policy(void)
{
	struct policy p = {.host_loopback = true};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6};

	tap_ok(allowed(false, "9.9.9.9", "93.184.216.34", 80), "the world is reached");
	tap_ok(!allowed(false, "9.9.9.9", "127.0.0.1", 80), "the loopback is not");
	tap_ok(!allowed(false, "9.9.9.9", "127.9.9.9", 53), "none of its addresses");
	tap_ok(!allowed(false, "9.9.9.9", "0.0.0.0", 80), "nor by 0.0.0.0");
	tap_ok(allowed(false, "127.0.0.53", "127.0.0.53", 53), "but a name server there, at its port");
	tap_ok(!allowed(false, "127.0.0.53", "127.0.0.53", 54), "and at no other");
	tap_ok(!allowed(false, "0.0.0.0", "0.0.0.0", 53), "without a name server nothing stands for it");
	tap_ok(allowed(true, "9.9.9.9", "127.0.0.1", 80), "it is reached when asked for");
	tap_ok(!policy_allows(&p, (struct sockaddr *)&six, sizeof six), "IPv6 is not");
	tap_ok(!policy_allows(&p, (struct sockaddr *)&six, 2), "nor an address cut short");
}

static void frames(void)
{
	uint8_t f[200] = {[12] = 8, [14] = 0x45, [17] = 60};

	tap_ok(frame_allowed(f, 14 + 60), "a plain packet");
	tap_ok(frame_allowed(f, 14 + 64), "with padding behind it");
	tap_ok(!frame_allowed(f, 14 + 59), "cut short");
	tap_ok(!frame_allowed(f, 13), "less than a header");
	f[20] = 0x40;
	tap_ok(frame_allowed(f, 14 + 60), "not to be fragmented");
	f[20] = 0x20;
	tap_ok(!frame_allowed(f, 14 + 60), "a first fragment");
	f[20] = 0;
	f[21] = 1;
	tap_ok(!frame_allowed(f, 14 + 60), "a later one");
	f[21] = 0;
	f[14] = 0x46;
	tap_ok(!frame_allowed(f, 14 + 60), "options");
	f[14] = 0x65;
	tap_ok(!frame_allowed(f, 14 + 60), "another version");
	f[12] = 0x86, f[13] = 0xdd;
	tap_ok(!frame_allowed(f, 14 + 60), "IPv6");
	f[12] = 8, f[13] = 6;
	tap_ok(frame_allowed(f, 42), "ARP");
	tap_ok(!frame_allowed(f, 41), "ARP cut short");
}

int main(void)
{
	filter();
	policy();
	frames();
	return tap_end();
}
