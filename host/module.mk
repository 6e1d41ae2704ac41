# SPDX-License-Identifier: ISC
$(eval $(call program,kiln,$(wildcard host/kiln/*.c host/hostlib/*.c) lib/elf.c lib/image.c lib/rumprun/rumprun.c,abi lib,-ljansson -lelf -ldw))
