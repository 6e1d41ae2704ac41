/* SPDX-License-Identifier: ISC */
/*
 * Devices and the console. SIGIO says that a device has something. A busy one would send it for every frame, and a signal
 * costs 2 µs; so it stays blocked from the first one on (`hot`), and devices are asked whenever the kernel looks for
 * events: before it goes idle, and each TICK_NS while a program computes. When nothing has come for COOL_NS it is
 * unblocked again.
 *
 * The idle wait is a ppoll on everything with the deadline as its timeout; it looks at the descriptors itself, and a
 * signal just before it takes its time away, so that nothing is lost. The console has no SIGIO (its flags belong to the user's terminal as well):
 * while a program computes, it is looked at each CONSOLE_NS, once it was read from.
 */
#include "abi/errno.h"
#include "kernel/console.h"
#include "kernel/personality.h"
#include "kernel/thread.h"
#include "kernel/time.h"
#include "platform/platform.h"
#include "sandbox.h"

#include <asm/poll.h>
#include <asm/signal.h>
#include <linux/time_types.h>

#define DEVICES_MAX 24u
#define CONSOLE_NS  (10 * 1000 * 1000ull)
#define FOREVER_NS  (1000000 * NSEC_PER_SEC)
#define TICK_NS     (1000 * 1000ull)
#define COOL_NS     (3 * 1000 * 1000ull)

static struct list devices = LIST_INIT(devices);
static volatile bool interrupted;
static volatile uint32_t host_signals; /* bits 1 << signal, for the programs */
static volatile struct __kernel_timespec idle_time; /* the idle wait's; a signal makes it zero */
static bool hot, full; /* full: of a device */
static uint64_t last_found;
static bool console_wanted, console_ended;
static uint64_t console_looked;

void host_device_add(struct host_device *d)
{
	d->pending = true;
	list_push_back(&devices, &d->link);
}

void host_device_remove(struct host_device *d)
{
	d->pending = d->full = false;
	list_remove(&d->link);
}

void wait_interrupt(int sig)
{
	if (sig == SIGIO)
		interrupted = true;
	else
		host_signals |= 1u << sig;
	idle_time = (struct __kernel_timespec){0, 0};
}

static void set_idle_time(uint64_t deadline)
{
	uint64_t now = platform_mono(), ns = deadline > now ? MIN(deadline - now, FOREVER_NS) : 0;

	idle_time.tv_sec = (__kernel_time64_t)(ns / NSEC_PER_SEC);
	idle_time.tv_nsec = (long long)(ns % NSEC_PER_SEC);
}

void platform_wait(uint64_t deadline)
{
	bool console = console_wanted && !console_ended;
	struct pollfd p[1 + DEVICES_MAX];
	struct host_device *d;
	unsigned n = 0, i;

	if (console)
		p[n++] = (struct pollfd){.fd = 0, .events = POLLIN};
	list_for_each_entry (d, &devices, link) {
		if (d->pending)
			return;
		if (n < ARRAY_LEN(p))
			p[n++] = (struct pollfd){.fd = d->fd, .events = d->full ? POLLIN | POLLOUT : POLLIN};
	}
	set_idle_time(deadline);
	if (this_cpu()->events != 0 || host_call(__NR_ppoll, p, n, &idle_time) <= 0)
		return;
	i = console;
	list_for_each_entry (d, &devices, link)
		if (i < n && p[i++].revents != 0)
			d->pending = true;
	if (console && p[0].revents != 0)
		console_looked = 0;
}

/* SIGIO may come again; if it was due meanwhile it comes at once. */
static void cool_down(void)
{
	uint64_t sigio = 1ull << (SIGIO - 1);

	hot = false;
	host_call(__NR_rt_sigprocmask, SIG_UNBLOCK, &sigio, 0, sizeof(sigio));
}

static void poll_devices(uint64_t now)
{
	struct host_device *d, *next;
	bool found = false;

	full = false;
	if (interrupted) {
		interrupted = false;
		hot = true;
		last_found = now;
	}
	list_for_each_entry_safe (d, next, &devices, link)
		if (d->pending || d->full || hot) {
			d->pending = false;
			found |= d->poll(d);
			full |= d->full;
		}
	if (found)
		last_found = now;
	else if (hot && now - last_found > COOL_NS)
		cool_down();
}

static int ending; /* the signal that the programs were asked to end by */

static void end_of_patience(struct ktimer *t UNUSED)
{
	platform_exit(128 + ending);
}

/* Nobody may be outside to end what does not want to: the grace period of `kiln run` is then kept here. */
static void begin_end(int sig)
{
	static struct ktimer timer;
	uint64_t grace = platform_boot_info()->grace_ms * (NSEC_PER_SEC / 1000);

	if (grace == 0 || (sig != SIGINT && sig != SIGTERM && sig != SIGHUP))
		return;
	if (ending != 0)
		end_of_patience(&timer);
	ending = sig;
	timer_init(&timer, end_of_patience);
	if (timer_arm(&timer, platform_mono() + grace) != 0)
		end_of_patience(&timer);
}

static void pass_signals_on(void)
{
	uint32_t set = __atomic_exchange_n(&host_signals, 0, __ATOMIC_RELAXED);

	for (int sig = 1; set >> sig != 0; sig++)
		if ((set >> sig & 1) != 0) {
			personality_host_signal(sig);
			begin_end(sig);
		}
}

void platform_poll(void)
{
	uint64_t now = platform_mono();
	bool console = console_wanted && !console_ended;

	if (host_signals != 0)
		pass_signals_on();
	memory_take_back(); /* whoever clears the mark of events comes by here */
	poll_devices(now);
	if (console && now - console_looked >= CONSOLE_NS) {
		console_looked = now;
		console_input();
	}
	time_tick(now, hot || full ? now + TICK_NS : console ? now + CONSOLE_NS : TIME_NEVER);
}

void platform_console_events(bool on)
{
	console_wanted = on;
}

size_t platform_console_read(char *buf, size_t n)
{
	struct pollfd p = {.fd = 0, .events = POLLIN};
	struct __kernel_timespec now = {0};
	long got;

	if (console_ended)
		return PLATFORM_CONSOLE_END;
	if (host_call(__NR_ppoll, &p, 1, &now) <= 0)
		return 0;
	got = host_call(__NR_read, 0, buf, n);
	if (got > 0)
		return (size_t)got;
	if (got == -EAGAIN || got == -EINTR)
		return 0;
	console_ended = true;
	return PLATFORM_CONSOLE_END;
}

long platform_console_write(enum platform_stream to, const char *buf, size_t n)
{
	struct pollfd p = {.fd = (int)to, .events = POLLOUT};
	long done = host_call(__NR_write, to, buf, n);

	if (done == -EAGAIN)
		host_call(__NR_ppoll, &p, 1, 0);
	return done == -EAGAIN || done == -EINTR ? 0 : done;
}
