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
		timeout -k 5 250 "$kiln" run -P $p "${options[@]}" "$tmp/$p.kiln" "$script" "" >"$tmp/$p" 2>&1 </dev/null
		echo "== status"$'\n'$? >>"$tmp/$p"
		for name in $(sed -n 's/^== //p' "$tmp/linux"); do is "$(section "$name" "$tmp/$p")" "$(section "$name" "$tmp/linux")" "$name on $p"; done
	done
}
options=(-m 256M)
