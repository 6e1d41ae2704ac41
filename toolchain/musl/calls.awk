# SPDX-License-Identifier: ISC
#
# Rewrites the assembly of one C library file, on its way from the compiler to the assembler:
#
# - a five-byte nop before each `syscall`, which makes the site patchable (the instruction stays where it is, so
#   code that compares the program counter with a range, as musl's cancellation does, is still right);
# - one note for each text section that makes system calls: how many sites, and which numbers. The note is tied to
#   its section by SHF_LINK_ORDER: the linker keeps or drops both together, so a program's notes count its sites
#   exactly. docs/toolchain.md has the layout.
#
# Which numbers: constants are followed through the registers by data flow over the lines, forward, to a fixed point;
# a register holds a set of constants or is unknown. Where paths meet, sets are united. Anything not understood makes
# registers unknown, and an unknown number becomes 0xffffffff, "any". So the result is never too small.
#
# A function in `forwards` passes on a number that its caller gave it in %edi (`relays`: in memory, from a forwarder):
# an unknown number there is the caller's, a call of it counts like a site of the caller's, and any other use of a
# forwarder's name makes the numbers unknown.
#
# `secure` lists calls that a function makes only in a set-user-ID start (AT_SECURE), which Kiln never tells a program.

BEGIN {
	nregs = split("rax rbx rcx rdx rsi rdi rbp r8 r9 r10 r11 r12 r13 r14 r15", reg)
	for (i = 1; i <= nregs; i++) {
		r = reg[i]
		c = substr(r, 2)
		alias["%" r] = r
		if (r ~ /^r[0-9]/) {
			alias["%" r "d"] = r
			low["%" r "b"] = partial["%" r "w"] = r
		} else {
			alias["%e" c] = r
			partial["%" c] = r
			if (c ~ /x$/) {
				low["%" substr(c, 1, 1) "l"] = r
				partial["%" substr(c, 1, 1) "h"] = r
			} else {
				low["%" c "l"] = r
			}
		}
	}
	split("rax rcx rdx rsi rdi r8 r9 r10 r11", clobbered)
	forwards["__syscall_cp"] = forwards["__syscall_cp_c"] = forwards["__syscall_cp_asm"] = forwards["sccp"] = 1
	forwards["__setxid"] = relays["do_setxid"] = 1
	secure["__init_libc", 2] = secure["__init_libc", 7] = 1

	# Instructions that write nothing but their last operand, and those that write no register at all.
	writes = "^(mov|movabs|movz[bw]|movs[bwl]|movz[bw][lqw]|movs[bwl][lqw]|lea|add|sub|adc|sbb|and|or|xor|sh[lr]|sa[lr]|" \
		 "ro[lr]|neg|not|inc|dec|pop|bswap|bs[fr]|tzcnt|lzcnt)[bwlq]?$|^set[a-z]+$|^cmov[a-z]+$|" \
		 "^(movap|movup|movdq|movd$|movq$|movh|movl[ph]|pxor|xorp|punpck|pshuf|shufp|unpck|cvt)"
	quiet = "^(cmp|test|push|nop|bt|f?nstcw|fldcw|f?nstenv|fldenv|ldmxcsr|stmxcsr|prefetch[a-z0-9]*|u?comis[sd]|" \
		"fld|fstp?|fild|fistp|fxch)[bwlqtsw]?$"
}

