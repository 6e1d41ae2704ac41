/* SPDX-License-Identifier: ISC */
/*
 * `kiln gdb`: starts an image that waits where its program begins (kiln run -D SOCKET --paused=program, a child), or
 * finds one that runs in the background, asks what stands between (host/debug) which files belong to it, and starts gdb
 * with a script that loads them, connects and goes to main.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common.h"
#include "elf_file.h"
#include "gdb_files.h"
#include "hostlib/cleanup.h"
#include "hostlib/process.h"
#include "instance.h"

#define POLL_US   20000
#define END_TRIES 250 /* of POLL_US: how long the machine may take to go */

enum { EX = OPTION_USER, COMMAND_FILE, BATCH, PAUSED, INPUT, TTY };

static const struct option_def options[] = {
    {PAUSED, 'S', "paused", NULL, "stop at the image's first instruction, not at the program's main"},
    {EX, 0, "ex", "COMMAND", "a command for gdb, at main; may come several times"},
    {COMMAND_FILE, 'x', "command", "FILE", "a file of commands for gdb, at main"},
    {BATCH, 0, "batch", NULL, "gdb ends when its commands are done"},
    {INPUT, 0, "stdin", "FILE", "the program's standard input; without it there is none: gdb has the terminal"},
    {TTY, 0, "tty", "DEVICE", "another terminal, for the program's input and output"},
    {0, 0, NULL, NULL, NULL},
};

struct session {
	struct strv gdb; /* options for gdb, behind our script */
	bool paused, running; /* running: it was there before us */
	const char *input, *tty;
	struct sockaddr_storage address;
	socklen_t address_size;
	char *target; /* for gdb's `target remote` */
	pid_t machine; /* kiln run, 0: none */
	/* what kiln-debug says */
	char *base, *exe, *image, *symbols, *program, *root;
	char *files; /* of gdb_files */
	struct strv dirs;
};

static int help(void)
{
	fputs("usage: kiln gdb [options] [options of kiln run] PROGRAM|IMAGE [args...]\n"
	      "       kiln gdb [options] NAME|:PORT\n\n"
	      "Starts a program or an image under gdb, with the symbols of program and kernel, and stops at main. NAME "
	      "is "
	      "an image\nthat runs in the background, started with -D; PORT is -D's.\n\n",
	      stdout);
	options_help(options, stdout);
	fputs("\nExamples:\n"
	      "  kiln gdb hello one two                    in QEMU or KVM\n"
	      "  kiln gdb -P sandbox hello                 in the sandbox\n"
	      "  kiln gdb -S web.kiln                      from the kernel's first instruction\n"
	      "  kiln gdb --batch --ex bt --ex continue hello\n"
	      "  kiln gdb --stdin words.txt sort           it reads the file; --tty /dev/pts/3: in that terminal\n"
	      "  kiln run -d -D 1234 -n web web.kiln       then: kiln gdb web\n",
	      stdout);
	return 0;
}

static void session_free(struct session *s)
{
	strv_free(&s->gdb);
	free(s->target);
	free(s->base);
	free(s->exe);
	free(s->image);
	free(s->symbols);
	free(s->program);
	free(s->root);
	free(s->files);
	strv_free(&s->dirs);
}

static int dial(const struct session *s)
{
	int fd = socket(s->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (const struct sockaddr *)&s->address, s->address_size) == 0)
		return fd;
	close(fd);
	return -1;
}

/* The content of a packet, once it is all there, out of its hexadecimal digits. */
static bool unpack(struct str *in)
{
	const char *begin = strchr(in->p, '$'), *end = begin ? strchr(begin, '#') : NULL;
	AUTO_STR struct str text = {0};
	unsigned byte;

	if (!end || end + 2 >= in->p + in->len)
		return false;
	str_add(&text, "");
	for (begin++; begin + 1 < end && sscanf(begin, "%2x", &byte) == 1; begin += 2)
		str_add_n(&text, (const char[]){(char)byte}, 1);
	in->len = 0;
	str_add(in, text.p);
	return true;
}

