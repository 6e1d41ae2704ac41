#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The embedded root file system, the writable layer over it, mounts by the configuration, and images of it that are damaged.
. test/e2e/lib.sh

root=$tmp/root
mkdir -p "$root/etc" "$root/many" "$root/bin"
echo "message of the day" >"$root/etc/motd"
ln -s etc/motd "$root/motd"
seq 1 200000 >"$root/big"
for i in $(seq 100 399); do : >"$root/many/f$i"; done
echo '{"mount":{"/data":{"source":"tmpfs","options":{"size":"64k"}},"/tmp":{"source":"tmpfs"}}}' >"$tmp/mounts.json"
mkdir -p "$tmp/own/opt/tool/bin"
echo beside >"$tmp/own/opt/tool/motd"
: >"$tmp/own/opt/tool/bin/other"
cp "$programs/paths" "$tmp/own/opt/tool/bin"
printf 'No such program as this' >>"$tmp/own/opt/tool/bin/paths"
want=$("$programs/paths" sum "$root/big")

for p in sandbox qemu; do
	image=$tmp/$p.kiln
	"$kiln" bake -P $p -r "$root" -o "$image" "$programs/paths"
	run() { timeout 60 "$kiln" run -P $p "$@" 2>&1; }
	is "$(run "$image" cat /etc/motd cat /motd)" "message of the day
message of the day" "files and links on $p"
	is "$(run "$image" sum /big map /big)" "$want
$want" "a megabyte, read and mapped, on $p"
	is "$(run "$image" ls / ls /bin ls /many | md5sum)" "$(printf '%s\n' "big bin dev etc many motd proc sys tmp" paths \
		"$(seq -s ' ' -f f%g 100 399)" | md5sum)" "listings, with the program in /bin, on $p"
	is "$(run "$image" put /etc/motd=new cat /motd put /many/x=1 rm /many/f100 rm /many/f399 mv /etc/motd=/etc/m cat /etc/m)" \
		"newnew" "changes in memory on $p"
	is "$(run "$image" share /big)" "seen stored" "a shared map of a file of the root on $p"
	is "$(run "$image" cat /etc/motd)" "message of the day" "which the next run does not see, on $p"
	is "$(run "$image" cat /etc/none; echo $?)" "/etc/none: No such file or directory
1" "a missing file on $p"
	is "$(run -c "$tmp/mounts.json" "$image" fill /data/f put /tmp/x=1 ls /tmp)" "65536 No space left on device
x" "tmpfs by the configuration, with its limit, on $p"
	# The last place with EROFS's magic is the superblock: without it there is no root file system.
	at=$(LC_ALL=C grep -obUaP '\xe2\xe1\xf5\xe0' "$image" | tail -n 1 | cut -d : -f 1)
	cp "$image" "$tmp/bad"
	printf 'XXXX' | dd of="$tmp/bad" bs=1 seek="$at" conv=notrunc 2>/dev/null
	out=$(run "$tmp/bad" ls /)
	st=$?
	like "$st $out" '^255 kiln: root file system: not an EROFS image' "a damaged root ends the image with a line on $p"

	# A program of the root's stays where it is, and is in the image once.
	"$kiln" bake -P $p -r "$tmp/own" -o "$image" "$tmp/own/opt/tool/bin/paths"
	is "$(run "$image" ls / ls /opt/tool/bin cat /opt/tool/motd)" "dev etc opt proc sys tmp
other paths
beside" "a program out of the root's directory is at its place there on $p"
	[ "$(grep -aobF 'No such program as this' "$image" | wc -l)" = 1 ]
	ok $? "and in the image once, on $p"
done
end
