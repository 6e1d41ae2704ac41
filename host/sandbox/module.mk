# SPDX-License-Identifier: ISC
# The tender: static, without a C library, linked at an address of its own (tender.ld).
TENDER_SRC := $(filter-out host/sandbox/gate.S,$(wildcard host/sandbox/*.c)) lib/string.c lib/fmt.c lib/image.c
TENDER_OBJ := $(TENDER_SRC:%=$(BUILD)/obj/tender/%.o) $(BUILD)/obj/tender/host/sandbox/gate.S.o
TENDER_CFLAGS := -std=gnu11 -O2 -g $(WARN) $(REPRO) -ffreestanding -fPIE -fvisibility=hidden -fno-stack-protector \
	-fcf-protection=none -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections -iquote abi/include -iquote lib/include

$(BUILD)/obj/tender/%.o: %
	@mkdir -p $(@D)
	$(Q)$(CC) $(TENDER_CFLAGS) $(if $(filter lib/%,$<),-fno-tree-loop-distribute-patterns) -MMD -MP -c -o $@ $<
$(BUILD)/lib/kiln/kiln-tender: $(TENDER_OBJ) host/sandbox/tender.ld
	@mkdir -p $(@D)
	$(Q)$(LD) -static --gc-sections --build-id=none -T host/sandbox/tender.ld -o $@ $(TENDER_OBJ)
programs: $(BUILD)/lib/kiln/kiln-tender
