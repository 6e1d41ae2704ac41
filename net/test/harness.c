/* SPDX-License-Identifier: ISC */
/* See harness.h. */
#include "harness.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../netif.h"
#include "kernel/config.h"
#include "kernel/heap.h"
#include "kernel/log.h"
#include "kernel/page.h"
#include "kernel/random.h"
#include "kernel/thread.h"
#include "lib/string.h"

extern int poll(struct pollfd *p, unsigned long n, int ms); /* poll.h has the struct again */

void (*kernel_exit_hook)(void);
enum log_level log_level = LOG_WARN;
uintptr_t page_direct_base;
bool (*harness_idle)(void);
int harness_tap = -1;
unsigned harness_stuck, harness_fail_alloc, harness_sent, harness_flushes;
bool harness_full, harness_hold;
const uint8_t harness_mac[6] = {2, 0, 0, 0, 0, 1};

/* Heap and frames: the host's, so that the sanitizers watch. */
static bool alloc_fails(void)
{
	return harness_fail_alloc > 0 && --harness_fail_alloc == 0;
}

void *kmalloc(size_t n)
{
	return alloc_fails() ? NULL : malloc(n);
}

void *kzalloc(size_t n)
{
	return alloc_fails() ? NULL : calloc(1, n);
}

void kfree(void *p)
{
	free(p);
}

paddr_t page_alloc(unsigned order, unsigned flags)
{
	(void)flags;
	return order > 0 ? 0 : (paddr_t)(uintptr_t)aligned_alloc(PAGE_SIZE, PAGE_SIZE);
}

void page_put(paddr_t pa)
{
	free((void *)(uintptr_t)pa);
}

size_t page_total(void)
{
	return 64 << 20;
}

size_t page_free(void)
{
	return 32 << 20;
}

/* Time and timers. */
static uint64_t now;
static struct ktimer *timers[64];
static unsigned timer_count;

uint64_t time_mono(void)
{
	struct timespec ts;

	if (harness_tap < 0)
		return now;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

uint64_t time_real(void)
{
	return time_mono();
}

int timer_arm(struct ktimer *t, uint64_t deadline)
{
	t->deadline = deadline;
	if (t->heap_index < 0) {
		t->heap_index = (int)timer_count;
		timers[timer_count++] = t;
	}
	return 0;
}

static struct ktimer *first_timer(void)
{
	struct ktimer *t = NULL;

	for (unsigned i = 0; i < timer_count; i++)
		if (t == NULL || timers[i]->deadline < t->deadline)
			t = timers[i];
	return t;
}

static void fire(struct ktimer *t)
{
	timers[t->heap_index] = timers[--timer_count];
	timers[t->heap_index]->heap_index = t->heap_index;
	t->heap_index = -1;
	t->fn(t);
}

uint64_t harness_quiet(void)
{
	struct ktimer *t = first_timer();

	return t == NULL ? TIME_NEVER : t->deadline - MIN(t->deadline, now);
}

void harness_run(uint64_t ns)
{
	uint64_t end = time_mono() + ns;
	struct ktimer *t;

	while ((t = first_timer()) != NULL && t->deadline <= end) {
		now = MAX(now, t->deadline);
		fire(t);
	}
	now = MAX(now, end);
}

/* Waiting: the sleeper itself makes things happen. */
struct sleeper {
	struct wait_entry entry;
	bool woken;
};

void wait_add(struct wait_queue *q, struct wait_entry *e)
{
	list_push_back(&q->entries, &e->link);
}

void wait_remove(struct wait_entry *e)
{
	if (e->link.next != NULL)
		list_remove(&e->link);
}

void wait_wake(struct wait_queue *q, unsigned n, unsigned events)
{
	struct wait_entry *e, *next;

	list_for_each_entry_safe (e, next, &q->entries, link) {
		if (n == 0)
			break;
		if (e->fn(e, events))
			n--;
	}
}

static bool sleeper_wake(struct wait_entry *e, unsigned events)
{
	struct sleeper *s = e->arg;

	(void)events;
	s->woken = true;
	return true;
}

int wait_sleep(struct wait_queue *q, uint64_t deadline, unsigned flags)
{
	struct sleeper s = {.entry = {.fn = sleeper_wake, .arg = &s}};
	int r = 0;

	(void)flags;
	wait_add(q, &s.entry);
	while (!s.woken) {
		struct ktimer *t;

		if (harness_idle != NULL && harness_idle())
			continue;
		if (time_mono() >= deadline) {
			r = -ETIMEDOUT;
			break;
		}
		t = first_timer();
		if (harness_tap >= 0) {
			uint64_t d = MIN(deadline, t != NULL ? t->deadline : TIME_NEVER), n = time_mono();
			struct pollfd p = {.fd = harness_tap, .events = POLLIN};

			if (poll(&p, 1, d <= n ? 0 : d == TIME_NEVER ? -1 : (int)((d - n + 999999) / 1000000)) == 0)
				harness_run(0);
			continue;
		}
		if (t == NULL && deadline == TIME_NEVER) {
			harness_stuck++;
			r = -EINTR;
			break;
		}
		if (t != NULL && t->deadline <= deadline)
			harness_run(t->deadline - MIN(now, t->deadline));
		else
			now = deadline;
	}
	list_remove(&s.entry.link);
	return r;
}

void random_bytes(void *buf, size_t n)
{
	static uint64_t x = 0x9e3779b97f4a7c15;
	uint8_t *p = buf;

	while (n-- > 0) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		*p++ = (uint8_t)x;
	}
}

