/* SPDX-License-Identifier: ISC */
/*
 * Bytes from the driver: special characters, the editing of lines, echo. Sources: termios(3) and POSIX's General
 * Terminal Interface; where they leave room it is as on Linux (what is echoed, what a full line does).
 */
#include <linux/signal.h>

#include "lib/string.h"
#include "linux/tty.h"

#define CHANGED_CASE 0x20
#define CARET(c)     ((char)((c) ^ 0x40))

static bool set_i(const struct tty *t, unsigned flag)
{
	return (t->set.c_iflag & flag) != 0;
}

static bool set_l(const struct tty *t, unsigned flag)
{
	return (t->set.c_lflag & flag) != 0;
}

/* c is the special character i; NUL means that there is none. */
static bool is(const struct tty *t, char c, unsigned i)
{
	return c != '\0' && (uint8_t)c == t->set.c_cc[i];
}

static bool control(char c)
{
	return (uint8_t)c < 0x20 || c == 0x7f;
}

static bool continuation(const struct tty *t, char c)
{
	return set_i(t, IUTF8) && ((uint8_t)c & 0xc0) == 0x80;
}

static bool word_part(char c)
{
	return (c >= '0' && c <= '9') || ((c | CHANGED_CASE) >= 'a' && (c | CHANGED_CASE) <= 'z') || c == '_' ||
	       (uint8_t)c >= 0x80;
}

/* Echo. */

static void echo_bytes(struct tty *t, const char *s, unsigned n)
{
	if (t->echoed == 0 && !t->stopped && t->ops->room(t) >= n)
		t->ops->write(t, s, n);
	else if (t->echoed + n <= TTY_ECHO) {
		memcpy(t->echo + t->echoed, s, n);
		t->echoed += n;
	}
}

void tty_echo_flush(struct tty *t)
{
	unsigned n = t->echoed == 0 || t->stopped ? 0 : (unsigned)MIN(t->echoed, t->ops->room(t));

	if (n == 0)
		return;
	t->ops->write(t, t->echo, n);
	t->echoed -= n;
	memmove(t->echo, t->echo + n, t->echoed);
}

static void echo_plain(struct tty *t, char c)
{
	char out[TTY_EXPANSION];

	echo_bytes(t, out, tty_output_byte(t, c, out));
}

static bool as_caret(const struct tty *t, char c)
{
	return set_l(t, ECHOCTL) && control(c) && c != '\t';
}

static void echo_char(struct tty *t, char c)
{
	if (as_caret(t, c)) {
		echo_plain(t, '^');
		c = CARET(c);
	}
	echo_plain(t, c);
}

static void finish_erasing(struct tty *t)
{
	if (t->erasing)
		echo_plain(t, '/');
	t->erasing = false;
}

/* The buffer. */

static void store(struct tty *t, char c, bool end)
{
	unsigned at = t->head++ % TTY_INPUT;

	t->input[at] = c;
	if (end)
		t->ends[at / 8] |= (uint8_t)(1u << at % 8);
	else
		t->ends[at / 8] &= (uint8_t) ~(1u << at % 8);
}

bool tty_input_room(const struct tty *t)
{
	/* A line that is full takes its end, and drops the rest. */
	return t->head - t->tail < TTY_INPUT - 2 || (set_l(t, ICANON) && t->tail == t->line);
}

void tty_flush_input(struct tty *t)
{
	t->head = t->line = t->tail;
	t->literal = t->erasing = false;
	t->ops->pull(t);
}

/* Erasing. */

/* Of a character of the line, but for tabs. */
static unsigned width(const struct tty *t, char c)
{
	return control(c) ? (as_caret(t, c) ? 2 : 0) : !continuation(t, c);
}

/* Of a tab at `at`: the next ones before it tell the column. */
static unsigned tab_width(const struct tty *t, unsigned at)
{
	unsigned column = 0;

	while (at != t->line && t->input[(at - 1) % TTY_INPUT] != '\t')
		column += width(t, t->input[--at % TTY_INPUT]);
	if (at == t->line)
		column += t->line_column;
	return 8 - column % 8;
}

/* On the screen, what stands at `head`, just taken away from the line. */
static void rub_out(struct tty *t)
{
	char c = t->input[t->head % TTY_INPUT];
	unsigned n = c == '\t' ? tab_width(t, t->head) : width(t, c);

	for (unsigned i = 0; i < n; i++) {
		echo_bytes(t, c == '\t' ? "\b" : "\b \b", c == '\t' ? 1 : 3);
		if (t->column > 0)
			t->column--;
	}
}

static void erase_one(struct tty *t)
{
	/* A whole character of several bytes at once. */
	do
		t->head--;
	while (t->head != t->line && continuation(t, t->input[t->head % TTY_INPUT]));
	if (!set_l(t, ECHO))
		return;
	if (set_l(t, ECHOPRT)) {
		if (!t->erasing)
			echo_plain(t, '\\');
		t->erasing = true;
		echo_char(t, t->input[t->head % TTY_INPUT]);
	} else if (set_l(t, ECHOE)) {
		rub_out(t);
	} else {
		echo_char(t, (char)t->set.c_cc[VERASE]);
	}
}

static void erase_word(struct tty *t)
{
	bool seen = false;

	while (t->head != t->line) {
		bool part = word_part(t->input[(t->head - 1) % TTY_INPUT]);

		if (seen && !part)
			break;
		seen |= part;
		erase_one(t);
	}
}

