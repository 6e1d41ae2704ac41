/* SPDX-License-Identifier: ISC */
/* Terminals, seen from both sides of a pseudo terminal: line editing, echo, raw reads, output processing, flow control,
 * what is left when a side goes away. */
#include <pthread.h>
#include <sys/stat.h>
#include <time.h>

#include "test/pty.h"

static void test_editing(void)
{
	struct termios t;

	open_pair();
	tap_ok((usual.c_lflag & (ICANON | ECHO | ISIG | IEXTEN)) == (ICANON | ECHO | ISIG | IEXTEN) &&
		   usual.c_oflag == (OPOST | ONLCR) && usual.c_iflag == (ICRNL | IXON) && usual.c_cc[VINTR] == 3 &&
		   usual.c_cc[VERASE] == 0x7f && usual.c_cc[VWERASE] == 23 && usual.c_cc[VLNEXT] == 22 &&
		   usual.c_cc[VMIN] == 1 && cfgetospeed(&usual) == B38400,
	       "the usual settings");
	edit("a line", "hello\n", "hello\n", "hello\r\n");
	edit("carriage return is a newline", "a\r", "a\n", "a\r\n");
	edit("no line yet", "abc", "EAGAIN", "abc");
	edit("erase", "ab\177c\n", "ac\n", "ab\b \bc\r\n");
	edit("erase at the start", "\177\177x\n", "x\n", "x\r\n");
	edit("erase a control character", "a\001\177b\n", "ab\n", "a^A\b \b\b \bb\r\n");
	edit("erase a tab", "ab\t\177c\n", "abc\n", "ab\t\b\b\b\b\b\bc\r\n");
	edit("kill", "abc\025d\n", "d\n", "abc\b \b\b \b\b \bd\r\n");
	edit("word erase", "one two  \027x\n", "one x\n", "one two  \b \b\b \b\b \b\b \b\b \bx\r\n");
	edit("literal next", "a\026\003b\026\177\n", "a\003b\177\n", "a^\b^Cb^\b^?\r\n");
	edit("reprint", "ab\022c\n", "abc\n", "ab^R\r\nabc\r\n");
	edit("end of file in a line gives the piece", "ab\004", "ab", "ab");
	edit("end of file", "\004", "EOF", "");
	edit("control characters are shown", "\001\033x\n", "\001\033x\n", "^A^[x\r\n");

	type("one\ntwo\n\004three\004four\n");
	shown("four\r\n");
	tap_ok(reads("one\n"), "a read gives one line");
	tap_ok(reads("two\n"), "then the next");
	tap_ok(reads("EOF"), "then an end of file");
	tap_ok(reads("three") && reads("four\n"), "and what came behind it");

	t = usual;
	t.c_lflag &= ~(tcflag_t)ECHO;
	set(&t);
	edit("no echo", "secret\177t\n", "secret\n", "");
	t.c_lflag |= ECHONL;
	set(&t);
	edit("echo of newlines only", "secret\n", "secret\n", "\r\n");
	t = usual;
	t.c_lflag &= ~(tcflag_t)ECHOKE;
	set(&t);
	edit("kill without ECHOKE", "ab\025c\n", "c\n", "ab^U\r\nc\r\n");
	t = usual;
	t.c_lflag &= ~(tcflag_t)ECHOE;
	set(&t);
	edit("erase without ECHOE", "ab\177\n", "a\n", "ab^?\r\n");
	t = usual;
	t.c_lflag |= ECHOPRT;
	set(&t);
	edit("ECHOPRT", "ab\177\177c\n", "c\n", "ab\\ba/c\r\n");
	t = usual;
	t.c_lflag &= ~(tcflag_t)ECHOCTL;
	set(&t);
	edit("control characters as they are", "a\001b\n", "a\001b\n", "a\001b\r\n");
	t = usual;
	t.c_lflag &= ~(tcflag_t)IEXTEN;
	set(&t);
	edit("without IEXTEN no word erase", "a b\027\n", "a b\027\n", "a b^W\r\n");
	t = usual;
	t.c_cc[VEOL] = ';';
	t.c_cc[VERASE] = '#';
	set(&t);
	edit("another end of line", "ab;", "ab;", "ab;");
	edit("another erase", "ab#c\n", "ac\n", "ab\b \bc\r\n");
	t = usual;
	t.c_iflag |= INLCR | IGNCR;
	t.c_iflag &= ~(tcflag_t)ICRNL;
	set(&t);
	edit("INLCR and IGNCR", "a\rb\nc\004", "ab\rc", "ab^Mc");
	t = usual;
	t.c_iflag |= ISTRIP | IUCLC;
	set(&t);
	edit("ISTRIP and IUCLC", "\301BC\n", "abc\n", "abc\r\n");
	t = usual;
	t.c_iflag |= IUTF8;
	set(&t);
	edit("a character of two bytes is erased whole", "a\303\244\177b\n", "ab\n", "a\303\244\b \bb\r\n");
	close_pair();
}

