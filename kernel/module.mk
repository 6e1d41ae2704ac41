# SPDX-License-Identifier: ISC
$(eval $(call component,kernel,$(wildcard kernel/*.c),abi lib kernel))
