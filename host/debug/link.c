/* SPDX-License-Identifier: ISC */
/* Packets of gdb's remote protocol ("Debugging with GDB", appendix E): $content#sum, and the single byte of Ctrl-C. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "debug.h"

#define INTERRUPT 3
#define IN_STEP   8192u

void link_open(struct link *l, int fd)
{
	*l = (struct link){.fd = fd};
}

void link_close(struct link *l)
{
	if (l->fd >= 0)
		close(l->fd);
	free(l->in);
	*l = (struct link){.fd = -1};
}

static void drop(struct link *l, size_t n)
{
	l->used -= n;
	if (l->used)
		memmove(l->in, l->in + n, l->used);
}

/* Something whole at the front of what came. Acknowledgements are passed over: the connection does not lose bytes. */
static enum link_event next(struct link *l, struct str *packet)
{
	uint8_t *end;
	size_t n, at = 0;

	while (at < l->used && l->in[at] != '$' && l->in[at] != INTERRUPT)
		at++;
	drop(l, at);
	if (!l->used)
		return LINK_NONE;
	if (l->in[0] == INTERRUPT) {
		drop(l, 1);
		return LINK_INTERRUPT;
	}
	end = memchr(l->in, '#', l->used);
	if (!end || l->used - (size_t)(end - l->in) < 3)
		return LINK_NONE;
	n = (size_t)(end - l->in) - 1;
	packet->len = 0;
	str_add_n(packet, l->in + 1, n);
	drop(l, n + 4);
	if (!l->no_ack && write(l->fd, "+", 1) != 1)
		return LINK_CLOSED;
	return LINK_PACKET;
}

enum link_event link_receive(struct link *l, struct str *packet, int ms)
{
	for (;;) {
		enum link_event e = next(l, packet);
		struct pollfd p = {.fd = l->fd, .events = POLLIN};
		ssize_t n;

		if (e != LINK_NONE)
			return e;
		if (l->used + IN_STEP > l->room)
			l->in = xrealloc(l->in, l->room = 2 * l->room + IN_STEP);
		if (poll(&p, 1, ms) <= 0)
			return LINK_NONE;
		n = read(l->fd, l->in + l->used, IN_STEP);
		if (n == 0 || (n < 0 && errno != EINTR))
			return LINK_CLOSED;
		l->used += n > 0 ? (size_t)n : 0;
	}
}

void link_send(struct link *l, const void *data, size_t n)
{
	const uint8_t *p = data;
	AUTO_STR struct str s = {0};
	unsigned sum = 0;
	size_t done = 0;

	for (size_t i = 0; i < n; i++)
		sum += p[i];
	str_add(&s, "$");
	str_add_n(&s, data, n);
	str_addf(&s, "#%02x", sum & 255);
	while (done < s.len) {
		ssize_t k = write(l->fd, s.p + done, s.len - done);

		if (k < 0 && errno != EINTR)
			return; /* the next read tells */
		done += k > 0 ? (size_t)k : 0;
	}
}

void link_put_hex(struct str *s, const void *data, size_t n)
{
	static const char digit[] = "0123456789abcdef";
	const uint8_t *p = data;

	for (size_t i = 0; i < n; i++) {
		char two[2] = {digit[p[i] >> 4], digit[p[i] & 15]};

		str_add_n(s, two, 2);
	}
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t link_hex(const char *text, void *to, size_t max)
{
	uint8_t *p = to;
	size_t n;

	for (n = 0; n < max; n++, text += 2) {
		int high = digit(text[0]), low = high < 0 ? -1 : digit(text[1]);

		if (low < 0)
			break;
		p[n] = (uint8_t)(high << 4 | low);
	}
	return n;
}
