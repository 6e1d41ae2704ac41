# SPDX-License-Identifier: ISC
# Between gdb and a machine; started by kiln run -D and kiln gdb.
HELPERS += kiln-debug
kiln-debug_OBJ := $(patsubst %,$(BUILD)/obj/host-kiln-debug/%.o,$(wildcard host/debug/*.c host/hostlib/*.c) host/kiln/elf_file.c)
kiln-debug_FLAGS := $(call folder-inc,abi lib) -iquote host/include -iquote host/kiln

$(BUILD)/obj/host-kiln-debug/%.c.o: %.c | $(GEN)
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) $(kiln-debug_FLAGS) -MMD -MP -c -o $@ $<
$(BUILD)/lib/kiln/kiln-debug: $(kiln-debug_OBJ)
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -pie -Wl,-z,relro,-z,now -o $@ $^
programs: $(BUILD)/lib/kiln/kiln-debug
