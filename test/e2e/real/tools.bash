# SPDX-License-Identifier: ISC
# For real_tools.sh and real_devel.sh. $1/tools says which programs are meant.
have() { grep -qx "$1" "$root/tools"; }
until_true() { local i; for ((i = 0; i < 300; i++)); do "$@" && return; sleep 0.1; done; return 1; }
root=$1
if have git; then
	echo "== git"
	export GIT_AUTHOR_DATE='2024-01-01T00:00:00Z' GIT_COMMITTER_DATE='2024-01-01T00:00:00Z' GIT_PAGER=cat GIT_CONFIG_NOSYSTEM=1
	git config --global user.email a@b; git config --global user.name 'A B'; git config --global init.defaultBranch main
	git init -q r; cd r || exit
	for i in 1 2 3 4 5; do seq 1 $((i * 100)) >f$i; git add f$i; git commit -q -m "commit $i"; done
	git checkout -q -b side HEAD~2; sed -i 's/^5$/five/' f1; git commit -q -a -m side; git checkout -q main; git merge -q -m merged side
	git log --graph --oneline; git gc -q; git fsck 2>&1; echo x >>f2; git stash -q; git stash pop -q; git diff; git status --short
	cd ..; git clone -q r c; git clone -q "file://$PWD/r" c2; cd c2 || exit; git rev-parse HEAD; git log --oneline | wc -l; git archive HEAD | tar t; git blame f1 | sed -n 4,5p
	git commit -m none >/dev/null; echo $?; cd ..
fi
if have sqlite3; then
	echo "== sqlite"
	sqlite3 t.db 'pragma journal_mode=wal; create table t(a, b); with recursive c(x) as (select 1 union all select x + 1 from c where x < 5000)
		insert into t select x, x * x from c; select count(*), sum(b) from t; create index i on t(b);'
	for i in 1 2 3; do sqlite3 -cmd '.timeout 60000' t.db "insert into t values($i, 0);" & done; wait
	sqlite3 t.db 'select count(*) from t; pragma integrity_check; vacuum; select count(*) from t;'; sqlite3 t.db selec 2>/dev/null; echo $?
fi
if have openssl && have curl; then
	echo "== openssl"
	openssl speed -seconds 1 -evp aes-128-cbc 2>/dev/null | grep -c '^AES\|^aes'; openssl rand 16 | wc -c
	openssl req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out c.pem -subj /CN=localhost -days 30 2>/dev/null; openssl x509 -in c.pem -noout -subject
	port=$((20000 + RANDOM % 20000))
	openssl s_server -accept 127.0.0.1:$port -key k.pem -cert c.pem -www -quiet >/dev/null 2>&1 &
	until_true curl -s --cacert c.pem --resolve localhost:$port:127.0.0.1 https://localhost:$port/ -o page
	grep -c 'Ciphers supported in s_server binary' page; openssl s_client -connect 127.0.0.1:$port -CAfile c.pem </dev/null 2>/dev/null | grep -m1 Verif
	kill $!; wait $!; echo $?
fi
if have curl && have busybox; then
	echo "== curl"
	port=$((20000 + RANDOM % 20000)); echo data >w
	busybox httpd -f -p 127.0.0.1:$port -h . & until_true curl -s http://127.0.0.1:$port/w
	curl -sZ http://127.0.0.1:$port/w http://127.0.0.1:$port/w 2>/dev/null; curl -s "file://$PWD/w"; kill $!; wait $!; echo $?; curl -s http://127.0.0.1:1/; echo $?
	echo "== busybox"
	busybox ash -c 'echo ash; exit 3'; echo $?; echo abc | busybox sed s/b/x/ | busybox rev; busybox seq 3 | busybox xargs; busybox sha1sum /dev/null; busybox tar c w | busybox tar t
fi
if have lua5.4; then
	echo "== lua"
	lua5.4 -e 'local t = {} for i = 1, 1e5 do t[i] = i end print(#t) local f = io.popen("echo of a command") print(f:read("a")) print(f:close()) print(os.execute("exit 3"))
		print(pcall(error, "x")) print(coroutine.wrap(function() coroutine.yield(1) end)())'
fi
if have gcc && have make; then
	echo "== gcc"
	mkdir -p b; cd b || exit
	printf '#include <stdio.h>\n#include "f.h"\nint main(int argc, char **argv)\n{\n\tprintf("%%s %%d\\n", argv[0], f(argc));\n\treturn 4;\n}\n' >hello.c
	echo 'int f(int);' >f.h; printf '#include "f.h"\nint f(int x) { return x * 7; }\n' >f.c
	printf 'hello: hello.o f.o\n\tgcc -o $@ $^\n%%.o: %%.c f.h\n\tgcc -O2 -pipe -c -o $@ $<\n' >Makefile
	make; ./hello a; echo $?; touch f.c; make -j2; make; gcc -shared -fPIC -o libf.so f.c; gcc -o d hello.c -L. -lf -Wl,-rpath,'$ORIGIN'; ./d; echo $?
	echo 'int main() { return x; }' >bad.c; gcc bad.c 2>/dev/null; echo $?
fi
exit 7