void log_line(enum log_level level, const char *f, ...)
{
	va_list ap;

	if (level > log_level)
		return;
	va_start(ap, f);
	printf("# kiln: ");
	vprintf(f, ap);
	printf("\n");
	va_end(ap);
}

void panic(const char *f, ...)
{
	va_list ap;

	va_start(ap, f);
	vfprintf(stderr, f, ap);
	va_end(ap);
	abort();
}

/* Program memory is ours, but for the first page. */
size_t arch_copy_from_user(void *dst, uintptr_t src, size_t n)
{
	if (src < PAGE_SIZE)
		return n;
	memcpy(dst, (void *)src, n);
	return 0;
}

size_t arch_copy_to_user(uintptr_t dst, const void *src, size_t n)
{
	if (dst < PAGE_SIZE)
		return n;
	memcpy((void *)dst, src, n);
	return 0;
}

int arch_user_load32(uintptr_t addr, uint32_t *value)
{
	*value = 0;
	return addr < PAGE_SIZE ? -EFAULT : 0;
}

int arch_user_cmpxchg32(uintptr_t addr, uint32_t expect UNUSED, uint32_t desired UNUSED, uint32_t *old)
{
	*old = 0;
	return addr < PAGE_SIZE ? -EFAULT : 0;
}

size_t arch_clear_user(uintptr_t dst, size_t n)
{
	memset((void *)dst, 0, n);
	return 0;
}

void (*file_release_hook)(struct file *f);
int (*file_make_hook)(const char *path, const char *text);

/* There is one thread. */
struct thread *thread_create(const char *name, void (*fn)(void *), void *arg)
{
	(void)name;
	(void)fn;
	(void)arg;
	return NULL;
}

void thread_wake(struct thread *t)
{
	(void)t;
}

void thread_exit(void)
{
	abort();
}

void file_put(struct file *f)
{
	if (--f->refs == 0)
		free(f);
}

uint64_t str_to_u64(const char *s, const char **end)
{
	char *e = NULL;
	uint64_t v = *s < '0' || *s > '9' ? 0 : strtoull(s, &e, 10);

	if (end != NULL)
		*end = e == NULL ? s : e;
	return v;
}

size_t strlcpy(char *d, const char *s, size_t size)
{
	return (size_t)snprintf(d, size, "%s", s);
}

/* Configuration. */
static struct {
	const char *path, *value;
} config[32];
static unsigned config_used;

void harness_config(const char *path, const char *value)
{
	config[config_used].path = path;
	config[config_used++].value = value;
}

static const char *look(const char *path, const char *suffix)
{
	char full[256];

	snprintf(full, sizeof full, "%s%s", path, suffix);
	for (unsigned i = 0; i < config_used; i++)
		if (strcmp(config[i].path, full) == 0)
			return config[i].value;
	return NULL;
}

long config_string(const char *path, char *buf, size_t size)
{
	const char *v = look(path, "");

	if (v == NULL)
		return -ENOENT;
	return snprintf(buf, size, "%s", v);
}

int64_t config_int(const char *path, int64_t def)
{
	const char *v = look(path, "");

	return v == NULL ? def : atoll(v);
}

unsigned config_count(const char *path)
{
	const char *v = look(path, "[]");

	return v == NULL ? 0 : (unsigned)atoi(v);
}

long config_key(const char *path, unsigned i, char *buf, size_t size)
{
	char suffix[16];

	snprintf(suffix, sizeof suffix, "{%u}", i);
	return look(path, suffix) == NULL ? -ENOENT : snprintf(buf, size, "%s", look(path, suffix));
}

