# SPDX-License-Identifier: ISC
# For real_shell.sh: bash and Debian's small programs. No times, numbers of processes or places where this runs are printed.
shopt -s globstar extglob
umask 022
until_there() { until [ -s "$1" ]; do sleep 0.02; done; }
echo "== pipes"
seq 1 1000 | tee >(wc -l >count.part; mv count.part count) | sort -rn | head -3
until_there count; cat count
yes | head -2; echo "${PIPESTATUS[*]}"
set -o pipefail; false | true; echo $?; set +o pipefail
seq 10000 | sort -R | sort -n | md5sum
seq 20000 | gzip | zcat | xz -0 | xzcat | bzip2 | bzcat | tail -1
echo "== here-documents"
cat <<A; cat <<'B'; cat <<<"three $((1 + 2))"
one $NOT two
A
$not expanded
B
echo "== substitution"
diff <(printf '1\n2\n') <(printf '1\n3\n'); echo $?
paste <(seq 3) <(seq 4 6)
exec 5<<<"descriptor five"; read -r -u 5 line; echo "$line"; exec 5<&-
cat /dev/fd/7 7< <(echo seven)
echo "== jobs"
sleep 30 & jobs; kill %1; wait %1; echo $?
(exit 7) & wait $!; echo $?
sleep 30 & kill -KILL $!; wait $! 2>/dev/null; echo $?
set -m
sleep 30 & kill -STOP $!
until jobs -s | grep -q Stopped; do sleep 0.02; done
jobs -s; bg %1 >/dev/null; jobs -r | wc -l; kill %1; wait %1; echo $?
(sleep 30; true) & kill -TERM -$!; wait $!; echo $?
set +m
echo "== traps"
trap 'echo usr1' USR1; kill -USR1 $$; trap - USR1
(trap 'echo end of a subshell' EXIT; :)
bash -c 'kill -TERM $$' 2>/dev/null; echo $?
bash -c 'trap "" PIPE; yes 2>/dev/null; echo $? >&2' 2>status | head -1; until_there status; cat status
echo "== coprocess"
coproc cat; echo through it >&"${COPROC[1]}"; read -r -u "${COPROC[0]}" line; echo "$line"; eval "exec ${COPROC[1]}>&-"; wait
read -r -t 0.1 line < <(sleep 1); echo $((($?) > 128))
echo "== words"
a=(1 2 "3 4"); echo ${#a[@]} "${a[@]:1}"; declare -A h=([x]=1 [y]=2); echo "${h[y]}"
[[ abc =~ b(.) ]] && echo "${BASH_REMATCH[1]}"; printf '%5.2f|%-5s|%q\n' 3.14159 ab "a b"; echo $((2 ** 62))
mapfile -t m < <(seq 3); echo "${m[2]}"; echo {1..5} {a..e..2}; case foo in @(foo|bar)) echo ext ;; esac
echo "== files"
mkdir -p d/e/f; touch -d '2024-01-02 03:04:05' d/a d/e/b; ln -s a d/l; ln d/a d/h
stat -c '%n %h %F %y' d/a; find d -type f | sort; find d -name b -exec echo found {} +; find d -newer d/a ! -type d ! -type l | wc -l
cp -a d d2; diff -r d d2 && echo same; rm -r d2; mv d/e d/g; echo d/**; chmod 4751 d/a; stat -c %a d/a; test -u d/a; echo $?
mkfifo f; echo through a fifo >f & cat f; wait; rm f; install -m 600 d/a d/i; stat -c %a d/i; readlink d/l
truncate -s 1M big; dd if=/dev/zero of=big bs=1k count=3 seek=5 conv=notrunc status=none; stat -c %s big; sha256sum big
split -b 300k big part.; echo part.*; cat part.* | cmp - big && echo same; shred -u part.aa; ls part.*
exec 9>lock; flock 9; flock -n lock echo locked; echo $?; exec 9>&-; flock -n lock echo locked
tail -n 1 d/a; head -c 3 /dev/zero | od -An -tx1; df . >/dev/null; echo $?; sync; mktemp -d XXXXXX | wc -c
echo "== limits"
timeout 0.1 sleep 30; echo $?; (timeout -s KILL 0.1 sleep 30; echo $?) 2>/dev/null
env -i A=1 env; nice -n 5 nice; (ulimit -n 20; ulimit -n); (trap '' XFSZ; ulimit -f 1; head -c 9999 /dev/zero >limited) 2>/dev/null; echo $?; stat -c %s limited
echo "== text"
comm <(seq 1 3) <(seq 2 4); join <(echo 1 a) <(echo 1 b); expr 3 \* 4; factor 1234567; tac <(seq 3); printf 'b\na\n' | sort -o s; cat s
seq 4 | pr -t -2 -l 2; base64 <<<hello; numfmt --to=iec 1048576; realpath --relative-to=/a /a/b/c; date -d @0 +%F; od -An -tx1 <<<ab; test -t 0; echo $?
printf 'a 1\nb 2\na 3\n' | gawk '{ s[$1] += $2 } END { for (k in s) print k, s[k] }' | sort
gawk 'BEGIN { "echo of a command" | getline x; print x; print "to another" | "cat"; close("cat"); printf "%.3f\n", atan2(0, -1); print system("exit 3") }'
sed -n '2{p;q}' <(seq 9); echo abc | sed -E 's/(b)/[\1]/; y/a/A/'; cp s s2; sed -i s/a/z/ s2; cat s2
grep -c . s2; grep -rn z . --include=s2; grep -q none s2; echo $?; grep x /none; echo $?; grep -oE '[0-9]+x' <<<"12x 13y"
diff -u s s2 | tail -n +3; diff3 s s2 s; sdiff -w 20 s s2; cmp s s2
echo "== archives"
tar cf - d | tar tf - | sort
for z in z j J; do mkdir x; tar c${z}f t d; tar xf t -C x; diff -r d x/d && echo same; rm -r x; done
gzip -k s; zcat s.gz; xz -k s; xzcat s.xz; bzip2 -k s; bzcat s.bz2; tar --sparse -cf sparse.tar big; tar xOf sparse.tar | cmp - big && echo same
echo "== xargs"
seq 6 | xargs -P 3 -I{} bash -c 'echo {}' | sort; echo a b | xargs -t echo 2>&1; echo 1 | xargs bash -c 'exit 1'; echo $?
find d -type f -delete; find d | sort
echo "== errors"
cat /none; ls /none; (/none; echo $?) 2>/dev/null; (./d; echo $?) 2>/dev/null; kill -0 4194300 2>/dev/null; echo $?; (cd /none) 2>/dev/null; echo $?; touch -c nofile; mkdir d; rm none; cp none x; rmdir d/g
exit 42
