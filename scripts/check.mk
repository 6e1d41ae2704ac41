# SPDX-License-Identifier: ISC
# make check: format, both compilers, analysers, include rules, headers that compile alone, generated files.

ALL_C = $(shell git ls-files '*.c' '*.h')

check: setup-check ## format, warnings of gcc and clang, analysers, include rules, generated files
	@scripts/check-format
	@scripts/check-rules
	@$(MAKE) --no-print-directory all >/dev/null && echo "ok: gcc, warnings are errors"
	@$(MAKE) --no-print-directory check-clang && echo "ok: clang, warnings are errors"
	@$(MAKE) --no-print-directory check-headers && echo "ok: every public header compiles alone"
	@$(MAKE) --no-print-directory check-analyzer && echo "ok: gcc -fanalyzer"
	@$(MAKE) --no-print-directory check-tidy && echo "ok: clang-tidy"
	@$(MAKE) --no-print-directory check-cppcheck && echo "ok: cppcheck"
	@scripts/gen-docs && git diff --exit-code -- docs/syscalls.md docs/hostcalls.md && echo "ok: generated files are current"
	@echo "check: all passed"

CLANG_FLAGS = $(filter-out -fno-jump-tables -mstack-protector-guard=global -fno-builtin-printf,$(KERNEL_CFLAGS)) \
	-Wno-unknown-pragmas -Wno-unknown-warning-option -Wno-gnu-folding-constant

# COMPONENT:SOURCE for every kernel-side source of ours (third-party ones lie in build/).
CHECKED = $(foreach c,$(COMPONENTS),$(foreach o,$(filter-out $(BUILD)/obj/$(c)/$(BUILD)/%,$(filter %.c.o,$($(c)_OBJ))),$(o:$(BUILD)/obj/$(c)/%.o=$(c):%)))

# Every source with the flags it is built with, a line each: scripts/check-each reads it, as no command line would hold it.
define NEWLINE


endef
CHECK_LIST = $(foreach p,$(CHECKED),kernel $(lastword $(subst :, ,$(p))) \
	$(filter-out -fno-tree-loop-distribute-patterns,$($(firstword $(subst :, ,$(p)))_FLAGS))$(NEWLINE))$(foreach g,$(PROGRAMS) $(HELPERS),$(foreach \
	o,$(filter %.c.o,$($(g)_OBJ)),host $(o:$(BUILD)/obj/host-$(g)/%.o=%) -iquote $(BUILD)/gen $($(g)_FLAGS)$(NEWLINE)))

check-list: $(GEN)
	$(file >$(BUILD)/check-list,$(CHECK_LIST))@:

check-clang: check-list
	@KERNEL='$(CLANG_FLAGS) $(KERNEL_INC)' HOST='$(HOST_CFLAGS)' scripts/check-each clang $(BUILD)/check-list

check-analyzer: check-list
	@KERNEL='$(KERNEL_CFLAGS) $(KERNEL_INC)' HOST='$(HOST_CFLAGS)' scripts/check-each analyzer $(BUILD)/check-list

check-tidy: check-list
	@KERNEL='$(CLANG_FLAGS) $(KERNEL_INC)' HOST='$(HOST_CFLAGS)' scripts/check-each tidy $(BUILD)/check-list

check-cppcheck:
	@cppcheck -q -j 2 --std=c11 --error-exitcode=1 --inline-suppr --suppressions-list=scripts/cppcheck.txt --library=posix \
		$(foreach f,abi lib kernel fs net drivers host linux,-I $(f)/include) -I arch/$(ARCH)/include -I arch/$(ARCH)/seam -I $(BUILD)/gen \
		$(filter %.c,$(filter-out test/%,$(ALL_C))) 2>&1 || { echo "check: cppcheck found the above" >&2; exit 1; }

check-headers: $(GEN) | $(BUILD)/uapi
	@set -e; for h in $(filter abi/% lib/% kernel/% fs/% net/% drivers/% arch/%,$(wildcard */include/*/*.h arch/*/include/*/*.h)); do \
		echo "#include \"$$h\"" | $(CC) $(KERNEL_CFLAGS) $(KERNEL_INC) $(foreach f,abi lib kernel fs net drivers,-iquote $(f)/include) \
		-iquote arch/$(ARCH)/seam -iquote arch/$(ARCH)/include -iquote . -Wno-unused-function -fsyntax-only -x c - || { echo "check: $$h" >&2; exit 1; }; done

.PHONY: check check-list check-clang check-analyzer check-tidy check-cppcheck check-headers
