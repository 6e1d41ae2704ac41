/* SPDX-License-Identifier: ISC */
/* ioctl: commands of terminals, files and sockets; other numbers are taken apart as <asm/ioctl.h> puts them together. */
#include "call.h"
#include "names.h"

#include "lib/string.h"

#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <asm/termios.h>
#include <linux/sockios.h>

#define NAME_BYTES     16 /* of an interface */
#define SOCKADDR_BYTES 16u

struct interface { /* struct ifreq */
	char name[NAME_BYTES];
	union {
		int32_t number;
		uint16_t flags;
		struct {
			uint16_t family;
			uint8_t data[6];
		} hardware;
		uint8_t address[24];
	};
};

enum form {
	PLAIN,
	NONE,
	DECIMAL,
	INT_IN,
	INT_OUT,
	TERMIOS_IN,
	TERMIOS_OUT,
	WINSIZE_IN,
	WINSIZE_OUT,
	FLUSH,
	FLOW,
	INTERFACE
};

static const struct {
	unsigned command;
	enum form form;
	const char *name;
} commands[] = {
    {TCGETS, TERMIOS_OUT, "TCGETS"},
    {TCSETS, TERMIOS_IN, "SNDCTL_TMR_START or TCSETS"},
    {TCSETSW, TERMIOS_IN, "SNDCTL_TMR_STOP or TCSETSW"},
    {TCSETSF, TERMIOS_IN, "SNDCTL_TMR_CONTINUE or TCSETSF"},
    {TIOCGWINSZ, WINSIZE_OUT, "TIOCGWINSZ"},
    {TIOCSWINSZ, WINSIZE_IN, "TIOCSWINSZ"},
    {TCSBRK, DECIMAL, "TCSBRK"},
    {TCSBRKP, DECIMAL, "TCSBRKP"},
    {TCXONC, FLOW, "TCXONC"},
    {TCFLSH, FLUSH, "TCFLSH"},
    {TIOCSCTTY, DECIMAL, "TIOCSCTTY"},
    {TIOCNOTTY, NONE, "TIOCNOTTY"},
    {TIOCEXCL, NONE, "TIOCEXCL"},
    {TIOCNXCL, NONE, "TIOCNXCL"},
    {TIOCGPGRP, INT_OUT, "TIOCGPGRP"},
    {TIOCSPGRP, INT_IN, "TIOCSPGRP"},
    {TIOCGSID, INT_OUT, "TIOCGSID"},
    {TIOCOUTQ, INT_OUT, "TIOCOUTQ"},
    {TIOCGPTN, INT_OUT, "TIOCGPTN"},
    {TIOCSPTLCK, INT_IN, "TIOCSPTLCK"},
    {TIOCGPTLCK, PLAIN, "TIOCGPTLCK"},
    {TIOCGPTPEER, PLAIN, "TIOCGPTPEER"},
    {TIOCSTI, PLAIN, "TIOCSTI"},
    {TIOCSIG, PLAIN, "TIOCSIG"},
    {TIOCGDEV, PLAIN, "TIOCGDEV"},
    {TIOCGETD, INT_OUT, "TIOCGETD"},
    {FIONREAD, INT_OUT, "FIONREAD"},
    {FIONBIO, INT_IN, "FIONBIO"},
    {FIOASYNC, INT_IN, "FIOASYNC"},
    {FIOCLEX, NONE, "FIOCLEX"},
    {FIONCLEX, NONE, "FIONCLEX"},
    {SIOCATMARK, INT_OUT, "SIOCATMARK"},
    {SIOCGIFCONF, PLAIN, "SIOCGIFCONF"},
    {SIOCGIFNAME, INTERFACE, "SIOCGIFNAME"},
    {SIOCGIFFLAGS, INTERFACE, "SIOCGIFFLAGS"},
    {SIOCGIFADDR, INTERFACE, "SIOCGIFADDR"},
    {SIOCGIFBRDADDR, INTERFACE, "SIOCGIFBRDADDR"},
    {SIOCGIFNETMASK, INTERFACE, "SIOCGIFNETMASK"},
    {SIOCGIFMTU, INTERFACE, "SIOCGIFMTU"},
    {SIOCGIFHWADDR, INTERFACE, "SIOCGIFHWADDR"},
    {SIOCGIFINDEX, INTERFACE, "SIOCGIFINDEX"},
};

static const struct name iflags[] = {N(IGNBRK), N(BRKINT), N(IGNPAR), N(PARMRK),  N(INPCK),
				     N(ISTRIP), N(INLCR),  N(IGNCR),  N(ICRNL),   N(IUCLC),
				     N(IXON),   N(IXANY),  N(IXOFF),  N(IMAXBEL), N(IUTF8)};