/* The device. */
#define SENT_MAX 256
#define HELD_MAX 256
static struct sent *sent[SENT_MAX];
static void *held[HELD_MAX];
static unsigned held_count;

static int dev_start(struct netdev *d)
{
	(void)d;
	return 0;
}

static int dev_transmit(struct netdev *d, const struct nettx *tx)
{
	struct sent *s;
	uint32_t n = 0;

	(void)d;
	if (harness_full || (harness_hold && held_count == HELD_MAX))
		return -ENOBUFS;
	s = calloc(1, sizeof *s);
	for (unsigned i = 0; i < tx->count; i++) {
		memcpy(s->data + n, tx->piece[i].base, tx->piece[i].len);
		n += (uint32_t)tx->piece[i].len;
	}
	if (n != tx->len)
		panic("nettx.len is %u, the pieces have %u", tx->len, n);
	s->len = n;
	s->csum = tx->csum;
	s->csum_start = tx->csum_start;
	s->csum_offset = tx->csum_offset;
	s->gso_size = tx->gso_size;
	s->pieces = tx->count;
	if (harness_sent == SENT_MAX)
		free(s);
	else
		sent[harness_sent++] = s;
	if (!harness_hold)
		return NETDEV_SENT;
	held[held_count++] = tx->cookie;
	return 0;
}

static void dev_flush(struct netdev *d)
{
	(void)d;
	harness_flushes++;
}

static const struct netdev_ops dev_ops = {.start = dev_start, .transmit = dev_transmit, .flush = dev_flush};
static struct netdev dev = {.ops = &dev_ops, .mac = {2, 0, 0, 0, 0, 1}, .link_up = true, .mtu = 1500};

void harness_release(void)
{
	for (unsigned i = 0; i < held_count; i++)
		dev.stack->tx_done(&dev, held[i]);
	held_count = 0;
	dev.stack->receive_end(&dev);
}

struct sent *harness_take(void)
{
	static struct sent *last;

	free(last);
	last = NULL;
	if (harness_sent == 0)
		return NULL;
	last = sent[0];
	memmove(sent, sent + 1, --harness_sent * sizeof sent[0]);
	return last;
}

void harness_receive(const void *frame, size_t len, unsigned flags)
{
	struct netbuf *first = NULL, **link = &first;
	const uint8_t *p = frame;

	do {
		struct netbuf *b = netbuf_alloc();
		size_t n = MIN(len, (size_t)NETBUF_SIZE);

		if (b == NULL) {
			netbuf_free_chain(first);
			return;
		}
		memcpy(b->data, p, n);
		b->len = (uint32_t)n;
		p += n;
		len -= n;
		*link = b;
		link = &b->next;
	} while (len > 0);
	dev.stack->receive(&dev, first, flags);
	dev.stack->receive_end(&dev);
}

void harness_start(unsigned features)
{
	dev.features = features;
	netdev_register(&dev);
	ifconfig_start();
}

ssize_t h_send(struct sock *s, const void *buf, size_t n, unsigned flags)
{
	struct uvec v;
	struct uio u;
	struct sock_msg m = {.u = &u, .flags = flags};

	uio_init_user(&u, &v, UPTR(buf), n);
	return s->ops->send(s, &m, (flags & MSG_DONTWAIT) != 0);
}

ssize_t h_recv(struct sock *s, void *buf, size_t n, unsigned flags)
{
	struct uvec v;
	struct uio u;
	struct sock_msg m = {.u = &u, .flags = flags};
	ssize_t r;

	uio_init_user(&u, &v, UPTR(buf), n);
	r = s->ops->recv(s, &m, (flags & MSG_DONTWAIT) != 0);
	sock_files_free(m.files);
	return r;
}

struct sock_addr h_addr(uint32_t ip, uint16_t port)
{
	struct sock_addr a;

	memset(&a, 0, sizeof a);
	a.len = 16;
	a.in.family = AF_INET;
	a.in.port = __builtin_bswap16(port);
	a.in.addr = __builtin_bswap32(ip);
	return a;
}

unsigned h_poll(struct sock *s)
{
	return s->ops->poll(s);
}

struct sock *h_socket(int family, int type, int protocol)
{
	struct sock *s;
	int err = sock_create(family, type, protocol, &s);

	if (err != 0)
		panic("socket: %d", err);
	return s;
}

void h_close(struct sock *s)
{
	s->ops->release(s);
}
