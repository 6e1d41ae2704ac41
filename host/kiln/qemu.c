/* SPDX-License-Identifier: ISC */
/*
 * Runs an image in QEMU, with no more devices than it needs. The console is the serial port on standard input and
 * output, and a debug port for standard error where that is another file (abi/console.h). The exit status comes back as a
 * line on a debug port (abi/exit.h), which QEMU writes to a memory file of ours; the configuration goes in by another one.
 * Nothing is left to clean up, however this ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi/console.h"
#include "abi/exit.h"
#include "elf_file.h"
#include "hostlib/cleanup.h"
#include "hostlib/process.h"
#include "hostlib/record.h"
#include "launch.h"
#include "terminal.h"
#include "trace.h"

#define ROOM_ABOVE_IMAGE (128 << 10) /* less than this and the kernel cannot even say so */

#define WORDS_BYTES (64u << 10) /* what QEMU says itself; more is not kept */

#define QUICK_BIOS "/usr/share/qemu/qboot.rom"

static bool is_microvm(const struct launch *l)
{
	return l->platform == PLATFORM_MICROVM;
}

static void add_user(const struct launch *l, struct strv *argv, unsigned i, bool publish)
{
	const struct nic *nic = &l->net.nic[i];
	const char *addr = network_static(l->config, nic->name);
	AUTO_FREE char *net = network_played(l, i);
	AUTO_STR struct str s = {0};

	str_addf(&s, "user,id=%s,ipv6=off,net=%s", nic->name, net);
	for (unsigned k = 0; publish && k < l->net.publishes; k++) {
		const struct publish *p = &l->net.publish[k];

		str_addf(&s, ",hostfwd=%s:%s:%u-%.*s:%u", p->udp ? "udp" : "tcp", p->host_addr, p->host_port,
			 addr ? (int)strcspn(addr, "/") : 0, addr ? addr : "", p->port);
	}
	strv_add(argv, s.p);
}

/* Locally administered and its own for each run, so that two guests may share a bridge. */
static void add_device(const struct launch *l, struct strv *argv, const char *name, unsigned i)
{
	unsigned salt = (unsigned)getpid();

	strv_add(argv, "-device");
	strv_addf(argv, "%s,netdev=%s,mac=52:54:%02x:%02x:%02x:%02x%s",
		  is_microvm(l) ? "virtio-net-device" : "virtio-net-pci", name, salt >> 16 & 255, salt >> 8 & 255,
		  salt & 255, i, is_microvm(l) ? "" : ",romfile=");
}

static void add_network(const struct launch *l, struct strv *argv)
{
	bool published = false;

	for (unsigned i = 0; i < l->net.nics; i++) {
		const struct nic *nic = &l->net.nic[i];

		if (nic->kind == NIC_NONE)
			continue;
		strv_add(argv, "-netdev");
		if (nic->kind == NIC_USER) {
			add_user(l, argv, i, !published);
			published = true;
		} else if (nic->kind == NIC_TAP) {
			strv_addf(argv, "tap,id=%s,ifname=%s,script=no,downscript=no", nic->name, nic->tap);
		} else {
			strv_addf(argv, "tap,id=%s,fd=%d", nic->name, nic->fd);
		}
		add_device(l, argv, nic->name, i);
	}
}

/* Descriptors of QEMU's. */
struct channels {
	int record;
	int errors; /* another one for our standard error, or -1: all output is standard output */
};

/* Where both are the same, one channel keeps the order. */
static bool errors_apart(const struct launch *l)
{
	struct stat out, errors;

	return !l->raw && fstat(1, &out) == 0 && fstat(2, &errors) == 0 &&
	       (out.st_dev != errors.st_dev || out.st_ino != errors.st_ino);
}

static unsigned console_flags(const struct launch *l, bool apart)
{
	if (l->raw)
		return CONSOLE_RAW_TTY;
	return CONSOLE_FRAMED | (l->input && isatty(0) ? CONSOLE_STDIN_TTY : 0) | (isatty(1) ? CONSOLE_STDOUT_TTY : 0) |
	       (isatty(2) ? CONSOLE_STDERR_TTY : 0) | (apart ? CONSOLE_ERRORS : 0);
}