/* Our question to kiln-debug, which answers when the machine stands. */
static int question(int fd, struct str *answer, struct error *err)
{
	static const char ask[] = "qKiln.Info";
	unsigned sum = 0;
	char buf[4096];

	for (const char *p = ask; *p; p++)
		sum += (unsigned char)*p;
	if (dprintf(fd, "$%s#%02x", ask, sum & 255) < 0)
		return error_errno(err, "cannot speak to kiln-debug");
	do {
		ssize_t n = read(fd, buf, sizeof buf);

		if (n <= 0)
			return error_set(err, "the machine ended before the debugger could connect");
		str_add_n(answer, buf, (size_t)n);
	} while (!unpack(answer));
	return *answer->p ? 0 : error_set(err, "what listens there is not kiln-debug");
}

/* The rest of the line "KEY …"; NULL when that is empty. */
static char *value(const struct str *answer, const char *key)
{
	AUTO_FREE char *begin = xasprintf("%s ", key);

	for (const char *line = answer->p; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		if (!strncmp(line, begin, strlen(begin))) {
			line += strlen(begin);
			return strcspn(line, "\n") ? xstrndup(line, strcspn(line, "\n")) : NULL;
		}
	return NULL;
}

static int learn(struct session *s, int fd, struct error *err)
{
	AUTO_STR struct str answer = {0};
	struct {
		const char *key;
		char **to;
	} const keys[] = {{"base", &s->base},       {"exe", &s->exe},         {"image", &s->image},
			  {"symbols", &s->symbols}, {"program", &s->program}, {"root", &s->root}};

	if (question(fd, &answer, err) < 0)
		return -1;
	for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++)
		*keys[i].to = value(&answer, keys[i].key);
	return 0;
}

/* What runs, when it is not a file of its own: out of the image or of its root directory. */
static int find_program(struct session *s, struct error *err)
{
	if (gdb_files(s->image, s->symbols, &s->files, &s->dirs, err) < 0)
		return -1;
	if (s->program || !s->exe || *s->exe != '/' || strstr(s->exe, "/.."))
		return 0;
	s->program = xasprintf("%s%s", s->files, s->exe);
	if (access(s->program, R_OK) == 0)
		return 0;
	free(s->program);
	s->program = s->root ? xasprintf("%s%s", s->root, s->exe) : NULL;
	return 0;
}

static bool names_main(const struct elf_section *symbols, const struct elf_section *names)
{
	static const char name[] = "main";

	for (size_t n = 0; symbols->data && n < symbols->header.sh_size / sizeof(Elf64_Sym); n++) {
		Elf64_Sym sym;

		memcpy(&sym, symbols->data + n * sizeof sym, sizeof sym);
		if (names->data && sym.st_name + sizeof name <= names->header.sh_size &&
		    !memcmp(names->data + sym.st_name, name, sizeof name))
			return true;
	}
	return false;
}

static bool has_main(const char *path)
{
	AUTO_FILE_MAP struct file_map m = {0};
	struct elf_section s, names;
	struct error ignored;

	if (file_map(&m, path, &ignored) < 0 || elf_file_check(&m))
		return false;
	for (unsigned i = 0; elf_file_section(&m, &i, &s);) {
		unsigned k = s.header.sh_link;

		if (s.header.sh_type == SHT_SYMTAB && elf_file_section(&m, &k, &names) && names_main(&s, &names))
			return true;
	}
	return false;
}

/* What gdb shall not say. */
static void quietly(struct str *out, const char *command)
{
	str_addf(out,
		 "set logging file /dev/null\nset logging redirect on\nset logging enabled on\n%s\nset logging enabled "
		 "off\nset logging redirect off\nset logging file gdb.txt\n",
		 command);
}

/* A file's name as one word for gdb, to be freed. */
static char *word_of(const char *path)
{
	struct str s = {0};

	str_add(&s, "");
	for (; *path; path++) {
		if (strchr(" \t\\'\"", *path))
			str_add(&s, "\\");
		str_add_n(&s, path, 1);
	}
	return s.p;
}

