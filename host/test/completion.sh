#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# bash completion, as bash would call it: every command and every option of its --help, values, names, files.
set -u
. host/test/lib.bash
mini_libdir
# shellcheck source=/dev/null
. host/completion/kiln.bash
mkdir "$work/here" && cd "$work/here" && touch web.kiln web.json && mkdir wiki || exit 1

# answer LINE: COMP_WORDS as bash cuts the line, at blanks and around = and :, the cursor at its end.
answer() {
	local IFS=' ' w
	COMP_LINE="$1" COMP_POINT=${#1} COMP_WORDS=() COMPREPLY=()
	for w in $1; do
		while [[ $w == *[=:]* ]]; do
			[ -n "${w%%[=:]*}" ] && COMP_WORDS+=("${w%%[=:]*}")
			w=${w#"${w%%[=:]*}"}
			COMP_WORDS+=("${w:0:1}")
			w=${w:1}
		done
		[ -n "$w" ] && COMP_WORDS+=("$w")
	done
	[[ $1 == *" " ]] && COMP_WORDS+=("")
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	_kiln "$KILN" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
}

# says LINE WANTED...: exactly these.
says() {
	answer "$1"
	[ "$(printf '%s\n' "${COMPREPLY[@]}" | sort)" = "$(printf '%s\n' "${@:2}" | sort)" ]
	ok $? "$1: ${COMPREPLY[*]}"
}

commands=$("$KILN" --help | sed -n 's/^  kiln \([a-z]*\) .*/\1/p')
answer "kiln "
[ "$(printf '%s\n' "${COMPREPLY[@]}" | sort)" = "$(printf '%s\n' $commands help | sort)" ]
ok $? "all commands: ${COMPREPLY[*]}"
for c in $commands; do
	missing=
	case $c in pkg) line="kiln pkg run --" ;; *) line="kiln $c --" ;; esac
	answer "$line"
	for o in $("$KILN" $c --help | sed -n '/not in this/d; s/^  \(-., \|    \)\(--[a-z-]*\).*/\2/p') --help; do
		[[ " ${COMPREPLY[*]} " == *" $o "* ]] || missing="$missing $o"
	done
	[ -z "$missing" ]
	ok $? "$line: all options of --help${missing:+, but not$missing}"
done
says "kiln pru" prune
says "kiln help sto" stop
says "kiln run --platf" --platform
says "kiln run -P " qemu microvm kvm sandbox
says "kiln run --platform mi" microvm
says "kiln run --platform=sa" sandbox
says "kiln run -C tal" talking
says "kiln run -C bare,+ex" bare,+exit0 bare,+exit255 bare,+exit7
says "kiln bake --describe ba" bare
says "kiln run --restart " no on-failure always
says "kiln run --strace=rea" read readahead readlink readlinkat readv
says "kiln run --strace=read,writ" read,write read,writev
says "kiln run -I eth0=" user tap: fd: none
says "kiln run -W eth0=d" dhcp
says "kiln run web." web.kiln web.json
says "kiln run -r w" wiki
says "kiln run -c web.j" web.json
says "kiln run -d --rm -m 64M web.kiln w" web.kiln web.json wiki
says "kiln run web.kiln --platf" ""
says "kiln gdb --batch --platform=sa" sandbox
says "kiln run -p 8080:80 -P kv" kvm
KILN_TEST_SECRET=1
export KILN_TEST_SECRET
says "kiln run -e KILN_TEST_S" KILN_TEST_SECRET
says "kiln config c" check
says "kiln config check web.k" web.kiln
says "kiln pkg b" build
says "kiln ps w" ""
says "kiln nothing w" ""

program hello
export TENDER_SLEEP=600
"$KILN" run -d -P sandbox -n one "$work/hello" >/dev/null && "$KILN" run -d -P sandbox -n other "$work/hello" >/dev/null
says "kiln stop o" one other
"$KILN" stop one >/dev/null
says "kiln kill o" other
says "kiln rm o" one other
says "kiln logs -f on" one
"$KILN" rm -f one other >/dev/null
says "kiln rm " ""
finish