/* QEMU uses the descriptor as it is, whatever it leads to; by two kinds of back end, for the ways it can be open. */
static void add_errors(struct strv *argv, int fd)
{
	bool both_ways = (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR;

	strv_add(argv, "-add-fd");
	strv_addf(argv, "fd=%d,set=1", fd);
	strv_add(argv, "-chardev");
	strv_add(argv, both_ways ? "pipe,id=errors,path=/dev/fdset/1" : "file,id=errors,append=on,path=/dev/fdset/1");
	strv_add(argv, "-device");
	strv_addf(argv, "isa-debugcon,iobase=0x%x,chardev=errors", CONSOLE_ERROR_PORT);
}

static void build_argv(const struct launch *l, struct strv *argv, struct channels c)
{
	static const char *const always[] = {"-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"};
	bool kvm = l->platform == PLATFORM_KVM;
	const char *memory = l->trace ? ",memory-backend=ram" : "";
	unsigned rows = 0, columns = 0;

	debugger_wrap(l, argv, c.record);
	strv_add(argv, "qemu-system-x86_64");
	strv_add(argv, "-machine");
	if (is_microvm(l))
		strv_addf(argv, "microvm,accel=tcg,isa-serial=on,rtc=on,pic=on,acpi=off,auto-kernel-cmdline=on%s",
			  memory);
	else
		strv_addf(argv, "pc,accel=%s,usb=off,vmport=off,smbus=off%s", kvm ? "kvm" : "tcg", memory);
	/* It saves 150 ms, and leaves PCI devices without addresses. */
	if (!is_microvm(l) && !l->net.nics && !l->qemu_args.n && !access(QUICK_BIOS, R_OK)) {
		strv_add(argv, "-bios");
		strv_add(argv, QUICK_BIOS);
	}
	strv_add(argv, "-cpu");
	strv_add(argv, kvm ? "host" : "max");
	for (size_t i = 0; i < sizeof always / sizeof *always; i++)
		strv_add(argv, always[i]);
	if (l->name) {
		strv_add(argv, "-name");
		strv_add(argv, l->name);
	}
	strv_add(argv, "-m");
	strv_addf(argv, "%lluk", (unsigned long long)(l->memory >> 10));
	if (l->trace) {
		strv_add(argv, "-object");
		strv_addf(argv, "memory-backend-file,id=ram,size=%lluk,share=on,mem-path=/proc/self/fd/%d",
			  (unsigned long long)(l->memory >> 10), l->trace->memory);
	}
	strv_add(argv, "-chardev");
	strv_add(argv, "stdio,id=console");
	strv_add(argv, "-serial");
	strv_add(argv, "chardev:console");
	strv_add(argv, "-chardev");
	if (c.record >= 0) /* opened for both ways, and so not truncated */
		strv_addf(argv, "pipe,id=exit,path=/proc/self/fd/%d", c.record);
	else
		strv_add(argv, "file,id=exit,path=/dev/null");
	strv_add(argv, "-device");
	strv_addf(argv, "isa-debugcon,iobase=0x%x,chardev=exit", EXIT_PORT);
	strv_add(argv, "-device");
	strv_addf(argv, "isa-debug-exit,iobase=0x%x,iosize=1", EXIT_QEMU_PORT);
	if (l->config_path) {
		strv_add(argv, "-fw_cfg");
		strv_addf(argv, "name=opt/kiln/config,file=%s", l->config_path);
	}
	if (c.errors >= 0)
		add_errors(argv, c.errors);
	if (!l->dry_run) {
		if (l->raw)
			terminal_size(&rows, &columns);
		strv_add(argv, "-fw_cfg");
		strv_addf(argv, "name=" CONSOLE_FILE ",string=%u %u %u", console_flags(l, c.errors >= 0), rows,
			  columns);
	}
	add_network(l, argv);
	strv_add(argv, "-kernel");
	strv_add(argv, l->image_path);
	for (size_t i = 0; i < l->qemu_args.n; i++)
		strv_add(argv, l->qemu_args.v[i]);
}

/* The image is loaded at its physical addresses: RAM must reach beyond them. */
static int check_memory(const struct launch *l, struct error *err)
{
	const struct file_map *m = &l->image->map;
	uint64_t end = 0;

	for (unsigned i = 0; i < elf_file_header(m)->e_phnum; i++) {
		Elf64_Phdr ph = elf_file_segment(m, i);

		if (ph.p_type == PT_LOAD && ph.p_paddr + ph.p_memsz > end)
			end = ph.p_paddr + ph.p_memsz;
	}
	if (end + ROOM_ABOVE_IMAGE <= l->memory)
		return 0;
	return error_set(err, "-m: %lluK of memory is too little for this image, which begins to work at %lluK",
			 (unsigned long long)(l->memory >> 10),
			 (unsigned long long)((end + ROOM_ABOVE_IMAGE + 1023) >> 10));
}

/* What QEMU said, but for the line about the signal that we sent. */
static void show_words(int fd)
{
	AUTO_FREE char *text = xmalloc(WORDS_BYTES + 1);
	char *save = NULL;
	ssize_t n = pread(fd, text, WORDS_BYTES, 0);

	text[n > 0 ? n : 0] = '\0';
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (!strstr(line, "terminating on signal"))
			fprintf(stderr, "%s\n", line);
}

static int finish(const struct launch *l, enum supervise_end end, int status, int signal, int record, struct error *err)
{
	int code = record_status(record);

	if (end == END_TIMEOUT) {
		fprintf(stderr, "kiln: stopped after %g seconds (--timeout)\n", l->timeout);
		return STATUS_TIMEOUT;
	}
	if (code >= 0)
		return code;
	if (end == END_SIGNAL)
		return 128 + signal;
	err->status = STATUS_MACHINE;
	if (WIFSIGNALED(status))
		fprintf(stderr, "kiln: the machine ended without an exit status (QEMU was killed by signal %d)\n",
			WTERMSIG(status));
	else if (WEXITSTATUS(status))
		fprintf(stderr, "kiln: the machine ended without an exit status (QEMU's was %d)\n",
			WEXITSTATUS(status));
	else
		fprintf(stderr, "kiln: the machine ended without an exit status (it was switched off or reset)\n");
	return STATUS_MACHINE;
}

static bool ask(pid_t child, int sig, bool from_terminal)
{
	(void)child, (void)from_terminal;
	return feed_signal(sig);
}

int qemu_run(const struct launch *l, struct error *err)
{
	AUTO_STRV struct strv argv = {0};
	AUTO_CLOSE int record = -1;
	AUTO_CLOSE int errors = -1;
	AUTO_CLOSE int input = -1;
	AUTO_CLOSE int words = -1;
	struct process_files files = {.in = -1, .out = -1, .err = -1};
	enum supervise_end end;
	int status = 0, signal = 0, flags[3];
	pid_t pid;

	if (check_memory(l, err) < 0)
		return -1;
	if (l->dry_run) {
		build_argv(l, &argv, (struct channels){-1, -1});
		launch_print(argv.v);
		return 0;
	}
	if (network_check_taps(&l->net, err) < 0)
		return -1;
	record = l->record_fd >= 0 ? dup(l->record_fd) : record_open();
	words = record_file("kiln-words", WORDS_BYTES, MFD_CLOEXEC);
	if (errors_apart(l))
		errors = dup(2);
	if (record < 0 || words < 0)
		return error_errno(err, "cannot make a memory file");
	/* Traces asked for with -g are not held back. */
	if (!l->qemu_args.n)
		files.err = words;
	build_argv(l, &argv, (struct channels){record, errors});
	input = feed_open(err);
	if (input < 0)
		return -1;
	files.in = input;
	files.own_group = true;
	if (l->raw && !l->remote && terminal_take(err) < 0)
		return -1;
	supervise_prepare();
	for (int fd = 1; fd <= 2; fd++)
		flags[fd] = fcntl(fd, F_GETFL);
	pid = process_start(argv.v, &files, err);
	if (pid < 0 || feed_start(l, err) < 0 || feed_watch(err) < 0)
		return -1;
	end = supervise(l, pid, ask, &status, &signal);
	terminal_give_back();
	for (int fd = 1; fd <= 2; fd++) /* QEMU shares the descriptors, and makes them non-blocking */
		if (flags[fd] >= 0)
			fcntl(fd, F_SETFL, flags[fd]);
	show_words(words);
	return finish(l, end, status, signal, record, err);
}
