#!/bin/sh
# SPDX-License-Identifier: ISC
# What musl/calls.awk makes of assembly: the nop before each site, and the numbers it notes (docs/toolchain.md).
. toolchain/test/tap

# noted: the notes for the assembly on standard input, "sites:numbers" each.
noted()
{
	awk -f "$top/toolchain/musl/calls.awk" >"$tmp/out.s" || { echo failed; return; }
	awk '/@note/ { getline; getline; getline; getline; getline; gsub(/[ \t]|\.long/, ""); sub(/,/, ":"); sub(/:[0-9]*,?/, ":")
		gsub(/0xffffffff/, "any"); printf "%s%s", sep, $0; sep = " " }' "$tmp/out.s"
}

equal "a constant" "$(printf 'f:\n\tmovl\t$39, %%eax\n\tsyscall\n\tret\n' | noted)" 1:39
check "the nop is before the syscall" sh -c "grep -A1 '0x0f, 0x1f, 0x44, 0x00, 0x00' '$tmp/out.s' | grep -q syscall"
check "the result assembles" as --no-warn -o "$tmp/out.o" "$tmp/out.s"
equal "no call, no note" "$(printf 'f:\n\tmovl\t$39, %%eax\n\tret\n' | noted)" ""
equal "zero by xor" "$(printf 'f:\n\txorl\t%%eax, %%eax\n\tsyscall\n' | noted)" 1:0
equal "64 bits, and comments" "$(printf 'f:\tmov $15, %%rax /* a\n b */\n#APP\n\tsyscall # 1\n#NO_APP\n' | noted)" 1:15
equal "a low byte over zero" "$(printf 'f:\n\txor %%eax,%%eax\n\tmov $56,%%al\n\tsyscall\n' | noted)" 1:56
equal "a low byte over something" "$(printf 'f:\n\tmov $256,%%eax\n\tmov $56,%%al\n\tsyscall\n' | noted)" 1:any
equal "an argument" "$(printf 'f:\n\tmovl\t%%edi, %%eax\n\tsyscall\n' | noted)" 1:any
equal "memory" "$(printf 'f:\n\tmovl\t8(%%rsp), %%eax\n\tsyscall\n' | noted)" 1:any
equal "arithmetic" "$(printf 'f:\n\tmovl\t$1, %%eax\n\taddl\t$1, %%eax\n\tsyscall\n' | noted)" 1:any
equal "an instruction it does not know" "$(printf 'f:\n\tmovl\t$1, %%eax\n\tfrobnicate\n\tsyscall\n' | noted)" 1:any
equal "several statements on a line" "$(printf 'f:\n\tmovl\t$1, %%eax\n\tnop ; movl $2, %%eax\n\tsyscall\n' | noted)" 1:any
equal "the result of a call" "$(printf 'f:\n\tmovl\t$1, %%eax\n\tcall\tg\n\tsyscall\n' | noted)" 1:any
equal "the result of the call before" "$(printf 'f:\n\tmovl\t$1, %%eax\n\tsyscall\n\tsyscall\n' | noted)" 2:1,any
equal "kept over a call" "$(printf 'f:\n\tmovl\t$7, %%ebx\n\tcall\tg\n\tmovl\t%%ebx, %%eax\n\tsyscall\n' | noted)" 1:7
equal "cmpxchg" "$(printf 'f:\n\tmovl\t$7, %%eax\n\tlock ; cmpxchg %%edx, (%%rdi)\n\tsyscall\n' | noted)" 1:any
equal "kept over cmpxchg" \
	"$(printf 'f:\n\tmovl\t$7, %%ecx\n\tlock ; cmpxchg %%edx, (%%rdi)\n\tmovq %%rcx, %%rax\n\tsyscall\n' | noted)" 1:7
equal "two ways" "$(noted <<'END'
f:
	movl	$35, %eax
	testl	%esi, %esi
	jne	.L2
	movl	$230, %eax
