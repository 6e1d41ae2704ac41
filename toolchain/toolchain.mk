# SPDX-License-Identifier: ISC
#
# The compiler for programs. In the build tree it stands as it does when installed: build/bin has the wrappers,
# build/lib/kiln the specs and the sysroot (a link into the user's cache).

BUILD ?= build
PREFIX ?= /usr/local

KILN_TRIPLET := x86_64-kiln-linux-musl
KILN_CC := $(BUILD)/bin/$(KILN_TRIPLET)-gcc
KILN_CXX := $(BUILD)/bin/$(KILN_TRIPLET)-g++
KILN_AR := $(BUILD)/bin/$(KILN_TRIPLET)-ar
KILN_STRIP := $(BUILD)/bin/$(KILN_TRIPLET)-strip
KILN_SYSROOT := $(BUILD)/lib/kiln/sysroot

toolchain-wrappers := $(patsubst toolchain/cc/%,%,$(filter-out %.specs %.cmake,$(wildcard toolchain/cc/*)))
toolchain-plain := ar gcc-ar gcc-nm gcc-ranlib as nm objcopy objdump ranlib readelf size strip
toolchain-inputs := toolchain/build-sysroot toolchain/cached.sh toolchain/sources.txt scripts/fetch-source \
	$(wildcard toolchain/cc/* toolchain/musl/* toolchain/lib/*.c) $(shell find toolchain/patches -type f 2>/dev/null)

# What depends on the compiler depends on this file.
KILN_TOOLCHAIN := $(BUILD)/lib/kiln/toolchain.stamp
# What depends on the C++ compiler, on this one.
KILN_TOOLCHAIN_CXX := $(BUILD)/lib/kiln/toolchain-cxx.stamp

.PHONY: toolchain toolchain-cxx install-toolchain
toolchain: $(KILN_TOOLCHAIN) ## the C compiler for programs
toolchain-cxx: $(KILN_TOOLCHAIN_CXX) ## the C and the C++ compiler

# $(call toolchain-install,prefix): all but the sysroot
define toolchain-install
	mkdir -p $(1)/bin $(1)/lib/kiln $(1)/share/kiln
	set -e; for t in $(toolchain-wrappers); do install -m 755 toolchain/cc/$$t $(1)/bin/$(KILN_TRIPLET)-$$t; done; \
	for t in cc cpp g++ c++; do install -m 755 toolchain/cc/gcc $(1)/bin/$(KILN_TRIPLET)-$$t; done; \
	for t in $(toolchain-plain); do ln -sf "$$(command -v $$t)" $(1)/bin/$(KILN_TRIPLET)-$$t; done
	install -m 644 toolchain/cc/kiln.specs $(1)/lib/kiln/
	install -m 644 toolchain/cc/kiln.cmake $(1)/share/kiln/
endef

# $(call toolchain-link,sysroot): at once, whoever is compiling
toolchain-link = ln -sfn "$(1)" $(KILN_SYSROOT).new && mv -T $(KILN_SYSROOT).new $(KILN_SYSROOT)

$(KILN_TOOLCHAIN): toolchain/toolchain.mk $(toolchain-inputs)
	@mkdir -p $(@D)
	@s=$$(toolchain/build-sysroot) && $(call toolchain-link,$$s)
	@$(call toolchain-install,$(BUILD))
	@touch $@

# The sysroot with C++ takes the other's place.
$(KILN_TOOLCHAIN_CXX): $(KILN_TOOLCHAIN) toolchain/build-cxx $(wildcard toolchain/lib/cxx/*)
	@s=$$(toolchain/build-cxx) && $(call toolchain-link,$$s)
	@touch $@

install-toolchain: toolchain-cxx
	$(call toolchain-install,$(DESTDIR)$(PREFIX))
	rm -rf $(DESTDIR)$(PREFIX)/lib/kiln/sysroot
	cp -a $(KILN_SYSROOT)/ $(DESTDIR)$(PREFIX)/lib/kiln/sysroot
