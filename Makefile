# SPDX-License-Identifier: ISC
# Kiln's build. Each folder's module.mk declares its components (kernel side), programs (host side); see docs/build.md.

ARCH   := x86_64
BUILD  := build
PREFIX ?= /usr/local
CC     ?= gcc
ifeq ($(origin CC),default)
CC     := gcc
endif
CLANG  ?= clang
LD     := ld
OBJCOPY := objcopy
MAKEFLAGS += --no-builtin-rules
.SECONDARY:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

WARN := -Wall -Wextra -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef -Wshadow -Werror
REPRO := -ffile-prefix-map=$(CURDIR)/=
KERNEL_CFLAGS := -std=gnu11 -Os -g $(WARN) $(REPRO) -ffreestanding -fno-builtin-printf -nostdinc -fPIE -fvisibility=hidden \
	-mgeneral-regs-only -mno-red-zone -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables \
	-fomit-frame-pointer -fstack-protector-strong -mstack-protector-guard=global -fno-strict-aliasing -fcf-protection=none \
	-fno-jump-tables -DKERNEL
HOST_CFLAGS := -std=gnu11 -O2 -g $(WARN) $(REPRO) -D_GNU_SOURCE -fstack-protector-strong -fPIE
GCC_INCLUDE := $(shell $(CC) -print-file-name=include 2>/dev/null)
KERNEL_INC := -isystem $(GCC_INCLUDE) -isystem $(BUILD)/uapi -iquote $(BUILD)/gen

# The include path of a folder that a component uses; kernel brings the arch's seam types, and nothing else of the arch.
folder-inc = $(foreach f,$(1),-iquote $(if $(wildcard arch/$(f)),arch/$(f),$(f))/include $(if $(filter kernel,$(f)),-iquote arch/$(ARCH)/seam))

# Images are small because most code runs rarely: -Os, without what gcc 12 does for speed even so. What runs at every call,
# fault, switch or packet is built with -O2.
SMALL := -fno-move-loop-invariants -fno-caller-saves
FAST := lib/string.c kernel/wait.c linux/syscall.c linux/socket% linux/epoll.c linux/poll.c \
	linux/pipe.c linux/eventfd.c net/% drivers/% platform/sandbox/tap.c $(BUILD)/%

COMPONENTS :=
PROGRAMS :=
SYSCALLS := abi/linux/syscalls.tbl
CALL_COMPONENTS := $(shell awk '$$1 ~ /^[0-9]/ && $$3 != "-" { print $$3 }' $(SYSCALLS) | sort -u)
GEN := $(BUILD)/gen/stamp

# $(eval $(call component,NAME,SOURCES,FOLDERS-IT-USES[,EXTRA-CFLAGS]))
define component
COMPONENTS += $(1)
$(1)_OBJ := $$(patsubst %,$(BUILD)/obj/$(1)/%.o,$(2)) $$(if $$(filter $(1),$(CALL_COMPONENTS)),$(BUILD)/obj/$(1)/gen-calls.o)
$(1)_FLAGS := $$(call folder-inc,$(3)) $(4)
$(BUILD)/obj/$(1)/%.c.o: %.c Makefile $(GEN) | $(BUILD)/uapi
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(KERNEL_CFLAGS) $$(if $$(filter $$(FAST),$$<),-O2,$$(SMALL)) $$(KERNEL_INC) $$($(1)_FLAGS) -MMD -MP -c -o $$@ $$<
$(BUILD)/obj/$(1)/%.S.o: %.S $(GEN) | $(BUILD)/uapi
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(KERNEL_CFLAGS) -D__ASSEMBLER__ $$(KERNEL_INC) $$($(1)_FLAGS) -MMD -MP -c -o $$@ $$<
$(BUILD)/obj/$(1)/gen-calls.o: $(GEN) | $(BUILD)/uapi
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(KERNEL_CFLAGS) $$(KERNEL_INC) $$($(1)_FLAGS) -c -o $$@ $(BUILD)/gen/linux/calls-$(1).c
$(BUILD)/lib/kiln/components/$(1).o: $$($(1)_OBJ)
	@mkdir -p $$(@D)
	$$(Q)$$(LD) -r -o $$@.tmp $$^ && $$(OBJCOPY) --localize-hidden $$@.tmp $$@ && rm $$@.tmp
endef

