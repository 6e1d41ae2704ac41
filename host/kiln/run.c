/* SPDX-License-Identifier: ISC */
/*
 * `kiln run`: the command line, the image (baked here when a program is named), the configuration as the guest will see
 * it, then the machine. A baked image and the configuration are handed over as open files without a name, so that
 * nothing stays behind even when kiln is killed.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hostlib/cleanup.h"
#include "detach.h"
#include "foreground.h"
#include "launch.h"
#include "see.h"

enum {
	MEMORY = OPTION_USER,
	PUBLISH,
	NET,
	NAME,
	TIMEOUT,
	GRACE,
	DRY_RUN,
	QEMU_ARGS,
	GDB,
	PAUSED,
	INPUT,
	TERMINAL,
	DETACH,
	REMOVE,
	RESTART,
	LOG_SIZE,
	PROFILE,
	CORE,
	BOOT_CHART,
	LATER,
};

static const struct option_def options[] = {
    {MEMORY, 'm', "memory", "64M", "the guest's memory"},
    {PUBLISH, 'p', "publish", "HOSTPORT:PORT[/udp]",
     "reach the guest's port on 127.0.0.1:HOSTPORT (ADDR:HOSTPORT:PORT: there)"},
    {NET, 'I', "net", "NAME=user|tap:IF|fd:N|none", "attach a network interface (user: no root needed)"},
    COMMON_OPTIONS,
    {NAME, 'n', "name", "NAME", "the machine's name"},
    {TIMEOUT, 0, "timeout", "SECONDS", "stop after that; kiln's status is then 124"},
    {DETACH, 'd', "detach", NULL, "in the background; prints its name once the guest is up"},
    {RESTART, 0, "restart", "no|on-failure[:N]|always", "with -d: start it again when it ends"},
    {REMOVE, 0, "rm", NULL, "with -d: forget it when it ends"},
    {LOG_SIZE, 0, "log-size", "1M", "with -d: how much of its output is kept"},
    {GRACE, 0, "stop-timeout", "SECONDS", "from a request to end (Ctrl-C, kiln stop) to the end"},
    {INPUT, 'i', "interactive", NULL, "standard input reaches the guest"},
    {TERMINAL, 't', "tty", NULL, "with -i: the terminal is the guest's: keys, Ctrl-C, the window's size"},
    {GDB, 'D', "gdb", "PORT|PATH", "let a debugger in, at 127.0.0.1:PORT or a socket (docs/debugging.md)"},
    {PAUSED, 'S', "paused", "[=entry|program]",
     "with -D: wait for it at the image's or the program's first instruction"},
    {QEMU_ARGS, 'g', "qemu-args", "'ARGS'", "passed on to QEMU"},
    {PROFILE, 0, "profile", "FILE", "write where the time goes there, as folded stacks; see kiln profile"},
    {CORE, 0, "core", "FILE|DIR", "where a program that crashes leaves its core file, for gdb"},
    {BOOT_CHART, 0, "boot-chart", "FILE", "draw the time line of the start there (SVG)"},
    {DRY_RUN, 0, "dry-run", NULL, "print the host's commands instead of running them"},
    {LATER, 'v', "volume", "HOSTDIR:DIR[:ro]", "not in this version"},
    {LATER, 'b', "disk", "FILE[:DIR[:TYPE]]", "not in this version"},
    {0, 0, NULL, NULL, NULL},
};

struct run {
	struct common common;
	struct launch launch;
	struct detach detach;
	struct image_file image;
	json_t *config;
	int image_fd, config_fd;
	char *image_path, *config_path;
	struct see see;
};

static int help(void)
{
	fputs("usage: kiln run [options] PROGRAM|IMAGE [args...]\n\n"
	      "Runs a Linux program as a unikernel, or an image. kiln's exit status is the program's; 124 after "
	      "--timeout, 125\n"
	      "when the machine failed, 1 and 2 when nothing was started.\n\n",
	      stdout);
	options_help(options, stdout);
	fputs("\nExamples:\n"
	      "  kiln run hello one two                    on KVM where it works, else in QEMU\n"
	      "  kiln run -P sandbox hello                 as a sandboxed process, without a machine\n"
	      "  kiln run -p 8080:80 -m 32M web.kiln       then: curl http://127.0.0.1:8080/\n"
	      "  kiln run -I eth0=tap:tap0 -W eth0=10.0.0.2/24,gw=10.0.0.1 web.kiln\n"
	      "  kiln run --strace=open,read hello         what it asks of the kernel\n",
	      stdout);
	return 0;
}

static int parse_size(const char *option, const char *word, uint64_t least, uint64_t *bytes, struct error *err)
{
	static const char units[] = "KMG";
	char *end;
	unsigned long long n;
	const char *unit;
	unsigned shift = 20; /* QEMU's users mean megabytes */

	errno = 0;
	n = strtoull(word, &end, 10);
	if (end == word || *word == '-' || errno)
		return error_usage(err, "%s %s: not a size, as in 64M", option, word);
	if (*end) {
		unit = strchr(units, *end >= 'a' ? *end - 'a' + 'A' : *end);
		if (!unit || (end[1] && (strcasecmp(end + 1, "b") != 0 && strcasecmp(end + 1, "ib") != 0)))
			return error_usage(err, "%s %s: not a size, as in 64M (K, M or G)", option, word);
		shift = 10 * (unsigned)(unit - units + 1);
	}
	if (n > (1ull << 40) >> shift)
		return error_usage(err, "%s %s: more than 1024G", option, word);
	*bytes = (uint64_t)n << shift;
	if (*bytes < least)
		return error_usage(err, "%s %s: too little; at least %uK", option, word, (unsigned)(least >> 10));
	return 0;
}

