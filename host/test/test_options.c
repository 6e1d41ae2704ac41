/* SPDX-License-Identifier: ISC */
// USES: host/hostlib/options.c host/hostlib/error.c host/hostlib/alloc.c host/hostlib/str.c
/* Options as people write them, and what is said about wrong ones. */
#include <string.h>
#include "hostlib/options.h"
#include "hostlib/str.h"
#include "test/tap.h"

enum { MEMORY = OPTION_USER, INPUT, TTY, TRACE };

static const struct option_def defs[] = {{MEMORY, 'm', "memory", "SIZE", ""},
					 {INPUT, 'i', "interactive", NULL, ""},
					 {TTY, 't', NULL, NULL, ""},
					 {TRACE, 0, "strace", "[=CALL,...]", ""},
					 {0, 0, NULL, NULL, NULL}};

/* Options as "id=value ", words as "word ", an error as its text. */
static void gives(const char *want, int argc, const char **argv)
{
	struct options o = OPTIONS_INIT(defs, argc, (char **)argv);
	struct str got = {0};
	struct error err;
	int id;

	str_add(&got, "");
	while ((id = options_next(&o, &err)) > 0) {
		if (id == OPTION_WORD)
			str_addf(&got, "%s ", o.value);
		else if (id == OPTION_HELP)
			str_add(&got, "help ");
		else
			str_addf(&got, "%d=%s ", id - OPTION_USER, o.value ? o.value : "");
	}
	if (id < 0)
		str_add(&got, err.text);
	tap_ok(!strcmp(got.p, want), "%s (\"%s\")", want, got.p);
	tap_ok(id == 0 || err.status == STATUS_USAGE, "  with the right status");
	str_free(&got);
}

#define GIVES(want, ...)                                                                                               \
	gives(want, sizeof((const char *[]){"kiln", __VA_ARGS__}) / sizeof(char *),                                    \
	      (const char *[]){"kiln", __VA_ARGS__})

int main(void)
{
	static const char *const names[] = {"run", "bake", "config", "inspect", NULL};

	GIVES("0=64M 0=1 0=2 0=3 ", "-m", "64M", "-m1", "--memory", "2", "--memory=3");
	GIVES("1= 2= 0=5 ", "-itm5");
	GIVES("1= 2= 0=5 ", "-itm", "5");
	GIVES("3= 3=read,write word ", "--strace", "--strace=read,write", "word");
	GIVES("word 1= - -m ", "word", "-i", "-", "--", "-m");
	GIVES("help help ", "-h", "--help");
	GIVES("0= ", "--memory=");
	GIVES("unknown option --memroy=5; did you mean --memory?", "--memroy=5");
	GIVES("unknown option --mem; did you mean --memory?", "--mem");
	GIVES("unknown option --colour; --help lists them", "--colour");
	GIVES("1= unknown option -x (in \"-ix\"); --help lists them", "-ix");
	GIVES("--memory needs a value: --memory SIZE", "--memory");
	GIVES("-m needs a value: -m SIZE", "-m");
	GIVES("--interactive takes no value, but there is \"1\"", "--interactive=1");
	tap_ok(!strcmp(str_nearest("rnu", names), "run"), "rnu is near run");
	tap_ok(!strcmp(str_nearest("conf", names), "config"), "a beginning is near");
	tap_ok(!str_nearest("xyzzy", names), "xyzzy is near nothing");
	return tap_end();
}