.L2:
	syscall
	ret
END
)" 1:35,230
equal "a loop that changes it" "$(noted <<'END'
f:
	movl	$35, %eax
.L2:
	movl	%eax, %edx
	syscall
	movl	%esi, %eax
	jmp	.L2
END
)" 1:any
equal "a loop that keeps it" "$(noted <<'END'
f:
	movl	$202, %r9d
	jmp	.L3
.L2:
	movq	%r9, %rax
	syscall
.L3:
	cmpl	$1, (%rdi)
	jne	.L2
	ret
END
)" 1:202
equal "zero because it was tested" "$(noted <<'END'
f:
	movq	%rsi, %rax
	testq	%rax, %rax
	je	.L2
	ret
.L2:
	syscall
END
)" 1:0
equal "flags from elsewhere" "$(noted <<'END'
f:
	movq	%rsi, %rax
	testq	%rax, %rax
.L3:
	je	.L2
	ret
.L2:
	syscall
END
)" 1:any
equal "a jump table" "$(noted <<'END'
f:
	movl	$3, %r9d
	movslq	(%r8,%rax,4), %rax
	jmp	*%rax
	.section .rodata
.L4:
	.long	.L6-.L4
	.long	.L5-.L4
	.text
.L5:
	movl	%r9d, %eax
	syscall
	ret
.L6:
	movl	$4, %eax
	syscall
	ret
END
)" 2:3,4
equal "a forwarder's call" "$(printf 'f:\n\tmovl\t$1, %%edi\n\tjmp\t__syscall_cp@PLT\n' | noted)" 0:1
equal "a forwarder's call of any number" "$(printf 'f:\n\tcall\t__syscall_cp\n' | noted)" 0:any
equal "a forwarder that is not called" "$(printf 'f:\n\tleaq\t__syscall_cp(%%rip), %%rax\n\tret\n' | noted)" 0:any
equal "a forwarder" "$(printf '\t.type __syscall_cp, @function\n__syscall_cp:\n\tmovq %%rdi, %%rax\n\tsyscall\n' | noted)" 1:
equal "a note for each section" "$(noted <<'END'
	.section .text.f,"ax",@progbits
f:
	movl	$1, %eax
	syscall
	.section .text.g,"ax",@progbits
g:
	movl	$2, %eax
	syscall
	movl	$2, %eax
	syscall
END
)" "1:1 2:2"
equal "code in a section that is left and entered again" "$(noted <<'END'
f:
	movl	$1, %eax
	.data
	.long	5
	.text
	syscall
END
)" 1:any
equal "a syscall it cannot place" "$(printf 'f:\n\tmovl $1, %%eax; syscall\n' | noted 2>/dev/null)" failed
for awk in mawk gawk busybox; do
	command -v $awk >/dev/null || { skip "the same with $awk" "no $awk"; continue; }
	[ $awk = busybox ] && awk="busybox awk"
	check "the same with $awk" sh -c "{ echo f:; for n in 3 1 2 100 20; do printf '\tmovl \$%d, %%eax\n\tsyscall\n' \$n; done; } |
		$awk -f toolchain/musl/calls.awk | grep -q '5, 5, 1, 2, 3, 20, 100'"
done

printf 'f:\n\tmovl\t$39, %%eax\n\tsyscall\n' >"$tmp/in.s"
echo keep >"$tmp/as.o.s"
check "as: a file" toolchain/musl/as --64 -I "$tmp" -o "$tmp/as.o" "$tmp/in.s"
check "as: the note is bound to its section" sh -c "readelf -SW '$tmp/as.o' | grep -q 'kiln.calls *NOTE .* AL '"
equal "as: nothing beside its output" "$(cat "$tmp/as.o.s")" keep
check "as: standard input" sh -c "toolchain/musl/as --64 -o '$tmp/as2.o' <'$tmp/in.s' && cmp '$tmp/as.o' '$tmp/as2.o'"
finish