static void test_long_line(void)
{
	static char big[6000], back[8192];
	ssize_t n;

	open_pair();
	memset(big, 'x', sizeof big);
	for (size_t at = 0; at < sizeof big;) {
		n = write(master, big + at, sizeof big - at);
		if (n <= 0)
			break;
		at += (size_t)n;
		shown("");
	}
	type("\n");
	shown("\r\n");
	n = read(slave, back, sizeof back);
	tap_ok(n > 4000 && n <= 4096 && back[n - 1] == '\n' && back[n - 2] == 'x', "a line has 4095 bytes at most");
	type("next\n");
	shown("next\r\n");
	tap_ok(reads("next\n"), "and the next one is whole");
	tap_ok(can_read(0), "FIONREAD: nothing");
	type("abc");
	shown("abc");
	tap_ok(can_read(0), "FIONREAD: no line");
	type("\n");
	tap_ok(EVENTUALLY(can_read(4)), "FIONREAD: a line");
	close_pair();
}

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

struct reader {
	char buf[20];
	ssize_t n;
	volatile bool done;
};

static void *read_slave(void *arg)
{
	struct reader *r = arg;

	r->n = read(slave, r->buf, sizeof r->buf);
	r->done = true;
	return NULL;
}

static void test_raw(void)
{
	struct termios t;
	struct reader r = {0};
	char buf[100];
	pthread_t thread;
	double began;
	ssize_t n;

	open_pair();
	t = usual;
	cfmakeraw(&t);
	set(&t);
	edit("raw: bytes as they come, no echo", "\003a\r\004\177", "\003a\r\004\177", "");
	t.c_cc[VMIN] = 0;
	t.c_cc[VTIME] = 0;
	set(&t);
	tap_ok(read(slave, buf, 10) == 0, "VMIN 0, VTIME 0: nothing, at once");
	t.c_cc[VTIME] = 2;
	set(&t);
	began = seconds();
	n = read(slave, buf, 10);
	tap_ok(n == 0 && seconds() - began > 0.15, "VMIN 0, VTIME 2: nothing after a while");
	type("xy");
	EVENTUALLY(can_read(2));
	tap_ok(read(slave, buf, 10) == 2, "VMIN 0, VTIME 2: what is there");
	t.c_cc[VMIN] = 3;
	t.c_cc[VTIME] = 0;
	set(&t);
	pthread_create(&thread, NULL, read_slave, &r);
	type("a");
	type("b");
	usleep(QUIET_MS * 1000);
	tap_ok(!r.done, "VMIN 3: two are not enough");
	type("c");
	pthread_join(thread, NULL);
	tap_ok(r.n == 3 && memcmp(r.buf, "abc", 3) == 0, "VMIN 3: waits for three");
	type("ab");
	n = read(slave, buf, 2);
	tap_ok(n == 2, "VMIN 3: or for a full buffer");
	type("a");
	EVENTUALLY(can_read(1));
	{
		struct pollfd p = {slave, POLLIN, 0};

		tap_ok(poll(&p, 1, 0) == 0, "VMIN 3: one byte is not enough for poll");
	}
	tcflush(slave, TCIFLUSH);
	t.c_cc[VMIN] = 10;
	t.c_cc[VTIME] = 4;
	set(&t);
	r = (struct reader){0};
	pthread_create(&thread, NULL, read_slave, &r);
	usleep(QUIET_MS * 1000);
	type("ab");
	pthread_join(thread, NULL);
	tap_ok(r.n == 2, "VMIN 10, VTIME 4: the pause ends it (%zd)", r.n);
	fcntl(slave, F_SETFL, O_NONBLOCK);
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	set(&t);
	tap_ok(read(slave, buf, 1) < 0 && errno == EAGAIN, "O_NONBLOCK");
	fcntl(slave, F_SETFL, 0);

	/* Changing modes. */
	set(&usual);
	type("half");
	shown("half");
	tcsetattr(slave, TCSANOW, &t);
	tap_ok(reads("half"), "what was typed into a line can be read raw");
	type("raw");
	EVENTUALLY(can_read(3));
	tcsetattr(slave, TCSANOW, &usual);
	type("er\n");
	shown("er\r\n");
	tap_ok(reads("raw") && reads("er\n"), "and the other way round");
	type("lost\n");
	EVENTUALLY(can_read(5));
	tcsetattr(slave, TCSAFLUSH, &usual);
	tap_ok(reads("EAGAIN"), "TCSAFLUSH drops input");
	close_pair();
}

