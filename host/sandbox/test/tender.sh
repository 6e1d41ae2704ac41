#!/bin/sh
# SPDX-License-Identifier: ISC
# The tender with a kernel that does one thing (probe.c): what it promises the kernel, what the filter lets nobody do,
# and how it takes a wrong word or a bad image.
set -u
tender=${BUILD:-build}/lib/kiln/kiln-tender
here=host/sandbox/test
out=$(mktemp -d) || exit 1
trap 'rm -rf "$out"' EXIT
count=0
failed=0
result() { # good text
	count=$((count + 1))
	if [ "$1" = 0 ]; then echo "ok $count - $2"; else
		echo "not ok $count - $2"
		failed=1
	fi
}
build() { # name, ld options
	name=$1
	shift
	gcc -std=gnu11 -O2 -Wall -Wextra -Werror -ffreestanding -fPIE -fvisibility=hidden -fno-stack-protector \
		-fcf-protection=none -fno-asynchronous-unwind-tables -iquote abi/include -c -o "$out/probe.o" $here/probe.c &&
		ld -pie --no-dynamic-linker -z noexecstack "$@" -T $here/probe.ld -o "$out/$name" "$out/probe.o"
}
probe() { # status command...
	want=$1
	shift
	timeout 60 "$tender" -m 1M --cmdline "$1" "$out/probe" 2>"$out/err"
	got=$?
	[ "$got" = "$want" ] || echo "# status $got, wanted $want: $(cat "$out/err")"
	[ "$got" = "$want" ]
}
refuses() { # text in the message, tender's arguments...
	text=$1
	shift
	timeout 60 "$tender" "$@" >"$out/stdout" 2>"$out/err" </dev/null
	got=$?
	[ "$got" = 125 ] && grep -q -- "$text" "$out/err" && [ "$(wc -l <"$out/err")" = 1 ] ||
		{ echo "# status $got: $(cat "$out/err")"; return 1; }
}

build probe; result $? "an image links"
[ "$failed" = 0 ] || { echo "1..$count"; exit 1; }
for s in 0 1 7 124 125 126 128 200 255; do
	probe $s $s; result $? "exit status $s"
done
probe 42 contract; result $? "memory, payload, relocations and boot information are as promised"
build packed -z pack-relative-relocs && timeout 60 "$tender" -m 1M --cmdline contract "$out/packed"
[ $? = 42 ]; result $? "packed relative relocations"
probe 42 trap; result $? "a system call away from the gate traps to the kernel"
for what in write-text write-rodata write-payload write-gate page-zero run-data; do
	probe 42 $what; result $? "$what faults"
done
for what in openat execve clone socket write-image mmap-wx mmap-gate munmap-gate mprotect-kernel mmap-image-head grow-memory int80; do
	probe 159 $what; result $? "$what at the gate ends the process with SIGSYS"
done

refuses 'which image' ; result $? "no image"
refuses 'unknown option "--nett"' --nett x; result $? "an unknown option is named"
refuses 'not a size: "12Q"' -m 12Q "$out/probe"; result $? "a size that is none"
refuses 'no such file' "$out/missing"; result $? "a missing image"
refuses 'not a regular file' /dev/null; result $? "an image that is a device"
refuses 'not an ELF file' Makefile; result $? "an image that is text"
refuses 'not an image' /bin/true; result $? "a program is not an image"
refuses 'not NAME=' --net tap0 "$out/probe"; result $? "a network without a name"
refuses 'not a tap' --net eth0=fd:0 "$out/probe"; result $? "a descriptor that is no tap"
refuses 'no such file' --config "$out/missing" "$out/probe"; result $? "a missing configuration"
size=$(stat -c %s "$out/probe")
bad=0
for n in 0 10 63 64 100 400 1000 4096 5000 $((size - 4096)) $((size - 4000)); do
	head -c "$n" "$out/probe" >"$out/cut"
	refuses 'not an image' -m 1M --cmdline 42 "$out/cut" || { echo "# cut at $n"; bad=1; }
done
result $bad "a truncated image is refused wherever it is cut"
# A frame that comes between the network's opening and the handler for it, which are made to be far apart.
got=$("${BUILD:-build}/bin/kiln" bake -P sandbox -o "$out/hello" "${BUILD:-build}/examples/hello/hello" && python3 - "$tender" "$out/hello" <<'END'
import socket, subprocess, sys, time
outside, inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
p = subprocess.Popen(["timeout", "60", "strace", "-qqo", "/dev/null", "-e", "inject=timer_create:delay_enter=500000", sys.argv[1],
                      "-m", "4M", "--net", f"eth0=socket:{inside.fileno()}", sys.argv[2]], pass_fds=[inside.fileno()])
while p.poll() is None:
    try:
        outside.send(bytes(60), socket.MSG_DONTWAIT)
    except BlockingIOError:
        inside.recv(60, socket.MSG_DONTWAIT)
    time.sleep(0.001)
print(p.returncode)
END
)
[ "$got" = "Hello from Kiln!
0" ] || echo "# $got"
[ "$got" = "Hello from Kiln!
0" ]; result $? "a frame that comes early waits"
echo "1..$count"
exit $failed
