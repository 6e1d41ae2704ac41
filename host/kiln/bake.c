/* SPDX-License-Identifier: ISC */
/*
 * A bake: load and check the programs, choose components, make the root file system, write payload.o and systab.ld, link
 * once with the host's ld, strip in place, check, rename. Everything on the way lies in the temporary directory or beside
 * the result under a name that is removed when the bake fails or is interrupted.
 */
#include "bake.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "abi/image.h"
#include "common.h"
#include "elf_file.h"
#include "guest_file.h"
#include "hostlib/cleanup.h"
#include "hostlib/process.h"
#include "image_file.h"
#include "lib/image.h"
#include "linkmap.h"
#include "payload.h"
#include "trim.h"

/* Any fixed one: the same files give the same bytes. */
#define ROOT_UUID "6b696c6e-726f-6f74-8000-000000000001"

struct inputs {
	struct program *program;
	size_t count;
	struct call_set calls;
	char *config;
	char *rootfs;
	uint64_t rootfs_size;
};

static void inputs_free(struct inputs *in)
{
	for (size_t i = 0; i < in->count; i++)
		program_free(&in->program[i]);
	free(in->program);
	free(in->config);
	free(in->rootfs);
}

/* True when the guest's path leads to a file in the root directory, symbolic links followed as the guest would. */
static bool in_root(const char *root, const char *path)
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
	AUTO_CLOSE int dir = -1;
	AUTO_CLOSE int fd = -1;

	if (!root)
		return false;
	dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	fd = dir < 0 ? -1 : (int)syscall(SYS_openat2, dir, path, &how, sizeof how);
	return fd >= 0;
}

static int load_programs(struct inputs *in, const struct bake *b, struct error *err)
{
	in->program = xcalloc(b->program_count, sizeof *in->program);
	for (size_t i = 0; i < b->program_count; i++) {
		struct program *p = &in->program[in->count++];

		if (program_load(p, b->programs[i], b->root, err) < 0)
			return -1;
		for (size_t k = 0; k < i; k++)
			if (!strcmp(in->program[k].name, p->name))
				return error_set(err, "%s and %s: both would be %s in the image", in->program[k].path,
						 p->path, p->name);
		if (p->interpreter && !in_root(b->root, p->interpreter))
			return error_set(err, "%s: needs the interpreter %s, which is not in %s", p->path,
					 p->interpreter,
					 b->root ? b->root : "the image: give its libraries with -r DIR");
		trim_program(&p->map, &p->trimmed);
		in->calls.any |= p->calls.any;
		for (unsigned nr = 0; nr < CALLS_MAX; nr++)
			in->calls.has[nr] |= p->calls.has[nr];
	}
	return 0;
}

/* What a program executes out of the root file system may call anything. */
static void check_execve(struct inputs *in, const struct bake *b)
{
	if (b->root && (in->calls.has[SYS_execve] || in->calls.has[SYS_execveat]))
		in->calls.any = true;
}

/*
 * Programs that a configuration baked in names are there; of one given at the start the guest itself says it. What runs
 * from the root file system may call anything.
 */
static int check_rc(struct inputs *in, const struct bake *b, struct error *err)
{
	const json_t *rc = json_object_get(b->plan, "rc");

	for (size_t i = 0; i < json_array_size(rc); i++) {
		const char *bin = json_string_value(json_object_get(json_array_get(rc, i), "bin"));
		bool baked = false;

		for (size_t k = 0; k < in->count; k++)
			baked |= !strcmp(bin, in->program[k].name);
		if (baked)
			continue;
		if (b->config && !in_root(b->root, bin))
			return error_set(err, "rc[%zu].bin: \"%s\" is not in the image", i, bin);
		in->calls.any = true;
	}
	return 0;
}

/* Programs that the image has in their places anyway are not in the file system a second time. */
static void leave_out(struct strv *argv, const struct inputs *in)
{
	struct stat st;

	for (size_t i = 0; i < in->count; i++) {
		const struct program *p = &in->program[i];

		if (p->in_root && !p->trimmed.len && lstat(p->path, &st) == 0 && S_ISREG(st.st_mode))
			strv_addf(argv, "--exclude-path=%s", p->name + 1);
	}
}