static void script(const struct session *s, struct str *out)
{
	AUTO_FREE char *kernel = s->symbols ? xasprintf("add-symbol-file %s -o 0x%s", s->symbols, s->base) : NULL;
	AUTO_FREE char *program = s->program ? word_of(s->program) : NULL;

	/* Programs that are started later are libraries to gdb, by their names in the guest. */
	str_addf(out, "set confirm off\nset sysroot %s\nset solib-search-path ", s->root ? s->root : s->files);
	for (size_t i = 0; i < s->dirs.n; i++)
		str_addf(out, "%s%s", i ? ":" : "", s->dirs.v[i]);
	str_add(out, "\n");
	if (s->paused && s->symbols) {
		/* The kernel first, from its first instruction on. */
		str_addf(out, "exec-file %s\n", s->symbols);
		str_addf(out, "symbol-file -o 0x%s %s\n", s->base, s->symbols);
		str_add(out, "set breakpoint pending on\n");
	} else if (!s->paused) {
		if (program)
			str_addf(out, "file %s\n", program);
		if (kernel)
			quietly(out, kernel);
	}
	str_addf(out, "target remote %s\nset confirm on\n", s->target);
	if (s->running || s->paused)
		return;
	if (s->program && has_main(s->program))
		str_add(out, "tbreak main\ncontinue\n");
	else
		str_add(out, "echo kiln: the program has no symbols: at its first instruction\\n\n");
}

static int run_gdb(const struct session *s, struct error *err)
{
	const struct process_files files = {.in = -1, .out = -1, .err = -1};
	AUTO_FREE char *path = NULL;
	AUTO_STR struct str text = {0};
	AUTO_STRV struct strv argv = {0};
	sigset_t set;
	int status;
	pid_t pid;

	script(s, &text);
	if (temp_path(&path, "script.gdb", err) < 0 || file_write(path, text.p, text.len, 0600, err) < 0)
		return -1;
	strv_add(&argv, "gdb");
	strv_add(&argv, "-q");
	strv_add(&argv, "-x");
	strv_add(&argv, path);
	for (size_t i = 0; i < s->gdb.n; i++)
		strv_add(&argv, s->gdb.v[i]);
	/* Ctrl-C is gdb's. */
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGQUIT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	pid = process_start(argv.v, &files, err);
	if (pid < 0)
		return error_wrap(err, "the debugger");
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* The machine goes with gdb. */
static void end_machine(struct session *s)
{
	for (unsigned i = 0; s->machine > 0 && i < END_TRIES; i++) {
		if (waitpid(s->machine, NULL, WNOHANG) != 0)
			s->machine = 0;
		else
			usleep(POLL_US);
	}
	if (s->machine > 0) {
		kill(s->machine, SIGKILL);
		waitpid(s->machine, NULL, 0);
	}
}

/* kiln run, until it listens; its status when it ended before. */
static int start(struct session *s, const struct strv *words, struct error *err)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&s->address;
	const char *input = s->tty ? s->tty : s->input ? s->input : "/dev/null";
	AUTO_CLOSE int in = open(input, (s->tty ? O_RDWR | O_NOCTTY : O_RDONLY) | O_CLOEXEC);
	int out = s->tty ? in : -1;
	struct process_files files = {in, out, out, .own_group = true, .asked = true};
	AUTO_STRV struct strv argv = {0};
	int status, fd;

	if (in < 0)
		return error_errno(err, "%s", input);
	if (temp_path(&s->target, "gdb", err) < 0)
		return -1;
	if (strlen(s->target) >= sizeof un->sun_path)
		return error_set(err, "%s: too long a name for a socket; set TMPDIR", s->target);
	un->sun_family = AF_UNIX;
	strcpy(un->sun_path, s->target);
	s->address_size = sizeof *un;
	strv_add(&argv, "/proc/self/exe");
	strv_add(&argv, "run");
	strv_add(&argv, "-D");
	strv_add(&argv, s->target);
	strv_add(&argv, s->paused ? "--paused=entry" : "--paused=program");
	if (s->tty || s->input)
		strv_add(&argv, s->tty ? "-it" : "-i");
	for (size_t i = 0; i < words->n; i++)
		strv_add(&argv, words->v[i]);
	s->machine = process_start(argv.v, &files, err);
	if (s->machine < 0)
		return -1;
	while ((fd = dial(s)) < 0) {
		if (waitpid(s->machine, &status, WNOHANG) == s->machine) {
			s->machine = 0;
			return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
		}
		usleep(POLL_US);
	}
	status = learn(s, fd, err);
	close(fd);
	if (status == 0)
		status = find_program(s, err);
	if (status == 0)
		status = run_gdb(s, err);
	end_machine(s);
	return status;
}

