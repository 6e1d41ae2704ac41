# SPDX-License-Identifier: ISC
$(eval $(call component,kernel,$(filter-out kernel/config.c,$(wildcard kernel/*.c)),abi lib kernel))