static int parse_seconds(const char *option, const char *word, double *seconds, struct error *err)
{
	char *end;

	*seconds = strtod(word, &end);
	if (end == word || *end || !isfinite(*seconds) || *seconds <= 0 || *seconds > 1e6)
		return error_usage(err, "%s %s: not a number of seconds", option, word);
	return 0;
}

static int run_option(struct run *r, int id, const char *value, struct error *err)
{
	struct launch *l = &r->launch;

	switch (id) {
	case MEMORY: return parse_size("-m", value, 256 << 10, &l->memory, err);
	case LOG_SIZE: return parse_size("--log-size", value, 4 << 10, &r->detach.log_size, err);
	case DETACH: r->detach.on = true; return 0;
	case REMOVE: r->detach.remove = true; return 0;
	case RESTART: return detach_set_restart(&r->detach, value, err);
	case PUBLISH: return network_publish(&l->net, value, err);
	case NET: return network_add(&l->net, value, err);
	case NAME: l->name = value; return instance_check_name(value, err);
	case TIMEOUT: return parse_seconds("--timeout", value, &l->timeout, err);
	case GRACE: return parse_seconds("--stop-timeout", value, &l->grace, err);
	case GDB: return debugger_set_where(&l->debugger, value, err);
	case QEMU_ARGS:
		if (config_split(value, &l->qemu_args, err) == 0)
			return 0;
		err->status = STATUS_USAGE;
		return error_wrap(err, "-g");
	case PAUSED: return debugger_set_paused(&l->debugger, value, err);
	case INPUT: l->input = true; return 0;
	case TERMINAL: l->terminal = true; return 0;
	case PROFILE: return see_option(&r->see, "profile", value, r->common.options, err);
	case CORE: return see_option(&r->see, "core", value, r->common.options, err);
	case BOOT_CHART: return see_option(&r->see, "boot-chart", value, r->common.options, err);
	case DRY_RUN: l->dry_run = true; return 0;
	default: return common_option(&r->common, id, value, err);
	}
}

