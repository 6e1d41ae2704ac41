/* SPDX-License-Identifier: ISC */
// USES: host/debug/server.c host/debug/libraries.c host/debug/link.c host/debug/regs.c host/kiln/elf_file.c lib/elf.c host/hostlib/error.c host/hostlib/alloc.c host/hostlib/str.c host/hostlib/file.c
// FLAGS: -iquote host/kiln -iquote host/debug
/* A guest's memory as kiln-debug reads it: lists that never end, names of any bytes. gdb's questions get well-formed answers. */
#include "host/debug/kernel.c"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#define BASE 0x10000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

const struct machine *machine;
pid_t machine_pid;
struct settings settings = {.image = "/image", .symbols = "/symbols", .record = -1};
bool run_saved_view, run_gdb_gone, run_new_program;
uint8_t run_siginfo[RUN_SIGINFO];
int run_signal_fd = -1;

static const uint8_t *memory;
static size_t memory_size;

void run_continue(struct link *gdb, struct stop *s, int *sig)
{
	(void)gdb, (void)s;
	*sig = 5;
}

void run_step(struct link *gdb, int tid, uint64_t start, uint64_t end, struct stop *s, int *sig)
{
	(void)gdb, (void)tid, (void)start, (void)end, (void)s;
	*sig = 5;
}

bool run_signals(void)
{
	return false;
}

bool run_own_place(uint64_t at)
{
	(void)at;
	return false;
}

static int read_some(uint64_t at, void *to, size_t n)
{
	if (at < BASE || at - BASE > memory_size || n > memory_size - (at - BASE))
		return -1;
	memcpy(to, memory + (at - BASE), n);
	return 0;
}

static int write_none(uint64_t at, const void *from, size_t n)
{
	(void)at, (void)from, (void)n;
	return -1;
}

static int no_registers(struct regs *r)
{
	memset(r, 0, sizeof *r);
	return 0;
}

static bool no_monitor(const char *command, struct str *out)
{
	(void)command, (void)out;
	return false;
}

static bool never(const struct regs *r)
{
	(void)r;
	return false;
}

static const struct machine fake = {
    .registers = no_registers, .read = read_some, .write = write_none, .monitor = no_monitor, .in_kernel = never};

/* What follows the packet of an answer that begins at p; its content, out of hexadecimal if `hex`, is checked. */
static char *check(char *p, char *end, bool hex)
{
	char *stop = memchr(p, '#', (size_t)(end - p));
	unsigned lines = 0;

	if (*p != '$' || !stop || end - stop < 3)
		abort();
	for (p++; p < stop; p++) {
		uint8_t c = (uint8_t)*p;

		if (hex && stop - p >= 2 && link_hex(p, &c, 1) == 1)
			p++;
		else if (c == '}')
			c = (uint8_t) * ++p ^ 0x20;
		if (c == '\n')
			lines++;
		else if (c < ' ' || (c > 126 && !hex))
			abort();
	}
	if (hex && lines != 6) /* base, exe, image, symbols, program, root */
		abort();
	return stop + 3;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const questions[] = {"qKiln.Info",
						"qXfer:threads:read::0,3000",
						"qXfer:libraries-svr4:read::0,3000",
						"?",
						"qfThreadInfo",
						"qThreadExtraInfo,2",
						"Hg2",
						"g",
						"qXfer:auxv:read::0,1000",
						"m10000,100",
						"m0,100",
						"qRcmd,70726f6772616d73"};
	static char answers[1 << 20];
	struct stop s = {.kind = STOP_TRAP};
	int pair[2];
	size_t n = 0;
	ssize_t got;

	/* Words of one small structure for all: nearly any input has lists. */
	for (unsigned i = 0; i < NUMBERS; i++)
		*numbers[i].to = i % 16 * 8;
	k.processes = k.cpu = BASE;
	k.process_link = k.task_link = k.vma_link = 0;
	known = true;
	machine = &fake;
	memory = data;
	memory_size = size;
	kernel_forget();
	/* What finds no room is lost: nobody reads before the end. */
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 || fcntl(pair[0], F_SETFL, O_NONBLOCK) < 0)
		abort();
	dprintf(pair[1], "$QStartNoAckMode#00");
	for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
		dprintf(pair[1], "$%s#00", questions[i]);
	shutdown(pair[1], SHUT_WR);
	server_serve(pair[0], &s);
	while (n < sizeof answers && (got = recv(pair[1], answers + n, sizeof answers - n, MSG_DONTWAIT)) > 0)
		n += (size_t)got;
	close(pair[1]);
	/* +$OK#9a, then the answers. */
	if (n > 7)
		check(check(check(answers + 7, answers + n, true), answers + n, false), answers + n, false);
	return 0;
}