static const struct names iflag_names = NAMES(iflags, "", NULL);
static const struct name oflags[] = {N(OPOST), N(OLCUC), N(ONLCR), N(OCRNL), N(ONOCR), N(ONLRET), N(OFILL), N(OFDEL)};
static const struct names oflag_names = NAMES(oflags, "", NULL);
static const struct name cflags[] = {N(CSTOPB), N(CREAD),  N(PARENB), N(PARODD),
				     N(HUPCL),  N(CLOCAL), N(CMSPAR), N(CRTSCTS)};
static const struct names cflag_names = NAMES(cflags, "", NULL);
static const struct name lflags[] = {N(ISIG),   N(ICANON), N(XCASE),  N(ECHO),   N(ECHOE),   N(ECHOK),
				     N(ECHONL), N(NOFLSH), N(TOSTOP), N(IEXTEN), N(ECHOCTL), N(ECHOPRT),
				     N(ECHOKE), N(FLUSHO), N(PENDIN), N(EXTPROC)};
static const struct names lflag_names = NAMES(lflags, "", NULL);
static const struct name speeds[] = {N(B0),     N(B50),    N(B75),    N(B110),    N(B134),   N(B150),  N(B200),
				     N(B300),   N(B600),   N(B1200),  N(B1800),   N(B2400),  N(B4800), N(B9600),
				     N(B19200), N(B38400), N(B57600), N(B115200), N(B230400)};
static const struct names speed_names = NAMES(speeds, NULL, "B???");
static const struct name sizes[] = {N(CS5), N(CS6), N(CS7), N(CS8)};
static const struct names size_names = NAMES(sizes, NULL, "CS?");
static const struct name delays[] = {N(NL1),  N(CR1),          N(CR2), N(CR3), N(TAB1),
				     N(TAB2), {TAB3, "XTABS"}, N(BS1), N(VT1), N(FF1)};
static const struct name interface_flags[] = {
    {0x1, "IFF_UP"},           {0x2, "IFF_BROADCAST"},   {0x4, "IFF_DEBUG"},        {0x8, "IFF_LOOPBACK"},
    {0x10, "IFF_POINTOPOINT"}, {0x20, "IFF_NOTRAILERS"}, {0x40, "IFF_RUNNING"},     {0x80, "IFF_NOARP"},
    {0x100, "IFF_PROMISC"},    {0x200, "IFF_ALLMULTI"},  {0x400, "IFF_MASTER"},     {0x800, "IFF_SLAVE"},
    {0x1000, "IFF_MULTICAST"}, {0x2000, "IFF_PORTSEL"},  {0x4000, "IFF_AUTOMEDIA"}, {0x8000, "IFF_DYNAMIC"}};
static const struct names interface_flag_names = NAMES(interface_flags, NULL, "IFF_???");
static const struct name queues[] = {N(TCIFLUSH), N(TCOFLUSH), N(TCIOFLUSH)};
static const struct names queue_names = NAMES(queues, NULL, "TC???FLUSH");
static const struct name flows[] = {N(TCOOFF), N(TCOON), N(TCIOFF), N(TCION)};
static const struct names flow_names = NAMES(flows, NULL, "TC???");

void print_ioctl(struct line *l, const struct traced *c, unsigned i)
{
	static const char *const directions[] = {"_IOC_NONE", "_IOC_WRITE", "_IOC_READ", "_IOC_READ|_IOC_WRITE"};
	unsigned v = (unsigned)CALLARG(c->args, i);

	for (unsigned k = 0; k < ARRAY_LEN(commands); k++) {
		if (commands[k].command == v) {
			line_add(l, "%s", commands[k].name);
			return;
		}
	}
	line_add(l, "_IOC(%s, ", directions[v >> _IOC_DIRSHIFT & _IOC_DIRMASK]);
	line_hex(l, v >> _IOC_TYPESHIFT & _IOC_TYPEMASK);
	line_add(l, ", ");
	line_hex(l, v >> _IOC_NRSHIFT & _IOC_NRMASK);
	line_add(l, ", ");
	line_hex(l, v >> _IOC_SIZESHIFT & _IOC_SIZEMASK);
	line_add(l, ")");
}

/* Which of its delays an output has: those of the mask, "NL0" when it is none. */
static void delay(struct line *l, unsigned v, unsigned mask, const char *none)
{
	for (unsigned i = 0; i < ARRAY_LEN(delays); i++) {
		if ((delays[i].value & ~mask) == 0 && (v & mask) == delays[i].value) {
			line_add(l, "%s|", delays[i].name);
			return;
		}
	}
	line_add(l, "%s|", none);
}