static void erase_line(struct tty *t, char c)
{
	if (set_l(t, ECHO) && set_l(t, ECHOK) && set_l(t, ECHOKE) && set_l(t, ECHOE) && !set_l(t, ECHOPRT)) {
		while (t->head != t->line)
			erase_one(t);
		return;
	}
	t->head = t->line;
	if (!set_l(t, ECHO))
		return;
	finish_erasing(t);
	echo_char(t, c);
	if (set_l(t, ECHOK))
		echo_plain(t, '\n');
}

static void reprint(struct tty *t, char c)
{
	finish_erasing(t);
	echo_char(t, c);
	echo_plain(t, '\n');
	t->line_column = t->column;
	for (unsigned i = t->line; i != t->head; i++)
		echo_char(t, t->input[i % TTY_INPUT]);
}

/* One byte. */

static void interrupt(struct tty *t, int sig, char c)
{
	if (!set_l(t, NOFLSH)) {
		t->head = t->line = t->tail;
		t->erasing = false;
		t->echoed = 0;
		if (t->ops->flush != NULL)
			t->ops->flush(t);
	}
	if (set_i(t, IXON))
		tty_start(t);
	if (set_l(t, ECHO))
		echo_char(t, c);
	tty_signal(t, sig);
}

/* True when it was a character of flow control or one that is a signal. */
static bool control_byte(struct tty *t, char c)
{
	if (set_i(t, IXON)) {
		if (is(t, c, VSTART) || is(t, c, VSTOP)) {
			/* One character may be both. */
			if (is(t, c, VSTART) && (t->stopped || !is(t, c, VSTOP)))
				tty_start(t);
			else
				tty_stop(t);
			return true;
		}
		if (set_i(t, IXANY) && t->stopped)
			tty_start(t);
	}
	if (set_l(t, ISIG)) {
		int sig = is(t, c, VINTR) ? SIGINT : is(t, c, VQUIT) ? SIGQUIT : is(t, c, VSUSP) ? SIGTSTP : 0;

		if (sig != 0) {
			interrupt(t, sig, c);
			return true;
		}
	}
	return false;
}

/* A byte of a line or of none. */
static void ordinary(struct tty *t, char c)
{
	bool canonical = set_l(t, ICANON);

	if (t->head - t->tail >= TTY_INPUT - 2) {
		if (set_i(t, IMAXBEL))
			echo_bytes(t, "\a", 1);
		return;
	}
	if (set_l(t, ECHO)) {
		finish_erasing(t);
		if (c == '\n') {
			echo_plain(t, c);
		} else {
			if (canonical && t->head == t->line)
				t->line_column = t->column;
			echo_char(t, c);
		}
	}
	if (set_i(t, PARMRK) && (uint8_t)c == 0xff)
		store(t, c, false);
	store(t, c, false);
}

static void end_line(struct tty *t, char c)
{
	store(t, c, true);
	t->line = t->head;
	t->erasing = false;
}

static void canonical(struct tty *t, char c)
{
	bool extended = set_l(t, IEXTEN);

	if (is(t, c, VERASE)) {
		if (t->head != t->line)
			erase_one(t);
		if (t->head == t->line)
			finish_erasing(t);
	} else if (is(t, c, VKILL)) {
		erase_line(t, c);
	} else if (extended && is(t, c, VWERASE)) {
		erase_word(t);
	} else if (extended && is(t, c, VLNEXT)) {
		t->literal = true;
		if (set_l(t, ECHO) && set_l(t, ECHOCTL)) {
			finish_erasing(t);
			echo_bytes(t, "^\b", 2);
		}
	} else if (extended && set_l(t, ECHO) && is(t, c, VREPRINT)) {
		reprint(t, c);
	} else if (c == '\n') {
		if (set_l(t, ECHO) || set_l(t, ECHONL)) {
			finish_erasing(t);
			echo_plain(t, c);
		}
		end_line(t, c);
	} else if (is(t, c, VEOF)) {
		end_line(t, '\0');
	} else if (is(t, c, VEOL) || (extended && is(t, c, VEOL2))) {
		if (set_l(t, ECHO)) {
			finish_erasing(t);
			echo_char(t, c);
		}
		end_line(t, c);
	} else {
		ordinary(t, c);
	}
}

static void input_byte(struct tty *t, char c)
{
	if (set_i(t, ISTRIP))
		c &= 0x7f;
	if (set_i(t, IUCLC) && set_l(t, IEXTEN) && c >= 'A' && c <= 'Z')
		c |= CHANGED_CASE;
	if (t->literal) {
		t->literal = false;
		ordinary(t, c);
		return;
	}
	if (control_byte(t, c))
		return;
	if (c == '\r') {
		if (set_i(t, IGNCR))
			return;
		if (set_i(t, ICRNL))
			c = '\n';
	} else if (c == '\n' && set_i(t, INLCR)) {
		c = '\r';
	}
	if (set_l(t, ICANON))
		canonical(t, c);
	else
		ordinary(t, c);
}

size_t tty_input(struct tty *t, const char *buf, size_t n)
{
	size_t i = 0;

	while (i < n && !t->hung_up && tty_input_room(t))
		input_byte(t, buf[i++]);
	if (tty_readable(t))
		wait_wake_all(&t->wait, 0);
	return i;
}
