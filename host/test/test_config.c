/* SPDX-License-Identifier: ISC */
// USES: host/kiln/config.c host/kiln/schema.c host/kiln/rumprun.c lib/rumprun/rumprun.c lib/rumprun/lax.c host/hostlib/error.c host/hostlib/alloc.c host/hostlib/str.c host/hostlib/file.c
// FLAGS: -ljansson
/* What a configuration may say, what is wrong with what it may not, and Rumprun's form in today's. */
#include <stdlib.h>
#include <string.h>
#include "host/kiln/config.h"
#include "test/tap.h"

/* The document in one line, or the error. */
static void gives(const char *text, const char *want)
{
	struct strv warnings = {0};
	struct error err = {0};
	json_t *doc = config_parse(text, strlen(text), &warnings, &err);
	char *got = doc ? json_dumps(doc, JSON_COMPACT) : strdup(err.text);

	tap_ok(!strcmp(got, want), "%s: %s", text, got);
	free(got);
	json_decref(doc);
	strv_free(&warnings);
}

static void same(const char *text)
{
	gives(text, text);
}

#define IFACE(x) "{\"net\":{\"interfaces\":{\"eth0\":" x "}}}"

static void todays_form(void)
{
	same("{}");
	same("{\"hostname\":\"web1\"}");
	same("{\"rc\":[{\"bin\":\"/bin/server\",\"argv\":[\"-p\",\"80\"],\"runmode\":\"\",\"workdir\":\"/"
	     "\",\"env\":{\"MODE\":\"fast\"}}]}");
	same(IFACE("{\"addrs\":[{\"type\":\"inet\",\"method\":\"static\",\"addr\":\"10.0.0.2/"
		   "24\"},{\"type\":\"inet6\",\"method\":\"auto\"}],\"mtu\":1500}"));
	same("{\"net\":{\"gateways\":[{\"type\":\"inet\",\"addr\":\"10.0.0.1\"}],\"dns\":{\"nameservers\":[\"10.0.0."
	     "1\"],\"search\":[\"example.org\"]}}}");
	same("{\"mount\":{\"/data\":{\"source\":\"blk\",\"path\":\"vda\",\"fstype\":\"ext4\",\"options\":\"ro\"},"
	     "\"/tmp\":{\"source\":\"tmpfs\",\"options\":{\"size\":\"16M\"}}}}");
	same("{\"sysctl\":{\"vm.overcommit_memory\":\"2\"}}");
	same("{\"kiln\":{\"log\":\"debug\",\"strace\":\"read,write\",\"stats\":true}}");
	gives("{\"cmdline\":\"server -m 'a b' \\\"c\\\\\\\"d\\\" e\\\\ f\"}",
	      "{\"rc\":[{\"bin\":\"/bin/server\",\"argv\":[\"-m\",\"a b\",\"c\\\"d\",\"e f\"]}]}");
	gives("{\"cmdline\":\"/sbin/x\"}", "{\"rc\":[{\"bin\":\"/sbin/x\"}]}");
}

