/* SPDX-License-Identifier: ISC */
/*
 * What gdb asks ("Debugging with GDB", appendix E). One process with the guest's threads; the description of the
 * registers never changes, whatever mode the CPU is in.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "debug.h"
#include "hostlib/cleanup.h"

#define POINTS_MAX 1024u
#define MEMORY_MAX 8000u
#define SIGNALS_MS 300 /* how often it is looked whether somebody wants the end */

static struct link gdb;
static struct str reply;
static struct stop last;
static bool only_asked; /* by kiln gdb, before gdb itself comes */
static bool stepped; /* the last stop is that of a step */
static int last_signal, general, shown; /* threads: of register and memory packets; of the last stop */
static struct {
	uint64_t at;
	unsigned type, size;
} points[POINTS_MAX];
static unsigned point_count;

static const char target_xml[] =
    "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target version=\"1.0\">"
    "<architecture>i386:x86-64</architecture><osabi>GNU/Linux</osabi>";

static void add_register(struct str *s, unsigned n)
{
	static const char *const type[] = {[4] = "int32", [8] = "int64", [10] = "i387_ext", [16] = "vec128"};
	const char *t = type[regs_size(n)];

	if (n >= R_ORIG_AX)
		t = "int";
	if (n == R_IP)
		t = "code_ptr";
	if (n == R_BP || n == R_SP)
		t = "data_ptr";
	if (n == R_FLAGS)
		t = "i386_eflags";
	if (n == R_MXCSR)
		t = "i386_mxcsr";
	str_addf(s, "<reg name=\"%s\" bitsize=\"%u\" type=\"%s\" regnum=\"%u\"/>", regs_name[n], regs_size(n) * 8, t,
		 n);
}

static void describe(struct str *s)
{
	str_add(s, target_xml);
	str_add(s, "<feature name=\"org.gnu.gdb.i386.core\">"
		   "<flags id=\"i386_eflags\" size=\"4\"><field name=\"CF\" start=\"0\" end=\"0\"/>"
		   "<field name=\"\" start=\"1\" end=\"1\"/><field name=\"PF\" start=\"2\" end=\"2\"/>"
		   "<field name=\"AF\" start=\"4\" end=\"4\"/><field name=\"ZF\" start=\"6\" end=\"6\"/>"
		   "<field name=\"SF\" start=\"7\" end=\"7\"/><field name=\"TF\" start=\"8\" end=\"8\"/>"
		   "<field name=\"IF\" start=\"9\" end=\"9\"/><field name=\"DF\" start=\"10\" end=\"10\"/>"
		   "<field name=\"OF\" start=\"11\" end=\"11\"/></flags>");
	for (unsigned n = R_AX; n < R_XMM0; n++)
		add_register(s, n);
	str_add(
	    s,
	    "</feature><feature name=\"org.gnu.gdb.i386.sse\">"
	    "<vector id=\"v4f\" type=\"ieee_single\" count=\"4\"/><vector id=\"v2d\" type=\"ieee_double\" count=\"2\"/>"
	    "<vector id=\"v16i8\" type=\"int8\" count=\"16\"/><vector id=\"v8i16\" type=\"int16\" count=\"8\"/>"
	    "<vector id=\"v4i32\" type=\"int32\" count=\"4\"/><vector id=\"v2i64\" type=\"int64\" count=\"2\"/>"
	    "<union id=\"vec128\"><field name=\"v4_float\" type=\"v4f\"/><field name=\"v2_double\" type=\"v2d\"/>"
	    "<field name=\"v16_int8\" type=\"v16i8\"/><field name=\"v8_int16\" type=\"v8i16\"/>"
	    "<field name=\"v4_int32\" type=\"v4i32\"/><field name=\"v2_int64\" type=\"v2i64\"/>"
	    "<field name=\"uint128\" type=\"uint128\"/></union>"
	    "<flags id=\"i386_mxcsr\" size=\"4\"><field name=\"IE\" start=\"0\" end=\"0\"/></flags>");
	for (unsigned n = R_XMM0; n <= R_MXCSR; n++)
		add_register(s, n);
	str_add(s, "</feature><feature name=\"org.gnu.gdb.i386.linux\">");
	add_register(s, R_ORIG_AX);
	str_add(s, "</feature><feature name=\"org.gnu.gdb.i386.segments\">");
	add_register(s, R_FS_BASE);
	add_register(s, R_GS_BASE);
	str_add(s, "</feature></target>");
}