/* Bakes the program to an image without a name. */
static int bake_program(struct run *r, char *program, struct error *err)
{
	AUTO_JSON json_t *config = common_config(&r->common, err);
	AUTO_FREE char *path = NULL;
	struct bake b = {.programs = &program,
			 .program_count = 1,
			 .components = r->common.components,
			 .default_set = platform_set(r->launch.platform),
			 .root = r->common.root,
			 .ca_certs = r->common.ca_certs,
			 .plan = config,
			 .allow_wx = r->common.allow_wx,
			 .terminal = r->launch.terminal};
	AUTO_FREE char *debug = NULL;

	if (!config)
		return -1;
	if ((r->launch.debugger.where || r->see.profile) && temp_path(&debug, "symbols", err) < 0)
		return -1;
	b.debug = debug;
	if (temp_path(&path, "image", err) < 0 || bake_image(&b, path, true, err) < 0)
		return -1;
	if (debug)
		see_symbols(&r->see, debug);
	if (r->launch.debugger.where && debugger_symbols(&r->launch.debugger, path, debug, err) < 0)
		return -1;
	r->image_fd = open(path, O_RDONLY);
	if (r->image_fd < 0)
		return error_errno(err, "%s", path);
	if (image_file_open(&r->image, path, err) < 0)
		return -1;
	temp_cleanup();
	r->launch.debugger.program = debug ? realpath(program, NULL) : NULL;
	r->launch.debugger.root = r->common.root;
	r->image_path = xasprintf("/proc/self/fd/%d", r->image_fd);
	return 0;
}

static int open_image(struct run *r, const char *path, struct error *err)
{
	if (r->common.root || r->common.components || r->common.allow_wx || r->common.ca_certs)
		return error_usage(err, "%s is an image already; -r, -C, --ca-certs and --allow-wx are for kiln bake",
				   path);
	AUTO_FREE char *symbols = xasprintf("%s.debug", path);

	if (image_file_open(&r->image, path, err) < 0)
		return -1;
	see_symbols(&r->see, symbols);
	if (r->launch.debugger.where && debugger_symbols(&r->launch.debugger, path, symbols, err) < 0)
		return -1;
	if (!r->detach.on) {
		r->image_path = xstrdup(path);
		return 0;
	}
	/* A restart is of this file, whatever has its name by then. */
	r->image_fd = open(path, O_RDONLY);
	if (r->image_fd < 0)
		return error_errno(err, "%s", path);
	r->image_path = xasprintf("/proc/self/fd/%d", r->image_fd);
	return 0;
}

/* The image fits the platform; without -P its platform decides. */
static int match_platform(struct run *r, const char *path, struct error *err)
{
	struct launch *l = &r->launch;
	bool sandbox = !strcmp(r->image.platform, "sandbox");
	const char *missing;

	if (l->platform == PLATFORM_DEFAULT && sandbox)
		l->platform = PLATFORM_SANDBOX;
	if ((l->platform == PLATFORM_SANDBOX) != sandbox)
		return error_set(err, "%s: an image for %s, which -P %s cannot run; kiln bake -P %s makes one for it",
				 path, r->image.platform, platform_name(l->platform), platform_name(l->platform));
	if (l->platform == PLATFORM_DEFAULT)
		l->platform = kvm_missing() ? PLATFORM_QEMU : PLATFORM_KVM;
	if (l->platform == PLATFORM_KVM && (missing = kvm_missing())) {
		fprintf(stderr, "kiln: note: no KVM: %s; running in QEMU without it\n", missing);
		l->platform = PLATFORM_QEMU;
	}
	return 0;
}

/* Arguments replace those of the one program that the configuration starts; without rc the kernel takes "args". */
static int set_args(json_t *config, char **args, int count, struct error *err)
{
	json_t *rc = json_object_get(config, "rc"), *list;

	if (!count)
		return 0;
	if (json_array_size(rc) > 1)
		return error_usage(err, "\"%s\": the configuration starts %zu programs, and has their arguments",
				   args[0], json_array_size(rc));
	list = json_array();
	for (int i = 0; i < count; i++)
		if (json_array_append_new(list, json_string(args[i])) < 0)
			return error_usage(err, "argument %d is not UTF-8", i + 1);
	if (rc)
		json_object_set_new(json_array_get(rc, 0), "argv", list);
	else
		json_object_set_new(config, "args", list);
	return 0;
}

