# SPDX-License-Identifier: ISC
# Shared by the platforms: stacks, vector registers, page tables, copies from and to programs.
$(eval $(call component,arch-x86_64,$(filter-out arch/x86_64/offsets.c,$(wildcard arch/x86_64/*.c)) $(wildcard arch/x86_64/*.S),abi lib kernel x86_64))