static void describe_threads(struct str *s)
{
	const struct guest_thread *t;
	unsigned n = kernel_threads(&t);

	str_add(s, "<?xml version=\"1.0\"?><threads>");
	for (unsigned i = 0; i < n; i++) {
		str_addf(s, "<thread id=\"%x\" core=\"0\" name=\"", (unsigned)t[i].tid);
		libraries_quote(s, t[i].name);
		str_addf(s, "\">%s</thread>", t[i].current ? "on the CPU" : "waits");
	}
	str_add(s, "</threads>");
}

int server_point_at(uint64_t at)
{
	for (unsigned i = 0; i < point_count; i++)
		if (points[i].at == at && points[i].type < 2)
			return points[i].type == 0 ? 's' : 'h';
	return 0;
}

bool server_points(void)
{
	return point_count > 0;
}

/* gdb's current thread after a stop: the one on the CPU, or, when all wait, the one that it looked at. */
static const struct guest_thread *thread_of_stop(void)
{
	const struct guest_thread *t, *now = kernel_current();
	unsigned n = kernel_threads(&t);

	if (last.kind != STOP_INTERRUPT || !now || now->tid != THREAD_KERNEL)
		return now;
	if (kernel_thread(shown) && shown != THREAD_KERNEL)
		return kernel_thread(shown);
	for (unsigned i = 0; i < n; i++)
		if (t[i].tid != THREAD_KERNEL)
			return &t[i];
	return now;
}

/* The answer to `?` and to what resumed. */
static void tell_stop(struct str *s)
{
	static const char *const watch[] = {[2] = "watch", [3] = "rwatch", [4] = "awatch"};
	const struct guest_thread *t;
	struct regs r;
	int at;

	if (last.kind == STOP_EXIT) {
		str_addf(s, "W%02x", (unsigned)last.status & 255);
		return;
	}
	t = thread_of_stop();
	shown = general = t ? t->tid : THREAD_KERNEL;
	str_addf(s, "T%02xthread:%x;", (unsigned)last_signal, (unsigned)shown);
	if (run_new_program && last.kind == STOP_TRAP && !stepped) {
		run_new_program = false;
		str_add(s, "library:;");
		return;
	}
	if (last.kind == STOP_WATCH)
		str_addf(s, "%s:%llx;", watch[last.watch], (unsigned long long)last.address);
	if (last.kind != STOP_TRAP || last_signal != 5 || machine->registers(&r) < 0)
		return;
	at = server_point_at(regs_get(&r, R_IP));
	if (at)
		str_add(s, at == 's' ? "swbreak:;" : "hwbreak:;");
}

/* Whether a thread is shown as its last entry into the kernel left it. */
static bool saved(const struct guest_thread *t)
{
	return t && t->tid != THREAD_KERNEL && (!t->current || run_saved_view);
}

static int get_registers(struct regs *r)
{
	const struct guest_thread *t = kernel_thread(general);

	return saved(t) ? kernel_saved(t, r) : machine->registers(r);
}

static int put_registers(const struct regs *r)
{
	const struct guest_thread *t = kernel_thread(general);

	return saved(t) ? kernel_set_saved(t, r) : machine->set_registers(r);
}

static void ok(bool good)
{
	str_add(&reply, good ? "OK" : "E01");
}

static void registers_packet(const char *p)
{
	struct regs r;

	switch (*p) {
	case 'g':
		if (get_registers(&r) < 0)
			memset(&r, 0, sizeof r);
		link_put_hex(&reply, r.b, sizeof r.b);
		break;
	case 'G': ok(link_hex(p + 1, r.b, sizeof r.b) == sizeof r.b && put_registers(&r) == 0); break;
	}
}

