/* SPDX-License-Identifier: ISC */
/*
 * QEMU, by its own stub on a pair of sockets. Where it keeps which register is read from the description it gives. It
 * knows one thread, its CPU; packets other than those here it never gets.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "debug.h"
#include "hostlib/cleanup.h"
#include "hostlib/process.h"
#include "hostlib/record.h"

#define ANSWER_MS  20000 /* it is busy starting up, or somebody else's CPU is */
#define PIECE      1024u
#define NO_PLACE   UINT32_MAX
#define NOT_NEEDED 4096u

static struct link qemu;
static unsigned place[R_COUNT], all_bytes; /* in its `g` packet */
static bool gone;

/* One packet and its answer; false: there is none any more. */
static bool ask(struct str *answer, const char *f, ...) __attribute__((format(printf, 2, 3)));

static bool ask(struct str *answer, const char *f, ...)
{
	AUTO_FREE char *request = NULL;
	va_list ap;

	if (gone)
		return false;
	va_start(ap, f);
	request = xvasprintf(f, ap);
	va_end(ap);
	link_send(&qemu, request, strlen(request));
	answer->len = 0;
	str_add(answer, "");
	if (link_receive(&qemu, answer, ANSWER_MS) == LINK_PACKET)
		return true;
	gone = true;
	return false;
}

static bool ask_ok(const char *f, uint64_t a, uint64_t b)
{
	AUTO_STR struct str answer = {0};

	/* NOLINTNEXTLINE(clang-diagnostic-format-nonliteral) */
	return ask(&answer, f, (unsigned long long)a, (unsigned long long)b) && !strcmp(answer.p, "OK");
}

static char *attribute(const char *tag, const char *name, char *to, size_t size)
{
	AUTO_FREE char *key = xasprintf(" %s=\"", name);
	const char *end = strchr(tag, '>'), *at = strstr(tag, key);

	if (!end || !at || at > end)
		return NULL;
	at += strlen(key);
	snprintf(to, size, "%.*s", (int)strcspn(at, "\""), at);
	return to;
}

/* The registers of a description in the order of their numbers, which is that of `g`. */
static void note_registers(const char *xml)
{
	const char *comment;
	unsigned bytes;
	char word[32];

	while ((comment = strstr(xml, "<!--")) || strstr(xml, "<reg ")) {
		xml = strstr(xml, "<reg ");
		if (comment && (!xml || comment < xml)) {
			xml = strstr(comment, "-->");
			if (!xml)
				return;
			continue;
		}
		bytes = attribute(xml, "bitsize", word, sizeof word) ? (unsigned)atoi(word) / 8 : 0;
		if (attribute(xml, "name", word, sizeof word))
			for (unsigned n = 0; n < R_COUNT; n++)
				if (!strcmp(word, regs_name[n]) && bytes == regs_size(n))
					place[n] = all_bytes;
		all_bytes += bytes;
		xml++;
	}
}

/* A document by qXfer; those that it includes are in it. */
static bool read_xml(const char *name, struct str *out, unsigned depth)
{
	AUTO_STR struct str answer = {0}, whole = {0};
	const char *at, *include;
	char file[64];

	do {
		if (!ask(&answer, "qXfer:features:read:%s:%zx,%x", name, whole.len, 0x800u) ||
		    (answer.p[0] != 'm' && answer.p[0] != 'l'))
			return false;
		str_add_n(&whole, answer.p + 1, answer.len - 1);
	} while (answer.p[0] == 'm');
	for (at = whole.p; (include = strstr(at, "<xi:include")) && depth < 4; at = include + 1) {
		str_add_n(out, at, (size_t)(include - at));
		if (attribute(include, "href", file, sizeof file) && !read_xml(file, out, depth + 1))
			return false;
	}
	str_add(out, at);
	return true;
}