/* An image has these only if it was baked so. */
static int check_features(const struct run *r, struct error *err)
{
	static const char *const features[] = {"strace", "stats", "profile", "boot-chart", "core"};

	for (unsigned i = 0; i < sizeof features / sizeof *features; i++)
		if (common_wants(r->config, features[i]) && !image_file_has(&r->image, features[i]))
			return error_set(err, "%s: baked without %s; kiln bake --%s puts it in", r->image.path,
					 features[i], features[i]);
	return 0;
}

/* What was baked in, below the file of -c, below the other options, and what the network adds. */
static int make_config(struct run *r, char **args, int count, struct error *err)
{
	const struct image_entry *e;
	AUTO_STRV struct strv warnings = {0};
	AUTO_JSON json_t *given = common_config(&r->common, err);
	unsigned i = 0;

	if (!given)
		return -1;
	e = image_file_entry(&r->image, IMAGE_CONFIG, &i);
	if (e) {
		r->config = config_parse(image_file_data(&r->image, e), e->size, &warnings, err);
		if (!r->config)
			return error_wrap(err, "%s: the configuration in it", r->image.path);
	} else {
		r->config = json_object();
	}
	config_merge(r->config, given);
	if (check_features(r, err) < 0)
		return -1;
	if (set_args(r->config, args, count, err) < 0 ||
	    network_complete(&r->launch.net, r->config, r->launch.platform, err) < 0 ||
	    (!r->launch.dry_run && network_check_ports(&r->launch.net, err) < 0))
		return -1;
	return config_check(r->config, err);
}

/* The configuration as a file for the machine to read. */
static int write_config(struct run *r, struct error *err)
{
	AUTO_FREE char *text = NULL;

	if (!json_object_size(r->config))
		return 0;
	text = json_dumps(r->config, JSON_COMPACT);
	if (r->launch.dry_run) {
		AUTO_STR struct str s = {0};

		str_add(&s, "printf %s ");
		str_add_quoted(&s, text);
		printf("%s >kiln.config\n", s.p);
		r->config_path = xstrdup("kiln.config");
		return 0;
	}
	r->config_fd = memfd_create("kiln-config", 0);
	if (r->config_fd < 0 || file_write_fd(r->config_fd, text, strlen(text)) < 0)
		return error_errno(err, "cannot write the configuration");
	r->config_path = xasprintf("/proc/self/fd/%d", r->config_fd);
	return 0;
}

/* --dry-run of a program: the bake as a command of its own. */
static void print_bake(struct run *r, const char *program)
{
	AUTO_STRV struct strv v = {0};
	const struct common *c = &r->common;

	strv_add(&v, "kiln");
	strv_add(&v, "bake");
	if (c->platform) {
		strv_add(&v, "-P");
		strv_add(&v, platform_name(c->platform));
	}
	if (c->components) {
		strv_add(&v, "-C");
		strv_add(&v, c->components);
	}
	if (c->root) {
		strv_add(&v, "-r");
		strv_add(&v, c->root);
	}
	if (c->ca_certs)
		strv_addf(&v, "--ca-certs=%s", c->ca_certs);
	if (c->allow_wx)
		strv_add(&v, "--allow-wx");
	strv_add(&v, "-o");
	strv_addf(&v, "%s.kiln", file_base(program));
	strv_add(&v, program);
	launch_print(v.v);
	free(r->image_path);
	r->image_path = xasprintf("%s.kiln", file_base(program));
}