static void termios(struct line *l, uintptr_t addr)
{
	struct termios t;

	if (!line_fetch(l, &t, addr, sizeof t))
		return;
	line_add(l, "{c_iflag=");
	line_flags(l, t.c_iflag, &iflag_names);
	line_add(l, ", c_oflag=");
	delay(l, t.c_oflag, NLDLY, "NL0");
	delay(l, t.c_oflag, CRDLY, "CR0");
	delay(l, t.c_oflag, TABDLY, "TAB0");
	delay(l, t.c_oflag, BSDLY, "BS0");
	delay(l, t.c_oflag, VTDLY, "VT0");
	delay(l, t.c_oflag, FFDLY, "FF0");
	line_flags(l, t.c_oflag & ~(tcflag_t)(NLDLY | CRDLY | TABDLY | BSDLY | VTDLY | FFDLY), &oflag_names);
	line_add(l, ", c_cflag=");
	line_name(l, t.c_cflag & CBAUD, &speed_names);
	line_add(l, "|");
	line_name(l, t.c_cflag & CSIZE, &size_names);
	line_add(l, "|");
	line_flags(l, t.c_cflag & ~(tcflag_t)(CBAUD | CSIZE), &cflag_names);
	line_add(l, ", c_lflag=");
	line_flags(l, t.c_lflag, &lflag_names);
	line_add(l, ", ...}");
}

static void winsize(struct line *l, uintptr_t addr)
{
	struct winsize w;

	if (line_fetch(l, &w, addr, sizeof w))
		line_add(l, "{ws_row=%u, ws_col=%u, ws_xpixel=%u, ws_ypixel=%u}", w.ws_row, w.ws_col, w.ws_xpixel,
			 w.ws_ypixel);
}

static void interface_value(struct line *l, unsigned command, const struct interface *r, uintptr_t value)
{
	const uint8_t *hw = r->hardware.data;

	switch (command) {
	case SIOCGIFFLAGS:
		line_add(l, ", ifr_flags=");
		line_flags(l, r->flags, &interface_flag_names);
		return;
	case SIOCGIFINDEX: line_add(l, ", ifr_ifindex=%d", r->number); return;
	case SIOCGIFMTU: line_add(l, ", ifr_mtu=%d", r->number); return;
	case SIOCGIFHWADDR:
		line_add(l, ", ifr_hwaddr={sa_family=%s, sa_data=%02x:%02x:%02x:%02x:%02x:%02x}",
			 r->hardware.family == 1 ? "ARPHRD_ETHER" : "ARPHRD_LOOPBACK", hw[0], hw[1], hw[2], hw[3],
			 hw[4], hw[5]);
		return;
	case SIOCGIFNETMASK: line_add(l, ", ifr_netmask="); break;
	case SIOCGIFBRDADDR: line_add(l, ", ifr_broadaddr="); break;
	default: line_add(l, ", ifr_addr=");
	}
	print_sockaddr_at(l, value, SOCKADDR_BYTES);
}

static void interface(struct line *l, const struct traced *c, unsigned command, uintptr_t addr)
{
	struct interface r;

	if (!line_fetch(l, &r, addr, sizeof r))
		return;
	if (command == SIOCGIFNAME)
		line_add(l, c->failed ? "{ifr_ifindex=%d" : "{ifr_ifindex=%d, ifr_name=", r.number);
	else
		line_add(l, "{ifr_name=");
	if (command != SIOCGIFNAME || !c->failed)
		line_quoted(l, r.name, strnlen(r.name, NAME_BYTES), false);
	if (command != SIOCGIFNAME && !c->failed)
		interface_value(l, command, &r, addr + NAME_BYTES);
	line_add(l, "}");
}

void print_ioctl_arg(struct line *l, const struct traced *c, unsigned i)
{
	unsigned command = (unsigned)CALLARG(c->args, i - 1), k = 0;
	uintptr_t v = CALLARG(c->args, i);
	enum form form;

	while (k < ARRAY_LEN(commands) && commands[k].command != command)
		k++;
	form = k < ARRAY_LEN(commands) ? commands[k].form : PLAIN;
	if (c->failed && (form == INT_OUT || form == TERMIOS_OUT || form == WINSIZE_OUT)) {
		line_address(l, v);
		return;
	}
	switch (form) {
	case NONE: return;
	case DECIMAL: line_add(l, "%d", (int)v); return;
	case INT_IN:
	case INT_OUT: print_int(l, c, i); return;
	case TERMIOS_IN:
	case TERMIOS_OUT: termios(l, v); return;
	case WINSIZE_IN:
	case WINSIZE_OUT: winsize(l, v); return;
	case FLUSH: line_name(l, (uint32_t)v, &queue_names); return;
	case FLOW: line_name(l, (uint32_t)v, &flow_names); return;
	case INTERFACE: interface(l, c, command, v); return;
	default: line_hex(l, v);
	}
}