static int learn(struct error *err)
{
	AUTO_STR struct str answer = {0}, xml = {0};

	for (unsigned n = 0; n < R_COUNT; n++)
		place[n] = NO_PLACE;
	if (!ask(&answer, "qSupported:xmlRegisters=i386") || !read_xml("target.xml", &xml, 0))
		return error_set(err, "QEMU's debugging stub does not answer");
	note_registers(xml.p);
	if (place[R_IP] == NO_PLACE || place[R_SP] == NO_PLACE || all_bytes > NOT_NEEDED)
		return error_set(err, "QEMU's debugging stub describes another machine");
	return 0;
}

/* The answer to `g`; its length when it is what the description says. */
static bool all_registers(uint8_t *raw)
{
	AUTO_STR struct str answer = {0};

	return ask(&answer, "g") && link_hex(answer.p, raw, NOT_NEEDED) >= all_bytes;
}

static int registers(struct regs *r)
{
	uint8_t raw[NOT_NEEDED] = {0};

	if (!all_registers(raw))
		return -1;
	memset(r, 0, sizeof *r);
	for (unsigned n = 0; n < R_COUNT; n++)
		if (place[n] != NO_PLACE)
			memcpy(r->b + regs_offset(n), raw + place[n], regs_size(n));
	regs_set(r, R_ORIG_AX, UINT64_MAX);
	return 0;
}

static int set_registers(const struct regs *r)
{
	uint8_t raw[NOT_NEEDED] = {0};
	AUTO_STR struct str packet = {0}, answer = {0};

	if (!all_registers(raw))
		return -1;
	for (unsigned n = 0; n < R_COUNT; n++)
		if (place[n] != NO_PLACE)
			memcpy(raw + place[n], r->b + regs_offset(n), regs_size(n));
	link_put_hex(&packet, raw, all_bytes);
	return ask(&answer, "G%s", packet.p) && !strcmp(answer.p, "OK") ? 0 : -1;
}

static int read_memory(uint64_t at, void *to, size_t n)
{
	for (size_t done = 0; done < n;) {
		AUTO_STR struct str answer = {0};
		size_t part = n - done < PIECE ? n - done : PIECE;
		unsigned long long where = at + done;

		if (!ask(&answer, "m%llx,%zx", where, part) || link_hex(answer.p, (uint8_t *)to + done, part) != part)
			return -1;
		done += part;
	}
	return 0;
}

static int write_memory(uint64_t at, const void *from, size_t n)
{
	for (size_t done = 0; done < n;) {
		AUTO_STR struct str hex = {0}, answer = {0};
		size_t part = n - done < PIECE ? n - done : PIECE;
		unsigned long long where = at + done;

		link_put_hex(&hex, (const uint8_t *)from + done, part);
		if (!ask(&answer, "M%llx,%zx:%s", where, part, hex.p) || strcmp(answer.p, "OK") != 0)
			return -1;
		done += part;
	}
	return 0;
}

static int point(bool set, unsigned type, uint64_t at, unsigned size)
{
	AUTO_FREE char *f = NULL;

	if (type == POINT_INTERNAL) {
		type = 1;
		size = 1;
	}
	f = xasprintf("%c%u,%%llx,%%llx", set ? 'Z' : 'z', type);
	if (ask_ok(f, at, size))
		return 0;
	/* Under KVM a breakpoint is a byte in memory, which may not be there yet. */
	if (type != 0)
		return -1;
	f[1] = '1';
	return ask_ok(f, at, size) ? 0 : -1;
}

static void resume(bool step)
{
	link_send(&qemu, step ? "s" : "c", 1);
}

static void interrupt(void)
{
	if (write(qemu.fd, "\3", 1) != 1)
		gone = true;
}

static int event_fd(void)
{
	return qemu.fd;
}

/* QEMU may take its time to go, and its stub says so at the beginning of that. */
static void ended(struct stop *s)
{
	int status = 0;

	if (machine_pid > 0 && waitpid(machine_pid, &status, 0) == machine_pid)
		machine_pid = 0;
	s->kind = STOP_EXIT;
	s->status = settings.record < 0 ? -1 : record_status(settings.record);
	if (s->status < 0)
		s->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	gone = true;
}

