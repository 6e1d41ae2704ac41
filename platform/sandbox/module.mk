# SPDX-License-Identifier: ISC
$(eval $(call component,sandbox,$(wildcard platform/sandbox/*.c) $(wildcard platform/sandbox/*.S),abi lib kernel x86_64,-iquote platform/sandbox/include))