/* One that runs: the port that its -D named. */
static int attach(struct session *s, unsigned port, struct error *err)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&s->address;
	int fd, status;

	s->running = true;
	in->sin_family = AF_INET;
	in->sin_port = htons((uint16_t)port);
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->address_size = sizeof *in;
	s->target = xasprintf("127.0.0.1:%u", port);
	fd = dial(s);
	if (fd < 0)
		return error_errno(err, "%s", s->target);
	status = learn(s, fd, err);
	close(fd);
	return status < 0 || find_program(s, err) < 0 ? -1 : run_gdb(s, err);
}

/* The port of a word that means something that runs; 0: it does not; -1. What runs and lets a debugger in comes before a file
 * of that name, which "./" makes a file's. */
static int port_of(const char *word, struct error *err)
{
	AUTO_INSTANCE struct instance i = {0};
	struct error ignored;
	bool file = access(word, F_OK) == 0;
	int64_t port;
	char *end;

	if (*word == ':') {
		port = strtol(word + 1, &end, 10);
		return end != word + 1 && !*end && port > 0 && port <= 65535 ? (int)port
									     : error_usage(err, "%s: not a port", word);
	}
	if (instance_open(&i, word, &ignored) < 0)
		return 0;
	port = instance_number(&i, "gdb");
	if (file && i.alive && port)
		fprintf(stderr, "kiln: note: %s runs, and is what is debugged; ./%s is the file\n", word, word);
	else if (file)
		return 0;
	if (!i.alive)
		return error_set(err, "%s: it does not run any more", word);
	if (!port)
		return error_set(err, "%s: was started without -D PORT, so no debugger can come in", word);
	return (int)port;
}

/* An option of this command's: "-x", "-xVALUE", "--name" or "--name=VALUE". */
static bool is_own(const char *word)
{
	if (word[0] != '-' || !strcmp(word, "-h") || !strcmp(word, "--help"))
		return word[0] == '-';
	for (const struct option_def *d = options; d->id; d++) {
		size_t n = strlen(d->name);

		if (d->letter && word[1] == d->letter && (d->arg || !word[2]))
			return true;
		if (word[1] == '-' && !strncmp(word + 2, d->name, n) && (!word[2 + n] || word[2 + n] == '='))
			return true;
	}
	return false;
}

/* An option of kiln run's, with its value: the words of it are kept for that. */
static int take_run_option(struct options *o, struct strv *run, struct error *err)
{
	struct options r = OPTIONS_INIT(run_options(), o->argc, o->argv);

	r.index = o->index;
	do
		if (options_next(&r, err) < 0)
			return -1;
	while (r.cluster);
	while (o->index < r.index)
		strv_add(run, o->argv[o->index++]);
	return 0;
}

int command_gdb(int argc, char **argv, struct error *err)
{
	AUTO_STRV struct strv words = {0};
	__attribute__((cleanup(session_free))) struct session s = {0};
	struct options o = OPTIONS_INIT(options, argc, argv);
	int port;

	while (o.index < argc && argv[o.index][0] == '-' && strcmp(argv[o.index], "--") != 0) {
		if (!is_own(argv[o.index])) {
			if (take_run_option(&o, &words, err) < 0)
				return -1;
			continue;
		}
		switch (options_next(&o, err)) {
		case OPTION_HELP: return help();
		case EX:
			strv_add(&s.gdb, "-ex");
			strv_add(&s.gdb, o.value);
			break;
		case COMMAND_FILE:
			strv_add(&s.gdb, "-x");
			strv_add(&s.gdb, o.value);
			break;
		case BATCH: strv_add(&s.gdb, "-batch"); break;
		case PAUSED: s.paused = true; break;
		case INPUT: s.input = o.value; break;
		case TTY: s.tty = o.value; break;
		default: return -1;
		}
	}
	if (o.index >= argc)
		return error_usage(
		    err, "which program or image? kiln gdb PROGRAM|IMAGE [args...], or NAME of one that runs");
	port = o.index == argc - 1 && !words.n ? port_of(argv[o.index], err) : 0;
	if (port < 0)
		return -1;
	if (port && (s.input || s.tty))
		return error_usage(err, "--stdin and --tty: only for what is started here");
	if (port)
		return attach(&s, (unsigned)port, err);
	while (o.index < argc)
		strv_add(&words, argv[o.index++]);
	return start(&s, &words, err);
}