static int make_rootfs(struct inputs *in, const struct bake *b, struct error *err)
{
	static const char *const fixed[] = {"mkfs.erofs", "--quiet", "-Enoinline_data", "-T0",
					    "-U",         ROOT_UUID, "--all-root",      "-x-1"};
	AUTO_STRV struct strv argv = {0};
	struct stat st;

	if (!b->root)
		return 0;
	if (stat(b->root, &st) < 0)
		return error_errno(err, "%s", b->root);
	if (!S_ISDIR(st.st_mode))
		return error_set(err, "%s: not a directory (-r takes the directory that becomes the root file system)",
				 b->root);
	if (temp_path(&in->rootfs, "root.erofs", err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
		strv_add(&argv, fixed[i]);
	leave_out(&argv, in);
	strv_add(&argv, in->rootfs);
	strv_add(&argv, b->root);
	if (process_check(argv.v, err) < 0)
		return error_wrap(err, "%s: cannot make a file system", b->root);
	if (stat(in->rootfs, &st) < 0)
		return error_errno(err, "%s", in->rootfs);
	in->rootfs_size = (uint64_t)st.st_size;
	return 0;
}

static int write_payload(const char *path, const struct inputs *in, const struct index *x,
			 const struct component *platform, const struct bake *b, struct error *err)
{
	AUTO_FREE struct payload_part *part = xcalloc(in->count + 3, sizeof *part);
	struct stat st;
	unsigned n = 0;

	if (in->count + 3 > IMAGE_MAX_ENTRIES)
		return error_usage(err, "%zu programs; an image holds at most %u", in->count, IMAGE_MAX_ENTRIES - 3);
	for (size_t i = 0; i < in->count; i++) {
		const struct program *p = &in->program[i];

		part[n++] =
		    (struct payload_part){IMAGE_PROGRAM, p->name, p->trimmed.p, p->path, p->trimmed.len ?: p->map.size};
	}
	if (in->rootfs)
		part[n++] = (struct payload_part){IMAGE_ROOTFS, "/", NULL, in->rootfs, in->rootfs_size};
	if (b->ca_certs) {
		if (stat(b->ca_certs, &st) < 0)
			return error_errno(err, "--ca-certs: %s", b->ca_certs);
		if (!S_ISREG(st.st_mode))
			return error_set(err, "--ca-certs: %s: not a file", b->ca_certs);
		part[n++] = (struct payload_part){IMAGE_FILE, CA_CERTS, NULL, b->ca_certs, (uint64_t)st.st_size};
	}
	if (in->config)
		part[n++] = (struct payload_part){IMAGE_CONFIG, "", in->config, NULL, strlen(in->config)};
	return payload_write(path, x, platform, part, n, b->allow_wx ? IMAGE_ALLOW_WX : 0, err);
}

/* The linker's own words: of its lines the first that says what is wrong, and is no warning. */
static int link_error(const struct str *out, struct error *err)
{
	const char *line = out->p ? strstr(out->p, "undefined reference") : NULL, *next;

	if (!out->p)
		return error_set(err, "cannot link: ld failed without a word");
	while (line && line > out->p && line[-1] != '\n')
		line--;
	if (!line)
		line = out->p;
	while ((next = strchr(line, '\n')) && next[1] && memmem(line, (size_t)(next - line), "warning:", 8))
		line = next + 1;
	return error_set(err, "cannot link: %.*s", (int)strcspn(line, "\n"), line);
}

static int link_image(const char *output, const char *payload, const char *map, const char *dir, const struct index *x,
		      const struct component *platform, bool symbols, struct error *err)
{
	static const char *const fixed[] = {
	    "ld",          "-nostdlib", "--gc-sections",     "--build-id=none", "--no-warn-rwx-segments", "-z",
	    "noexecstack", "-z",        "max-page-size=4096"};
	AUTO_STRV struct strv argv = {0};
	AUTO_STR struct str out = {0};
	int status;

	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
		strv_add(&argv, fixed[i]);
	for (unsigned i = 0; i < x->components; i++)
		for (size_t k = 0; x->component[i].chosen && k < x->component[i].ldflags.n; k++)
			strv_add(&argv, x->component[i].ldflags.v[k]);
	if (!symbols)
		strv_add(&argv, "-s");
	strv_addf(&argv, "-L%s", dir);
	strv_addf(&argv, "-Map=%s", map);
	strv_add(&argv, "-T");
	strv_addf(&argv, "%s/%s.ld", x->dir, platform->name);
	strv_add(&argv, "-o");
	strv_add(&argv, output);
	strv_add(&argv, payload);
	for (unsigned i = 0; i < x->components; i++)
		if (x->component[i].chosen)
			strv_addf(&argv, "%s/%s.o", x->dir, x->component[i].name);
	status = process_run(argv.v, &out, err);
	if (status < 0)
		return -1;
	return status ? link_error(&out, err) : 0;
}

/* Cuts off what no loader reads: section headers, symbols, names. */
static int strip(const char *path, struct error *err)
{
	AUTO_FILE_MAP struct file_map m = {0};
	AUTO_CLOSE int fd = -1;
	uint64_t end;
	Elf64_Ehdr e;
	const char *wrong;

	if (file_map(&m, path, err) < 0)
		return -1;
	wrong = elf_file_check(&m);
	if (wrong)
		return error_set(err, "the linker's result is %s", wrong);
	e = *elf_file_header(&m);
	end = e.e_phoff + (uint64_t)e.e_phnum * sizeof(Elf64_Phdr);
	for (unsigned i = 0; i < e.e_phnum; i++) {
		Elf64_Phdr ph = elf_file_segment(&m, i);

		if (ph.p_filesz && ph.p_offset + ph.p_filesz > end)
			end = ph.p_offset + ph.p_filesz;
	}
	e.e_shoff = 0;
	e.e_shnum = e.e_shstrndx = 0;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || pwrite(fd, &e, sizeof e, 0) != sizeof e || ftruncate(fd, (off_t)end) < 0)
		return error_errno(err, "%s", path);
	return 0;
}

/* Notes in the image what each component takes of it, as the linker's map says. */
static int note_sizes(const char *path, const char *map, const struct index *x, struct error *err)
{
	AUTO_IMAGE_FILE struct image_file f = {0};
	AUTO_FILE_MAP struct file_map m = {0};
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CLOEXEC);
	AUTO_FREE uint32_t *bytes = xcalloc(x->components + 1, sizeof *bytes);
	unsigned n = 0;
	off_t at;

	if (fd < 0)
		return error_errno(err, "%s", path);
	if (image_file_open(&f, path, err) < 0)
		return error_wrap(err, "the linker made a bad image");
	if (!f.payload->components)
		return 0;
	if (file_map(&m, map, err) < 0)
		return -1;
	for (unsigned i = 0; i < x->components; i++)
		if (x->component[i].chosen)
			bytes[n++] = (uint32_t)linkmap_bytes(&m, x->component[i].name);
	at = (const uint8_t *)image_entries(f.payload) - f.map.data - (long)(n * sizeof *bytes);
	if (n != f.payload->components || pwrite(fd, bytes, n * sizeof *bytes, at) != (ssize_t)(n * sizeof *bytes))
		return error_errno(err, "%s", path);
	return 0;
}

