# SPDX-License-Identifier: ISC
$(eval $(call component,sandbox,$(filter-out platform/sandbox/tap.c,$(wildcard platform/sandbox/*.c)) $(wildcard platform/sandbox/*.S),abi lib kernel x86_64,-iquote platform/sandbox/include))
$(eval $(call component,tap,platform/sandbox/tap.c,abi lib kernel,-iquote platform/sandbox/include))
$(eval $(call component,profile-sandbox,platform/sandbox/profile/profile.c,abi lib kernel x86_64,-iquote platform/sandbox/include))