/* p N, P N=VALUE. */
static void register_packet(const char *p)
{
	char *end;
	unsigned long n = strtoul(p + 1, &end, 16);
	struct regs r;

	if (n >= R_COUNT || get_registers(&r) < 0) {
		ok(false);
		return;
	}
	if (*p == 'p')
		link_put_hex(&reply, r.b + regs_offset((unsigned)n), regs_size((unsigned)n));
	else
		ok(*end == '=' &&
		   link_hex(end + 1, r.b + regs_offset((unsigned)n), regs_size((unsigned)n)) ==
		       regs_size((unsigned)n) &&
		   put_registers(&r) == 0);
}

/* m ADDRESS,SIZE; M ADDRESS,SIZE:BYTES. */
static void memory_packet(const char *p)
{
	const struct guest_thread *t = kernel_thread(general);
	uint8_t buf[MEMORY_MAX];
	char *end;
	uint64_t at = strtoull(p + 1, &end, 16);
	size_t n = *end == ',' ? strtoul(end + 1, &end, 16) : 0;

	n = n < sizeof buf ? n : sizeof buf;
	if (*p == 'm') {
		n = kernel_read_any(t, at, buf, n);
		link_put_hex(&reply, buf, n);
		if (!n)
			ok(false);
	} else {
		ok(*end == ':' && link_hex(end + 1, buf, n) == n && kernel_write(t, at, buf, n) == n);
	}
}

static int set_point(bool set, unsigned type, uint64_t at, unsigned size)
{
	return type == 0 && run_own_place(at) ? 0 : machine->point(set, type, at, size);
}

/* Z TYPE,ADDRESS,KIND and z. */
static void point_packet(const char *p)
{
	unsigned type = (unsigned)p[1] - '0', asked, i;
	char *end;
	uint64_t at = type <= 4 && p[2] == ',' ? strtoull(p + 3, &end, 16) : 0;
	unsigned size = type <= 4 && p[2] == ',' && *end == ',' ? (unsigned)strtoul(end + 1, NULL, 16) : 1;

	if (type > 4)
		return;
	asked = type;
	/* gdb lets functions that it calls return to the stack: a byte there would fault before it traps. */
	if (type == 0 && kernel_no_code(kernel_thread(general), at))
		type = size = 1;
	for (i = 0; i < point_count; i++)
		if (points[i].at == at && (points[i].type == type || (*p == 'z' && asked == 0 && points[i].type == 1)))
			break;
	if (*p == 'Z' && i == point_count) {
		if (point_count == POINTS_MAX || set_point(true, type, at, size) < 0) {
			ok(false);
			return;
		}
		points[point_count].at = at;
		points[point_count].type = type;
		points[point_count++].size = size;
	} else if (*p == 'z' && i < point_count) {
		points[i] = points[--point_count];
		if (set_point(false, type, at, size) < 0) {
			ok(false);
			return;
		}
	}
	ok(true);
}

static void forget_points(void)
{
	while (point_count > 0) {
		point_count--;
		set_point(false, points[point_count].type, points[point_count].at, points[point_count].size);
	}
}

/* Resumes as the first action that is a step says, else everything: vCont;ACTION[:THREAD]… */
static void resume_packet(const char *p)
{
	uint64_t start = 0, end = 0;
	int tid = shown;
	bool step = *p == 's';

	for (const char *a = *p == 'v' ? strchr(p, ';') : NULL; a && !step; a = strchr(a + 1, ';')) {
		const char *colon = strpbrk(a + 1, ":;");

		step = a[1] == 's' || a[1] == 'S' || a[1] == 'r';
		if (step && colon && *colon == ':')
			tid = (int)strtol(colon + 1, NULL, 16);
		if (a[1] == 'r')
			sscanf(a + 2, "%" SCNx64 ",%" SCNx64, &start, &end);
	}
	stepped = step;
	if (step)
		run_step(&gdb, tid > 0 ? tid : shown, start, end, &last, &last_signal);
	else
		run_continue(&gdb, &last, &last_signal);
	tell_stop(&reply);
}

/* OFFSET,LENGTH of a document, as qXfer wants it. */
static void part_of(const char *range, const void *data, size_t size)
{
	char *end;
	size_t at = strtoul(range, &end, 16), n = *end == ',' ? strtoul(end + 1, NULL, 16) : 0;
	const char *p = data;

	if (at > size)
		at = size;
	if (n > size - at)
		n = size - at;
	str_add(&reply, at + n < size ? "m" : "l");
	for (size_t i = at; i < at + n; i++) {
		char escaped[2] = {'}', (char)(p[i] ^ 0x20)};

		if (strchr("#$}*", p[i]) && p[i])
			str_add_n(&reply, escaped, 2);
		else
			str_add_n(&reply, p + i, 1);
	}
}