# $(eval $(call program,NAME,SOURCES,FOLDERS-IT-USES,LIBS))
define program
PROGRAMS += $(1)
$(1)_OBJ := $$(patsubst %,$(BUILD)/obj/host-$(1)/%.o,$(2))
$(1)_FLAGS := $$(call folder-inc,$(3)) -iquote host/include
$(BUILD)/obj/host-$(1)/%.c.o: %.c | $(GEN)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(HOST_CFLAGS) -iquote $(BUILD)/gen $$($(1)_FLAGS) -MMD -MP -c -o $$@ $$<
$(BUILD)/bin/$(1): $$($(1)_OBJ)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(HOST_CFLAGS) -pie -Wl,-z,relro,-z,now -o $$@ $$^ $(4)
endef

# V=1 prints the commands.
Q := $(if $(V),,@)

include $(sort $(wildcard */module.mk */*/module.mk))
-include toolchain/toolchain.mk

COMPONENT_FILES := $(COMPONENTS:%=$(BUILD)/lib/kiln/components/%.o)

all: kernel programs toolchain ## build everything
kernel: $(COMPONENT_FILES) $(BUILD)/lib/kiln/components/libkiln.a $(BUILD)/lib/kiln/components/index ## the kernel components
programs: $(PROGRAMS:%=$(BUILD)/bin/%)

$(BUILD)/uapi:
	@mkdir -p $@
	$(Q)ln -sfn /usr/include/linux $@/linux
	$(Q)ln -sfn /usr/include/asm-generic $@/asm-generic
	$(Q)ln -sfn /usr/include/jsmn.h $@/jsmn.h
	$(Q)ln -sfn $$(echo '#include <asm/errno.h>' | $(CC) -E - | sed -n 's/.*"\(.*\)\/errno.h".*/\1/p' | head -n 1) $@/asm

$(GEN): $(SYSCALLS) scripts/gen-syscalls arch/$(ARCH)/seam/arch-cpu/types.h $(wildcard arch/$(ARCH)/offsets.c kernel/include/kernel/thread.h arch/$(ARCH)/include/*/*.h) | $(BUILD)/uapi
	@mkdir -p $(@D)/linux $(@D)/$(ARCH)
	$(Q)scripts/gen-syscalls $(SYSCALLS) $(@D)
	$(Q)if [ -f arch/$(ARCH)/offsets.c ]; then $(CC) $(filter-out -g,$(KERNEL_CFLAGS)) $(KERNEL_INC) $(call folder-inc,abi lib kernel $(ARCH)) \
		-S -o $(@D)/offsets.s arch/$(ARCH)/offsets.c && sed -n 's/^.*@define \([A-Za-z0-9_]*\) \$$\{0,1\}\([0-9-]*\).*/#define \1 \2/p' \
		$(@D)/offsets.s >$(@D)/$(ARCH)/offsets.h; fi
	@touch $@

# Everything a bake may pull in by an undefined symbol.
$(BUILD)/lib/kiln/components/libkiln.a: $(COMPONENT_FILES) $(wildcard platform/*/*.ld)
	$(Q)rm -f $@ && ar rcsD $@ $(sort $(filter %.o,$^))
	$(Q)set -e; for s in $(wildcard platform/*/*.ld); do cp $$s $(@D)/; done

# "component NAME BYTES", "call NUMBER NAME COMPONENT", and the folders' own lines (sets, descriptions) from */components.txt.
$(BUILD)/lib/kiln/components/index: $(COMPONENT_FILES) $(SYSCALLS) $(wildcard */components.txt */*/components.txt)
	$(Q)(for c in $(COMPONENTS); do echo "component $$c $$(size -A $(@D)/$$c.o | awk '/^\.(text|rodata|data)/ { n += $$2 } END { print n + 0 }')"; done; \
	awk '$$1 ~ /^[0-9]/ && $$3 != "-" { print "call", $$1, $$2, $$3 }' $(SYSCALLS); cat $(wildcard */components.txt */*/components.txt) /dev/null) >$@

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)

include scripts/test.mk scripts/check.mk scripts/install.mk

# What a goal needs is installed first; then make starts anew, as this reading of the Makefile asked a compiler that was not there.
setup-%:
	@scripts/setup $*

run: setup-build ## bake examples/web, run it in QEMU, fetch it with curl, stop
	@$(MAKE) --no-print-directory all $(BUILD)/examples/web/web
	@examples/web/demo

bench: setup-bench ## the figures, alternately with their yardsticks (B="name…": only these); build/bench/results.json
	@$(MAKE) --no-print-directory all test-programs
	@BUILD=$(BUILD) test/bench/run $(B)

clean: ## remove build/
	rm -rf $(BUILD)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile scripts/*.mk toolchain/*.mk

.PHONY: all kernel programs run bench clean help
