#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# kiln inspect: components by bytes, JSON, and the picture of the sizes, whose areas are the bytes' shares.
. test/e2e/lib.sh

mkdir "$tmp/root"
head -c 30000 /dev/zero >"$tmp/root/large & <odd>"
echo small >"$tmp/root/small"
for p in sandbox qemu; do
	image=$tmp/web.$p
	"$kiln" bake -P $p -r "$tmp/root" -o "$image" "$examples/web/web"
	is "$("$kiln" bake -P $p -o "$tmp/none" "$image" 2>&1)" "kiln: $image: an image already; kiln run starts it" "an image is no program on $p"
	"$kiln" inspect "$image" >"$tmp/text"
	names=$(sed -n 's/^components *//p' "$tmp/text" | tr ' ' '\n' | sort)
	is "$(sed -n 's/^  component *[0-9]*  //p' "$tmp/text" | sort)" "$names" "each component has a line on $p"
	sed -n 's/^  component *\([0-9]*\) .*/\1/p' "$tmp/text" >"$tmp/bytes"
	sort -n -r "$tmp/bytes" | cmp -s - "$tmp/bytes"
	ok $? "the largest first on $p"
	"$kiln" inspect --json "$image" >"$tmp/json"
	# The components account for nearly all of the kernel, and for no more than it.
	is "$(jq '.kernel as $k | ($k.text + $k.constants + $k.data) as $all | (.components | map(.bytes) | add) as $sum |
		[$sum <= $all, $sum > $all * 0.95, (.components | all(.bytes > 0))]' -c "$tmp/json")" "[true,true,true]" "the components are the kernel on $p"
	is "$(jq -c '[.bytes, .platform, .programs[0].name, .files[0].name, .files[0].bytes]' "$tmp/json")" \
		"[$(stat -c %s "$image"),\"$([ $p = qemu ] && echo pc || echo $p)\",\"/bin/web\",\"/large & <odd>\",30000]" "JSON on $p"
	"$kiln" inspect "$image" --svg "$tmp/sizes.svg" && xmllint --noout "$tmp/sizes.svg"
	ok $? "the picture is well-formed on $p"
	# Within a group, an area is proportional to the bytes.
	python3 - "$tmp/sizes.svg" "$(stat -c %s "$image")" <<-'END' >"$tmp/report"
		import re, sys
		r = re.findall(r'<title>(.*?): ([\d,]+) bytes, [\d.]+ %</title><rect x="[\d.]+" y="[\d.]+" width="([\d.]+)" height="([\d.]+)" fill="hsl\((\d+)', open(sys.argv[1]).read())
		groups = {}
		for name, n, w, h, hue in r:
		    groups.setdefault(hue, []).append((int(n.replace(",", "")), float(w) * float(h)))
		off = [(n, a) for g in groups.values() for n, a in g
		       if n > 2000 and abs(a / sum(x[1] for x in g) - n / sum(x[0] for x in g)) > 0.002]
		print(len(groups), off, sum(x[0] for g in groups.values() for x in g) == int(sys.argv[2]))
	END
	is "$(cat "$tmp/report")" "4 [] True" "areas are proportional, and all together the image on $p"
done
"$kiln" bake -P sandbox -r "$tmp/root" -o "$tmp/again" "$examples/web/web"
cmp -s "$tmp/again" "$tmp/web.sandbox"
ok $? "the same inputs give the same image"
cp "$programs/life" "$tmp/"$'a\e[31mb'
echo x >"$tmp/root/"$'c\nd'
"$kiln" bake -P sandbox -r "$tmp/root" -o "$tmp/odd" "$tmp/"$'a\e[31mb'
is "$("$kiln" inspect "$tmp/odd" | grep -oE '/(bin/a|c).*')" $'/bin/a\\033[31mb\n/c\\012d' "names cannot speak to the terminal"
is "$("$kiln" inspect --svg "$tmp/no/where.svg" "$tmp/again" 2>&1)" "kiln: $tmp/no/where.svg: No such file or directory" "a picture that cannot be written"
end
