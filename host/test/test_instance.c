/* SPDX-License-Identifier: ISC */
// USES: host/kiln/instance.c host/kiln/logfile.c host/hostlib/error.c host/hostlib/alloc.c host/hostlib/str.c host/hostlib/file.c
// FLAGS: -ljansson
/* The directories of background images: names, who lives, states, removal; their logs. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "host/kiln/instance.h"
#include "host/kiln/logfile.h"
#include "test/tap.h"

static struct error err;

static const char *status_of(const char *name)
{
	struct instance i;
	const char *status;

	if (instance_open(&i, name, &err) < 0) {
		instance_free(&i);
		return err.text;
	}
	status = instance_status(&i);
	status = !strcmp(status, "dead") ? instance_reason(&i) : status;
	instance_free(&i);
	return status;
}

static void is(const char *got, const char *want)
{
	tap_ok(!strcmp(got, want), "%.*s ...: %.*s ...", (int)strcspn(want, "\n"), want, (int)strcspn(got, "\n"), got);
}

static void life(void)
{
	struct instance a, b, c, *list;
	int lock_a, lock_b, lock_c = -1;

	tap_ok(instance_create(&a, "web", true, &lock_a, &err) == 0, "a first one");
	is(status_of("web"), "starting");
	tap_ok(instance_create(&c, "web", true, &lock_c, &err) < 0, "the name is taken: %s", err.text);
	instance_free(&c);
	tap_ok(instance_create(&b, "web", false, &lock_b, &err) == 0 && !strcmp(b.name, "web-2"), "the next: %s",
	       b.name);
	json_object_set_new(a.state, "status", json_string("running"));
	json_object_set_new(a.state, "boot", json_string(instance_boot()));
	tap_ok(instance_save(&a, &err) == 0, "its state is kept");
	is(status_of("web"), "running");
	tap_ok(instance_remove("web", &err) < 0, "it lives: %s", err.text);
	close(lock_a);
	is(status_of("web"), "its supervisor was killed");
	json_object_set_new(a.state, "boot", json_string("another"));
	instance_save(&a, &err);
	is(status_of("web"), "this machine was restarted");
	json_object_set_new(a.state, "status", json_string("exited"));
	instance_save(&a, &err);
	is(status_of("web"), "exited");
	close(lock_b);
	is(status_of("web-2"), "it was never started");
	tap_ok(instance_list(&list, &err) == 2 && !strcmp(list[0].name, "web") && !strcmp(list[1].name, "web-2"),
	       "two, by name");
	instance_list_free(list, 2);
	is(status_of("wbe"), "wbe: nothing of this name; did you mean web?");
	is(status_of("../kiln"), "../kiln: nothing of this name; kiln ps -a lists what there is");
	tap_ok(instance_remove("web", &err) == 0 && instance_remove("web-2", &err) == 0, "both are forgotten");
	tap_ok(instance_list(&list, &err) == 0, "none is left");
	instance_list_free(list, 0);
	instance_free(&a);
	instance_free(&b);
}

static void names(void)
{
	static const char *const bad[] = {"", ".x", "-x", "a/b", "a b", "..", "a,b", "\xc3\xbc"};
	char long_name[80];
	struct instance i;
	int lock;

	for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
		tap_ok(instance_create(&i, bad[k], true, &lock, &err) < 0 && err.status == STATUS_USAGE,
		       "not a name: \"%s\"", bad[k]);
		instance_free(&i);
	}
	memset(long_name, 'a', sizeof long_name);
	long_name[64] = '\0';
	tap_ok(instance_create(&i, long_name, true, &lock, &err) < 0, "64 letters are too many");
	instance_free(&i);
}

/* What the last `lines` lines are, through a file in the place of descriptor 1. */
static size_t printed(const struct instance *i, long lines, char *buf, size_t size)
{
	struct logfile_reader r = {.fd = -1};
	FILE *f = tmpfile();
	int out = dup(1);
	ssize_t n;

	fflush(stdout);
	dup2(fileno(f), 1);
	logfile_print(&r, i, lines, &err);
	dup2(out, 1);
	close(out);
	logfile_close(&r);
	n = pread(fileno(f), buf, size - 1, 0);
	buf[n > 0 ? n : 0] = '\0';
	fclose(f);
	return strlen(buf);
}

static void logs(void)
{
	struct instance i;
	struct logfile l;
	char buf[8192], line[32];
	size_t n;
	int lock;

	instance_create(&i, "log", true, &lock, &err);
	tap_ok(printed(&i, -1, buf, sizeof buf) == 0, "no log is an empty log");
	logfile_open(&l, &i, 400, &err);
	logfile_add(&l, "a\nb\nno end", 10);
	printed(&i, -1, buf, sizeof buf);
	is(buf, "a\nb\nno end");
	printed(&i, 2, buf, sizeof buf);
	is(buf, "b\nno end");
	printed(&i, 9, buf, sizeof buf);
	is(buf, "a\nb\nno end");
	logfile_add(&l, "\n", 1);
	printed(&i, 1, buf, sizeof buf);
	is(buf, "no end\n");
	tap_ok(printed(&i, 0, buf, sizeof buf) == 0, "no lines");
	for (int k = 0; k < 1000; k++) {
		snprintf(line, sizeof line, "number %d\n", k);
		logfile_add(&l, line, strlen(line));
	}
	n = printed(&i, -1, buf, sizeof buf);
	tap_ok(n <= 400 && n >= 200 && !strcmp(buf + n - 11, "number 999\n"), "%zu bytes of at most 400 stay", n);
	printed(&i, 2, buf, sizeof buf);
	is(buf, "number 998\nnumber 999\n");
	close(l.fd);
	free(l.path);
	free(l.old);
	close(lock);
	instance_remove("log", &err);
	instance_free(&i);
}

int main(void)
{
	char dir[] = "/tmp/kiln-test.XXXXXX", path[64];
	struct instance *list;

	if (!mkdtemp(dir))
		return 1;
	setenv("XDG_RUNTIME_DIR", dir, 1);
	life();
	names();
	logs();
	snprintf(path, sizeof path, "%s/kiln", dir);
	chmod(path, 0755);
	tap_ok(instance_list(&list, &err) < 0, "a directory that others may enter: %s", err.text);
	chmod(path, 0700);
	snprintf(path, sizeof path, "%s/kiln/.lock", dir);
	unlink(path);
	snprintf(path, sizeof path, "%s/kiln", dir);
	tap_ok(rmdir(path) == 0 && rmdir(dir) == 0, "nothing is left");
	return tap_end();
}
