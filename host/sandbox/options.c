/* SPDX-License-Identifier: ISC */
/* The command line of the tender, which `kiln run` writes; a wrong word is named. */
#include "tender.h"
#include "hostcalls.h"
#include "lib/string.h"
#include "sys.h"

static const char usage[] =
    "usage: kiln-tender [options] IMAGE\n"
    "Runs an image made for the platform sandbox; the exit status is the program's, 125 when it could not be started.\n"
    "  -m, --memory SIZE      guest memory, as 512K, 64M, 1G (default 64M)\n"
    "      --config FILE      the configuration (JSON) given at launch\n"
    "      --cmdline TEXT     the kernel's command line\n"
    "      --console FLAGS[,ROWS,COLUMNS]  what standard input and output are (abi/console.h)\n"
    "      --net NAME=SPEC    a network device: tap:INTERFACE, fd:NUMBER (an open tap) or socket:NUMBER (a packet\n"
    "                         socket, as kiln-slirp makes it), then [,mac=xx:xx:xx:xx:xx:xx]\n"
    "      --disk NAME=FILE   a disk; FILE:ro for a read-only one\n"
    "      --grace MS         end so long after SIGINT, SIGTERM or SIGHUP, or at a second one (default: never)\n"
    "      --started FD       write \"start\" there once everything is set up\n"
    "      --hold FD          leave this one open, for the lock on it; at least 64\n"
    "      --memory-fd N          an empty memory file that becomes the guest's memory, so that others see it\n"
    "      --sample HZ            SIGPROF for a profile, so many times a second (the image must be made for it)\n"
    "      --no-patch         leave the program's system calls as they are\n"
    "      --no-fsgsbase      do not use the CPU's wrfsbase\n"
    "      --debug            stop for the debugger that traces this process\n"
    "      --print-calls      print the table of host calls and exit\n"
    "Example: kiln-tender -m 32M --net eth0=tap:tap0 hello.img\n";

static void put(const char *text)
{
	sys_3(__NR_write, 1, text, strlen(text));
}

/* "--name value" or "--name=value" at argv[*i]. */
static const char *value(const char *name, char **argv, int *i)
{
	size_t n = strlen(name);

	if (strncmp(argv[*i], name, n) != 0 || (argv[*i][n] != '\0' && argv[*i][n] != '='))
		return NULL;
	if (argv[*i][n] == '=')
		return argv[*i] + n + 1;
	if (!argv[*i + 1])
		die("%s: a value is missing", name);
	return argv[++*i];
}

static uint64_t parse_size(const char *text)
{
	const char *end;
	uint64_t n = str_to_u64(text, &end), unit = 1;

	if (*end == 'K' || *end == 'k')
		unit = 1ull << 10;
	else if (*end == 'M' || *end == 'm')
		unit = 1ull << 20;
	else if (*end == 'G' || *end == 'g')
		unit = 1ull << 30;
	if (unit > 1)
		end++;
	if (end == text || *end != '\0' || MUL_OVERFLOWS(n, unit, &n) || n > 1ull << 40)
		die("-m: not a size: \"%s\" (as 64M)", text);
	if (n < 256 << 10)
		die("-m: %s is too little memory (at least 256K)", text);
	return ALIGN_UP(n, PAGE);
}

static unsigned parse_number(const char *name, const char *text, unsigned max)
{
	const char *end;
	uint64_t n = str_to_u64(text, &end);

	if (end == text || *end != '\0' || n == 0 || n > max)
		die("%s: not a number from 1 to %u: \"%s\"", name, max, text);
	return (unsigned)n;
}

static void add(const char **list, unsigned *count, unsigned max, const char *v, const char *name)
{
	if (*count == max)
		die("%s: at most %u", name, max);
	list[(*count)++] = v;
}

void options_parse(struct options *o, int argc, char **argv)
{
	const char *v;

	o->mem_size = 64ull << 20;
	o->started = -1;
	for (int i = 1; i < argc; i++) {
		if (argv[i][0] != '-') {
			if (o->image)
				die("one image at a time: \"%s\"", argv[i]);
			o->image = argv[i];
		} else if ((v = value("-m", argv, &i)) || (v = value("--memory", argv, &i))) {
			o->mem_size = parse_size(v);
		} else if ((v = value("--config", argv, &i))) {
			o->config = v;
		} else if ((v = value("--cmdline", argv, &i))) {
			o->cmdline = v;
		} else if ((v = value("--console", argv, &i))) {
			o->console = v;
		} else if ((v = value("--net", argv, &i))) {
			add(o->net, &o->nets, BOOT_MAX_NICS, v, "--net");
		} else if ((v = value("--disk", argv, &i))) {
			add(o->disk, &o->disks, BOOT_MAX_DISKS, v, "--disk");
		} else if ((v = value("--grace", argv, &i))) {
			o->grace_ms = (uint32_t)parse_number("--grace", v, UINT32_MAX);
		} else if ((v = value("--started", argv, &i))) {
			o->started = (int)parse_number("--started", v, 1u << 20);
		} else if ((v = value("--hold", argv, &i))) {
			o->hold = (int)parse_number("--hold", v, 1u << 20);
			if (o->hold < FD_HELD)
				die("--hold: less than %u: \"%s\"", FD_HELD, v);
		} else if ((v = value("--memory-fd", argv, &i))) {
			o->memory_fd = (int)parse_number("--memory-fd", v, 1u << 20);
		} else if ((v = value("--sample", argv, &i))) {
			o->sample = parse_number("--sample", v, 10000);
		} else if (strcmp(argv[i], "--no-patch") == 0) {
			o->no_patch = true;
		} else if (strcmp(argv[i], "--no-fsgsbase") == 0) {
			o->no_fsgsbase = true;
		} else if (strcmp(argv[i], "--debug") == 0) {
			o->debug = o->no_patch = true;
		} else if (strcmp(argv[i], "--print-calls") == 0) {
			hostcalls_print(put);
			sys_1(__NR_exit_group, 0);
		} else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			put(usage);
			sys_1(__NR_exit_group, 0);
		} else {
			die("unknown option \"%s\"; --help lists them", argv[i]);
		}
	}
	if (!o->image)
		die("which image? --help shows how");
}