static void put(const char *name, const char *text, const char *sees)
{
	if (write(slave, text, strlen(text)) != (ssize_t)strlen(text))
		tap_note("short write: %s", strerror(errno));
	tap_ok(shows(sees), "%s", name);
}

static void *write_slave(void *text)
{
	return (void *)(intptr_t)write(slave, text, strlen(text));
}

static void test_output(void)
{
	static char big[40000];
	struct pollfd p = {.events = POLLOUT};
	struct termios t;
	pthread_t thread;
	void *wrote;
	size_t seen = 0;
	ssize_t n;

	open_pair();
	p.fd = slave;
	put("newlines", "a\nb\n", "a\r\nb\r\n");
	t = usual;
	t.c_oflag = 0;
	set(&t);
	put("without OPOST", "a\nb\n", "a\nb\n");
	t.c_oflag = OPOST | OCRNL;
	set(&t);
	put("OCRNL", "a\rb", "a\nb");
	t.c_oflag = OPOST | ONLCR | TABDLY;
	set(&t);
	put("tabs become spaces", "\ra\tbcd\tx\n", "\ra       bcd     x\r\n");
	t.c_oflag = OPOST | OLCUC;
	set(&t);
	put("OLCUC", "abc", "ABC");
	t.c_oflag = OPOST | ONOCR;
	set(&t);
	put("ONOCR", "\r\ra\r", "\ra\r");

	set(&usual);
	type("\023");
	tap_ok(EVENTUALLY(poll(&p, 1, 0) == 0), "^S: not writable");
	pthread_create(&thread, NULL, write_slave, "later\n");
	tap_ok(shows(""), "^S holds output back");
	type("\021");
	pthread_join(thread, &wrote);
	tap_ok((intptr_t)wrote == 6 && shows("later\r\n"), "^Q lets it go");
	tcflow(slave, TCOOFF);
	pthread_create(&thread, NULL, write_slave, "x");
	tap_ok(shows(""), "so does TCOOFF");
	tcflow(slave, TCOON);
	pthread_join(thread, &wrote);
	tap_ok(shows("x"), "and TCOON");
	tap_ok(tcdrain(slave) == 0 && tcsendbreak(slave, 0) == 0, "tcdrain, tcsendbreak");

	memset(big, 'y', sizeof big - 1);
	pthread_create(&thread, NULL, write_slave, big);
	while (seen < sizeof big - 1) {
		char buf[1000];
		struct pollfd in = {master, POLLIN, 0};

		if (poll(&in, 1, PATIENCE_MS) != 1 || (n = read(master, buf, sizeof buf)) <= 0)
			break;
		seen += (size_t)n;
	}
	pthread_join(thread, &wrote);
	tap_ok(seen == sizeof big - 1 && (size_t)(intptr_t)wrote == seen, "a writer waits for the reader (%zu)", seen);
	fcntl(slave, F_SETFL, O_NONBLOCK);
	n = write(slave, big, sizeof big - 1);
	tap_ok(n > 0 && n < (ssize_t)sizeof big - 1 && write(slave, big, 1000) < 0 && errno == EAGAIN, "or has EAGAIN");
	close_pair();
}