void launch_print(char *const *argv)
{
	AUTO_STR struct str s = {0};

	for (unsigned i = 0; argv[i]; i++) {
		if (i)
			str_add(&s, " ");
		str_add_quoted(&s, argv[i]);
	}
	puts(s.p);
}

static int find_image(struct run *r, char *path, struct error *err)
{
	AUTO_FILE_MAP struct file_map m = {0};
	bool image;

	if (file_map(&m, path, err) < 0)
		return -1;
	image = program_is_image(&m);
	if (image ? open_image(r, path, err) : bake_program(r, path, err) < 0)
		return -1;
	if (match_platform(r, path, err) < 0)
		return -1;
	if (!image && r->launch.dry_run)
		print_bake(r, path);
	return 0;
}

int launch_run(const struct launch *l, struct error *err)
{
	return l->platform == PLATFORM_SANDBOX ? sandbox_run(l, err) : qemu_run(l, err);
}

static int start(struct run *r, char **words, int count, struct error *err)
{
	struct launch *l = &r->launch;

	l->platform = r->common.platform;
	if (l->terminal && (!l->input || (!r->detach.on && !isatty(0))))
		return error_usage(err, l->input ? "-t: standard input is not a terminal" : "-t: only with -i");
	r->detach.on &= !l->dry_run;
	if (l->debugger.paused && !l->debugger.where)
		return error_usage(err, "-S: only with -D");
	if (detach_check(&r->detach, err) < 0)
		return -1;
	if (find_image(r, words[0], err) < 0 || make_config(r, words + 1, count - 1, err) < 0)
		return -1;
	see_image(&r->see, &r->image, r->config);
	if (write_config(r, err) < 0)
		return -1;
	l->image = &r->image;
	l->raw = l->terminal && !l->dry_run && image_file_has(&r->image, "tty");
	l->remote = l->input && r->detach.on;
	l->image_path = r->image_path;
	l->config = r->config;
	l->config_path = r->config_path;
	r->detach.see = &r->see;
	if (r->detach.on)
		return detach_run(&r->detach, l, words, count, err);
	if (l->grace <= 0)
		l->grace = GRACE_SECONDS;
	if (!l->dry_run && foreground_begin(l, words, count, err) < 0)
		return -1;
	return see_wanted(&r->see) ? see_run(&r->see, l, err) : launch_run(l, err);
}

static void run_free(struct run *r)
{
	common_free(&r->common);
	network_free(&r->launch.net);
	debugger_free(&r->launch.debugger);
	strv_free(&r->launch.qemu_args);
	image_file_close(&r->image);
	json_decref(r->config);
	free(r->image_path);
	free(r->config_path);
	see_free(&r->see);
}

const struct option_def *run_options(void)
{
	return options;
}

int run_again(const char *name, int argc, char **argv, struct error *err)
{
	struct options o = OPTIONS_INIT(options, argc, argv);
	__attribute__((cleanup(run_free))) struct run r = {
	    .see = SEE_INIT,
	    .image_fd = -1,
	    .config_fd = -1,
	    .launch = {.memory = 64 << 20, .record_fd = -1, .hold_fd = -1, .debugger.symbols_fd = -1},
	    .detach = {.log_size = LOGFILE_LIMIT, .argc = argc, .argv = argv, .again = name}};
	int id;

	common_init(&r.common);
	while ((id = options_next(&o, err)) > 0) {
		if (id == OPTION_HELP)
			return help();
		if (id == OPTION_WORD)
			return start(&r, options_rest(&o), argc - o.index + 1, err);
		if (id == LATER)
			return error_usage(err, "%s: not in this version of Kiln",
					   argv[o.index - (o.value != NULL) - 1]);
		if (run_option(&r, id, o.value, err) < 0)
			return -1;
	}
	return id < 0 ? -1 : error_usage(err, "which program or image? kiln run PROGRAM|IMAGE [args...]");
}

int command_run(int argc, char **argv, struct error *err)
{
	return run_again(NULL, argc, argv, err);
}
