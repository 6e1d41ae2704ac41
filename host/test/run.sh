#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# kiln run with the test platform: exit statuses, the console, the configuration as it arrives, what ends a run, bad calls.
set -u
. host/test/lib.bash
mini_libdir
program hello
cd "$work" || exit 1
command -v qemu-system-x86_64 >/dev/null || { echo "1..0 # SKIP no QEMU"; exit 77; }

for p in qemu microvm; do
	gives 0 "mini: hello" "$KILN" run -P $p --timeout 60 hello
	for n in 7 255; do
		gives $n "mini: hello" "$KILN" run -P $p --timeout 60 -C bare,+exit$n hello
	done
done
gives 125 $'mini: hello\nkiln: the machine ended without an exit status (it was switched off or reset)' \
	"$KILN" run -P qemu --timeout 60 -C bare,+reset hello
gives 125 $'mini: hello\nkiln: the machine ended without an exit status (QEMU\'s was 1)' \
	"$KILN" run -P qemu --timeout 60 -C bare,+flood hello
# stops OPTIONS...: --timeout ends it with 124 and this line; how far the guest came by then is not said.
stops() {
	"$KILN" run --timeout 0.5 "$@" hello >out 2>&1
	[ $? = 124 ] && [ "$(tail -n 1 out)" = "kiln: stopped after 0.5 seconds (--timeout)" ]
	ok $? "--timeout ends a run: $(tail -n 1 out)"
}
stops -P qemu -C bare,+hang
left_nothing "runs leave no temporary file"

# The configuration as it reaches the guest.
conf() { # WANTED OPTIONS...
	gives 0 "mini: hello"$'\n'"$1" "$KILN" run -P qemu --timeout 60 -C bare,+config "${@:2}"
}
conf '{"args":["a","b c"]}' hello a "b c"
conf '{"env":{"A":"1","B":"x=y"},"workdir":"/tmp"}' -e A=1 -e B=x=y -w /tmp hello
printf '# of the day\nA=file\nB=file\nHERE\n' >env.list
HERE=there conf '{"env":{"A":"over","B":"file","HERE":"there"}}' -e A=over --env-file env.list hello
HERE=there conf '{"env":{"HERE":"there"}}' -e HERE -e NOT_SET_HERE hello
conf '{"kiln":{"strace":true,"stats":true}}' --strace --stats hello
conf '{"kiln":{"strace":"read,write"}}' --strace=read,write hello
conf '{"kiln":{"strace":"%file,write"}}' --strace=%file,write hello
echo '{"env": {"A": "file", "C": "3"}, "hostname": "web1"}' >c.json
conf '{"env":{"A":"over","C":"3"},"hostname":"web1"}' -e A=over -c c.json hello
echo '{"cmdline": "hello -x \"1 2\""}' >cmdline.json
conf '{"rc":[{"bin":"/bin/hello","argv":["-x","1 2"]}]}' -c cmdline.json hello
conf '{"rc":[{"bin":"/bin/hello","argv":["mine"]}]}' -c cmdline.json hello mine
conf '{"net":{"interfaces":{"eth0":{"addrs":[{"type":"inet","method":"static","addr":"10.0.2.15/24"}]}},"gateways":[{"type":"inet","addr":"10.0.2.2"}],"dns":{"nameservers":["10.0.2.3"]}}}' \
	-I eth0=user hello
conf '{"net":{"interfaces":{"eth0":{"addrs":[{"type":"inet","method":"dhcp"}]}},"gateways":[{"type":"inet","addr":"10.0.2.2"}],"dns":{"nameservers":["10.0.2.3"]}}}' \
	-I eth0=user -W eth0=dhcp,gw=10.0.2.2,dns=10.0.2.3 hello

# What was baked in is below what is said now.
gives 0 "" "$KILN" bake -C bare,+config -c c.json -e D=4 -o c.kiln hello
gives 0 $'mini: hello\n{"env":{"A":"now","C":"3","D":"4"},"hostname":"web1"}' "$KILN" run -P qemu --timeout 60 -e A=now c.kiln

# The sandbox: kiln becomes the tender.
gives 0 $'-m\n65536K\nconfig {"args":["a"]}\nimage' "$KILN" run -P sandbox hello a
TENDER_STATUS=42 gives 42 $'-m\n16384K\nimage' "$KILN" run -P sandbox -m 16M hello
TENDER_SLEEP=600 stops -P sandbox
gives 0 $'-m\n65536K\nconfig {"net":{"interfaces":{"eth0":{"addrs":[{"type":"inet","method":"static","addr":"10.0.0.2/24"}]}}}}\n--net\neth0=tap:lo\nimage' \
	"$KILN" run -P sandbox -I eth0=tap:lo -W eth0=10.0.0.2/24 hello
gives 0 "" "$KILN" bake -P sandbox -o s.kiln hello
TENDER_STATUS=3 gives 3 $'-m\n65536K\nimage' "$KILN" run s.kiln
left_nothing "the sandbox leaves no temporary file"