/* The kernel's symbols, and the programs whose debug information is not in the image, each in a section of its own. */
static int keep_symbols(const char *image, const struct bake *b, const struct inputs *in, struct error *err)
{
	AUTO_STRV struct strv argv = {0};

	strv_add(&argv, "objcopy");
	strv_add(&argv, "--only-keep-debug");
	for (size_t i = 0; i < in->count; i++)
		if (in->program[i].trimmed.len) {
			strv_add(&argv, "--add-section");
			strv_addf(&argv, GUEST_FILE_SECTION "%s=%s", in->program[i].name, in->program[i].path);
		}
	strv_add(&argv, image);
	strv_add(&argv, b->debug);
	return process_check(argv.v, err) < 0 ? error_wrap(err, "%s: cannot keep the symbols", b->debug) : 0;
}

static void choice_free(struct choice *c)
{
	strv_free(&c->features);
}

/* The features, as components.txt names them, that a configuration cannot do without. */
static void plan_features(const json_t *plan, struct strv *features)
{
	const json_t *rc = json_object_get(plan, "rc");

	if (common_wants(plan, "strace"))
		strv_add(features, "strace");
	if (common_wants(plan, "stats"))
		strv_add(features, "stats");
	if (common_wants(plan, "profile"))
		strv_add(features, "profile");
	if (common_wants(plan, "core"))
		strv_add(features, "core");
	if (common_wants(plan, "boot-chart"))
		strv_add(features, "boot-chart");
	if (json_object_get(plan, "workdir"))
		strv_add(features, "workdir");
	for (size_t i = 0; i < json_array_size(rc); i++) {
		const json_t *entry = json_array_get(rc, i);
		const char *mode = json_string_value(json_object_get(entry, "runmode"));

		if (mode && !strcmp(mode, "|"))
			strv_add(features, "pipes");
		if (json_object_get(entry, "workdir"))
			strv_add(features, "workdir");
	}
}

