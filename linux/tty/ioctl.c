/* SPDX-License-Identifier: ISC */
/* tty_ioctl(2) of terminals and of the masters of pseudo terminals: settings, flow, queues, the window's size. */
#include <asm/ioctls.h>
#include <linux/signal.h>
#include <linux/tty.h>

#include "abi/errno.h"
#include "lib/string.h"
#include "linux/tty.h"

/* struct termios is struct termios2 without the two speeds. */
#define OLD_SIZE sizeof(struct termios)

_Static_assert(offsetof(struct termios2, c_ispeed) >= offsetof(struct termios, c_cc) + NCCS, "the same prefix");

static const unsigned speeds[] = {0, 50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400};
static const unsigned high_speeds[] = {0,       57600,   115200,  230400,  460800,  500000,  576000,  921600,
				       1000000, 1152000, 1500000, 2000000, 2500000, 3000000, 3500000, 4000000};

static unsigned speed_of(unsigned code, unsigned given)
{
	if (code == BOTHER)
		return given;
	return (code & CBAUDEX) != 0 ? high_speeds[code & 15] : speeds[code & 15];
}

static long set(struct tty *t, uintptr_t arg, size_t size, bool drop_input)
{
	struct termios2 new = t->set;
	int err = tty_job_check(t, SIGTTOU);

	if (err != 0)
		return err;
	if (copy_from_user(&new, UPTR(arg), size) != 0)
		return -EFAULT;
	if ((new.c_cflag &CBAUD) != BOTHER || size == OLD_SIZE)
		new.c_ospeed = speed_of(new.c_cflag &CBAUD, t->set.c_ospeed);
	if ((new.c_cflag >> IBSHIFT &CBAUD) == 0)
		new.c_ispeed = new.c_ospeed;
	else if ((new.c_cflag >> IBSHIFT &CBAUD) != BOTHER || size == OLD_SIZE)
		new.c_ispeed = speed_of(new.c_cflag >> IBSHIFT &CBAUD, t->set.c_ispeed);
	/* What is written is out already. */
	if (drop_input)
		tty_flush_input(t);
	tty_set(t, &new);
	return 0;
}

static long flow(struct tty *t, uintptr_t what)
{
	char c;
	int err = tty_job_check(t, SIGTTOU);

	if (err != 0)
		return err;
	switch (what) {
	case TCOOFF: tty_stop(t); return 0;
	case TCOON: tty_start(t); return 0;
	case TCIOFF: c = (char)t->set.c_cc[VSTOP]; break;
	case TCION: c = (char)t->set.c_cc[VSTART]; break;
	default: return -EINVAL;
	}
	if (c != '\0' && t->ops->room(t) > 0)
		t->ops->write(t, &c, 1);
	return 0;
}

static long flush(struct tty *t, uintptr_t what)
{
	int err = tty_job_check(t, SIGTTOU);

	if (err != 0)
		return err;
	if (what > TCIOFLUSH)
		return -EINVAL;
	if (what != TCOFLUSH)
		tty_flush_input(t);
	if (what != TCIFLUSH) {
		t->echoed = 0;
		if (t->ops->flush != NULL)
			t->ops->flush(t);
		tty_output_ready(t);
	}
	return 0;
}

void tty_resize(struct tty *t, const struct winsize *size)
{
	if (memcmp(&t->size, size, sizeof *size) == 0)
		return;
	t->size = *size;
	tty_signal(t, SIGWINCH);
}

static long set_size(struct tty *t, uintptr_t arg)
{
	struct winsize size;

	if (get_user(size, UPTR(arg)) != 0)
		return -EFAULT;
	tty_resize(t, &size);
	return 0;
}

static unsigned readable_bytes(const struct tty *t)
{
	return ((t->set.c_lflag & ICANON) != 0 ? t->line : t->head) - t->tail;
}

static long set_discipline(uintptr_t arg)
{
	int n;

	if (get_user(n, UPTR(arg)) != 0)
		return -EFAULT;
	return n == N_TTY ? 0 : -EINVAL;
}

long tty_ioctl(struct tty *t, unsigned cmd, uintptr_t arg, bool slave)
{
	const int discipline = N_TTY;

	switch (cmd) {
	case TCGETS: return copy_to_user(UPTR(arg), &t->set, OLD_SIZE);
	case TCGETS2: return put_user(UPTR(arg), t->set);
	case TCSETS:
	case TCSETSW:
	case TCSETSF: return set(t, arg, OLD_SIZE, cmd == TCSETSF);
	case TCSETS2:
	case TCSETSW2:
	case TCSETSF2: return set(t, arg, sizeof t->set, cmd == TCSETSF2);
	case TCXONC: return flow(t, arg);
	case TCFLSH: return flush(t, arg);
	case TCSBRK: /* a break, or output to be waited for: there is no line, and none waits */
	case TCSBRKP: return tty_job_check(t, SIGTTOU);
	case FIONREAD: return slave ? put_user(UPTR(arg), readable_bytes(t)) : -ENOTTY;
	case TIOCOUTQ: return put_user(UPTR(arg), t->ops->waiting != NULL ? t->ops->waiting(t) : 0);
	case TIOCGWINSZ: return put_user(UPTR(arg), t->size);
	case TIOCSWINSZ: return set_size(t, arg);
	case TIOCGETD: return put_user(UPTR(arg), discipline);
	case TIOCSETD: return set_discipline(arg);
	case TIOCSTI: return -EIO;
	}
	return tty_job_ioctl(t, cmd, arg, slave);
}