static void complaints(void)
{
	gives("{", "line 1, column 1: string or '}' expected near end of file");
	gives("[]", "the configuration: must be an object, not an array");
	gives("{\"hostname\":\"a\" \"x\"}", "line 1, column 19: '}' expected near '\"x\"'");
	gives("{\"hostnam\":\"a\"}", "hostnam: unknown key; did you mean \"hostname\"?");
	gives("{\"zzzzz\":1}", "zzzzz: unknown key");
	gives("{\"hostname\":7}", "hostname: must be a string, not a number");
	gives("{\"hostname\":\"a b\"}", "hostname: not a host name: \"a b\"");
	gives("{\"env\":{\"A\":1}}", "env.A: must be a string, not a number");
	gives("{\"env\":{\"A=B\":\"1\"}}", "env: not a name of a variable: \"A=B\"");
	gives("{\"env\":{},\"env\":{}}", "line 1, column 15: duplicate object key near '\"env\"'");
	gives("{\"rc\":{}}", "rc: must be an array, not an object");
	gives("{\"rc\":[{\"argv\":[]}]}", "rc[0].bin: missing");
	gives("{\"rc\":[{\"bin\":\"x\"}]}", "rc[0].bin: not an absolute path: \"x\"");
	gives("{\"rc\":[{\"bin\":\"/x\"},{\"bin\":\"/x\",\"runmode\":\"bg\"}]}",
	      "rc[1].runmode: must be \"\", \"&\" or \"|\", not \"bg\"");
	gives("{\"rc\":[{\"bin\":\"/x\",\"argv\":[\"a\",null]}]}", "rc[0].argv[1]: must be a string, not null");
	gives("{\"rc\":[],\"cmdline\":\"x\"}", "cmdline: there is rc as well; it is a short form of that");
	gives("{\"cmdline\":\" \"}", "cmdline: empty");
	gives("{\"cmdline\":\"x 'y\"}", "cmdline: a quote is not closed: 'y");
	gives(IFACE("{\"addrs\":[{\"type\":\"inet\",\"method\":\"static\",\"addr\":\"10.0.0\"}]}"),
	      "net.interfaces.eth0.addrs[0].addr: not an address: \"10.0.0\"");
	gives(IFACE("{\"addrs\":[{\"type\":\"inet\",\"method\":\"static\",\"addr\":\"10.0.0.2\"}]}"),
	      "net.interfaces.eth0.addrs[0].addr: without a prefix length, as in 10.0.0.2/24: \"10.0.0.2\"");
	gives(IFACE("{\"addrs\":[{\"type\":\"inet\",\"method\":\"static\",\"addr\":\"10.0.0.2/33\"}]}"),
	      "net.interfaces.eth0.addrs[0].addr: not a prefix length after the address: \"10.0.0.2/33\"");
	gives(IFACE("{\"addrs\":[{\"type\":\"inet\",\"method\":\"static\"}]}"),
	      "net.interfaces.eth0.addrs[0].addr: missing (the method is static)");
	gives(IFACE("{\"addrs\":[{\"type\":\"inet\",\"method\":\"dhcp\",\"addr\":\"10.0.0.2/24\"}]}"),
	      "net.interfaces.eth0.addrs[0].addr: only a static address is given");
	gives(IFACE("{\"addrs\":[{\"type\":\"inet6\",\"method\":\"static\",\"addr\":\"10.0.0.2/24\"}]}"),
	      "net.interfaces.eth0.addrs[0].addr: not of type inet6: \"10.0.0.2/24\"");
	gives(IFACE("{\"mtu\":67}"), "net.interfaces.eth0.mtu: out of range: 67 (68 to 65535)");
	gives(IFACE("{\"mtu\":1.5}"), "net.interfaces.eth0.mtu: must be a whole number, not a number");
	gives("{\"net\":{\"interfaces\":{\"eth 0\":{}}}}", "net.interfaces: not a name of an interface: \"eth 0\"");
	gives("{\"net\":{\"interfaces\":{\"eth0\":[]}}}", "net.interfaces.eth0: must be an object, not an array");
	gives("{\"net\":{\"gateways\":[{\"type\":\"inet\",\"addr\":\"gw\"}]}}",
	      "net.gateways[0].addr: not an address: \"gw\"");
	gives("{\"net\":{\"gateways\":[{\"addr\":\"10.0.0.1\"}]}}", "net.gateways[0].type: missing");
	gives("{\"net\":{\"dns\":{\"nameservers\":[\"1.1.1.1\",\"x\"]}}}",
	      "net.dns.nameservers[1]: not an address: \"x\"");
	gives("{\"net\":{\"dns\":{\"search\":\"example.org\"}}}", "net.dns.search: must be an array, not a string");
	gives("{\"mount\":{\"/t\":{}}}", "mount./t.source: missing");
	gives("{\"sysctl\":{\"vm.overcommit_memory\":2}}",
	      "sysctl.vm.overcommit_memory: must be a string, not a number");
	gives("{\"mount\":{\"data\":{\"source\":\"tmpfs\"}}}", "mount: not an absolute path: \"data\"");
	gives("{\"sysctl\":{\"vm.overcomit_memory\":\"2\"}}",
	      "sysctl.vm.overcomit_memory: unknown key; did you mean \"vm.overcommit_memory\"?");
	gives("{\"sysctl\":{\"vm.overcommit_memory\":\"3\"}}",
	      "sysctl.vm.overcommit_memory: must be \"0\", \"1\" or \"2\", not \"3\"");
	gives("{\"mount\":{\"/t\":{\"source\":\"tmpfs\",\"options\":{\"sise\":\"1M\"}}}}",
	      "mount./t.options.sise: unknown key; did you mean \"size\"?");
	gives("{\"mount\":{\"/t\":{\"source\":\"tmpfs\",\"options\":{\"size\":\"big\"}}}}",
	      "mount./t.options.size: not a size, as in 16M: \"big\"");
	gives("{\"mount\":{\"/t\":{\"source\":\"tmpfs\",\"options\":\"ro\"}}}",
	      "mount./t.options: must be an object, not a string");
	gives("{\"kiln\":{\"log\":\"loud\"}}",
	      "kiln.log: must be \"error\", \"warn\", \"info\" or \"debug\", not \"loud\"");
}

/* The last warning that the document gives. */
static void warns(const char *text, const char *want)
{
	struct strv warnings = {0};
	struct error err = {0};
	json_t *doc = config_parse(text, strlen(text), &warnings, &err);
	const char *got = warnings.n ? warnings.v[warnings.n - 1] : "";

	tap_ok(doc && !strcmp(got, want), "%s warns: %s", text, got);
	json_decref(doc);
	strv_free(&warnings);
}

