# SPDX-License-Identifier: ISC
# The user-mode network's helper: a program beside the tender. policy.c's symbols must stand before the C library's.
SLIRP_SRC := $(wildcard host/slirp/*.c) host/hostlib/alloc.c host/hostlib/error.c host/hostlib/options.c host/hostlib/str.c
SLIRP_OBJ := $(SLIRP_SRC:%=$(BUILD)/obj/slirp/%.o)

$(BUILD)/obj/slirp/%.o: %
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -iquote abi/include -iquote host/include -MMD -MP -c -o $@ $<
$(BUILD)/lib/kiln/kiln-slirp: $(SLIRP_OBJ)
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -pie -Wl,-z,relro,-z,now -o $@ $^ -lslirp
programs: $(BUILD)/lib/kiln/kiln-slirp
