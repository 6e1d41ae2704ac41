/* SPDX-License-Identifier: ISC */
// USES: host/kiln/components.c host/hostlib/error.c host/hostlib/alloc.c host/hostlib/str.c host/hostlib/file.c
/* The index of components: what its lines mean, and which lines are refused. */
#include <stdlib.h>
#include <string.h>
#include "host/kiln/components.h"
#include "test/tap.h"

static void refused(const char *text, const char *want)
{
	struct index x;
	struct error err = {0};
	char *copy = xstrdup(text);
	int r = index_parse(&x, "/nowhere", copy, &err);

	tap_ok(r < 0 && !strcmp(err.text, want), "%s", r < 0 ? err.text : text);
	index_free(&x);
	free(copy);
}

int main(void)
{
	char text[] = "# a comment\n\ncall 60 exit life\ncomponent pc 100\ncomponent life 20\ndescribe pc a machine\n"
		      "set virtio pc\nset virtio life\nwith life pc\nldflags pc -z text\nfor strace trace\n";
	struct index x;
	struct error err;

	tap_ok(index_parse(&x, "/nowhere", text, &err) == 0, "a good index");
	tap_ok(x.components == 2 && x.sets == 1 && x.features == 1, "all of it is there");
	tap_ok(x.provider[60] == index_component(&x, "life") && !strcmp(x.call[60], "exit"),
	       "a call and its component");
	tap_ok(index_set(&x, "virtio")->members.n == 2, "a set named twice has both members");
	tap_ok(!strcmp(index_component(&x, "pc")->text, "a machine"), "a text of several words");
	tap_ok(index_component(&x, "pc")->ldflags.n == 2 && index_component(&x, "life")->with.n == 1,
	       "flags and conditions");
	tap_ok(index_component(&x, "pc")->bytes == 100 && !index_component(&x, "pc")->platform,
	       "a size; no script, no platform");
	index_free(&x);
	refused("component", "line 1: cannot use \"component\"");
	refused("component a 1\ncolour a red", "line 2: cannot use \"colour a red\"");
	refused("call 60 exit a", "line 1: cannot use \"call 60 exit a\"");
	refused("component a 1\ncall 512 x a", "line 2: cannot use \"call 512 x a\"");
	refused("component a 1\ncall 1x x a", "line 2: cannot use \"call 1x x a\"");
	refused("component a 1\ncall 1 x a\ncall 1 y a", "line 3: cannot use \"call 1 y a\"");
	refused("set s a", "set s names a, which is no component");
	refused("component a 1\nwith a b", "with a names b, which is no component");
	refused("describe a text", "line 1: cannot use \"describe a text\"");
	return tap_end();
}