# Input is framed: some filling, the start, bytes, the end.
begin=VVVVVVVVVVVVVVVVPB
gives 0 "mini: hello"$'\n'"${begin}PD" "$KILN" run -P microvm --timeout 60 -C bare,+input,+stay0 hello
got=$(printf 'a\n\020z' | "$KILN" run -P microvm -i --timeout 60 -C bare,+input,+stay0 hello)
[ "$got" = "mini: hello"$'\n'"${begin}aJPPzPD" ]
ok $? "-i: standard input, escaped, reaches the guest: ${got#*$'\n'}"
for sig in INT TERM; do
	: >out
	timeout 60 bash -c "exec \"$KILN\" run -P microvm -C bare,+input,+stay1 hello" >out 2>&1 &
	pid=$!
	until_true grep -qs 'PD$' out
	kill -$sig "$(pgrep -P $pid)"
	wait $pid
	status=$?
	[ $sig = INT ] && want=42 || want=43
	[ $status = $want ]
	ok $? "SIG$sig goes to the guest first, whose status counts: $status"
done

# Signals end the machine, and nothing is left running, even when kiln is killed.
machines() { pgrep -f "^qemu-system-x86_64 .*-name $1 " | wc -l; }
for sig in INT TERM KILL; do
	: >out
	# Through bash -c, since a shell starts background jobs with SIGINT ignored.
	timeout 60 bash -c "exec \"$KILN\" run -P qemu -n test$$ -C bare,+hang hello" >out 2>&1 &
	pid=$!
	until_true grep -qs hello out
	child=$(pgrep -P $pid)
	[ $sig = INT ] && case $(grep SigIgn "/proc/$child/status") in *2) sig=TERM ;; esac
	[ "$(machines test$$)" = 1 ] || echo "# the machine is not there"
	kill -$sig "$child"
	wait $pid 2>/dev/null
	status=$?
	[ $status = $((128 + $(kill -l $sig))) ]
	ok $? "SIG$sig: status $status"
	none_left() { [ "$(machines test$$)" = 0 ]; }
	until_true none_left
	ok $? "SIG$sig leaves no machine"
done
left_nothing "signals leave no temporary file"

# Whatever whoever starts it did to signals and descriptors.
gives 7 "mini: hello" bash -c "trap '' CHLD; exec \"$KILN\" run -P microvm --timeout 60 -C bare,+exit7 hello"
gives 7 "mini: hello" bash -c "exec \"$KILN\" run -P microvm --timeout 60 -C bare,+exit7 hello <&-"
bash -c "exec \"$KILN\" run -P microvm --timeout 60 -C bare,+exit7 hello <&- >&- 2>&-"
[ $? = 7 ]
ok $? "all of 0, 1, 2 closed"

# --dry-run prints commands that work.
gives 0 "" "$KILN" bake -C bare,+config -o d.kiln hello
"$KILN" run -P qemu --dry-run -e "A=it's" d.kiln >dry.sh
timeout 60 sh dry.sh </dev/null >dry.out 2>&1
grep -qx "{\"env\":{\"A\":\"it's\"}}" <(tr '}' '\n' <dry.out | sed 's/$/}/' | head -1; cat dry.out) || grep -q "it's" dry.out
ok $? "--dry-run prints commands that work"
"$KILN" run -P qemu --dry-run -p 8080:80 -p 5353:53/udp -g '-d "in asm"' d.kiln >dry
grep -q 'hostfwd=tcp:127.0.0.1:8080-10.0.2.15:80,hostfwd=udp:127.0.0.1:5353-10.0.2.15:53' dry
ok $? "-p forwards ports on 127.0.0.1"
grep -q -- "-d 'in asm'" dry
ok $? "-g is split as a shell would"
"$KILN" run -P qemu --dry-run -D 1234 -S -I eth0=tap:tap0 d.kiln 2>/dev/null | grep -q 'kiln-debug --image d.kiln --port 1234 --stop entry -- qemu-system.*tap,id=eth0,ifname=tap0,script=no,downscript=no'
ok $? "-D, -S and -I reach QEMU"

