# SPDX-License-Identifier: ISC
# lwip: third-party sources, fetched and pinned (toolchain/sources.txt), without warnings. net: ours, over it.

LWIP := $(BUILD)/src/lwip
LWIP_SRC := $(addprefix $(LWIP)/src/,$(addprefix core/,def.c inet_chksum.c init.c ip.c mem.c memp.c netif.c pbuf.c raw.c \
	stats.c tcp.c tcp_in.c tcp_out.c udp.c ipv4/dhcp.c ipv4/etharp.c ipv4/icmp.c ipv4/ip4.c ipv4/ip4_addr.c \
	ipv4/ip4_frag.c) netif/ethernet.c)
LWIP_INC := -I net/lwip -I $(LWIP)/src/include
$(LWIP)/.stamp: toolchain/sources.txt $(wildcard toolchain/patches/lwip/*/*/* toolchain/patches/lwip/*/*)
	@rm -rf $(LWIP) && scripts/fetch-source lwip $(LWIP) && touch $@
$(LWIP_SRC): | $(LWIP)/.stamp ;

$(eval $(call component,lwip,$(LWIP_SRC),lib,-w -fvisibility=default -I net/lwip/libc $(LWIP_INC)))
$(BUILD)/obj/lwip/$(LWIP)/src/core/tcp_out.c.o: lwip_FLAGS += -DLWIP_MEMCPY=net_copy_in

$(eval $(call component,net,$(wildcard net/*.c),abi lib kernel fs net,-I net/lwip/libc $(LWIP_INC)))
$(net_OBJ): | $(LWIP)/.stamp

# The same natively, for unit tests and fuzzing.
UNIT_LWIP := $(LWIP_SRC:$(LWIP)/src/%.c=$(BUILD)/unit/lwip/%.o)
$(BUILD)/unit/lwip/%.o: $(LWIP)/src/%.c net/lwip/lwipopts.h net/lwip/arch/cc.h
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -g -O1 -w $(SANITIZE) -fno-sanitize=alignment $(if $(filter %/tcp_out.o,$@),-DLWIP_MEMCPY=net_copy_in) $(LWIP_INC) -c -o $@ $<
$(BUILD)/unit/lwip.a: $(UNIT_LWIP)
	$(Q)rm -f $@ && ar rcsD $@ $^
# And for the fuzzer.
FUZZ_LWIP := $(LWIP_SRC:$(LWIP)/src/%.c=$(BUILD)/fuzz-lwip/%.o)
$(BUILD)/fuzz-lwip/%.o: $(LWIP)/src/%.c net/lwip/lwipopts.h net/lwip/arch/cc.h
	@mkdir -p $(@D)
	$(Q)$(CLANG) -std=gnu11 -g -O1 -w -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined \
		-fno-sanitize=alignment $(if $(filter %/tcp_out.o,$@),-DLWIP_MEMCPY=net_copy_in) $(LWIP_INC) -c -o $@ $<
$(BUILD)/fuzz-lwip/lwip.a: $(FUZZ_LWIP)
	$(Q)rm -f $@ && ar rcsD $@ $^
