# SPDX-License-Identifier: ISC
# Between gdb and a machine; started by kiln run -D and kiln gdb.
DEBUG_SRC := $(wildcard host/debug/*.c host/hostlib/*.c) host/kiln/elf_file.c
DEBUG_OBJ := $(DEBUG_SRC:%=$(BUILD)/obj/host-kiln-debug/%.o)

$(BUILD)/obj/host-kiln-debug/%.c.o: %.c | $(GEN)
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) $(call folder-inc,abi lib) -iquote host/include -iquote host/kiln -MMD -MP -c -o $@ $<
$(BUILD)/lib/kiln/kiln-debug: $(DEBUG_OBJ)
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -pie -Wl,-z,relro,-z,now -o $@ $^
programs: $(BUILD)/lib/kiln/kiln-debug