bad() { # STATUS TEXT ARGS...
	gives "$1" "kiln: $2" "$KILN" run "${@:3}"
}
bad 2 "which program or image? kiln run PROGRAM|IMAGE [args...]"
bad 2 "unknown option --plaform; did you mean --platform?" --plaform qemu hello
bad 1 "nothere: No such file or directory" nothere
bad 2 "-m 12Q: not a size, as in 64M (K, M or G)" -m 12Q hello
bad 2 "-m 1K: too little; at least 256K" -m 1K hello
"$KILN" run -P qemu -m 1M hello >out 2>&1
[ $? = 1 ] && grep -qEx 'kiln: -m: 1024K of memory is too little for this image, which begins to work at 11[0-9][0-9]K' out
ok $? "too little memory: $(cat out)"
bad 2 "--timeout soon: not a number of seconds" --timeout soon hello
bad 2 "-p 80: not HOSTPORT:PORT, as in 8080:80" -p 80 hello
bad 2 "-p 80:http: not a port: \"http\"" -p 80:http hello
bad 2 "-p 0:80: not a port: \"0\"" -p 0:80 hello
bad 2 "-p 8080:80/sctp: \"sctp\" is neither tcp nor udp" -p 8080:80/sctp hello
bad 2 "-p needs an interface of the kind user, which none of -I is" -P qemu -p 8080:80 -I eth0=tap:tap0 hello
bad 2 "-I eth0: QEMU's user-mode network cannot keep a guest from the host's loopback; the sandbox's can" -P qemu -I eth0=user,host-loopback=no hello
bad 2 '-I eth0=user,loop: "loop": not host-loopback=yes or host-loopback=no' -I eth0=user,loop hello
bad 2 "-I eth0: not NAME=user, NAME=tap:IF, NAME=fd:N or NAME=none" -I eth0 hello
bad 2 "-I eth0=tun:x: unknown kind \"tun:x\"; there are user, tap:IF, fd:N and none" -I eth0=tun:x hello
bad 2 "-I eth0=fd:77: descriptor 77 is not open" -I eth0=fd:77 hello
bad 2 "-I eth0=user: there is an interface eth0 already" -I eth0=user -I eth0=user hello
bad 2 "-W eth0=10.0.0: net.interfaces.eth0.addrs[0].addr: not an address: \"10.0.0\"" -W eth0=10.0.0 hello
bad 2 "-W eth0=10.0.0.1/24,mtu=9: \"mtu=9\": not gw=ADDR or dns=ADDR" -W eth0=10.0.0.1/24,mtu=9 hello
bad 2 "--strace=reed: no system call or class \"reed\"; did you mean read?" --strace=reed hello
printf 'A=1\nexport B=2\n' >bad.list
bad 1 '--env-file bad.list: line 2: a blank in the name "export B"' --env-file bad.list hello
bad 1 '--env-file: nothere: No such file or directory' --env-file nothere hello
bad 1 "-I eth0=tap:nosuchtap: there is no interface nosuchtap" -P sandbox -I eth0=tap:nosuchtap hello
bad 2 "-n a=b: not a name: letters, digits, then also \"_.-\", at most 63" -n a=b hello
PATH=/nowhere bad 1 "qemu-system-x86_64: not found in \$PATH; kiln doctor shows what is missing" -P qemu d.kiln
PATH=/nowhere bad 1 "qemu-system-x86_64: not found in \$PATH; kiln doctor shows what is missing" -d -P qemu d.kiln
bad 2 "-v: not in this version of Kiln" -v /a:/b hello
bad 2 "-P xen: not in this version of Kiln; qemu, microvm, kvm and sandbox are" -P xen hello
bad 2 "d.kiln is an image already; -r, -C, --ca-certs and --allow-wx are for kiln bake" -r . d.kiln
bad 1 "d.kiln: an image for pc, which -P sandbox cannot run; kiln bake -P sandbox makes one for it" -P sandbox d.kiln
bad 1 "s.kiln: an image for sandbox, which -P qemu cannot run; kiln bake -P qemu makes one for it" -P qemu s.kiln
bad 1 "d.kiln: baked without strace; kiln bake --strace puts it in" --strace d.kiln
bad 2 "-t: only with -i" -t hello
bad 2 "-S: only with -D" -S hello
bad 2 "-D x: not a port, nor a path for a socket" -D x hello
echo '{"mount": {"/data": {"source": "blk", "path": "vda"}}}' >blk.json
bad 1 'mount./data.source: "blk" is not in this version of Kiln; tmpfs is' -c blk.json hello
echo '{"hostnam": "x"}' >bad.json
bad 1 'bad.json: hostnam: unknown key; did you mean "hostname"?' -c bad.json hello
python3 -c '
import socket, subprocess, sys
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(1); port = s.getsockname()[1]
r = subprocess.run([sys.argv[1], "run", "-P", "qemu", "-p", "%d:80" % port, "hello"], capture_output=True, text=True)
want = "kiln: -p: cannot listen on 127.0.0.1:%d: Address already in use\n" % port
dry = subprocess.run([sys.argv[1], "run", "-P", "qemu", "--dry-run", "-p", "%d:80" % port, "hello"], capture_output=True)
sys.exit(not (r.returncode == 1 and r.stderr == want and dry.returncode == 0))' "$KILN"
ok $? "-p: a port in use is named, and nothing is started; --dry-run does not mind"
head -c 3000 d.kiln >cut.kiln
"$KILN" run cut.kiln >out 2>&1
[ $? = 1 ] && grep -q '^kiln: cut.kiln: ' out && [ "$(wc -l <out)" = 1 ]
ok $? "a truncated image: $(cat out)"
left_nothing "bad calls leave no temporary file"
finish
