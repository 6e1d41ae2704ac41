/* SPDX-License-Identifier: ISC */
/*
 * The tap: opened with a virtio-net header, O_ASYNC as its interrupt, ppoll as the idle wait. A frame that
 * arrives between the look at the flag and the wait is not lost, since ppoll looks at the tap itself. Runs in
 * a user and network namespace of its own.
 */
#define _GNU_SOURCE
#include "proto.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define VNET_HDR 10

static volatile int interrupts;
static int tap, udp;

static void on_sigio(int sig)
{
	(void)sig;
	interrupts++;
}

/* Else the host sends router solicitations whenever it likes. */
static void no_ipv6(void)
{
	int fd = open("/proc/sys/net/ipv6/conf/default/disable_ipv6", O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		need(write(fd, "1", 1) == 1);
		close(fd);
	}
}

static void configure(const char *name)
{
	struct ifreq ifr = {0};
	struct sockaddr_in *sin = (struct sockaddr_in *)&ifr.ifr_addr;

	strcpy(ifr.ifr_name, name);
	sin->sin_family = AF_INET;
	sin->sin_addr.s_addr = htonl(0x0a000001);
	need(!ioctl(udp, SIOCSIFADDR, &ifr));
	sin->sin_addr.s_addr = htonl(0xffffff00);
	need(!ioctl(udp, SIOCSIFNETMASK, &ifr));
	need(!ioctl(udp, SIOCGIFFLAGS, &ifr));
	ifr.ifr_flags |= IFF_UP;
	need(!ioctl(udp, SIOCSIFFLAGS, &ifr));
}

/* A broadcast needs no neighbour: it goes out at the tap at once. */
static void send_frame(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(0x0a0000ff)};

	need(sendto(udp, "kiln", 4, 0, (struct sockaddr *)&to, sizeof(to)) == 4);
}

static int drain(void)
{
	unsigned char frame[2048];
	int found = 0;
	ssize_t n;

	while ((n = read(tap, frame, sizeof(frame))) > 0)
		found += n == VNET_HDR + 14 + 28 + 4 && !memcmp(frame + n - 4, "kiln", 4);
	return found;
}

static int wait_tap(int ms)
{
	struct pollfd p = {.fd = tap, .events = POLLIN};
	struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

	return ppoll(&p, 1, &ts, NULL);
}

int main(void)
{
	struct sigaction sa = {.sa_handler = on_sigio};
	struct ifreq ifr = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
	struct rusage before, after;
	int one = 1, before_irq;
	double t;

	if (unshare(geteuid() ? CLONE_NEWUSER | CLONE_NEWNET : CLONE_NEWNET) ||
	    (tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC)) < 0) {
		skip("tap", "no network namespace or no /dev/net/tun here");
		return done();
	}
	no_ipv6();
	strcpy(ifr.ifr_name, "kiln0");
	need(!ioctl(tap, TUNSETIFF, &ifr));
	udp = socket(AF_INET, SOCK_DGRAM, 0);
	need(udp >= 0 && !setsockopt(udp, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one)));
	configure("kiln0");
	sigaction(SIGIO, &sa, NULL);
	need(!fcntl(tap, F_SETOWN, getpid()) && !fcntl(tap, F_SETFL, O_RDWR | O_NONBLOCK | O_ASYNC));
	while (wait_tap(50) > 0) /* what the host's own network set-up sends */
		drain();

	before_irq = interrupts;
	send_frame();
	ok(interrupts == before_irq + 1, "a frame raises SIGIO at once");
	ok(wait_tap(1000) == 1, "a wait that begins after the signal still sees the frame");
	ok(drain() == 1, "the frame is read behind its virtio-net header");
	getrusage(RUSAGE_SELF, &before);
	t = now_ns();
	ok(wait_tap(200) == 0, "an idle wait ends at its deadline");
	t = now_ns() - t;
	getrusage(RUSAGE_SELF, &after);
	ok(t >= 199e6 && after.ru_nvcsw - before.ru_nvcsw <= 1, "and does not wake up before");
	note("idle wait of 200 ms took %.1f ms", t / 1e6);

	t = now_ns();
	for (int i = 0; i < 2000; i++) {
		send_frame();
		drain();
	}
	note("send, SIGIO, two reads: %.0f ns a frame", (now_ns() - t) / 2000);
	need(!fcntl(tap, F_SETFL, O_RDWR | O_NONBLOCK));
	before_irq = interrupts;
	t = now_ns();
	for (int i = 0; i < 2000; i++) {
		send_frame();
		drain();
	}
	note("the same without O_ASYNC: %.0f ns", (now_ns() - t) / 2000);
	ok(interrupts == before_irq, "without O_ASYNC no signal comes");
	return done();
}