static int choose(const struct bake *b, const struct inputs *in, struct index *x, struct component **platform,
		  struct error *err)
{
	__attribute__((cleanup(choice_free))) struct choice choice = {b->components, b->default_set, &in->calls, {0}};

	if (b->root)
		strv_add(&choice.features, "root");
	if (b->terminal)
		strv_add(&choice.features, "terminal");
	plan_features(b->plan, &choice.features);
	for (size_t i = 0; b->features && i < b->features->n; i++)
		strv_add(&choice.features, b->features->v[i]);
	return index_load(x, err) < 0 ? -1 : index_choose(x, &choice, platform, err);
}

/* Links to `path`, where a failure leaves nothing that stays. */
static int build(const struct bake *b, const struct inputs *in, const char *path, struct error *err)
{
	AUTO_FREE char *payload = NULL, *systab = NULL, *map = NULL, *dir = NULL;
	AUTO_INDEX struct index x = {0};
	struct component *platform;

	if (choose(b, in, &x, &platform, err) < 0)
		return -1;
	if (temp_path(&payload, "payload.o", err) < 0 || temp_path(&systab, "systab.ld", err) < 0 ||
	    temp_path(&map, "link.map", err) < 0)
		return -1;
	dir = xstrndup(payload, (size_t)(file_base(payload) - payload - 1));
	if (write_payload(payload, in, &x, platform, b, err) < 0 ||
	    payload_write_systab(systab, &x, &in->calls, err) < 0 ||
	    link_image(path, payload, map, dir, &x, platform, b->debug != NULL, err) < 0)
		return -1;
	if (b->debug && keep_symbols(path, b, in, err) < 0)
		return -1;
	return strip(path, err) < 0 ? -1 : note_sizes(path, map, &x, err);
}

static int gather(const struct bake *b, struct inputs *in, struct error *err)
{
	if (load_programs(in, b, err) < 0)
		return -1;
	check_execve(in, b);
	if (check_rc(in, b, err) < 0 || make_rootfs(in, b, err) < 0)
		return -1;
	if (b->config && json_object_size(b->config)) {
		in->config = json_dumps(b->config, JSON_COMPACT);
		if (!in->config)
			return error_set(err, "cannot write the configuration");
	}
	return 0;
}

int bake_image(const struct bake *b, const char *output, bool temporary, struct error *err)
{
	__attribute__((cleanup(inputs_free))) struct inputs in = {0};
	AUTO_FREE char *beside = NULL;
	mode_t mask;
	int fd;

	if (gather(b, &in, err) < 0)
		return -1;
	if (temporary)
		return build(b, &in, output, err);
	beside = xasprintf("%.*s.%s.%d", (int)(file_base(output) - output), output, file_base(output), (int)getpid());
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno == EEXIST ? error_set(err, "%s: is there already; is another bake running?", beside)
				       : error_errno(err, "cannot write %s", output);
	close(fd);
	temp_register(beside);
	if (build(b, &in, beside, err) < 0)
		return -1;
	mask = umask(0);
	umask(mask);
	if (chmod(beside, 0666 & ~mask) < 0 || rename(beside, output) < 0)
		return error_errno(err, "%s", output);
	temp_keep(beside);
	return 0;
}
