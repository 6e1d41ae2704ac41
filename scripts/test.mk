# SPDX-License-Identifier: ISC
# Tests. Unit tests: <folder>/test/test_*.c, native under ASan and UBSan, with the sources that "// USES:" names.
# Guest tests: test/guest/*.c and *.cc, built by the cross compiler, run on Linux (the reference), pc, microvm and the sandbox.
# Shell tests: <folder>/test/*.sh and test/*/*.sh. All print TAP; scripts/run-tests adds them up.

UNIT_SRC := $(wildcard */test/test_*.c */*/test/test_*.c)
UNIT := $(patsubst %.c,$(BUILD)/unit/%,$(UNIT_SRC))
GUEST_SRC := $(wildcard test/guest/*.c test/guest/*.cc)
GUEST := $(patsubst test/guest/%,$(BUILD)/guest/%,$(basename $(GUEST_SRC)))
EXAMPLE_SRC := $(wildcard examples/*/*.c)
EXAMPLES := $(patsubst %.c,$(BUILD)/%,$(EXAMPLE_SRC))
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined
UNIT_INC := -iquote . -iquote test/include $(foreach f,abi lib kernel fs net drivers host linux,-iquote $(f)/include) -iquote arch/$(ARCH)/include \
	-iquote arch/$(ARCH)/seam -iquote $(BUILD)/gen
uses = $(shell sed -n 's|^// USES: *||p' $(1))
flags = $(shell sed -n 's|^// FLAGS: *||p' $(1))

define unit_rule
$(BUILD)/unit/$(1:%.c=%): $(1) $(call uses,$(1)) $(GEN)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) -std=gnu11 -g -O1 $(WARN) -Wno-missing-prototypes -D_GNU_SOURCE -DUNIT_TEST $(SANITIZE) $(UNIT_INC) -MMD -MP -MF $$@.d -o $$@ $(1) $(call uses,$(1)) $(call flags,$(1))
-include $(BUILD)/unit/$(1:%.c=%).d
endef
$(foreach t,$(UNIT_SRC),$(eval $(call unit_rule,$(t))))

$(BUILD)/guest/%: test/guest/%.c $(wildcard test/include/test/*.h) $(KILN_TOOLCHAIN)
	@mkdir -p $(@D)
	$(Q)$(BUILD)/bin/x86_64-kiln-linux-musl-gcc -std=gnu11 -O2 -g -Wall -Wextra -Werror -D_GNU_SOURCE -pthread -iquote test/include -o $@ $< $(call flags,$<)

$(BUILD)/guest/%: test/guest/%.cc $(wildcard test/include/test/*.h) $(KILN_TOOLCHAIN_CXX)
	@mkdir -p $(@D)
	$(Q)$(BUILD)/bin/x86_64-kiln-linux-musl-g++ -std=gnu++20 -O2 -g -Wall -Wextra -Werror -pthread -iquote test/include -o $@ $< $(call flags,$<)

$(BUILD)/examples/%: examples/%.c $(KILN_TOOLCHAIN)
	@mkdir -p $(@D)
	$(Q)$(BUILD)/bin/x86_64-kiln-linux-musl-gcc -std=gnu11 -O2 -g -Wall -Wextra -Werror -D_GNU_SOURCE -pthread -o $@ $<

# Programs that the shell tests run: test/programs/NAME.c.
PROGRAM_SRC := $(wildcard test/programs/*.c)
$(BUILD)/programs/%: test/programs/%.c $(KILN_TOOLCHAIN)
	@mkdir -p $(@D)
	$(Q)$(BUILD)/bin/x86_64-kiln-linux-musl-gcc -std=gnu11 -O1 -g -Wall -Wextra -Werror -D_GNU_SOURCE -pthread -fstack-protector-strong -o $@ $< $(call flags,$<)

test-programs: $(UNIT) $(GUEST) $(EXAMPLES) $(PROGRAM_SRC:test/programs/%.c=$(BUILD)/programs/%)

test: setup-test ## build and run all tests (T=pattern: only those whose name contains it)
	@$(MAKE) --no-print-directory all test-programs
	@BUILD=$(BUILD) scripts/run-tests "$(T)"

test-packages: setup-packages ## build and test the upstream programs of packages/ (N=name…: only these)
	@$(MAKE) --no-print-directory all toolchain-cxx
	@BUILD=$(BUILD) packages/run-tests $(N)

unit: $(UNIT) ## the native unit tests alone
	@BUILD=$(BUILD) scripts/run-tests unit/

# libFuzzer targets test/fuzz/NAME.c; a crash or a leak fails. The corpus is test/fuzz/corpus/NAME.
FUZZ_SRC := $(wildcard test/fuzz/*.c)
FUZZ := $(patsubst test/fuzz/%.c,$(BUILD)/fuzz/%,$(FUZZ_SRC))
FUZZ_SECONDS ?= 600

define fuzz_rule
$(BUILD)/fuzz/$(notdir $(1:%.c=%)): $(1) $(call uses,$(1)) $(GEN)
	@mkdir -p $$(@D)
	$$(Q)$(CLANG) -std=gnu11 -g -O1 -D_GNU_SOURCE -DUNIT_TEST -Wno-unknown-pragmas -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined $(UNIT_INC) -o $$@ $(1) $(call uses,$(1)) $(call flags,$(1))
endef
$(foreach t,$(FUZZ_SRC),$(eval $(call fuzz_rule,$(t))))
test-programs: $(FUZZ)

fuzz: setup-test $(FUZZ) ## run every fuzz target for FUZZ_SECONDS (600)
	@for f in $(FUZZ); do BUILD=$(BUILD) scripts/fuzz $$f $(FUZZ_SECONDS) || exit 1; done

.PHONY: test test-packages unit test-programs fuzz