static void transfer_packet(const char *p)
{
	AUTO_STR struct str doc = {0};
	const char *range = strrchr(p, ':') + 1;
	uint64_t start, end;

	str_add(&doc, "");
	if (!strncmp(p, "qXfer:features:read:target.xml:", 31)) {
		describe(&doc);
	} else if (!strncmp(p, "qXfer:threads:read:", 19)) {
		describe_threads(&doc);
	} else if (!strncmp(p, "qXfer:libraries-svr4:read:", 26)) {
		libraries_describe(&doc);
	} else if (!strncmp(p, "qXfer:auxv:read:", 16)) {
		const struct guest_thread *t = kernel_thread(general);
		uint8_t aux[4096];

		if (kernel_auxv(t, &start, &end))
			str_add_n(&doc, aux, kernel_read(t, start, aux, end - start));
	} else if (!strncmp(p, "qXfer:siginfo:read:", 19)) {
		if (run_saved_view && kernel_thread(general) && kernel_thread(general)->current)
			str_add_n(&doc, run_siginfo, sizeof run_siginfo);
		else
			ok(false);
	} else {
		return;
	}
	if (reply.len)
		return;
	part_of(range, doc.p, doc.len);
}

static void monitor_packet(const char *hex)
{
	AUTO_FREE char *command = xcalloc(1, strlen(hex) + 1);
	AUTO_STR struct str out = {0};
	bool good;

	link_hex(hex, command, strlen(hex) / 2);
	if (!strcmp(command, "programs")) {
		libraries_list(&out);
		good = true;
	} else {
		good = machine->monitor(command, &out);
		if (!good)
			str_addf(&out, "monitor %s: not known here; monitor programs shows what is loaded\n", command);
	}
	if (out.len)
		link_put_hex(&reply, out.p, out.len);
	else
		str_add(&reply, good ? "OK" : "");
}

/* A path as others see it: our open files too. */
static void add_path(struct str *out, const char *key, const char *path)
{
	static const char self[] = "/proc/self/";

	if (path && !strncmp(path, self, strlen(self)))
		str_addf(out, "%s /proc/%d/%s\n", key, (int)getpid(), path + strlen(self));
	else
		str_addf(out, "%s %s\n", key, path ? path : "");
}

/* For kiln gdb: what the debugger shall load. */
static void info_packet(void)
{
	AUTO_STR struct str out = {0};
	char exe[256];

	kernel_exe(thread_of_stop(), exe, sizeof exe);
	for (char *c = exe; *c; c++) /* a line is a line, whatever a guest has named its program */
		if ((unsigned char)*c < ' ')
			*c = '?';
	str_addf(&out, "base %llx\nexe %s\n", (unsigned long long)kernel_base, exe);
	add_path(&out, "image", settings.image);
	add_path(&out, "symbols", kernel_on_exec ? settings.symbols : NULL);
	add_path(&out, "program", settings.program);
	add_path(&out, "root", settings.root);
	link_put_hex(&reply, out.p, out.len);
}

static void thread_list(void)
{
	const struct guest_thread *t;
	unsigned n = kernel_threads(&t);

	for (unsigned i = 0; i < n; i++)
		str_addf(&reply, "%c%x", i ? ',' : 'm', (unsigned)t[i].tid);
}

