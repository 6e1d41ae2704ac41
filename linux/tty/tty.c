/* SPDX-License-Identifier: ISC */
/*
 * The files of a terminal, whatever drives it: reading lines (canonical mode) or bytes (VMIN and VTIME), writing through
 * output processing, what hanging up does. Source: termios(3).
 */
#include <linux/fcntl.h>
#include <linux/poll.h>
#include <linux/signal.h>

#include "abi/errno.h"
#include "fs/mode.h"
#include "kernel/time.h"
#include "lib/string.h"
#include "linux/tty.h"

#define DECISECOND (NSEC_PER_SEC / 10)
#define CHUNK      1024u

struct list tty_all = LIST_INIT(tty_all);

static const struct termios2 usual = {
    TERMIOS_USUAL,
    .c_ispeed = 38400,
    .c_ospeed = 38400,
};

void tty_init(struct tty *t, const struct tty_ops *ops)
{
	t->ops = ops;
	t->set = usual;
	wait_queue_init(&t->wait);
	list_push_back(&tty_all, &t->link);
}

void tty_remove(struct tty *t)
{
	list_remove(&t->link);
}

/* Output. */

unsigned tty_output_byte(struct tty *t, char c, char *out)
{
	unsigned o = t->set.c_oflag, n;

	out[0] = c;
	if ((o & OPOST) == 0)
		return 1;
	switch (c) {
	case '\n':
		if ((o & (ONLRET | ONLCR)) != 0)
			t->column = 0;
		if ((o & ONLCR) == 0)
			return 1;
		out[0] = '\r';
		out[1] = '\n';
		return 2;
	case '\r':
		if ((o & ONOCR) != 0 && t->column == 0)
			return 0;
		if ((o & OCRNL) != 0)
			out[0] = '\n';
		if ((o & OCRNL) == 0 || (o & ONLRET) != 0)
			t->column = 0;
		return 1;
	case '\t':
		n = 8 - t->column % 8;
		t->column += n;
		if ((o & TABDLY) != XTABS)
			return 1;
		memset(out, ' ', n);
		return n;
	case '\b':
		if (t->column > 0)
			t->column--;
		return 1;
	}
	if ((o & OLCUC) != 0 && c >= 'a' && c <= 'z')
		out[0] = (char)(c - 0x20);
	if ((uint8_t)c >= 0x20 && c != 0x7f && ((t->set.c_iflag & IUTF8) == 0 || ((uint8_t)c & 0xc0) != 0x80))
		t->column++;
	return 1;
}

unsigned tty_expansion(const struct tty *t)
{
	return (t->set.c_oflag & OPOST) == 0 ? 1 : (t->set.c_oflag & TABDLY) == XTABS ? TTY_EXPANSION : 2;
}

/* Bytes of a write that find room now. */
static size_t writable(struct tty *t)
{
	tty_echo_flush(t);
	return t->stopped || t->echoed > 0 ? 0 : t->ops->room(t) / tty_expansion(t);
}

void tty_start(struct tty *t)
{
	t->stopped = false;
	tty_output_ready(t);
}

void tty_stop(struct tty *t)
{
	t->stopped = true;
}

void tty_output_ready(struct tty *t)
{
	tty_echo_flush(t);
	wait_wake_all(&t->wait, 0);
}

static ssize_t tty_file_write(struct file *f, struct uio *u, uint64_t *pos)
{
	struct tty *t = f->priv;
	char in[CHUNK / 2], out[CHUNK];
	ssize_t done = 0;
	int err = (t->set.c_lflag & TOSTOP) != 0 ? tty_job_check(t, SIGTTOU) : 0;

	(void)pos;
	if (err != 0)
		return err;
	while (u->left > 0) {
		size_t most = MIN(sizeof in, sizeof out / tty_expansion(t)), n = MIN(writable(t), most), made = 0;
		struct uio before = *u;
		ssize_t got;

		if (t->hung_up)
			return done > 0 ? done : -EIO;
		if (n == 0) {
			if ((f->flags & O_NONBLOCK) != 0)
				return done > 0 ? done : -EAGAIN;
			if (wait_sleep(&t->wait, TIME_NEVER, WAIT_INTERRUPTIBLE) != 0)
				return done > 0 ? done : -ERESTARTSYS;
			continue;
		}
		got = uio_get(u, in, n);
		if (got <= 0)
			return done > 0 ? done : got;
		if ((size_t)got > writable(t)) { /* another one was quicker while the copy slept */
			*u = before;
			continue;
		}
		for (ssize_t i = 0; i < got; i++)
			made += tty_output_byte(t, in[i], out + made);
		t->ops->write(t, out, made);
		done += got;
	}
	return done;
}

/* Input. */

static bool canonical(const struct tty *t)
{
	return (t->set.c_lflag & ICANON) != 0;
}

bool tty_readable(const struct tty *t)
{
	return t->tail != (canonical(t) ? t->line : t->head);
}

static bool at_end(const struct tty *t)
{
	return (t->ends[t->tail % TTY_INPUT / 8] >> t->tail % 8 & 1) != 0;
}

