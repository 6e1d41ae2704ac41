# SPDX-License-Identifier: ISC
$(eval $(call component,pc,$(wildcard platform/pc/*.c) $(wildcard platform/pc/*.S),abi lib kernel x86_64 drivers))
$(eval $(call component,pc-selftest,platform/pc/test/selftest.c,abi lib kernel))