static void test_names(void)
{
	char name[64], *p;
	struct stat a, b;
	struct winsize w = {0};
	int n = -1, lock = -1, peer, other;

	master = posix_openpt(O_RDWR | O_NOCTTY);
	p = master < 0 ? NULL : ptsname(master);
	tap_ok(p != NULL && strncmp(p, "/dev/pts/", 9) == 0 && ioctl(master, TIOCGPTN, &n) == 0 && atoi(p + 9) == n,
	       "ptsname");
	strcpy(name, p ? p : "");
	tap_ok(ioctl(master, TIOCGPTLCK, &lock) == 0 && lock == 1 && open(name, O_RDWR | O_NOCTTY) < 0 && errno == EIO,
	       "locked at first");
	tap_ok(grantpt(master) == 0 && unlockpt(master) == 0 && (slave = open(name, O_RDWR | O_NOCTTY)) >= 0,
	       "unlockpt");
	tap_ok(stat(name, &a) == 0 && fstat(slave, &b) == 0 && S_ISCHR(a.st_mode) && a.st_rdev == b.st_rdev &&
		   a.st_ino == b.st_ino,
	       "a character device");
	tap_ok(isatty(slave) && isatty(master), "isatty");
	tap_ok(ttyname_r(slave, name, sizeof name) == 0 && strcmp(name, ptsname(master)) == 0, "ttyname");
	peer = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	tap_ok(peer >= 0 && write(peer, "x", 1) == 1 && read(master, name, 10) == 1, "TIOCGPTPEER");
	other = posix_openpt(O_RDWR | O_NOCTTY);
	tap_ok(other >= 0 && strcmp(ptsname(other), name) != 0, "another one has another name");
	close(other);
	tap_ok(ioctl(slave, TIOCGWINSZ, &w) == 0 && w.ws_row == 0 && w.ws_col == 0, "no size to begin with");
	w = (struct winsize){24, 80, 0, 0};
	tap_ok(ioctl(master, TIOCSWINSZ, &w) == 0 && (w.ws_row = 0, ioctl(slave, TIOCGWINSZ, &w) == 0) &&
		   w.ws_row == 24 && w.ws_col == 80,
	       "a size from the master");
	tap_ok(lseek(slave, 0, SEEK_SET) < 0 && errno == ESPIPE, "no lseek");
	close(peer);
	strcpy(name, ptsname(master));
	close_pair();
	tap_ok(stat(name, &a) < 0 && errno == ENOENT, "the name goes with the master");
}

static void test_ends(void)
{
	char buf[10];
	struct pollfd p;
	struct termios t;

	open_pair();
	if (write(slave, "bye", 3) != 3)
		abort();
	close(slave);
	fcntl(master, F_SETFL, 0);
	p = (struct pollfd){master, POLLIN | POLLOUT, 0};
	tap_ok(poll(&p, 1, 0) == 1 && (p.revents & POLLHUP) != 0, "POLLHUP without a terminal's user");
	tap_ok(read(master, buf, 10) == 3 && read(master, buf, 10) < 0 && errno == EIO, "what was written, then EIO");
	tap_ok(write(master, "x\n", 2) == 2, "the master may still write");
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	p.revents = 0;
	tap_ok(slave >= 0 && poll(&p, 1, 0) == 1 && (p.revents & POLLHUP) == 0, "a new user");
	close(master);
	p = (struct pollfd){slave, POLLIN | POLLOUT, 0};
	tap_ok(poll(&p, 1, 0) == 1 && (p.revents & (POLLIN | POLLHUP)) == (POLLIN | POLLHUP), "hung up: POLLHUP");
	tap_ok(read(slave, buf, 10) == 0, "end of file");
	tap_ok(write(slave, "x", 1) < 0 && errno == EIO && tcgetattr(slave, &t) < 0 && errno == EIO, "EIO");
	close(slave);
}

int main(void)
{
	test_names();
	test_editing();
	test_long_line();
	test_raw();
	test_output();
	test_ends();
	return tap_end();
}