{
	text[NR] = $0
	if (in_comment) {
		if (!/\*\//)
			next
		sub(/^.*\*\//, "")
		in_comment = 0
	}
	while (match($0, /\/\*([^*]|\*[^\/])*\*\//))
		$0 = substr($0, 1, RSTART - 1) " " substr($0, RSTART + RLENGTH)
	if (sub(/\/\*.*/, ""))
		in_comment = 1
	sub(/#.*/, "")
	parse(NR)
}

# One line: up to one label, then one statement. Several statements on a line are opaque (op "?"), except `lock ; x`.
function parse(n, rest, l)
{
	rest = $0
	if (match(rest, /^[ \t]*[A-Za-z0-9_.$]+:/)) {
		l = substr(rest, 1, RLENGTH - 1)
		rest = substr(rest, RLENGTH + 1)
		sub(/^[ \t]*/, "", l)
		label[n] = l
	}
	sub(/^[ \t]+/, "", rest)
	sub(/[ \t;]+$/, "", rest)
	sub(/^lock[ \t;]+/, "", rest)
	if (rest == "")
		return
	if (rest ~ /;/) {
		if (rest ~ /syscall/)
			fail(n, "syscall among several statements on a line")
		op[n] = "?"
		args[n] = rest
		return
	}
	op[n] = rest
	sub(/[ \t].*/, "", op[n])
	args[n] = substr(rest, length(op[n]) + 1)
	sub(/^[ \t]+/, "", args[n])
	if (op[n] ~ /syscall/ && op[n] != "syscall")
		fail(n, "not understood: " rest)
}

function fail(n, why)
{
	print "calls.awk: line " n ": " why > "/dev/stderr"
	failed = 1
	exit 1
}

function is_jump(n)
{
	return op[n] ~ /^j[a-z]+$/ || op[n] == "call"
}

function target(n, t)
{
	t = args[n]
	sub(/@PLT$/, "", t)
	return t
}

function original(name)
{
	sub(/\.(part|constprop|isra|cold).*$/, "", name)
	return name
}

# First pass: which section and function a line is in; labels that something other than a jump refers to (debug
# information does not count, nobody jumps by it); uses of a forwarder's name other than a call.
function scan(n, words, k, i, w, section, depth, stack, last, fn)
{
	for (n = 1; n <= NR; n++)
		if (op[n] == ".type" && match(args[n], /,[ \t]*@function$/))
			is_function[substr(args[n], 1, RSTART - 1)] = 1
	section = ".text"
	for (n = 1; n <= NR; n++) {
		if ((n in label) && (label[n] in is_function))
			fn = original(label[n])
		if (op[n] ~ /^\.(text|data|bss|section|pushsection|popsection|previous)$/) {
			w = section
			if (op[n] == ".pushsection")
				stack[++depth] = section
			if (op[n] == ".popsection")
				section = stack[depth--]
			else if (op[n] == ".previous")
				section = last
			else
				section = op[n] ~ /section/ ? args[n] : op[n]
			last = w
			sub(/,.*/, "", section)
		}
		in_section[n] = section
		in_function[n] = fn
		if (op[n] == "" || is_jump(n) || section ~ /^\.debug_/)
			continue
		k = split(args[n], words, /[^A-Za-z0-9_.$]+/)
		for (i = 1; i <= k; i++) {
			taken[words[i]] = 1
			if ((words[i] in forwards) && op[n] !~ /^\.(glob[a]?l|type|size|weak|set|hidden|section)$/)
				note_number(n, "any")
		}
	}
}

# A line calls one of the numbers, "" for none: its section needs a note.
function note_number(n, value, s)
{
	s = in_section[n]
	if (!(s in seen))
		noted[++notes] = s
	seen[s] = seen[s] " " value
}

function note_value(n, value, k, i, v)
{
	k = split(value, v, " ")
	value = ""
	for (i = 1; i <= k; i++)
		if (!((in_function[n], v[i]) in secure))
			value = value " " v[i]
	sub(/^ /, "", value)
	if (value != "any" || !((in_function[n] in forwards) || (in_function[n] in relays)))
		note_number(n, value)
}

function unite(a, b, out, v, k, i)
{
	if (a == "any" || b == "any")
		return "any"
	out = a
	k = split(b, v, " ")
	for (i = 1; i <= k; i++)
		if (index(" " out " ", " " v[i] " ") == 0)
			out = out " " v[i]
	return length(out) > 60 ? "any" : out
}

function forget(i)
{
	for (i = 1; i <= nregs; i++)
		now[reg[i]] = "any"
	live = 1
}

# The state flows to label l.
function flow_to(l, i, u)
{
	if (!live)
		return
	for (i = 1; i <= nregs; i++) {
		if ((l, reg[i]) in at) {
			u = unite(at[l, reg[i]], now[reg[i]])
			if (u == at[l, reg[i]])
				continue
		} else {
			u = now[reg[i]]
		}
		at[l, reg[i]] = u
		changed = 1
	}
}

function load(l, i)
{
	live = ((l, "rax") in at)
	for (i = 1; live && i <= nregs; i++)
		now[reg[i]] = at[l, reg[i]]
}

# An indirect jump may lead to every local label of the file that is in a table.
function enter(l)
{
	tested = ""
	if (l !~ /^\.L/) {
		forget()
		return
	}
	flow_to(l)
	if (l in taken) {
		load("*")
		flow_to(l)
	}
	load(l)
}

# The last operand, and the one before it when there are just two.
function operands(s, depth, i, ch)
{
	source = ""
	dest = s
	for (i = length(s); i > 0; i--) {
		ch = substr(s, i, 1)
		if (ch == ")")
			depth++
		else if (ch == "(")
			depth--
		else if (ch == "," && depth == 0) {
			source = substr(s, 1, i - 1)
			dest = substr(s, i + 1)
			break
		}
	}
	gsub(/[ \t]/, "", source)
	gsub(/[ \t]/, "", dest)
}

function constant(s)
{
	return s ~ /^\$[0-9]+$/ && length(s) < 8
}

function assign(n, o, r)
{
	o = op[n]
	operands(args[n])
	if (dest in alias) {
		r = alias[dest]
		if (o ~ /^mov[lq]?$/ && constant(source))
			now[r] = substr(source, 2)
		else if (o ~ /^(mov[lq]?|movslq)$/ && (source in alias))
			now[r] = now[alias[source]]
		else if (o ~ /^xor[lq]?$/ && (source in alias) && alias[source] == r)
			now[r] = "0"
		else
			now[r] = "any"
	} else if (dest in low) {
		r = low[dest]
		if (o ~ /^movb?$/ && constant(source) && now[r] == "0" && substr(source, 2) + 0 < 256)
			now[r] = substr(source, 2)
		else
			now[r] = "any"
	} else {
		overwrite(dest)
	}
}

function overwrite(operand)
{
	if (operand in alias)
		now[alias[operand]] = "any"
	else if (operand in low)
		now[low[operand]] = "any"
	else if (operand in partial)
		now[partial[operand]] = "any"
}

# A register tested against itself is 0 where `je` leads, which the compiler knows as well.
function jump(o, t, r, was)
{
	r = o == "je" ? tested : ""
	if (r != "") {
		was = now[r]
		now[r] = "0"
	}
	flow_to(t ~ /^\*/ ? "*" : t)
	if (r != "")
		now[r] = was
}

# One line's effect. In the last round (final) sites and calls of forwarders are noted.
function step(n, final, o, i, t)
{
	o = op[n]
	if (!is_jump(n))
		tested = ""
	if (o == "syscall") {
		if (final)
			site(n, live ? now["rax"] : "any")
		now["rax"] = now["rcx"] = now["r11"] = "any"
	} else if (is_jump(n)) {
		t = target(n)
		if (final && (original(t) in forwards))
			note_value(n, live ? now["rdi"] : "any")
		if (o == "call") {
			for (i in clobbered)
				now[clobbered[i]] = "any"
			if (t ~ /^(_exit|_Exit|abort|__stack_chk_fail|__assert_fail)$/)
				live = 0
		} else {
			jump(o, t)
			if (o == "jmp")
				live = 0
		}
	} else if (o ~ /^(ret|ud2|hlt)q?$/) {
		live = 0
	} else if (o ~ /^\.(text|data|bss|section)$/) {
		was_live[in_section[n - 1]] = live
		live = 0
		if (was_live[in_section[n]])
			forget()
	} else if (o ~ /^\./) {
		if (o ~ /^\.(pushsection|popsection|previous|macro|rept|if|else|byte|include)/)
			forget()
	} else if (o == "testq") {
		operands(args[n])
		if (source == dest && (dest in alias))
			tested = alias[dest]
	} else if (o !~ quiet) {
		if (o ~ /^(cmpxchg|xchg|xadd)[lq]?$/) {
			operands(args[n])
			overwrite(source)
			overwrite(dest)
			now["rax"] = "any"
		} else if (o ~ writes || (o ~ /^imul[lq]?$/ && args[n] ~ /,/))
			assign(n)
		else
			forget()
	}
}

function site(n, value)
{
	sites[in_section[n]]++
	note_number(n, "")
	note_value(n, value)
}

function round(final, n)
{
	live = 0
	split("", was_live)
	for (n = 1; n <= NR; n++) {
		if (n in label)
			enter(label[n])
		if (op[n] != "")
			step(n, final)
	}
}

function before(a, b)
{
	return b == "" || (a != "any" && (b == "any" || a + 0 < b + 0))
}

# The numbers in ascending order ("any" last), so that the same input gives the same note under each awk.
function note(s, list, count, i, k, least, done)
{
	split(seen[s], k, " ")
	do {
		least = ""
		for (i in k)
			if (!(k[i] in done) && before(k[i], least))
				least = k[i]
		if (least != "") {
			done[least] = 1
			list = list ", " (least == "any" ? "0xffffffff" : least)
			count++
		}
	} while (least != "")
	printf "\t.section %s\n.Lkiln_end%d:\n", section_of[s], ++serial
	printf "\t.section .note.kiln.calls,\"ao\",@note,.Lkiln_end%d\n", serial
	printf "\t.balign 4\n\t.long 5, %d, 0x4b01\n\t.asciz \"Kiln\"\n\t.balign 4\n", 8 + 4 * count
	printf "\t.long %d, %d%s\n", sites[s], count, list
}

END {
	if (failed)
		exit 1
	section_of[".text"] = ".text"
	scan()
	do {
		changed = 0
		round(0)
	} while (changed)
	round(1)
	for (n = 1; n <= NR; n++) {
		if (op[n] == "syscall") {
			l = (n in label) ? label[n] ":" : ""
			print l "\t.byte 0x0f, 0x1f, 0x44, 0x00, 0x00\n\tsyscall"
		} else {
			print text[n]
		}
		if (op[n] == ".section" || op[n] == ".text")
			section_of[in_section[n]] = op[n] == ".text" ? ".text" : args[n]
	}
	for (n = 1; n <= notes; n++)
		note(noted[n])
}