static void query_packet(const char *p)
{
	const struct guest_thread *t;

	if (!strncmp(p, "qSupported", 10)) {
		str_add(&reply,
			"PacketSize=4000;qXfer:features:read+;qXfer:threads:read+;qXfer:auxv:read+;qXfer:siginfo:read+;"
			"qXfer:libraries-svr4:read+;swbreak+;hwbreak+;QStartNoAckMode+;vContSupported+");
	} else if (!strncmp(p, "qXfer:", 6)) {
		transfer_packet(p);
	} else if (!strncmp(p, "qfThreadInfo", 12)) {
		thread_list();
	} else if (!strncmp(p, "qsThreadInfo", 12)) {
		str_add(&reply, "l");
	} else if (!strncmp(p, "qThreadExtraInfo,", 17)) {
		t = kernel_thread((int)strtol(p + 17, NULL, 16));
		if (t)
			link_put_hex(&reply, t->name, strlen(t->name));
	} else if (!strcmp(p, "qC")) {
		str_addf(&reply, "QC%x", (unsigned)shown);
	} else if (!strncmp(p, "qAttached", 9)) {
		str_add(&reply, settings.once ? "0" : "1");
	} else if (!strncmp(p, "qSymbol", 7)) {
		str_add(&reply, "OK");
	} else if (!strncmp(p, "qRcmd,", 6)) {
		monitor_packet(p + 6);
	} else if (!strcmp(p, "qKiln.Info")) {
		info_packet();
	}
}

enum after { GO_ON, ANSWERED, LEAVE, END };

static enum after packet(const char *p)
{
	only_asked = !strcmp(p, "qKiln.Info");
	switch (*p) {
	case '?':
		tell_stop(&reply);
		libraries_main(kernel_thread(shown));
		return GO_ON;
	case 'g':
	case 'G': registers_packet(p); return GO_ON;
	case 'p':
	case 'P': register_packet(p); return GO_ON;
	case 'm':
	case 'M': memory_packet(p); return GO_ON;
	case 'Z':
	case 'z': point_packet(p); return GO_ON;
	case 'c':
	case 's':
	case 'C':
	case 'S': resume_packet(*p == 'S' ? "s" : *p == 'C' ? "c" : p); return GO_ON;
	case 'H':
		if (p[1] == 'g')
			general = strtol(p + 2, NULL, 16) > 0 ? (int)strtol(p + 2, NULL, 16) : shown;
		ok(true);
		return GO_ON;
	case 'T': ok(kernel_thread((int)strtol(p + 1, NULL, 16)) != NULL); return GO_ON;
	case 'q': query_packet(p); return GO_ON;
	case 'Q':
		if (!strcmp(p, "QStartNoAckMode")) {
			ok(true);
			link_send(&gdb, reply.p, reply.len);
			gdb.no_ack = true;
			reply.len = 0;
			return ANSWERED;
		}
		return GO_ON;
	case 'v':
		if (!strcmp(p, "vCont?"))
			str_add(&reply, "vCont;c;C;s;S;r");
		else if (!strncmp(p, "vCont;", 6))
			resume_packet(p);
		else if (!strncmp(p, "vKill;", 6)) {
			ok(true);
			return END;
		}
		return GO_ON;
	case 'D': ok(true); return LEAVE;
	case 'k': return END;
	default: return GO_ON;
	}
}

enum server_end server_serve(int fd, struct stop *s)
{
	AUTO_STR struct str in = {0};
	enum after a = GO_ON;

	link_open(&gdb, fd);
	last = *s;
	last_signal = s->kind == STOP_INTERRUPT ? 2 : 5;
	run_gdb_gone = run_new_program = stepped = false; /* it asks for the list of programs first */
	only_asked = true; /* who says nothing changes nothing */
	shown = general = kernel_current() ? kernel_current()->tid : THREAD_KERNEL;
	while (a < LEAVE && last.kind != STOP_EXIT && !run_gdb_gone) {
		enum link_event e = link_receive(&gdb, &in, SIGNALS_MS);

		if (run_signals())
			a = END;
		if (e == LINK_CLOSED)
			break;
		if (e != LINK_PACKET)
			continue;
		reply.len = 0;
		str_add(&reply, "");
		a = packet(in.p);
		if (a != ANSWERED && *in.p != 'k')
			link_send(&gdb, reply.p, reply.len);
	}
	link_close(&gdb);
	*s = last;
	if (last.kind == STOP_EXIT)
		return SERVER_END;
	if (only_asked && a != END)
		return SERVER_SAME;
	forget_points();
	if (a != END && (!settings.once || a == LEAVE))
		return SERVER_RUN;
	machine->end();
	*s = (struct stop){.kind = STOP_EXIT, .status = STATUS_KILLED};
	return SERVER_END;
}
