#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# All 256 exit statuses are kiln's own, on each platform; arguments, environment and working directory arrive as they are.
. test/e2e/lib.sh

for p in sandbox qemu microvm; do
	"$kiln" bake -P $p -o "$tmp/status.$p" "$programs/status" || { ok 1 "bake for $p"; continue; }
	export kiln tmp p
	wrong=$(seq 0 255 | xargs -P 2 -I N sh -c 'timeout 60 "$kiln" run -P $p "$tmp/status.$p" N >/dev/null 2>&1; s=$?; [ $s = N ] || echo "N:$s"' | tr '\n' ' ')
	is "$wrong" "" "statuses 0 to 255 on $p"
	cat >"$tmp/want" <<-'EOF'
		arg 1 [a b]
		arg 2 []
		arg 3 ["q\'$x]
		arg 4 [ü,,{]
		cwd [/tmp]
		env [A=1]
		env [B=x y]
	EOF
	timeout 60 "$kiln" run -P $p -e A=1 -e "B=x y" -w /tmp "$programs/show" "a b" "" "\"q\\'\$x" "ü,,{" 2>&1 |
		grep -E '^(arg [1-9]|env \[[AB]=|cwd)' | LC_ALL=C sort >"$tmp/got"
	is "$(cat "$tmp/got")" "$(cat "$tmp/want")" "arguments, environment, directory on $p"
	out=$(timeout 60 "$kiln" run -P $p "$examples/hello/hello" one two 7 2>/dev/null)
	is $? 7 "hello's status on $p"
	is "$out" "$(printf 'Hello from Kiln!\nargv[1] = one\nargv[2] = two\nargv[3] = 7')" "hello's output on $p"
	timeout 100 "$kiln" run -P $p -m 24M "$programs/eat" >"$tmp/out" 2>&1
	is $? 137 "a program that eats all memory ends with 137 on $p"
	like "$(cat "$tmp/out")" '^kiln: .*memory' "and one line says so on $p"
done
end
