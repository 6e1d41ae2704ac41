# SPDX-License-Identifier: ISC
$(eval $(call component,pci,drivers/pci/pci.c,abi lib kernel drivers))