static bool stopped(struct stop *s)
{
	AUTO_STR struct str packet = {0};
	enum link_event e = link_receive(&qemu, &packet, 0);
	static const char *const watches[] = {"watch:", "rwatch:", "awatch:"};

	*s = (struct stop){.kind = STOP_TRAP};
	if (e == LINK_CLOSED || gone || (e == LINK_PACKET && (packet.p[0] == 'W' || packet.p[0] == 'X'))) {
		ended(s);
		return true;
	}
	if (e != LINK_PACKET || (packet.p[0] != 'T' && packet.p[0] != 'S'))
		return false;
	if (!strncmp(packet.p + 1, "02", 2))
		s->kind = STOP_INTERRUPT;
	for (unsigned i = 0; i < 3; i++) {
		AUTO_FREE char *key = xasprintf(";%s", watches[i]);
		const char *at = strstr(packet.p, key);

		if (!at)
			continue;
		s->kind = STOP_WATCH;
		s->watch = 2 + i;
		s->address = strtoull(at + strlen(key), NULL, 16);
	}
	return true;
}

static bool monitor(const char *command, struct str *out)
{
	AUTO_STR struct str hex = {0}, packet = {0};

	link_put_hex(&hex, command, strlen(command));
	if (!ask(&packet, "qRcmd,%s", hex.p))
		return false;
	while (packet.p[0] == 'O' && packet.p[1] != 'K') {
		AUTO_FREE char *text = xcalloc(1, packet.len);

		str_add_n(out, text, link_hex(packet.p + 1, text, packet.len / 2));
		if (link_receive(&qemu, &packet, ANSWER_MS) != LINK_PACKET)
			return false;
	}
	return !strcmp(packet.p, "OK");
}

static void end(void)
{
	if (machine_pid > 0) {
		kill(machine_pid, SIGKILL);
		waitpid(machine_pid, NULL, 0);
	}
	machine_pid = 0;
	gone = true;
	/* Who waits for the record shall know that this end was wanted. */
	if (settings.record >= 0 && record_status(settings.record) < 0)
		record_set_status(settings.record, 128 + SIGKILL);
}

/* Its breakpoints are addresses. */
static void text_mapped(void)
{
}

static bool in_kernel(const struct regs *r)
{
	return (regs_get(r, R_CS) & 3) == 0;
}

static const struct machine qemu_machine = {
    .registers = registers,
    .set_registers = set_registers,
    .read = read_memory,
    .write = write_memory,
    .point = point,
    .resume = resume,
    .interrupt = interrupt,
    .event_fd = event_fd,
    .stopped = stopped,
    .monitor = monitor,
    .end = end,
    .text_mapped = text_mapped,
    .in_kernel = in_kernel,
};

int qemu_start(uint64_t entry, struct error *err)
{
	const struct process_files files = {.in = -1, .out = -1, .err = -1};
	AUTO_STRV struct strv argv = {0};
	struct stop s;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0 || fcntl(pair[1], F_SETFD, 0) < 0)
		return error_errno(err, "cannot make a pair of sockets");
	for (char *const *w = settings.command; *w; w++)
		strv_add(&argv, *w);
	strv_add(&argv, "-S");
	strv_add(&argv, "-chardev");
	strv_addf(&argv, "socket,id=kiln-debug,fd=%d", pair[1]);
	strv_add(&argv, "-gdb");
	strv_add(&argv, "chardev:kiln-debug");
	machine_pid = process_start(argv.v, &files, err);
	close(pair[1]);
	if (machine_pid < 0)
		return -1;
	link_open(&qemu, pair[0]);
	machine = &qemu_machine;
	if (learn(err) < 0)
		return -1;
	if (settings.where == RUN_AT_ONCE)
		return 0;
	/* Through the firmware. */
	return run_to(entry, &s) ? 0 : error_set(err, "the machine ended before the image began");
}
