#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Every command has --help with an example, and a man page that knows every option; wrong words are named.
set -u
. host/test/lib.bash
export KILN_LIBDIR=/nowhere

for c in run gdb bake config inspect doctor ps logs stop kill wait rm prune; do
	"$KILN" $c --help >"$work/help" 2>&1
	[ $? = 0 ] && grep -q '^usage: kiln '$c "$work/help" && grep -q '^Example' "$work/help"
	ok $? "kiln $c --help: usage and an example, status 0"
	"$KILN" help $c | cmp -s - "$work/help"
	ok $? "kiln help $c is the same"
	missing=
	for o in $(grep -oE '^ +(-[a-zA-Z], )?--[a-z-]+' "$work/help" | grep -oE -- '--[a-z-]+'); do
		sed 's/\\-/-/g; s/\\f.//g' host/man/kiln-$c.1 | grep -q -- "$o" || missing="$missing $o"
	done
	[ -z "$missing" ]
	ok $? "kiln-$c(1) has all options${missing:+, but not$missing}"
	case $c in run | bake) continue ;; esac
	gives 2 "kiln: unknown option --colour; --help lists them" "$KILN" $c --colour
done
for m in host/man/*.1; do
	command -v groff >/dev/null || continue
	[ -z "$(groff -man -Tutf8 -ww "$m" 2>&1 >/dev/null)" ]
	ok $? "$m has no markup errors"
done
"$KILN" --help | grep -q 'kiln inspect'
ok $? "kiln --help lists the commands"
"$KILN" >"$work/out" 2>&1
[ $? = 2 ] && grep -q '^usage: kiln COMMAND' "$work/out"
ok $? "kiln alone: usage, status 2"
gives 2 'kiln: unknown command "rnu"; did you mean run?' "$KILN" rnu
gives 2 'kiln: unknown command "xyzzy"; kiln help lists them' "$KILN" xyzzy
gives 2 'kiln: unknown command "xyzzy"; kiln help lists them' "$KILN" help xyzzy
gives 2 'kiln: check or print? kiln config --help shows how' "$KILN" config
gives 2 'kiln: unknown word "chek"; there are check and print' "$KILN" config chek x
gives 2 'kiln: which file? kiln config check FILE' "$KILN" config check
gives 2 'kiln: "b" is one word too many' "$KILN" config check a b
gives 2 'kiln: which image? kiln inspect IMAGE' "$KILN" inspect
gives 2 'kiln: "now" is one word too many' "$KILN" doctor now
gives 1 'kiln: nothere: No such file or directory' "$KILN" config check nothere
gives 1 'kiln: nothere: No such file or directory' "$KILN" config print nothere

cd "$work" || exit 1
echo '{"net":{"interfaces":{"eth0":{"addrs":[{"type":"inet","method":"static","addr":"10.0.0"}]}}}}' >c.json
gives 1 'kiln: c.json: net.interfaces.eth0.addrs[0].addr: not an address: "10.0.0"' "$KILN" config check c.json
echo '{"net":{"interfaces":{"eth0":{"addrs":[{"type":"inet6","method":"auto"}]}}}}' >6.json
"$KILN" config check 6.json 2>&1 >/dev/null | grep -qx 'kiln: warning: 6.json: net.interfaces.eth0.addrs\[0\]: IPv6 is not in this version of Kiln; ignored'
ok $? "IPv6 is said to be missing"
echo '{,"hostname":"a",,"env":"K=V"}' >r.json
gives 0 $'kiln: warning: r.json: this is Rumprun\'s form; in today\'s form it is {"hostname":"a","env":{"K":"V"}}\n{\n  "hostname": "a",\n  "env": {\n    "K": "V"\n  }\n}' \
	"$KILN" config check r.json
"$KILN" doctor >out 2>&1
[ $? = 0 ] && [ "$(grep -cE '^[a-z]+ +(yes|no) ' out)" = "$(wc -l <out)" ] && grep -q '^kvm ' out
ok $? "doctor: a line each, status 0"
finish
