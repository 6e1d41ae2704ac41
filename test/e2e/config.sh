#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The ways by which a configuration reaches a guest that no `kiln run` starts: QEMU's fw_cfg, a boot module, the command line, a file
# of the root, and what was baked in; in this order, later ones filling what earlier ones leave unsaid.
. test/e2e/lib.sh

mkdir -p "$tmp/root/etc"
echo '{"env":{"WHERE":"file","FILE":"1"},"rc":[{"bin":"/bin/show","argv":["from file"]}]}' >"$tmp/root/etc/kiln.json"
echo '{"env":{"WHERE":"image","IMAGE":"1"},"rc":[{"bin":"/bin/show","argv":["from image"]}],"kiln":{"log":"info"}}' >"$tmp/baked.json"
echo '{"env":{"WHERE":"module","MODULE":"1"}}' >"$tmp/module.json"
echo 'not a configuration' >"$tmp/other"
echo '{"env":{"WHERE":"fw_cfg","FWCFG":"1"},"hostname":"first"}' >"$tmp/launch.json"
"$kiln" bake -P qemu -r "$tmp/root" -c "$tmp/baked.json" -o "$tmp/image" "$programs/show"
ok $? "bake"
"$kiln" bake -P microvm -r "$tmp/root" -o "$tmp/plain" "$programs/show"
ok $? "bake without a configuration"

# boot MACHINE IMAGE OPTIONS...: what it prints, without the kernel's other lines.
boot() {
	local machine=$1 image=$2
	shift 2
	timeout 60 qemu-system-x86_64 -M "$machine,accel=tcg" -cpu max -m 64 -nodefaults -no-user-config -display none -no-reboot \
		-serial stdio -device isa-debug-exit,iobase=0xf4,iosize=1 -kernel "$image" "$@" </dev/null 2>&1 |
		tr -d '\r' | grep -E '^(kiln: config|kiln: .*kiln.config|kiln: env|arg 1|env \[)' | sed 's/^kiln: configuration:* //' | tr '\n' ' '
}
pc() { boot pc "$tmp/image" "$@"; }

is "$(pc)" 'in the image arg 1 [from image] env [WHERE=image] env [IMAGE=1] ' "what was baked in"
is "$(pc -append '{"env":{"WHERE":"line","LINE":"1"}}')" \
	'on the command line in the image arg 1 [from image] env [WHERE=line] env [LINE=1] env [IMAGE=1] ' "the command line is above it"
is "$(pc -append 'kernel.elf {"env":{"WHERE":"a } \" {","LINE":"1"}} quiet {"env":{}}')" \
	'on the command line in the image arg 1 [from image] env [WHERE=a } " {] env [LINE=1] env [IMAGE=1] ' "behind a file's name, and up to the end of the object"
is "$(pc -append 'one two {"env":{"LINE":"1"}}')" 'in the image arg 1 [from image] env [WHERE=image] env [IMAGE=1] ' "as a third word it is none"
is "$(pc -append 'kiln.config=/etc/kiln.json')" \
	'in a file in the image arg 1 [from file] env [WHERE=file] env [FILE=1] env [IMAGE=1] ' "a file of the root, above what was baked in"
is "$(pc -append 'x _RUMPRUN_ROOTFSCFG=/etc/kiln.json y')" \
	'in a file in the image arg 1 [from file] env [WHERE=file] env [FILE=1] env [IMAGE=1] ' "by Rumprun's word for it"
is "$(pc -append '{"env":{"LINE":"1"}} kiln.config=/etc/kiln.json')" \
	'on the command line in a file in the image arg 1 [from file] env [LINE=1] env [WHERE=file] env [FILE=1] env [IMAGE=1] ' "below the command line"
is "$(pc -initrd "$tmp/module.json")" 'in a boot module in the image arg 1 [from image] env [WHERE=module] env [MODULE=1] env [IMAGE=1] ' "a module"
is "$(pc -initrd "$tmp/other")" 'in the image arg 1 [from image] env [WHERE=image] env [IMAGE=1] ' "a module that is something else"
is "$(pc -fw_cfg "name=opt/kiln/config,file=$tmp/launch.json" -initrd "$tmp/module.json" -append '{"env":{"LINE":"1","MODULE":"no"}} kiln.config=/etc/kiln.json')" \
	'given at launch in a boot module on the command line in a file in the image arg 1 [from file] env [WHERE=fw_cfg] env [FWCFG=1] env [MODULE=1] env [LINE=1] env [FILE=1] env [IMAGE=1] ' \
	"all of them, each below the one before"
is "$(boot microvm,isa-serial=on,rtc=on,pic=on,acpi=off,auto-kernel-cmdline=on "$tmp/plain" -append '{"cmdline":"show a","env":{"WHERE":"line"}}')" \
	'arg 1 [a] env [WHERE=line] ' "a microvm's command line, to which QEMU adds; cmdline runs what was baked"
is "$(pc -append 'kiln.config=/none.json')" 'kiln: kiln.config=/none.json: no such file in the root ' "a file that is not there"
like "$(pc -append '{"env":{}' 2>&1)" 'on the command line: not a JSON object near byte' "half an object"
is "$(boot pc "$tmp/plain" -append '{"cmdline":"show a","env":"A=1"}' 2>&1)" \
	"kiln: env: nothing here reads that; bake with -C SET,+rumprun arg 1 [a] " "Rumprun's form in an image without the component for it"

# Rumprun's form, in an image with the component for it.
echo '{,, "env":"WHERE=file,,1",, "env":"FILE=1",, "rc_TESTING":[{"bin":"show",, "argv":["from file"]}] }' >"$tmp/root/etc/rumprun.json"
"$kiln" bake -P qemu -C virtio,+rumprun -r "$tmp/root" -o "$tmp/rumprun" "$programs/show"
ok $? "bake -C virtio,+rumprun"
rumprun() { boot pc "$tmp/rumprun" "$@"; }
is "$(rumprun -append '{"cmdline":"show a","env":"WHERE=line","env":"LINE=1","blk":{"source":"dev","path":"virtual","fstype":"kernfs","mountpoint":"/kern"}}')" \
	'blk "/kern": kernfs is NetBSD'\''s; /proc has such things here this is Rumprun'\''s form; in today'\''s form it is {"cmdline":"show a","env":{"WHERE":"line","LINE":"1"}} arg 1 [a] env [WHERE=line] env [LINE=1] ' \
	"Rumprun's form on the command line, with what it is in today's"
is "$(rumprun -append '_RUMPRUN_ROOTFSCFG=/etc/rumprun.json')" \
	'this is Rumprun'\''s form; in today'\''s form it is {"env":{"WHERE":"file,1","FILE":"1"},"rc":[{"bin":"/bin/show","argv":["from file"]}]} arg 1 [from file] env [WHERE=file,1] env [FILE=1] ' \
	"in a file, with odd and doubled commas"
is "$(rumprun -append '{"env":{"WHERE":"line"}}')" 'env [WHERE=line] ' "today's form is left alone"
is "$(rumprun -append '{"env":"WHERE"}')" 'env: not "K=V" ' "what is wrong in it"
"$kiln" bake -P sandbox -C sandbox,+rumprun -o "$tmp/rumprun.sandbox" "$programs/show"
echo '{"env":"A=1","rc":[{"bin":"show","argv":["x"]}]}' >"$tmp/rumprun.json"
is "$("$BUILD/lib/kiln/kiln-tender" --config "$tmp/rumprun.json" "$tmp/rumprun.sandbox" 2>&1 | grep -E '^(arg 1|env)' | tr '\n' ' ')" 'arg 1 [x] env [A=1] ' "given to the tender"
end
