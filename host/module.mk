# SPDX-License-Identifier: ISC
$(eval $(call program,kiln,$(wildcard host/kiln/*.c host/hostlib/*.c) lib/elf.c lib/image.c $(wildcard lib/rumprun/*.c),abi lib,-ljansson -lelf -ldw))
