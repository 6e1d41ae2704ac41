# SPDX-License-Identifier: ISC
# For the tests of real programs: source it from the top of the checkout. A script runs on this machine and in Kiln; what it prints
# after a line "== NAME", up to the next one, is compared.
. test/e2e/lib.sh

# need PROGRAM...: skips all when one is missing.
need() {
	local p
	for p; do command -v "$p" >/dev/null || { echo "1..0 # SKIP no $p here"; exit 77; }; done
}

# section NAME FILE
section() {
	awk -v name="== $1" '/^== / { on = $0 == name; next } on' "$2" | tr -d '\0'
}

# real ROOT SCRIPT OPTIONS...: SCRIPT, a file in ROOT, run by bash in an empty directory; its argument is the root's directory.
real() {
	local root=$1 script=$2 name p
	shift 2
	mkdir -p "$root/tmp/work" "$tmp/work"
	(cd "$tmp/work" && env -i PATH=/usr/bin:/bin HOME="$tmp/work" LC_ALL=C TZ=UTC timeout -k 5 200 bash "$root$script" "$root") >"$tmp/linux" 2>&1 </dev/null
	echo "== status"$'\n'$? >>"$tmp/linux"
	for p in sandbox qemu; do
		"$kiln" bake -P $p -e PATH=/usr/bin:/bin -e HOME=/tmp/work -e LC_ALL=C -e TZ=UTC -w /tmp/work -r "$root" "$@" -o "$tmp/$p.kiln" "$root/usr/bin/bash"
		timeout -k 5 270 "$kiln" run -P $p "${options[@]}" "$tmp/$p.kiln" "$script" "" >"$tmp/$p" 2>&1 </dev/null
		echo "== status"$'\n'$? >>"$tmp/$p"
		for name in $(sed -n 's/^== //p' "$tmp/linux"); do is "$(section "$name" "$tmp/$p")" "$(section "$name" "$tmp/linux")" "$name on $p"; done
	done
}
options=(-m 256M)

# tools PROGRAM...: real with real/tools.bash, about those of them that are here.
tools() {
	local t f root=$tmp/root files=(bash sh package:coreutils grep sed tar)
	mkdir -p "$root"
	: >"$root/tools"
	for t; do
		command -v $t >/dev/null || { skip "$t" "not here"; continue; }
		echo $t >>"$root/tools"
		files+=("$t")
	done
	has "$root/tools" '^git$' && files+=(package:git)
	has "$root/tools" '^openssl$' && files+=(/usr/lib/ssl/openssl.cnf)
	if has "$root/tools" '^gcc$'; then
		files+=(as ld "$(gcc -print-prog-name=cc1)" "$(gcc -print-prog-name=collect2)" package:libc6-dev package:linux-libc-dev)
		for f in liblto_plugin.so crtbegin.o crtbeginS.o crtend.o crtendS.o libgcc.a libgcc_s.so libgcc_s.so.1 include; do
			files+=("$(realpath -s "$(gcc -print-file-name=$f)")")
		done
	fi
	scripts/mkroot "$root" "${files[@]}"
	cp test/e2e/real/tools.bash "$root/guest"
	options=(-m 512M -I eth0=user)
	real "$root" /guest --allow-wx
}

# program ROOT PROGRAM ARGS...: a program in ROOT, run here with the last argument's files there too; all that it prints is compared, and
# its status. `here` is how it is run on this machine.
program() {
	local root=$1 program=$2 p want got st
	shift 2
	want=$(timeout -k 5 200 "${here[@]}" 2>&1 </dev/null; echo "status $?")
	for p in sandbox qemu; do
		"$kiln" bake -P $p --allow-wx -e LC_ALL=C -r "$root" -o "$tmp/$p.kiln" "$root$program"
		got=$(timeout -k 5 "${limit:-250}" "$kiln" run -P $p "${options[@]}" "$tmp/$p.kiln" "$@" 2>"$tmp/err" </dev/null; st=$?; grep -v '^kiln:' "$tmp/err"; echo "status $st")
		is "$got" "$want" "$program on $p"
	done
}
