# SPDX-License-Identifier: ISC
# For the tests of servers: Debian's programs as they are, in a root of their own, on each platform, in a network namespace
# whose own address is 10.9.0.1 and the guest's 10.9.0.2. Source it at a test's top; with the programs that it needs.
skip_all() { echo "1..0 # SKIP $1"; exit 77; }
PATH=$PATH:/usr/sbin:/sbin:${XDG_CACHE_HOME:-$HOME/.cache}/kiln/servers/usr/bin:${XDG_CACHE_HOME:-$HOME/.cache}/kiln/servers/usr/sbin
for needed; do command -v "$needed" >/dev/null || skip_all "no $needed (scripts/setup test)"; done
[ "${KILN_SERVERS_TEST:-}" = inside ] || {
	unshare -nm true 2>/dev/null || skip_all "no network namespaces here"
	KILN_SERVERS_TEST=inside exec unshare -nm bash "$0"
}
. test/e2e/lib.sh
ip link set lo up
ip tuntap add t0 mode tap && ip addr add 10.9.0.1/24 dev t0 && ip link set t0 up || skip_all "no tap devices here"
export XDG_RUNTIME_DIR=$tmp/run
mkdir -p -m 700 "$tmp/run"
leave() {
	"$kiln" rm -f $("$kiln" ps -aq) >/dev/null 2>&1
	finish
}
trap leave EXIT

# server_root DIR PROGRAM[:PLACE]...: copies programs, and the libraries that they are linked with.
server_root() {
	local root=$1 file place l
	shift
	mkdir -p "$root/etc" "$root/run" && mkdir -m 1777 "$root/tmp"
	for file; do
		place=${file#*:} file=$(readlink -f "$(command -v "${file%%:*}")")
		[[ $place == /* ]] || place=$file
		mkdir -p "$root$(dirname "$place")" && cp "$file" "$root$place"
		for l in $(ldd "$file" | grep -o '/[^ ]*'); do
			[ -e "$root$l" ] || { mkdir -p "$root$(dirname "$l")" && cp -L "$l" "$root$l"; }
		done
	done
}

# start NAME PLATFORM ARGS...: in the background, with the network.
start() {
	local name=$1 platform=$2 out
	shift 2
	out=$(timeout 200 "$kiln" run -d -n "$name" -P "$platform" -m 256M -I eth0=tap:t0 -W eth0=10.9.0.2/24 "$@" 2>&1)
	is "$out" "$name" "$name starts"
}

# said NAME PATTERN: its log has a line like that.
said() {
	"$kiln" logs "$1" 2>/dev/null | grep -qE -- "$2"
}

# stops NAME PATTERN [STATUS]: by SIGTERM, in order, with a status that matches (0), saying so.
stops() {
	timeout 60 "$kiln" stop -t 50 "$1" >/dev/null 2>&1
	like "$(timeout 60 "$kiln" wait "$1")" "^${3:-0}\$" "$1 ends in order when it is stopped"
	said "$1" "$2"
	ok $? "and says so"
}

# loads URL CONNECTIONS: two seconds of requests, of which none may fail.
loads() {
	local out
	out=$(timeout 120 wrk -t1 -c"$2" -d2s --timeout 60s "$1" 2>&1)
	echo "# $1: $(grep -oE '[0-9]+ requests in' <<<"$out") 2 s"
	grep -q 'requests in' <<<"$out" && ! grep -E 'errors|Non-2xx' <<<"$out"
	ok $? "$2 connections at once: no request fails ($1)"
}