/* Moves what is there, in canonical mode up to the end of a line: *ended. Bytes or -EFAULT. */
static ssize_t take(struct tty *t, struct uio *u, bool *ended)
{
	char buf[256];
	ssize_t done = 0;

	*ended = false;
	while (u->left > 0 && tty_readable(t) && !*ended) {
		size_t n = 0, most = MIN(sizeof buf, u->left);
		ssize_t put;

		while (n < most && tty_readable(t) && !*ended) {
			char c = t->input[t->tail % TTY_INPUT];

			*ended = canonical(t) && at_end(t);
			t->tail++;
			if (!*ended || c != '\0')
				buf[n++] = c;
		}
		put = uio_put(u, buf, n);
		if (put < 0)
			return done > 0 ? done : put;
		done += put;
	}
	/* An end of file just behind a full buffer belongs to what was read. */
	if (u->left == 0 && !*ended && canonical(t) && tty_readable(t) && at_end(t) &&
	    t->input[t->tail % TTY_INPUT] == '\0')
		t->tail++;
	t->ops->pull(t);
	return done;
}

/* Until when to wait for more, after `done` bytes: VMIN and VTIME. 0: not at all. */
static uint64_t patience(const struct tty *t, ssize_t done, uint64_t began)
{
	unsigned min = t->set.c_cc[VMIN];
	uint64_t span = t->set.c_cc[VTIME] * DECISECOND;

	if (canonical(t))
		return TIME_NEVER;
	if (min == 0)
		return span == 0 || done > 0 ? 0 : began + span;
	if (done >= (ssize_t)min)
		return 0;
	return span == 0 || done == 0 ? TIME_NEVER : time_mono() + span;
}

static ssize_t tty_file_read(struct file *f, struct uio *u, uint64_t *pos)
{
	struct tty *t = f->priv;
	uint64_t began = time_mono();
	ssize_t done = 0;
	int err = tty_job_check(t, SIGTTIN);

	(void)pos;
	if (err != 0)
		return err;
	while (u->left > 0) {
		uint64_t until;
		bool ended;
		ssize_t n = take(t, u, &ended);

		if (n < 0)
			return done > 0 ? done : n;
		done += n;
		until = patience(t, done, began);
		if (u->left == 0 || ended || t->hung_up || until == 0 || (canonical(t) && done > 0))
			break;
		if (tty_readable(t)) /* the driver had more for the room that this made */
			continue;
		if ((f->flags & O_NONBLOCK) != 0)
			return done > 0 ? done : -EAGAIN;
		err = wait_sleep(&t->wait, until, WAIT_INTERRUPTIBLE);
		if (err == -ETIMEDOUT)
			break;
		if (err != 0)
			return done > 0 ? done : -ERESTARTSYS;
	}
	return done;
}

/* Settings. */

void tty_set(struct tty *t, const struct termios2 *set)
{
	bool was = canonical(t);

	t->set = *set;
	if (was != canonical(t)) {
		/* What was typed so far is whole: to be read as it is. */
		memset(t->ends, 0, sizeof t->ends);
		t->literal = t->erasing = false;
		if (t->head != t->tail)
			t->ends[(t->head - 1) % TTY_INPUT / 8] |= (uint8_t)(1u << (t->head - 1) % 8);
		t->line = t->head;
	}
	if ((set->c_iflag & IXON) == 0 && t->stopped)
		tty_start(t);
	wait_wake_all(&t->wait, 0);
}

/* Files. */

static unsigned tty_file_poll(struct file *f, struct poll_table *pt)
{
	struct tty *t = f->priv;
	unsigned min = t->set.c_cc[VMIN], events = 0;
	bool enough;

	if (pt->add != NULL)
		pt->add(pt, &t->wait);
	if (t->hung_up)
		return POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDNORM | POLLWRNORM;
	enough = canonical(t) || min == 0 || t->set.c_cc[VTIME] != 0 || t->head - t->tail >= min;
	if (tty_readable(t) && enough)
		events |= POLLIN | POLLRDNORM;
	if (writable(t) > 0)
		events |= POLLOUT | POLLWRNORM;
	return events;
}

static long tty_file_ioctl(struct file *f, unsigned cmd, uintptr_t arg)
{
	struct tty *t = f->priv;

	return t->hung_up ? -EIO : tty_ioctl(t, cmd, arg, true);
}

static void tty_file_release(struct file *f)
{
	struct tty *t = f->priv;

	if (--t->files == 0 && t->ops->closed != NULL)
		t->ops->closed(t);
}

static const struct file_ops tty_file_ops = {
    .kind = "/dev/console",
    .mode = S_IFCHR | 0620,
    .read = tty_file_read,
    .write = tty_file_write,
    .poll = tty_file_poll,
    .ioctl = tty_file_ioctl,
    .release = tty_file_release,
};

int tty_open(struct tty *t, struct file *f, bool noctty)
{
	if (t->hung_up)
		return -EIO;
	f->ops = &tty_file_ops;
	f->priv = t;
	t->files++;
	if (!noctty && (f->flags & O_NOCTTY) == 0)
		tty_acquire(t, NULL);
	return 0;
}