static void limits(void)
{
	warns("{\"hostname\":\"a\"}", "");
	warns("{\"sysctl\":{\"vm.overcommit_memory\":\"0\"}}", "");
	warns("{\"sysctl\":{\"vm.overcommit_memory\":\"2\"}}",
	      "sysctl.vm.overcommit_memory: only \"0\" is in this version of Kiln; \"2\" is ignored");
	warns(IFACE("{\"addrs\":[{\"type\":\"inet6\",\"method\":\"auto\"}]}"),
	      "net.interfaces.eth0.addrs[0]: IPv6 is not in this version of Kiln; ignored");
}

static void rumpruns_form(void)
{
	gives("{,\"hostname\":\"a\"}", "{\"hostname\":\"a\"}");
	gives("{,, \"cmdline\": \"web\",, \"hostname\": \"a,,b\" }",
	      "{\"hostname\":\"a,b\",\"rc\":[{\"bin\":\"/bin/web\"}]}");
	gives("{\"env\":\"A=1\",\"env\":\"B=2=3\"}", "{\"env\":{\"A\":\"1\",\"B\":\"2=3\"}}");
	gives("{\"env\":\"A\"}", "env: not \"K=V\"");
	gives("{\"rc_TESTING\":[{\"bin\":\"app\",\"argv\":[\"x\"],\"runmode\":\"&\"}]}",
	      "{\"rc\":[{\"bin\":\"/bin/app\",\"argv\":[\"x\"],\"runmode\":\"&\"}]}");
	gives("{\"net\":{\"if\":\"vioif0\",\"cloner\":\"True\",\"type\":\"inet\",\"method\":\"static\",\"addr\":\"10.0."
	      "0.2\","
	      "\"mask\":\"24\",\"gw\":\"10.0.0.1\"}}",
	      "{\"net\":{\"interfaces\":{\"eth0\":{\"addrs\":[{\"type\":\"inet\",\"method\":\"static\",\"addr\":\"10.0."
	      "0.2/24\"}]}},"
	      "\"gateways\":[{\"type\":\"inet\",\"addr\":\"10.0.0.1\"}]}}");
	gives("{\"net\":{\"if\":\"xennet1\",\"type\":\"inet\",\"method\":\"dhcp\"},\"net\":{\"if\":\"xennet1\","
	      "\"type\":\"inet6\",\"method\":\"auto\"}}",
	      "{\"net\":{\"interfaces\":{\"eth1\":{\"addrs\":[{\"type\":\"inet\",\"method\":\"dhcp\"},{\"type\":"
	      "\"inet6\",\"method\":\"auto\"}]}}}}");
	gives("{\"blk\":{\"source\":\"dev\",\"path\":\"/dev/ld1a\",\"fstype\":\"blk\",\"mountpoint\":\"/data\"},"
	      "\"blk\":{\"source\":\"etfs\",\"path\":\"sda1\",\"fstype\":\"blk\",\"mountpoint\":\"/e\"},"
	      "\"blk\":{\"source\":\"dev\",\"path\":\"virtual\",\"fstype\":\"kernfs\",\"mountpoint\":\"/kern\"}}",
	      "{\"mount\":{\"/data\":{\"source\":\"blk\",\"path\":\"vdb\"},\"/"
	      "e\":{\"source\":\"blk\",\"path\":\"sda1\"}}}");
	gives(
	    "{\"net\":{\"if\":\"vioif0\",\"type\":\"inet\",\"method\":\"static\",\"addr\":\"10.0.0\",\"mask\":\"24\"}}",
	    "net.interfaces.eth0.addrs[0].addr: not an address: \"10.0.0/24\"");
	gives("{\"net\":{\"cloner\":\"True\"},\"rc_TESTING\":[]}", "net: no \"if\"");
	gives("{\"hostname\":\"a\",,\"colour\":\"b\"}", "line 1, column 17: string or '}' expected near ','");
}

static void options(void)
{
	json_t *doc = json_object();
	struct error err;

	tap_ok(config_set_env(doc, "A=x=y", &err) == 0, "-e A=x=y");
	tap_ok(!strcmp(json_string_value(json_object_get(json_object_get(doc, "env"), "A")), "x=y"),
	       "the first = separates");
	tap_ok(config_set_env(doc, "=x", &err) < 0 && err.status == STATUS_USAGE, "-e =x: %s", err.text);
	tap_ok(config_set_addr(doc, "eth0=10.0.0.2/24,gw=10.0.0.1,dns=10.0.0.3,dns=1.1.1.1", &err) == 0, "-W");
	tap_ok(config_set_addr(doc, "eth0=fd00::2/64", &err) < 0 && err.status == STATUS_USAGE, "-W, IPv6: %s",
	       err.text);
	tap_ok(config_set_addr(doc, "eth0", &err) < 0, "-W eth0: %s", err.text);
	tap_ok(config_set_addr(doc, "eth0=", &err) < 0, "-W eth0=: %s", err.text);
	tap_ok(config_set_addr(doc, "eth1=10.0.0.2/99", &err) < 0, "-W eth1=10.0.0.2/99: %s", err.text);
	json_decref(doc);
}

int main(void)
{
	todays_form();
	complaints();
	limits();
	rumpruns_form();
	options();
	return tap_end();
}
